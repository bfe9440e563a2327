//! What a rule sees while it looks at an item, and where it reports.

use std::ops::Deref;
use std::sync::Arc;

use pyteam_display as display;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_index::{File, FileId};
use pyteam_syntax::TextRange;

use crate::finding::{Anchor, Finding, FixOffer, Related, Severity};
use crate::fix::Applicability;
use crate::settings::Settings;

/// The item under inspection, everything around it, and the settings that hold there.
pub struct CheckContext<'a> {
    /// The item, and the questions that can be asked of it.
    pub place: ItemContext<'a>,
    /// Settings that hold for the file.
    pub settings: &'a Settings,
}

impl CheckContext<'_> {
    /// An item of any file under the same settings; `None` if there is no such item.
    pub fn at(&self, file: FileId, item_index: u32) -> Option<Self> {
        Some(Self { place: self.place.at(file, item_index)?, settings: self.settings })
    }

    /// The place of an expression as one that belongs to a finding.
    pub fn related(&self, site: Site, message: impl Into<String>) -> Option<Related> {
        let there = self.at(site.file, site.item)?;
        Some(Related::new(site.file, there.range(site.expr), message))
    }

    /// Another item of the file.
    #[must_use]
    pub fn at_item(&self, item_index: u32) -> Self {
        Self { place: self.place.at_item(item_index), settings: self.settings }
    }
}

impl<'a> Deref for CheckContext<'a> {
    type Target = ItemContext<'a>;

    fn deref(&self) -> &ItemContext<'a> {
        &self.place
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
            message: display::headline(&message.into()),
            note: None,
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
    /// Says why it matters.
    pub fn note(self, note: impl Into<String>) -> Self {
        self.0.note = Some(display::message(&note.into()));
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
