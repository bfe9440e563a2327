//! Code actions that ask somebody. They are cheap: a command each, and nothing is worked out before it is chosen.

use std::path::Path;

use pyteam_agents::routing::{self, Choice};
use pyteam_agents::{BackEnd, Setup};
use pyteam_answers::Subject;
use pyteam_engine::Finding;
use pyteam_syntax::TextRange;
use serde_json::Value;
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionParams, CodeActionTriggerKind, Command};

use super::request::{About, Wish, root_of};
use super::{ASK, ASK_ANOTHER, CANCEL};
use crate::agent_request::{self, Place};
use crate::lsp::actions;
use crate::lsp::checks::FileFindings;
use crate::lsp::diagnostics::Identity;
use crate::lsp::editor_settings::When;

/// The kind of actions that ask. VS Code shows it below the quick fixes of all servers, and so does Helix.
pub(crate) const ASK_KIND: CodeActionKind = CodeActionKind::new("refactor.rewrite.pyteam.ask");

/// Findings at a place whose owners are offered.
const MAX_FINDINGS: usize = 3;

/// Who could be asked about `range`, where `here` was found. `wants` says which kinds of actions the client wants.
pub(crate) fn offers(
    found: &FileFindings,
    key: &str,
    here: &[&Finding],
    range: TextRange,
    params: &CodeActionParams,
    wants: &dyn Fn(&CodeActionKind) -> bool,
) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    if wants(&CodeActionKind::QUICKFIX) {
        let running = found.view.runs.iter();
        actions.extend(running.map(|run| {
            let title = format!("Cancel the request to {}", run.agent);
            action(title, CodeActionKind::QUICKFIX, CANCEL, Value::from(run.id))
        }));
    }
    let is_wanted = match found.view.editor.ask_actions {
        When::Always => true,
        When::Findings => !here.is_empty(),
        When::Never => false,
    };
    if !is_wanted || !wants(&ASK_KIND) {
        return actions;
    }
    let Some(root) = root_of(&found.view, Some(key)) else { return actions };
    let setup = found.view.roster.of(&root);
    let wish = |agent: &str, about: About, goes_on: bool| {
        let document = Some(params.text_document.uri.clone());
        let wish = Wish { agent: agent.to_owned(), document, about, goes_on, ..Wish::default() };
        serde_json::to_value(wish).unwrap_or_default()
    };
    let mut codes: Vec<&str> = Vec::new();
    for finding in here {
        if codes.contains(&&*finding.code) || codes.len() == MAX_FINDINGS {
            continue;
        }
        let Some(choice) = routing::owner(&setup.team, &finding.code) else { continue };
        codes.push(&finding.code);
        let verb = if can_repair(found, &setup, &choice.agent, finding) { "to repair" } else { "about" };
        let title = format!("Ask {} {verb} {}", choice.agent, finding.code);
        let arguments = wish(&choice.agent, About::Finding(Identity::of(finding)), false);
        actions.push(action(title, ASK_KIND, ASK, arguments));
    }
    // Whoever merely moves the cursor is not to be told of it at every place.
    if params.context.trigger_kind != Some(CodeActionTriggerKind::AUTOMATIC) {
        actions.extend(about_place(found, &setup, &root, range, &wish));
    }
    actions
}

/// Three whom routing names for the symbol or file, and the way to all others.
fn about_place(
    found: &FileFindings,
    setup: &Setup,
    root: &Path,
    range: TextRange,
    wish: &dyn Fn(&str, About, bool) -> Value,
) -> Vec<CodeAction> {
    let mut findings: Vec<&Finding> = found.findings.iter().collect();
    let mut part = None;
    let (about, what) = match agent_request::subject_at(&found.file, range) {
        Subject::Symbol(_, name) => {
            // What was found elsewhere in the file says nothing of this place.
            let inside = agent_request::range_of(&found.file, &name).unwrap_or(range);
            findings.retain(|finding| inside.contains_range(finding.range));
            part = Some(inside);
            let what = format!("`{name}`");
            (About::Symbol(name), what)
        }
        _ => (About::File, "this file".to_owned()),
    };
    let place = Place { file: &found.file, range: part };
    let clues = agent_request::clues(&found.view.snapshot, root, Some(place), &findings, "");
    let choices = routing::route(&setup.team, &clues);
    let mut actions = Vec::new();
    for Choice { agent, reason } in choices {
        let title = format!("Ask {agent} about {what}: {reason}");
        actions.push(action(title, ASK_KIND, ASK, wish(&agent, about.clone(), false)));
        if found.view.roster.session_of(root, &agent).is_some() {
            let title = format!("Ask {agent} to go on from its last answer, with {what}");
            actions.push(action(title, ASK_KIND, ASK, wish(&agent, about.clone(), true)));
        }
    }
    actions.push(action(format!("Ask another agent about {what} ..."), ASK_KIND, ASK_ANOTHER, wish("", about, false)));
    actions
}

/// Whether the agent may change files and has a way to: the index's own answer has none where the rule has no repair.
fn can_repair(found: &FileFindings, setup: &Setup, agent: &str, finding: &Finding) -> bool {
    let Some(agent) = setup.team.get(agent).filter(|agent| agent.rights.edit) else { return false };
    setup.back_end_of(agent) != Ok(BackEnd::BuiltIn) || !actions::fixes(found, finding).is_empty()
}

fn action(title: String, kind: CodeActionKind, command: &str, argument: Value) -> CodeAction {
    let command = Command { title: title.clone(), command: command.to_owned(), arguments: Some(vec![argument]) };
    CodeAction { title, kind: Some(kind), command: Some(command), ..CodeAction::default() }
}
