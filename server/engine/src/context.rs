//! What a rule sees while it looks at an item, and where it reports.

use std::sync::Arc;

use pyteam_display as display;
use pyteam_index::facts::BindingRef;
use pyteam_index::infer::Inference;
use pyteam_index::{File, Snapshot};
use pyteam_syntax::{ExprId, Item, Name, StmtId, TextRange};

use crate::finding::{Anchor, Finding, FixOffer, Related, Severity};
use crate::fix::Applicability;
use crate::settings::Settings;

/// The item under inspection, and everything around it.
pub struct CheckContext<'a> {
    /// The workspace.
    pub snapshot: &'a Snapshot,
    /// The file.
    pub file: &'a File,
    /// Index of the item in the file.
    pub item_index: u32,
    /// The item.
    pub item: &'a Item,
    /// Settings that hold for the file.
    pub settings: &'a Settings,
    /// Types of expressions, computed as they are asked for and remembered while this item is checked.
    pub inference: &'a Inference<'a>,
}

impl<'a> CheckContext<'a> {
    /// The source text of an expression.
    pub fn text(&self, expr: ExprId) -> &str {
        self.file.text_at(self.item_index, self.item.expr_range(expr))
    }
    /// The file, all of it: from here on what the rule says about the item may depend on any other one. Ask for it as
    /// late as possible; an item for which it was asked is looked at again after every edit of the file.
    pub fn whole_file(&self) -> &'a File {
        self.inference.look_at_bodies(self.file.id);
        self.file
    }
    /// What binds `name` at module level of the file.
    pub fn module_name(&self, name: Name) -> Option<&'a [BindingRef]> {
        self.inference.bindings_in(self.file, name)
    }
    /// The workspace, all of it; the item is looked at again after every edit anywhere.
    pub fn whole_workspace(&self) -> &'a Snapshot {
        self.inference.look_at_workspace();
        self.snapshot
    }
    /// Where an expression stands in the file.
    pub fn range(&self, expr: ExprId) -> TextRange {
        self.file.absolute(self.item_index, self.item.expr_range(expr))
    }
    /// Where a statement stands in the file.
    pub fn stmt_range(&self, stmt: StmtId) -> TextRange {
        self.file.absolute(self.item_index, self.item.stmt_range(stmt))
    }
}

/// Takes a rule's findings in.
pub struct Sink<'a> {
    pub(crate) code: Arc<str>,
    pub(crate) severity: Severity,
    pub(crate) file: &'a File,
    pub(crate) item_index: u32,
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl Sink<'_> {
    /// Reports a finding at `range` (of the file) with the rule's own severity. `node` leads the rule back to
    /// the place when a repair is asked for.
    pub fn report(&mut self, range: TextRange, node: u32, message: impl Into<String>) -> FindingBuilder<'_> {
        self.findings.push(Finding {
            code: Arc::clone(&self.code),
            severity: self.severity,
            file: self.file.id,
            range,
            message: display::message(&message.into()),
            help: None,
            related: Vec::new(),
            secrets: Vec::new(),
            channel: None,
            fix: None,
            anchor: Anchor { item: self.item_index, node },
        });
        let at = self.findings.len() - 1;
        FindingBuilder(&mut self.findings[at])
    }
}

/// Completes a finding that was just reported.
pub struct FindingBuilder<'a>(&'a mut Finding);

#[allow(clippy::return_self_not_must_use, reason = "the finding is in the sink already")]
impl FindingBuilder<'_> {
    /// Gives it another severity than the rule's.
    pub fn severity(self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }
    /// Says what to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(display::message(&help.into()));
        self
    }
    /// Adds another place.
    pub fn related(self, mut related: Related) -> Self {
        related.message = display::message(&related.message);
        self.0.related.push(related);
        self
    }
    /// Says that a part of the file's text is not to be shown, wherever the finding or its repair is.
    pub fn secret(self, range: TextRange) -> Self {
        self.0.secrets.push(range);
        self
    }
    /// Names the queue or pipe.
    pub fn channel(self, channel: impl Into<String>) -> Self {
        self.0.channel = Some(display::message(&channel.into()));
        self
    }
    /// Offers a repair, whose edits [`crate::Rule::fixes`] computes when asked.
    pub fn fix(self, title: impl Into<String>, applicability: Applicability) -> Self {
        self.0.fix = Some(FixOffer { title: display::message(&title.into()), applicability });
        self
    }
}
