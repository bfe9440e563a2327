//! Which workspaces the user trusts: to name commands, to bring agents that do more than read, and to have their tools
//! run.
//!
//! Trust is kept in the user's state folder, one file for each workspace, under the hash of its real path. It holds for
//! the settings as they were when it was given: when these name other commands or rights, it has to be given again.

mod wishes;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

pub use self::wishes::{agents, wishes};
use crate::agent::Origin;
use crate::settings;
use crate::team::{Owners, Standing, Team};
use crate::user_dirs::{UserDirs, private};

/// Whether a workspace is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// The user said so, and nothing that matters has changed since.
    Trusted,
    /// The user said so of other settings than these.
    Changed,
    /// The user did not say so.
    Unknown,
}

impl Trust {
    /// Whether the workspace may have what trust is needed for.
    pub fn is_given(self) -> bool {
        self == Self::Trusted
    }
}

/// One workspace that was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its real path.
    pub path: PathBuf,
    /// Hash of what was trusted: commands, and rights of agents.
    pub fingerprint: String,
    /// When, in seconds since 1970.
    pub given: u64,
}

/// What the user trusts.
#[derive(Debug, Clone)]
pub struct Consent {
    folder: PathBuf,
}

impl Consent {
    /// The user's; none where there is no place to remember anything.
    pub fn of(dirs: &UserDirs) -> Option<Self> {
        Some(Self { folder: dirs.state.as_ref()?.join("trust") })
    }

    /// Whether the workspace at `root` is trusted as it is now. Whatever cannot be read is not trusted.
    pub fn trust_in(&self, root: &Path) -> Trust {
        // A repository that holds the state folder could trust itself.
        if crate::user_dirs::is_inside(&self.folder, root) {
            return Trust::Unknown;
        }
        let grant = root.canonicalize().ok().and_then(|real| Some((read(&self.file(&real)).ok()??, real)));
        match grant {
            Some((grant, real)) if grant.path == real && grant.fingerprint == fingerprint(&real) => Trust::Trusted,
            Some((grant, real)) if grant.path == real => Trust::Changed,
            _ => Trust::Unknown,
        }
    }

    /// What [`Consent::give`] would store now: a hash of what the workspace at `root` asks for. To give trust to what
    /// was shown, take it before and after [`wishes`], and hand it to [`Consent::give_as_shown`] with the answer.
    pub fn fingerprint(root: &Path) -> String {
        fingerprint(&root.canonicalize().unwrap_or_else(|_| root.to_owned()))
    }

    /// Trusts the workspace at `root` as it is now.
    pub fn give(&self, root: &Path) -> io::Result<Grant> {
        let path = self.may_be_trusted(root)?;
        let fingerprint = fingerprint(&path);
        self.store(path, fingerprint)
    }

    /// Trusts the workspace at `root` as long as it still asks for what it asked for when its fingerprint was taken;
    /// none where it asks for something else now, and nothing is stored. What changes later is not trusted either: the
    /// fingerprint that was shown is what is stored.
    pub fn give_as_shown(&self, root: &Path, shown: &str) -> io::Result<Option<Grant>> {
        let path = self.may_be_trusted(root)?;
        if fingerprint(&path) != shown {
            return Ok(None);
        }
        self.store(path, shown.to_owned()).map(Some)
    }

    /// The real path of a workspace that can be trusted.
    fn may_be_trusted(&self, root: &Path) -> io::Result<PathBuf> {
        let path = root.canonicalize()?;
        if !path.is_dir() {
            return Err(io::Error::other(format!("{} is not a directory", path.display())));
        }
        if crate::user_dirs::is_inside(&self.folder, &path) {
            let message =
                format!("{} contains pyteam's own state and cannot be trusted as a workspace", path.display());
            return Err(io::Error::other(message));
        }
        Ok(path)
    }

    fn store(&self, path: PathBuf, fingerprint: String) -> io::Result<Grant> {
        let given = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let grant = Grant { path, fingerprint, given };
        let file = self.file(&grant.path);
        private::make_folder(&self.folder)?;
        // Created readable by its owner alone, and in its place all at once.
        let mut text = tempfile::NamedTempFile::new_in(&self.folder)?;
        text.write_all(&serde_json::to_vec_pretty(&grant)?)?;
        text.as_file().sync_all()?;
        text.persist(file)?;
        Ok(grant)
    }

    /// Takes trust back; whether there was any. A workspace that is gone can be named by its path.
    pub fn revoke(&self, root: &Path) -> io::Result<bool> {
        let path = root.canonicalize().or_else(|_| std::path::absolute(root))?;
        match fs::remove_file(self.file(&path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All workspaces that were trusted, by path. Files that are damaged are none.
    pub fn grants(&self) -> io::Result<Vec<Grant>> {
        let folder = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder?,
        };
        let mut grants: Vec<Grant> = folder
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|end| end == "json"))
            .filter_map(|entry| read(&entry.path()).ok().flatten())
            .collect();
        grants.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(grants)
    }

    fn file(&self, real: &Path) -> PathBuf {
        let hash = blake3::hash(real.as_os_str().as_encoded_bytes());
        self.folder.join(format!("{}.json", hash.to_hex()))
    }
}

/// A hash of what trust is about: the settings' `agents` tables, and the rights that agents' files ask for. Words of a
/// file may change without asking again; what it may do may not.
fn fingerprint(root: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"pyteam trust 1\n");
    hasher.update(settings::fingerprint_of(root).as_bytes());
    let team = Team::gather(&UserDirs::default(), Some(root), true, &Owners::new());
    for member in team.members.iter().filter(|member| member.standing != Standing::Unusable) {
        let (agent, rights) = (&member.agent, member.agent.rights);
        if matches!(agent.origin, Origin::Workspace(_)) && (rights.edit || rights.execute) {
            hasher.update(format!("agent {} {} {}\n", agent.name, rights.edit, rights.execute).as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

fn read(path: &Path) -> io::Result<Option<Grant>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
