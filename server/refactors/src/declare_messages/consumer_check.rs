//! Consumers of objects: whether what they do with a message is right for each class that it may be of.

use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use super::carried::Carried;
use super::message::Message;
use super::narrowing::{self, Kinds};

/// Whether a consumer holds the message in a name that holds nothing else and, where it may be of several classes, asks
/// which one it is before it does anything with it.
pub(super) fn is_held(cx: &ItemContext<'_>, take: Site, carried: &Carried) -> bool {
    let Some((_, item, facts)) = cx.inference.item(take.file, take.item) else { return false };
    let mut taken = take.expr;
    if let Parent::Expr(parent) = item.expr_parent(taken)
        && matches!(item.expr(parent), Expr::Await(_))
    {
        taken = parent;
    }
    let Parent::Stmt(stmt) = item.expr_parent(taken) else { return false };
    match item.stmt(stmt) {
        Stmt::Expr(_) => true,
        Stmt::Assign { targets, .. } => match targets[..] {
            [target] => match item.expr(target) {
                Expr::Name(name) => {
                    facts.bindings.iter().filter(|binding| binding.name == *name).count() == 1
                        && (carried.is_one() || is_told(cx, item, *name, stmt, target, carried))
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether every use of the name is right for all that it may hold there.
fn is_told(cx: &ItemContext<'_>, item: &Item, name: Name, since: StmtId, target: ExprId, carried: &Carried) -> bool {
    let names: Option<Vec<String>> =
        carried.classes.iter().map(|class| Some(cx.inference.class(*class)?.name.to_string())).collect();
    let Some(names) = names else { return false };
    // An object of a class that derives from another one is of both.
    let related = carried.classes.iter().any(|class| {
        cx.inference.ancestors(*class).0.iter().any(|above| above != class && carried.classes.contains(above))
    });
    let messages: Vec<Message> = names.into_iter().map(Message::of_class).collect();
    let Some(kinds) = Kinds::new(&messages, carried.nullable).filter(|_| !related) else { return false };
    item.expr_ids().filter(|id| *id != target && matches!(item.expr(*id), Expr::Name(one) if *one == name)).all(|id| {
        let bits = narrowing::at(item, &kinds, name, since, id);
        (bits.is_power_of_two() && bits & kinds.none == 0) || is_question(item, id)
    })
}

/// Whether the place only asks what the name holds, or shows it.
fn is_question(item: &Item, id: ExprId) -> bool {
    match item.expr_parent(id) {
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Call { func, .. } => {
                matches!(item.expr(*func), Expr::Name(name) if matches!(name.as_str(), "isinstance" | "print" | "repr" | "str"))
            }
            Expr::Compare(compare) => {
                compare.ops.iter().all(|op| matches!(op.as_str(), "is" | "is not"))
                    && compare.operands.iter().all(|one| *one == id || matches!(item.expr(*one), Expr::None))
            }
            Expr::Not(_) | Expr::FString(_) => true,
            Expr::Bool2 { left, .. } => *left == id,
            _ => false,
        },
        Parent::Stmt(stmt) => matches!(item.stmt(stmt), Stmt::If { .. } | Stmt::While { .. } | Stmt::Expr(_)),
        Parent::Root => false,
    }
}
