//! Receivers that a type checker takes for `None`, or for what their name stood for before: it complains at each mention,
//! so a repair must not add one.

use pyteam_channels::order::blocks;
use pyteam_channels::order::control_flow;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::enclosing_function;
use pyteam_index::infer::types::Type;
use pyteam_index::known;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId, TextEdit};

/// Whether the edits mention the receiver of `call` once more although a type checker takes it, or what it is read from,
/// for `None` there.
pub(super) fn is_mentioned_again(cx: &ItemContext<'_>, call: ExprId, receiver: &str, edits: &[TextEdit]) -> bool {
    let again = format!("{receiver}.");
    if !edits.iter().any(|edit| edit.text.contains(&again)) {
        return false;
    }
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    if stood_for_another(cx, *func) {
        return true;
    }
    let mut at = *func;
    while let Expr::Attribute { value, .. } | Expr::Subscript { value, .. } = cx.item.expr(at) {
        at = *value;
        let types = cx.inference.expr(cx.site(at));
        if types.iter().any(|one| *one == Type::None) && !is_told(cx, call, at, cx.text(at)) {
            return true;
        }
    }
    false
}

/// Whether the name that `method` is called on was first given an object of another class, or one that is not known:
/// `result = subprocess.check_output(..)`, and further down `result = subprocess.Popen(..)`.
fn stood_for_another(cx: &ItemContext<'_>, method: ExprId) -> bool {
    let Expr::Attribute { value: receiver, .. } = cx.item.expr(method) else { return false };
    let Expr::Name(name) = cx.item.expr(*receiver) else { return false };
    let classes = |expr: ExprId| -> Vec<Option<Name>> {
        let types = cx.inference.expr(cx.site(expr));
        let class = |one: &Type| match one {
            Type::Instance { class, .. } => Some(known::canonical(*class)),
            _ => None,
        };
        types.iter().filter(|one| **one != Type::None).map(class).collect()
    };
    let function = |stmt: StmtId| enclosing_function(cx.item, stmt);
    let here = function(cx.item.enclosing_stmt(*receiver));
    let facts = cx.facts();
    let mut bound = facts.bindings.iter().filter(|one| one.name == *name && function(one.stmt) == here);
    let Some(first) = bound.next() else { return false };
    let Source::Value(value) = first.source else { return false };
    let now = classes(*receiver);
    bound.next().is_some() && classes(value).iter().any(|one| !now.contains(one))
}

/// Whether there is something wherever the call is reached: that was asked before, or it has just been put there.
fn is_told(cx: &ItemContext<'_>, call: ExprId, value: ExprId, receiver: &str) -> bool {
    let item = cx.item;
    let here = item.enclosing_stmt(call);
    let begins = begins_as_none(cx, value);
    if begins == Some(Reached::No) {
        return false;
    }
    if control_flow::guards(item, here).into_iter().any(|test| tells(cx, test, receiver)) {
        return true;
    }
    let Some(function) = enclosing_function(item, here).filter(|_| begins.is_none()) else { return false };
    let start = item.stmt_range(here).start();
    item.stmt_ids().any(|stmt| {
        item.stmt_range(stmt).start() < start
            && matches!(item.stmt(stmt), Stmt::Assign { targets, .. }
                if matches!(item.expr(value), Expr::Attribute { .. })
                    && targets.iter().any(|target| cx.text(*target) == receiver))
            && item.stmt_ancestors(stmt).any(|outer| outer == function)
    })
}

/// Whether a test asks for the object itself, as `x is not None` and `x and ready` do, and not for what it has, as
/// `x.is_alive()` does.
fn tells(cx: &ItemContext<'_>, test: ExprId, receiver: &str) -> bool {
    let mut found = false;
    walk(cx.item, Part::Expr(test), &mut |part| {
        let Part::Expr(id) = part else { return true };
        found |= cx.text(id) == receiver;
        let is_asked_of = matches!(cx.item.expr(id), Expr::Attribute { value, .. } if cx.text(*value) == receiver);
        !found && !is_asked_of
    });
    found
}

/// Whether a type checker reaches the assignment from which it takes an attribute's type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    Yes,
    No,
}

/// Whether the attribute is nothing but `None` to a type checker: that is what it is first set to, by a function that
/// sets it to nothing else, and no annotation declares it. Says whether that assignment is reached: where it is not,
/// the type is unknown, and a test does not help.
fn begins_as_none(cx: &ItemContext<'_>, attribute: ExprId) -> Option<Reached> {
    let Expr::Attribute { value, attr } = cx.item.expr(attribute) else { return None };
    let site = cx.site(*value);
    let Some(Type::Object(class, _)) = cx.inference.expr(site).iter().next().cloned() else { return None };
    let (ancestors, _) = cx.inference.ancestors(class);
    let mut writes = ancestors.iter().rev().map(|one| cx.inference.writes(*one, *attr)).find(|one| !one.is_empty())?;
    writes.sort_by_key(|(site, ..)| *site);
    let (first, source, _) = writes.first()?;
    let (_, item, _) = cx.inference.item(first.file, first.item)?;
    let declared = writes.iter().any(|(_, source, _)| matches!(source, Source::Annotated(..)));
    let is_none = matches!(source, Source::Value(value) if matches!(item.expr(*value), Expr::None));
    let is_only = writes.iter().filter(|(site, ..)| (site.file, site.item) == (first.file, first.item)).count() == 1;
    (is_none && !declared && is_only).then(|| reached(item, item.enclosing_stmt(first.expr)))
}

/// `if self.frame is None: raise ...` may always leave to a type checker that knows `frame` as nothing but `None`.
fn reached(item: &Item, stmt: StmtId) -> Reached {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        for block in blocks::of(item, outer) {
            let Some(at) = block.iter().position(|one| *one == inner) else { continue };
            if block[..at].iter().any(|before| leaves_without(item, *before)) {
                return Reached::No;
            }
        }
        if matches!(item.stmt(outer), Stmt::Function(_)) {
            break;
        }
        inner = outer;
    }
    Reached::Yes
}

/// Whether a statement compares an attribute with `None`, and leaves in one of its branches.
fn leaves_without(item: &Item, stmt: StmtId) -> bool {
    let Stmt::If { test, body, orelse } = item.stmt(stmt) else { return false };
    let Expr::Compare(compare) = item.expr(*test) else { return false };
    matches!((item.expr(compare.operands[0]), item.expr(compare.operands[1])), (Expr::Attribute { .. }, Expr::None))
        && [body, orelse].into_iter().any(|block| blocks::never_ends(item, block))
}
