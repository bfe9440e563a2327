//! What becomes of a change: it is checked, shown, asked about, made, and looked at again.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use pyteam_agents::change::Caution;
use pyteam_agents::run::Recorded;
use pyteam_agents::{Answer, Change, UserDirs};
use pyteam_display::Shown;
use pyteam_engine::settings::SettingsProblem;

use super::super::args::AskArgs;
use super::super::console::{self, Console};
use super::super::{Exit, gathered};
use super::apply::{self, Stopped};
use super::loaded::Loaded;
use super::{Asked, talk};
use crate::agent_request::{self, Checkup, Comparison};

/// Whether a change is made.
enum Consent {
    /// It is: who or what said so.
    Given(&'static str),
    /// It is not; why, and what the user is told.
    Withheld(&'static str, String),
    /// It is not, since what was said before does not cover it; why.
    Uncovered(String),
}

/// A change, and what it would do to the findings.
pub(super) struct Proposal<'a> {
    change: &'a Change,
    is_unfinished: bool,
    before: Checkup,
    /// What it would do to the findings.
    pub(super) comparison: Comparison,
}

impl<'a> Proposal<'a> {
    /// Checks the workspace as it would be. `loaded` holds that then.
    pub(super) fn of(asked: &Asked<'_>, answer: &'a Answer, loaded: &mut Loaded) -> Self {
        let change = &answer.change;
        let before = loaded.checkup(asked.root);
        loaded.propose(asked.root, change);
        let comparison = before.compare(&loaded.checkup(asked.root), change);
        asked.record.add(&comparison.recorded("proposed"));
        Self { change, is_unfinished: answer.is_unfinished, before, comparison }
    }

    /// Asks for consent, and makes the change where it is given.
    pub(super) fn settle(self, asked: &Asked<'_>, loaded: &mut Loaded, console: &mut Console) -> anyhow::Result<Exit> {
        say(&self.comparison);
        let decided = |accepted, reason: &str| {
            asked.record.add(&Recorded::Decided { accepted, reason: reason.to_owned() });
        };
        let reason = match consent(asked, self.change, self.is_unfinished)? {
            Consent::Given(reason) => reason,
            Consent::Withheld(reason, note) => {
                decided(false, reason);
                console::note(Shown::text(&note));
                return Ok(Exit::Clean);
            }
            Consent::Uncovered(reason) => {
                decided(false, &reason);
                console.flush()?;
                console::error(Shown::text(format!("{NOT_APPLIED}: {reason}")));
                return Ok(Exit::Failure);
            }
        };
        match apply::apply(asked.root, self.change, UserDirs::of_user().state.as_deref()) {
            Ok(()) => {}
            Err(Stopped::Refused(message)) => {
                decided(false, &message);
                console::error(Shown::text(&message));
                return Ok(Exit::Failure);
            }
            Err(Stopped::Interrupted(interrupted)) => {
                decided(interrupted.is_complete, &interrupted.to_string());
                return Err(interrupted.into());
            }
        }
        decided(true, reason);
        self.look_again(asked, loaded)?;
        Ok(Exit::Clean)
    }

    /// Reads the workspace once more, and says what became of it.
    fn look_again(&self, asked: &Asked<'_>, loaded: &mut Loaded) -> anyhow::Result<()> {
        console::note(Shown::text(format!("changed {}", self.change.list().join(", "))));
        if let Some(mut after) = Loaded::read(asked.root, asked.paths)? {
            let is_new = |mistake: &&SettingsProblem| !loaded.mistakes.contains(mistake);
            let new: Vec<SettingsProblem> = after.mistakes.iter().filter(is_new).cloned().collect();
            gathered::say_mistakes(&new, asked.paths);
            std::mem::swap(loaded, &mut after);
            let comparison = self.before.compare(&loaded.checkup(asked.root), self.change);
            asked.record.add(&comparison.recorded("applied"));
            say(&comparison);
        }
        let changed: Vec<PathBuf> = self.change.files.iter().map(|file| asked.root.join(&file.path)).collect();
        for next in agent_request::next_steps(asked.team, self.change, loaded.rules_found_in(&changed)) {
            console::note(Shown::text(format!("next: {} ({})", next.agent, next.reason)));
        }
        Ok(())
    }
}

/// Says what a change does to the findings, what is bad first.
fn say(comparison: &Comparison) {
    comparison.alarms().iter().for_each(|alarm| console::warning(Shown::text(alarm)));
    console::note(Shown::text(comparison.sentence()));
}

/// How the user is told that a change was not made; the record says so itself.
const NOT_APPLIED: &str = "change not applied";

/// Why a change whose agent stopped in the middle of it is not made.
const UNFINISHED: &str = "the agent stopped before it was done, and half a change needs confirmation in a terminal; \
                          ask for less at once";

/// Whether the user wants the change: said before, or asked now.
fn consent(asked: &Asked<'_>, change: &Change, is_unfinished: bool) -> anyhow::Result<Consent> {
    let cautions = change.cautions();
    let uncovered: Vec<&Caution> = cautions.iter().filter(|caution| !is_covered(caution, asked.args)).collect();
    let is_there = io::stdin().is_terminal();
    if asked.args.yes && uncovered.is_empty() && !is_unfinished {
        return Ok(Consent::Given("--yes"));
    }
    if !is_there {
        return Ok(if asked.args.yes && is_unfinished {
            Consent::Uncovered(UNFINISHED.to_owned())
        } else if asked.args.yes {
            Consent::Uncovered(beyond_yes(&uncovered))
        } else {
            Consent::Withheld("no terminal", without_terminal(&uncovered))
        });
    }
    Ok(if talk::confirm_change(change, &cautions, &asked.agent.name)? {
        Consent::Given("confirmed by the user")
    } else {
        Consent::Withheld("discarded by the user", "change discarded".to_owned())
    })
}

fn is_covered(caution: &Caution, args: &AskArgs) -> bool {
    if caution.is_deletion() { args.allow_deletions } else { args.allow_autorun }
}

/// What is said where standard input is no terminal: all flags that this change needs.
fn without_terminal(uncovered: &[&Caution]) -> String {
    let start = format!("{NOT_APPLIED}: no terminal for confirmation");
    if uncovered.is_empty() {
        return format!("{start}; use `--yes`");
    }
    let flags = flags(uncovered).join(" and ");
    format!("{start}. The change {}: review it, then use `--yes` with {flags}", named(uncovered))
}

/// Why a change that `--yes` alone does not cover is not made.
fn beyond_yes(uncovered: &[&Caution]) -> String {
    format!(
        "it {}, which `--yes` alone does not cover; review it, and add {}",
        named(uncovered),
        flags(uncovered).join(" and ")
    )
}

/// What a change does that wants a look of its own.
fn named(uncovered: &[&Caution]) -> String {
    let named: Vec<String> = uncovered.iter().take(10).map(ToString::to_string).collect();
    let more = uncovered.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

/// The flags that cover it.
fn flags(uncovered: &[&Caution]) -> Vec<&'static str> {
    let deletions = uncovered.iter().any(|caution| caution.is_deletion()).then_some("`--allow-deletions`");
    let autorun = uncovered.iter().any(|caution| !caution.is_deletion()).then_some("`--allow-autorun`");
    deletions.into_iter().chain(autorun).collect()
}
