//! The `async def` that does what a function does, without blocking: `aget` beside `get`.

use pyteam_channels::order::control_flow;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::WorkKind;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name, Stmt, StmtId};

/// The twin of a function that is called.
pub(super) struct Twin {
    /// `await self.aget(...)`
    pub(super) awaited: String,
    /// Whether the call stands in the twin itself.
    pub(super) is_caller: bool,
}

/// The twin of the function that `call`, in the `async def` `function`, calls: in the same class, or else in the same module.
/// Where the twin itself calls it, only if it waits there, at `wait`, until something else comes about: then another turn of
/// the twin would do.
pub(super) fn of(cx: &CheckContext<'_>, function: StmtId, call: ExprId, wait: Site, work: WorkKind) -> Option<Twin> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let callee = cx.inference.callee(cx.site(call));
    let [Type::Function(sync, _)] = callee.as_slice() else { return None };
    let name = cx.inference.function(*sync)?.name;
    let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    names(name.as_str()).into_iter().find_map(|name| {
        let twin = named(cx, *sync, Name::new(&name))?;
        if twin == own && !polls(cx, wait, work) {
            return None;
        }
        let text = cx.text(*func);
        let before = text.rsplit_once('.').map_or("", |(object, _)| object);
        let dot = if before.is_empty() { "" } else { "." };
        let awaited = format!("await {before}{dot}{name}(...)");
        (awaited.len() <= 70 && !awaited.contains('\n')).then_some(Twin { awaited, is_caller: twin == own })
    })
}

/// Whether the wait goes on until something else comes about: a sleep in a `while` loop that does not change what it tests.
fn polls(cx: &CheckContext<'_>, wait: Site, work: WorkKind) -> bool {
    let Some((_, item, facts)) = cx.inference.item(wait.file, wait.item).filter(|_| work == WorkKind::Sleep) else {
        return false;
    };
    let Some(around) = control_flow::enclosing_loop(item, item.enclosing_stmt(wait.expr)) else { return false };
    let Stmt::While { test, .. } = item.stmt(around) else { return false };
    let is_changed = facts.bindings.iter().any(|one| {
        item.stmt_ancestors(one.stmt).any(|outer| outer == around)
            && control_flow::mentions(item, Part::Expr(*test), &[one.name])
    });
    !is_changed
}

/// How the twin of a function with that name may be called.
fn names(name: &str) -> Vec<String> {
    let plain = name.trim_start_matches('_');
    let dashes = &name[..name.len() - plain.len()];
    let mut all = vec![
        format!("{dashes}a{plain}"),
        format!("{dashes}a_{plain}"),
        format!("{dashes}async_{plain}"),
        format!("{name}_async"),
    ];
    all.extend(plain.strip_suffix("_sync").map(|base| format!("{dashes}{base}")));
    all.extend(plain.strip_prefix("sync_").map(|base| format!("{dashes}{base}")));
    all
}

/// The `async def` with that name beside the function.
fn named(cx: &CheckContext<'_>, sync: FunctionRef, name: Name) -> Option<FunctionRef> {
    let twin = match cx.inference.class_of(sync) {
        Some(class) => cx.inference.method_named(class, name)?,
        None => {
            let file = cx.inference.file(sync.file)?;
            let at = file.facts.module.get(&name)?.last()?;
            let item = file.item(at.item);
            let stmt = item.stmt_ids().find(|stmt| {
                matches!(item.stmt(*stmt), Stmt::Function(one) if one.name == name) && *stmt == item.root()
            })?;
            FunctionRef { file: sync.file, item: at.item, stmt }
        }
    };
    let (_, item, _) = cx.inference.item(twin.file, twin.item)?;
    facts::function(item, twin.stmt)?.is_async.then_some(twin)
}
