//! The extension point: code actions, lenses and commands that come from elsewhere than findings. The agents of `team` are
//! registered here; how findings, fixes and hovers come about can be read without them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_engine::Finding;
use pyteam_syntax::TextRange;
use serde_json::Value;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionParams, CodeLens, ProgressToken, Uri};

use super::config_diagnostics::ConfigDiagnostic;
use super::state_snapshot::{CheckedFile, StateSnapshot};

/// What an extension adds. It keeps its own state, and is called from any thread; nothing in it may wait.
pub(crate) trait Extension: Send + Sync {
    /// The names of its commands.
    fn commands(&self) -> &'static [&'static str];
    /// Executes one of its commands.
    fn execute(&self, snapshot: &Arc<StateSnapshot>, command: &str, arguments: &[Value]) -> Result<Option<Value>>;
    /// The kinds of its code actions, besides quick fixes.
    fn code_action_kinds(&self) -> Vec<CodeActionKind>;
    /// Its code actions at a place. They are listed behind all others.
    fn code_actions(&self, site: &CodeActionSite<'_>) -> Vec<CodeAction>;
    /// Its code lenses in a document, which the client calls `uri`. `None` where it has none.
    fn code_lenses(&self, checked: &CheckedFile, uri: &Uri) -> Option<Vec<CodeLens>>;
    /// What the client is asked to watch for it, as globs.
    fn watched_globs(&self) -> &'static [&'static str];
    /// Whether the file at `path` is one that it reads.
    fn is_own_file(&self, path: &Path) -> bool;
    /// Problems of the files that it reads for the workspace's folders.
    fn problems(&self, folders: &[PathBuf]) -> Vec<ConfigDiagnostic>;
    /// The user pressed the cancel button of some progress.
    fn cancel_progress(&self, token: &ProgressToken);
    /// The server is about to end.
    fn shut_down(&self);
}

/// Where code actions are asked for.
pub(crate) struct CodeActionSite<'a> {
    /// The document.
    pub(crate) checked: &'a CheckedFile,
    /// The range in its text.
    pub(crate) range: TextRange,
    /// The findings that the request is about, the nearest first.
    pub(crate) findings: Vec<&'a Finding>,
    /// The request.
    pub(crate) params: &'a CodeActionParams,
}

impl CodeActionSite<'_> {
    /// Whether the client wants actions of `kind`.
    pub(crate) fn wants(&self, kind: &CodeActionKind) -> bool {
        is_wanted(self.params.context.only.as_deref(), kind)
    }
}

/// Whether actions of `kind` are among `only`: `quickfix` asks for `quickfix.any.thing` as well.
fn is_wanted(only: Option<&[CodeActionKind]>, kind: &CodeActionKind) -> bool {
    let includes = |wanted: &CodeActionKind| {
        let rest = kind.as_str().strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    only.is_none_or(|only| only.iter().any(includes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_include_what_is_below_them() {
        const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.pyteam");
        let kinds = |all: &[&'static str]| all.iter().map(|kind| CodeActionKind::new(kind)).collect::<Vec<_>>();
        assert!(is_wanted(None, &FIX_ALL));
        for only in ["", "source", "source.fixAll", "source.fixAll.pyteam"] {
            assert!(is_wanted(Some(&kinds(&[only])), &FIX_ALL), "{only}");
        }
        for only in ["quickfix", "source.fixAll.ruff", "source.fix", "source.organizeImports"] {
            assert!(!is_wanted(Some(&kinds(&[only])), &FIX_ALL), "{only}");
        }
        assert!(!is_wanted(Some(&kinds(&["source"])), &CodeActionKind::QUICKFIX));
    }
}
