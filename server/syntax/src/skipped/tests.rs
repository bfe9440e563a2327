//! What is parsed without its runs of comments is what is parsed with them.

use proptest::prelude::*;

use super::Skipped;
use crate::document::{ParseLimits, parse, parse_whole};
use crate::{Document, LineIndex, Parsed, SourceText, TextRange, TextSize};

/// Lines, each of which a run may stand before.
const PROGRAM: &str = include_str!("tests/program.py");

/// What comments say.
const WORDS: &[&str] = &[
    "#",
    "# a comment of some length",
    "# pyteam: ignore[unbounded-wait] as it is asked for",
    "# type: int",
    "# fmt: off",
    "# %%",
    "# it's \"half quoted",
    "#     return x \\",
    "# \"\"\" and '''",
    "# caf\u{e9} \u{1f600} {brace} #more",
    "#: \x0c\t",
];

const BLANK: &[&str] = &["", "    ", "\t", "\x0c", " \x0c  "];

const INDENTS: &[&str] =
    &["", "    ", "        ", "            ", "\t", "  ", "      ", " \x0c    ", "                    "];

/// A run of comments, and where in a program it stands.
#[derive(Clone, Debug)]
struct Placed {
    before_line: usize,
    /// Indentation and words of each comment, and the blank line behind it.
    comments: Vec<(usize, usize, Option<usize>)>,
}

fn placed() -> impl Strategy<Value = Placed> {
    let blank = prop_oneof![4 => Just(None), 1 => (0..BLANK.len()).prop_map(Some)];
    let indents = prop_oneof![
        // All the same, any, from left to right and from right to left.
        (0..INDENTS.len()).prop_map(|one| vec![one]),
        prop::collection::vec(0..INDENTS.len(), 90),
        Just(vec![0, 1, 2, 3, 8]),
        prop::collection::vec(0..INDENTS.len(), 2..5),
    ];
    let words = prop::collection::vec((0..WORDS.len(), blank), 60..120);
    (0..200usize, indents, any::<bool>(), words).prop_map(|(before_line, indents, is_stretched, words)| {
        let count = words.len();
        let indent = |at: usize| if is_stretched { at * indents.len() / count } else { at % indents.len() };
        let comments = words.into_iter().enumerate().map(|(at, (word, blank))| (indents[indent(at)], word, blank));
        Placed { before_line, comments: comments.collect() }
    })
}

/// A program with some of [`PROGRAM`]'s lines left out, runs put in, and the line ends `ends` in turn.
fn program(from: usize, until: usize, runs: &[Placed], ends: &[&str], is_closed: bool) -> String {
    let lines: Vec<&str> = PROGRAM.lines().collect();
    let chosen = &lines[from % lines.len()..];
    let chosen = &chosen[..chosen.len() - until % chosen.len()];
    let mut all = Vec::new();
    for (at, line) in chosen.iter().map(Some).chain([None]).enumerate() {
        for run in runs.iter().filter(|run| run.before_line % (chosen.len() + 1) == at) {
            for (indent, words, blank) in &run.comments {
                all.push(format!("{}{}", INDENTS[*indent], WORDS[*words]));
                all.extend(blank.map(|blank| BLANK[blank].to_owned()));
            }
        }
        all.extend(line.map(|line| (*line).to_owned()));
    }
    let mut text = String::new();
    for (at, line) in all.iter().enumerate() {
        text += line;
        if is_closed || at + 1 < all.len() {
            text += ends[at % ends.len()];
        }
    }
    text
}

fn programs() -> impl Strategy<Value = String> {
    let ends = prop_oneof![
        6 => Just(&["\n"][..]),
        2 => Just(&["\r\n"][..]),
        1 => Just(&["\r"][..]),
        1 => Just(&["\n", "\r\n", "\r", "\n"][..]),
    ];
    // Mostly whole: of a piece, not much is without errors.
    let cut = || prop_oneof![3 => Just(0usize), 1 => 0..60usize];
    (cut(), cut(), prop::collection::vec(placed(), 1..4), ends, any::<bool>())
        .prop_map(|(from, until, runs, ends, is_closed)| program(from, until, &runs, ends, is_closed))
}

/// Where two parses first say something else.
fn difference(one: &Parsed, other: &Parsed) -> Option<(String, String)> {
    let say = |parsed: &Parsed| {
        assert_eq!(parsed.unanalyzed, None);
        format!("{}\n{:#?}\n{:#?}", parsed.has_error, parsed.comments, parsed.items)
    };
    let (one, other) = (say(one), say(other));
    let (mut one, mut other) = (one.lines(), other.lines());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => return Some((one.unwrap_or_default().to_owned(), other.unwrap_or_default().to_owned())),
        }
    }
}

fn skips(text: &str) -> bool {
    !Skipped::find(text, &LineIndex::new(text)).is_empty()
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, max_global_rejects: 1 << 20, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(300))]

    /// Where there is no syntax error, each node, range and comment is the same.
    #[test]
    fn runs_of_comments_change_nothing(text in programs()) {
        let limits = ParseLimits::default();
        let whole = parse_whole(SourceText::new(text.as_str()), &limits);
        prop_assume!(!whole.has_error && skips(&text));
        let parsed = parse(SourceText::new(text.as_str()), &limits);
        prop_assert_eq!(difference(&parsed, &whole), None, "{}", text);
    }

    /// Whatever is typed, the last tree is that of a fresh parse.
    #[test]
    fn typing_ends_as_a_fresh_parse(
        text in programs(),
        edits in prop::collection::vec((0..10_000usize, 0..10usize, 0..1000usize), 1..12),
    ) {
        let limits = ParseLimits::default();
        let mut document = Document::new(text.as_str());
        document.parse(&limits);
        for (at, deleted, inserted) in edits {
            let start = document.text().len() * at / 10_000;
            // Mostly a few bytes, else some lines.
            let deleted = if deleted == 9 { 600 } else { deleted.saturating_sub(5) };
            let range = TextRange::at(TextSize::new(start as u32), TextSize::new(deleted as u32));
            document.edit(range, TYPED[inserted % TYPED.len()]);
            let parsed = document.reparse_full(&limits);
            let fresh = parse(SourceText::new(document.text()), &limits);
            prop_assert_eq!(difference(&parsed, &fresh), None, "{}", document.text());
        }
    }
}

/// What is typed.
const TYPED: &[&str] = &[
    "",
    "",
    "x",
    "#",
    "\n",
    "\r\n",
    "\r",
    "    ",
    "\t",
    "\x0c",
    "'",
    "\"\"\"",
    "'''",
    "(",
    ")",
    "\\",
    "\\\n",
    "\nx = 1\n",
    "\npass\n# ",
    "\n    y = 2\n    # ",
    "\n# one more\n",
    "\n        # deeper\n",
    "\ndef f():\n    #",
    "\nelse:\n",
    "f\"\"\"{",
    "}",
];

/// An item that an edit does not touch may get an error all the same, from what recovery makes of the text before it.
#[test]
fn an_untouched_item_that_gets_an_error_is_made_anew() {
    let some = "# a comment\n#\n# {brace} #more\n    \n        # a comment\n# type: int\n    # a comment\n# it's \"half\n    #\n";
    let text = format!("if plain: x = 1; \\\n          y = 2\n{}for x in y:\n\tz(\n    x)", some.repeat(12));
    let limits = ParseLimits::default();
    for at in (0..text.len()).step_by(7).filter(|at| text.is_char_boundary(*at)) {
        let mut document = Document::new(text.as_str());
        document.parse(&limits);
        document.edit(TextRange::empty(TextSize::new(at as u32)), "f\"\"\"{");
        let parsed = document.reparse_full(&limits);
        let fresh = parse(SourceText::new(document.text()), &limits);
        assert_eq!(difference(&parsed, &fresh), None, "{at}");
    }
}
