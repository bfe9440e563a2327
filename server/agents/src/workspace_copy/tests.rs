//! A copy holds what it should, and tells what was made of it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Buffer, Difference, Reason, Refusal, WorkspaceCopy};
use crate::limits::ChangeLimits;
use crate::limits::CopyLimits;

struct Scene {
    workspace: tempfile::TempDir,
    scratch: tempfile::TempDir,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let scene = Self { workspace: tempfile::tempdir().unwrap(), scratch: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            scene.write(path, text);
        }
        scene
    }

    fn path(&self, path: &str) -> PathBuf {
        self.workspace.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn copy(&self, buffers: &[Buffer], room: CopyLimits) -> WorkspaceCopy {
        WorkspaceCopy::make(self.workspace.path(), buffers, room, Some(self.scratch.path())).unwrap()
    }

    fn difference(&self, copy: &WorkspaceCopy) -> Difference {
        copy.difference(ChangeLimits::default(), &|path| fs::read_to_string(self.workspace.path().join(path)).ok())
    }
}

fn refusals(difference: &Difference) -> Vec<(&Path, Refusal)> {
    difference.refused.iter().map(|refused| (refused.path.as_path(), refused.reason)).collect()
}

#[test]
fn settings_of_agents_links_and_what_is_ignored_stay_behind() {
    let scene = Scene::new(&[
        ("src/a.py", "a = 1\n"),
        (".gitignore", "*.log\n"),
        ("x.log", ""),
        (".git/config", ""),
        (".claude/settings.json", ""),
        ("src/.env", "KEY=1"),
        ("opencode.json", ""),
        ("venv/pyvenv.cfg", ""),
        ("venv/lib/x.py", ""),
        (".github/workflows/ci.yml", ""),
        (".github/agents/evil.agent.md", ""),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", scene.path("link.py")).unwrap();
    let copy = scene.copy(&[], CopyLimits::default());
    let held: Vec<&Path> = copy.base.keys().map(PathBuf::as_path).collect();
    assert_eq!(held, [".github/workflows/ci.yml", ".gitignore", "src/a.py"].map(Path::new));
    for path in &held {
        assert!(copy.root().join(path).is_file());
    }
    let left_out =
        |path: &str| copy.left_out().iter().find(|left| left.path == Path::new(path)).map(|left| &left.reason);
    for path in [".git", ".claude", "src/.env", "opencode.json", ".github/agents"] {
        assert_eq!(left_out(path), Some(&Reason::Private), "{path}");
        assert!(!copy.root().join(path).exists());
    }
    assert_eq!(left_out("venv"), Some(&Reason::Installed));
    #[cfg(unix)]
    assert_eq!(left_out("link.py"), Some(&Reason::Link));
    assert!(scene.difference(&copy).is_empty());
    let top = copy.top().to_owned();
    copy.remove().unwrap();
    assert!(!top.exists());
}

#[cfg(unix)]
#[test]
fn no_other_user_looks_in_and_nothing_is_shared_with_the_original() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let scene = Scene::new(&[("a.py", "a = 1\n"), ("run.sh", "#!/bin/sh\n")]);
    fs::set_permissions(scene.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = scene.copy(&[], CopyLimits::default());
    assert_eq!(fs::metadata(copy.top()).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(copy.root().join("run.sh")).unwrap().mode() & 0o777, 0o700);
    let (copied, original) =
        (fs::metadata(copy.root().join("a.py")).unwrap(), fs::metadata(scene.path("a.py")).unwrap());
    assert_ne!((copied.dev(), copied.ino()), (original.dev(), original.ino()));
    fs::write(copy.root().join("a.py"), "a = 2\n").unwrap();
    assert_eq!(fs::read_to_string(scene.path("a.py")).unwrap(), "a = 1\n");
}

#[test]
fn large_files_stay_behind_and_sources_come_first_where_room_is_short() {
    let scene = Scene::new(&[("big.py", &"x".repeat(300)), ("data.txt", &"x".repeat(90)), ("z.py", &"x".repeat(90))]);
    let copy = scene.copy(&[], CopyLimits { file: 200, total: 100, files: 10 });
    assert_eq!(copy.files(), 1);
    assert!(copy.root().join("z.py").exists());
    let reasons: Vec<_> = copy.left_out().iter().map(|left| left.reason.clone()).collect();
    assert_eq!(reasons, [Reason::Large(300), Reason::Full]);
}

#[test]
fn unsaved_text_is_what_the_agent_sees() {
    let scene = Scene::new(&[("a.py", "disk\n"), (".gitignore", "hidden.py\n"), ("hidden.py", "disk\n")]);
    let buffer = |path: &str, text: &str| Buffer { path: path.into(), text: text.into() };
    let buffers =
        [buffer("a.py", "typed\n"), buffer("new/b.py", "new\n"), buffer("../x.py", "no"), buffer("hidden.py", "no")];
    let copy = scene.copy(&buffers, CopyLimits::default());
    assert_eq!(fs::read_to_string(copy.root().join("a.py")).unwrap(), "typed\n");
    assert_eq!(fs::read_to_string(copy.root().join("new/b.py")).unwrap(), "new\n");
    assert!(!copy.root().join("hidden.py").exists() && !copy.root().join("../x.py").exists());
    fs::write(copy.root().join("a.py"), "changed\n").unwrap();
    let difference = copy.difference(ChangeLimits::default(), &|_| Some("typed\n".to_owned()));
    assert_eq!(difference.change.files[0].before.as_deref(), Some("typed\n"));
    // On disk stands something else than what the agent was shown.
    assert_eq!(scene.difference(&copy).stale, [PathBuf::from("a.py")]);
}

#[test]
fn changed_new_and_removed_files_are_found_by_their_content() {
    let scene = Scene::new(&[("a.py", "a\n"), ("b.py", "b\n"), ("same.py", "s\n"), (".gitignore", "*.log\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    fs::write(copy.root().join("a.py"), "A\n").unwrap();
    fs::remove_file(copy.root().join("b.py")).unwrap();
    fs::write(copy.root().join("same.py"), "s\n").unwrap();
    fs::create_dir_all(copy.root().join("sub/__pycache__")).unwrap();
    fs::write(copy.root().join("sub/__pycache__/x.pyc"), b"\0").unwrap();
    fs::write(copy.root().join("sub/c.py"), "c\n").unwrap();
    fs::write(copy.root().join("x.log"), "ignored\n").unwrap();
    let difference = scene.difference(&copy);
    let found: Vec<_> = difference
        .change
        .files
        .iter()
        .map(|file| (file.path.to_str().unwrap(), file.before.as_deref(), file.after.as_deref()))
        .collect();
    assert_eq!(
        found,
        [("a.py", Some("a\n"), Some("A\n")), ("b.py", Some("b\n"), None), ("sub/c.py", None, Some("c\n"))]
    );
    assert_eq!(refusals(&difference), [(Path::new("x.log"), Refusal::Ignored)]);
    assert!(difference.stale.is_empty());
}

#[test]
fn what_is_passed_by_is_named_and_a_folder_stands_for_all_in_it() {
    let scene = Scene::new(&[("a.py", "a\n"), ("kept/b.py", "b\n"), (".gitignore", "build/\n*.log\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    let root = copy.root();
    for path in [
        "build/deep/x.py",
        "build/y.py",
        "node_modules/m/index.js",
        ".tox/py/x.py",
        "kept/hidden.py",
        "evil.py",
        "new.py",
        "__pycache__/a.pyc",
        "b.log",
    ] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "x\n").unwrap();
    }
    fs::create_dir_all(root.join("build2/empty")).unwrap();
    // The agent's own rules hide nothing.
    fs::write(root.join(".ignore"), "evil.py\nkept/\nbuild2/\n").unwrap();
    let difference = scene.difference(&copy);
    let found: Vec<_> = difference.change.files.iter().map(|file| file.path.to_str().unwrap()).collect();
    assert_eq!(found, [".ignore", "new.py"]);
    assert_eq!(
        refusals(&difference),
        [
            (Path::new(".tox"), Refusal::Installed),
            (Path::new("b.log"), Refusal::Ignored),
            (Path::new("build"), Refusal::Ignored),
            (Path::new("evil.py"), Refusal::Ignored),
            (Path::new("kept/hidden.py"), Refusal::Ignored),
            (Path::new("node_modules"), Refusal::Installed),
        ]
    );
}

#[test]
fn a_byte_order_mark_that_comes_or_goes_is_a_change() {
    let scene = Scene::new(&[("with.py", "\u{feff}a\n"), ("without.py", "a\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    assert!(scene.difference(&copy).is_empty());
    fs::write(copy.root().join("with.py"), "a\n").unwrap();
    fs::write(copy.root().join("without.py"), "\u{feff}a\n").unwrap();
    let after = |difference: &Difference| -> Vec<Option<String>> {
        difference.change.files.iter().map(|file| file.after.clone()).collect()
    };
    assert_eq!(after(&scene.difference(&copy)), [Some("a\n".to_owned()), Some("\u{feff}a\n".to_owned())]);
    // An editor has the text without the mark, and cannot take it away.
    let difference = copy.difference(ChangeLimits::default(), &|_| Some("a\n".to_owned()));
    assert_eq!(refusals(&difference), [(Path::new("with.py"), Refusal::Mark)]);
    assert_eq!(after(&difference), [Some("\u{feff}a\n".to_owned())]);
}

#[test]
fn what_was_changed_in_the_workspace_meanwhile_is_stale() {
    let scene = Scene::new(&[("a.py", "a\n"), ("b.py", "b\n"), ("c.py", "c\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    for name in ["a.py", "b.py", "new.py"] {
        fs::write(copy.root().join(name), "agent\n").unwrap();
    }
    fs::remove_file(copy.root().join("c.py")).unwrap();
    scene.write("a.py", "user\n");
    fs::remove_file(scene.path("b.py")).unwrap();
    scene.write("c.py", "user\n");
    scene.write("new.py", "user\n");
    let difference = scene.difference(&copy);
    assert!(difference.change.is_empty());
    assert_eq!(difference.stale, ["a.py", "b.py", "c.py"].map(PathBuf::from));
    assert_eq!(difference.unseen, [PathBuf::from("new.py")]);
}

#[cfg(unix)]
#[test]
fn links_pipes_binaries_and_private_entries_are_refused() {
    use std::os::unix::fs::symlink;
    let scene = Scene::new(&[("a.py", "a\n"), ("sub/b.py", "b\n"), ("bin.py", "x\n")]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("b.py"), "secret\n").unwrap();
    let copy = scene.copy(&[], CopyLimits { file: 1000, ..CopyLimits::default() });
    let root = copy.root();
    fs::remove_file(root.join("a.py")).unwrap();
    symlink("/etc/passwd", root.join("a.py")).unwrap();
    fs::remove_dir_all(root.join("sub")).unwrap();
    symlink(outside.path(), root.join("sub")).unwrap();
    fs::write(root.join("bin.py"), b"\xff\xfe").unwrap();
    fs::write(root.join("large.py"), "x".repeat(2000)).unwrap();
    fs::create_dir_all(root.join(".git/hooks")).unwrap();
    fs::write(root.join(".git/hooks/pre-commit"), "#!/bin/sh\n").unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let difference = scene.difference(&copy);
    assert!(difference.change.is_empty(), "{difference:?}");
    let mut refused = refusals(&difference);
    refused.sort_by_key(|(path, _)| path.to_owned());
    assert_eq!(
        refused,
        [
            (Path::new(".git"), Refusal::Private),
            (Path::new("a.py"), Refusal::Link),
            (Path::new("bin.py"), Refusal::Binary),
            (Path::new("large.py"), Refusal::Large),
            (Path::new("pipe"), Refusal::Special),
            (Path::new("sub"), Refusal::Link),
            (Path::new("sub/b.py"), Refusal::Link),
        ]
    );
}

#[test]
fn more_than_can_be_looked_at_is_said_to_be_too_much() {
    let scene = Scene::new(&[("a.py", "a\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    for number in 0..600 {
        fs::write(copy.root().join(format!("n{number}.py")), "x\n").unwrap();
    }
    assert!(scene.difference(&copy).is_too_much);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_opened_is_removed_all_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new(&[("a.py", "a\n")]);
    let copy = scene.copy(&[], CopyLimits::default());
    let locked = copy.home().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::write(locked.join("x"), "").unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let top = copy.top().to_owned();
    copy.remove().unwrap();
    assert!(!top.exists());
}

#[test]
fn a_home_with_much_else_in_it_is_not_for_writing() {
    let scene = Scene::new(&[("a.py", "a\n"), ("home/x", "")]);
    let copy = scene.copy(&[], CopyLimits::default());
    let apart = tempfile::tempdir().unwrap();
    assert!(copy.may_write_home(apart.path()));
    let own = std::env::home_dir().unwrap_or_else(|| "/".into());
    for home in [scene.workspace.path(), &scene.path("home"), Path::new("/"), &own, Path::new("/nowhere")] {
        assert!(!copy.may_write_home(home), "{}", home.display());
    }
}
