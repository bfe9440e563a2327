//! Fills a copy.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::WalkBuilder;

use super::{Base, Buffer, LeftOut, MARK, Reason, WorkspaceCopy, content_hash};
use crate::admission::is_admitted;
use crate::change::executable;
use crate::user_dirs::regular::{self, Links};

/// Folders of installed things, also where no `.gitignore` names them.
pub(crate) const LEFT_BEHIND: [&str; 4] = ["node_modules", "site-packages", "__pycache__", "__pypackages__"];

/// More entries than this are not listed one by one.
const MAX_LISTED: usize = 1000;

pub(super) fn fill(copy: &mut WorkspaceCopy, buffers: &[Buffer]) -> io::Result<()> {
    let buffers: BTreeMap<&Path, &str> = buffers
        .iter()
        .filter(|buffer| is_admitted(&buffer.path))
        .map(|buffer| (buffer.path.as_path(), &*buffer.text))
        .collect();
    let (mut candidates, left_out) = candidates(&copy.workspace);
    copy.left_out = left_out;
    // A document that was never saved is on no disk; one that a .gitignore names stays out.
    for path in buffers.keys() {
        if fs::symlink_metadata(copy.workspace.join(path)).is_err() {
            candidates.push(((*path).to_owned(), 0));
        }
    }
    // Where there is too much, sources come first, and small files before large ones.
    candidates.sort_by(|(a, a_size), (b, b_size)| (!is_source(a), a_size, a).cmp(&(!is_source(b), b_size, b)));
    candidates.dedup();
    let mut by_reflink = true;
    for (path, _) in candidates {
        let copied = match buffers.get(path.as_path()) {
            Some(text) => lay_over(copy, &path, text.as_bytes()),
            None => copy_file(copy, &path, &mut by_reflink),
        };
        match copied {
            Ok(Ok(Copied { hash, bytes, has_mark })) => {
                copy.bytes += bytes;
                let meta = fs::symlink_metadata(copy.root.join(&path));
                let executable = meta.is_ok_and(|meta| executable::is(&meta));
                copy.base.insert(path, Base { hash, executable, has_mark });
            }
            Ok(Err(reason)) => copy.left_out.push(LeftOut { path, reason }),
            // The disk is full: no agent should start on half a workspace.
            Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                return Err(error);
            }
            Err(error) => copy.left_out.push(LeftOut { path, reason: Reason::Unreadable(error.to_string()) }),
        }
    }
    copy.left_out.sort_by(|a, b| a.path.cmp(&b.path));
    copy.left_out.truncate(MAX_LISTED);
    Ok(())
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["py", "pyi", "toml", "cfg", "ini"].iter().any(|known| end == *known))
}

/// The files that may be copied, with their sizes, and what may not.
fn candidates(workspace: &Path) -> (Vec<(PathBuf, u64)>, Vec<LeftOut>) {
    let left_out = Arc::new(Mutex::new(Vec::new()));
    let leave_out = {
        let left_out = Arc::clone(&left_out);
        move |path: &Path, reason| {
            let mut list = left_out.lock().unwrap_or_else(PoisonError::into_inner);
            // A hundred thousand links are no reason to fill the memory.
            if list.len() < 10 * MAX_LISTED {
                list.push(LeftOut { path: path.to_owned(), reason });
            }
        }
    };
    let mut walk = WalkBuilder::new(workspace);
    walk.hidden(false).require_git(false).follow_links(false);
    walk.filter_entry({
        let (workspace, leave_out) = (workspace.to_owned(), leave_out.clone());
        move |entry| {
            let Ok(path) = entry.path().strip_prefix(&workspace) else { return false };
            if path.as_os_str().is_empty() {
                return true;
            }
            if !is_admitted(path) {
                leave_out(path, Reason::Private);
                return false;
            }
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if is_folder && is_installed(entry.path()) {
                leave_out(path, Reason::Installed);
                return false;
            }
            true
        }
    });
    let mut files = Vec::new();
    for entry in walk.build().flatten() {
        let Ok(path) = entry.path().strip_prefix(workspace) else { continue };
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            continue;
        }
        if kind.is_symlink() {
            leave_out(path, Reason::Link);
        } else if kind.is_file() {
            files.push((path.to_owned(), entry.metadata().map_or(0, |meta| meta.len())));
        } else {
            leave_out(path, Reason::Special);
        }
    }
    let left_out = std::mem::take(&mut *left_out.lock().unwrap_or_else(PoisonError::into_inner));
    (files, left_out)
}

fn is_installed(folder: &Path) -> bool {
    let named = folder.file_name().is_some_and(|name| LEFT_BEHIND.iter().any(|known| name == *known));
    named || folder.join("pyvenv.cfg").exists() || folder.join("conda-meta").is_dir()
}

/// What of a file is remembered.
struct Copied {
    hash: blake3::Hash,
    bytes: u64,
    has_mark: bool,
}

impl Copied {
    fn of(text: &[u8]) -> Self {
        Self { hash: content_hash(text), bytes: text.len() as u64, has_mark: text.starts_with(MARK) }
    }
}

/// That, or why it was not copied.
type Try = io::Result<Result<Copied, Reason>>;

fn copy_file(copy: &WorkspaceCopy, path: &Path, by_reflink: &mut bool) -> Try {
    let (from, to) = (copy.workspace.join(path), copy.root.join(path));
    if copy.base.len() >= copy.room.files {
        return Ok(Err(Reason::Full));
    }
    let mut source = regular::open(&from, Links::Refused)?;
    let meta = source.metadata()?;
    if !meta.is_file() {
        return Ok(Err(Reason::Special));
    }
    if meta.len() > copy.room.file {
        return Ok(Err(Reason::Large(meta.len())));
    }
    if copy.bytes + meta.len() > copy.room.total {
        return Ok(Err(Reason::Full));
    }
    make_folder_of(&to)?;
    // Where one file cannot be shared, no other can: they are on the same file system.
    *by_reflink = *by_reflink && reflink_copy::reflink(&from, &to).is_ok();
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    if *by_reflink {
        source = regular::open(&to, Links::Refused)?;
    }
    // It may have grown since.
    source.take(copy.room.file + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > copy.room.file {
        let _ = fs::remove_file(&to);
        return Ok(Err(Reason::Large(bytes.len() as u64)));
    }
    if !*by_reflink {
        let _ = fs::remove_file(&to);
        File::create_new(&to)?.write_all(&bytes)?;
    }
    give_permissions(&to, &meta)?;
    Ok(Ok(Copied::of(&bytes)))
}

fn lay_over(copy: &WorkspaceCopy, path: &Path, text: &[u8]) -> Try {
    let size = text.len() as u64;
    if size > copy.room.file {
        return Ok(Err(Reason::Large(size)));
    }
    if copy.bytes + size > copy.room.total || copy.base.len() >= copy.room.files {
        return Ok(Err(Reason::Full));
    }
    let to = copy.root.join(path);
    make_folder_of(&to)?;
    File::create_new(&to)?.write_all(text)?;
    if let Ok(meta) = fs::metadata(copy.workspace.join(path)) {
        give_permissions(&to, &meta)?;
    }
    Ok(Ok(Copied::of(text)))
}

fn make_folder_of(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}

/// The copy can be written, and be run where the original can; other users cannot read it.
#[cfg(unix)]
fn give_permissions(copy: &Path, original: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = if original.permissions().mode() & 0o100 == 0 { 0o600 } else { 0o700 };
    fs::set_permissions(copy, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn give_permissions(copy: &Path, original: &fs::Metadata) -> io::Result<()> {
    let mut permissions = original.permissions();
    permissions.set_readonly(false);
    fs::set_permissions(copy, permissions)
}
