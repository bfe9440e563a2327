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
                Some(list) => uses.extend(of_elements(cx, function, list, kind)),
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

/// Where handles are kept together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// A local variable.
    Local(Name),
    /// An attribute of the object whose method it is.
    Attribute(Name),
}

impl Group {
    fn of(item: &Item, expr: ExprId) -> Option<Self> {
        match item.expr(expr) {
            Expr::Name(name) => Some(Self::Local(*name)),
            Expr::Attribute { attr, value } if matches!(item.expr(*value), Expr::Name(base) if *base == "self") => {
                Some(Self::Attribute(*attr))
            }
            _ => None,
        }
    }

    fn is(self, item: &Item, expr: ExprId) -> bool {
        match self {
            Self::Local(name) => matches!(item.expr(expr), Expr::Name(found) if *found == name),
            Self::Attribute(name) => matches!(item.expr(expr), Expr::Attribute { attr, .. } if *attr == name),
        }
    }
}

/// The list that `processes.append(process)` puts a handle into, or the dict of `processes[key] = process`.
fn appended_to(item: &Item, handle: ExprId) -> Option<Group> {
    if let Parent::Stmt(stmt) = item.expr_parent(handle)
        && let Stmt::Assign { targets, value } = item.stmt(stmt)
        && *value == handle
        && let [target] = targets.as_ref()
        && let Expr::Subscript { value, .. } = item.expr(*target)
    {
        return Group::of(item, *value);
    }
    let Parent::Expr(call) = item.expr_parent(handle) else { return None };
    let Expr::Call { func, args, .. } = item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = item.expr(*func) else { return None };
    if *attr != "append" || args.len() != 1 || args[0].value != handle {
        return None;
    }
    Group::of(item, *value)
}

/// The fate of the handles that a comprehension makes, or that are appended at once, in a list or dict.
pub(super) fn of_list(cx: &CheckContext<'_>, made: ExprId, kind: HandleKind) -> Fate {
    let item = cx.item;
    let Some(function) = process::function_of(item, made) else { return Fate::Unknown };
    let group = appended_to(item, made).or_else(|| {
        let Parent::Expr(comprehension) = item.expr_parent(made) else { return None };
        let Expr::Comprehension(one) = item.expr(comprehension) else { return None };
        let is_list = one.kind == ComprehensionKind::List && one.element == made;
        Group::of(item, process::bound_to(item, comprehension).filter(|_| is_list)?)
    });
    let Some(group) = group else { return Fate::Unknown };
    let uses = of_elements(cx, function, group, kind);
    let is_forgotten =
        uses.contains(&HandleUse::Work) && !uses.iter().any(|one| matches!(one, HandleUse::Care | HandleUse::Returned));
    if is_forgotten { Fate::Forgotten } else { Fate::Unknown }
}

/// What is done with the elements of a local list, or in the file with those of a private attribute.
fn of_elements(cx: &CheckContext<'_>, function: StmtId, group: Group, kind: HandleKind) -> Vec<HandleUse> {
    match group {
        Group::Local(_) => of_elements_in(cx.item, Some(function), group, kind),
        // Any code may use a public one.
        Group::Attribute(name) if !name.as_str().starts_with('_') => vec![HandleUse::Care],
        Group::Attribute(name) => {
            let items = &cx.whole_file().parsed.items;
            let names_it = |item: &Item| {
                item.expr_ids().any(
                    |expr| matches!(item.expr(expr), Expr::Str(text) if text.value.is_some_and(|value| value == name)),
                )
            };
            // `getattr(self, "_processes")`
            if items.iter().any(|slot| names_it(&slot.item)) {
                return vec![HandleUse::Care];
            }
            let mut uses: Vec<HandleUse> = Vec::new();
            let mut is_made_here = false;
            for slot in items {
                let of_item = of_elements_in(&slot.item, None, group, kind);
                is_made_here |=
                    slot.item.expr_ids().any(|expr| group.is(&slot.item, expr) && is_target(&slot.item, expr));
                uses.extend(of_item);
            }
            if !is_made_here {
                uses.push(HandleUse::Care);
            }
            uses
        }
    }
}

/// What is done with the elements in one item; in `function` alone, where that is given.
fn of_elements_in(item: &Item, function: Option<StmtId>, group: Group, kind: HandleKind) -> Vec<HandleUse> {
    let mut uses: Vec<HandleUse> = Vec::new();
    let mut is_made_here = false;
    for expr in item.expr_ids() {
        let is_inside = || {
            function.is_none_or(|function| item.stmt_ancestors(item.enclosing_stmt(expr)).any(|one| one == function))
        };
        if !group.is(item, expr) || !is_inside() {
            continue;
        }
        if is_target(item, expr) {
            is_made_here = true;
            continue;
        }
        of_mention(item, expr, kind, &mut uses);
    }
    // A parameter, or a list of the module or of a function around, is in other code's hands as well.
    if !is_made_here && function.is_some() {
        uses.push(HandleUse::Care);
    }
    uses
}

/// What one mention of a list or dict does with its elements.
fn of_mention(item: &Item, group: ExprId, kind: HandleKind, uses: &mut Vec<HandleUse>) {
    let parent = match item.expr_parent(group) {
        Parent::Expr(parent) => parent,
        Parent::Stmt(stmt) => {
            match item.stmt(stmt) {
                Stmt::For { target, iter, .. } if *iter == group => {
                    of_each(item, *target, Part::Stmt(stmt), kind, uses)
                }
                Stmt::If { .. } | Stmt::While { .. } | Stmt::Assert { .. } => uses.push(HandleUse::Look),
                _ => uses.push(HandleUse::Care),
            }
            return;
        }
        Parent::Root => {
            uses.push(HandleUse::Care);
            return;
        }
    };
    match item.expr(parent) {
        Expr::Comprehension(one) => match one.clauses.iter().find(|clause| clause.iter == group) {
            Some(clause) => of_each(item, clause.target, Part::Expr(parent), kind, uses),
            None => uses.push(HandleUse::Care),
        },
        Expr::Attribute { attr, .. } if *attr == "append" => {}
        // `processes[name].start()`, `processes[name] = Process(..)`
        Expr::Subscript { value, index } if *value == group && !matches!(item.expr(*index), Expr::Slice { .. }) => {
            if !is_target(item, parent) {
                uses.push(used(item, parent, kind));
            }
        }
        // `for process in processes.values():`
        Expr::Attribute { attr, .. } if *attr == "values" => match item.expr_parent(parent) {
            Parent::Expr(call) => of_mention(item, call, kind, uses),
            _ => uses.push(HandleUse::Care),
        },
        Expr::Call { func, .. } if matches!(item.expr(*func), Expr::Name(name) if *name == "len") => {
            uses.push(HandleUse::Look);
        }
        // `for index, process in enumerate(processes):`
        Expr::Call { func, args }
            if args.len() == 1 && matches!(item.expr(*func), Expr::Name(name) if *name == "enumerate") =>
        {
            match item.expr_parent(parent) {
                Parent::Stmt(stmt) => match item.stmt(stmt) {
                    Stmt::For { target, iter, .. } if *iter == parent => match item.expr(*target) {
                        Expr::Tuple(both) if both.len() == 2 => of_each(item, both[1], Part::Stmt(stmt), kind, uses),
                        _ => uses.push(HandleUse::Care),
                    },
                    _ => uses.push(HandleUse::Care),
                },
                _ => uses.push(HandleUse::Care),
            }
        }
        _ => uses.push(HandleUse::Care),
    }
}

/// What is done in `around` with each element, which has the name `target` there.
fn of_each(item: &Item, target: ExprId, around: Part, kind: HandleKind, uses: &mut Vec<HandleUse>) {
    match item.expr(target) {
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
    }
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
