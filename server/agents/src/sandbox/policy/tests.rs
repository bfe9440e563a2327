use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// A home with programs in it.
struct Scene {
    folder: tempfile::TempDir,
    path: Vec<PathBuf>,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), path: Vec::new() };
        scene.write("home/project/a.py", "");
        scene
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn link(&self, at: &str, target: &str) -> PathBuf {
        fs::create_dir_all(self.at(at).parent().unwrap()).unwrap();
        symlink(target, self.at(at)).unwrap();
        self.at(at)
    }

    fn launch(&self, program: &str, args: &[String]) -> Launch {
        Launch {
            name: "x".to_owned(),
            program: self.at(program),
            args: args.to_vec(),
            environment: BTreeMap::new(),
            home: None,
            mode: None,
            model: None,
            network: true,
            read: Vec::new(),
        }
    }

    fn policy(&self, launch: &Launch) -> Policy {
        let (workspace, home) = (self.at("home/project"), self.at("home"));
        Policy::on(&Ground { workspace: &workspace, home: Some(&home), path: self.path.clone() }, launch, true)
    }

    /// What of the scene is seen for `program`.
    fn seen(&self, program: &str) -> Vec<String> {
        self.names(&self.policy(&self.launch(program, &[])))
    }

    fn names(&self, policy: &Policy) -> Vec<String> {
        let base = self.at("home");
        let below = |path: &PathBuf| Some(path.strip_prefix(&base).ok()?.to_str()?.to_owned());
        policy.read.iter().filter_map(below).collect()
    }
}

#[test]
fn a_script_brings_its_package_and_its_interpreter() {
    let mut scene = Scene::new();
    scene.write("home/.nvm/versions/node/v22/bin/node", "");
    scene.write("home/.nvm/versions/node/v22/lib/node_modules/agent/cli.js", "#!/usr/bin/env node\n");
    scene.link("home/.nvm/versions/node/v22/bin/agent", "../lib/node_modules/agent/cli.js");
    scene.link("home/.local/bin/agent", "../../.nvm/versions/node/v22/bin/agent");
    scene.path = vec![scene.at("home/.nvm/versions/node/v22/bin")];
    assert_eq!(scene.seen("home/.local/bin/agent"), [".nvm/versions/node/v22"]);
    let policy = scene.policy(&scene.launch("home/.local/bin/agent", &[]));
    assert_eq!(policy.links[&scene.at("home/.local/bin/agent")], Path::new("../../.nvm/versions/node/v22/bin/agent"));
    // A package that was installed in a folder of its own, and a node that is not on the PATH.
    scene.path.clear();
    scene.write("home/tools/agent/node_modules/agent/dist/index.js", "#!/usr/bin/env -S node --flag\n");
    assert_eq!(scene.seen("home/tools/agent/node_modules/agent/dist/index.js"), ["tools/agent/node_modules"]);
}

#[test]
fn a_virtual_environment_is_seen_whole_with_what_it_is_made_from() {
    let scene = Scene::new();
    scene.write("home/.pyenv/versions/3.12/bin/python3.12", "");
    scene.write("home/.local/share/pipx/venvs/agent/pyvenv.cfg", "");
    scene
        .link("home/.local/share/pipx/venvs/agent/bin/python", "../../../../../../.pyenv/versions/3.12/bin/python3.12");
    let python = scene.at("home/.local/share/pipx/venvs/agent/bin/python");
    scene.write("home/.local/share/pipx/venvs/agent/bin/agent", &format!("#!{}\n", python.display()));
    scene.link("home/.local/bin/agent", "../share/pipx/venvs/agent/bin/agent");
    let expected = [".local/share/pipx/venvs/agent", ".pyenv/versions/3.12"];
    assert_eq!(scene.seen("home/.local/bin/agent"), expected);
    // Its interpreter is a link: it finds the environment by the link's own place.
    assert_eq!(scene.seen("home/.local/share/pipx/venvs/agent/bin/python"), expected);
}

#[test]
fn folders_with_other_things_in_them_are_not_seen_whole() {
    let mut scene = Scene::new();
    for path in [".cargo/bin/agent", ".cargo/credentials.toml", ".local/bin/other", ".pyenv/shims/python", "agent.py"] {
        scene.write(&format!("home/{path}"), "");
    }
    assert_eq!(scene.seen("home/.cargo/bin/agent"), [".cargo/bin"]);
    assert_eq!(scene.seen("home/agent.py"), ["agent.py"]);
    assert_eq!(scene.seen("home/.pyenv/shims/python"), [".pyenv"]);
    scene.write("home/Downloads/agent", "");
    assert_eq!(scene.seen("home/Downloads/agent"), ["Downloads/agent"]);
    scene.path = vec![scene.at("home"), scene.at("home/.local/bin"), scene.at("home/project"), "bin".into()];
    assert_eq!(scene.seen("home/agent.py"), [".local/bin", "agent.py"]);
}

#[test]
fn arguments_that_are_files_are_what_is_installed() {
    let scene = Scene::new();
    scene.write("home/agents/mine.py", "");
    let args = |path: &str| [scene.at(path).display().to_string()];
    let policy = scene.policy(&scene.launch("home/none", &args("home/agents/mine.py")));
    assert_eq!(scene.names(&policy), ["agents"]);
    // A path that leads through another folder leads there as well.
    scene.write("home/other/x", "");
    let policy = scene.policy(&scene.launch("home/none", &args("home/other/../agents/mine.py")));
    assert_eq!(scene.names(&policy), ["agents"]);
    assert!(policy.passed.contains(&scene.at("home/other")));
    // But the workspace is not, and neither is a folder.
    for path in ["home/project/a.py", "home/agents"] {
        assert_eq!(scene.names(&scene.policy(&scene.launch("home/none", &args(path)))), Vec::<String>::new());
    }
}

#[test]
fn of_an_argument_that_is_no_program_nothing_else_is_seen() {
    let scene = Scene::new();
    for (path, mode) in [("home/keys/key.json", 0o600), ("home/keys/other.json", 0o600), ("home/bot/run.js", 0o600)] {
        fs::set_permissions(scene.write(path, "{}"), fs::Permissions::from_mode(mode)).unwrap();
    }
    let seen =
        |path: &str| scene.names(&scene.policy(&scene.launch("home/none", &[scene.at(path).display().to_string()])));
    assert_eq!(seen("home/keys/key.json"), ["keys/key.json"]);
    assert_eq!(seen("home/bot/run.js"), ["bot"]);
}

#[test]
fn a_socket_in_an_installation_makes_it_wide_and_what_it_keeps_is_hidden() {
    use std::os::unix::net::UnixListener;
    let mut scene = Scene::new();
    for path in ["bin/x", "lib/x/y", "var/run/z"] {
        scene.write(&format!("home/tools/kit/{path}"), "");
    }
    scene.path = vec![scene.at("home/tools/kit/bin")];
    let policy = |scene: &Scene| scene.policy(&scene.launch("home/none", &[]));
    let _hidden = UnixListener::bind(scene.at("home/tools/kit/var/run/s")).unwrap();
    let before = policy(&scene);
    assert!(!before.is_wide && before.hidden.contains(&scene.at("home/tools/kit/var")), "{before:?}");
    assert!(!before.parts_of(&scene.at("home/tools/kit")).iter().any(|part| part.ends_with("var")));
    let _shown = UnixListener::bind(scene.at("home/tools/kit/lib/x/s")).unwrap();
    assert!(policy(&scene).is_wide);
}

#[test]
fn what_settings_name_is_seen_and_the_workspace_in_it_is_not() {
    let scene = Scene::new();
    let launch = Launch { read: vec![scene.at("home")], ..scene.launch("home/none", &[]) };
    let policy = scene.policy(&launch);
    assert!(policy.is_wide && policy.sees(&scene.at("home/.ssh")));
    assert!(policy.hidden.contains(&scene.at("home/project")));
    scene.write("home/x/y", "");
    let mut parts = policy.parts_of(&scene.at("home"));
    parts.sort();
    assert_eq!(parts, [scene.at("home/x")]);
    assert!(!scene.policy(&scene.launch("home/none", &[])).is_wide);
}

#[test]
fn the_system_is_seen_through_its_links() {
    let scene = Scene::new();
    let policy = scene.policy(&scene.launch("home/none", &[]));
    assert!(policy.sees(Path::new("/usr/bin/env")) && policy.sees(Path::new("/etc/passwd")));
    for at in ["/bin", "/lib"] {
        if Path::new(at).is_symlink() {
            assert!(policy.links.contains_key(Path::new(at)), "{at}");
        }
    }
    // Nothing stands in the list twice.
    for path in &policy.read {
        assert_eq!(policy.read.iter().filter(|other| path.starts_with(other)).count(), 1, "{}", path.display());
    }
    assert!(follow::follow(Path::new("relative")).is_none() && follow::follow(&scene.at("nothing")).is_none());
}

#[test]
fn what_is_closed_to_others_is_found() {
    let scene = Scene::new();
    scene.write("etc/open/file", "");
    for (path, mode) in [("etc/open/shadow", 0o640), ("etc/closed/file", 0o644), ("etc/closed", 0o750)] {
        if !scene.at(path).exists() {
            scene.write(path, "");
        }
        fs::set_permissions(scene.at(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut private = private::parts(&scene.at("etc"), 0);
    private.sort();
    assert_eq!(private, [scene.at("etc/closed"), scene.at("etc/open/shadow")]);
}
