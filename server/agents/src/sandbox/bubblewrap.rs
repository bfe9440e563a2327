//! bubblewrap's sandbox: namespaces of its own, in which nothing of this machine is seen but what the policy names.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::JailCommand;

/// Bytes that all of `/dev/shm` may hold: shared memory is memory.
const SHARED_MEMORY: u64 = 1 << 30;
/// Bytes of what is left in `/run`.
const RUN: u64 = 16 << 20;

/// A folder is shown in so many parts at most: each takes its time, and `bwrap` takes 9000 words.
const MAX_PARTS: usize = 500;

/// Where `bwrap` is looked for. Not on the `PATH`: a workspace's virtual environment may stand first there.
const PLACES: [&str; 6] = [
    "/usr/bin",
    "/usr/local/bin",
    "/bin",
    "/run/current-system/sw/bin",
    "/run/wrappers/bin",
    "/nix/var/nix/profiles/default/bin",
];

/// The program `bwrap`, where the system has one.
pub(super) fn find() -> Option<PathBuf> {
    let found = PLACES.iter().map(|folder| Path::new(folder).join("bwrap")).find(|path| path.is_file());
    found.and_then(|path| path.canonicalize().ok())
}

/// The arguments of bubblewrap for `jail`, up to the program. The filters are read from `filters`, which it inherits.
pub(super) fn arguments(jail: &JailCommand, filters: &[i32], own: &Path) -> Vec<OsString> {
    let mut words = Words(Vec::new());
    words.add(&["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]);
    if !jail.policy.network {
        words.add(&["--unshare-net"]);
    }
    words.add(&["--cap-drop", "ALL", "--die-with-parent", "--new-session"]);
    if rustix::process::geteuid().is_root() {
        // A look-up there finds no root.
        words.add(&["--uid", "65534", "--gid", "65534"]);
    }
    system(&mut words, jail);
    folders(&mut words, jail, own);
    // Last, when all places to mount at have been made. As root the program would own `/proc/sys`, and could write there.
    words.add(&["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]);
    for filter in filters {
        words.add(&["--add-seccomp-fd", &filter.to_string()]);
    }
    if let Ok(folder) = env::current_dir() {
        words.place("--chdir", &[&folder]);
    }
    words.0
}

/// What belongs to every system, new and empty.
fn system(words: &mut Words, jail: &JailCommand) {
    words.add(&["--proc", "/proc", "--dev", "/dev"]);
    words.add(&["--size", &SHARED_MEMORY.to_string(), "--perms", "1777", "--tmpfs", "/dev/shm"]);
    words.add(&["--size", &RUN.to_string(), "--tmpfs", "/run"]);
    words.add(&["--dir", "/var", "--symlink", "../run", "/var/run"]);
    if let Some(temporary) = &jail.temporary {
        words.place("--bind", &[temporary, Path::new("/tmp")]);
        words.place("--bind", &[temporary, Path::new("/var/tmp")]);
    }
}

fn folders(words: &mut Words, jail: &JailCommand, own: &Path) {
    let policy = &jail.policy;
    let mut split = BTreeSet::new();
    for path in policy.read.iter().map(PathBuf::as_path).chain([own]) {
        match policy.parts_beside_private(path).filter(|parts| parts.len() <= MAX_PARTS) {
            Some(parts) => {
                parts.iter().for_each(|part| words.part(part));
                split.insert(path);
            }
            None => words.place("--ro-bind-try", &[path, path]),
        }
    }
    for (at, target) in &policy.links {
        words.place("--symlink", &[target, at]);
    }
    for path in &policy.passed {
        words.place("--dir", &[path]);
    }
    for path in policy.hidden.iter().filter(|path| !split.iter().any(|whole| path.starts_with(whole))) {
        if path.is_dir() {
            words.place("--tmpfs", &[path]);
            words.place("--remount-ro", &[path]);
        } else {
            words.place("--ro-bind", &[Path::new("/dev/null"), path]);
        }
    }
    // What is written lies above what is hidden: a copy may be made below the workspace's own parent.
    for path in &jail.write {
        let _ = fs::symlink_metadata(path).map(|_| words.place("--bind", &[path, path]));
    }
}

struct Words(Vec<OsString>);

impl Words {
    fn add(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    /// A part of a folder that is not shown whole.
    fn part(&mut self, path: &Path) {
        match fs::read_link(path) {
            Ok(target) => self.place("--symlink", &[&target, path]),
            Err(_) => self.place("--ro-bind-try", &[path, path]),
        }
    }

    fn place(&mut self, name: &str, paths: &[&Path]) {
        self.0.push(name.into());
        self.0.extend(paths.iter().map(OsString::from));
    }
}
