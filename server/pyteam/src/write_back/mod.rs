//! Writes what repairs and agents change: all files of a unit or none, and only over what was read.
//!
//! Nothing that ends the process leaves a unit half written: an interrupt waits until the unit is there, and what a
//! `kill -9` leaves is taken back from a [`journal`] by the next run.

mod attributes;
mod back;
mod entry;
mod folder;
mod interrupt;
mod journal;
mod recovery;
mod state;
mod unit;
mod writer;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyteam_index::key_of;

pub(crate) use self::back::Left;
use self::entry::{Entry, Object};
use self::folder::Folders;
use self::interrupt::Held;
pub(crate) use self::interrupt::follow;
use self::journal::Journals;
pub(crate) use self::recovery::recover;
use self::writer::Writer;
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
    /// The folder below which no link is followed; none where links lead the way, as a user's own do.
    pub(crate) root: Option<&'a Path>,
}

/// Why nothing of a unit was written: the file and the reason.
#[derive(Clone, Debug)]
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
    let (numbers, plans) = plan_all(units, &name, &mut written.refused);
    if plans.is_empty() {
        written.interrupted = held.caught().map(|signal| (signal, 0));
        return written;
    }
    let journal = locked.and_then(|(journals, lock)| {
        let journal = journals.create(&name, &plans, &lock).map_err(|error| reason(&error))?;
        Ok((journal, lock))
    });
    let keep = journals.as_ref().map(|journals| journals.keep().join(&name));
    Writer::new(&numbers, plans, journal, keep, &held, &mut written).run();
    written
}

/// The units that can be made, each with the numbers of those that it comes from: units which are about the same file,
/// by two of its names, are one. The others are added to `refused`.
fn plan_all<'a>(
    units: &[Vec<Step<'a>>],
    name: &str,
    refused: &mut Vec<(usize, NotWritten)>,
) -> (Vec<Vec<usize>>, Vec<Vec<Entry<'a>>>) {
    let (mut numbers, mut plans) = (Vec::<Vec<usize>>::new(), Vec::<Vec<Entry<'a>>>::new());
    let (mut folders, mut known) = (Folders::default(), HashMap::<Object, usize>::new());
    for (number, unit) in units.iter().enumerate() {
        let planned = plan(unit, &format!("{name}-{number}"), &mut folders);
        let planned = planned.and_then(|entries| without_repetitions(entries, &plans, &known));
        match planned {
            Ok((entries, same)) => {
                // It joins the first of those that it shares a file with, and so do the others.
                let (at, others) = match &*same {
                    [] => {
                        numbers.push(Vec::new());
                        plans.push(Vec::new());
                        (plans.len() - 1, &[][..])
                    }
                    [first, others @ ..] => (*first, others),
                };
                numbers[at].push(number);
                plans[at].extend(entries);
                for other in others {
                    let (joining, entries) = (std::mem::take(&mut numbers[*other]), std::mem::take(&mut plans[*other]));
                    numbers[at].extend(joining);
                    plans[at].extend(entries);
                }
                known.extend(plans[at].iter().map(|entry| (entry.object(), at)));
            }
            Err(failure) => refused.push((number, failure)),
        }
    }
    let is_there = |pair: &(Vec<usize>, Vec<Entry<'a>>)| !pair.0.is_empty();
    numbers.into_iter().zip(plans).filter(is_there).unzip()
}

/// The entries of a unit that are about other files than those of `plans` and than each other, and the plans that are
/// about the same ones. What is to become of one file by two names must be the same.
#[allow(clippy::type_complexity, reason = "used once")]
fn without_repetitions<'a>(
    entries: Vec<Entry<'a>>,
    plans: &[Vec<Entry<'a>>],
    known: &HashMap<Object, usize>,
) -> Result<(Vec<Entry<'a>>, Vec<usize>), NotWritten> {
    let (mut own, mut same) = (Vec::<Entry<'a>>::new(), Vec::new());
    for entry in entries {
        let object = entry.object();
        let at = known.get(&object);
        let mut others = at.into_iter().flat_map(|at| &plans[*at]).chain(&own);
        match others.find(|other| other.object() == object) {
            Some(other) if (&other.after, other.executable) != (&entry.after, entry.executable) => {
                let reason = format!("it is the same file as {}, which is changed otherwise", key_of(&other.path));
                return Err(NotWritten::new(&entry.path, reason));
            }
            Some(_) => same.extend(at),
            None => own.push(entry),
        }
    }
    same.sort_unstable();
    same.dedup();
    Ok((own, same))
}

/// Looks whether all steps of a unit can be made.
fn plan<'a>(unit: &[Step<'a>], name: &str, folders: &mut Folders) -> Result<Vec<Entry<'a>>, NotWritten> {
    let is_change = |step: &&Step<'_>| step.before != step.after || step.executable.is_some();
    let changing = unit.iter().filter(is_change).enumerate();
    changing.map(|(at, step)| Entry::plan(step, &format!(".pyteam-{name}-{at}.tmp"), folders)).collect()
}

/// A name that no other run has.
fn unique_name() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{} {}", since.as_nanos(), std::process::id());
    format!("{:011}-{}", since.as_secs(), &blake3::hash(seed.as_bytes()).to_hex()[..8])
}
