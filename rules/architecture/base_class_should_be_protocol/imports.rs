//! Imports that are not needed any more.

use std::collections::BTreeMap;

use pyteam_engine::{CheckContext, Fix};
use pyteam_index::FileId;
use pyteam_syntax::TextRange;

use crate::shared::imports::unused;

/// Expressions that go away, by file.
#[derive(Default)]
pub(super) struct Gone(BTreeMap<FileId, Vec<TextRange>>);

impl Gone {
    /// Notes an expression that goes away.
    pub(super) fn note(&mut self, file: FileId, range: TextRange) {
        self.0.entry(file).or_default().push(range);
    }

    /// Takes the imports out that lost their last mention.
    pub(super) fn remove(&self, cx: &CheckContext<'_>, fix: &mut Fix) -> Option<()> {
        for (id, removed) in &self.0 {
            let file = cx.inference.file(*id)?;
            file.imports().remove(&unused(cx, file, removed, ""), fix.edits.entry(*id).or_default());
        }
        Some(())
    }
}
