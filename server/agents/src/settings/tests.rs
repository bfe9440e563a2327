use super::*;

struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        scene.program("bin/agent");
        scene.program("work/.venv/bin/agent");
        scene.program("work/.venv/bin/local");
        scene
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn program(&self, path: &str) {
        self.write(path, "#!/bin/sh\nexit 3\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn gather(&self, trusted: bool) -> AgentSettings {
        let root = self.path("work");
        let dirs = UserDirs { home: Some(self.path("home")), config: Some(self.path("config")), state: None };
        AgentSettings::gather(&dirs, Some(&root), trusted, &self.environment())
    }

    fn environment(&self) -> Environment {
        let folders = [PathBuf::from("relative"), self.path("work/.venv/bin"), self.path("bin")];
        Environment {
            path: std::env::join_paths(folders).unwrap(),
            variables: BTreeMap::from([("A_KEY".into(), "a".into()), ("B_KEY".into(), "b".into())]),
        }
    }
}

const USERS: &str = r#"
max-depth = 4
[agents]
backend = "mine"
unconfined = "allow-partly"
[agents.backends.mine]
kind = "acp"
command = ["agent", "--acp"]
env = ["A_KEY", "NOT_SET"]
home = "~/agents"
mode = "plan"
model = "small"
network = false
read = ["~/tools", "/opt/tools"]
[agents.use]
python-architect = "built-in"
[agents.rights.python-data-specialist]
edit = true
"#;

#[test]
fn the_users_settings_describe_backends() {
    let scene = Scene::new();
    assert_eq!(scene.gather(false), AgentSettings::default());
    assert_eq!(scene.gather(false).backend_of("x"), ("built-in".into(), Ok(Backend::BuiltIn)));
    scene.write("config/pyteam.toml", USERS);
    let settings = scene.gather(false);
    assert_eq!(settings.problems, []);
    let (name, Ok(Backend::Acp(launch))) = settings.backend_of("python-ml-specialist") else {
        panic!("{settings:#?}");
    };
    assert_eq!((&*name, &launch.args[..]), ("mine", &["--acp".to_owned()][..]));
    // The one of the virtual environment comes first on the PATH, and lies in the workspace.
    assert_eq!(launch.program, scene.path("bin/agent"));
    assert_eq!(launch.environment, BTreeMap::from([("A_KEY".to_owned(), "a".to_owned())]));
    assert_eq!(launch.home, Some(scene.path("home/agents")));
    assert_eq!((launch.mode.as_deref(), launch.model.as_deref()), (Some("plan"), Some("small")));
    assert_eq!((launch.network, &launch.read[..]), (false, &[scene.path("home/tools"), "/opt/tools".into()][..]));
    assert_eq!(settings.unconfined, Unconfined::AllowPartly);
    assert_eq!(settings.backend_of("python-architect").1, Ok(Backend::BuiltIn));
    assert_eq!(settings.rights["python-data-specialist"].edit, Some(true));
}

#[test]
fn a_workspace_speaks_only_where_it_is_trusted_and_never_gives_rights() {
    let scene = Scene::new();
    scene.write("config/pyteam.toml", USERS);
    scene.write(
        "work/pyproject.toml",
        "[tool.pyteam.agents]\nbackend = 'theirs'\nunconfined = 'allow'\n[tool.pyteam.agents.rights]\nevil = {execute = true}\n\
         [tool.pyteam.agents.backends.theirs]\nkind = 'command'\ncommand = ['agent']\nenv = ['B_KEY']\n",
    );
    let untrusted = scene.gather(false);
    assert_eq!(untrusted.backend.as_deref(), Some("mine"));
    assert_eq!(untrusted.backends.len(), 1);
    let trusted = scene.gather(true);
    let (name, Ok(Backend::Command(launch))) = trusted.backend_of("python-ml-specialist") else {
        panic!("{trusted:#?}")
    };
    assert_eq!((&*name, &*launch.name), ("theirs", "theirs"));
    assert!(!trusted.rights.contains_key("evil"));
    assert_eq!(trusted.unconfined, Unconfined::AllowPartly);
    let told = |line: u32, word: &str| {
        trusted.problems.iter().any(|problem| problem.line == line && problem.message.contains(word))
    };
    assert!(
        told(4, "`rights` of a workspace are ignored") && told(3, "`unconfined` of a workspace is ignored"),
        "{:?}",
        trusted.problems
    );
}

#[test]
fn programs_of_the_workspace_are_not_started() {
    let scene = Scene::new();
    let (root, environment) = (scene.path("work"), scene.environment());
    let find = |name: &str| find_program(name, &environment, Some(&root));
    assert_eq!(find("agent"), Ok(scene.path("bin/agent")));
    assert_eq!(find("local"), Err(NotFound::InWorkspace(scene.path("work/.venv/bin/local"))));
    let absolute = scene.path("work/.venv/bin/local");
    assert_eq!(find(absolute.to_str().unwrap()), Err(NotFound::InWorkspace(absolute.clone())));
    for relative in ["./agent", "../bin/agent", ".venv/bin/local"] {
        assert_eq!(find(relative), Err(NotFound::Relative(relative.into())));
    }
    for missing in ["no-such-agent", "", ".", ".."] {
        assert!(find(missing).is_err(), "{missing}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&absolute, scene.path("bin/sneaky")).unwrap();
        assert_eq!(find("sneaky"), Err(NotFound::InWorkspace(scene.path("bin/sneaky"))));
        scene.write("bin/text", "no program");
        assert_eq!(find("text"), Err(NotFound::Missing("text".into())));
    }
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    let scene = Scene::new();
    let all = [
        ("[agents]\nbackend = 3\n", 2, "`backend`: expected a string"),
        ("[agents]\nback-end = 'x'\n", 2, "unknown key `back-end` in `agents`"),
        ("agents = 3\n", 1, "expected a table"),
        ("[agents.backends]\nx = 1\n", 2, "expected a table"),
        ("[agents.backends.built-in]\nkind = 'acp'\n", 1, "is reserved for the built-in backend"),
        ("[agents.backends.x]\nkind = 'acp'\n", 1, "no `command`"),
        ("[agents.backends.x]\ncommand = ['agent']\n", 1, "no `kind`"),
        ("[agents.backends.x]\nkind = 'http'\ncommand = ['agent']\n", 1, "`acp` or `command`"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = 'agent'\n", 3, "a list of strings"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['agent', 1]\n", 3, "a list of strings"),
        (
            "[agents.backends.x]\nkind = 'acp'\ncommand = ['agent']\nshell = true\n",
            4,
            "unknown key `shell` in a backend",
        ),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['agent']\nhome = 'here'\n", 1, "must be absolute"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['agent']\nread = ['here']\n", 1, "`read` must be absolute"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['agent']\nnetwork = 'no'\n", 4, "`true` or `false`"),
        ("[agents]\nunconfined = 'yes'\n", 2, "`ask`, `refuse`, `allow-partly` or `allow`"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['missing']\n", 1, "not found on the PATH: `missing`"),
        ("[agents.use]\na = 'x'\n", 2, "unknown backend `x`; add `[agents.backends.x]`"),
        ("[agents]\nbackend = 'x'\n", 2, "unknown backend `x`; add `[agents.backends.x]`"),
        ("[agents.rights.a]\nwrite = true\n", 2, "unknown key `write` in `rights`"),
        ("[agents.rights.a]\nedit = 'yes'\n", 2, "`true` or `false`"),
        ("[agents.limit]\nrun = 1\n", 1, "did you mean `limits`?"),
        ("[agents.limits]\nsilense = '1h'\n", 2, "did you mean `silence`?"),
        ("[agents.limits]\nturn = '1h'\n", 2, "expected one of `run`, `silence`,"),
        ("[agents.limits]\nrun = 'soon'\n", 2, "`run`: expected seconds, or a text such as"),
        ("[agents.limits]\nrun = 0\n", 2, "more than 0"),
        ("[agents.limits]\nfile-size = true\n", 2, "`file-size`: expected bytes"),
        ("[agents.backends.x]\nkind = 'acp'\ncommand = ['agent']\nlimits = 3\n", 4, "`limits`: expected a table"),
        ("[agents\n", 1, "invalid TOML"),
    ];
    for (text, line, word) in all {
        scene.write("config/pyteam.toml", text);
        let settings = scene.gather(false);
        let problem = settings.problems.first().unwrap_or_else(|| panic!("{text}"));
        assert!(problem.message.contains(word) && problem.line == line, "{text}: {problem}");
    }
}

#[test]
fn limits_are_the_backends_own_before_those_of_all() {
    let scene = Scene::new();
    let text = "[agents]\nbackend = 'mine'\n[agents.limits]\nrun = '10m'\nfiles = 7\n[agents.backends.mine]\nkind = 'acp'\n\
                command = ['agent']\nlimits = { run = 90, copy-size = '1GB' }\n";
    scene.write("config/pyteam.toml", text);
    // Those of a workspace hold where the user trusts it, and nowhere else.
    scene.write("work/pyteam.toml", "[agents.limits]\nfiles = 900\n");
    for (trusted, files) in [(false, 7), (true, 900)] {
        let settings = scene.gather(trusted);
        assert_eq!(settings.problems, []);
        let limits = settings.limits_of("python-architect");
        assert_eq!(limits.run.map(|run| run.as_secs()), Some(90));
        assert_eq!((limits.files, limits.copy_size), (Some(files), Some(1 << 30)));
    }
}

#[test]
fn settings_that_lie_in_the_workspace_are_not_the_users() {
    let scene = Scene::new();
    scene.write("work/config/pyteam.toml", USERS);
    let dirs = UserDirs { config: Some(scene.path("work/config")), ..UserDirs::default() };
    let settings = AgentSettings::gather(&dirs, Some(&scene.path("work")), false, &scene.environment());
    assert_eq!((settings.backend, settings.backends.len()), (None, 0));
    assert!(settings.problems[0].message.contains("inside this workspace"));
}
