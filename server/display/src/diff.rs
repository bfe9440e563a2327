//! What would change, line by line, as a person reads it.
//!
//! A line of a file can be told from the line that is shown: what is not seen is marked, and so is the end of a line that
//! ends unlike the others of its file. Secrets that stand in a file are masked, the same one always alike, so that a line
//! that only moved looks as it did; a secret that is new is shown, for it is part of what is asked about.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::redaction::{MASK, secrets_in};
use crate::{Shown, escape, shown};

/// After this the smallest difference is no longer looked for; what is said is right all the same.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// A secret with so many bytes is one wherever it stands.
const LONG_SECRET: usize = 6;
/// Lines around a change.
const CONTEXT: usize = 3;

/// The lines in which two texts differ.
pub fn line_diff<'t>(before: &'t str, after: &'t str) -> TextDiff<'t, 't, str> {
    TextDiff::configure().timeout(TIME_LIMIT).diff_lines(before, after)
}

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file's name.
    File,
    /// Where a hunk stands.
    Place,
    /// A line that stays.
    Same,
    /// A line that goes.
    Removed,
    /// A line that comes.
    Added,
    /// Words about the lines.
    Remark,
    /// What wants a look of its own.
    Mark,
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// The line, with its sign and without its end.
    pub text: Shown,
}

/// One file before and after.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// What it is called.
    pub names: (&'a str, &'a str),
    /// Its text before; empty where it is new.
    pub before: &'a str,
    /// Its text afterwards.
    pub after: &'a str,
    /// Where secrets stand in the text before that only who found them knows.
    pub secrets: &'a [Range<usize>],
}

/// Writes the diffs of some files that are shown together.
#[derive(Debug, Default)]
pub struct Differ {
    /// Secrets of the texts before, each with its number.
    secrets: Vec<String>,
    has_marks: bool,
    has_masks: bool,
    has_other_ends: bool,
}

impl Differ {
    /// One that has written nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines of one file's diff.
    pub fn lines(&mut self, file: File<'_>) -> Vec<Line> {
        let usual = usual_end(if file.before.is_empty() { file.after } else { file.before });
        let before = self.masked_before(file.before, file.secrets);
        let after = self.masked_after(file.after);
        let mut lines = vec![
            Line { kind: Kind::File, text: shown!("--- {}", file.names.0) },
            Line { kind: Kind::File, text: shown!("+++ {}", file.names.1) },
        ];
        let name = match usual {
            "\r\n" => "CRLF",
            "\r" => "CR",
            _ => "",
        };
        if !name.is_empty() {
            self.has_other_ends = true;
            lines.push(Line { kind: Kind::Remark, text: shown!("# lines end in {} where no end is marked", name) });
        }
        let diff = line_diff(&before, &after);
        for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
            lines.push(Line { kind: Kind::Place, text: Shown::line(hunk.header()) });
            for change in hunk.iter_changes() {
                self.push_line(change.tag(), change.value(), usual, &mut lines);
            }
        }
        lines
    }

    /// What is said once, below all files: what the marks stand for.
    pub fn remark(&self) -> Option<Line> {
        let mut parts = Vec::new();
        if self.has_marks {
            parts.push("`\\u{...}` stands for a character that does not show as itself");
        }
        if self.has_masks {
            parts.push("`***` stands for a secret");
        }
        if parts.is_empty() && !self.has_other_ends {
            return None;
        }
        parts.push("`patch` cannot apply this text");
        Some(Line { kind: Kind::Remark, text: Shown::line(format!("# {}", parts.join("; "))) })
    }

    fn push_line(&mut self, tag: ChangeTag, line: &str, usual: &str, lines: &mut Vec<Line>) {
        let (sign, kind) = match tag {
            ChangeTag::Delete => ("-", Kind::Removed),
            ChangeTag::Insert => ("+", Kind::Added),
            ChangeTag::Equal => (" ", Kind::Same),
        };
        let (body, end) = split_end(line);
        let marked = escape::exact_line(body);
        let mut text = shown!("{}", sign);
        self.has_marks |= marked != body;
        text.push(Shown::exact_line(body));
        if !end.is_empty() && end != usual {
            self.has_marks = true;
            text.push(Shown::line(end));
        }
        lines.push(Line { kind, text });
        if end.is_empty() {
            lines.push(Line { kind: Kind::Remark, text: "\\ No newline at end of file".into() });
        }
    }

    /// The text with all secrets masked; they are known from here on.
    fn masked_before<'t>(&mut self, text: &'t str, known: &[Range<usize>]) -> Cow<'t, str> {
        let known = known.iter().filter(|place| text.get((*place).clone()).is_some_and(|secret| !secret.is_empty()));
        let mut places: Vec<Range<usize>> = secrets_in(text).into_iter().chain(known.cloned()).collect();
        for place in &places {
            self.number_of(&text[place.clone()]);
        }
        places.extend(self.repeated_in(text));
        self.masked(text, apart(places))
    }

    /// The text with the secrets masked that stood in a text before.
    fn masked_after<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if self.secrets.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut places = secrets_in(text);
        places.retain(|place| self.secrets.iter().any(|secret| *secret == text[place.clone()]));
        places.extend(self.repeated_in(text));
        self.masked(text, apart(places))
    }

    /// Where known secrets stand again, in a place that does not tell what they are. A short one may be any word.
    fn repeated_in(&self, text: &str) -> Vec<Range<usize>> {
        let long = self.secrets.iter().filter(|secret| secret.len() >= LONG_SECRET);
        let found = long.flat_map(|secret| text.match_indices(&**secret).map(|(at, found)| at..at + found.len()));
        found.collect()
    }

    /// The number of a secret, which is known from here on.
    fn number_of(&mut self, secret: &str) -> usize {
        self.secrets.iter().position(|known| known == secret).unwrap_or_else(|| {
            self.secrets.push(secret.to_owned());
            self.secrets.len() - 1
        })
    }

    fn masked<'t>(&mut self, text: &'t str, places: Vec<Range<usize>>) -> Cow<'t, str> {
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        self.has_masks = true;
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for place in places {
            shown.push_str(&text[at..place.start]);
            let secret = &text[place.clone()];
            let number = self.number_of(secret);
            shown.push_str(MASK);
            if number > 0 {
                shown.push_str(&(number + 1).to_string());
            }
            at = place.end;
        }
        shown.push_str(&text[at..]);
        Cow::Owned(shown)
    }
}

/// The places in their order, the longer first where two begin together, without those that overlap one before.
fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut end = 0;
    places.retain(|place| {
        let is_free = place.start >= end;
        end = if is_free { place.end } else { end };
        is_free
    });
    places
}

/// A line and its end.
fn split_end(line: &str) -> (&str, &str) {
    let length = ["\r\n", "\n", "\r"].iter().find(|end| line.ends_with(**end)).map_or(0, |end| end.len());
    line.split_at(line.len() - length)
}

/// How most lines end.
fn usual_end(text: &str) -> &'static str {
    let pairs = text.matches("\r\n").count();
    let feeds = text.matches('\n').count() - pairs;
    let returns = text.matches('\r').count() - pairs;
    if pairs > feeds && pairs >= returns {
        "\r\n"
    } else if returns > feeds {
        "\r"
    } else {
        "\n"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(before: &str, after: &str) -> String {
        let mut differ = Differ::new();
        let mut lines = differ.lines(File { names: ("a.py", "a.py"), before, after, secrets: &[] });
        lines.extend(differ.remark());
        lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
    }

    #[test]
    fn plain_text_is_a_diff_as_ever() {
        assert_eq!(
            written("a\nb\n", "a\nc"),
            "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn what_lands_is_what_is_shown() {
        let text = written("x\n", "x\nevil()  # \u{1b}[2K\u{1b}[1A\ry\n");
        assert!(text.contains("\n+evil()  # \\u{1b}[2K\\u{1b}[1A\\u{d}\n+y\n"), "{text}");
        assert!(text.ends_with(
            "# `\\u{...}` stands for a character that does not show as itself; `patch` cannot apply this text\n"
        ));
    }

    #[test]
    fn usual_ends_are_told_once_and_odd_ones_are_marked() {
        let text = written("a\r\nb\r\n", "a\r\nc\r\nd\n");
        assert!(text.contains("# lines end in CRLF where no end is marked\n"), "{text}");
        assert!(text.contains("\n a\n-b\n+c\n+d\\u{a}\n"), "{text}");
        assert!(text.ends_with(
            "# `\\u{...}` stands for a character that does not show as itself; `patch` cannot apply this text\n"
        ));
        let text = written("a\nb\n", "a\r\nb\n");
        assert!(text.contains("\n-a\n+a\\u{d}\\u{a}\n b\n"), "{text}");
        assert!(!text.contains("# lines"), "{text}");
    }

    #[test]
    fn a_secret_that_stays_is_masked_and_a_new_one_is_shown() {
        let text = written(
            "A = \"redis://:8fk2Lq@h\"\nB = \"redis://:9gl3Mr@h\"\n",
            "B = \"redis://:9gl3Mr@h\"\nA = os.environ[\"A\"]\nC = \"redis://:n3wOne@h\"\n",
        );
        assert!(text.contains("-A = \"redis://:***@h\"\n"), "{text}");
        assert!(text.contains(" B = \"redis://:***2@h\"\n"), "{text}");
        assert!(text.contains("+C = \"redis://:n3wOne@h\"\n"), "{text}");
        assert!(text.contains("`***` stands for a secret"), "{text}");
        assert!(!text.contains("8fk2Lq") && !text.contains("9gl3Mr"), "{text}");
    }

    #[test]
    fn a_secret_that_only_its_finder_knew_is_masked_in_both_texts() {
        let before = "A = 1\nB = join(\"hunter\", \"2abc\")\n";
        let at = before.find("join").unwrap();
        let secrets: Vec<_> = std::iter::once(at..before.len() - 1).collect();
        let mut differ = Differ::new();
        let lines = differ.lines(File {
            names: ("a.py", "a.py"),
            before,
            after: &before.replace("A = 1", "A = 2"),
            secrets: &secrets,
        });
        let text: String = lines.iter().map(|line| format!("{}\n", line.text)).collect();
        assert!(text.contains("-A = 1\n+A = 2\n B = ***\n"), "{text}");
    }

    /// The file's own lines, read back from what is shown.
    fn read_back(lines: &[Line], usual: &str) -> String {
        let mut text = String::new();
        for line in lines {
            match line.kind {
                Kind::Same | Kind::Added => {
                    let body = &line.text.as_str()[1..];
                    let end = ["\\u{d}\\u{a}", "\\u{a}", "\\u{d}"].into_iter().find(|end| body.ends_with(end));
                    text.push_str(&unmarked(body));
                    if end.is_none() {
                        text.push_str(usual);
                    }
                }
                Kind::Remark if line.text.as_str().starts_with('\\') => {
                    text.truncate(text.len() - usual.len());
                }
                _ => {}
            }
        }
        text
    }

    fn unmarked(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("\\u{") {
            out.push_str(&rest[..at]);
            let end = rest[at..].find('}').map(|end| at + end);
            let letter = end.and_then(|end| u32::from_str_radix(&rest[at + 3..end], 16).ok()).and_then(char::from_u32);
            match (letter, end) {
                (Some(letter), Some(end)) => {
                    out.push(letter);
                    rest = &rest[end + 1..];
                }
                _ => {
                    out.push_str("\\u{");
                    rest = &rest[at + 3..];
                }
            }
        }
        out.push_str(rest);
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_added_can_be_read_back(after in "([a-c \t\r\n\u{1b}\u{202e}\u{200b}é]|\r\n|\\\\u\\{1b\\}|\\\\u\\{|[\\PC])*") {
            let mut differ = Differ::new();
            let lines = differ.lines(File { names: ("a", "a"), before: "", after: &after, secrets: &[] });
            for line in &lines {
                prop_assert!(line.text.as_str().chars().all(|letter| letter == '\t' || !crate::is_unseen(letter)));
            }
            prop_assert_eq!(read_back(&lines, usual_end(&after)), after);
        }
    }
}
