//! What a rule is.

use crate::context::{CheckContext, Sink};
use crate::finding::Finding;
use crate::fix::Fix;
use crate::page::Page;

/// What a rule's findings on an item depend on, besides that item, the settings and the manifests. It decides
/// after which edits the item is looked at again; too narrow a reach shows as a finding that stays after it has
/// become wrong, which the test over all pages looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// What inference says, wherever it looks for it, and what can be seen of the file's other items from outside:
    /// signatures, names of the module, what is returned, what is written into attributes. See
    /// [`pyteam_index::FileFacts::interface`].
    #[default]
    Interfaces,
    /// Whole bodies of other items of the same file, too.
    File,
    /// Whole bodies of items anywhere in the workspace, too.
    Workspace,
}

/// One rule: its page, how it looks at an item, and how it repairs what it found.
///
/// A rule is pure: the same snapshot gives the same findings. It looks at one item at a time (a top-level
/// statement or a method of a top-level class), so that a keystroke costs what the changed item costs; through
/// the context it sees the rest of the file and the workspace, as far as its [`Rule::reach`] goes. Messages name
/// things, never line numbers: findings are kept while their item moves.
pub trait Rule: Send + Sync {
    /// The page that describes it.
    fn page(&self) -> &Page;

    /// What the findings depend on besides the item itself.
    fn reach(&self) -> Reach {
        Reach::Interfaces
    }

    /// Reports what is wrong in the item that `cx` is at.
    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>);

    /// The repairs of `finding`, which this rule reported at `cx`'s item; the preferred one first.
    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let _ = (cx, finding);
        Vec::new()
    }
}
