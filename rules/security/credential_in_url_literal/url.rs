//! Finding `scheme://user:password@host` in text.

use std::ops::Range;

use pyteam_display::MASK;
use pyteam_syntax::WordList;

/// Stands for an interpolated part of an f-string.
pub(super) const HOLE: char = '\u{0}';

/// Schemes, without `+driver`, whose URLs carry a user and a password.
static SCHEMES: WordList = WordList::new(include_str!("schemes.txt"));

/// A URL that holds a password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credential<'t> {
    /// As written, with its driver.
    pub(super) scheme: &'t str,
    /// Before the colon; may be empty.
    pub(super) user: &'t str,
    /// Behind it.
    pub(super) password: &'t str,
    /// With its port.
    pub(super) host: &'t str,
    /// Where the URL stands, up to its host's end.
    pub(super) range: Range<usize>,
    /// Where the password stands.
    pub(super) password_range: Range<usize>,
}

impl Credential<'_> {
    /// The scheme without its driver: `mysql`, not `mysql+pymysql`.
    pub(super) fn service(&self) -> &str {
        self.scheme.split('+').next().unwrap_or_default()
    }

    /// The URL as it may be shown.
    pub(super) fn redacted(&self) -> String {
        format!("{}://{}:{MASK}@{}", self.scheme, self.user, self.host).replace(HOLE, "{…}")
    }
}

/// All URLs in `text` that carry a constant password.
pub(super) fn find(text: &str) -> Vec<Credential<'_>> {
    text.match_indices("://").filter_map(|(at, _)| read(text, at)).collect()
}

/// The URL whose `://` stands at `colon`.
fn read(text: &str, colon: usize) -> Option<Credential<'_>> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
    let start =
        text[..colon].rfind(|c| !is_scheme(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let scheme = &text[start..colon];
    let known = |part: &str| SCHEMES.contains(&part.to_ascii_lowercase());
    if !scheme.split('+').any(known) {
        return None;
    }
    let from = colon + 3;
    let end = text[from..].find(ends_authority).map_or(text.len(), |length| from + length);
    // A password may hold `@`: the host is what stands behind the last one.
    let at = from + text[from..end].rfind('@')?;
    let separator = from + text[from..at].find(':')?;
    let (user, password, host) = (&text[from..separator], &text[separator + 1..at], &text[at + 1..end]);
    let is_host = host.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '_' | HOLE));
    (is_host && !password.is_empty() && !password.contains(HOLE)).then_some(Credential {
        scheme,
        user,
        password,
        host,
        range: start..end,
        password_range: separator + 1..at,
    })
}

/// What can stand in no authority. Brackets of regular expressions and templates can, and are told apart later.
fn ends_authority(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<(&str, &str, &str, &str)> {
        find(text).into_iter().next().map(|found| (found.scheme, found.user, found.password, found.host))
    }

    #[test]
    fn the_parts_are_told_apart() {
        assert_eq!(one("rtsp://admin:12345@10.0.0.2:554/ch1"), Some(("rtsp", "admin", "12345", "10.0.0.2:554")));
        assert_eq!(one("redis://:s3cr3t@cache"), Some(("redis", "", "s3cr3t", "cache")));
        assert_eq!(one("mysql+pymysql://root:a@b:c@db/x"), Some(("mysql+pymysql", "root", "a@b:c", "db")));
        assert_eq!(one("-i 'ftp://joe:77x@[::1]:21' -y"), Some(("ftp", "joe", "77x", "[::1]:21")));
        assert_eq!(one("jdbc:mysql://root:77x@db"), Some(("mysql", "root", "77x", "db")));
        assert_eq!(one("rtsp://\0:77x@\0/ch1"), Some(("rtsp", "\0", "77x", "\0")));
    }

    #[test]
    fn what_has_no_constant_password_is_no_credential() {
        for text in [
            "http://a.example:80/x@y",
            "rtsp://admin:@10.0.0.2",
            "rtsp://admin@10.0.0.2",
            "models://a:b@c",
            "http://u:\0@h",
            "http://u:a\0b@h",
            "https?://([^:]+):([^@]+)@",
            "docker://image:tag@sha256:0",
            "http://u:p@",
            "a:b@c",
        ] {
            assert_eq!(find(text), [], "{text:?}");
        }
    }
}
