//! Code lenses: whom to ask, above each function and class in which something was found.

use std::collections::BTreeMap;

use pyteam_agents::routing;
use pyteam_answers::Subject;
use pyteam_syntax::TextRange;
use tower_lsp::ls_types::{CodeLens, Command, Uri};

use super::ask_params::{ASK, About, AskAgentParams};
use super::cache::TeamCache;
use super::subject::root_of;
use crate::agent_request;
use crate::lsp::convert;
use crate::lsp::editor_settings::When;
use crate::lsp::state_snapshot::CheckedFile;

/// The lenses of a document that the client calls `uri`; `None` where there are to be none.
pub(super) fn code_lenses(checked: &CheckedFile, cache: &TeamCache, uri: &Uri) -> Option<Vec<CodeLens>> {
    if checked.snapshot.editor.code_lens == When::Never {
        return None;
    }
    let root = root_of(&checked.snapshot, Some(checked.key()))?;
    let setup = cache.of(&root);
    // By symbol and agent, in the order of their places: how many findings, and where the symbol begins.
    let mut counts: BTreeMap<(u32, String, String), usize> = BTreeMap::new();
    for finding in &checked.findings {
        let Some(choice) = routing::owner(&setup.team, &finding.code) else { continue };
        let Subject::Symbol(_, name) = agent_request::subject_at(&checked.file, finding.range) else { continue };
        let Some(start) = agent_request::range_of(&checked.file, &name).map(TextRange::start) else { continue };
        *counts.entry((start.into(), name, choice.agent)).or_default() += 1;
    }
    let lens = |((start, name, agent), count): ((u32, String, String), usize)| {
        let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
        let about = About::Symbol(name);
        let params =
            AskAgentParams { agent: agent.clone(), document: Some(uri.clone()), about, ..AskAgentParams::default() };
        CodeLens {
            range: convert::range(checked.source(), TextRange::empty(start.into()), checked.encoding()),
            command: Some(Command {
                title: format!("{findings}: ask {agent}"),
                command: ASK.to_owned(),
                arguments: serde_json::to_value(params).ok().map(|params| vec![params]),
            }),
            data: None,
        }
    };
    Some(counts.into_iter().map(lens).collect())
}
