//! How much an agent has written to its folders.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The least time between two counts. A disk takes some hundred megabytes a second.
const INTERVAL: Duration = Duration::from_secs(2);
/// Counting takes at most this part of the time.
const SHARE: u32 = 10;
/// In so many counts, one after the other, folders may be closed: tests of programs close some for a moment.
const CLOSED: u32 = 5;

/// What is counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Watched {
    /// Where the agent may write.
    pub(super) folders: Vec<PathBuf>,
    /// The process that all of the agent's descend from.
    pub(super) supervisor: Option<i32>,
}

/// What came of a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    bytes: u64,
    /// Folders that could not be looked into.
    closed: usize,
}

/// Why an agent may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// It wrote too much.
    Bytes,
    /// It keeps folders closed, or deeper than a path can be long, so that what it wrote cannot be counted.
    Closed,
}

/// Comes back when there is more than `most` bytes more in what is watched than `before`, or no way to tell.
pub(super) async fn overflow(watched: &Watched, before: Count, most: u64) -> Excess {
    let limit = before.bytes.saturating_add(most);
    let mut interval = INTERVAL;
    let mut closed = 0;
    loop {
        tokio::time::sleep(interval).await;
        let start = Instant::now();
        let now = usage(watched, limit).await;
        if now.bytes > limit {
            return Excess::Bytes;
        }
        closed = if now.closed > before.closed { closed + 1 } else { 0 };
        if closed == CLOSED {
            return Excess::Closed;
        }
        interval = INTERVAL.max(start.elapsed() * SHARE);
    }
}

/// Counts what is watched, until there are more than `most` bytes.
pub(super) async fn usage(watched: &Watched, most: u64) -> Count {
    let watched = watched.clone();
    tokio::task::spawn_blocking(move || used(watched, most)).await.unwrap_or_default()
}

/// Counts what is watched, until there are more than `most` bytes. What a file takes on the disk counts, not its length.
fn used(watched: Watched, most: u64) -> Count {
    let mut count = Count::default();
    let mut devices = HashSet::new();
    let mut folders = watched.folders;
    // What has gone meanwhile is closed to nothing.
    let is_closed = |error: &io::Error| !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                count.closed += usize::from(is_closed(&error));
                continue;
            }
        };
        for entry in entries {
            let meta = match entry.and_then(|entry| Ok((entry.metadata()?, entry))) {
                Ok((meta, entry)) => {
                    if meta.is_dir() {
                        folders.push(entry.path());
                    }
                    meta
                }
                Err(error) => {
                    count.closed += usize::from(is_closed(&error));
                    continue;
                }
            };
            devices.insert(device(&meta));
            count.bytes += on_disk(&meta);
            if count.bytes > most {
                return count;
            }
        }
    }
    if let Some(supervisor) = watched.supervisor {
        count.bytes += unnamed(supervisor, &devices);
    }
    count
}

/// The bytes of files on `devices` that have no name any more, and that a descendant of `supervisor` has open.
#[cfg(target_os = "linux")]
fn unnamed(supervisor: i32, devices: &HashSet<u64>) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Some(supervisor) = rustix::process::Pid::from_raw(supervisor) else { return 0 };
    let mut seen = HashSet::new();
    let folders = crate::sandbox::descendants::of(supervisor).into_iter().map(|one| format!("/proc/{one}/fd"));
    let files = folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let metas = files.filter_map(|file| fs::metadata(file.path()).ok());
    let mut is_counted = |meta: &Metadata| {
        meta.is_file() && meta.nlink() == 0 && devices.contains(&meta.dev()) && seen.insert((meta.dev(), meta.ino()))
    };
    metas.filter(|meta| is_counted(meta)).map(|meta| on_disk(&meta)).sum()
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_supervisor: i32, _devices: &HashSet<u64>) -> u64 {
    0
}

#[cfg(unix)]
fn device(meta: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    meta.dev()
}

#[cfg(not(unix))]
fn device(_meta: &Metadata) -> u64 {
    0
}

#[cfg(unix)]
fn on_disk(meta: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    meta.blocks() * 512
}

#[cfg(not(unix))]
fn on_disk(meta: &fs::Metadata) -> u64 {
    meta.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &std::path::Path) -> Count {
        used(Watched { folders: vec![folder.to_owned()], supervisor: None }, u64::MAX)
    }

    #[test]
    fn what_lies_deep_counts_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let before = count(folder.path()).bytes;
        fs::write(deep.join("file"), vec![1; 1 << 20]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/usr", deep.join("link")).unwrap();
        let after = count(folder.path());
        assert!((before + (1 << 20)..before + (1 << 21)).contains(&after.bytes), "{before} {after:?}");
        assert_eq!(after.closed, 0);
        let watched = Watched { folders: vec![folder.path().to_owned()], supervisor: None };
        assert!(used(watched, 1000).bytes > 1000);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_deeper_than_a_path_can_be_long_is_closed() {
        use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
        let folder = tempfile::tempdir().unwrap();
        let mut at = openat(CWD, folder.path(), OFlags::RDONLY, Mode::empty()).unwrap();
        let name = "d".repeat(200);
        for _ in 0..25 {
            mkdirat(&at, &*name, Mode::RWXU).unwrap();
            at = openat(&at, &*name, OFlags::RDONLY, Mode::empty()).unwrap();
        }
        assert_eq!(count(folder.path()).closed, 1);
        assert_eq!(count(&folder.path().join("nothing")).closed, 0);
    }
}
