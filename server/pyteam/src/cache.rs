//! Answers that are kept on disk, each under a hash of all that it rests on.
//!
//! The cache is a convenience and never a source of truth: an entry that is damaged, cut off, of another version or
//! half written is as good as none, and a folder that cannot be written to costs the cache and nothing else. Several
//! processes may use it at once: entries appear by renaming, and are never changed.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use etcetera::BaseStrategy;

/// The first bytes of every entry; the number is the format's.
const MAGIC: &[u8] = b"pyteam cache 1\n";
/// More than this is not kept; the entries that were used longest ago go first.
const MAX_ENTRIES: usize = 64;
const MAX_BYTES: u64 = 256 << 20;
/// How the specification for such folders wants them marked, so that backups leave them out.
const TAG: (&str, &str) =
    ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# Made by pyteam; it may be deleted at any time.\n");

/// How the name of a folder with rules' pages begins, which hovers link to.
pub(crate) const PAGES: &str = "pages-";

/// A hash of everything that an answer rests on.
pub struct Key(blake3::Hasher);

impl Key {
    /// The key of an answer of this very program: another build may answer otherwise.
    pub fn new(what: &str) -> Self {
        let mut key = Self(blake3::Hasher::new());
        key.add(what);
        key.add(env!("CARGO_PKG_VERSION"));
        let program = std::env::current_exe().and_then(fs::metadata);
        let changed = program.as_ref().ok().and_then(|meta| meta.modified().ok());
        key.add(format!("{:?} {changed:?}", program.map(|meta| meta.len()).ok()));
        key
    }

    /// Adds something that the answer rests on. Parts do not run into one another.
    pub fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part);
    }
}

/// The folder of all entries.
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The user's cache: `PYTEAM_CACHE_DIR`, else where the system wants it. `None` where there is no such place.
    pub fn of_user() -> Option<Self> {
        if let Some(folder) = std::env::var_os("PYTEAM_CACHE_DIR") {
            return (!folder.is_empty()).then(|| Self { folder: folder.into() });
        }
        let folder = etcetera::choose_base_strategy().ok()?.cache_dir().join("pyteam");
        Some(Self { folder })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was kept under `key`.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.entry(key);
        let mut bytes = Vec::new();
        File::open(&path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        let Some(answer) = checked(&bytes) else {
            tracing::warn!(path = %path.display(), "a damaged entry of the cache is thrown away");
            let _ = fs::remove_file(&path);
            return None;
        };
        let answer = answer.to_vec();
        // Entries that are used stay. Where the time cannot be set, they go sooner.
        let _ = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(answer)
    }

    /// Keeps `answer` under `key`.
    pub fn put(&self, key: &Key, answer: &[u8]) {
        if let Err(error) = self.write(key, answer) {
            tracing::debug!(%error, folder = %self.folder.display(), "nothing can be kept in the cache");
        }
    }

    fn write(&self, key: &Key, answer: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let tag = self.folder.join(TAG.0);
        if !tag.exists() {
            fs::write(tag, TAG.1)?;
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(MAGIC)?;
        file.write_all(blake3::hash(answer).as_bytes())?;
        file.write_all(answer)?;
        file.persist(self.entry(key))?;
        self.trim()
    }

    /// Removes all entries; how many there were, and their size in bytes. Pages of rules go with them.
    pub fn clean(&self) -> io::Result<(usize, u64)> {
        let mut cleaned = (0, 0);
        for folder in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if folder.file_name().to_string_lossy().starts_with(PAGES) {
                fs::remove_dir_all(folder.path())?;
            }
        }
        for (path, _, length) in self.entries()? {
            fs::remove_file(path)?;
            cleaned = (cleaned.0 + 1, cleaned.1 + length);
        }
        Ok(cleaned)
    }

    /// Removes what was used longest ago, where there is too much.
    fn trim(&self) -> io::Result<()> {
        let mut entries = self.entries()?;
        entries.sort_by_key(|(_, used, _)| std::cmp::Reverse(*used));
        let mut total = 0;
        for (at, (path, _, length)) in entries.into_iter().enumerate() {
            total += length;
            if at >= MAX_ENTRIES || total > MAX_BYTES {
                // Another process may have been faster.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// All entries, and what is left of writes that were cut off: path, time of last use, size in bytes.
    fn entries(&self) -> io::Result<Vec<(PathBuf, SystemTime, u64)>> {
        let folder = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder?,
        };
        let mut entries = Vec::new();
        for entry in folder.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let is_entry =
                path.extension().is_some_and(|end| end == "entry") || name.to_string_lossy().starts_with(".tmp");
            if let (true, Ok(meta)) = (is_entry, entry.metadata()) {
                entries.push((path, meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), meta.len()));
            }
        }
        Ok(entries)
    }

    fn entry(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.entry", key.0.finalize().to_hex()))
    }
}

/// The answer in an entry that is whole.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (hash, answer) = rest.split_at_checked(blake3::OUT_LEN)?;
    (blake3::hash(answer).as_bytes() == hash).then_some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: folder.path().join("pyteam") };
        (folder, cache)
    }

    fn key(parts: &[&str]) -> Key {
        let mut key = Key::new("test");
        parts.iter().for_each(|part| key.add(part));
        key
    }

    #[test]
    fn an_answer_comes_back_under_its_own_key_only() {
        let (_folder, cache) = cache();
        assert_eq!(cache.get(&key(&["a"])), None);
        cache.put(&key(&["a", "bc"]), b"answer");
        assert_eq!(cache.get(&key(&["a", "bc"])).as_deref(), Some(&b"answer"[..]));
        assert_eq!(cache.get(&key(&["ab", "c"])), None);
    }

    #[test]
    fn a_damaged_entry_is_thrown_away() {
        let (_folder, cache) = cache();
        let key = key(&["a"]);
        cache.put(&key, b"answer");
        let whole = fs::read(cache.entry(&key)).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let foreign = [b"pyteam cache 0\n".as_slice(), &whole[MAGIC.len()..]].concat();
        for damaged in [&whole[..whole.len() - 1], &whole[..MAGIC.len() + 3], &[][..], &flipped, &foreign] {
            fs::write(cache.entry(&key), damaged).unwrap();
            assert_eq!(cache.get(&key), None);
            assert!(!cache.entry(&key).exists());
        }
    }

    #[test]
    fn many_may_use_it_at_once() {
        let (_folder, cache) = cache();
        std::thread::scope(|scope| {
            for at in 0..8 {
                let cache = &cache;
                scope.spawn(move || {
                    for round in 0..50 {
                        let name = format!("{}", (at + round) % 5);
                        cache.put(&key(&[&name]), name.as_bytes());
                        let got = cache.get(&key(&[&name]));
                        assert!(got.is_none_or(|got| got == name.as_bytes()));
                        if round == 25 && at == 0 {
                            let _ = cache.clean();
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn it_does_not_grow_without_end_and_can_be_emptied() {
        let (_folder, cache) = cache();
        for at in 0..MAX_ENTRIES + 10 {
            cache.put(&key(&[&at.to_string()]), b"answer");
        }
        fs::write(cache.folder.join("note.txt"), "somebody else's").unwrap();
        fs::create_dir_all(cache.folder.join(format!("{PAGES}x/family"))).unwrap();
        let (count, bytes) = cache.clean().unwrap();
        assert_eq!(count, MAX_ENTRIES);
        assert!(bytes > 0);
        assert_eq!(cache.clean().unwrap(), (0, 0));
        assert!(cache.folder.join("note.txt").exists());
    }

    #[test]
    fn without_a_place_nothing_is_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache { folder: file.path().join("pyteam") };
        cache.put(&key(&["a"]), b"answer");
        assert_eq!(cache.get(&key(&["a"])), None);
    }
}
