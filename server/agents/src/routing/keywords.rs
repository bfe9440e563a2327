//! What the words of a request and the facts of a place count for each agent, by the pages of the team.

use super::words::{Words, quoted};
use super::{Clues, Scores, Source};
use crate::profile::{Keywords, PlaceClue, Profile, Terms};
use crate::team::Team;

/// Topics that the place decides and no words.
#[cfg(test)]
pub(super) const FACTS: [&str; 3] = ["processes here", "channels here", "no process yet"];
/// Topics that ask for one another deeper than this hold for none.
const MAX_DEPTH: u32 = 8;

/// A request, with the pages of those who could answer it.
struct Request<'a> {
    clues: &'a Clues,
    words: &'a Words,
    /// The words that do not name what the work follows.
    own: Words,
    profiles: Vec<(&'a str, &'a Profile)>,
}

/// What was said of an entry's words.
struct Said {
    /// In the user's spelling: by topic, and the first one of the entry itself.
    words: Vec<String>,
    /// How many of the entry's words.
    count: u32,
}

/// Weighs the keywords and places of all pages.
pub(super) fn weigh(team: &Team, clues: &Clues, words: &Words, scores: &mut Scores) {
    let profiles = team.in_use().filter_map(|agent| Some((&*agent.name, agent.profile.as_deref()?))).collect();
    let request = Request { clues, words, own: words.without_sources(), profiles };
    for (agent, profile) in &request.profiles {
        for entry in &profile.keywords {
            request.weigh_words(agent, profile, entry, scores);
        }
        for clue in &profile.place {
            request.weigh_place(agent, clue, scores);
        }
    }
}

impl Request<'_> {
    fn weigh_words(&self, agent: &str, profile: &Profile, entry: &Keywords, scores: &mut Scores) {
        if entry.weight == 0 && !entry.bars {
            return;
        }
        let Some(said) = self.said(profile, entry, 0) else { return };
        if entry.bars {
            scores.bar(agent);
            return;
        }
        // Words are likely to mean the same; each further one weighs less.
        let is_plain = entry.then.is_empty() && entry.with.is_empty();
        let weight = entry.weight + if is_plain { 2 * said.count.saturating_sub(1).min(3) } else { 0 };
        let all = said.words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" and ");
        let reason = match &entry.reason {
            Some(reason) => reason.replace("{}", &all),
            None => format!("the request mentions {all} ({})", profile.about),
        };
        scores.add(agent, weight, Source::Request, reason);
    }

    fn weigh_place(&self, agent: &str, clue: &PlaceClue, scores: &mut Scores) {
        let imported = clue.imports.iter().find(|package| imports(self.clues, package));
        if (!clue.imports.is_empty() && imported.is_none()) || !self.holds(&clue.with, &clue.without, 0) {
            return;
        }
        // Test files import pytest, whatever they test.
        let weight = if self.words.is_empty() { clue.weight } else { (clue.weight / 2).min(3) };
        let (source, reason) = match imported {
            Some(package) => (Source::Imports, format!("the file imports `{package}`")),
            None => (Source::Shape, String::new()),
        };
        scores.add(agent, weight, source, clue.reason.clone().unwrap_or(reason));
    }

    /// What the request says of an entry's words; none where its conditions do not hold.
    fn said(&self, profile: &Profile, entry: &Keywords, depth: u32) -> Option<Said> {
        let words = if profile.skips_sources { &self.own } else { self.words };
        if words.is_empty() || words.first(&entry.unless).is_some() || !self.holds(&entry.with, &entry.without, depth) {
            return None;
        }
        let mut said = Said { words: Vec::new(), count: 0 };
        for word in entry.with.iter().filter_map(|topic| self.topic(topic, depth + 1)) {
            if !word.is_empty() && !said.words.contains(&word) {
                said.words.push(word);
            }
        }
        if !entry.then.is_empty() {
            let (first, second) = words.close(&entry.words, &entry.then)?;
            said.words.extend([first, second]);
        } else if !entry.words.is_empty() {
            let mut own = entry.words.iter().filter_map(|word| words.said(word));
            let first = own.next()?;
            said.count = 1 + own.count() as u32;
            if !said.words.contains(&first) {
                said.words.push(first);
            }
        }
        Some(said)
    }

    fn holds(&self, with: &Terms, without: &Terms, depth: u32) -> bool {
        with.iter().all(|topic| self.topic(topic, depth + 1).is_some())
            && without.iter().all(|topic| self.topic(topic, depth + 1).is_none())
    }

    /// The word by which the request is about a topic, as the user wrote it; an empty one where a fact of the place
    /// decides. None where it is not about it.
    fn topic(&self, topic: &str, depth: u32) -> Option<String> {
        let clues = self.clues;
        let fact = match topic {
            "processes here" => Some(clues.processes > 0),
            "channels here" => Some(clues.channels > 0),
            "no process yet" => Some(clues.processes_in_workspace == Some(0)),
            _ => None,
        };
        match fact {
            Some(holds) => holds.then(String::new),
            None if depth > MAX_DEPTH => None,
            None => self.profiles.iter().find_map(|(_, profile)| {
                let mut entries = profile.keywords.iter().filter(|entry| entry.topic.as_deref() == Some(topic));
                entries.find_map(|entry| self.said(profile, entry, depth)?.words.pop())
            }),
        }
    }
}

fn imports(clues: &Clues, package: &str) -> bool {
    clues.imports.iter().any(|module| module.split('.').next() == Some(package))
}
