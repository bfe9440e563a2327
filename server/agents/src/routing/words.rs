//! The words of a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::profile::Terms;

/// The words of a request, each as it stands and in lower case.
pub(super) struct Words {
    words: Vec<(String, String)>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let text = text.replace('\u{2019}', "'");
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '\'' | '/');
        let words = text.split(|c| !is_part(c)).map(|word| word.trim_matches(['-', '\'', '/']));
        Self {
            words: words.filter(|word| !word.is_empty()).map(|word| (word.to_owned(), word.to_lowercase())).collect(),
        }
    }

    /// Whether a word is among them; one that ends with `*` stands for all that begin so.
    pub(super) fn has(&self, wanted: &str) -> bool {
        self.words.iter().any(|(_, word)| fits(word, wanted))
    }

    /// Where these words stand in this order, one behind the other: the first one's place, and how many they are.
    fn place(&self, phrase: &str) -> Option<(usize, usize)> {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        let fits_here =
            |words: &[(String, String)]| words.iter().zip(&wanted).all(|((_, word), wanted)| fits(word, wanted));
        self.words.windows(wanted.len()).position(fits_here).map(|at| (at, wanted.len()))
    }

    /// A word or phrase as the user wrote it.
    pub(super) fn said(&self, phrase: &str) -> Option<String> {
        let (at, length) = self.place(phrase)?;
        let said: Vec<&str> = self.words[at..at + length].iter().map(|(said, _)| said.as_str()).collect();
        Some(said.join(" "))
    }

    /// The first of these words and phrases that is there, as the user wrote it.
    pub(super) fn first(&self, wanted: &Terms) -> Option<String> {
        wanted.iter().find_map(|wanted| self.said(wanted))
    }

    /// One of `first`, and behind it one of `second`, as one says "add a new worker process": with no word between that
    /// begins something else ("add tests for the process").
    pub(super) fn close(&self, first: &Terms, second: &Terms) -> Option<(String, String)> {
        const APART: [&str; 15] =
            ["for", "in", "to", "of", "on", "with", "at", "from", "that", "into", "by", "and", "so", "when", "about"];
        for one in first.iter() {
            let Some((at, length)) = self.place(one) else { continue };
            for other in second.iter() {
                let wanted = other.split(' ').count();
                let end = (at + length + 8).min(self.words.len());
                for start in at + length..end {
                    let is_apart =
                        self.words[at + length..start].iter().any(|(_, word)| APART.contains(&word.as_str()));
                    let rest = Self { words: self.words[start..(start + wanted).min(self.words.len())].to_vec() };
                    if !is_apart && let Some(found) = rest.said(other) {
                        return Some((self.said(one)?, found));
                    }
                }
            }
        }
        None
    }

    /// Whether an agent is asked by its name. "The spec from python-architect" names who wrote something.
    pub(super) fn names(&self, agent: &str) -> bool {
        const MADE: [&str; 9] =
            ["designed", "written", "made", "proposed", "produced", "given", "specified", "drawn", "described"];
        let word = |at: Option<usize>| at.and_then(|at| self.words.get(at)).map_or("", |(_, word)| word.as_str());
        self.words.iter().enumerate().filter(|(_, (_, word))| word == agent).any(|(at, _)| {
            let before = word(at.checked_sub(1));
            let is_source = matches!(before, "from" | "of" | "per" | "following" | "after")
                || (before == "by" && MADE.contains(&word(at.checked_sub(2))));
            !is_source
        })
    }

    /// The words before what the work is to follow: "implement it according to the design".
    pub(super) fn without_sources(&self) -> Self {
        let source = [
            "following",
            "according to",
            "as per",
            "as described",
            "as specified",
            "as designed",
            "based on the",
            "designed by",
            "specified by",
            "proposed by",
        ];
        let end = source.iter().filter_map(|phrase| self.place(phrase)).map(|(at, _)| at).filter(|at| *at > 0).min();
        Self { words: self.words[..end.unwrap_or(self.words.len())].to_vec() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Words that say something, in lower case.
    pub(super) fn telling(&self) -> BTreeSet<&str> {
        self.all_telling().map(|(_, word)| word).collect()
    }

    /// The roots of the words that say something, each with a word as the user wrote it.
    pub(super) fn roots(&self) -> BTreeMap<String, String> {
        self.all_telling().map(|(said, word)| (root(word).to_owned(), said.to_owned())).collect()
    }

    fn all_telling(&self) -> impl Iterator<Item = (&str, &str)> {
        const EMPTY: [&str; 24] = [
            "with", "that", "this", "from", "when", "what", "have", "does", "make", "code", "file", "python", "please",
            "should", "would", "could", "into", "there", "which", "help", "project", "their", "your", "about",
        ];
        let words = self.words.iter().map(|(said, word)| (said.as_str(), word.as_str()));
        words.filter(|(_, word)| word.len() >= 4 && !EMPTY.contains(word))
    }
}

/// A word without the ending of its form, where four letters are left.
fn root(word: &str) -> &str {
    let roots = ["ing", "ed", "es", "s", "e"].iter().filter_map(|ending| word.strip_suffix(ending));
    roots.into_iter().find(|root| root.len() >= 4).unwrap_or(word)
}

fn fits(word: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None => word == wanted,
    }
}

/// The user's words in a reason.
pub(super) fn quoted(said: &str) -> String {
    format!("\u{201c}{said}\u{201d}")
}
