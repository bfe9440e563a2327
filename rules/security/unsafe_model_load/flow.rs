//! Where a name's value comes from, within a function and at module level.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::{Binding, Source, function};
use pyteam_syntax::visit::{Part, expr_parts};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextRange};
use rustc_hash::FxHashSet;

/// Most expressions that are followed for one call.
const MAX_EXPRS: usize = 40;

/// The bindings that the name at `expr` of an item may mean: those of the innermost scope that has any, else those
/// at module level.
pub(super) fn bindings(file: &File, item_index: u32, expr: ExprId, name: Name) -> Vec<(u32, &Binding)> {
    let item = file.item(item_index);
    let facts = &file.facts.items[item_index as usize];
    let around = item.expr_ancestors(expr).map(Part::Expr);
    let functions =
        item.stmt_ancestors(item.enclosing_stmt(expr)).filter(|stmt| function(item, *stmt).is_some()).map(Part::Stmt);
    for owner in around.chain(functions) {
        let Some(scope) = facts.scopes.iter().position(|scope| scope.owner == Some(owner)) else { continue };
        if facts.scopes[scope].globals.contains(&name) {
            break;
        }
        let bound = facts.bindings.iter().filter(|binding| binding.scope.0 as usize == scope && binding.name == name);
        let found: Vec<_> = bound.map(|binding| (item_index, binding)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    let module = file.facts.module.get(&name).into_iter().flatten();
    module.map(|at| (at.item, &file.facts.items[at.item as usize].bindings[at.binding as usize])).collect()
}

/// What a value is made of, as far as the function and the module say.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Names and paths of attributes on the way, and the text of each expression.
    pub(super) keys: FxHashSet<String>,
    /// All calls on the way.
    pub(super) calls: Vec<(u32, ExprId)>,
    /// Whether a parameter, or an attribute of the object, is on the way.
    pub(super) from_outside: bool,
    seen: FxHashSet<(u32, ExprId)>,
}

impl Trace {
    /// Follows `expr` of the file's item back to what it is made of.
    pub(super) fn of(cx: &CheckContext<'_>, item_index: u32, expr: ExprId) -> Self {
        let mut trace = Self::default();
        let mut pending = vec![(item_index, expr)];
        while let Some((at, expr)) = pending.pop() {
            if trace.seen.len() < MAX_EXPRS && trace.seen.insert((at, expr)) {
                let item = cx.file.item(at);
                trace.keys.insert(key(cx.file, at, item.expr_range(expr)));
                trace.look(cx, at, expr, &mut pending);
            }
        }
        trace
    }

    fn look(&mut self, cx: &CheckContext<'_>, at: u32, expr: ExprId, pending: &mut Vec<(u32, ExprId)>) {
        let item = cx.file.item(at);
        match item.expr(expr) {
            Expr::Name(name) => {
                if self.follow(cx, at, expr, *name, pending) {
                    self.keys.insert(name.as_str().to_owned());
                }
            }
            Expr::Attribute { value, .. } => match root(item, *value) {
                // `args.checkpoint` is what it is, whatever else `args` holds.
                Some((root, name)) => {
                    if self.follow(cx, at, root, name, pending) {
                        self.keys.insert(key(cx.file, at, item.expr_range(expr)));
                    }
                }
                None => self.look(cx, at, *value, pending),
            },
            Expr::Call { func, args, .. } => {
                self.calls.push((at, expr));
                if let Expr::Attribute { value, .. } = item.expr(*func) {
                    self.look(cx, at, *value, pending);
                }
                for arg in args {
                    self.keys.insert(key(cx.file, at, item.expr_range(arg.value)));
                    self.look(cx, at, arg.value, pending);
                }
            }
            other => expr_parts(other, &mut |part| self.look(cx, at, part, pending)),
        }
    }

    /// Goes on with what a name is bound to; not with a module, which is no value.
    fn follow(
        &mut self,
        cx: &CheckContext<'_>,
        at: u32,
        expr: ExprId,
        name: Name,
        pending: &mut Vec<(u32, ExprId)>,
    ) -> bool {
        let mut is_value = true;
        for (home, binding) in reaching(cx.file.item(at), at, expr, bindings(cx.file, at, expr, name)) {
            match binding.source {
                Source::Value(value)
                | Source::Annotated(_, Some(value))
                | Source::Context(value)
                | Source::Element(value)
                | Source::Augmented(value) => pending.push((home, value)),
                Source::Param(..) | Source::LambdaParam(..) => self.from_outside = true,
                Source::Import { .. } | Source::ImportFrom { .. } => is_value = false,
                _ => {}
            }
        }
        is_value
    }
}

/// Of several bindings of a name, the one of the `with` around the use, or else all.
pub(super) fn reaching<'f>(
    item: &Item,
    at: u32,
    expr: ExprId,
    bound: Vec<(u32, &'f Binding)>,
) -> Vec<(u32, &'f Binding)> {
    let here = item.enclosing_stmt(expr);
    let around = |binding: &Binding| {
        matches!(item.stmt(binding.stmt), Stmt::With { .. })
            && item.stmt_ancestors(here).any(|stmt| stmt == binding.stmt)
    };
    match bound.iter().rev().find(|(home, binding)| *home == at && around(binding)) {
        Some(with) => vec![*with],
        None => bound,
    }
}

/// The text at a range of an item, without blanks: equal keys are equal expressions.
pub(super) fn key(file: &File, item: u32, range: TextRange) -> String {
    file.text_at(item, range).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The name that `a.b.c` starts with.
fn root(item: &Item, expr: ExprId) -> Option<(ExprId, Name)> {
    match item.expr(expr) {
        Expr::Name(name) => Some((expr, *name)),
        Expr::Attribute { value, .. } => root(item, *value),
        _ => None,
    }
}
