//! From paths to syntax and facts, on all processors. Every file is accounted for: one that cannot be read or analyzed
//! says why in its [`Parsed::unanalyzed`].

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::user_dirs::regular::{self, Links};
use pyteam_engine::SettingsResolver;
use pyteam_index::{FileFacts, key_of};
use pyteam_syntax::document::{self, ParseLimits};
use pyteam_syntax::{Parsed, SourceText, Unanalyzed};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// The stack of threads that parse, lower or analyze: nested code is walked recursively.
pub(crate) const STACK_BYTES: usize = 16 << 20;

/// One file, ready for [`pyteam_index::Workspace::set_files`].
pub type Loaded = (String, Arc<Parsed>, Arc<FileFacts>);

/// The limits for the file at `path`.
pub fn limits(settings: &SettingsResolver, path: impl AsRef<Path>) -> ParseLimits {
    let max_bytes = usize::try_from(settings.for_path(path).max_file_size).unwrap_or(usize::MAX);
    // Offsets have 32 bits.
    ParseLimits { max_bytes: max_bytes.min(u32::MAX as usize - 1), ..ParseLimits::default() }
}

/// A pool whose threads have the stack that syntax needs. 0 `threads` means as many as there are processors.
pub fn pool(threads: usize, name: &'static str) -> Result<ThreadPool, ThreadPoolBuildError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
}

/// What a load asks and tells while it runs, from any thread.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The limits for the file at a path.
    pub limits: &'a (dyn Fn(&Path) -> ParseLimits + Sync),
    /// Called once for every file that is done.
    pub done: &'a (dyn Fn() + Sync),
    /// Whether the result is not wanted any more.
    pub canceled: &'a (dyn Fn() -> bool + Sync),
}

/// Reads, parses and understands `files` on `pool`, in their order. `None` when canceled.
pub fn load<P: AsRef<Path> + Sync>(pool: &ThreadPool, files: &[P], watch: Watch<'_>) -> Option<Vec<Loaded>> {
    pool.install(|| {
        files
            .par_iter()
            .map(|path| {
                if (watch.canceled)() {
                    return None;
                }
                let path = path.as_ref();
                let loaded = load_file(path, &(watch.limits)(path));
                (watch.done)();
                Some(loaded)
            })
            .collect()
    })
}

/// Reads, parses and understands one file.
pub fn load_file(path: &Path, limits: &ParseLimits) -> Loaded {
    Source::read(path, *limits).load()
}

/// A file's bytes, or why there are none.
pub struct Source {
    path: PathBuf,
    bytes: Result<Vec<u8>, Unanalyzed>,
    limits: ParseLimits,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path, limits: ParseLimits) -> Self {
        Self { path: path.to_owned(), bytes: read(path, &limits), limits }
    }

    /// A text that is at hand: standard input, a repaired file.
    pub fn new(path: &Path, bytes: Vec<u8>, limits: ParseLimits) -> Self {
        Self { path: path.to_owned(), bytes: Ok(bytes), limits }
    }

    /// The file and the reason, where it is a file and cannot be read. What has the name of one and is none, a pipe or a link
    /// to nowhere, is a note in the findings: editors leave such links beside what they edit.
    pub fn unreadable(&self) -> Option<(PathBuf, String)> {
        let Err(Unanalyzed::Unreadable(reason)) = &self.bytes else { return None };
        let is_file = fs::metadata(&self.path).is_ok_and(|meta| meta.is_file());
        is_file.then(|| (self.path.clone(), reason.clone()))
    }

    /// A hash of the path and all that comes of it.
    pub fn hash(&self) -> [u8; blake3::OUT_LEN] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.path.as_os_str().as_encoded_bytes());
        hasher.update(&[0]);
        match &self.bytes {
            Ok(bytes) => hasher.update(bytes),
            Err(why) => hasher.update(format!("\0{why:?}").as_bytes()),
        };
        *hasher.finalize().as_bytes()
    }

    /// Parses and understands it.
    pub fn load(self) -> Loaded {
        let parsed = match self.bytes {
            Ok(bytes) => parse_bytes(bytes, &self.limits),
            Err(why) => Parsed::not_analyzed(SourceText::new(""), why),
        };
        let facts = FileFacts::of(&parsed);
        (key_of(&self.path).into_owned(), Arc::new(parsed), Arc::new(facts))
    }
}

fn parse_bytes(bytes: Vec<u8>, limits: &ParseLimits) -> Parsed {
    match SourceText::from_bytes(bytes) {
        Ok(source) => document::parse(source, limits),
        Err(why) => Parsed::not_analyzed(SourceText::new(""), Unanalyzed::NotText(why)),
    }
}

/// The bytes of a regular file within the limit; a larger one is not even opened.
fn read(path: &Path, limits: &ParseLimits) -> Result<Vec<u8>, Unanalyzed> {
    let unreadable = |error: io::Error| Unanalyzed::Unreadable(reason(&error));
    let limit = limits.max_bytes as u64;
    let meta = fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        // Opening a named pipe waits for a writer.
        return Err(Unanalyzed::Unreadable("not a regular file".to_owned()));
    }
    if meta.len() > limit {
        return Err(Unanalyzed::TooLarge { bytes: meta.len(), limit });
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    // It may grow meanwhile, and files of `/proc` have no length at all.
    let file = regular::open(path, Links::Followed).map_err(unreadable)?;
    // What stands there now may be a pipe.
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err(Unanalyzed::Unreadable("not a regular file".to_owned()));
    }
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Unanalyzed::TooLarge { bytes: bytes.len() as u64, limit });
    }
    Ok(bytes)
}

/// The reason where there is no such file.
pub(crate) const NOT_FOUND: &str = "file not found";

/// The system's own words, without the number that follows them, or [`NOT_FOUND`].
pub(crate) fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return NOT_FOUND.to_owned();
    }
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
