//! Marks for characters that would not be seen, or that a terminal would obey.
//!
//! Which ones these are is what Python's `repr` holds to: all that Unicode calls "other" (control, format, private,
//! unassigned) or "separator", except the blank; and what it calls "default ignorable" or draws as nothing. A selector
//! of a variant is left alone behind a picture, where it makes a difference that is seen. A mark is written as Rust and
//! JavaScript write such a character, `\u{1b}`, which is no escape of Python's: it is not taken for one that stands in
//! the source.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::pattern::pattern;

/// Characters of which nothing is seen, blanks apart. The last five are empty by their glyphs alone.
const UNSEEN: &str = r"\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\x{2800}\x{1D159}\x{13441}\x{13442}\x{16FE4}";
/// A picture with the selector of its variant: these stay.
const PICTURE: &str = r"[0-9#*]\x{FE0F}\x{20E3}|[\p{Extended_Pictographic}--\p{C}][\x{FE0E}\x{FE0F}]";
/// More marks above one another would cover the lines around.
const STACK: &str = r"\p{M}{9,}";
const HIGHEST_STACK: usize = 8;
/// What reads like a mark and stands in the text itself.
const LOOKALIKE: &str = r"\\u\{[0-9a-f]{1,6}\}";

static TEXT: LazyLock<Regex> = LazyLock::new(|| of_unseen(&format!("[[{UNSEEN}]--[ \\n\\t]]")));
static LINE: LazyLock<Regex> = LazyLock::new(|| of_unseen(&format!("[[{UNSEEN}]--[ ]]")));
static EXACT_LINE: LazyLock<Regex> =
    LazyLock::new(|| of_unseen(&format!("(?P<lookalike>{LOOKALIKE})|[[{UNSEEN}]--[ \\t]]")));
static ONE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("^[[{UNSEEN}]--[ ]]$")));

fn of_unseen(unseen: &str) -> Regex {
    pattern(&format!("(?P<picture>{PICTURE})|(?P<stack>{STACK})|{unseen}"))
}

/// Text over lines: line feeds and tabs stay. Marked again, it is the same.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    marked(text, &TEXT, b"\n\t\\")
}

/// Text on one line: line feeds and tabs are marked as well. Marked again, it is the same.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    marked(text, &LINE, b"\\")
}

/// A path on one line, with its bytes that are no text as `\xff`.
pub(crate) fn path(path: &OsStr) -> String {
    let mut shown = String::new();
    for chunk in path.as_encoded_bytes().utf8_chunks() {
        shown.push_str(&line(chunk.valid()));
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// A line of a file. What is shown says exactly what is there: a text that reads like a mark is itself marked.
pub(crate) fn exact_line(text: &str) -> Cow<'_, str> {
    marked(text, &EXACT_LINE, b"\t")
}

/// The mark of a character: `\u{1b}`.
pub fn mark(letter: char) -> String {
    letter.escape_unicode().to_string()
}

/// Whether a character would not be seen, or would be obeyed. Line feeds and tabs are among them.
pub fn is_unseen(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    ONE.is_match(letter.encode_utf8(&mut [0; 4]))
}

/// `text` with marks for what `unseen` finds. What is printable ASCII, or one of `plain`, is seen in any case.
fn marked<'t>(text: &'t str, unseen: &Regex, plain: &[u8]) -> Cow<'t, str> {
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'\\' || plain.contains(&byte);
    if text.bytes().all(is_plain) { Cow::Borrowed(text) } else { unseen.replace_all(text, replaced) }
}

fn replaced(found: &Captures<'_>) -> String {
    let whole = &found[0];
    if found.name("picture").is_some() {
        return whole.to_owned();
    }
    if found.name("lookalike").is_some() {
        return format!("{}{}", mark('\\'), &whole[1..]);
    }
    let kept = if found.name("stack").is_some() { HIGHEST_STACK } else { 0 };
    let mut written = String::with_capacity(whole.len() + 8);
    for (index, letter) in whole.chars().enumerate() {
        if index < kept && !is_unseen(letter) {
            written.push(letter);
        } else {
            // Writing into a string cannot fail.
            let _ = write!(written, "{}", letter.escape_unicode());
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_marked() {
        assert_eq!(text("rm -rf /\u{1b}[2K\rls é 日本"), "rm -rf /\\u{1b}[2K\\u{d}ls é 日本");
        assert_eq!(text("a\u{202e}b\n\tc\u{7f}\u{9b}"), "a\\u{202e}b\n\tc\\u{7f}\\u{9b}");
        assert_eq!(line("a\nb\tc"), "a\\u{a}b\\u{9}c");
        for letter in [
            '\u{0}',
            '\u{b}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{378}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{2028}',
            '\u{2066}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            assert!(is_unseen(letter), "{letter:?}");
            assert_eq!(text(&format!("a{letter}b")), format!("a{}b", mark(letter)));
        }
        for letter in ['a', ' ', 'é', '日', 'ش', 'क', '😀', '…', '\u{fffd}', '─'] {
            assert!(!is_unseen(letter), "{letter:?}");
        }
    }

    #[test]
    fn pictures_keep_their_variant_and_letters_have_none() {
        assert_eq!(text("❤\u{fe0f} 1\u{fe0f}\u{20e3} ✔\u{fe0e}"), "❤\u{fe0f} 1\u{fe0f}\u{20e3} ✔\u{fe0e}");
        assert_eq!(text("x\u{fe0f} 1\u{fe0f}"), "x\\u{fe0f} 1\\u{fe0f}");
        assert_eq!(text("👨\u{200d}👩"), "👨\\u{200d}👩");
    }

    #[test]
    fn accents_do_not_pile_up() {
        let pile = "\u{301}".repeat(30);
        assert_eq!(text(&format!("a{pile}")), format!("a{}{}", "\u{301}".repeat(8), "\\u{301}".repeat(22)));
        assert_eq!(text("e\u{301} नि"), "e\u{301} नि");
    }

    #[test]
    fn marking_again_changes_nothing_and_a_line_says_what_is_there() {
        let once = text("a\u{1b}b").into_owned();
        assert_eq!(text(&once), once);
        assert_eq!(exact_line("a\u{1b}b"), "a\\u{1b}b");
        assert_eq!(exact_line("a\\u{1b}b"), "a\\u{5c}u{1b}b");
        assert_eq!(exact_line("a\\u{5c}u{1b}\tb"), "a\\u{5c}u{5c}u{1b}\tb");
        assert_eq!(exact_line(r"'\x1b \u200b \U0001f600'"), r"'\x1b \u200b \U0001f600'");
    }
}
