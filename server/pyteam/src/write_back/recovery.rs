//! Finishing what a run that was killed left half done.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::NotWritten;
use super::back::{Left, is_half, take_back};
use super::entry::Entry;
use super::interrupt::Held;
use super::journal::{Found, Journals};
use super::unit;

/// So long is waited for a run that is writing just now.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was found of runs that were killed, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// The files of units that were taken back.
    pub(crate) undone: Vec<Vec<PathBuf>>,
    /// Files in such units that another program had changed since.
    pub(crate) left: Vec<Left>,
    /// What could not be taken back yet: a later run tries again.
    pub(crate) failed: Vec<NotWritten>,
    /// The signal that was to end the process meanwhile.
    pub(crate) interrupted: Option<i32>,
}

/// Finishes or takes back what a run that was killed has left in or above `places`. Runs that live are left alone.
pub(crate) fn recover(state: Option<&Path>, places: &[PathBuf]) -> Recovered {
    let mut recovered = Recovered::default();
    let Some(journals) = state.map(Journals::of).filter(|journals| !journals.is_empty()) else { return recovered };
    let lock = match journals.lock(PATIENCE) {
        Ok(lock) => lock,
        Err(error) => {
            tracing::warn!("cannot check whether an earlier run was interrupted: {error}");
            return recovered;
        }
    };
    let held = Held::begin();
    let places: Vec<PathBuf> = places.iter().map(|place| place.canonicalize().unwrap_or(place.clone())).collect();
    for found in journals.left(&lock) {
        match found {
            Ok(found) if concerns(&found, &places) => settle(&found, &journals, &mut recovered),
            Ok(_) => {}
            Err((path, error)) => recovered.failed.push(NotWritten::io(&path, &error)),
        }
    }
    recovered.interrupted = held.caught();
    recovered
}

fn concerns(found: &Found, places: &[PathBuf]) -> bool {
    let is_inside = |entry: &Entry<'_>| places.iter().any(|place| entry.path.starts_with(place));
    found.units.iter().flat_map(|(unit, _)| unit).any(is_inside)
}

fn settle(found: &Found, journals: &Journals, recovered: &mut Recovered) {
    let keep = journals.keep().join(found.path.file_stem().unwrap_or_default());
    let mut is_settled = true;
    for (unit, may_be_half) in &found.units {
        if let Err(failure) = settle_unit(unit, *may_be_half, &keep, recovered) {
            is_settled = false;
            recovered.failed.push(failure);
        }
    }
    if is_settled && let Err(error) = std::fs::remove_file(&found.path) {
        recovered.failed.push(NotWritten::io(&found.path, &error));
    }
}

fn settle_unit(
    unit: &[Entry<'_>],
    may_be_half: bool,
    keep: &Path,
    recovered: &mut Recovered,
) -> Result<(), NotWritten> {
    let first = unit.first().map_or(Path::new(""), |entry| &*entry.path);
    if may_be_half && is_half(unit).map_err(|error| NotWritten::io(first, &error))? {
        let (left, stuck) = take_back(unit, Some(keep));
        recovered.left.extend(left);
        stuck.map_or(Ok(()), Err)?;
        recovered.undone.push(unit.iter().map(|entry| entry.path.clone()).collect());
        return Ok(());
    }
    for entry in unit {
        unit::clean_all(entry).map_err(|error| NotWritten::io(&entry.path, &error))?;
    }
    Ok(())
}
