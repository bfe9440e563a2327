//! The team behind the light bulb: who is offered, and the requests that are under way.
//!
//! The owner hands a request to a job, which does all that takes the index, and the job hands it on to
//! [`conduct`], a task beside the server's own, so that no agent, whatever it does, holds up an edit.

mod bar;
mod candidates;
mod conduct;
mod dialog;
mod edit;
mod lens;
mod new_files;
mod offers;
mod preview;
mod recheck;
mod request;
mod review;
mod roster;
mod sandbox;
mod trust;

use std::sync::Arc;

use pyteam_agents::run::Cancel;
use serde_json::Value;
use tower_lsp::jsonrpc::Error;
use tower_lsp::ls_types::{ExecuteCommandParams, MessageType, ProgressToken};

pub(crate) use self::conduct::{Work, work};
pub(crate) use self::dialog::{Pick, pick};
pub(crate) use self::lens::lenses;
pub(crate) use self::offers::{ASK_KIND, offers};
pub(crate) use self::request::Wish;
pub(crate) use self::roster::Roster;

use super::courier::Message;
use super::event::Ask;
use super::owner::Owner;

/// Asks an agent: one [`Wish`], or an agent's name and what is wanted.
pub(crate) const ASK: &str = "pyteam.ask";
/// Asks whom to ask: one [`Wish`] without an agent.
pub(crate) const ASK_ANOTHER: &str = "pyteam.askAnother";
/// Who can be asked about one [`Wish`]'s place, for clients that let their users choose themselves.
pub(crate) const AGENTS: &str = "pyteam.agents";
/// Ends a request: its number.
pub(crate) const CANCEL: &str = "pyteam.cancelRun";

/// A request that is under way, as jobs see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// Its number.
    pub(crate) id: u32,
    /// Who was asked.
    pub(crate) agent: String,
}

/// The requests that are under way.
#[derive(Default)]
pub(crate) struct Runs {
    count: u32,
    all: Vec<(UnderWay, Cancel)>,
}

impl Runs {
    /// What jobs see of them.
    pub(crate) fn list(&self) -> Arc<[UnderWay]> {
        self.all.iter().map(|(run, _)| run.clone()).collect()
    }
}

/// How a run's progress is called.
pub(super) fn token_of(id: u32) -> ProgressToken {
    ProgressToken::String(format!("pyteam/run/{id}"))
}

impl Owner {
    /// Carries one of the team's commands out; gives it back where it is none.
    pub(super) fn team_command(
        &mut self,
        ask: Ask<ExecuteCommandParams, Option<Value>>,
    ) -> Option<Ask<ExecuteCommandParams, Option<Value>>> {
        let wish = || Wish::read(&ask.params.arguments);
        match ask.params.command.as_str() {
            ASK => match wish() {
                Ok(wish) if !wish.agent.is_empty() => {
                    let id = self.ask_agent(wish);
                    ask.answer(Ok(Some(serde_json::json!({ "run": id }))));
                }
                Ok(wish) => {
                    self.pick_agent(wish);
                    ask.answer(Ok(None));
                }
                Err(problem) => ask.answer(Err(Error::invalid_params(problem))),
            },
            ASK_ANOTHER => match wish() {
                Ok(wish) => {
                    self.pick_agent(wish);
                    ask.answer(Ok(None));
                }
                Err(problem) => ask.answer(Err(Error::invalid_params(problem))),
            },
            AGENTS => match wish() {
                Ok(wish) => {
                    let view = self.view();
                    self.jobs.run(move || {
                        let agents = candidates::candidates(&view, &wish);
                        ask.answer(Ok(serde_json::to_value(agents).ok()));
                    });
                }
                Err(problem) => ask.answer(Err(Error::invalid_params(problem))),
            },
            CANCEL => {
                let id = ask.params.arguments.first().and_then(Value::as_u64);
                let found = id.is_some_and(|id| self.cancel_runs(|run| u64::from(run.id) == id));
                if !found {
                    self.client.say(Message::Show(MessageType::INFO, "pyteam: that request has ended already".into()));
                }
                ask.answer(Ok(None));
            }
            _ => return Some(ask),
        }
        None
    }

    /// Begins a request, and gives its number.
    pub(super) fn ask_agent(&mut self, wish: Wish) -> u32 {
        self.runs.count += 1;
        let id = self.runs.count;
        let cancel = Cancel::new();
        self.runs.all.push((UnderWay { id, agent: wish.agent.clone() }, cancel.clone()));
        self.is_outdated = true;
        let features = Arc::clone(&self.features);
        self.client.say(Message::Ask(Box::new(Work { id, wish, features, cancel })));
        id
    }

    fn pick_agent(&mut self, wish: Wish) {
        let (view, client) = (self.view(), self.client.clone());
        self.jobs.run(move || {
            let names = candidates::candidates(&view, &wish).into_iter().map(|one| one.name).collect();
            client.say(Message::PickAgent(Box::new(Pick { wish, names })));
        });
    }

    /// A request has ended, however it did.
    pub(super) fn run_ended(&mut self, id: u32) {
        self.runs.all.retain(|(run, _)| run.id != id);
        self.is_outdated = true;
    }

    /// Ends the requests that `is_meant` says, soon. Whether there was one.
    pub(super) fn cancel_runs(&mut self, is_meant: impl Fn(&UnderWay) -> bool) -> bool {
        let meant = self.runs.all.iter().filter(|(run, _)| is_meant(run));
        meant.inspect(|(_, cancel)| cancel.cancel()).count() > 0
    }
}
