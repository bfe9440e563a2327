//! What a user reads, taken out of pages, source and snapshots, and the words that docs/style.md forbids in it.

mod rust_strings;
mod script_strings;
mod sentences;
mod snapshot;

pub use self::sentences::{sentences, word_count};
pub use self::snapshot::{Kind, Said, snapshots};

/// Words and phrases in lower case, each with what to say instead.
const WORDS: &[(&[&str], &str)] = &[
    (&["time-out", "time-outs"], "timeout"),
    (&["for ever"], "forever"),
    (&["nobody", "somebody", "anybody", "everybody", "whoever", "whomever"], "the actor: producer, consumer, caller"),
    (&["mend", "mends", "mended", "mending", "repair", "repairs", "repaired", "repairing"], "fix"),
    (&["heed", "heeds", "heeded"], "apply, follow"),
    (&["objection", "objections", "remark", "remarks"], "finding; info for the severity"),
    (&["silences", "silenced", "silencing"], "suppress"),
    (&["look at", "looks at", "looked at", "look into", "looks into", "looked into"], "check, read"),
    (&["wait forever", "waits forever", "waiting forever"], "block forever"),
    (&["stand still", "stands still"], "block"),
    (&["comes to its end", "come to its end"], "exit, return, stop"),
    (&["on offer"], "offered"),
    (&["back end", "back ends", "back-end", "back-ends"], "backend"),
    (&["working folder", "working folders"], "current directory"),
    (&["behaviour", "behaviours"], "behavior"),
    (&["analyse", "analysed", "analysing"], "analyze"),
    (&["colour", "colours", "coloured"], "color"),
    (&["initialise", "initialised", "serialise", "serialised", "synchronise", "synchronised"], "-ize"),
    (&["recognise", "recognised", "recognises", "organise", "organised", "normalise", "normalised"], "-ize"),
    (&["authorisation", "initialisation", "serialisation", "organisation"], "-ization"),
    (&["neighbour", "neighbours", "favour"], "-or"),
    (&["cancelled", "cancelling", "labelled", "modelling", "signalled"], "one l: canceled"),
    // What fixes wrote into users' code once.
    (&["took nothing", "was not free"], "no message from, not acquired"),
];

/// Words with the lines (from 1) that they are on. Code is left out.
#[derive(Debug, Default)]
pub struct Text {
    words: Vec<(usize, String)>,
}

impl Text {
    /// All words but those in backticks.
    pub fn plain(text: &str) -> Self {
        let mut found = Self::default();
        text.lines().enumerate().for_each(|(at, line)| found.add(at + 1, line));
        found
    }

    /// Words of Markdown outside code blocks, and what the snapshots of rule pages say.
    pub fn markdown(text: &str) -> Self {
        let mut found = Self::default();
        let mut fence: Option<usize> = None;
        let mut said = snapshots(text).into_iter().peekable();
        for (at, line) in text.lines().enumerate() {
            let ticks = line.trim_start().chars().take_while(|c| *c == '`').count();
            match fence {
                Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
                Some(_) => {}
                None if ticks >= 3 => fence = Some(ticks),
                None => found.add(at + 1, line),
            }
            while let Some(one) = said.next_if(|one| one.line <= at + 1) {
                found.stop();
                found.add(one.line, one.text);
                found.stop();
            }
        }
        found
    }

    /// Words of the string literals of shipped Rust: those of a sentence or two, for a key or a name is no text.
    pub fn rust_strings(source: &str) -> Self {
        let mut found = Self::default();
        for (line, literal) in rust_strings::of(source) {
            if literal.trim().contains(char::is_whitespace) {
                // A line that goes on ends with a backslash.
                let lines = literal.lines().map(|text| text.trim_end_matches('\\').replace("\\n", " "));
                lines.enumerate().for_each(|(at, text)| found.add(line + at, &text));
                found.stop();
            }
        }
        found
    }

    /// Words of the string literals of an editor's TypeScript or Lua, likewise.
    pub fn script_strings(source: &str) -> Self {
        let mut found = Self::default();
        for (line, literal) in script_strings::of(source) {
            if literal.trim().contains(char::is_whitespace) {
                literal.lines().enumerate().for_each(|(at, text)| found.add(line + at, text));
                found.stop();
            }
        }
        found
    }

    fn add(&mut self, line: usize, text: &str) {
        for (at, part) in text.split('`').enumerate() {
            if at % 2 == 1 {
                self.stop();
                continue;
            }
            let mut word = String::new();
            let mut is_name = false;
            for c in part.chars().chain([' ']) {
                // What a format string names in braces is code.
                is_name = c == '{' || is_name && c != '}' && !c.is_whitespace();
                if is_name {
                    self.stop();
                    continue;
                }
                if c.is_alphanumeric() || matches!(c, '-' | '_' | '\'') {
                    word.extend(c.to_lowercase());
                    continue;
                }
                if !word.is_empty() {
                    self.words.push((line, std::mem::take(&mut word)));
                }
                if !c.is_whitespace() {
                    self.stop();
                }
            }
        }
    }

    /// A phrase does not go on behind this.
    fn stop(&mut self) {
        let line = self.words.last().map_or(0, |(line, _)| *line);
        self.words.push((line, String::new()));
    }
}

/// The forbidden words in a text: line, and what to say instead.
pub fn word_faults(text: &Text) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    for (at, (line, _)) in text.words.iter().enumerate() {
        for (forbidden, instead) in WORDS {
            let is_here = |phrase: &&&str| {
                phrase
                    .split(' ')
                    .enumerate()
                    .all(|(ahead, word)| text.words.get(at + ahead).is_some_and(|(_, there)| there == word))
            };
            if let Some(phrase) = forbidden.iter().find(is_here) {
                faults.push((*line, format!("\"{phrase}\"; say {instead}")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_prose_alone() {
        let page = "Somebody waits\nfor\never. `nobody`\n```python\n# whoever\n```\nA mended time-out.\n";
        let found = word_faults(&Text::markdown(page));
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 7, 7], "{found:?}");
        assert!(found[1].1.contains("\"for ever\"; say forever"), "{found:?}");
    }

    #[test]
    fn a_snapshot_is_read_and_its_diff_is_not() {
        let page = "```snapshot\na.py:1:2: error[x]: nobody mends\n  note: whoever\n  fix (safe): Mend it\n--- a.py\n+++ a.py\n@@ -1 +1 @@\n-# heed\n+# heeded\n```\n";
        let found = word_faults(&Text::markdown(page));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 2, 3, 4], "{found:?}");
    }

    #[test]
    fn strings_of_editors_are_read_and_comments_are_not() {
        let typescript = "/** whoever 'for ever it' is */\nsay(`it is ${mended(`for ever x`)} a time-out`);\n// 'nobody is'\n\
                          say('it\\'s for ever', \"nobody is\", 'mended');\n";
        let found = word_faults(&Text::script_strings(typescript));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 4], "{found:?}");
        let lua = "-- it's 'for ever it'\nlocal function x()\n  say('it is `mended` for ever')\nend\n";
        let found = word_faults(&Text::script_strings(lua));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3], "{found:?}");
    }

    #[test]
    fn strings_of_code_are_read_and_comments_are_not() {
        let source = "// nobody \"nobody here\"\nlet a = \"for ever and\"; let b = '\"'; let c = r#\"a \"mended\" one\"#;\n\
                      let key = \"repair\"; x.expect(\"somebody did\");\n#[cfg(test)]\nmod d;\n#[cfg(test)]\nmod e {\n\
                      const E: &str = \"whoever it is\";\n}\nlet f = \"it is mended\";\n";
        let found = word_faults(&Text::rust_strings(source));
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 2, 10], "{found:?}");
    }
}
