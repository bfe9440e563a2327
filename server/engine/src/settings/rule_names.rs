//! Which codes and families there are, so that a misspelled one is told instead of ignored.

use std::collections::{BTreeMap, BTreeSet};

use crate::builtin;
use crate::page::Page;

/// All codes, each with its family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleNames {
    family_of: BTreeMap<String, String>,
}

impl RuleNames {
    /// The names of `pages`, and of the runner's own codes.
    pub fn new<'a>(pages: impl IntoIterator<Item = &'a Page>) -> Self {
        let pages = pages.into_iter().chain(builtin::pages());
        Self { family_of: pages.map(|page| (page.code.to_string(), page.family.clone())).collect() }
    }
    /// Whether nothing is known. Then no name is called unknown.
    pub fn is_empty(&self) -> bool {
        self.family_of.is_empty()
    }
    /// Whether a rule has this code.
    pub fn is_code(&self, code: &str) -> bool {
        self.family_of.contains_key(builtin::current(code))
    }
    /// All codes, sorted.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.family_of.keys().map(String::as_str)
    }
    /// All families, sorted.
    pub fn families(&self) -> BTreeSet<&str> {
        self.family_of.values().map(String::as_str).collect()
    }
    /// What is wrong with `word` as a code, a family or `all`; `None` when nothing is.
    pub fn objection(&self, word: &str) -> Option<String> {
        if self.is_empty() || word == "all" || self.is_code(word) || self.families().contains(word) {
            return None;
        }
        let names = self.codes().chain(self.families());
        Some(match closest(word, names) {
            Some(name) => format!("unknown rule or family `{word}`; did you mean `{name}`?"),
            None => format!("unknown rule or family `{word}`; run `pyteam rules` for a list"),
        })
    }
}

/// The candidate that `word` was most likely meant to be, if any is near enough.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let near = word.chars().count().div_ceil(3).min(4);
    let distances = candidates.into_iter().map(|candidate| (distance(&word, &plain(candidate)), candidate));
    distances.filter(|(distance, _)| *distance <= near).min().map(|(_, candidate)| candidate)
}

/// Lower case with hyphens: what differs in nothing else is the same word misspelled.
fn plain(word: &str) -> String {
    word.trim().replace(['_', ' '], "-").to_lowercase()
}

/// Insertions, deletions, replacements and swaps of neighbors that lead from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Three rows of the usual table are enough; a word longer than any name needs none.
    if a.len().abs_diff(b.len()) > 4 {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(left != right)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == b[j - 1] && a[i - 1] == *right {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_recognized() {
        let names = ["deep-inheritance", "unsafe-model-load", "select"];
        assert_eq!(closest("deep_inheritence", names), Some("deep-inheritance"));
        assert_eq!(closest("unsafe-modle-load", names), Some("unsafe-model-load"));
        assert_eq!(closest("slect", names), Some("select"));
        assert_eq!(closest("color", names), None);
        assert_eq!(closest("", names), None);
    }

    #[test]
    fn swapped_neighbors_are_one_step() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
