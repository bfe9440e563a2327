//! Which functions of the workspace a function calls, and those that they call.

use pyteam_syntax::{Expr, Name};

use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Inference, Site, Type};

/// More functions than this are not followed.
const MAX_FUNCTIONS: usize = 200;

/// `target` and the functions of the workspace that it calls, directly or by way of others, constructors too.
pub fn from(inference: &Inference<'_>, target: FunctionRef) -> Vec<FunctionRef> {
    until(inference, target, &|_| false).0
}

/// Whether `target` is a function that `is_it` accepts, or calls one, directly or by way of others.
pub fn reaches(inference: &Inference<'_>, target: FunctionRef, is_it: &dyn Fn(FunctionRef) -> bool) -> bool {
    until(inference, target, is_it).1
}

/// The functions that `target` calls, up to the first that `is_it` accepts, and whether there is one.
fn until(
    inference: &Inference<'_>,
    target: FunctionRef,
    is_it: &dyn Fn(FunctionRef) -> bool,
) -> (Vec<FunctionRef>, bool) {
    let mut all = vec![target];
    if is_it(target) {
        return (all, true);
    }
    let mut at = 0;
    while at < all.len() && all.len() < MAX_FUNCTIONS {
        let function = all[at];
        at += 1;
        inference.renew_budget();
        let Some((_, item, facts)) = inference.item(function.file, function.item) else { continue };
        for call in &facts.calls {
            let inside = item.stmt_ancestors(item.enclosing_stmt(*call)).any(|stmt| stmt == function.stmt);
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            if !inside {
                continue;
            }
            let callee = inference.expr(Site { file: function.file, item: function.item, expr: *func });
            let functions = callee.iter().filter_map(|one| match one {
                Type::Function(one, _) => Some(*one),
                Type::Class(class) => inference.method_named(*class, Name::new("__init__")),
                _ => None,
            });
            for called in functions {
                if !all.contains(&called) {
                    all.push(called);
                    if is_it(called) {
                        return (all, true);
                    }
                }
            }
        }
    }
    (all, false)
}

/// The outermost function around a call: what is defined inside of a function runs where that runs, as far as we know.
pub fn outermost_function(inference: &Inference<'_>, call: Site) -> Option<FunctionRef> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    let functions = item.stmt_ancestors(item.enclosing_stmt(call.expr));
    let stmt = functions.filter(|stmt| pyteam_index::facts::function(item, *stmt).is_some()).last()?;
    Some(FunctionRef { file: call.file, item: call.item, stmt })
}
