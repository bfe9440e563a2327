//! Calls of what comes from outside the workspace, found by a table of names.
//!
//! Only calls whose last name stands in the table are followed, so that a large workspace costs what it calls.

use pyteam_index::facts::last_name;
use pyteam_index::infer::{Site, Type};
use pyteam_index::{File, known};
use pyteam_syntax::tree::Arg;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use crate::view::View;
pub(crate) use pyteam_syntax::arguments::{keyword, positional};

/// A row of a table: a dotted path (`pandas.read_csv`), or a method of anything in a file that imports one of some
/// packages (`?.to_csv`), with what the call is.
#[derive(Clone, Copy)]
pub(crate) struct Row<K> {
    pub(crate) path: &'static str,
    pub(crate) kind: K,
}

/// A call that a table knows.
#[derive(Clone, Debug)]
pub(crate) struct Call<K> {
    pub(crate) site: Site,
    /// The dotted path, canonical.
    pub(crate) path: Name,
    pub(crate) kind: K,
}

/// The calls that `table` knows among those asked about, in the order of paths and places. A row `?.name` holds in
/// files that import one of `packages`.
pub(crate) fn known_calls<K: Copy>(
    view: &View<'_>,
    files: &[&std::sync::Arc<File>],
    table: &[Row<K>],
    packages: &[&str],
) -> Vec<Call<K>> {
    let mut found = Vec::new();
    for file in files {
        let aliases = aliases(file);
        for row in table {
            let (module, last) = row.path.rsplit_once('.').unwrap_or(("", row.path));
            if module == "?" && !imports_any(file, packages) {
                continue;
            }
            let known_as = aliases.iter().filter(|(name, _)| *name == last).map(|(_, alias)| *alias);
            for name in std::iter::once(Name::new(last)).chain(known_as) {
                calls_named(view, file, row, name, &mut found);
            }
        }
    }
    found.sort_by_key(|call| view.sort_key(call.site));
    found.dedup_by_key(|call| call.site);
    found
}

/// The calls of `name` in a file that are what `row` says.
fn calls_named<K: Copy>(view: &View<'_>, file: &File, row: &Row<K>, name: Name, found: &mut Vec<Call<K>>) {
    for index in file.facts.called.get(&name).into_iter().flatten() {
        let Some((_, item, facts)) = view.inference.item(file.id, *index) else { continue };
        view.inference.renew_budget();
        for call in &facts.calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let site = Site { file: file.id, item: *index, expr: *call };
            if last_name(item, *func) != Some(name) || !view.is_asked_site(site) {
                continue;
            }
            let is_it = if row.path.starts_with("?.") {
                is_method_of_outside(view, site, *func)
            } else {
                view.inference.callee(site).iter().any(|one| path_of(one).is_some_and(|path| path == row.path))
            };
            if is_it {
                found.push(Call { site, path: Name::new(row.path), kind: row.kind });
            }
        }
    }
}

/// The places among those asked about where a function of `table` is assigned or passed on, to be called later under
/// another name: `loads = pickle.loads`, `reduce(pickle.loads, parts)`.
pub(crate) fn passed_on<K: Copy>(view: &View<'_>, files: &[&std::sync::Arc<File>], table: &[Row<K>]) -> Vec<Call<K>> {
    let mut found = Vec::new();
    for file in files {
        let rows = table.iter().filter(|row| imports_any(file, &[row.path.split('.').next().unwrap_or_default()]));
        let rows: Vec<(&Row<K>, &str)> = rows
            .filter_map(|row| Some((row, row.path.rsplit_once('.')?.1)))
            .filter(|(_, last)| is_function(last))
            .collect();
        if rows.is_empty() {
            continue;
        }
        let aliases = aliases(file);
        for (index, slot) in file.parsed.items.iter().enumerate() {
            view.inference.renew_budget();
            for expr in slot.item.expr_ids() {
                let Some(name) = last_name(&slot.item, expr) else { continue };
                let is_known_as =
                    |last: &str| name == last || aliases.iter().any(|(known, alias)| *known == last && *alias == name);
                let site = Site { file: file.id, item: index as u32, expr };
                let named = rows.iter().filter(|(_, last)| is_known_as(last));
                for (row, _) in named {
                    if is_passed_on(&slot.item, expr)
                        && view.is_asked_site(site)
                        && view.inference.expr(site).iter().any(|one| path_of(one).is_some_and(|path| path == row.path))
                    {
                        found.push(Call { site, path: Name::new(row.path), kind: row.kind });
                    }
                }
            }
        }
    }
    found.sort_by_key(|call| view.sort_key(call.site));
    found.dedup_by_key(|call| call.site);
    found
}

/// Whether a name is that of a function, by convention.
fn is_function(name: &str) -> bool {
    name.starts_with(|char: char| char.is_ascii_lowercase() || char == '_')
}

/// Whether a value is assigned, returned, given as an argument or a default, or put into a literal.
fn is_passed_on(item: &Item, expr: ExprId) -> bool {
    let mut inner = expr;
    // Out of literals: `{"pickle": pickle.loads}`.
    loop {
        match item.expr_parent(inner) {
            Parent::Expr(around) => match item.expr(around) {
                Expr::Call { func, .. } => return *func != inner,
                Expr::Tuple(_) | Expr::List(_) | Expr::Dict(_) | Expr::Conditional { .. } => inner = around,
                _ => return false,
            },
            Parent::Stmt(stmt) => {
                return match item.stmt(stmt) {
                    Stmt::Assign { value, .. } => *value == inner,
                    Stmt::AnnAssign { value, .. } | Stmt::Return(value) => *value == Some(inner),
                    Stmt::Function(function) => function.params.iter().any(|param| param.default == Some(inner)),
                    _ => false,
                };
            }
            Parent::Root => return false,
        }
    }
}

/// What a file imports under another name: `from subprocess import check_output as run`.
fn aliases(file: &File) -> Vec<(Name, Name)> {
    let mut found = Vec::new();
    for slot in &file.parsed.items {
        for stmt in slot.item.stmt_ids() {
            if let Stmt::ImportFrom(from) = slot.item.stmt(stmt) {
                found.extend(from.names.iter().filter_map(|name| Some((name.path, name.alias?))));
            }
        }
    }
    found
}

/// The dotted path of one thing from outside.
pub(crate) fn path_of(one: &Type) -> Option<Name> {
    match one {
        Type::External(path) => Some(known::canonical(*path)),
        Type::Method { class, name, .. } => Some(Name::new(&format!("{class}.{name}"))),
        _ => None,
    }
}

/// Whether it is a method call that goes to no class or function of the workspace.
fn is_method_of_outside(view: &View<'_>, site: Site, func: ExprId) -> bool {
    let Some((_, item, _)) = view.inference.item(site.file, site.item) else { return false };
    let is_attribute = matches!(item.expr(func), Expr::Attribute { .. });
    let own = |one: &Type| matches!(one, Type::Function(..) | Type::Class(_));
    is_attribute && !view.inference.callee(site).iter().any(own)
}

/// Whether a file imports one of some packages, wherever in it.
pub(crate) fn imports_any(file: &File, packages: &[&str]) -> bool {
    imported(file).any(|module| packages.contains(&module.split('.').next().unwrap_or_default()))
}

/// The dotted modules that a file imports absolutely at its top, in source order.
pub(crate) fn imported_at_top(file: &File) -> impl Iterator<Item = &'static str> + '_ {
    let imports = file.parsed.items.iter().map(|slot| slot.item.stmt(slot.item.root()));
    imports.filter(|stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_))).flat_map(modules_of)
}

fn modules_of(stmt: &Stmt) -> Vec<&'static str> {
    match stmt {
        Stmt::Import(names) => names.iter().map(|name| name.path.as_str()).collect(),
        Stmt::ImportFrom(from) if from.level == 0 => from.module.iter().map(|name| name.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// The dotted modules that a file imports absolutely, wherever in it, in source order.
pub(crate) fn imported(file: &File) -> impl Iterator<Item = &'static str> + '_ {
    let of_item = |slot: &'_ pyteam_syntax::ItemSlot| {
        slot.item.stmt_ids().flat_map(|stmt| modules_of(slot.item.stmt(stmt))).collect::<Vec<_>>()
    };
    file.parsed.items.iter().flat_map(of_item)
}

/// The arguments of a call.
pub(crate) fn arguments<'a>(view: &View<'a>, call: Site) -> &'a [Arg] {
    match view.inference.item(call.file, call.item).map(|(_, item, _)| item.expr(call.expr)) {
        Some(Expr::Call { args, .. }) => args,
        _ => &[],
    }
}

/// The value of a short string literal.
pub(crate) fn literal(item: &Item, expr: ExprId) -> Option<&'static str> {
    match item.expr(expr) {
        Expr::Str(text) if !text.bytes => text.value.map(Name::as_str),
        _ => None,
    }
}

/// Whether an expression is run again and again: inside of a `for`, `while` or comprehension of its own function.
pub(crate) fn is_in_loop(item: &Item, expr: ExprId) -> bool {
    let comprehended = item.expr_ancestors(expr).any(|one| matches!(item.expr(one), Expr::Comprehension(_)));
    let mut inner = Parent::Expr(expr);
    let own = item.enclosing_stmt(expr);
    comprehended
        || std::iter::once(own)
            .chain(item.stmt_ancestors(own))
            .take_while(|stmt| !matches!(item.stmt(*stmt), Stmt::Function(_) | Stmt::Class(_)))
            .any(|stmt| {
                let is_body = match item.stmt(stmt) {
                    Stmt::While { .. } => true,
                    // What a `for` goes through is worked out once.
                    Stmt::For { body, .. } => match inner {
                        Parent::Stmt(inside) => body.contains(&inside),
                        _ => false,
                    },
                    _ => false,
                };
                inner = Parent::Stmt(stmt);
                is_body
            })
}
