//! Where secrets stand in a text, for people who look at it.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{PLACEHOLDER, Redactor};
use crate::pattern::pattern;

/// What stands for a secret where a person looks.
pub const MASK: &str = "***";

/// How many texts in `text` read like a [`MASK`]: three stars, and no more.
pub fn masks_in(text: &str) -> usize {
    text.split(|letter| letter != '*').filter(|stars| *stars == MASK).count()
}

/// A quote, an assignment, an address, a word that promises a secret, or letters as many as a key has. A text without any
/// holds no secret, as the property tests hold; most messages have none, and are not looked into.
static LIKELY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"["'=]|://|(?i:pass|pw|psw|secret|key|cred|jwt|bearer|cookie|session|otp|token|auth|sig|curl|wget|http|mysql|mariadb|redis|identified|<redacted)|[A-Za-z0-9_.:/~=+-]{14}"#,
    )
});

/// Whether [`Redactor::text`] may find something.
pub(super) fn may_hold_secret(text: &str) -> bool {
    LIKELY.is_match(text)
}

/// Where the secrets of `text` stand, in order, no two touching and none over a line's end.
pub fn secrets_in(text: &str) -> Vec<Range<usize>> {
    if !may_hold_secret(text) {
        return Vec::new();
    }
    let redacted = Redactor::new().text(text);
    if redacted == text {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    // A redacted text has as many lines.
    for (line, masked) in text.split('\n').zip(redacted.split('\n')) {
        if line != masked {
            // A carriage return is the line's end, too.
            let end = line.trim_end_matches('\r').len();
            let places = in_line(line, masked).into_iter().map(|place| place.start..place.end.min(end));
            found.extend(places.map(|place| start + place.start..start + place.end));
        }
        start += line.len() + 1;
    }
    found
}

/// `text` with [`MASK`] for every secret.
pub fn masked(text: &str) -> Cow<'_, str> {
    let places = secrets_in(text);
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        shown.push_str(&text[at..place.start]);
        shown.push_str(MASK);
        at = place.end;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// What the placeholders in `redacted` stand for in `line`: what is left of it between the texts around them. Where the
/// two do not fit, all of the line is taken for secret.
fn in_line(line: &str, redacted: &str) -> Vec<Range<usize>> {
    let whole = || {
        let start = line.len() - line.trim_start().len();
        let end = line.trim_end().len();
        std::iter::once(start..end).filter(|place| !place.is_empty()).collect()
    };
    let mut between = Vec::new();
    let mut at = 0;
    for placeholder in PLACEHOLDER.find_iter(redacted) {
        between.push(&redacted[at..placeholder.start()]);
        at = placeholder.end();
    }
    let Some(mut position) = between.first().filter(|first| line.starts_with(**first)).map(|first| first.len()) else {
        return whole();
    };
    let last = &redacted[at..];
    let Some(end) = line.len().checked_sub(last.len()).filter(|end| line.ends_with(last) && *end >= position) else {
        return whole();
    };
    let mut places = Vec::with_capacity(between.len());
    for text in &between[1..] {
        // A secret is not empty, so that the text behind it stands at least one character on.
        let first = line[position..end].chars().next().map_or(0, char::len_utf8);
        let Some(found) = line[position + first..end].find(text) else { return whole() };
        places.push(position..position + first + found);
        position += first + found + text.len();
    }
    places.push(position..end);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        secrets_in(text).into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn secrets_have_places() {
        assert_eq!(found("a = 1"), Vec::<&str>::new());
        assert_eq!(found("f('rtsp://a:p1x@h', 'rtsp://b:q2y@h')\npassword = \"hunter2\"\n"), ["p1x", "q2y", "hunter2"]);
        assert_eq!(
            found("k = '''-----BEGIN PRIVATE KEY-----\r\nMII\r\n-----END PRIVATE KEY-----'''\r\nx"),
            ["-----BEGIN PRIVATE KEY-----", "MII", "-----END PRIVATE KEY-----'''"]
        );
        assert_eq!(masked("x = 'redis://:8fk2Lq@h/1'"), "x = 'redis://:***@h/1'");
        assert_eq!(masked(&masked("x = 'redis://:8fk2Lq@h/1'")), "x = 'redis://:***@h/1'");
        assert_eq!(masked("a <redacted:1> b password = 'hunter2'"), "a *** b password = '***'");
    }

    #[test]
    fn what_does_not_fit_is_all_secret() {
        assert_eq!(in_line("  abc ", "x<redacted:1>y").first(), Some(&(2..5)));
        assert_eq!(in_line("abc", "").first(), Some(&(0..3)));
    }
}
