//! What a file is besides its text: owner, group, mode, extended attributes with the access lists among them, and
//! other names. A new file that takes its place must be the same in all of them.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

/// Whether the file cannot be replaced by another one: it has other names, which would keep the old text, or is mounted
/// by itself.
#[cfg(unix)]
pub(super) fn has_to_stay(path: &Path, meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    meta.nlink() > 1 || is_mounted(path)
}

/// The same where files have one name, as far as we can see.
#[cfg(not(unix))]
pub(super) fn has_to_stay(_path: &Path, _meta: &Metadata) -> bool {
    false
}

/// Whether a file, and not the folder that it is in, is mounted here, as containers do it.
#[cfg(target_os = "linux")]
fn is_mounted(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let mount = |path: &Path| {
        let found = statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::MNT_ID).ok()?;
        (found.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(found.stx_mnt_id)
    };
    let folder = path.parent().and_then(mount);
    folder.is_some() && mount(path).is_some_and(|own| Some(own) != folder)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_mounted(_path: &Path) -> bool {
    false
}

/// Gives `file`, new at `path`, all that `original` has besides its text. Whether that could be done.
pub(super) fn carry_over(original: &Path, file: &File, path: &Path) -> bool {
    try_carry_over(original, file, path).unwrap_or(false)
}

#[cfg(unix)]
fn try_carry_over(original: &Path, file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (wanted, made) = (fs::metadata(original)?, file.metadata()?);
    let owner = (wanted.uid() != made.uid()).then_some(wanted.uid());
    let group = (wanted.gid() != made.gid()).then_some(wanted.gid());
    if owner.is_some() || group.is_some() {
        fchown(file, owner, group)?;
    }
    // After the owner, whose change takes bits away; before the access lists, which the bits are a part of.
    file.set_permissions(wanted.permissions())?;
    carry_over_extended(original, path)?;
    let made = file.metadata()?;
    Ok((wanted.uid(), wanted.gid(), wanted.mode()) == (made.uid(), made.gid(), made.mode()))
}

#[cfg(unix)]
fn carry_over_extended(original: &Path, path: &Path) -> io::Result<()> {
    let names = |path: &Path| match xattr::list(path) {
        Ok(names) => Ok(names.collect::<Vec<_>>()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let wanted = names(original)?;
    // The folder's default access list, where it has one.
    for name in names(path)?.iter().filter(|name| !wanted.contains(name)) {
        xattr::remove(path, name)?;
    }
    for name in wanted {
        let value = xattr::get(original, &name)?;
        if let Some(value) = value.filter(|value| xattr::get(path, &name).ok().flatten().as_ref() != Some(value)) {
            xattr::set(path, &name, &value)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn try_carry_over(original: &Path, file: &File, _path: &Path) -> io::Result<bool> {
    file.set_permissions(fs::metadata(original)?.permissions())?;
    Ok(true)
}
