//! The user's own blocking calls: `"mylib.Client.fetch" = { timeout = "timeout", raises = "mylib.Timeout" }`.

pub use pyteam_index::known::BlockingKind;

/// The kinds, as the settings spell them.
pub(super) const KINDS: [(&str, BlockingKind); 6] = [
    ("get", BlockingKind::Get),
    ("put", BlockingKind::Put),
    ("wait", BlockingKind::Wait),
    ("join", BlockingKind::Join),
    ("network", BlockingKind::Network),
    ("subprocess", BlockingKind::Subprocess),
];

/// A call that blocks, as the settings describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockingCall {
    /// Dotted: a function in its module, or a method in its class in its module.
    pub path: String,
    /// What it waits for.
    pub kind: BlockingKind,
    /// The keyword that takes the bound.
    pub timeout: String,
    /// The position at which the bound can be passed, too, from 0 and without `self`.
    pub position: Option<usize>,
    /// Dotted: the exception that ends the wait; nothing for a call that returns.
    pub raises: Option<String>,
}

impl BlockingCall {
    /// The class or module.
    pub fn owner(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(owner, _)| owner)
    }
    /// The method or function.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('.').map_or(&*self.path, |(_, name)| name)
    }
}

/// Whether `text` is a Python name, or several with dots between them (`least` says how many at least).
pub(super) fn is_dotted(text: &str, least: usize) -> bool {
    let is_name = |part: &str| {
        part.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    text.split('.').count() >= least && text.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_other_text() {
        assert!(is_dotted("a.b_1.C", 2) && is_dotted("a", 1));
        assert!(!is_dotted("a", 2) && !is_dotted("a..b", 2) && !is_dotted("a.1", 2) && !is_dotted("", 1));
    }
}
