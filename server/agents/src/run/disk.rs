//! How much an agent has written to its folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The least time between two counts. A disk takes some hundred megabytes a second.
const INTERVAL: Duration = Duration::from_secs(2);
/// Counting takes at most this part of the time.
const SHARE: u32 = 10;

/// Comes back when `folder` has over `most` bytes more than `before`.
pub(super) async fn overflow(folder: &Path, before: u64, most: u64) {
    let limit = before.saturating_add(most);
    let mut interval = INTERVAL;
    loop {
        tokio::time::sleep(interval).await;
        let start = Instant::now();
        if usage(folder, limit).await > limit {
            return;
        }
        interval = INTERVAL.max(start.elapsed() * SHARE);
    }
}

/// The bytes in `folder`, counted until there are more than `most`.
pub(super) async fn usage(folder: &Path, most: u64) -> u64 {
    let folder = folder.to_owned();
    tokio::task::spawn_blocking(move || used(folder, most)).await.unwrap_or_default()
}

/// The bytes in `folder`, counted until there are more than `most`. What a file takes on the disk counts, not its length.
fn used(folder: PathBuf, most: u64) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                folders.push(entry.path());
            }
            bytes += on_disk(&meta);
            if bytes > most {
                return bytes;
            }
        }
    }
    bytes
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

    #[test]
    fn what_lies_deep_counts_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let before = used(folder.path().to_owned(), u64::MAX);
        fs::write(deep.join("file"), vec![1; 1 << 20]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/usr", deep.join("link")).unwrap();
        let after = used(folder.path().to_owned(), u64::MAX);
        assert!((before + (1 << 20)..before + (1 << 21)).contains(&after), "{before} {after}");
        assert!(used(folder.path().to_owned(), 1000) > 1000);
    }
}
