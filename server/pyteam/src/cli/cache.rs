//! `pyteam cache`, and what `pyteam check` keeps: everything that a run printed, and how it ended.
//!
//! An answer rests on the bytes of all files of the project, on manifests, settings, rules, the command line and the
//! terminal. If any of them is another one, so is the key; nothing is ever out of date.

use anyhow::Context;
use pyteam_display::{Shown, shown};

use super::Exit;
use super::args::{CacheArgs, CacheCommand, CheckArgs};
use super::console::{self, Console};
use super::gathered::Gathered;
use super::place::Paths;
use super::report::plural;
use crate::cache::{Cache, Key};
use pyteam_engine::Engine;

/// Does what `args` say.
pub(super) fn run(args: &CacheArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let Some(cache) = Cache::of_user() else {
        console.print_line("no cache: neither PYTEAM_CACHE_DIR nor a home directory is set")?;
        return Ok(Exit::Clean);
    };
    let folder = cache.folder().display().to_string();
    match args.command {
        CacheCommand::Dir => console.print_line(Shown::line(&folder))?,
        CacheCommand::Clean => {
            let (count, bytes) = cache.clean().with_context(|| format!("cannot clear {folder}"))?;
            let kilobytes = bytes.div_ceil(1024);
            console.print_line(shown!(
                "Removed {} ({} KB) from {}.",
                plural(count, "entry", "entries"),
                kilobytes,
                folder
            ))?;
        }
    }
    Ok(Exit::Clean)
}

/// The place of one check's answer in the cache.
pub(super) struct CachedCheck {
    cache: Cache,
    key: Key,
}

impl CachedCheck {
    /// `None` for a check whose answer is not kept: what changes files, or is only on standard input.
    pub(super) fn of(
        args: &CheckArgs,
        paths: &Paths,
        gathered: &Gathered,
        engine: &Engine,
        console: &Console,
    ) -> Option<Self> {
        let is_plain = !args.fix && !args.diff && !args.no_cache && args.stdin_filename.is_none();
        if !is_plain || !gathered.problems.is_empty() {
            return None;
        }
        let cache = Cache::of_user()?;
        let mut key = Key::new("check");
        key.add(format!("{args:?}"));
        key.add(paths.folder().as_os_str().as_encoded_bytes());
        key.add(format!("{} {}", console.is_styled(), console::width(0)));
        gathered.identify(engine, &mut key);
        Some(Self { cache, key })
    }

    /// Prints the answer, if it is there.
    pub(super) fn replay(&self, console: &mut Console) -> anyhow::Result<Option<Exit>> {
        let Some(answer) = self.cache.get(&self.key) else { return Ok(None) };
        let Some((&code, text)) = answer.split_first() else { return Ok(None) };
        let (Ok(text), Some(exit)) = (std::str::from_utf8(text), exit(code)) else { return Ok(None) };
        console.print(console.rendered(text))?;
        Ok(Some(exit))
    }

    /// Keeps what was printed.
    pub(super) fn keep(&self, exit: Exit, printed: &str) {
        let code = match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failure => return,
        };
        self.cache.put(&self.key, &[&[code], printed.as_bytes()].concat());
    }
}

fn exit(code: u8) -> Option<Exit> {
    match code {
        0 => Some(Exit::Clean),
        1 => Some(Exit::Findings),
        _ => None,
    }
}
