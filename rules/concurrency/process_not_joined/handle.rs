//! What becomes of the handle of a process or pool.

use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::infer::types::{Type, Types};
use pyteam_syntax::tree::ComprehensionKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use super::HandleKind;

/// What becomes of a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is used, but never joined, stopped or given away.
    Forgotten,
    /// It is returned, but lost on a path that raises.
    LostOnRaise,
    /// It is taken care of, or given to code that may do so.
    Unknown,
}

/// What using a handle in one place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandleUse {
    /// It is started, or a pool is given work.
    Work,
    /// It is looked at.
    Look,
    /// It is returned.
    Returned,
    /// Anything else: it is joined, stopped, closed, stored, passed on, made a daemon.
    Care,
}

/// The fate of a handle in a local variable.
pub(super) fn of_local(cx: &CheckContext<'_>, made: ExprId, name: Name, kind: HandleKind) -> Fate {
    let item = cx.item;
    // At module level any module may use it.
    let Some(function) = process::function_of(item, made) else { return of_global(cx, name, kind) };
    let facts = cx.facts();
    let is_shared = facts.scopes.iter().any(|scope| scope.globals.contains(&name) || scope.nonlocals.contains(&name));
    if is_shared {
        return Fate::Unknown;
    }
    let mut uses: Vec<HandleUse> = Vec::new();
    for expr in item.expr_ids() {
        if matches!(item.expr(expr), Expr::Name(found) if *found == name)
            && item.stmt_ancestors(item.enclosing_stmt(expr)).any(|one| one == function)
            && !is_target(item, expr)
        {
            match appended_to(item, expr) {
                Some(list) => uses.extend(of_elements(item, function, list, kind)),
                None => uses.push(used(item, expr, kind)),
            }
        }
    }
    if !uses.contains(&HandleUse::Work) || uses.contains(&HandleUse::Care) {
        return Fate::Unknown;
    }
    if uses.contains(&HandleUse::Returned) {
        let loses = kind == HandleKind::Process && raises_after(cx, function, made, name);
        return if loses { Fate::LostOnRaise } else { Fate::Unknown };
    }
    Fate::Forgotten
}

/// The list, a local variable, that `processes.append(process)` puts a handle into.
fn appended_to(item: &Item, handle: ExprId) -> Option<Name> {
    let Parent::Expr(call) = item.expr_parent(handle) else { return None };
    let Expr::Call { func, args, .. } = item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = item.expr(*func) else { return None };
    let Expr::Name(list) = item.expr(*value) else { return None };
    (*attr == "append" && args.len() == 1 && args[0].value == handle).then_some(*list)
}

/// The fate of the handles that a comprehension makes, or that are appended at once, in a local list.
pub(super) fn of_list(cx: &CheckContext<'_>, made: ExprId, kind: HandleKind) -> Fate {
    let item = cx.item;
    let Some(function) = process::function_of(item, made) else { return Fate::Unknown };
    let list = appended_to(item, made).or_else(|| {
        let Parent::Expr(comprehension) = item.expr_parent(made) else { return None };
        let Expr::Comprehension(one) = item.expr(comprehension) else { return None };
        let is_list = one.kind == ComprehensionKind::List && one.element == made;
        match item.expr(process::bound_to(item, comprehension).filter(|_| is_list)?) {
            Expr::Name(name) => Some(*name),
            _ => None,
        }
    });
    let Some(list) = list else { return Fate::Unknown };
    let uses = of_elements(item, function, list, kind);
    let is_forgotten =
        uses.contains(&HandleUse::Work) && !uses.iter().any(|one| matches!(one, HandleUse::Care | HandleUse::Returned));
    if is_forgotten { Fate::Forgotten } else { Fate::Unknown }
}

/// What is done with the elements of a local list.
fn of_elements(item: &Item, function: StmtId, list: Name, kind: HandleKind) -> Vec<HandleUse> {
    let mut uses: Vec<HandleUse> = Vec::new();
    let mut is_made_here = false;
    for expr in item.expr_ids() {
        if !matches!(item.expr(expr), Expr::Name(found) if *found == list)
            || !item.stmt_ancestors(item.enclosing_stmt(expr)).any(|one| one == function)
        {
            continue;
        }
        if is_target(item, expr) {
            is_made_here = true;
            continue;
        }
        let mut of_each = |target: ExprId, around: Part| match item.expr(target) {
            Expr::Name(each) => walk(item, around, &mut |part| {
                if let Part::Expr(one) = part
                    && one != target
                    && matches!(item.expr(one), Expr::Name(name) if name == each)
                {
                    uses.push(used(item, one, kind));
                }
                true
            }),
            _ => uses.push(HandleUse::Care),
        };
        match item.expr_parent(expr) {
            Parent::Stmt(stmt) => match item.stmt(stmt) {
                Stmt::For { target, iter, .. } if *iter == expr => of_each(*target, Part::Stmt(stmt)),
                Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. } => uses.push(HandleUse::Look),
                _ => uses.push(HandleUse::Care),
            },
            Parent::Expr(parent) => match item.expr(parent) {
                Expr::Comprehension(one) => match one.clauses.iter().find(|clause| clause.iter == expr) {
                    Some(clause) => of_each(clause.target, Part::Expr(parent)),
                    None => uses.push(HandleUse::Care),
                },
                Expr::Attribute { attr, .. } if *attr == "append" => {}
                Expr::Call { func, .. } if matches!(item.expr(*func), Expr::Name(name) if *name == "len") => {
                    uses.push(HandleUse::Look);
                }
                _ => uses.push(HandleUse::Care),
            },
            Parent::Root => uses.push(HandleUse::Care),
        }
    }
    // A parameter, or a list of the module or of a function around, is in other code's hands as well.
    if !is_made_here {
        uses.push(HandleUse::Care);
    }
    uses
}

/// The fate of a module's process: other modules may take care of it where its name is public.
fn of_global(cx: &CheckContext<'_>, name: Name, kind: HandleKind) -> Fate {
    let is_guarded = matches!(cx.item.stmt(cx.item.root()), Stmt::If { .. });
    let mut uses: Vec<HandleUse> = Vec::new();
    for slot in &cx.whole_file().parsed.items {
        for expr in slot.item.expr_ids() {
            if matches!(slot.item.expr(expr), Expr::Name(found) if *found == name) && !is_target(&slot.item, expr) {
                uses.push(used(&slot.item, expr, kind));
            }
        }
    }
    if is_guarded && uses.contains(&HandleUse::Work) && !uses.contains(&HandleUse::Care) {
        Fate::Forgotten
    } else {
        Fate::Unknown
    }
}

/// The fate of a handle in a private attribute: only its own file takes care of it.
pub(super) fn of_attribute(cx: &CheckContext<'_>, attr: Name, kind: HandleKind) -> Fate {
    if !attr.as_str().starts_with('_') {
        return Fate::Unknown;
    }
    let mut uses: Vec<HandleUse> = Vec::new();
    for slot in &cx.whole_file().parsed.items {
        for expr in slot.item.expr_ids() {
            match slot.item.expr(expr) {
                Expr::Attribute { attr: found, .. } if *found == attr && !is_target(&slot.item, expr) => {
                    uses.push(used(&slot.item, expr, kind));
                }
                // `getattr(self, "_process")`
                Expr::Str(text) if text.value.is_some_and(|value| value == attr) => return Fate::Unknown,
                _ => {}
            }
        }
    }
    if uses.contains(&HandleUse::Work) && !uses.iter().any(|one| matches!(one, HandleUse::Care | HandleUse::Returned)) {
        Fate::Forgotten
    } else {
        Fate::Unknown
    }
}

/// Whether the expression is assigned to.
fn is_target(item: &Item, expr: ExprId) -> bool {
    match item.expr_parent(expr) {
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Assign { targets, .. } => targets.contains(&expr),
            Stmt::AnnAssign { target, .. } => *target == expr,
            _ => false,
        },
        _ => false,
    }
}

fn used(item: &Item, handle: ExprId, kind: HandleKind) -> HandleUse {
    match item.expr_parent(handle) {
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Attribute { attr, .. } => of_member(item, parent, attr.as_str(), kind),
            Expr::Not(_) | Expr::Compare(_) | Expr::Bool2 { .. } => HandleUse::Look,
            _ => HandleUse::Care,
        },
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Return(_) => HandleUse::Returned,
            Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. } => HandleUse::Look,
            _ => HandleUse::Care,
        },
        Parent::Root => HandleUse::Care,
    }
}

fn of_member(item: &Item, member: ExprId, attr: &str, kind: HandleKind) -> HandleUse {
    let is_called = matches!(item.expr_parent(member), Parent::Expr(call) if matches!(item.expr(call), Expr::Call { func, .. } if *func == member));
    match (kind, attr) {
        (HandleKind::Process, "start") if is_called => HandleUse::Work,
        (HandleKind::Process, "is_alive" | "exitcode" | "name" | "pid" | "ident") if !is_target(item, member) => {
            // A process may be waited for and stopped by its number.
            if attr == "pid" || attr == "ident" { HandleUse::Care } else { HandleUse::Look }
        }
        (HandleKind::Process, "name") => HandleUse::Look,
        (
            HandleKind::Pool,
            "map" | "imap" | "imap_unordered" | "starmap" | "apply" | "apply_async" | "map_async" | "starmap_async",
        ) if is_called => HandleUse::Work,
        _ => HandleUse::Care,
    }
}

/// Whether the function raises after the process was made, other than because the process is dead.
fn raises_after(cx: &CheckContext<'_>, function: StmtId, made: ExprId, name: Name) -> bool {
    let item = cx.item;
    let after = item.expr_range(made).end();
    item.stmt_ids().any(|stmt| {
        matches!(item.stmt(stmt), Stmt::Raise { exc: Some(_), .. })
            && item.stmt_range(stmt).start() > after
            && pyteam_index::infer::enclosing_function(item, stmt) == Some(function)
            && !item.stmt_ancestors(stmt).take_while(|one| *one != function).any(|one| match item.stmt(one) {
                Stmt::If { test, .. } => {
                    pyteam_channels::order::control_flow::mentions(item, Part::Expr(*test), &[name])
                }
                Stmt::Try(_) => true,
                _ => false,
            })
    })
}

/// Whether the class of the workspace says anything of being a daemon.
pub(super) fn class_is_daemon(cx: &CheckContext<'_>, types: &Types) -> bool {
    types.iter().any(|one| match one {
        Type::Object(class, _) => cx.inference.ancestors(*class).0.into_iter().any(|class| {
            let (Some(definition), Some(file)) = (cx.inference.class(class), cx.inference.file(class.file)) else {
                return true;
            };
            let text = file.text_at(class.item, definition.body_range);
            text.contains("daemon") || text.contains(".start(") || text.contains(".join(")
        }),
        _ => false,
    })
}
