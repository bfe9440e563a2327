//! Generic classes, which strict type checking wants to see with their arguments.

use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, WordList};

/// Whether a generic class stands there without its arguments, which strict type checking complains about.
pub(super) fn lacks_arguments(item: &Item, id: ExprId, name: Name) -> bool {
    let has = match item.expr_parent(id) {
        Parent::Expr(parent) => matches!(item.expr(parent), Expr::Subscript { value, .. } if *value == id),
        _ => false,
    };
    !has && GENERIC.contains(name.as_str())
}

/// Generic classes of the standard library and of numpy, pandas and torch, by their last names.
static GENERIC: WordList = WordList::new(include_str!("generics.txt"));
