//! Rules that need no code: their page says what they look for.
//!
//! Conditions answer yes, no or unknown ([`Answer`]); only yes is a finding. What cannot be known stays unknown
//! under a negation, so a rule is never wrong for want of knowledge.

mod answer;
mod arguments;
mod call_context;
mod calls;
mod predicate;
mod query;
mod repair;
mod user_rules;

use std::path::{Path, PathBuf};

pub use self::answer::Answer;
pub use self::user_rules::{UserRules, is_user_rule, load_user_rules};

use pyteam_syntax::{ExprId, TextEdit};

use crate::context::{CheckContext, FindingBuilder, Sink};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::page::{CallPattern, Declaration, Page, QueryPattern};
use crate::rule::Rule;

/// A rule whose page says how to find its places and how to repair them.
#[derive(Debug)]
pub struct DeclarativeRule {
    page: Page,
    declaration: Declaration,
    /// Where it holds; everywhere without.
    root: Option<PathBuf>,
}

impl DeclarativeRule {
    /// The rule of a declarative page; the error says what is missing.
    pub fn new(page: Page) -> Result<Self, String> {
        let Some(declaration) = page.declaration.clone() else {
            return Err("the page says nothing of how to find its places; add a `calls` or `query` block".to_owned());
        };
        Ok(Self { page, declaration, root: None })
    }

    /// The same rule, for files in `root` only.
    #[must_use]
    pub fn within(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    fn holds_for(&self, path: &str) -> bool {
        self.root.as_ref().is_none_or(|root| Path::new(path).starts_with(root))
    }

    fn check_calls(&self, patterns: &[CallPattern], cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for hit in calls::find(patterns, cx) {
            let fill = |text: &str| text.replace("{callee}", hit.callee.as_str());
            let message = hit.pattern.message.as_ref().or(self.page.message.as_ref()).unwrap_or(&self.page.title);
            let mut finding = sink.report(cx.range(hit.call), hit.call.0, fill(message));
            if let Some(severity) = hit.pattern.severity {
                finding = finding.severity(severity);
            }
            let note = hit.pattern.note.as_ref().or(self.page.note.as_ref());
            let help = hit.pattern.help.as_ref().or(self.page.help.as_ref());
            finding = explained(finding, note, help, fill);
            if let Some(repair) = &self.page.repair
                && repair::edits(repair, cx, hit.call).is_some()
            {
                finding.fix(repair.title.clone(), self.applicability());
            }
        }
    }

    fn check_query(&self, pattern: &QueryPattern, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for (at, found) in query::find(pattern, cx).into_iter().enumerate() {
            let message = self.page.message.as_deref().unwrap_or(&self.page.title);
            let fill = |text: &str| found.fill(text);
            let finding = sink.report(found.range, at as u32, fill(message));
            let finding = explained(finding, self.page.note.as_ref(), self.page.help.as_ref(), fill);
            if let Some(repair) = &self.page.repair
                && repair.replace.is_some()
            {
                finding.fix(repair.title.clone(), self.applicability());
            }
        }
    }

    fn edits(&self, cx: &CheckContext<'_>, finding: &Finding) -> Option<Vec<TextEdit>> {
        let repair = self.page.repair.as_ref()?;
        match &self.declaration {
            Declaration::Calls(_) => {
                let call = ExprId(finding.anchor.node);
                cx.item.expr_ids().any(|id| id == call).then(|| repair::edits(repair, cx, call))?
            }
            Declaration::Query(pattern) => {
                let found = query::find(pattern, cx).into_iter().find(|found| found.range == finding.range)?;
                Some(vec![TextEdit::replace(found.range, found.fill(repair.replace.as_ref()?))])
            }
        }
    }

    fn applicability(&self) -> Applicability {
        self.page.fix.unwrap_or(Applicability::Unsafe)
    }
}

/// The finding with note and help, as far as there are any, their placeholders filled in.
fn explained<'f>(
    mut finding: FindingBuilder<'f>,
    note: Option<&String>,
    help: Option<&String>,
    fill: impl Fn(&str) -> String,
) -> FindingBuilder<'f> {
    if let Some(note) = note {
        finding = finding.note(fill(note));
    }
    match help {
        Some(help) => finding.help(fill(help)),
        None => finding,
    }
}

impl Rule for DeclarativeRule {
    fn page(&self) -> &Page {
        &self.page
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !self.holds_for(&cx.file.path) {
            return;
        }
        match &self.declaration {
            Declaration::Calls(patterns) => self.check_calls(patterns, cx, sink),
            Declaration::Query(pattern) => self.check_query(pattern, cx, sink),
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let Some(edits) = self.edits(cx, finding) else { return Vec::new() };
        let title = self.page.repair.as_ref().map_or("", |repair| repair.title.as_str());
        let mut fix = Fix::new(title, self.applicability());
        for edit in edits {
            fix.push(cx.file.id, edit);
        }
        vec![fix]
    }
}

#[cfg(test)]
mod tests;
