//! What a run is about: the part of a document, and the workspace around it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_answers::Subject;
use pyteam_engine::{CancelToken, Finding};
use pyteam_index::FileId;

use super::ask_params::{About, AskAgentParams};
use crate::agent_request;
use crate::discover;
use crate::lsp::convert;
use crate::lsp::state_snapshot::StateSnapshot;

/// Findings by file.
pub(super) type FileFindings = (FileId, Arc<[Finding]>);

/// The workspace that a run is about, and the findings of its document. All of it is of one state.
pub(super) struct Scope {
    /// The state.
    pub(super) snapshot: Arc<StateSnapshot>,
    /// The document's key; `None` for the whole workspace.
    pub(super) key: Option<Arc<str>>,
    /// The workspace's folder.
    pub(super) root: PathBuf,
    /// The document's findings.
    pub(super) own: Vec<FileFindings>,
}

impl Scope {
    /// The scope of `params`; `None` where there is no folder at all. Where the document's findings are of a newer state than
    /// `snapshot`, that one.
    pub(super) fn of(snapshot: &Arc<StateSnapshot>, params: &AskAgentParams) -> Option<Self> {
        let key = params.document.as_ref().map(convert::key);
        let checked = key.as_ref().and_then(|key| snapshot.check(key, &CancelToken::default()).ok());
        let snapshot = checked.as_ref().map_or(snapshot, |checked| &checked.snapshot);
        let own = checked.iter().map(|checked| (checked.file.id, checked.findings.clone().into())).collect();
        Some(Self { snapshot: Arc::clone(snapshot), root: root_of(snapshot, key.as_deref())?, key, own })
    }

    /// What of the document is meant, with the finding where it is one. An error is for the user.
    pub(super) fn subject(&self, about: &About) -> Result<(Subject, Option<Finding>), String> {
        let Some(key) = &self.key else { return Ok((Subject::Workspace, None)) };
        let file = self.snapshot.index.file_at(key).ok_or("not a Python file of this workspace")?;
        match about {
            About::File => Ok((Subject::File(file.id), None)),
            About::Symbol(name) if agent_request::range_of(file, name).is_none() => {
                Err(format!("`{name}` not found in this file: use a class, a function or `Class.method`"))
            }
            About::Symbol(name) => Ok((Subject::Symbol(file.id, name.clone()), None)),
            About::Place(range) => {
                let range = convert::text_range(file.source(), *range, self.snapshot.features.encoding);
                let found =
                    self.own.iter().find(|(id, _)| *id == file.id).map(|(_, found)| &**found).unwrap_or_default();
                let here = found.iter().position(|finding| finding.range.intersect(range).is_some());
                Ok(match here {
                    Some(at) => (Subject::Finding(file.id, at), found.get(at).cloned()),
                    None => (agent_request::subject_at(file, range), None),
                })
            }
            About::Finding(identity) => {
                let found = self.own.iter().find(|(id, _)| *id == file.id).map(|(_, found)| found);
                let gone = "the finding no longer exists; the file has changed";
                let found = found.ok_or(gone)?;
                let finding = identity.find(found).ok_or(gone)?;
                let at = found.iter().position(|one| std::ptr::eq(one, finding)).ok_or(gone)?;
                Ok((Subject::Finding(file.id, at), Some(finding.clone())))
            }
        }
    }
}

/// The folder of the workspace that `key` belongs to.
pub(super) fn root_of(snapshot: &StateSnapshot, key: Option<&str>) -> Option<PathBuf> {
    let Some(key) = key else { return snapshot.folders.first().cloned() };
    let path = Path::new(key);
    let around = snapshot.folders.iter().filter(|folder| path.starts_with(folder));
    let nearest = around.max_by_key(|folder| folder.components().count()).cloned();
    nearest.or_else(|| discover::project_root(path)).or_else(|| path.parent().map(Path::to_owned))
}
