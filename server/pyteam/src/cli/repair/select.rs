//! Which fixes can be applied together.

use std::collections::BTreeMap;

use pyteam_index::FileId;
use pyteam_syntax::{TextEdit, TextRange};

use super::Candidate;

/// Fixes that do not get in each other's way.
pub(super) struct Selection {
    /// Indices of candidates, in their order.
    pub(super) chosen: Vec<usize>,
}

impl Selection {
    /// Takes candidates in their order, each one completely or not at all. One that edits a file which is not
    /// `editable`, since the user did not name it, stays out.
    pub(super) fn of(candidates: &[Candidate], editable: impl Fn(FileId) -> bool) -> Self {
        let mut taken: BTreeMap<FileId, Vec<&TextEdit>> = BTreeMap::new();
        let mut chosen = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            let edits = || candidate.fix.edits.iter().flat_map(|(file, edits)| edits.iter().map(|edit| (*file, edit)));
            let fits = edits().all(|(file, edit)| {
                editable(file) && taken.get(&file).is_none_or(|taken| taken.iter().all(|other| fit(other, edit)))
            });
            if fits {
                for (file, edit) in edits() {
                    taken.entry(file).or_default().push(edit);
                }
                chosen.push(index);
            }
        }
        Self { chosen }
    }
}

/// Whether two edits can be applied together: they are one and the same (two fixes need one import), or apart.
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

#[cfg(test)]
mod tests {
    use pyteam_engine::{Applicability, Finding, Fix, Severity};

    use super::*;

    fn candidate(edits: &[(u32, u32, u32, &str)]) -> Candidate {
        let mut fix = Fix::new("Fix", Applicability::Safe);
        for (file, start, end, text) in edits {
            let range = TextRange::new((*start).into(), (*end).into());
            fix.push(FileId(*file), TextEdit::replace(range, *text));
        }
        let finding = Finding {
            code: "x".into(),
            severity: Severity::Warning,
            file: FileId(edits[0].0),
            range: TextRange::default(),
            message: String::new(),
            help: None,
            related: Vec::new(),
            secrets: Vec::new(),
            channel: None,
            fix: None,
            anchor: pyteam_engine::finding::Anchor::default(),
        };
        Candidate { finding, fix }
    }

    #[test]
    fn overlapping_fixes_wait_for_the_next_round() {
        let candidates = [
            candidate(&[(1, 0, 0, "import a\n"), (1, 10, 12, "x")]),
            candidate(&[(1, 0, 0, "import a\n"), (1, 12, 14, "y")]),
            candidate(&[(1, 0, 0, "import b\n")]),
            candidate(&[(1, 11, 13, "z"), (2, 0, 1, "z")]),
            candidate(&[(2, 0, 1, "w")]),
            candidate(&[(2, 5, 6, "v"), (3, 0, 1, "v")]),
        ];
        assert_eq!(Selection::of(&candidates, |file| file != FileId(3)).chosen, [0, 1, 4]);
    }
}
