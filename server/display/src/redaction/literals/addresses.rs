//! Credentials of an address that no one literal shows: it goes over several literals or lines, or is a template that is
//! filled.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::lexer::{Placed, Token};
use super::super::names::Secrecy;
use super::super::tokens as shapes;
use super::super::values::is_secret;
use super::directly_in;
use crate::pattern::pattern;

/// The password's place in a template, by the number or the name of its field.
static FORMATTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"://[^\s/@]*:(?P<field>\{(?P<name>[A-Za-z0-9_]*)[^{}]*\})@"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{[^{}]*\}"));
static PERCENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"://[^\s/@]*:(?P<field>%s)@"));
static CONVERSION: LazyLock<Regex> = LazyLock::new(|| pattern("%[^%]"));

/// The password of an address that goes over several literals, or over a line's end in one.
pub(super) fn split(text: &str, places: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for place in places {
        let mut at = place.start;
        for (end, found) in
            text[place.clone()].match_indices("\\\n").map(|(end, found)| (place.start + end, found.len()))
        {
            parts.push(at..end);
            at = end + found;
        }
        parts.push(at..place.end);
    }
    if parts.len() < 2 {
        return None;
    }
    let value: String = parts.iter().map(|part| &text[part.clone()]).collect();
    let secret = shapes::password_of_address(&value)?;
    let mut start = 0;
    let mut found = Vec::new();
    for part in parts {
        let (from, to) = (secret.start.max(start), secret.end.min(start + part.len()));
        if from < to {
            found.push(part.start + from - start..part.start + to - start);
        }
        start += part.len();
    }
    Some(found)
}

/// The literal that a template gets for its password: `"https://{}:{}@host".format("bob", "...")`, and the same with `%`.
/// `rest` are the tokens behind the template.
pub(super) fn filled(text: &str, template: &str, rest: &[Placed]) -> Option<Vec<Range<usize>>> {
    let is_name = |placed: &Placed, name: &str| placed.token == Token::Name && text[placed.place.clone()] == *name;
    let (captures, fields, arguments) = match rest {
        [dot, format, open, rest @ ..]
            if dot.token == Token::Sign(b'.') && is_name(format, "format") && open.token == Token::Sign(b'(') =>
        {
            (FORMATTED.captures(template)?, &*FIELD, rest)
        }
        [percent, open, rest @ ..] if percent.token == Token::Sign(b'%') && open.token == Token::Sign(b'(') => {
            (PERCENT.captures(template)?, &*CONVERSION, rest)
        }
        _ => return None,
    };
    let field = captures.name("field")?;
    let name = captures.name("name").map_or("", |name| name.as_str());
    let number = match name.parse() {
        Ok(number) => number,
        Err(_) => fields.find_iter(&template[..field.start()]).count(),
    };
    let is_keyword = name.starts_with(|letter: char| !letter.is_ascii_digit());
    let mut keyword = "";
    for (position, placed) in directly_in(arguments) {
        match placed.token {
            Token::Sign(b',') => keyword = "",
            Token::Name => keyword = &text[placed.place.clone()],
            Token::Text { is_template: false, .. }
                if (if is_keyword { keyword == name } else { position == number })
                    && is_secret("password", Secrecy::Password, &text[placed.place.clone()]) =>
            {
                return Some(vec![placed.place.clone()]);
            }
            _ => {}
        }
    }
    None
}
