//! Which argument of a call goes to which parameter, as far as syntax tells.

use crate::tree::{Arg, ArgKind, ExprId};

impl Arg {
    /// Whether it is passed by this name.
    pub fn is_keyword(&self, name: &str) -> bool {
        matches!(self.kind, ArgKind::Keyword(keyword) if keyword == name)
    }
}

/// The value of the argument that is passed by this name.
pub fn keyword(args: &[Arg], name: &str) -> Option<ExprId> {
    args.iter().find(|arg| arg.is_keyword(name)).map(|arg| arg.value)
}

/// The value of the `index`-th positional argument (from 0), where nothing is spread before it.
pub fn positional(args: &[Arg], index: usize) -> Option<ExprId> {
    let up_to = args.get(..=index)?;
    up_to.iter().all(|arg| arg.kind == ArgKind::Positional).then(|| up_to[index].value)
}

/// The argument that is passed by one of these names, or at that position.
pub fn passed<'a>(args: &'a [Arg], names: &[&str], position: Option<usize>) -> Option<&'a Arg> {
    let is_named = |arg: &&Arg| matches!(arg.kind, ArgKind::Keyword(name) if names.contains(&name.as_str()));
    args.iter().find(is_named).or_else(|| {
        let mut positional = args.iter().filter(|arg| arg.kind == ArgKind::Positional);
        positional.nth(position?)
    })
}
