//! What belongs to a program: its package, its interpreter and what that is installed with.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::follow::follow;
use super::shebang::interpreter;
use super::{Policy, SYSTEM, is_named};

/// Interpreters of interpreters: so many are followed.
const MAX_DEPTH: usize = 6;

/// Parts of an installation's folder where others stand in it too (`~/.cargo`, `~/.volta`).
const PARTS: [&str; 11] =
    ["bin", "lib", "lib64", "libexec", "include", "share", "ssl", "tools", "versions", "installs", "pyvenv.cfg"];

/// Parts that hold what its programs keep, and no programs: sockets, credentials and logs.
const STATE: [&str; 5] = ["var", "run", "tmp", "log", "logs"];

/// Ends of the names of scripts, which an interpreter takes by their path.
const SCRIPTS: [&str; 13] = ["py", "pyc", "pyz", "js", "mjs", "cjs", "ts", "mts", "sh", "rb", "pl", "lua", "jar"];

/// Where the user's own things are.
pub(super) struct Ground<'a> {
    pub(super) workspace: &'a Path,
    pub(super) home: Option<&'a Path>,
    /// Where programs are looked for.
    pub(super) path: Vec<PathBuf>,
}

impl Policy {
    /// Shows what `program` needs: itself, what it is installed with, and its interpreter with the same.
    pub(super) fn need(&mut self, program: &Path, ground: &Ground<'_>, depth: usize) {
        let Some(found) = follow(program).filter(|found| !ground.is_off_limits(&found.real)) else { return };
        if depth > MAX_DEPTH {
            return;
        }
        // A virtual environment's interpreter is a link, and finds the environment by the link's place.
        let places: Vec<&Path> = found.links.iter().map(|(at, _)| at.as_path()).chain([found.real.as_path()]).collect();
        places.iter().for_each(|place| self.show_environment_of(place, ground, depth));
        self.read.insert(found.real.clone());
        self.lead_to(found.clone());
        if !is_of_the_system(&found.real) {
            self.show_installation_of(&found.real, ground);
        }
        if let Some(interpreter) = interpreter(&found.real, &ground.path) {
            self.need(&interpreter, ground, depth + 1);
        }
    }

    /// Shows a file that stands on the program's command line: of `node script.js` the script is what is installed, with what
    /// stands around it; of another file, such as a key or settings, nothing but itself.
    pub(super) fn show_argument(&mut self, file: &Path, ground: &Ground<'_>) {
        if is_program(file) {
            self.need(file, ground, 0);
        } else if follow(file).is_some_and(|found| !ground.is_off_limits(&found.real)) {
            self.show(file);
        }
    }

    /// Shows the virtual environment that `place` is in.
    fn show_environment_of(&mut self, place: &Path, ground: &Ground<'_>, depth: usize) {
        let environment = place.ancestors().skip(1).find(|folder| folder.join("pyvenv.cfg").is_file());
        let is_shown = |folder: &&Path| !ground.is_broad(folder) && !ground.is_off_limits(folder);
        if let Some(environment) = environment.filter(is_shown)
            && self.read.insert(environment.to_owned())
        {
            self.need(&environment.join("bin/python"), ground, depth + 1);
        }
    }

    fn show_installation_of(&mut self, real: &Path, ground: &Ground<'_>) {
        // npm's packages find one another by their folders.
        let packages = real.ancestors().filter(|folder| is_named(folder, &["node_modules"])).last();
        if let Some(packages) = packages.filter(|folder| !ground.is_off_limits(folder)) {
            self.read.insert(packages.to_owned());
            return;
        }
        if self.sees_more_than(real) {
            return;
        }
        let Some(folder) = real.parent() else { return };
        if is_named(folder, &["bin", "sbin", "shims"]) {
            self.show_around(folder, ground);
        } else if !ground.is_broad(folder) {
            self.read.insert(folder.to_owned());
        }
    }

    /// Whether a folder around `path` is seen.
    fn sees_more_than(&self, path: &Path) -> bool {
        path.parent().is_some_and(|folder| self.sees(folder))
    }

    /// Shows a folder of programs on the `PATH`, with what these are installed with.
    pub(super) fn show_programs_in(&mut self, folder: &Path, ground: &Ground<'_>) {
        let Some(found) = follow(folder).filter(|found| found.real.is_dir()) else { return };
        if is_of_the_system(&found.real) || ground.is_off_limits(&found.real) || ground.is_broad(&found.real) {
            return;
        }
        self.show_environment_of(&found.real.join("python"), ground, 0);
        self.lead_to(found.clone());
        if is_named(&found.real, &["bin", "sbin", "shims"]) {
            self.show_around(&found.real, ground);
        } else {
            self.read.insert(found.real);
        }
    }

    /// Shows the installation around a `bin`.
    fn show_around(&mut self, bin: &Path, ground: &Ground<'_>) {
        self.read.insert(bin.to_owned());
        let Some(prefix) = bin.parent().filter(|prefix| !ground.is_broad(prefix)) else { return };
        let is_own = |home: &Path| prefix.strip_prefix(home).map_or(true, |below| below.components().count() > 1);
        if ground.home.is_none_or(is_own) || is_named(bin, &["shims"]) {
            self.read.insert(prefix.to_owned());
            let state = STATE.iter().map(|part| prefix.join(part));
            self.hidden.extend(state.filter(|part| fs::symlink_metadata(part).is_ok_and(|meta| meta.is_dir())));
            return;
        }
        let parts = PARTS.iter().map(|part| prefix.join(part)).filter(|part| fs::symlink_metadata(part).is_ok());
        parts.collect::<Vec<PathBuf>>().iter().for_each(|part| self.show(part));
    }
}

/// Whether a file is started, or read by an interpreter as a program.
fn is_program(file: &Path) -> bool {
    let is_executable = fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0);
    let end = file.extension().and_then(OsStr::to_str).unwrap_or_default();
    is_executable || SCRIPTS.contains(&end) || interpreter(file, &[]).is_some()
}

pub(super) fn is_of_the_system(path: &Path) -> bool {
    SYSTEM.iter().any(|folder| path.starts_with(folder))
}
