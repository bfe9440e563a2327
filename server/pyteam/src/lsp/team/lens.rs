//! Code lenses: whom to ask, above each function and class in which something was found. Nothing depends on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_agents::routing;
use pyteam_answers::Subject;
use pyteam_engine::CancelToken;
use pyteam_syntax::TextRange;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{CodeLens, CodeLensParams, Command};

use super::ASK;
use super::request::{About, Wish, root_of};
use crate::agent_request;
use crate::lsp::checks::{self, NoFindings};
use crate::lsp::convert;
use crate::lsp::editor_settings::When;
use crate::lsp::view::View;

/// Answers `textDocument/codeLens`.
pub(crate) fn lenses(view: &Arc<View>, params: &CodeLensParams, token: &CancelToken) -> Result<Option<Vec<CodeLens>>> {
    if view.editor.code_lens == When::Never {
        return Ok(None);
    }
    let uri = &params.text_document.uri;
    let key = convert::key(uri);
    let found = match checks::findings(view, &key, token) {
        Ok(found) => found,
        Err(NoFindings::NotOpen) => return Ok(None),
        Err(NoFindings::Cancelled) => return Err(Error::request_cancelled()),
    };
    let Some(root) = root_of(&found.view, Some(&key)) else { return Ok(None) };
    let setup = found.view.roster.of(&root);
    // By symbol and agent, in the order of their places: how many findings, and where the symbol begins.
    let mut counts: BTreeMap<(u32, String, String), usize> = BTreeMap::new();
    for finding in &found.findings {
        let Some(choice) = routing::owner(&setup.team, &finding.code) else { continue };
        let Subject::Symbol(_, name) = agent_request::subject_at(&found.file, finding.range) else { continue };
        let Some(start) = agent_request::range_of(&found.file, &name).map(TextRange::start) else { continue };
        *counts.entry((start.into(), name, choice.agent)).or_default() += 1;
    }
    let lens = |((start, name, agent), count): ((u32, String, String), usize)| {
        let findings = if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") };
        let about = About::Symbol(name);
        let wish = Wish { agent: agent.clone(), document: Some(uri.clone()), about, ..Wish::default() };
        CodeLens {
            range: convert::range(found.file.source(), TextRange::empty(start.into()), found.view.features.encoding),
            command: Some(Command {
                title: format!("{findings}: ask {agent}"),
                command: ASK.to_owned(),
                arguments: serde_json::to_value(wish).ok().map(|wish| vec![wish]),
            }),
            data: None,
        }
    };
    Ok(Some(counts.into_iter().map(lens).collect()))
}
