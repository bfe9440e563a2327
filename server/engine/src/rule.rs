//! What a rule is.

use crate::context::{CheckContext, Sink};
use crate::finding::Finding;
use crate::fix::Fix;
use crate::page::Page;

/// One rule: its page, how it looks at an item, and how it repairs what it found.
///
/// A rule is pure: the same snapshot gives the same findings. It looks at one item at a time (a top-level
/// statement or a method of a top-level class), so that a keystroke costs what the changed item costs. Its findings
/// are kept for as long as the item stays, and what its questions to the inference looked at, wherever that is. A rule
/// that looks further by itself says so first, by [`CheckContext::whole_file`] or [`CheckContext::whole_workspace`];
/// one that forgets it shows findings that stay after they have become wrong, which the test over random edits looks
/// for. Messages name things, never line numbers: findings are kept while their item moves.
pub trait Rule: Send + Sync {
    /// The page that describes it.
    fn page(&self) -> &Page;

    /// Reports what is wrong in the item that `cx` is at.
    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>);

    /// The repairs of `finding`, which this rule reported at `cx`'s item; the preferred one first.
    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let _ = (cx, finding);
        Vec::new()
    }
}
