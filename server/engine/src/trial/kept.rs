//! Holds that remembered findings are never wrong: every statement of an example is taken out and put back, and
//! after each step a check that remembers must say what a fresh one says. A rule whose reach is too narrow (see
//! [`crate::rule::Reach`]) fails here.

use std::sync::Arc;

use pyteam_index::{FileId, Snapshot, Workspace, project};
use pyteam_syntax::document::ParseLimits;
use pyteam_syntax::{Document, Stmt, TextRange};

use super::Trial;
use super::bench::{Bench, path};
use crate::finding::Finding;
use crate::page::Page;
use crate::runner::{CancelToken, Engine, FindingCache};
use crate::settings::Settings;

/// Holds it for one example.
pub(super) fn hold(bench: &Bench<'_>, engine: &Engine, page: &Page, trial: &mut Trial) {
    let mut editor = Editor::new(bench, engine);
    editor.compare(page);
    for at in 0..editor.files.len() {
        for range in statements(&editor.files[at].document.parse(&ParseLimits::default())) {
            let statement = editor.files[at].document.text()[range].to_owned();
            editor.replace(at, range, "pass");
            let removed = editor.compare(page);
            editor.replace(at, TextRange::at(range.start(), 4.into()), &statement);
            let restored = editor.compare(page);
            for (what, different) in [("out", removed), ("back", restored)] {
                if let Some(difference) = different {
                    let line = bench.example().line;
                    let message = format!(
                        "when `{statement}` is taken {what}, a finding of another item stays as it was: {difference}; \
                         the rule's `reach` is too narrow"
                    );
                    trial.fail(line, message);
                }
            }
        }
    }
}

/// The simple statements inside functions: what others see only as far as a rule reaches.
fn statements(parsed: &pyteam_syntax::Parsed) -> Vec<TextRange> {
    let mut ranges = Vec::new();
    for slot in &parsed.items {
        let item = &slot.item;
        for id in item.stmt_ids().filter(|id| *id != item.root()) {
            let is_simple = matches!(
                item.stmt(id),
                Stmt::Expr(_)
                    | Stmt::Assign { .. }
                    | Stmt::AnnAssign { .. }
                    | Stmt::AugAssign { .. }
                    | Stmt::Return(_)
                    | Stmt::Raise { .. }
                    | Stmt::Assert { .. }
                    | Stmt::Break
                    | Stmt::Continue
            );
            if is_simple {
                ranges.push(item.stmt_range(id) + slot.start);
            }
        }
    }
    ranges
}

/// The example, open in an editor.
struct Editor<'b> {
    engine: &'b Engine,
    settings: &'b Settings,
    workspace: Workspace,
    files: Vec<Open>,
}

struct Open {
    id: FileId,
    path: String,
    document: Document,
    cache: FindingCache,
}

impl<'b> Editor<'b> {
    fn new(bench: &'b Bench<'_>, engine: &'b Engine) -> Self {
        let mut workspace = Workspace::new();
        let mut files = Vec::new();
        let mut manifests = Vec::new();
        for (file, text) in bench.example().files.iter().zip(bench.texts()) {
            let path = path(&file.path);
            if project::is_read(&path) {
                manifests.push((path.clone(), text.clone()));
            }
            if file.is_python() {
                let path = path.to_string_lossy().into_owned();
                let mut document = Document::new(text.as_str());
                let id = workspace.set_file(&path, document.parse(&ParseLimits::default()));
                files.push(Open { id, path, document, cache: FindingCache::default() });
            }
        }
        workspace.set_requirements(project::from_texts(&manifests));
        workspace.set_complete(true);
        Self { engine, settings: bench.settings(), workspace, files }
    }

    fn replace(&mut self, at: usize, range: TextRange, text: &str) {
        let file = &mut self.files[at];
        file.document.edit(range, text);
        let parsed = file.document.parse(&ParseLimits::default());
        self.workspace.set_file(&file.path, parsed);
    }

    /// A finding of the page's rule that only one of the two checks knows.
    fn compare(&mut self, page: &Page) -> Option<String> {
        let snapshot: Arc<Snapshot> = self.workspace.snapshot();
        let own = |findings: Vec<Finding>| findings.into_iter().filter(|one| one.code == page.code).collect::<Vec<_>>();
        for open in &mut self.files {
            let Some(file) = snapshot.file(open.id) else { continue };
            let token = CancelToken::new();
            let kept = self.engine.check_file(&snapshot, file, self.settings, Some(&mut open.cache), &token);
            let fresh = self.engine.check_file(&snapshot, file, self.settings, None, &token);
            let (kept, fresh) = (own(kept.unwrap_or_default()), own(fresh.unwrap_or_default()));
            if kept != fresh {
                let only = kept
                    .iter()
                    .find(|one| !fresh.contains(one))
                    .or_else(|| fresh.iter().find(|one| !kept.contains(one)));
                return Some(only.map_or_else(|| "their order".to_owned(), |one| one.message.clone()));
            }
        }
        None
    }
}
