//! Rules that need no code: their page says what they look for.
//!
//! Conditions answer yes, no or unknown ([`Answer`]); only yes is a finding. What cannot be known stays unknown
//! under a negation, so a rule is never wrong for want of knowledge.

mod answer;
mod arguments;
mod calls;
mod repair;
mod user_rules;

use std::path::PathBuf;

pub use self::answer::Answer;
pub use self::user_rules::{UserRules, is_user_rule, load_user_rules};

use pyteam_syntax::ExprId;

use crate::context::{CheckContext, Sink};
use crate::finding::Finding;
use crate::fix::{Applicability, Fix};
use crate::page::{CallPattern, Declaration, Page};
use crate::rule::Rule;

/// A rule whose page says how to find its places and how to repair them.
#[derive(Debug)]
pub struct DeclarativeRule {
    page: Page,
    patterns: Vec<CallPattern>,
    /// Where it holds; everywhere without.
    root: Option<PathBuf>,
}

impl DeclarativeRule {
    /// The rule of a declarative page; the error says what is missing.
    pub fn new(page: Page) -> Result<Self, String> {
        let patterns = match &page.declaration {
            Some(Declaration::Calls(patterns)) => patterns.clone(),
            Some(Declaration::Query(_)) => {
                return Err("`query` blocks are not supported yet; describe the calls in a `calls` block".to_owned());
            }
            None => return Err("the page says nothing of how to find its places; add a `calls` block".to_owned()),
        };
        Ok(Self { page, patterns, root: None })
    }

    /// The same rule, for files in `root` only.
    #[must_use]
    pub fn within(mut self, root: impl Into<PathBuf>) -> Self {
        self.root = Some(root.into());
        self
    }

    fn holds_for(&self, path: &str) -> bool {
        self.root.as_ref().is_none_or(|root| std::path::Path::new(path).starts_with(root))
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
        for hit in calls::find(&self.patterns, cx) {
            let message = hit.pattern.message.as_deref().or(self.page.message.as_deref()).unwrap_or(&self.page.title);
            let message = message.replace("{callee}", hit.callee.as_str());
            let mut finding = sink.report(cx.range(hit.call), hit.call.0, message);
            if let Some(severity) = hit.pattern.severity {
                finding = finding.severity(severity);
            }
            if let Some(help) = &hit.pattern.help {
                finding = finding.help(help.replace("{callee}", hit.callee.as_str()));
            }
            if let Some(repair) = &self.page.repair
                && repair::edits(repair, cx, hit.call).is_some()
            {
                finding.fix(repair.title.clone(), self.applicability());
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        let Some(repair) = &self.page.repair else { return Vec::new() };
        if !cx.item.expr_ids().any(|id| id == call) {
            return Vec::new();
        }
        let Some(edits) = repair::edits(repair, cx, call) else { return Vec::new() };
        let mut fix = Fix::new(repair.title.clone(), self.applicability());
        for edit in edits {
            fix.push(cx.file.id, edit);
        }
        vec![fix]
    }
}

impl DeclarativeRule {
    fn applicability(&self) -> Applicability {
        self.page.fix.unwrap_or(Applicability::Unsafe)
    }
}

#[cfg(test)]
mod tests;
