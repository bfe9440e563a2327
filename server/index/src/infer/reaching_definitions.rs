//! Which bindings of a name reach a use: by scope, by the order of statements, by what a failed import leaves in place.

use pyteam_syntax::tree::{Handler, Try};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};
use rustc_hash::FxHashMap;

use super::Site;
use crate::facts::{self, BindingRef, ItemFacts, ScopeId, ScopeKind, Source};
use crate::snapshot::File;

/// The bindings of `name` inside of the item that reach the use at `site`, and their scope.
pub(super) fn local_bindings(
    item: &Item,
    facts: &ItemFacts,
    site: Site,
    name: Name,
) -> Option<(ScopeId, Vec<BindingRef>)> {
    let mut scope = scope_of(item, facts, site.expr);
    let home = scope;
    loop {
        let this = &facts.scopes[scope.index()];
        let hidden = this.kind == ScopeKind::Class && scope != home;
        if scope == ScopeId::OUTER || this.globals.contains(&name) {
            return None;
        }
        if !hidden && !this.nonlocals.contains(&name) {
            let bound: Vec<u32> =
                this.bindings.iter().copied().filter(|at| facts.bindings[*at as usize].name == name).collect();
            if !bound.is_empty() {
                let bound = without_fallbacks(item, facts, bound);
                let reaching = if scope == home { reaching(item, facts, &bound, site.expr) } else { bound };
                let reaching = reaching.into_iter().map(|binding| BindingRef { item: site.item, binding });
                return Some((scope, reaching.collect()));
            }
        }
        scope = this.parent;
    }
}

/// The scope that an expression is evaluated in.
pub(super) fn scope_of(item: &Item, facts: &ItemFacts, expr: ExprId) -> ScopeId {
    let mut from = Part::Expr(expr);
    let mut parent = item.expr_parent(expr);
    loop {
        let owner = match parent {
            Parent::Root => return ScopeId::OUTER,
            Parent::Expr(id) => {
                let inside = match item.expr(id) {
                    Expr::Lambda(lambda) => from == Part::Expr(lambda.body),
                    Expr::Comprehension(one) => {
                        one.clauses.first().is_none_or(|clause| from != Part::Expr(clause.iter))
                    }
                    _ => false,
                };
                from = Part::Expr(id);
                parent = item.expr_parent(id);
                inside.then_some(from)
            }
            Parent::Stmt(id) => {
                // Decorators, defaults, annotations and bases are evaluated outside; bodies are statements.
                let inside =
                    matches!(from, Part::Stmt(_)) && matches!(item.stmt(id), Stmt::Function(_) | Stmt::Class(_));
                from = Part::Stmt(id);
                parent = item.stmt_parent(id);
                inside.then_some(from)
            }
        };
        if let Some(owner) = owner
            && let Some(at) = facts.scopes.iter().position(|scope| scope.owner == Some(owner))
        {
            return ScopeId(at as u32);
        }
    }
}

/// Leaves out bindings that only stand in for another one when its import fails.
fn without_fallbacks(item: &Item, facts: &ItemFacts, mut bound: Vec<u32>) -> Vec<u32> {
    let tries: Vec<(u32, &Try)> = bound.iter().filter_map(|at| Some((*at, tried(item, facts, *at)?))).collect();
    if !tries.is_empty() {
        bound.retain(|at| !stands_in(item, facts, *at, &tries));
    }
    bound
}

/// The same for bindings at module level of `file`.
pub(super) fn without_fallbacks_in(file: &File, mut bound: Vec<BindingRef>) -> Vec<BindingRef> {
    let of = |at: BindingRef| (file.item(at.item), &*file.facts.items[at.item as usize]);
    let mut tries: FxHashMap<u32, Vec<(u32, &Try)>> = FxHashMap::default();
    for at in &bound {
        let (item, facts) = of(*at);
        if let Some(one) = tried(item, facts, at.binding) {
            tries.entry(at.item).or_default().push((at.binding, one));
        }
    }
    if !tries.is_empty() {
        bound.retain(|at| {
            let (item, facts) = of(*at);
            tries.get(&at.item).is_none_or(|tries| !stands_in(item, facts, at.binding, tries))
        });
    }
    bound
}

/// The `try` whose body imports what `at` is bound to.
fn tried<'i>(item: &'i Item, facts: &ItemFacts, at: u32) -> Option<&'i Try> {
    let binding = &facts.bindings[at as usize];
    if !matches!(binding.source, Source::Import { .. } | Source::ImportFrom { .. }) {
        return None;
    }
    let Parent::Stmt(around) = item.stmt_parent(binding.stmt) else { return None };
    let Stmt::Try(one) = item.stmt(around) else { return None };
    one.body.contains(&binding.stmt).then_some(&**one)
}

/// Whether `at` is bound in the `except ImportError` of a `try` whose body imports another one: a program is written
/// for the import, and the handler's stand-in has to behave like it.
fn stands_in(item: &Item, facts: &ItemFacts, at: u32, tries: &[(u32, &Try)]) -> bool {
    let stmt = facts.bindings[at as usize].stmt;
    let catches = |handler: &Handler| {
        handler.kind.is_none_or(|kind| match item.expr(kind) {
            Expr::Name(name) => matches!(name.as_str(), "ImportError" | "ModuleNotFoundError" | "Exception"),
            Expr::Tuple(kinds) => {
                kinds.iter().any(|kind| matches!(item.expr(*kind), Expr::Name(name) if *name == "ImportError"))
            }
            _ => false,
        })
    };
    let holds = |handler: &Handler| {
        handler.body.iter().any(|one| *one == stmt || item.stmt_ancestors(stmt).any(|around| around == *one))
    };
    tries
        .iter()
        .any(|(other, one)| *other != at && one.handlers.iter().any(|handler| catches(handler) && holds(handler)))
}

/// Which of `bound` (bindings of one scope, in source order) can reach the use at `expr` in the same scope.
///
/// The last binding that is certainly executed before the use hides all before it; bindings after the use count
/// only where a loop around both leads back.
fn reaching(item: &Item, facts: &ItemFacts, bound: &[u32], expr: ExprId) -> Vec<u32> {
    if bound.len() == 1 {
        return bound.to_vec();
    }
    let here = item.enclosing_stmt(expr);
    let position = item.expr_range(expr).start();
    let chain: Vec<StmtId> = std::iter::once(here).chain(item.stmt_ancestors(here)).collect();
    let mut kept: Vec<u32> = Vec::new();
    for at in bound {
        let stmt = facts.bindings[*at as usize].stmt;
        let range = item.stmt_range(stmt);
        let is_param = matches!(facts.bindings[*at as usize].source, Source::Param(..));
        let binds_here = chain.contains(&stmt) && !is_param;
        if is_param {
            kept.push(*at);
        } else if binds_here {
            // `for x in ...: use(x)` and `with ... as x: use(x)` reach their bodies; `x = f(x)` does not reach
            // its own right side, but the next turn of a loop does.
            let compound =
                matches!(item.stmt(stmt), Stmt::For { .. } | Stmt::With { .. } | Stmt::Try(_) | Stmt::Match { .. });
            if compound && stmt != here {
                kept.clear();
                kept.push(*at);
            } else if in_loop(item, stmt) || compound {
                kept.push(*at);
            }
        } else if range.end() <= position {
            // Certain, when a block that holds the use holds the binding itself.
            let certain = match item.stmt_parent(stmt) {
                Parent::Stmt(parent) => {
                    is_plain(item, stmt)
                        && chain.iter().position(|one| *one == parent).is_some_and(|around| {
                            // The use's own statement in the block of `parent`.
                            around > 0 && same_block(item, parent, stmt, chain[around - 1])
                        })
                }
                _ => false,
            };
            if certain {
                kept.clear();
            }
            kept.push(*at);
        } else if common_loop(item, stmt, &chain) {
            kept.push(*at);
        }
    }
    if kept.is_empty() { bound.to_vec() } else { kept }
}

/// Whether `stmt` and `other` stand in the same block of `parent` (not one in the `else` of the other).
fn same_block(item: &Item, parent: StmtId, stmt: StmtId, other: StmtId) -> bool {
    // A block's statements stand in the order of the text; what does not parse may begin where one in it does.
    let start = |stmt: StmtId| item.stmt_range(stmt).start();
    let has = |block: &[StmtId], one: StmtId| {
        let from = block.partition_point(|at| start(*at) < start(one));
        block[from..].iter().take_while(|at| start(**at) == start(one)).any(|at| *at == one)
    };
    let holds = |block: &[StmtId]| has(block, stmt) && has(block, other);
    match item.stmt(parent) {
        Stmt::Function(function) => holds(&function.body),
        Stmt::Class(class) => holds(&class.body),
        Stmt::If { body, orelse, .. } | Stmt::While { body, orelse, .. } | Stmt::For { body, orelse, .. } => {
            holds(body) || holds(orelse)
        }
        Stmt::With { body, .. } => holds(body),
        Stmt::Try(one) => {
            // What the body binds is bound in `else`; in `finally` and handlers it may not be.
            holds(&one.body)
                || holds(&one.orelse)
                || holds(&one.finalbody)
                || one.handlers.iter().any(|handler| holds(&handler.body))
        }
        Stmt::Match { cases, .. } => cases.iter().any(|case| holds(&case.body)),
        _ => false,
    }
}

/// Whether executing `stmt` certainly executes its binding.
fn is_plain(item: &Item, stmt: StmtId) -> bool {
    !matches!(
        item.stmt(stmt),
        Stmt::For { .. } | Stmt::While { .. } | Stmt::Try(_) | Stmt::If { .. } | Stmt::Match { .. }
    )
}

fn in_loop(item: &Item, stmt: StmtId) -> bool {
    item.stmt_ancestors(stmt)
        .take_while(|one| facts::function(item, *one).is_none())
        .any(|one| matches!(item.stmt(one), Stmt::For { .. } | Stmt::While { .. }))
}

fn common_loop(item: &Item, stmt: StmtId, chain: &[StmtId]) -> bool {
    item.stmt_ancestors(stmt)
        .take_while(|one| facts::function(item, *one).is_none())
        .any(|one| matches!(item.stmt(one), Stmt::For { .. } | Stmt::While { .. }) && chain.contains(&one))
}

/// Which module-level bindings reach module-level code at `site`: those of items before it, from the last
/// certain one on, and those of its own item.
pub(super) fn reaching_items(file: &File, bound: &[BindingRef], site: Site) -> Vec<BindingRef> {
    let mut kept: Vec<BindingRef> = Vec::new();
    let mut own: Vec<BindingRef> = Vec::new();
    for at in bound {
        let item = file.item(at.item);
        let facts = &file.facts.items[at.item as usize];
        let binding = &facts.bindings[at.binding as usize];
        if at.item == site.item {
            own.push(*at);
        } else if at.item < site.item {
            if binding.scope == ScopeId::OUTER && binding.stmt == item.root() && is_plain(item, binding.stmt) {
                kept.clear();
            }
            kept.push(*at);
        }
    }
    if own.is_empty() {
        return if kept.is_empty() { bound.to_vec() } else { kept };
    }
    let item = file.item(site.item);
    let facts = &file.facts.items[site.item as usize];
    let numbers: Vec<u32> = own.iter().map(|at| at.binding).collect();
    if matches!(item.stmt(item.root()), Stmt::Function(_) | Stmt::Class(_)) {
        return if kept.is_empty() { own } else { kept };
    }
    // Within one compound statement (`if __name__ == ...:`) the order inside decides.
    let root_is_plain = is_plain(item, item.root());
    if root_is_plain {
        // `x = f(x)`: the right side sees what was before.
        return if kept.is_empty() { own } else { kept };
    }
    let inner = reaching(item, facts, &numbers, site.expr);
    let certain = inner.len() == 1 && {
        let stmt = facts.bindings[inner[0] as usize].stmt;
        item.stmt_range(stmt).end() <= item.expr_range(site.expr).start()
            && matches!(item.stmt_parent(stmt), Parent::Stmt(parent)
                if item.stmt_ancestors(item.enclosing_stmt(site.expr)).any(|one| one == parent))
    };
    let own = own.into_iter().filter(|at| inner.contains(&at.binding));
    if certain { own.collect() } else { kept.into_iter().chain(own).collect() }
}
