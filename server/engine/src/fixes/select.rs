//! Which fixes can be made together.

use std::collections::BTreeMap;

use pyteam_index::FileId;
use pyteam_syntax::{TextEdit, TextRange};

use crate::fix::Fix;

/// Fixes that do not get in each other's way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// By their numbers, in their order.
    pub(super) chosen: Vec<usize>,
    /// Those that have to wait until these are made.
    pub(super) waiting: Vec<usize>,
}

impl Selection {
    /// Takes fixes in their order, each one completely or not at all. One that edits a file which is not `editable` is
    /// neither taken nor waits.
    pub(super) fn of(fixes: &[&Fix], editable: impl Fn(FileId) -> bool) -> Self {
        let mut taken: BTreeMap<FileId, Vec<&TextEdit>> = BTreeMap::new();
        let mut selection = Self::default();
        for (number, fix) in fixes.iter().enumerate() {
            if !fix.edits.keys().all(|file| editable(*file)) {
                continue;
            }
            let edits = || fix.edits.iter().flat_map(|(file, edits)| edits.iter().map(|edit| (*file, edit)));
            let fits = edits()
                .all(|(file, edit)| taken.get(&file).is_none_or(|taken| taken.iter().all(|other| fit(other, edit))));
            if fits {
                edits().for_each(|(file, edit)| taken.entry(file).or_default().push(edit));
                selection.chosen.push(number);
            } else {
                selection.waiting.push(number);
            }
        }
        selection
    }
}

/// Whether two edits can be made together: they are one and the same (two fixes need one import), or apart.
fn fit(one: &TextEdit, other: &TextEdit) -> bool {
    one == other || apart(one.range, other.range)
}

/// An insertion must not touch another edit: which of the two comes first would be chance.
fn apart(one: TextRange, other: TextRange) -> bool {
    if one.is_empty() || other.is_empty() {
        one.end() < other.start() || other.end() < one.start()
    } else {
        one.end() <= other.start() || other.end() <= one.start()
    }
}
