//! What the words of the team's pages count: a word that few pages have says more.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{Words, quoted};
use super::{Scores, Source};
use crate::agent::Agent;
use crate::team::Team;

/// What all words of a page count at most: less than one of its keywords.
const MAX_WEIGHT: u32 = 6;
/// A word counts one for each time that its pages are half as many as before. With less than this, a quarter of the
/// team or more has it.
const MIN_BITS: u32 = 2;

/// Weighs the words of a request that the pages have, too: descriptions, what is produced, instructions.
pub(super) fn weigh(team: &Team, words: &Words, scores: &mut Scores) {
    let asked = words.roots();
    if asked.is_empty() {
        return;
    }
    let members = team.in_use().filter(|agent| agent.profile.is_some());
    let pages: Vec<(&str, BTreeSet<String>)> =
        members.map(|agent| (&*agent.name, Words::of(&text(agent)).roots().into_keys().collect())).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for root in pages.iter().flat_map(|(_, page)| page) {
        *counts.entry(root).or_default() += 1;
    }
    for (agent, page) in &pages {
        let bits = |root: &str| counts.get(root).and_then(|count| (pages.len() / count).checked_ilog2()).unwrap_or(0);
        let common = asked.iter().filter(|(root, _)| page.contains(*root)).map(|(root, said)| (bits(root), said));
        let telling: Vec<(u32, &String)> = common.filter(|(bits, _)| *bits >= MIN_BITS).collect();
        let weight = telling.iter().map(|(bits, _)| bits).sum::<u32>().min(MAX_WEIGHT);
        if let Some((_, said)) = telling.iter().max_by_key(|(bits, _)| *bits) {
            scores.add(agent, weight, Source::Request, format!("its page mentions {}", quoted(said)));
        }
    }
}

fn text(agent: &Agent) -> String {
    let name = agent.name.replace('-', " ");
    [&name, &agent.description, &agent.produces.join(" "), &agent.instructions].map(String::as_str).join(" ")
}
