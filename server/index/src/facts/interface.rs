//! The interface hash: what anyone outside an item can see of it.
//!
//! Inference looks into an item from outside through its signature, its module-level names, what it returns,
//! what it writes into attributes, and the local bindings that those values go through. A change anywhere else
//! in a body cannot change what another item's findings say.

use std::hash::{Hash, Hasher};

use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::ItemFacts;

/// Hash of what is visible of `item`.
pub(super) fn of(item: &Item, facts: &ItemFacts) -> u64 {
    let mut hasher = FxHasher::default();
    let root = item.root();
    match item.stmt(root) {
        // A class shell's body, an import, an assignment: all of it is visible.
        Stmt::Function(_) => {}
        _ => {
            item.shape().hash(&mut hasher);
            return hasher.finish();
        }
    }
    // A function with nothing escaping but its signature: hash that; else the values that escape, and the
    // bindings of all names in them.
    let mut seen: FxHashSet<Name> = FxHashSet::default();
    let mut names: Vec<Name> = Vec::new();
    let mut visible: Vec<Part> = Vec::new();
    if let Stmt::Function(function) = item.stmt(root) {
        function.name.hash(&mut hasher);
        function.is_async.hash(&mut hasher);
        for param in &function.params {
            (param.name, param.kind).hash(&mut hasher);
            visible.extend(param.annotation.into_iter().chain(param.default).map(Part::Expr));
        }
        visible.extend(function.returns.iter().chain(&function.decorators).map(|expr| Part::Expr(*expr)));
        // Whether the body is a stub, and whether it is one that raises, is visible to Protocol rules.
        function.body.len().min(3).hash(&mut hasher);
        for stmt in function.body.iter().take(2) {
            std::mem::discriminant(item.stmt(*stmt)).hash(&mut hasher);
            if let Stmt::Raise { exc: Some(exc), .. } = item.stmt(*stmt) {
                visible.push(Part::Expr(*exc));
            }
        }
    }
    // Classes are found by the names of their bases, wherever they stand: the numbers under which are kept elsewhere.
    for stmt in &facts.classes {
        stmt.hash(&mut hasher);
        let args = super::class(item, *stmt).map_or(&[][..], |class| &class.args);
        args.iter().for_each(|arg| super::last_name(item, arg.value).hash(&mut hasher));
    }
    for function in &facts.functions {
        function.yields.hash(&mut hasher);
        visible.extend(function.returns.iter().map(|expr| Part::Expr(*expr)));
    }
    // The whole statement: annotation, value and iterated expressions all say what is written.
    visible.extend(facts.writes.iter().map(|write| Part::Stmt(write.stmt)));
    for binding in &facts.bindings {
        if facts.scopes[binding.scope.index()].globals.contains(&binding.name) {
            visible.push(Part::Stmt(binding.stmt));
        }
    }
    // What puts into a queue and what takes from it is shown at the other end.
    visible.extend(facts.channel_calls.iter().map(|call| Part::Expr(*call)));
    for call in &facts.calls {
        if is_type_test(item, *call) {
            visible.push(Part::Expr(*call));
        }
    }
    used_classes(item).hash(&mut hasher);
    for scope in &facts.scopes {
        (&scope.globals, &scope.nonlocals).hash(&mut hasher);
    }
    let mut exposed: Vec<StmtId> = Vec::new();
    for part in visible {
        exposed.push(match part {
            Part::Stmt(stmt) => stmt,
            Part::Expr(expr) => {
                // Inside a lambda or a comprehension, names mean other things.
                item.expr_ancestors(expr)
                    .for_each(|around| std::mem::discriminant(item.expr(around)).hash(&mut hasher));
                item.enclosing_stmt(expr)
            }
        });
        expose(item, part, &mut names, &mut hasher);
    }
    while let Some(name) = names.pop() {
        if seen.insert(name) {
            for binding in facts.bindings.iter().filter(|binding| binding.name == name) {
                if binding.stmt != root {
                    exposed.push(binding.stmt);
                    expose(item, Part::Stmt(binding.stmt), &mut names, &mut hasher);
                }
            }
        }
    }
    arrangement(item, exposed, &mut hasher);
    hasher.finish()
}

/// Hashes how the exposed statements stand to one another: their order, and the blocks that they share. Which
/// binding reaches a use depends on that, and on nothing else between them.
fn arrangement(item: &Item, mut exposed: Vec<StmtId>, hasher: &mut FxHasher) {
    exposed.sort_unstable_by_key(|stmt| (item.stmt_range(*stmt).start(), *stmt));
    exposed.dedup();
    let mut numbers: FxHashMap<StmtId, usize> = FxHashMap::default();
    for stmt in exposed {
        let mut inner = stmt;
        std::mem::discriminant(item.stmt(stmt)).hash(hasher);
        for outer in item.stmt_ancestors(stmt) {
            let next = numbers.len();
            let number = *numbers.entry(outer).or_insert(next);
            (number, std::mem::discriminant(item.stmt(outer)), block_of(item, outer, inner)).hash(hasher);
            inner = outer;
        }
    }
}

/// Which of the blocks of `outer` holds `inner`.
fn block_of(item: &Item, outer: StmtId, inner: StmtId) -> usize {
    match item.stmt(outer) {
        Stmt::If { orelse, .. } | Stmt::While { orelse, .. } | Stmt::For { orelse, .. } => {
            usize::from(orelse.contains(&inner))
        }
        Stmt::Try(one) => {
            let blocks = [&one.body, &one.orelse, &one.finalbody]
                .into_iter()
                .chain(one.handlers.iter().map(|handler| &handler.body));
            blocks.into_iter().position(|block| block.contains(&inner)).unwrap_or_default()
        }
        Stmt::Match { cases, .. } => cases.iter().position(|case| case.body.contains(&inner)).unwrap_or_default(),
        _ => 0,
    }
}

/// `isinstance` and its like: they decide what may become of a class.
fn is_type_test(item: &Item, call: ExprId) -> bool {
    let Expr::Call { func, .. } = item.expr(call) else { return false };
    match item.expr(*func) {
        Expr::Attribute { attr, .. } => *attr == "register",
        Expr::Name(name) => matches!(name.as_str(), "isinstance" | "issubclass"),
        _ => false,
    }
}

/// Capitalised names that are called or looked into: uses of a class that decide what may become of it.
fn used_classes(item: &Item) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for id in item.expr_ids() {
        let used = match item.expr(id) {
            Expr::Call { func: used, .. } | Expr::Attribute { value: used, .. } => *used,
            _ => continue,
        };
        if let Expr::Name(name) | Expr::Attribute { attr: name, .. } = item.expr(used)
            && name.as_str().starts_with(|c: char| c.is_ascii_uppercase())
        {
            names.push(*name);
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Hashes a part's syntax and notes the names in it. Blocks below a statement are not part of it.
fn expose(item: &Item, part: Part, names: &mut Vec<Name>, hasher: &mut FxHasher) {
    walk(item, part, &mut |inner| {
        match inner {
            Part::Stmt(_) if inner != part => return false,
            Part::Stmt(stmt) => {
                std::mem::discriminant(item.stmt(stmt)).hash(hasher);
                match item.stmt(stmt) {
                    Stmt::Import(imports) => imports.iter().for_each(|one| (one.path, one.alias).hash(hasher)),
                    Stmt::ImportFrom(import) => {
                        (import.level, import.module, import.star).hash(hasher);
                        import.names.iter().for_each(|one| (one.path, one.alias).hash(hasher));
                    }
                    Stmt::For { is_async, .. } | Stmt::With { is_async, .. } => is_async.hash(hasher),
                    _ => {}
                }
            }
            Part::Expr(id) => {
                let expr = item.expr(id);
                std::mem::discriminant(expr).hash(hasher);
                match expr {
                    Expr::Name(name) => {
                        name.hash(hasher);
                        names.push(*name);
                    }
                    Expr::Attribute { attr, .. } => attr.hash(hasher),
                    Expr::Str(literal) => literal.value.hash(hasher),
                    Expr::Int(value) => value.hash(hasher),
                    Expr::Bool(value) => value.hash(hasher),
                    Expr::Call { args, .. } => {
                        args.iter().for_each(|arg| hash_arg(arg.kind, hasher));
                    }
                    Expr::Binary { op, .. } => op.hash(hasher),
                    Expr::Tuple(items) | Expr::List(items) => items.len().hash(hasher),
                    _ => {}
                }
            }
        }
        true
    });
}

fn hash_arg(kind: pyteam_syntax::tree::ArgKind, hasher: &mut FxHasher) {
    std::mem::discriminant(&kind).hash(hasher);
    if let pyteam_syntax::tree::ArgKind::Keyword(name) = kind {
        name.hash(hasher);
    }
}

/// Folds the items' hashes into the file's, in order: item numbers are part of the interface.
#[derive(Default)]
pub(super) struct Fold(FxHasher);

impl Fold {
    pub(super) fn add(&mut self, interface: u64, parent: Option<u32>) {
        self.0.write_u64(interface);
        parent.hash(&mut self.0);
    }
    pub(super) fn finish(self) -> u64 {
        self.0.finish()
    }
}
