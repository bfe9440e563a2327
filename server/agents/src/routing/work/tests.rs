use super::*;
use crate::routing::handoffs;
use crate::team::tests::owners;
use crate::team::{Owners, Team};

fn of_paths(paths: &[&str]) -> FinishedWork {
    FinishedWork::of_change(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
}

fn of_text(path: &str, before: Option<&str>, after: Option<&str>) -> FinishedWork {
    let (before, after) = (before.map(str::to_owned), after.map(str::to_owned));
    FinishedWork::of_texts(&Change { files: vec![FileChange { path: path.into(), before, after, executable: None }] })
}

#[test]
fn paths_tell_of_the_environment() {
    let paths = ["Dockerfile", ".github/workflows/ci.yml", "requirements-dev.txt", "requirements/base.txt"];
    for path in paths.iter().chain(&["pyproject.toml", "app/.env", "uv.lock", ".gitlab-ci.yml"]) {
        assert!(of_paths(&["src/a.py", path]).changes_environment, "{path}");
    }
    for path in ["src/a.py", "src/environment.py", "docs/requirements.md", "notes.txt", "src/docker.py"] {
        assert!(!of_paths(&[path]).changes_environment, "{path}");
    }
    assert_eq!(of_paths(&["src/a.py", "b.md"]).files, ["src/a.py", "b.md"]);
}

#[test]
fn paths_tell_of_access() {
    for path in ["src/auth/views.py", "credentials.py", "app/LoginForm.py", "user_login.py", "api/token.py"] {
        assert!(of_paths(&[path]).is_sensitive, "{path}");
    }
    for path in ["src/author.py", "tokenizer.py", "src/catalogin.py", "logging_setup.py", "detokenize.py"] {
        assert!(!of_paths(&[path]).is_sensitive, "{path}");
    }
}

#[test]
fn routes_are_an_api() {
    let before = "from fastapi import FastAPI\n\n@app.get(\"/tracks\")\ndef tracks(): ...\n";
    for after in [
        before.replace("/tracks", "/lanes"),
        format!("{before}\n@router.post(\n    \"/login\",\n)\nasync def login(): ...\n"),
        before.replace("@app.get(\"/tracks\")\n", ""),
    ] {
        let work = of_text("app/api.py", Some(before), Some(&after));
        assert!(work.changes_api && work.needs_performance, "{after}");
        let agents: Vec<String> = handoffs(&Team::of_pyteam(&Owners::new()), &work)
            .into_iter()
            .map(|choice| format!("{}: {}", choice.agent, choice.reason))
            .collect();
        assert!(agents.iter().any(|line| line.starts_with("technical-writer: the API changed")), "{agents:?}");
        assert!(agents.iter().any(|line| line.contains("load test")), "{agents:?}");
    }
    let body = before.replace("): ...", "): return []");
    assert!(!of_text("app/api.py", Some(before), Some(&body)).changes_api);
    // What is looked up in a table, or put above a function otherwise, is no route.
    let other = "@functools.cache\ndef f(): return table.get(\"/x\")\n@retry.get(3)\ndef g(): ...\n";
    assert!(!of_text("app/api.py", None, Some(other)).changes_api);
    assert!(of_text("etl.py", None, Some("import pandas as pd\n")).needs_performance);
    assert!(!of_text("etl.py", None, Some("import pandas_like\n# import pandas\n")).needs_performance);
}

#[test]
fn findings_that_are_left_are_told_to_their_owner() {
    let work = FinishedWork { findings_left: vec!["unsafe-model-load".to_owned()], ..of_paths(&["src/a.py"]) };
    let team = Team::of_pyteam(&owners());
    let agents: Vec<String> = handoffs(&team, &work).into_iter().map(|choice| choice.agent).collect();
    assert!(agents.contains(&"python-security-reviewer".to_owned()), "{agents:?}");
}

#[test]
fn a_new_file_brings_what_it_defines() {
    let text = "\"\"\"Doc.\n\ndef shown(): ...\n\"\"\"\nimport a\n\nasync def fetch(x): ...\nclass Store(A):\n    def get(self): ...\ndef _own(): ...\n";
    let work = of_text("src/store.py", None, Some(text));
    assert_eq!(work.new_functionality, ["fetch", "Store"]);
    assert!(!work.is_sensitive && !work.is_new_package && !work.changes_environment);
    let more = of_text("src/store.py", Some(text), Some(&format!("{text}def reset_password(): ...\n")));
    assert_eq!((more.new_functionality, more.is_sensitive), (vec!["reset_password".to_owned()], true));
    assert_eq!(of_text("src/run.py", None, Some("print(1)\n")).new_functionality, ["src/run.py"]);
    assert!(of_text("src/p/__init__.py", None, Some("")).is_new_package);
    let quiet = [("src/a.py", Some("x = 1\n"), Some("x = 2\n")), ("src/a.py", Some(text), None)];
    for (path, before, after) in quiet.into_iter().chain([("tests/test_a.py", None, Some(text))]) {
        assert_eq!(of_text(path, before, after).new_functionality, Vec::<String>::new(), "{path} {after:?}");
    }
}

#[test]
fn packages_that_come_in_are_named_once() {
    let before = "numpy==1.0\n";
    let after = "# -r other\n-r base.txt\nnumpy==2.0\nPyJWT[crypto]>=2 ; python_version > '3'\n./local\ngit+https://x/y\n\
                 https://x/z.whl\nTyping_Extensions  # new\nthing-1.0.whl\nmine @ file:///m\npyjwt\n";
    let work = of_text("requirements.txt", Some(before), Some(after));
    assert_eq!(work.new_packages, ["pyjwt", "typing-extensions", "mine"]);
    assert!(work.changes_environment);
    assert_eq!(of_text("requirements.txt", Some(after), Some(before)).new_packages, Vec::<String>::new());
}

#[test]
fn a_project_file_tells_what_it_needs_and_not_how_tools_are_set() {
    let before = "[project]\ndependencies = ['a']\n";
    let tool = format!("{before}[tool.ruff]\nline-length = 100\n");
    let work = of_text("pyproject.toml", Some(before), Some(&tool));
    assert!(!work.changes_environment && work.new_packages.is_empty());
    let after = "[project]\ndependencies = ['a', 'b>=1']\n[project.optional-dependencies]\nx = ['c']\n\
                 [dependency-groups]\ndev = ['d', {include-group = 'x'}]\n[tool.poetry.dependencies]\npython = '^3.11'\ne = '1'\n\
                 [tool.poetry.group.t.dependencies]\nf = '1'\n";
    let work = of_text("pyproject.toml", Some(before), Some(after));
    assert_eq!(work.new_packages, ["b", "c", "d", "e", "f"]);
    assert!(work.changes_environment);
}

#[test]
fn those_whom_it_concerns_come_next() {
    let next = |work: &FinishedWork| -> Vec<String> {
        handoffs(&Team::of_pyteam(&Owners::new()), work)
            .into_iter()
            .map(|choice| format!("{}: {}", choice.agent, choice.reason))
            .collect()
    };
    let lines = next(&of_paths(&["requirements.txt"]));
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "security-engineer: `requirements.txt` changed: it can add packages");
    assert_eq!(lines[1], "devops-engineer: environment requirements changed");
    let lines = next(&of_text("requirements.txt", None, Some("requests\n")));
    assert_eq!(lines[0], "security-engineer: `requests` is a new dependency");
}
