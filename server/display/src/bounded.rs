//! How much of others' text a message repeats.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::escape;
use crate::pattern::pattern;
use crate::redaction::masked;

/// Most characters of one piece of code in a message.
pub const MAX_CODE: usize = 60;
/// Most characters of a headline, filled. These lengths are those of docs/style.md.
pub const MAX_HEADLINE: usize = 100;
/// Most characters of a note or a help.
pub const MAX_LINE: usize = 110;
/// Most characters of the title of a rule or a fix.
pub const MAX_TITLE: usize = 50;
/// Most characters of one piece of code in a headline: the excerpt below it shows the rest.
pub const MAX_HEADLINE_CODE: usize = 40;
/// Most characters of a message, whatever is in it.
pub const MAX_MESSAGE: usize = 500;

/// Code between backticks, pair by pair: words between two pieces are none.
static CODE: LazyLock<Regex> = LazyLock::new(|| pattern("`[^`]*`"));

/// The first characters of `text`, at most `most` with the `…` where there are more. A mark is not cut in two.
pub fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most || text.char_indices().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", whole_marks(start_of(text, most.saturating_sub(1))).trim_end()))
}

/// Code as a message shows it: on one line, visible, without secrets, and no longer than [`MAX_CODE`].
pub fn code(text: &str) -> String {
    code_within(text, MAX_CODE)
}

/// The same, no longer than `most` characters. It is cut where a name, a number or a string ends.
pub fn code_within(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in masked(start_of(text, LOOKED_AT)).split_whitespace() {
        // What was broken over lines stands in brackets.
        if !line.is_empty() && !line.ends_with(['(', '[', '{']) && !word.starts_with([')', ']', '}']) {
            line.push(' ');
        }
        line.push_str(word);
    }
    cut(&escape::line(&line), most).into_owned()
}

/// The start of code on one line, at most `most` characters with the `…` where there are more, and no word cut in two.
fn cut(line: &str, most: usize) -> Cow<'_, str> {
    if line.char_indices().nth(most).is_none() {
        return Cow::Borrowed(line);
    }
    let limit = start_of(line, most.saturating_sub(1)).len();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    // Behind a character that is no part of a word, or before a word.
    let is_end = |at: usize, here: char| !(is_word(here) && line[..at].ends_with(is_word));
    let ends =
        line.char_indices().take_while(|(at, _)| *at <= limit).filter(|(at, here)| *at > 0 && is_end(*at, *here));
    let end = ends.last().map_or(limit, |(at, _)| at);
    let kept = whole_marks(&line[..end]).trim_end_matches([' ', ',', '.', ':', '=', '"', '\'']);
    Cow::Owned(format!("{kept}…"))
}

/// `start`, which was cut off, without the part of a mark at its end.
fn whole_marks(start: &str) -> &str {
    match start.rfind("\\u{").filter(|mark| !start[*mark..].contains('}')) {
        Some(mark) => &start[..mark],
        None => start.trim_end_matches("\\u").trim_end_matches('\\'),
    }
}

/// A message to a person: visible, without secrets, its code no longer than [`MAX_CODE`] and itself no longer than
/// [`MAX_MESSAGE`]. Made of what is one already, it is the same.
pub fn message(text: &str) -> String {
    message_within(text, MAX_CODE)
}

/// A message's first line, likewise, with code no longer than [`MAX_HEADLINE_CODE`].
pub fn headline(text: &str) -> String {
    message_within(text, MAX_HEADLINE_CODE)
}

fn message_within(text: &str, most: usize) -> String {
    let text = with_short_code(text, LOOKED_AT);
    let masked = masked(start_of(&text, MAX_MESSAGE + LOOKED_AT));
    let seen = escape::text(&masked);
    clipped(&with_short_code(&seen, most), MAX_MESSAGE).into_owned()
}

/// Code may have a megabyte; of it so many characters are looked at for secrets.
const LOOKED_AT: usize = MAX_CODE * 20;

fn with_short_code(text: &str, most: usize) -> Cow<'_, str> {
    CODE.replace_all(text, |found: &Captures<'_>| format!("`{}`", cut(found[0].trim_matches('`'), most)))
}

/// The first `most` characters.
fn start_of(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// `text` on one line of at most `most` characters: line ends and blanks are one blank, and what is not seen is marked.
pub fn sanitize(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    let mut count = 0;
    let words = text.lines().flat_map(|line| line.split([' ', '\t'])).filter(|word| !word.is_empty());
    for word in words {
        if count > 0 {
            shown.push(' ');
            count += 1;
        }
        // A word may have megabytes: one character more than fits says that there are more.
        let word = start_of(word, (most - count.min(most)).saturating_add(1));
        shown.push_str(word);
        count += word.chars().count();
        if count > most {
            break;
        }
    }
    clipped(&escape::line(&shown), most).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_an_end() {
        let call = format!("f({})", "x, ".repeat(50_000));
        let text = message(&format!("`{call}` can block forever"));
        assert!((MAX_CODE - 3..=MAX_CODE).contains(&(text.chars().count() - "`` can block forever".len())), "{text}");
        assert!(text.ends_with("…` can block forever"), "{text}");
        assert_eq!(message(&text), text);
        let words =
            "`a()` waits for something that takes many words to say, more than a piece of code may have, in `b`";
        assert_eq!(message(words), words);
        assert!(message(&"a".repeat(1 << 20)).chars().count() <= MAX_MESSAGE);
        assert!(message(&"ab ".repeat(1 << 20)).ends_with('…'));
        assert!(code(&call).ends_with('…') && code(&call).chars().count() <= MAX_CODE);
    }

    #[test]
    fn a_message_has_no_secret_and_nothing_unseen() {
        assert_eq!(message("`f(\"rtsp://a:hunter2@h\")` \u{1b}[2K"), "`f(\"rtsp://a:***@h\")` \\u{1b}[2K");
        assert_eq!(code("f(\n    \"rtsp://a:hunter2@h\",\n)"), "f(\"rtsp://a:***@h\",)");
    }

    #[test]
    fn code_is_cut_between_words() {
        assert_eq!(code_within("updates.get( )", 40), "updates.get()");
        assert_eq!(code_within("put(\n    {'type': 'update', 'objects': found}\n)", 30), "put({'type': 'update…");
        assert_eq!(code_within("a foo bar", 6), "a foo…");
        assert_eq!(code_within("put(frame_identifier)", 10), "put(…");
        assert_eq!(code_within("äääääääääääää", 6), "äääää…");
        assert_eq!(code_within("a.b.c.d.e.f", 5), "a.b…");
        assert_eq!(code_within("ab(\u{1b}\u{1b}c)", 9), "ab(…");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(
            sanitize("  \u{1b}[31mred\u{1b}[0m\n\n  next\u{202e} ", 80),
            "\\u{1b}[31mred\\u{1b}[0m next\\u{202e}"
        );
        assert_eq!(sanitize("abcdef", 3), "ab…");
        assert_eq!(sanitize("abc", 3), "abc");
        assert_eq!(sanitize("a\r\nb", 9), "a b");
        assert_eq!(sanitize("a\rb", 9), "a\\u{d}b");
        assert_eq!(sanitize("abcd\u{1b}efgh", 9), "abcd…");
        assert_eq!(sanitize("", 3), "");
        assert_eq!(sanitize("a b", 2), "a…");
        assert_eq!(sanitize(&"x".repeat(9_000_000), 3), "xx…");
    }
}
