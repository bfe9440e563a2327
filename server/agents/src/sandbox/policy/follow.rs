//! Where a path leads, and by which links.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// So many links are followed, as the kernel does.
const MAX_LINKS: usize = 40;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Each link on the way, and what it says.
    pub(super) links: Vec<(PathBuf, PathBuf)>,
    /// Each folder that it leads into and out of again, by `..`: without it the path leads nowhere.
    pub(super) passed: Vec<PathBuf>,
    /// What is there, by a path without links.
    pub(super) real: PathBuf,
}

/// Follows an absolute path; none where it leads nowhere.
pub(super) fn follow(path: &Path) -> Option<Found> {
    if !path.is_absolute() {
        return None;
    }
    let (mut links, mut passed) = (Vec::new(), Vec::new());
    let mut real = PathBuf::from("/");
    let mut left = parts(path);
    while let Some(part) = left.pop_front() {
        if part == ".." {
            passed.push(real.clone());
            real.pop();
            continue;
        }
        let at = real.join(&part);
        if !fs::symlink_metadata(&at).ok()?.is_symlink() {
            real = at;
            continue;
        }
        let target = fs::read_link(&at).ok()?;
        if links.len() == MAX_LINKS {
            return None;
        }
        if target.is_absolute() {
            real = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            left.push_front(part);
        }
        links.push((at, target));
    }
    Some(Found { links, passed, real })
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().filter_map(part).collect()
}
