//! Who should be asked, and why. No model decides it: the same clues give the same answer.
//!
//! A rule's finding goes to its owner. Anything else is weighed: what the request says, what the file imports and is,
//! what was found in it. At most three are named, each with the reason that weighed most.

mod handoffs;
mod keywords;
mod rarity;
mod words;
mod work;

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use serde::Serialize;

pub use self::handoffs::{FinishedWork, handoffs};
use self::words::Words;
use crate::agent::Agent;
use crate::team::Team;

/// So many are named at most.
pub const MAX_CHOICES: usize = 3;
/// Less than this is chance.
const THRESHOLD: u32 = 4;

/// What is known of a request. A crate that knows the workspace fills it; what is unknown stays empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// What is wanted, in the user's own words; empty where a place alone is pointed at.
    pub goal: String,
    /// The file, relative to the workspace, with `/`.
    pub path: Option<String>,
    /// The modules that it imports, dotted: `torch.nn`.
    pub imports: Vec<String>,
    /// How many queues and pipes it touches.
    pub channels: usize,
    /// How many processes and threads it makes, or runs in.
    pub processes: usize,
    /// How many processes and threads the whole workspace has, where that is known.
    pub processes_in_workspace: Option<usize>,
    /// Codes of the rules that found something in it, one for each finding.
    pub rules_found: Vec<String>,
    /// The rule of the finding that is pointed at.
    pub finding_rule: Option<String>,
}

/// An agent to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The agent's name.
    pub agent: String,
    /// Why, in a sentence for the user.
    pub reason: String,
}

/// Whose this rule's findings are.
pub fn owner(team: &Team, rule: &str) -> Option<Choice> {
    let agent = team.owner_of(rule)?;
    Some(Choice { agent: agent.name.clone(), reason: format!("owns the rule `{rule}`") })
}

/// Who should be asked, the first one first.
pub fn route(team: &Team, clues: &Clues) -> Vec<Choice> {
    let mut scores = Scores::default();
    let words = Words::of(&clues.goal);
    for agent in team.in_use() {
        if words.names(&agent.name) {
            scores.add(&agent.name, 1000, Source::Request, "named in the request".to_owned());
        }
    }
    if let Some(choice) = clues.finding_rule.as_deref().and_then(|rule| owner(team, rule)) {
        scores.add(&choice.agent, 100, Source::Rule, choice.reason);
    }
    weigh_rules(team, clues, &mut scores);
    weigh_path(team, clues, &mut scores);
    weigh_descriptions(team, &words, &mut scores);
    keywords::weigh(team, clues, &words, &mut scores);
    rarity::weigh(team, &words, &mut scores);
    let choices = scores.best(team);
    if choices.is_empty() {
        let fallback = |agent: &Agent| {
            let reason = agent.profile.as_ref()?.fallback.clone()?;
            Some(Choice { agent: agent.name.clone(), reason })
        };
        return team.in_use().find_map(fallback).into_iter().collect();
    }
    choices
}

fn weigh_rules(team: &Team, clues: &Clues, scores: &mut Scores) {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for rule in &clues.rules_found {
        if let Some(owner) = team.owner_of(rule) {
            *counts.entry(&owner.name).or_default() += 1;
        }
    }
    for (agent, count) in counts {
        let findings =
            if count == 1 { "the rule of 1 finding".to_owned() } else { format!("the rules of {count} findings") };
        scores.add(agent, (3 + count).min(9), Source::Rule, format!("owns {findings} here"));
    }
}

fn weigh_path(team: &Team, clues: &Clues, scores: &mut Scores) {
    let Some(path) = &clues.path else { return };
    for agent in team.in_use() {
        // The first of the team that matches is the nearest one; all others of that kind come behind.
        if let Some(glob) = agent.owns.iter().find(|glob| matches(glob, path)) {
            let reason = format!("owns files like `{glob}`");
            scores.add(&agent.name, 8, Source::Path, reason);
        }
    }
}

/// Agents that are not ours are found by what they say of themselves.
fn weigh_descriptions(team: &Team, words: &Words, scores: &mut Scores) {
    for agent in team.in_use().filter(|agent| agent.profile.is_none()) {
        let described = Words::of(&format!("{} {}", agent.name.replace('-', " "), agent.description));
        let common = words.telling().into_iter().filter(|word| described.has(word)).count() as u32;
        if common >= 2 {
            let reason = "its description matches the request".to_owned();
            scores.add(&agent.name, (2 * common).min(12), Source::Request, reason);
        }
    }
}

fn matches(glob: &str, path: &str) -> bool {
    let glob = GlobBuilder::new(glob).literal_separator(true).build();
    glob.is_ok_and(|glob| GlobMatcher::is_match(&glob.compile_matcher(), path))
}

/// Where a reason comes from: of each kind, one is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// What the user wrote.
    Request,
    /// The findings.
    Rule,
    Path,
    Imports,
    /// Processes and channels.
    Shape,
}

/// What speaks for whom.
#[derive(Default)]
struct Scores {
    by_agent: BTreeMap<String, Score>,
}

#[derive(Default)]
struct Score {
    total: u32,
    heaviest: u32,
    reasons: BTreeMap<Source, Reason>,
    /// It is not to be asked, whatever else speaks for it.
    barred: bool,
}

/// What speaks for an agent, of one kind.
#[derive(Default)]
struct Reason {
    heaviest: u32,
    /// What all of the kind weigh together.
    total: u32,
    /// The heaviest one, for the user.
    text: String,
}

impl Score {
    /// What decided: the heaviest kind of reason, and the next one where that weighs half as much.
    fn reason(&self) -> String {
        let mut reasons: Vec<_> = self.reasons.values().collect();
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.total));
        match reasons.as_slice() {
            [first, second, ..] if 2 * second.total >= first.total => format!("{}, and {}", first.text, second.text),
            [first, ..] => first.text.clone(),
            [] => String::new(),
        }
    }
}

impl Scores {
    fn add(&mut self, agent: &str, weight: u32, source: Source, reason: String) {
        let score = self.by_agent.entry(agent.to_owned()).or_default();
        score.total += weight;
        score.heaviest = score.heaviest.max(weight);
        let kept = score.reasons.entry(source).or_default();
        kept.total += weight;
        // Of one kind, the reason that weighs most is shown; of equal ones the first.
        if weight > kept.heaviest {
            (kept.heaviest, kept.text) = (weight, reason);
        }
    }

    fn bar(&mut self, agent: &str) {
        self.by_agent.entry(agent.to_owned()).or_default().barred = true;
    }

    fn best(self, team: &Team) -> Vec<Choice> {
        let named = |score: &Score| score.heaviest >= 1000;
        let mut scores: Vec<(String, Score)> = self
            .by_agent
            .into_iter()
            .filter(|(name, score)| {
                score.total >= THRESHOLD && (!score.barred || named(score)) && team.get(name).is_some()
            })
            .collect();
        // Of equals, the one whose turn is earlier in a piece of work.
        let order =
            |name: &str| team.get(name).and_then(|agent| agent.profile.as_ref()).map_or(u32::MAX, |it| it.order);
        scores.sort_by_key(|(name, score)| (std::cmp::Reverse(score.total), order(name), name.clone()));
        let first = scores.first().map_or(0, |(_, score)| score.total);
        scores
            .into_iter()
            // Beside a strong candidate, a weak one is noise.
            .filter(|(_, score)| score.total * 4 >= first)
            .take(MAX_CHOICES)
            .map(|(agent, score)| Choice { agent, reason: score.reason() })
            .collect()
    }
}

#[cfg(test)]
mod tests;
