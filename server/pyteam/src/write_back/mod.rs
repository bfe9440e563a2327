//! Writes what repairs and agents change: all files of a unit or none, and only over what was read.
//!
//! Nothing that ends the process leaves a unit half written: an interrupt waits until the unit is there, and what a
//! `kill -9` leaves is taken back from a [`journal`] by the next run.

mod attributes;
mod entry;
mod interrupt;
mod journal;
mod recovery;
mod unit;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::entry::Entry;
use self::interrupt::Held;
pub(crate) use self::interrupt::follow;
use self::journal::{Journal, Journals, Lock};
pub(crate) use self::recovery::recover;
pub(crate) use self::unit::Left;
use crate::load::reason;

/// Longer than any run writes that is not stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// What one file is to become.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    /// The file.
    pub(crate) path: Cow<'a, Path>,
    /// What was read; none where there must be no file.
    pub(crate) before: Option<&'a str>,
    /// What is to be written; none where the file is to be gone.
    pub(crate) after: Option<&'a str>,
    /// Whether it is to be executable, where that is another than it was.
    pub(crate) executable: Option<bool>,
}

/// Why nothing of a unit was written: the file and the reason.
#[derive(Debug)]
pub(crate) struct NotWritten {
    /// The file.
    pub(crate) path: PathBuf,
    /// What is in the way.
    pub(crate) reason: String,
    /// Whether a part of the unit is written all the same: it could not be taken back, and the next run does so.
    pub(crate) is_partial: bool,
}

impl NotWritten {
    fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into(), is_partial: false }
    }
    fn io(path: &Path, error: &io::Error) -> Self {
        Self::new(path, reason(error))
    }
    fn changed(path: &Path) -> Self {
        Self::new(path, "it was changed by another program meanwhile")
    }
}

/// What became of the units.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Those of which nothing was written, by their number, and why.
    pub(crate) refused: Vec<(usize, NotWritten)>,
    /// The signal that was to end the process, and the first unit that was not begun because of it.
    pub(crate) interrupted: Option<(i32, usize)>,
    /// Files of units which failed that could not be taken back.
    pub(crate) left: Vec<Left>,
}

/// Writes each of `units` as a whole or not at all, one after the other. `state` is the user's folder for what is
/// remembered.
pub(crate) fn write(units: &[Vec<Step<'_>>], state: Option<&Path>) -> Written {
    let journals = state.map(Journals::of);
    let locked = match &journals {
        Some(journals) => journals.lock(PATIENCE).map(|lock| (journals, lock)).map_err(|error| reason(&error)),
        None => Err("no folder is known for it".to_owned()),
    };
    // An interrupt while another run writes ends this one: it has begun nothing.
    let held = Held::begin();
    let name = unique_name();
    let mut written = Written::default();
    let (mut numbers, mut plans) = (Vec::new(), Vec::new());
    for (number, unit) in units.iter().enumerate() {
        match plan(unit, &format!("{name}-{number}")) {
            Ok(entries) => {
                numbers.push(number);
                plans.push(entries);
            }
            Err(failure) => written.refused.push((number, failure)),
        }
    }
    if plans.is_empty() {
        written.interrupted = held.caught().map(|signal| (signal, 0));
        return written;
    }
    let journal = locked.and_then(|(journals, lock)| {
        let journal = journals.create(&name, &plans, &lock).map_err(|error| reason(&error))?;
        Ok((journal, lock))
    });
    let keep = journals.as_ref().map(|journals| journals.keep().join(&name));
    Writer { numbers: &numbers, plans, journal, keep, held: &held, written: &mut written }.run();
    written
}

/// Looks whether all steps of a unit can be made.
fn plan<'a>(unit: &[Step<'a>], name: &str) -> Result<Vec<Entry<'a>>, NotWritten> {
    let is_change = |step: &&Step<'_>| step.before != step.after || step.executable.is_some();
    let changing = unit.iter().filter(is_change).enumerate();
    changing.map(|(at, step)| Entry::plan(step, &format!(".pyteam-{name}-{at}.tmp"))).collect()
}

/// A name that no other run has.
fn unique_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {}", since.as_nanos(), std::process::id());
    format!("{:011}-{}", since.as_secs(), &blake3::hash(seed.as_bytes()).to_hex()[..8])
}

/// Units that can be written, and what is needed for it.
struct Writer<'w, 'a> {
    numbers: &'w [usize],
    plans: Vec<Vec<Entry<'a>>>,
    /// Why there is none, if there is none.
    journal: Result<(Journal, Lock), String>,
    keep: Option<PathBuf>,
    held: &'w Held,
    written: &'w mut Written,
}

impl Writer<'_, '_> {
    fn run(mut self) {
        match self.stage_all() {
            Ok(()) => self.commit_all(),
            Err(signal) => {
                (0..self.plans.len()).for_each(|at| self.discard(at));
                self.written.interrupted = Some((signal, 0));
                self.end(true);
            }
        }
    }

    /// Puts all new texts beside their files, and sees them on the disk. The error is the signal that came meanwhile.
    fn stage_all(&mut self) -> Result<(), i32> {
        let mut is_other = false;
        for at in 0..self.plans.len() {
            match self.stage(at)? {
                Ok(other) => is_other |= other,
                Err(failure) => self.refuse(at, failure),
            }
        }
        unit::sync_texts(self.plans.iter().flatten());
        if let (true, Ok((journal, _))) = (is_other, &mut self.journal)
            && let Err(error) = journal.rewrite(&self.plans)
        {
            for at in 0..self.plans.len() {
                let Some(first) = self.plans[at].first() else { continue };
                self.refuse(at, NotWritten::io(&first.path, &error));
            }
        }
        Ok(())
    }

    /// Puts a unit's new texts beside its files. Whether one of them has to be written in another way than planned.
    fn stage(&mut self, at: usize) -> Result<Result<bool, NotWritten>, i32> {
        if let (Err(reason), [first, rest @ ..]) = (&self.journal, &*self.plans[at])
            && (first.in_place || !rest.is_empty())
        {
            // One file alone is replaced in one step; several are not.
            let reason = format!(
                "it is changed together with others, and the journal that keeps them together cannot be written: \
                 {reason}; set PYTEAM_STATE_DIR to a folder that can be written to"
            );
            return Ok(Err(NotWritten::new(&first.path, reason)));
        }
        let mut is_other = false;
        for entry in &mut self.plans[at] {
            if let Some(signal) = self.held.caught() {
                return Err(signal);
            }
            let in_place = entry.in_place;
            if let Err(error) = unit::stage(entry) {
                return Ok(Err(NotWritten::io(&entry.path, &error)));
            }
            is_other |= entry.in_place != in_place;
        }
        Ok(Ok(is_other))
    }

    /// Makes the units one after the other, until a signal comes.
    fn commit_all(mut self) {
        let mut is_settled = true;
        for at in 0..self.plans.len() {
            if let Some(signal) = self.held.caught() {
                (at..self.plans.len()).for_each(|at| self.discard(at));
                self.written.interrupted = Some((signal, self.numbers[at]));
                break;
            }
            is_settled &= self.commit(at);
        }
        if self.written.interrupted.is_none()
            && let Some(signal) = self.held.caught()
        {
            self.written.interrupted = Some((signal, usize::MAX));
        }
        self.end(is_settled);
    }

    /// Makes a unit, or takes back what was made of it. Whether it is whole.
    fn commit(&mut self, at: usize) -> bool {
        let unit = &self.plans[at];
        let Some(failure) = unit.iter().find_map(|entry| unit::commit(entry).err()) else {
            unit::sync_folders(unit);
            self.discard(at);
            if let Ok((journal, _)) = &mut self.journal {
                journal.done(at);
            }
            return true;
        };
        match unit::take_back(unit, self.keep.as_deref()) {
            Ok(left) => {
                // The file that failed is what another program made of it, and needs no word.
                self.written.left.extend(left.into_iter().filter(|left| left.path != failure.path));
                self.written.refused.push((self.numbers[at], failure));
                true
            }
            Err(stuck) => {
                let reason = format!("{}; and {} could not be taken back", failure.reason, stuck.path.display());
                self.written.refused.push((self.numbers[at], NotWritten { reason, is_partial: true, ..failure }));
                false
            }
        }
    }

    /// Gives a unit up of which nothing was made.
    fn refuse(&mut self, at: usize, failure: NotWritten) {
        self.discard(at);
        self.plans[at].clear();
        self.written.refused.push((self.numbers[at], failure));
    }

    /// Removes what waits beside the unit's files.
    fn discard(&self, at: usize) {
        for entry in &self.plans[at] {
            if let Err(error) = unit::clean(entry) {
                tracing::warn!("{} cannot be removed: {error}", entry.temporary.display());
            }
        }
    }

    /// Removes the journal, if it is not needed any more.
    fn end(self, is_settled: bool) {
        if let (Ok((journal, _lock)), true) = (self.journal, is_settled) {
            journal.remove();
        }
    }
}
