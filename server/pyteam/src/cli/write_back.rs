//! Writes repaired files: completely or not at all, and only over what was read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::load::reason;

/// A file with its text before and after the repair.
pub(super) struct Rewrite<'a> {
    /// The file.
    pub(super) path: &'a Path,
    /// What was read.
    pub(super) before: &'a str,
    /// What is to be written.
    pub(super) after: &'a str,
}

/// Why nothing was written: the file and the reason.
#[derive(Debug)]
pub(super) struct NotWritten {
    /// The file.
    pub(super) path: PathBuf,
    /// What is in the way.
    pub(super) reason: String,
}

impl NotWritten {
    fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into() }
    }
    fn io(path: &Path, error: &io::Error) -> Self {
        Self::new(path, reason(error))
    }
}

/// Writes all of `rewrites` or none: the repairs in them belong together.
pub(super) fn write(rewrites: &[Rewrite<'_>]) -> Result<(), NotWritten> {
    let mut prepared = Vec::with_capacity(rewrites.len());
    for rewrite in rewrites {
        prepared.push(prepare(rewrite)?);
    }
    for (index, Prepared { file, target }) in prepared.into_iter().enumerate() {
        if let Err(error) = file.persist(&target) {
            restore(&rewrites[..index]);
            return Err(NotWritten::io(rewrites[index].path, &error.error));
        }
    }
    Ok(())
}

struct Prepared {
    file: NamedTempFile,
    target: PathBuf,
}

/// Puts the new text beside the file, so that a rename can take it over in one step.
fn prepare(rewrite: &Rewrite<'_>) -> Result<Prepared, NotWritten> {
    let io = |error: io::Error| NotWritten::io(rewrite.path, &error);
    // A link stays a link: what it leads to is rewritten.
    let target = fs::canonicalize(rewrite.path).map_err(io)?;
    if fs::read(&target).map_err(io)? != rewrite.before.as_bytes() {
        return Err(NotWritten::new(rewrite.path, "it was changed by somebody else meanwhile"));
    }
    let permissions = fs::metadata(&target).map_err(io)?.permissions();
    if permissions.readonly() {
        return Err(NotWritten::new(rewrite.path, "it is read-only"));
    }
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".pyteam-").suffix(".tmp").tempfile_in(folder).map_err(io)?;
    file.write_all(rewrite.after.as_bytes()).map_err(io)?;
    file.as_file().set_permissions(permissions).map_err(io)?;
    Ok(Prepared { file, target })
}

/// Takes back what was written before a later file of the same unit failed.
fn restore(written: &[Rewrite<'_>]) {
    for rewrite in written {
        let back = Rewrite { path: rewrite.path, before: rewrite.after, after: rewrite.before };
        let restored = prepare(&back).and_then(|Prepared { file, target }| {
            file.persist(target).map_err(|error| NotWritten::io(rewrite.path, &error.error))
        });
        if let Err(error) = restored {
            super::console::error(pyteam_display::shown!(
                "{}: could not be restored: {}",
                error.path.display(),
                error.reason
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.py"), folder.path().join("b.py"));
        fs::write(&a, "a").unwrap();
        fs::write(&b, "changed").unwrap();
        let rewrites = [Rewrite { path: &a, before: "a", after: "A" }, Rewrite { path: &b, before: "b", after: "B" }];
        let error = write(&rewrites).unwrap_err();
        assert_eq!(error.path, b);
        assert_eq!(fs::read_to_string(&a).unwrap(), "a");
        fs::write(&b, "b").unwrap();
        write(&rewrites).unwrap();
        assert_eq!(fs::read_to_string(&a).unwrap() + &fs::read_to_string(&b).unwrap(), "AB");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.py"), folder.path().join("link.py"));
        fs::write(&file, "a").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o750)).unwrap();
        symlink(&file, &link).unwrap();
        write(&[Rewrite { path: &link, before: "a", after: "b" }]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o750);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(write(&[Rewrite { path: &file, before: "b", after: "c" }]).is_err());
    }
}
