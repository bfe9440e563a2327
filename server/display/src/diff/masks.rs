//! Which parts of a file are secrets that are masked, and how they are written.
//!
//! A line with masks says exactly which text stands there but for the secrets, and two masks are the same where the
//! secrets are: a text that reads like a mask, or that would lengthen the mask beside it, is itself marked.

use std::ops::Range;

use crate::redaction::{MASK, secrets_in};
use crate::{Shown, escape};

/// A secret with so many bytes is one wherever it stands.
const LONG_SECRET: usize = 6;

/// The secrets of the texts before, and their numbers.
#[derive(Debug, Default)]
pub(super) struct Masks {
    secrets: Vec<String>,
    /// What is masked in one line: a secret, or what a line holds of one that goes over several.
    pub(super) numbered: Vec<String>,
}

impl Masks {
    /// Whether anything was masked.
    pub(super) fn are_used(&self) -> bool {
        !self.numbered.is_empty()
    }

    /// Where secrets stand in a text before; they are known from here on. `known` are those that only who found them
    /// knows.
    pub(super) fn before(&mut self, text: &str, known: &[Range<usize>]) -> Vec<Range<usize>> {
        let known = known.iter().filter(|place| text.get((*place).clone()).is_some_and(|secret| !secret.is_empty()));
        let mut places: Vec<Range<usize>> = secrets_in(text).into_iter().chain(known.cloned()).collect();
        for place in &places {
            let secret = &text[place.clone()];
            if !self.secrets.iter().any(|known| known == secret) {
                self.secrets.push(secret.to_owned());
            }
        }
        places.extend(self.repeated_in(text));
        apart(places)
    }

    /// Where secrets stand in a text afterwards that stood in a text before.
    pub(super) fn after(&self, text: &str) -> Vec<Range<usize>> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let mut places = secrets_in(text);
        places.retain(|place| self.secrets.iter().any(|secret| *secret == text[place.clone()]));
        places.extend(self.repeated_in(text));
        apart(places)
    }

    /// Where known secrets stand again, in a place that does not tell what they are. A short one may be any word.
    fn repeated_in(&self, text: &str) -> Vec<Range<usize>> {
        let long = self.secrets.iter().filter(|secret| secret.len() >= LONG_SECRET);
        let found = long.flat_map(|secret| text.match_indices(&**secret).map(|(at, found)| at..at + found.len()));
        found.collect()
    }

    /// Writes a line that begins at `start` in a text with secrets at `places`. Whether anything in it is marked.
    pub(super) fn write(&mut self, line: &str, start: usize, places: &[Range<usize>], into: &mut Shown) -> bool {
        let first = places.partition_point(|place| place.end <= start);
        let inside = |place: &Range<usize>| {
            let end = place.end.min(start + line.len());
            place.start.max(start) - start..end - start
        };
        let mut at = 0;
        let mut has_marks = false;
        for place in places[first..].iter().take_while(|place| place.start < start + line.len()).map(inside) {
            has_marks |= push_exact(&line[at..place.start], at > 0, true, into);
            let number = self.number_of(&line[place.clone()]);
            into.push(Shown::line(MASK));
            if number > 0 {
                into.push(Shown::line(number + 1));
            }
            at = place.end;
        }
        has_marks | push_exact(&line[at..], at > 0, false, into)
    }

    /// The number of what is masked in a line.
    fn number_of(&mut self, masked: &str) -> usize {
        self.numbered.iter().position(|known| known == masked).unwrap_or_else(|| {
            self.numbered.push(masked.to_owned());
            self.numbered.len() - 1
        })
    }
}

/// Adds a text so that nothing in it reads like a mask, nor like a part of one that stands before or behind it. Whether
/// anything is marked.
fn push_exact(text: &str, is_behind: bool, is_before: bool, into: &mut Shown) -> bool {
    let exact = escape::exact_line(text);
    let mut rest = &*exact;
    let mut marked = String::with_capacity(rest.len());
    if let Some(letter) = rest.chars().next().filter(|letter| is_behind && (letter.is_ascii_digit() || *letter == '*'))
    {
        marked.push_str(&escape::mark(letter));
        rest = &rest[1..];
    }
    let (rest, last) = match rest.strip_suffix('*').filter(|_| is_before) {
        Some(rest) => (rest, escape::mark('*')),
        None => (rest, String::new()),
    };
    marked.push_str(&rest.replace(MASK, &format!("**{}", escape::mark('*'))));
    marked.push_str(&last);
    let has_marks = marked != text;
    into.push(Shown::text(marked));
    has_marks
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
