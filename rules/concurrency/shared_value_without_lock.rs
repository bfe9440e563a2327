#![doc = include_str!("shared_value_without_lock.md")]

use pyteam_channels::evidence::is_locked;
use pyteam_channels::launch::{self, Launch};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Inference, Site, enclosing_function};
use pyteam_index::known::{self, ClassKind, Holds};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use crate::shared::test_code;

/// As the editor's menu shows it.
const TITLE: &str = "Hold the lock during the update";

/// See the page.
pub struct SharedValueWithoutLock;

impl Rule for SharedValueWithoutLock {
    fn page(&self) -> &Page {
        crate::page!("shared_value_without_lock")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for stmt in cx.item.stmt_ids() {
            let Some(target) = changed(cx, stmt) else { continue };
            let Some(shared) = shared_object(cx, target) else { continue };
            if is_locked(cx, stmt) {
                continue;
            }
            let Some(launch) = racing(cx, stmt, &shared) else { continue };
            if test_code::is_test(cx) {
                return;
            }
            let text = cx.text(target);
            let help = match &shared.lock {
                Some(lock) => format!("update it inside `with {lock}:`"),
                None => "update it inside `with lock:`, with one `Lock` shared by all processes".to_owned(),
            };
            let offers = repair(cx, stmt).is_some();
            let mut finding = sink
                .report(cx.stmt_range(stmt), stmt.0, format!("`{text}` is updated without holding a lock"))
                .note("reading and writing are two steps: a concurrent update in between is lost")
                .help(help);
            if let Some((file, item, _)) = cx.inference.item(launch.call.file, launch.call.item) {
                let range = file.absolute(launch.call.item, item.expr_range(launch.call.expr));
                finding = finding.related(Related::new(file.id, range, "started here"));
            }
            if offers {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        repair(cx, StmtId(finding.anchor.node)).into_iter().collect()
    }
}

/// An object in the memory of several processes.
struct Shared {
    origin: Option<Site>,
    /// What to take, where the object has a lock.
    lock: Option<String>,
}

/// What the statement reads and writes: `x.value += 1`, `x.value = x.value + 1`.
fn changed(cx: &ItemContext<'_>, stmt: StmtId) -> Option<ExprId> {
    let is_part = |expr: ExprId| matches!(cx.item.expr(expr), Expr::Attribute { .. } | Expr::Subscript { .. });
    match cx.item.stmt(stmt) {
        Stmt::AugAssign { target, .. } if is_part(*target) => Some(*target),
        Stmt::Assign { targets, value } => {
            let [target] = targets.as_ref() else { return None };
            let Expr::Binary { left, right, .. } = cx.item.expr(*value) else { return None };
            let text = is_part(*target).then(|| cx.text(*target))?;
            (cx.text(*left) == text || cx.text(*right) == text).then_some(*target)
        }
        _ => None,
    }
}

fn shared_object(cx: &ItemContext<'_>, target: ExprId) -> Option<Shared> {
    let (base, changes) = match cx.item.expr(target) {
        Expr::Attribute { value, attr } if *attr == "value" => (*value, Holds::Value),
        Expr::Attribute { value, .. } => (*value, Holds::Attributes),
        // Each process may have an element of its own.
        Expr::Subscript { value, index } if matches!(cx.item.expr(*index), Expr::Int(_) | Expr::Str(_)) => {
            (*value, Holds::Elements)
        }
        _ => return None,
    };
    let types = cx.inference.expr(cx.site(base));
    let instances = types.instances()?;
    let [(class, origin)] = instances.as_slice() else { return None };
    let known = known::class(*class).filter(|known| known.holds == Some(changes))?;
    let has_lock = known.kind == Some(ClassKind::SharedValue) && origin.is_some_and(|origin| makes_lock(cx, origin));
    let lock = (has_lock && !cx.text(base).contains('(')).then(|| format!("{}.get_lock()", cx.text(base)));
    Some(Shared { origin: given(cx, base).or(*origin), lock })
}

/// Where the object is made that all callers give to the parameter `base`.
fn given(cx: &ItemContext<'_>, base: ExprId) -> Option<Site> {
    let Expr::Name(name) = cx.item.expr(base) else { return None };
    let function = cx.inference.enclosing_function(cx.site(base))?;
    let index = cx.inference.function(function)?.params.iter().position(|param| param.name == *name)?;
    let given = cx.inference.arguments(function, index)?;
    match given.instances()?.as_slice() {
        [(_, origin)] => *origin,
        _ => None,
    }
}

/// Whether the call that made the object made a lock, too, as it does by default.
fn makes_lock(cx: &ItemContext<'_>, origin: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(origin.file, origin.item) else { return false };
    match item.expr(origin.expr) {
        Expr::Call { args, .. } => keyword(args, "lock").is_none(),
        // An annotation says that it is a synchronized one.
        _ => true,
    }
}

/// Where the code around the statement is started so that another one can update the object at the same time; nothing where
/// it runs once, or not known to be beside anything.
fn racing(cx: &CheckContext<'_>, stmt: StmtId, shared: &Shared) -> Option<Launch> {
    let function = enclosing_function(cx.item, stmt)?;
    let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    if shared.origin.is_some_and(|origin| cx.inference.enclosing_function(origin) == Some(own)) {
        return None;
    }
    let launches = launches(cx.inference, own);
    let Some(origin) = shared.origin else {
        return launches.into_iter().find(Launch::is_repeated);
    };
    if let Some(launch) = launches.iter().find(|one| one.is_repeated_with(cx.inference, origin)) {
        return Some(*launch);
    }
    let first = launches.into_iter().find(|one| one.shares(cx.inference, origin))?;
    let others = other_updates(cx, stmt, origin);
    others.into_iter().any(|other| first.is_beside(cx.inference, &other, origin)).then_some(first)
}

/// What runs a function other than under a lock.
fn launches(inference: &Inference<'_>, function: FunctionRef) -> Vec<Launch> {
    let is_free = |call: Site| {
        ItemContext::new(inference, call.file, call.item)
            .is_some_and(|there| !is_locked(&there, there.item.enclosing_stmt(call.expr)))
    };
    launch::of(inference, function, &is_free).all
}

/// What runs the other updates of the object, and this one.
fn other_updates(cx: &CheckContext<'_>, stmt: StmtId, origin: Site) -> Vec<Launch> {
    let mut found = Vec::new();
    for file in cx.whole_workspace().files() {
        // A shared object's updates are few, and stand near its processes.
        if file.is_test() && !cx.file.is_test() {
            continue;
        }
        for at in 0..file.parsed.items.len() as u32 {
            let Some(there) = cx.at(file.id, at) else { continue };
            for one in there.item.stmt_ids() {
                let Some(target) = changed(&there, one) else { continue };
                if shared_object(&there, target).is_none_or(|other| other.origin != Some(origin)) {
                    continue;
                }
                let Some(function) = enclosing_function(there.item, one) else { continue };
                let function = FunctionRef { file: file.id, item: at, stmt: function };
                let is_this = (file.id, at, one) == (cx.file.id, cx.item_index, stmt);
                // A second start of this one is beside it as well.
                found.extend(if is_this {
                    launches(cx.inference, function)
                } else {
                    launch::of(cx.inference, function, &|_| true).all
                });
            }
        }
    }
    found
}

/// `with value.get_lock():` around the statement.
fn repair(cx: &CheckContext<'_>, stmt: StmtId) -> Option<Fix> {
    let lock = shared_object(cx, changed(cx, stmt)?)?.lock?;
    let source = cx.file.source();
    if !statement::has_own_lines(source, cx.stmt_range(stmt)) {
        return None;
    }
    let unit = style::indent_unit(&cx.file.parsed);
    let start = cx.file.item_start(cx.item_index);
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    for edit in statement::wrap(source, cx.item, start, stmt, &unit, &[format!("with {lock}:")], &[]) {
        if !edit.range.is_empty() || !edit.text.is_empty() {
            fix.push(cx.file.id, edit);
        }
    }
    Some(fix.finish())
}
