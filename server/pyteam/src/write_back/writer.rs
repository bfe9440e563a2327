//! One run that writes: its units are staged all at once, and made one after the other.

use std::path::PathBuf;

use super::back::take_back;
use super::entry::Entry;
use super::interrupt::Held;
use super::journal::{Journal, Lock};
use super::unit::{self, clean, clean_all};
use super::{NotWritten, Written};

/// Units that can be written, and what is needed for it.
pub(super) struct Writer<'w, 'a> {
    numbers: &'w [Vec<usize>],
    plans: Vec<Vec<Entry<'a>>>,
    /// By unit, whether it was given up before anything of it was made.
    is_refused: Vec<bool>,
    /// Why there is none, if there is none.
    journal: Result<(Journal, Lock), String>,
    /// Where texts go that cannot be put back.
    keep: Option<PathBuf>,
    held: &'w Held,
    written: &'w mut Written,
    /// Whether the journal has nothing left to tell: no unit is half made, and nothing waits beside a file.
    is_settled: bool,
}

impl<'w, 'a> Writer<'w, 'a> {
    /// For `plans`, which come from the units of these `numbers`.
    pub(super) fn new(
        numbers: &'w [Vec<usize>],
        plans: Vec<Vec<Entry<'a>>>,
        journal: Result<(Journal, Lock), String>,
        keep: Option<PathBuf>,
        held: &'w Held,
        written: &'w mut Written,
    ) -> Self {
        Self { numbers, is_refused: vec![false; plans.len()], plans, journal, keep, held, written, is_settled: true }
    }

    /// Writes them.
    pub(super) fn run(mut self) {
        match self.stage_all() {
            Ok(()) => self.commit_all(),
            Err(signal) => {
                (0..self.plans.len()).for_each(|at| self.discard(at));
                self.written.interrupted = Some((signal, 0));
            }
        }
        self.end();
    }

    /// Puts all new texts beside their files, and sees them on the disk. The error is the signal that came meanwhile.
    fn stage_all(&mut self) -> Result<(), i32> {
        let mut is_other = false;
        for at in 0..self.plans.len() {
            match self.stage(at)? {
                Ok(other) => is_other |= other,
                Err(failure) => self.refuse(at, &failure),
            }
        }
        for (at, failure) in unit::sync_texts(&self.plans) {
            if !self.is_refused[at] {
                self.refuse(at, &failure);
            }
        }
        if let Ok((journal, _)) = &mut self.journal
            && let Err(error) = journal.begin(is_other.then_some(&self.plans))
        {
            for at in (0..self.plans.len()).filter(|at| !self.is_refused[*at]).collect::<Vec<_>>() {
                let Some(first) = self.plans[at].first() else { continue };
                self.refuse(at, &NotWritten::io(&first.path.clone(), &error));
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
    fn commit_all(&mut self) {
        for at in 0..self.plans.len() {
            if self.is_refused[at] {
                continue;
            }
            if let Some(signal) = self.held.caught() {
                (at..self.plans.len()).for_each(|at| self.discard(at));
                self.written.interrupted = Some((signal, self.numbers[at].first().copied().unwrap_or_default()));
                return;
            }
            self.commit(at);
        }
        self.written.interrupted = self.held.caught().map(|signal| (signal, usize::MAX));
    }

    /// Makes a unit, or takes back what was made of it.
    fn commit(&mut self, at: usize) {
        let unit = &self.plans[at];
        // So many are ours to take back. An error may have come before or after the file was written.
        let (mut made, mut failure) = (0, None);
        for entry in unit {
            let done = unit::commit(entry);
            made += usize::from(!matches!(done, Ok(false)));
            failure = match done {
                Ok(true) => continue,
                Ok(false) => Some(NotWritten::changed(&entry.path)),
                Err(error) => Some(NotWritten::io(&entry.path, &error)),
            };
            break;
        }
        let Some(failure) = failure else {
            unit::sync_folders(unit);
            self.clean(at, clean);
            if let Ok((journal, _)) = &mut self.journal {
                journal.done(at);
            }
            return;
        };
        let (left, stuck) = take_back(&unit[..made], self.keep.as_deref());
        // The file that failed is what another program made of it, and needs no word.
        self.written.left.extend(left.into_iter().filter(|left| left.path != failure.path));
        match stuck {
            None => self.refuse(at, &failure),
            Some(stuck) => {
                let stuck = pyteam_index::key_of(&stuck.path).into_owned();
                let reason = format!(
                    "{}; and {stuck} could not be taken back: the next `pyteam check` takes back what is there of the change",
                    failure.reason
                );
                self.tell(at, &NotWritten { reason, is_partial: true, ..failure });
                self.is_settled = false;
            }
        }
    }

    /// Gives a unit up of which nothing is made.
    fn refuse(&mut self, at: usize, failure: &NotWritten) {
        self.discard(at);
        self.is_refused[at] = true;
        self.tell(at, failure);
    }

    fn tell(&mut self, at: usize, failure: &NotWritten) {
        self.written.refused.extend(self.numbers[at].iter().map(|number| (*number, failure.clone())));
    }

    /// Removes what waits beside the unit's files, of which none is made.
    fn discard(&mut self, at: usize) {
        self.clean(at, clean_all);
    }

    /// Has `clean` remove what waits beside the unit's files. What stays is the next run's to remove, from the journal.
    fn clean(&mut self, at: usize, clean: fn(&Entry<'_>) -> std::io::Result<()>) {
        for entry in &self.plans[at] {
            if let Err(error) = clean(entry) {
                tracing::warn!("{} cannot be removed: {error}", entry.temporary.display());
                self.is_settled = false;
            }
        }
    }

    /// Removes the journal, if it is not needed any more.
    fn end(self) {
        if let (Ok((journal, _lock)), true) = (self.journal, self.is_settled) {
            journal.remove();
        }
    }
}
