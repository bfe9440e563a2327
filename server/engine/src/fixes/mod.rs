//! Making fixes: together, and never so that something does not parse any more. Every way by which a fix reaches a file
//! goes through [`compose`]: the light bulb, fix-all, `--fix`, and what an agent's answer proposes.

mod select;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Parsed, SourceText, TextEdit, edit};

use self::select::Selection;
use crate::fix::Fix;

/// Parses new texts of files, in their order.
pub type Parse<'p> = dyn Fn(Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> + 'p;

/// What some of the fixes come to, made together.
#[derive(Debug, Default)]
pub struct Composed {
    /// The numbers of the fixes that were made.
    pub made: Vec<usize>,
    /// Those that would have broken the syntax of a file.
    pub refused: Vec<usize>,
    /// Those that have to wait until these are made.
    pub waiting: Vec<usize>,
    /// The edits of all that were made, normalized.
    pub edits: BTreeMap<FileId, Vec<TextEdit>>,
    /// The files that they change, as they are then.
    pub files: Vec<(FileId, Arc<Parsed>)>,
}

/// Makes those of `fixes` that fit together, each completely or not at all, of files that are `editable`. What parsed
/// before parses afterwards.
pub fn compose(snapshot: &Snapshot, fixes: &[&Fix], editable: impl Fn(FileId) -> bool, parse: &Parse<'_>) -> Composed {
    let Selection { mut chosen, mut waiting } = Selection::of(fixes, editable);
    let mut refused = Vec::new();
    loop {
        let edits = edits_of(chosen.iter().map(|number| fixes[*number]));
        let (changed, broken) = apply(snapshot, &edits, parse);
        if broken.is_empty() {
            waiting.sort_unstable();
            return Composed { made: chosen, refused, waiting, edits, files: changed };
        }
        let touches = |number: &usize| fixes[*number].edits.keys().any(|file| broken.contains(file));
        let suspects: Vec<usize> = chosen.iter().copied().filter(touches).collect();
        let breaks_alone = |number: &usize| {
            let edits = edits_of(std::iter::once(fixes[*number]));
            !apply(snapshot, &edits, parse).1.is_empty()
        };
        let guilty: Vec<usize> = suspects.iter().copied().filter(breaks_alone).collect();
        if guilty.is_empty() {
            // Fixes that are good one by one but not together take turns.
            let later: BTreeSet<usize> = suspects.into_iter().skip(1).collect();
            chosen.retain(|number| !later.contains(number));
            if later.is_empty() {
                chosen.clear();
            }
            waiting.extend(later);
        } else {
            chosen.retain(|number| !guilty.contains(number));
            refused.extend(guilty);
        }
    }
}

/// Whether `fix` leaves everything parsing that parsed before.
pub fn keeps_syntax(snapshot: &Snapshot, fix: &Fix, parse: &Parse<'_>) -> bool {
    apply(snapshot, &edits_of(std::iter::once(fix)), parse).1.is_empty()
}

/// Parses texts one after the other, within limits that may differ by path.
pub fn parser<'p>(snapshot: &'p Snapshot, limits: impl Fn(&str) -> ParseLimits + 'p) -> Box<Parse<'p>> {
    Box::new(move |texts| {
        let parse = |(id, text): (FileId, String)| {
            let limits = limits(&snapshot.file(id)?.path);
            Some((id, Arc::new(parse(SourceText::new(text), &limits))))
        };
        texts.into_iter().filter_map(parse).collect()
    })
}

fn edits_of<'f>(fixes: impl Iterator<Item = &'f Fix>) -> BTreeMap<FileId, Vec<TextEdit>> {
    let mut all: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
    for (file, edits) in fixes.flat_map(|fix| &fix.edits) {
        all.entry(*file).or_default().extend(edits.iter().cloned());
    }
    all.values_mut().for_each(edit::normalize);
    all
}

/// The files after `edits`, and those among them that got a new syntax error, cannot be edited so, or are gone.
fn apply(
    snapshot: &Snapshot,
    edits: &BTreeMap<FileId, Vec<TextEdit>>,
    parse: &Parse<'_>,
) -> (Vec<(FileId, Arc<Parsed>)>, BTreeSet<FileId>) {
    let mut broken: BTreeSet<FileId> = edits.keys().copied().collect();
    let text = |(id, edits): (&FileId, &Vec<TextEdit>)| {
        Some((*id, edit::apply(snapshot.file(*id)?.source().as_str(), edits).ok()?))
    };
    let files = parse(edits.iter().filter_map(text).collect());
    for (id, after) in &files {
        if snapshot.file(*id).is_some_and(|before| !is_worse(&before.parsed, after)) {
            broken.remove(id);
        }
    }
    (files, broken)
}

/// Whether something does not parse any more. Where something did not parse before, be it for a form of Python that our
/// grammar does not know, the rest must stay as it is: no statement may fall to the mistake.
fn is_worse(before: &Parsed, after: &Parsed) -> bool {
    if after.unanalysed.is_some() || !before.has_error {
        return after.unanalysed.is_some() || after.has_error;
    }
    let broken = |parsed: &Parsed| parsed.items.iter().filter(|slot| slot.item.has_error()).count();
    after.has_error && (broken(after) > broken(before) || after.items.len() < before.items.len())
}

#[cfg(test)]
mod tests {
    use pyteam_index::Workspace;
    use pyteam_syntax::TextRange;

    use super::*;
    use crate::fix::Applicability;

    fn parsed(text: &str) -> Parsed {
        parse(SourceText::new(text), &ParseLimits::default())
    }

    #[test]
    fn what_parsed_must_parse() {
        let good = parsed("x = 1\ny = 2\n");
        let half = parsed("x = 1\ny = 2\ndef f(:\n");
        assert!(!is_worse(&good, &parsed("x = 1\ny = 3\n")));
        assert!(!is_worse(&half, &parsed("x = 1\ny = f(3)\ndef f(:\n")));
        assert!(!is_worse(&half, &good));
        assert!(is_worse(&good, &half));
        assert!(is_worse(&good, &parsed("x = (1\ny = 3\n")));
        assert!(is_worse(&half, &parsed("x = 1\ny = ((2\ndef f(:\n")));
    }

    fn fix(edits: &[(FileId, u32, u32, &str)]) -> Fix {
        let mut fix = Fix::new("Fix", Applicability::Safe);
        for (file, start, end, text) in edits {
            fix.push(*file, TextEdit::replace(TextRange::new((*start).into(), (*end).into()), *text));
        }
        fix
    }

    #[test]
    fn what_breaks_the_syntax_stays_out_and_the_others_are_made() {
        let mut workspace = Workspace::new();
        let a = workspace.set_file("/a.py", Arc::new(parsed("x = 1\ny = 2\n")));
        let b = workspace.set_file("/b.py", Arc::new(parsed("z = 3\nwith_ = 4\n")));
        let snapshot = workspace.snapshot();
        let fixes = [
            fix(&[(a, 4, 5, "10")]),
            fix(&[(a, 10, 11, "("), (b, 4, 5, "30")]),
            // Each parses alone, and not beside the other.
            fix(&[(b, 5, 6, "; ")]),
            fix(&[(b, 10, 15, " x: 4")]),
            fix(&[(a, 4, 5, "100")]),
        ];
        let parse = parser(&snapshot, |_| ParseLimits::default());
        let composed = compose(&snapshot, &fixes.each_ref(), |_| true, &*parse);
        assert_eq!(composed.refused, [1]);
        assert_eq!((composed.made, composed.waiting), (vec![0, 2], vec![3, 4]));
        let texts: Vec<_> = composed.files.iter().map(|(_, file)| file.source.as_str()).collect();
        assert_eq!(texts, ["x = 10\ny = 2\n", "z = 3; with_ = 4\n"]);
        assert!(!keeps_syntax(&snapshot, &fixes[1], &*parse));
    }
}
