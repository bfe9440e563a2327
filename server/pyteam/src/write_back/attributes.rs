//! What a file is besides its text: owner, group, mode, extended attributes with the access lists among them, and
//! other names. A new file that takes its place must be the same in all of them.

use std::fs::{File, Metadata};
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

/// Gives `file`, which is new, all that `original` has besides its text. Whether that could be done.
pub(super) fn carry_over(original: &File, file: &File) -> bool {
    try_carry_over(original, file).unwrap_or(false)
}

#[cfg(unix)]
fn try_carry_over(original: &File, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let (wanted, made) = (original.metadata()?, file.metadata()?);
    let owner = (wanted.uid() != made.uid()).then_some(wanted.uid());
    let group = (wanted.gid() != made.gid()).then_some(wanted.gid());
    if owner.is_some() || group.is_some() {
        fchown(file, owner, group)?;
    }
    // After the owner, whose change takes bits away; before the access lists, which the bits are a part of.
    file.set_permissions(wanted.permissions())?;
    carry_over_extended(original, file)?;
    let made = file.metadata()?;
    Ok((wanted.uid(), wanted.gid(), wanted.mode()) == (made.uid(), made.gid(), made.mode()))
}

#[cfg(unix)]
fn carry_over_extended(original: &File, file: &File) -> io::Result<()> {
    use xattr::FileExt;
    let names = |file: &File| match file.list_xattr() {
        Ok(names) => Ok(names.collect::<Vec<_>>()),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    let wanted = names(original)?;
    // The folder's default access list, where it has one.
    for name in names(file)?.iter().filter(|name| !wanted.contains(name)) {
        file.remove_xattr(name)?;
    }
    for name in wanted {
        let value = original.get_xattr(&name)?;
        if let Some(value) = value.filter(|value| file.get_xattr(&name).ok().flatten().as_ref() != Some(value)) {
            file.set_xattr(&name, &value)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn try_carry_over(original: &File, file: &File) -> io::Result<bool> {
    file.set_permissions(original.metadata()?.permissions())?;
    Ok(true)
}
