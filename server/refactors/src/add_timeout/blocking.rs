//! A call that can block.

use pyteam_index::infer::Site;
use pyteam_index::known::{BlockingKind, OnTimeout, TimeoutArg};
use pyteam_syntax::Name;

/// A call that can block, as the tables or the settings have it.
#[derive(Clone, Debug)]
pub struct Blocking {
    /// What it waits for.
    pub kind: BlockingKind,
    /// Its class or module.
    pub owner: &'static str,
    /// The method or function.
    pub name: Name,
    /// How a timeout is spelled.
    pub timeout: TimeoutArg,
    /// What happens when the time is over.
    pub on_timeout: OnTimeout,
    /// Where the objects were made that it may be called on; `None` for one that is not known.
    pub origins: Vec<Option<Site>>,
    /// Whether the receiver may be an object of another class, with another way to spell a bound.
    pub mixed: bool,
    /// Whether the settings name it.
    pub is_own: bool,
}

impl Blocking {
    /// Whether it opens a plain socket's connection, and waits for nothing else.
    pub fn is_connecting(&self) -> bool {
        !self.is_own
            && self.owner.starts_with("socket")
            && matches!(self.name.as_str(), "connect" | "create_connection")
    }
}
