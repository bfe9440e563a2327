//! A queue of the workspace's own class that only its constructor fills: what was received is not put again.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::{Base, Site, Type};
use pyteam_index::known;
use pyteam_syntax::{Expr, ExprId, Name};

/// The `put` that fills the queue, where `call` is a `self.get()` in a class that derives from a queue, and nothing but the
/// constructor of that class puts anything into objects of it.
pub fn own_supply(cx: &ItemContext<'_>, call: ExprId) -> Option<Site> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return None };
    let types = cx.inference.expr(cx.site(*value));
    let [Type::Object(class, _)] = types.as_slice() else { return None };
    // Another class of the family may put, or give back what was received.
    let is_alone = matches!(cx.inference.bases(*class).as_slice(), [Base::External(_)])
        && cx.inference.subclasses(*class).is_empty()
        && ["_get", "_put", "put"].iter().all(|name| cx.inference.method_named(*class, Name::new(name)).is_none());
    if !is_alone {
        return None;
    }
    let is_own = |object: ClassRef| object == *class || cx.inference.ancestors(object).0.contains(class);
    let mut supply = None;
    for method in ["put", "put_nowait"] {
        for put in cx.inference.calls_named(Name::new(method)) {
            let there = cx.at(put.file, put.item)?;
            let Expr::Call { func, .. } = there.item.expr(put.expr) else { continue };
            let Expr::Attribute { value, .. } = there.item.expr(*func) else { continue };
            let receiver = cx.inference.expr(there.site(*value));
            let may_be = receiver.has_unknown() && there.text(*value) != "self"
                || receiver.iter().any(|one| matches!(one, Type::Object(object, _) if is_own(*object)));
            // A queue that a function is given may be one of them, too, and so is what `super()` has.
            let is_declared = receiver.iter().any(|one| match one {
                Type::Instance { class, origin, .. } if known::is_channel(*class) => origin.is_none_or(|made| {
                    cx.inference
                        .item(made.file, made.item)
                        .is_none_or(|(_, item, _)| !matches!(item.expr(made.expr), Expr::Call { .. }))
                }),
                _ => false,
            });
            if is_declared || there.text(*value).starts_with("super(") {
                return None;
            }
            if !may_be {
                continue;
            }
            let function = cx.inference.enclosing_function(put)?;
            let is_constructor = cx.inference.function(function).is_some_and(|one| one.name == "__init__");
            // What is not known may be one of them.
            if receiver.has_unknown() || !is_constructor || cx.inference.class_of(function) != Some(*class) {
                return None;
            }
            supply.get_or_insert(put);
        }
    }
    supply
}
