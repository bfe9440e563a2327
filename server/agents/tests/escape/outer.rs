//! Runs each user's part, and holds what came of it: nothing gets out that the run log does not name.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use pyteam_agents::sandbox::{Level, Mechanism};

use super::stage::{python, scripts};
use super::table;
use super::tried::{Tried, all_attempts};

/// A user other than root, where root runs the tests.
const NOBODY: u32 = 65534;

/// What came of one user's attempts.
pub(crate) struct Part {
    pub(crate) is_root: bool,
    pub(crate) tried: Vec<Tried>,
}

pub(crate) fn run() -> ExitCode {
    if std::env::args().any(|word| word == "--list") {
        println!("escape: test");
        return ExitCode::SUCCESS;
    }
    if let Some(missing) = missing() {
        println!("left out: {missing}");
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        return if is_ci { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let is_root = rustix_is_root();
    let mut parts = vec![part(is_root, None)];
    if is_root {
        parts.push(part(false, Some(NOBODY)));
    }
    let faults: Vec<String> = parts.iter().flat_map(faults).chain(table::faults(&parts)).collect();
    faults.iter().for_each(|fault| println!("FAILED: {fault}"));
    println!("{} attempts, {} users, {} faults", all_attempts().len(), parts.len(), faults.len());
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What this machine lacks for these tests.
fn missing() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("there is no such sandbox on this system".to_owned());
    }
    let is_there = |program: &&str| Command::new(program).arg("-V").stdout(Stdio::null()).status().is_ok();
    ["tmux"].iter().find(|program| !is_there(program)).map(|program| format!("there is no {program}"))
}

fn rustix_is_root() -> bool {
    let own = fs::metadata("/proc/self").map(|meta| std::os::unix::fs::MetadataExt::uid(&meta));
    own.is_ok_and(|user| user == 0)
}

/// One user's part, in a home of its own, with a terminal, and with a file descriptor that was left open.
fn part(is_root: bool, user: Option<u32>) -> Part {
    let base = tempfile::Builder::new().prefix("pyteam-escape-").tempdir().unwrap();
    let folder = base.path();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let program = readable(folder);
    let own = folder.join("own");
    for made in [&own, &own.join("home"), &own.join("run")] {
        fs::create_dir(made).unwrap();
    }
    fs::write(own.join("leak"), "").unwrap();
    for path in [own.clone(), own.join("home"), own.join("run"), own.join("leak")] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        chown(path, user, user).unwrap();
    }
    let output = own.join("output.json");
    let mut command = Command::new(if user.is_some() { PathBuf::from("/usr/bin/python3") } else { python() });
    command.arg(folder.join("scripts/escape.py")).arg("terminal").arg(&program).arg("try").arg(&output);
    command.current_dir(&own).env_clear().stdin(Stdio::null());
    let path = if user.is_some() { "/usr/bin:/bin".into() } else { std::env::var_os("PATH").unwrap() };
    command.env("PATH", path).env("HOME", own.join("home")).env("ESCAPE_LEAK", own.join("leak"));
    command.env("PYTEAM_TEST_SCRIPTS", folder.join("scripts"));
    // Root has `/run` itself.
    if !is_root {
        command.env("XDG_RUNTIME_DIR", own.join("run"));
    }
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let status = command.status().unwrap();
    assert!(status.success(), "the part of user {user:?}: {status}");
    Part { is_root, tried: serde_json::from_slice(&fs::read(output).unwrap()).unwrap() }
}

/// Copies this program and the scripts to where every user can read them.
fn readable(folder: &Path) -> PathBuf {
    let program = folder.join("escape");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::create_dir(folder.join("scripts")).unwrap();
    for name in ["escape.py", "scripted_agent.py"] {
        fs::copy(scripts().join(name), folder.join("scripts").join(name)).unwrap();
    }
    // What stands beside the program may be the user's.
    for (path, mode) in [(program.clone(), 0o755), (folder.join("scripts"), 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    program
}

fn faults(part: &Part) -> Vec<String> {
    let user = if part.is_root { "root" } else { "a user" };
    let mut faults = Vec::new();
    for tried in &part.tried {
        let place = format!("{user}, {:?}, {}", tried.wanted, tried.backend);
        println!(
            "{place}: {} of {} stopped",
            tried.said.len() - tried.named.len() - tried.silent.len(),
            tried.said.len()
        );
        println!("  {}", tried.explanation);
        println!("  named: {:?}", tried.named);
        if tried.by != tried.wanted {
            let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
            println!("  left out: {:?} is not here", tried.wanted);
            faults.extend(is_ci.then(|| format!("{place}: it is not here")));
        }
        faults.extend(
            tried
                .silent
                .iter()
                .map(|name| format!("{place}: {name} got out, and nothing says so: {}", tried.said[name])),
        );
        // What it promises is what this is about.
        if tried.by == Mechanism::Bubblewrap && tried.level != Level::Confined {
            faults.push(format!("{place}: {}", tried.explanation));
        }
    }
    faults
}
