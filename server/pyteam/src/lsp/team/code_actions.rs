//! Code actions that ask an agent. They are cheap: a command each, and nothing is worked out before it is chosen.

use std::path::Path;

use pyteam_agents::routing::{self, Choice};
use pyteam_agents::{Backend, Setup};
use pyteam_answers::Subject;
use pyteam_engine::Finding;
use serde_json::Value;
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionTriggerKind, Command};

use super::ask_params::{ASK, ASK_ANOTHER, About, AskAgentParams, CANCEL};
use super::cache::TeamCache;
use super::runs::Runs;
use super::subject::root_of;
use crate::agent_request::{self, FilePart};
use crate::lsp::diagnostics::Identity;
use crate::lsp::editor_settings::When;
use crate::lsp::extension::CodeActionSite;
use crate::lsp::fixes::fixes;
use crate::lsp::state_snapshot::CheckedFile;

/// The kind of actions that ask. VS Code shows it below the quick fixes of all servers, and so does Helix.
pub(super) const ASK_KIND: CodeActionKind = CodeActionKind::new("refactor.rewrite.pyteam.ask");

/// Findings at a place whose owners are offered.
const MAX_FINDINGS: usize = 3;

/// Whom to ask at `site`, and how to cancel what is under way.
pub(super) fn code_actions(site: &CodeActionSite<'_>, cache: &TeamCache, runs: &Runs) -> Vec<CodeAction> {
    let checked = site.checked;
    let mut actions = Vec::new();
    if site.wants(&CodeActionKind::QUICKFIX) {
        actions.extend(runs.list().into_iter().map(|run| {
            let title = format!("Cancel request to {}", run.agent);
            action(title, CodeActionKind::QUICKFIX, CANCEL, Value::from(run.id))
        }));
    }
    let is_wanted = match checked.snapshot.editor.ask_actions {
        When::Always => true,
        When::Findings => !site.findings.is_empty(),
        When::Never => false,
    };
    if !is_wanted || !site.wants(&ASK_KIND) {
        return actions;
    }
    let Some(root) = root_of(&checked.snapshot, Some(checked.key())) else { return actions };
    let setup = cache.of(&root);
    let params = |agent: &str, about: About, goes_on: bool| {
        let document = Some(site.params.text_document.uri.clone());
        let params = AskAgentParams { agent: agent.to_owned(), document, about, goes_on, ..AskAgentParams::default() };
        serde_json::to_value(params).unwrap_or_default()
    };
    let mut codes: Vec<&str> = Vec::new();
    for finding in &site.findings {
        if codes.contains(&&*finding.code) || codes.len() == MAX_FINDINGS {
            continue;
        }
        let Some(choice) = routing::owner(&setup.team, &finding.code) else { continue };
        codes.push(&finding.code);
        let verb = if can_repair(checked, &setup, &choice.agent, finding) { "to fix" } else { "about" };
        let title = format!("Ask {} {verb} {}", choice.agent, finding.code);
        let arguments = params(&choice.agent, About::Finding(Identity::of(finding)), false);
        actions.push(action(title, ASK_KIND, ASK, arguments));
    }
    // What a client asks for at each move of the cursor is not to be offered everywhere.
    if site.params.context.trigger_kind != Some(CodeActionTriggerKind::AUTOMATIC) {
        actions.extend(about_place(site, cache, &root, &params));
    }
    actions
}

/// Three whom routing names for the symbol or file, and the way to all others.
fn about_place(
    site: &CodeActionSite<'_>,
    cache: &TeamCache,
    root: &Path,
    params: &dyn Fn(&str, About, bool) -> Value,
) -> Vec<CodeAction> {
    let (checked, range) = (site.checked, site.range);
    let mut findings: Vec<&Finding> = checked.findings.iter().collect();
    let mut part = None;
    let (about, what) = match agent_request::subject_at(&checked.file, range) {
        Subject::Symbol(_, name) => {
            // What was found elsewhere in the file says nothing of this place.
            let inside = agent_request::range_of(&checked.file, &name).unwrap_or(range);
            findings.retain(|finding| inside.contains_range(finding.range));
            part = Some(inside);
            let what = format!("`{name}`");
            (About::Symbol(name), what)
        }
        _ => (About::File, "this file".to_owned()),
    };
    let place = FilePart { file: &checked.file, range: part };
    let clues = agent_request::clues(&checked.snapshot.index, root, Some(place), &findings, "");
    let choices = routing::route(&cache.of(root).team, &clues);
    let mut actions = Vec::new();
    for Choice { agent, .. } in choices {
        let title = format!("Ask {agent} about {what}");
        actions.push(action(title, ASK_KIND, ASK, params(&agent, about.clone(), false)));
        if cache.session_of(root, &agent).is_some() {
            let title = format!("Continue with {agent}: {what}");
            actions.push(action(title, ASK_KIND, ASK, params(&agent, about.clone(), true)));
        }
    }
    actions.push(action(format!("Ask another agent about {what}..."), ASK_KIND, ASK_ANOTHER, params("", about, false)));
    actions
}

/// Whether the agent may change files and has a way to: the index's own answer has none where the rule has no repair.
fn can_repair(checked: &CheckedFile, setup: &Setup, agent: &str, finding: &Finding) -> bool {
    let Some(agent) = setup.team.get(agent).filter(|agent| agent.rights.edit) else { return false };
    setup.backend_of(agent) != Ok(Backend::BuiltIn) || !fixes(checked, finding).is_empty()
}

fn action(title: String, kind: CodeActionKind, command: &str, argument: Value) -> CodeAction {
    let command = Command { title: title.clone(), command: command.to_owned(), arguments: Some(vec![argument]) };
    CodeAction { title, kind: Some(kind), command: Some(command), ..CodeAction::default() }
}
