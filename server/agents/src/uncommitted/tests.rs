use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Committed, Uncommitted, uncommitted};

/// Runs git, which tests may: this repository is their own.
fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").args(identity).args(args).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    for (path, text) in
        [("a.py", "a = 1\n"), ("src/b.py", "b = 1\n"), ("gone.py", "c = 1\n"), (".gitignore", "*.log\n")]
    {
        write(folder.path(), path, text);
    }
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "first"]);
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn file(path: &str, committed: Committed) -> Uncommitted {
    Uncommitted { path: path.into(), committed }
}

#[test]
fn what_differs_from_the_last_commit_is_found() {
    let folder = repository();
    let root = folder.path();
    assert_eq!(uncommitted(root), Some(Vec::new()));
    write(root, "a.py", "a = 2\n");
    write(root, "src/b.py", "b = 2\n");
    git(root, &["add", "src/b.py"]);
    fs::remove_file(root.join("gone.py")).unwrap();
    write(root, "src/new.py", "n = 1\n");
    write(root, "trace.log", "ignored\n");
    write(root, "node_modules/x.js", "made\n");
    let text = |text: &str| Committed::Text(text.into());
    let expected = [
        file("a.py", text("a = 1\n")),
        file("gone.py", text("c = 1\n")),
        file("src/b.py", text("b = 1\n")),
        file("src/new.py", Committed::Absent),
    ];
    assert_eq!(uncommitted(root).unwrap(), expected);
    // A workspace that is a part of the repository is told of its part.
    let below = uncommitted(&root.join("src")).unwrap();
    assert_eq!(below, [file("b.py", text("b = 1\n")), file("new.py", Committed::Absent)]);
}

#[test]
fn where_nothing_was_committed_everything_is_new() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    write(folder.path(), "a.py", "a = 1\n");
    assert_eq!(uncommitted(folder.path()).unwrap(), [file("a.py", Committed::Absent)]);
}

#[test]
fn where_no_repository_is_there_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.py", "a = 1\n");
    write(folder.path(), ".git", "gitdir: /nowhere\n");
    assert_eq!(uncommitted(folder.path()), None);
}

/// A repository that names programs wherever git would run one.
#[cfg(unix)]
#[test]
fn no_program_of_a_repository_is_started() {
    use std::os::unix::fs::PermissionsExt;

    let folder = repository();
    let root = folder.path();
    let trap = root.join(".git/trap.sh");
    let sprung = root.join(".git/sprung");
    fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", sprung.display())).unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    let trap = trap.to_str().unwrap();
    for (name, value) in [
        ("filter.evil.clean", trap),
        ("filter.evil.smudge", trap),
        ("filter.evil.process", trap),
        ("core.fsmonitor", trap),
        ("core.hooksPath", root.join(".git").to_str().unwrap()),
        ("diff.evil.textconv", trap),
        ("diff.external", trap),
        ("core.pager", trap),
    ] {
        git(root, &["config", name, value]);
    }
    for hook in ["post-index-change", "fsmonitor-watchman", "pre-commit"] {
        fs::copy(trap, root.join(".git").join(hook)).unwrap();
    }
    write(root, ".gitattributes", "*.py filter=evil diff=evil\n");
    write(root, "a.py", "a = 2\n");
    let paths: Vec<_> = uncommitted(root).unwrap().into_iter().map(|one| one.path).collect();
    assert_eq!(paths, [Path::new(".gitattributes"), Path::new("a.py")]);
    assert!(!sprung.exists(), "{}", fs::read_to_string(&sprung).unwrap());
    // The trap is one: git itself springs it.
    let _ = Command::new("git").args(["status", "--short"]).current_dir(root).output();
    assert!(sprung.exists());
}
