//! The laws of making fixes: each one as a whole, what parsed keeps parsing, rounds end, unsafe ones on request only.

use pyteam_syntax::TextRange;

use super::select::Selection;
use super::*;
use crate::finding::{Anchor, FixOffer, Severity};
use crate::fix::Applicability::{self, Safe, Unsafe};

fn parsed(text: &str) -> Parsed {
    parse(SourceText::new(text), &ParseLimits::default())
}

fn fix(edits: &[(FileId, u32, u32, &str)]) -> Fix {
    let mut fix = Fix::new("Fix", Safe);
    for (file, start, end, text) in edits {
        fix.push(*file, TextEdit::replace(TextRange::new((*start).into(), (*end).into()), *text));
    }
    fix
}

#[test]
fn fixes_that_overlap_wait_and_each_is_taken_as_a_whole() {
    let (one, two, three) = (FileId(1), FileId(2), FileId(3));
    let fixes = [
        fix(&[(one, 0, 0, "import a\n"), (one, 10, 12, "x")]),
        fix(&[(one, 0, 0, "import a\n"), (one, 12, 14, "y")]),
        fix(&[(one, 0, 0, "import b\n")]),
        fix(&[(one, 11, 13, "z"), (two, 0, 1, "z")]),
        fix(&[(two, 0, 1, "w")]),
        fix(&[(two, 5, 6, "v"), (three, 0, 1, "v")]),
    ];
    let selection = Selection::of(&fixes.each_ref(), |file| file != three);
    assert_eq!(selection, Selection { chosen: vec![0, 1, 4], waiting: vec![2, 3] });
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

/// Replaces words by others, wherever they stand: `(word, replacement, how far that can be trusted)`. A replacement is
/// made in all files that have the word, as one fix, and found once for each file.
struct Words {
    snapshot: Arc<Snapshot>,
    rules: &'static [(&'static str, &'static str, Applicability)],
    fixed: Option<FileId>,
}

impl Words {
    fn of(texts: &[&str], rules: &'static [(&'static str, &'static str, Applicability)]) -> Self {
        let mut workspace = Workspace::new();
        for (at, text) in texts.iter().enumerate() {
            workspace.set_file(&format!("/{at}.py"), Arc::new(parsed(text)));
        }
        Self { snapshot: workspace.snapshot(), rules, fixed: None }
    }

    fn texts(&self) -> Vec<&str> {
        self.snapshot.files().map(|file| file.source().as_str()).collect()
    }

    fn places(&self, word: &str) -> Vec<(FileId, TextRange)> {
        let place = |file: &Arc<pyteam_index::File>| {
            let start = file.source().as_str().find(word)?;
            Some((file.id, TextRange::at((start as u32).into(), (word.len() as u32).into())))
        };
        self.snapshot.files().filter_map(place).collect()
    }
}

impl Target for Words {
    fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
    fn is_editable(&self, file: FileId) -> bool {
        self.fixed != Some(file)
    }
    fn find(&mut self) -> Vec<Finding> {
        let finding = |(code, applicability): (&str, Applicability), (file, range)| Finding {
            code: Arc::from(code),
            severity: Severity::Warning,
            file,
            range,
            message: "word".to_owned(),
            note: None,
            help: None,
            related: Vec::new(),
            secrets: Vec::new(),
            channel: None,
            fix: Some(FixOffer { title: "Replace".to_owned(), applicability }),
            anchor: Anchor::default(),
        };
        let of = |(word, _, trust): &(&'static str, &str, Applicability)| {
            self.places(word).into_iter().map(|place| finding((word, *trust), place)).collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of).collect()
    }
    fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>> {
        let fix = |finding: &Finding| {
            let (word, new, applicability) = self.rules.iter().find(|(word, ..)| **word == *finding.code)?;
            let mut fix = Fix::new("Replace", *applicability);
            self.places(word).into_iter().for_each(|(file, range)| fix.push(file, TextEdit::replace(range, *new)));
            Some(fix).filter(|fix| wanted(fix))
        };
        findings.iter().map(fix).collect()
    }
    fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> {
        parser(&self.snapshot, |_| ParseLimits::default())(texts)
    }
    fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>) {
        self.snapshot = replaced(&self.snapshot, files);
    }
}

#[test]
fn rounds_go_on_until_nothing_is_left() {
    let mut words = Words::of(&["a = 1\n", "b = c\n"], &[("a =", "b =", Safe), ("b =", "c =", Safe)]);
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert_eq!(words.texts(), ["c = 1\n", "c = c\n"]);
    assert!(repaired.is_settled);
    assert_eq!(repaired.made.len(), 3);
    assert_eq!(repaired.before.values().map(|text| &**text).collect::<Vec<_>>(), ["a = 1\n", "b = c\n"]);
}

#[test]
fn rounds_end_where_two_fixes_undo_each_other() {
    let mut words = Words::of(&["a = 1\n"], &[("a =", "b =", Safe), ("b =", "a =", Safe)]);
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert!(!repaired.is_settled);
    assert_eq!(repaired.made.len(), MAX_ROUNDS as usize);
}

#[test]
fn what_is_unsafe_is_made_on_request_only() {
    let rules: &[_] = &[("a =", "b =", Safe), ("c =", "d =", Unsafe)];
    for (allowed, after) in [(Safe, "b = 1\nc = 2\n"), (Unsafe, "b = 1\nd = 2\n")] {
        let mut words = Words::of(&["a = 1\nc = 2\n"], rules);
        let repaired = to_fixpoint(&mut words, allowed, MAX_ROUNDS);
        assert_eq!(words.texts(), [after]);
        assert!(repaired.made.iter().all(|made| made.applicability <= allowed));
    }
}

#[test]
fn a_fix_of_several_files_is_made_in_all_of_them_or_in_none() {
    let rules: &[_] = &[("a =", "b =", Safe)];
    let mut words = Words::of(&["a = 1\n", "x = 1\n", "a = 2\n"], rules);
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert_eq!(words.texts(), ["b = 1\n", "x = 1\n", "b = 2\n"]);
    // Both findings had the same edits, so both are repaired, in files that are written together.
    assert_eq!((repaired.fixed(), repaired.elsewhere), (2, 0));
    assert_eq!(repaired.units, [BTreeSet::from([FileId(0), FileId(2)])]);
    let mut words = Words::of(&["a = 1\n", "x = 1\n", "a = 2\n"], rules);
    words.fixed = Some(FileId(2));
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert_eq!(words.texts(), ["a = 1\n", "x = 1\n", "a = 2\n"]);
    assert_eq!((repaired.fixed(), repaired.elsewhere), (0, 2));
}

#[test]
fn what_would_break_a_file_that_parsed_is_refused_once() {
    let rules: &[_] = &[("a =", "(", Safe), ("b =", "c =", Safe)];
    let mut words = Words::of(&["a = 1\nb = 2\n"], rules);
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert_eq!(words.texts(), ["a = 1\nc = 2\n"]);
    assert_eq!(repaired.refused.iter().map(|one| (&*one.code, one.line)).collect::<Vec<_>>(), [("a =", 0)]);
}

#[test]
fn what_had_to_wait_and_is_gone_was_taken_along() {
    // `aa` overlaps `a`: the second waits, and is not there any more after the first.
    let rules: &[_] = &[("aa", "b", Safe), ("a", "c", Safe)];
    let mut words = Words::of(&["aa = 1\n"], rules);
    let repaired = to_fixpoint(&mut words, Safe, MAX_ROUNDS);
    assert_eq!(words.texts(), ["b = 1\n"]);
    assert_eq!((repaired.made.len(), repaired.fixed_in()), (1, BTreeMap::from([(FileId(0), 2)])));
}

#[test]
fn files_that_a_fix_joins_stay_together() {
    let set = |ids: &[u32]| ids.iter().map(|id| FileId(*id)).collect::<BTreeSet<_>>();
    let mut units = Vec::new();
    for files in [set(&[1, 2]), set(&[3]), set(&[4, 5]), set(&[2, 4]), set(&[3])] {
        fixpoint::join(&mut units, files);
    }
    units.sort();
    assert_eq!(units, [set(&[1, 2, 4, 5]), set(&[3])]);
}
