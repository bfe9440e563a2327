//! Files that something runs without being told to, by their names.

/// Files that something takes up by itself, by their names in lower case, with what does. A name that ends with `/` is a
/// folder at the top of the workspace; one `*` stands for anything. A module (`x.py`) may be a package as well
/// (`x/__init__.py`). What only a user starts, by the name of a program (`__main__.py`, `Makefile`, `Dockerfile`), is code
/// as any other.
pub(super) const BY_NAME: [(&str, &str); 58] = [
    ("sitecustomize.py", PYTHON),
    ("usercustomize.py", PYTHON),
    ("*.pth", PYTHON),
    ("conftest.py", "pytest imports it before any test"),
    ("pytest.ini", PYTEST),
    (".pytest.ini", PYTEST),
    ("pytest.toml", PYTEST),
    (".pytest.toml", PYTEST),
    ("tox.ini", "tox and pytest run what it names"),
    ("tox.toml", "tox runs what it names"),
    ("noxfile.py", "nox runs it for every session"),
    ("setup.py", INSTALLATION),
    ("setup.cfg", "an installation, pytest and linters load what it names"),
    ("hatch_build.py", INSTALLATION),
    ("hatch.toml", INSTALLATION),
    ("pdm_build.py", INSTALLATION),
    ("package.json", INSTALLATION),
    ("binding.gyp", INSTALLATION),
    ("gunicorn.conf.py", "gunicorn runs it as it starts"),
    ("jupyter_*config.py", "Jupyter runs it as it starts"),
    ("ipython_*config.py", "IPython runs it as it starts"),
    ("mypy.ini", PLUGINS),
    (".mypy.ini", PLUGINS),
    ("pylintrc", PLUGINS),
    (".pylintrc", PLUGINS),
    ("pylintrc.toml", PLUGINS),
    (".pylintrc.toml", PLUGINS),
    (".coveragerc", PLUGINS),
    (".flake8", PLUGINS),
    (".pre-commit-config.yaml", HOOKS),
    (".pre-commit-config.yml", HOOKS),
    ("lefthook.*", HOOKS),
    (".lefthook.*", HOOKS),
    ("lefthook-local.*", HOOKS),
    (".lefthook-local.*", HOOKS),
    (".github/", CI),
    (".gitlab-ci.yml", CI),
    ("azure-pipelines*.yml", CI),
    ("azure-pipelines*.yaml", CI),
    ("azure-pipelines/", CI),
    ("bitbucket-pipelines.yml", CI),
    ("appveyor.yml", CI),
    (".appveyor.yml", CI),
    ("cloudbuild*.yaml", CI),
    ("cloudbuild*.yml", CI),
    ("cloudbuild*.json", CI),
    ("buildspec*.yml", CI),
    ("buildspec*.yaml", CI),
    ("jenkinsfile", CI),
    ("claude.md", INSTRUCTIONS),
    ("claude.local.md", INSTRUCTIONS),
    ("agent.md", INSTRUCTIONS),
    ("agents.md", INSTRUCTIONS),
    ("agents.override.md", INSTRUCTIONS),
    ("gemini.md", INSTRUCTIONS),
    ("qwen.md", INSTRUCTIONS),
    ("skill.md", INSTRUCTIONS),
    ("pyteam.toml", OURS),
];

const PYTHON: &str = "Python runs it at every start";
const PYTEST: &str = "pytest loads the plugins that it names";
const INSTALLATION: &str = "an installation runs it";
pub(super) const PLUGINS: &str = "a linter loads the plugins that it names";
const HOOKS: &str = "its hooks run at every commit";
const CI: &str = "CI runs it with the permissions of the repository";
const INSTRUCTIONS: &str = "agents follow it as instructions";
pub(super) const OURS: &str = "it sets what pyteam reports and which programs its agents are";
