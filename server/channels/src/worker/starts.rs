//! Where threads and processes are made of a function.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::{Expr, Name, Parent, StmtId};

use crate::process::{self, PROCESS};

const THREAD: &str = "threading.Thread";

/// The calls that make a thread or process of the function, each with the function around it; nothing where the function
/// is mentioned otherwise.
pub(super) fn of(
    cx: &ItemContext<'_>,
    function: StmtId,
    name: Name,
    is_inner: bool,
) -> Option<Vec<(Site, Option<StmtId>)>> {
    let wanted = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    let mut found = Vec::new();
    for file in cx.whole_workspace().files() {
        if is_inner && file.id != cx.file.id || !file.source().as_str().contains(name.as_str()) {
            continue;
        }
        for at in 0..file.parsed.items.len() as u32 {
            if is_inner && at != cx.item_index {
                continue;
            }
            let item = file.item(at);
            for expr in item.expr_ids() {
                if facts::last_name(item, expr) != Some(name) {
                    continue;
                }
                let site = |expr| Site { file: file.id, item: at, expr };
                let types = cx.inference.expr(site(expr));
                let is_it = |one: &Type| matches!(one, Type::Function(function, _) if *function == wanted);
                if !types.has_unknown() && !types.iter().any(is_it) {
                    continue;
                }
                let Parent::Expr(call) = item.expr_parent(expr) else { return None };
                let Expr::Call { args, .. } = item.expr(call) else { return None };
                // A class that derives from one of these may run its target otherwise.
                let made = cx.inference.expr(site(call));
                let is_plain = |one: &Type| match one {
                    Type::Instance { class, .. } => *class == THREAD || *class == PROCESS,
                    _ => false,
                };
                let is_made = !made.has_unknown() && made.iter().all(is_plain);
                let is_inside_itself = item
                    .stmt_ancestors(item.enclosing_stmt(call))
                    .any(|one| (file.id, at, one) == (wanted.file, wanted.item, wanted.stmt));
                if keyword(args, "target") != Some(expr) || !is_made || types.iter().count() != 1 || is_inside_itself {
                    return None;
                }
                found.push((site(call), process::function_of(item, call)));
            }
        }
    }
    Some(found)
}
