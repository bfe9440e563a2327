#![doc = include_str!("shared_value_without_lock.md")]

use pyteam_channels::process::{self, PROCESS};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Site, Type, enclosing_function};
use pyteam_index::known::{self, ClassKind, Holds};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::{Expr, ExprId, Name, Stmt, StmtId};

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
            let Some(shared) = shared(cx, target) else { continue };
            if is_locked(cx, stmt) || !is_elsewhere(cx, stmt, &shared) || test_code::is_test(cx) {
                continue;
            }
            let text = cx.text(target);
            let help = match &shared.lock {
                Some(lock) => format!("update it inside `with {lock}:`"),
                None => "update it inside `with lock:`, with one `Lock` shared by all processes".to_owned(),
            };
            let offers = repair(cx, stmt).is_some();
            let finding = sink
                .report(cx.stmt_range(stmt), stmt.0, format!("`{text}` is updated without holding a lock"))
                .note("reading and writing are two steps: a concurrent update in between is lost")
                .help(help);
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
fn changed(cx: &CheckContext<'_>, stmt: StmtId) -> Option<ExprId> {
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

fn shared(cx: &CheckContext<'_>, target: ExprId) -> Option<Shared> {
    let (base, changes) = match cx.item.expr(target) {
        Expr::Attribute { value, attr } if *attr == "value" => (*value, Holds::Value),
        Expr::Attribute { value, .. } => (*value, Holds::Attributes),
        Expr::Subscript { value, .. } => (*value, Holds::Elements),
        _ => return None,
    };
    let types = cx.inference.expr(cx.site(base));
    let instances = types.instances()?;
    let [(class, origin)] = instances.as_slice() else { return None };
    let known = known::class(*class).filter(|known| known.holds == Some(changes))?;
    let has_lock = known.kind == Some(ClassKind::SharedValue) && origin.is_some_and(|origin| makes_lock(cx, origin));
    let lock = (has_lock && !cx.text(base).contains('(')).then(|| format!("{}.get_lock()", cx.text(base)));
    Some(Shared { origin: *origin, lock })
}

/// Whether the call that made the object made a lock, too, as it does by default.
fn makes_lock(cx: &CheckContext<'_>, origin: Site) -> bool {
    let Some((_, item, _)) = cx.inference.item(origin.file, origin.item) else { return false };
    match item.expr(origin.expr) {
        Expr::Call { args, .. } => keyword(args, "lock").is_none(),
        // An annotation says that it is a synchronized one.
        _ => true,
    }
}

/// Whether a lock is held: a `with` on something that is one or is called so, or an `acquire()` before.
fn is_locked(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let under = cx.item.stmt_ancestors(stmt).any(|outer| match cx.item.stmt(outer) {
        Stmt::With { items, .. } => items.iter().any(|one| {
            let text = cx.text(one.context).to_ascii_lowercase();
            let types = cx.inference.expr(cx.site(one.context));
            let is_lock = types.iter().any(|one| {
                matches!(one, Type::Instance { class, .. } if class.as_str().ends_with("Lock") || class.as_str().ends_with("Condition") || class.as_str().ends_with("Semaphore"))
            });
            is_lock || ["lock", "mutex", "sem", "cond"].iter().any(|word| text.contains(word))
        }),
        _ => false,
    });
    let start = cx.item.stmt_range(stmt).start();
    let mut acquired = false;
    process::own_exprs(cx.item, enclosing_function(cx.item, stmt), &mut |expr| {
        acquired |= process::is_named(cx.item, expr, &["acquire"]) && cx.item.expr_range(expr).start() < start;
    });
    under || acquired
}

/// Whether the statement runs in another process than the one that made the object.
fn is_elsewhere(cx: &CheckContext<'_>, stmt: StmtId, shared: &Shared) -> bool {
    let Some(function) = enclosing_function(cx.item, stmt) else { return false };
    let Some(definition) = pyteam_index::facts::function(cx.item, function) else { return false };
    let is_made_here = shared.origin.is_some_and(|origin| {
        origin.file == cx.file.id
            && origin.item == cx.item_index
            && process::function_of(cx.item, origin.expr) == Some(function)
    });
    if is_made_here {
        return false;
    }
    let own = FunctionRef { file: cx.file.id, item: cx.item_index, stmt: function };
    let runs_as_process = definition.name == "run"
        && cx.inference.class_of(own).is_some_and(|class| {
            let object = pyteam_index::infer::Types::one(Type::Object(class, None));
            process::is_a(cx.inference, &object, PROCESS)
        });
    runs_as_process || is_target(cx, definition.name)
}

/// Whether the file gives the function to processes.
fn is_target(cx: &CheckContext<'_>, name: Name) -> bool {
    (0..cx.whole_file().parsed.items.len() as u32).any(|at| {
        let there = cx.at_item(at);
        let names_it = |expr: ExprId| matches!(there.item.expr(expr), Expr::Name(found) | Expr::Attribute { attr: found, .. } if *found == name);
        there.file.facts.items[at as usize].calls.iter().any(|call| {
            let Expr::Call { args, .. } = there.item.expr(*call) else { return false };
            let is_given = keyword(args, "target").is_some_and(names_it)
                && process::is_a(
                    cx.inference,
                    &cx.inference.expr(Site { file: cx.file.id, item: at, expr: *call }),
                    PROCESS,
                );
            let is_mapped = args.first().is_some_and(|arg| names_it(arg.value))
                && process::method(&there, *call)
                    .is_some_and(|(class, method)| class == process::POOL && known::passes_on(method));
            is_given || is_mapped
        })
    })
}

/// `with value.get_lock():` around the statement.
fn repair(cx: &CheckContext<'_>, stmt: StmtId) -> Option<Fix> {
    let lock = shared(cx, changed(cx, stmt)?)?.lock?;
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
