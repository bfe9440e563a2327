//! What a program sees: the system, its own installation, and what the user's settings name.
//!
//! All else stays out of sight, the user's home and the workspace first of all: what is not seen can neither be read nor
//! connected to.

mod follow;
mod installation;
mod private;
mod shebang;
mod sockets;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::follow::Found;
use self::installation::Ground;
use crate::launch::Launch;
use crate::user_dirs::is_inside;

/// What every program sees. Links among them are made again.
const SYSTEM: [&str; 12] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/nix/store",
    "/gnu/store",
    "/var/lib/ca-certificates",
    "/sys/devices/system",
];

/// Files of the system that may be links to places which are not seen: names, time and certificates.
const BEHIND_LINKS: [&str; 7] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
];

/// Variables that name certificates.
const CERTIFICATES: [&str; 5] =
    ["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// What a program may see and reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Policy {
    /// Files and folders that it may read, none inside another.
    pub(crate) read: BTreeSet<PathBuf>,
    /// Links that lead to them, each with what it says.
    pub(crate) links: BTreeMap<PathBuf, PathBuf>,
    /// Folders that are there and empty: paths lead through them.
    pub(crate) passed: BTreeSet<PathBuf>,
    /// What of `read` it does not see.
    pub(crate) hidden: BTreeSet<PathBuf>,
    /// What the user's settings name.
    pub(crate) meant: BTreeSet<PathBuf>,
    /// Whether programs listen, or may listen, in what it is shown: the user's settings name folders of which nothing is
    /// known, or there are sockets in others outside of the system.
    pub(crate) is_wide: bool,
    /// Whether it may use the network.
    pub(crate) network: bool,
}

impl Policy {
    /// The policy for `launch`, which works on a copy of `workspace`. `may_write_home` is whether its home is its own.
    pub(crate) fn of(launch: &Launch, workspace: &Path, may_write_home: bool) -> Self {
        let home = env::home_dir().map(|home| home.canonicalize().unwrap_or(home));
        let path = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
        Self::on(&Ground { workspace, home: home.as_deref(), path }, launch, may_write_home)
    }

    fn on(ground: &Ground<'_>, launch: &Launch, may_write_home: bool) -> Self {
        let mut policy = Self { network: launch.network, ..Self::default() };
        SYSTEM.iter().chain(&BEHIND_LINKS).for_each(|place| policy.show(Path::new(place)));
        policy.need(&launch.program, ground, 0);
        let files = launch.args.iter().map(Path::new).filter(|path| path.is_absolute() && path.is_file());
        files.for_each(|file| policy.show_argument(file, ground));
        ground.path.iter().for_each(|folder| policy.show_programs_in(folder, ground));
        let named = |name: &&str| launch.environment.get(*name).cloned().or_else(|| env::var(name).ok());
        CERTIFICATES.iter().filter_map(named).for_each(|file| policy.show(Path::new(&file)));
        let own = launch.home.iter().filter(|_| !may_write_home);
        for place in launch.read.iter().chain(own) {
            policy.show(place);
            policy.meant.extend(follow::follow(place).map(|found| found.real));
            policy.is_wide = true;
        }
        let needed = policy.read.clone();
        policy.tidy();
        policy.hide(ground.workspace, &needed);
        policy.is_wide = policy.is_wide || sockets::may_be_in(&policy);
        policy
    }

    /// Whether `path` lies in what is seen.
    pub(crate) fn sees(&self, path: &Path) -> bool {
        self.read.iter().any(|shown| path.starts_with(shown))
    }

    /// Shows a file or a folder, with the links that lead there.
    fn show(&mut self, path: &Path) {
        if let Some(found) = follow::follow(path) {
            self.read.insert(found.real.clone());
            self.lead_to(found);
        }
    }

    /// Makes the links and folders again that lead to what is shown.
    fn lead_to(&mut self, found: Found) {
        self.links.extend(found.links);
        self.passed.extend(found.passed);
    }

    /// Takes out what another one holds.
    fn tidy(&mut self) {
        let all = std::mem::take(&mut self.read);
        for path in all {
            // Sorted: a folder comes before what is in it.
            if !self.sees(&path) {
                self.read.insert(path);
            }
        }
        let links = std::mem::take(&mut self.links);
        self.links = links.into_iter().filter(|(at, _)| !self.sees(at)).collect();
        let passed = std::mem::take(&mut self.passed);
        self.passed = passed.into_iter().filter(|folder| !self.sees(folder)).collect();
    }

    /// Hides the workspace, what installations keep besides programs, and as root what is closed to all other users; of the
    /// last nothing that is `needed`.
    fn hide(&mut self, workspace: &Path, needed: &BTreeSet<PathBuf>) {
        let workspace = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
        let state = std::mem::take(&mut self.hidden);
        self.hidden = state.into_iter().filter(|place| self.sees(place) && !self.is_meant(place)).collect();
        if self.sees(&workspace) {
            self.hidden.insert(workspace);
        }
        // As owner of everything, root would read there what is closed to all other users.
        if rustix::process::geteuid().is_root() {
            let places = private::PLACES.iter().flat_map(|place| private::parts(Path::new(place), 0));
            let is_needed = |place: &PathBuf| needed.iter().any(|needed| needed.starts_with(place));
            let private: Vec<_> = places.filter(|place| !is_needed(place) && !self.is_meant(place)).collect();
            self.hidden.extend(private);
        }
    }

    /// Whether the user's settings show `path`.
    pub(crate) fn is_meant(&self, path: &Path) -> bool {
        self.meant.iter().any(|meant| path.starts_with(meant))
    }

    /// The parts of a folder of the system that are not closed to other users; none where all of it is open. What is laid over a
    /// file is gone when the file is replaced, and the new one is seen; what is not shown at all stays so.
    pub(crate) fn parts_beside_private(&self, folder: &Path) -> Option<Vec<PathBuf>> {
        let is_private = |path: &PathBuf| installation::is_of_the_system(path) && path.starts_with(folder);
        self.hidden.iter().any(is_private).then(|| self.parts_of(folder))
    }

    /// What of a folder that is seen is seen: itself, or where something of it is hidden, its parts.
    pub(crate) fn parts_of(&self, folder: &Path) -> Vec<PathBuf> {
        if self.hidden.contains(folder) {
            return Vec::new();
        }
        if !self.hidden.iter().any(|hidden| hidden.starts_with(folder)) {
            return vec![folder.to_owned()];
        }
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.flat_map(|entry| self.parts_of(&entry.path())).collect()
    }
}

impl Ground<'_> {
    /// Whether a folder holds more than one program's own: it is not shown whole.
    fn is_broad(&self, folder: &Path) -> bool {
        const COMMON: [&str; 8] =
            [".local", ".local/share", ".config", ".cache", "Library", "Downloads", "Desktop", "Documents"];
        let holds = |place: &Path| place.starts_with(folder);
        let is_common = |home: &Path| COMMON.iter().any(|name| home.join(name) == folder);
        // `/opt`, `/srv`, `/tmp`: the root and what stands in it.
        folder.components().count() <= 2
            || self.home.is_some_and(|home| holds(home) || is_common(home))
            || is_inside(self.workspace, folder)
            || holds(&env::temp_dir())
    }

    fn is_off_limits(&self, path: &Path) -> bool {
        is_inside(path, self.workspace)
    }
}

/// Whether a path's last part is one of `names`.
fn is_named(path: &Path, names: &[&str]) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| names.contains(&name))
}

#[cfg(test)]
mod tests;
