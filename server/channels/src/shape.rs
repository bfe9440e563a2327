//! What a message looks like: its keys or elements, and where it is built.

use pyteam_index::facts::{Binding, ItemFacts, Scope, Source};
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Inference, Site, enclosing_function};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use crate::constant;

/// An untyped message.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What the call puts.
    pub put: Site,
    /// The dict display, `dict()` call or tuple display that is put, and that nothing else is done to.
    pub display: Option<Site>,
    /// Its keys or elements.
    pub kind: ShapeKind,
}

/// What an untyped message is made of.
#[derive(Clone, Debug)]
pub enum ShapeKind {
    /// A dict. `open` when it has keys that are not known, or a spread.
    Dict {
        /// The keys that are known.
        keys: Vec<Key>,
        /// Whether there may be others.
        open: bool,
    },
    /// A tuple of two elements or more.
    Tuple(Vec<ExprId>),
}

/// A key of a dict.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key.
    pub name: Name,
    /// One of its values.
    pub value: ExprId,
    /// Whether every message of this shape has it.
    pub always: bool,
    /// Whether it is given other values elsewhere.
    pub varies: bool,
}

impl Shape {
    /// For a headline, with the channel's name: "untyped dict sent to `frames` (`type`, `number`)".
    pub fn headline(&self, channel: &str) -> String {
        const KEYS: usize = 2;
        match &self.kind {
            ShapeKind::Dict { keys, open } => {
                let mut shown: Vec<String> = keys.iter().take(KEYS).map(|key| format!("`{}`", key.name)).collect();
                if *open || keys.len() > KEYS {
                    shown.push("...".to_owned());
                }
                format!("untyped dict sent to `{channel}` ({})", shown.join(", "))
            }
            ShapeKind::Tuple(items) => format!("untyped {}-tuple sent to `{channel}`", items.len()),
        }
    }
}

/// The shape of what is put, where it is an untyped message for certain.
pub fn of(inference: &Inference<'_>, put: Site) -> Option<Shape> {
    match display(inference, put) {
        Some(Built { kind, named: true }) => Some(Shape { put, display: Some(put), kind }),
        Some(_) => None,
        None => local(inference, put),
    }
}

/// The keys of an untyped dict that is put, where they are all known.
pub fn keys(inference: &Inference<'_>, put: Site) -> Option<Vec<Name>> {
    match of(inference, put)?.kind {
        ShapeKind::Dict { keys, open: false } => Some(keys.iter().map(|key| key.name).collect()),
        _ => None,
    }
}

/// Whether the expression could be an untyped message, told from its syntax alone.
pub fn may_be(item: &Item, message: ExprId) -> bool {
    matches!(item.expr(message), Expr::Dict(_) | Expr::Call { .. } | Expr::Tuple(_) | Expr::Name(_))
}

/// A display, and whether it has keys that name something: one without is data, or is filled in later.
struct Built {
    kind: ShapeKind,
    named: bool,
}

fn display(inference: &Inference<'_>, site: Site) -> Option<Built> {
    let (file, item, _) = inference.item(site.file, site.item)?;
    match item.expr(site.expr) {
        Expr::Dict(entries) => {
            let (mut keys, mut open, mut named) = (Vec::new(), false, false);
            let mut add = |name, value| keys.push(Key { name, value, always: true, varies: false });
            for entry in entries {
                match entry.key.map(|key| item.expr(key)) {
                    Some(Expr::Str(literal)) if !literal.bytes => {
                        named = true;
                        match literal.value {
                            Some(value) => add(value, entry.value),
                            None => open = true,
                        }
                    }
                    // A constant by its name: `STATUS_KEY`.
                    Some(Expr::Name(name)) if is_constant(*name) => {
                        (named, open) = (true, true);
                        if let Some(value) = constant::of(inference, file, *name) {
                            add(value, entry.value);
                        }
                    }
                    Some(Expr::Attribute { attr, .. }) if is_constant(*attr) => (named, open) = (true, true),
                    None => open = true,
                    // A mapping by computed keys is data, not a message.
                    Some(_) => return None,
                }
            }
            Some(Built { kind: ShapeKind::Dict { keys, open }, named })
        }
        Expr::Call { func, args, .. } => {
            let callee = inference.expr(Site { expr: *func, ..site });
            if callee.as_slice() != [Type::External(Name::new("builtins.dict"))] {
                return None;
            }
            let (mut keys, mut open) = (Vec::new(), false);
            for arg in args {
                match arg.kind {
                    ArgKind::Keyword(name) => keys.push(Key { name, value: arg.value, always: true, varies: false }),
                    ArgKind::DoubleStar => open = true,
                    _ => return None,
                }
            }
            let named = !keys.is_empty();
            Some(Built { kind: ShapeKind::Dict { keys, open }, named })
        }
        Expr::Tuple(items)
            if items.len() >= 2 && !items.iter().any(|one| matches!(item.expr(*one), Expr::Starred(_))) =>
        {
            Some(Built { kind: ShapeKind::Tuple(items.to_vec()), named: true })
        }
        _ => None,
    }
}

fn is_constant(name: Name) -> bool {
    name.as_str().len() > 1 && name.as_str().chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A message built in a local: every binding of the name in the function is a display, and what is added to it
/// later are named keys.
fn local(inference: &Inference<'_>, put: Site) -> Option<Shape> {
    let (_, item, facts) = inference.item(put.file, put.item)?;
    let Expr::Name(name) = item.expr(put.expr) else { return None };
    let function = enclosing_function(item, item.enclosing_stmt(put.expr))?;
    let is_shared = |scope: &Scope| scope.globals.contains(name) || scope.nonlocals.contains(name);
    if facts.scopes.iter().any(is_shared) {
        return None;
    }
    // A local of the same name in a function beside or inside is another variable.
    let own = facts.scopes.iter().find(|scope| scope.owner == Some(Part::Stmt(function)))?;
    let bindings: Vec<&Binding> = own.bindings.iter().filter_map(|at| facts.bindings.get(*at as usize)).collect();
    let is_own = |stmt: StmtId| {
        let binds = |scope: &Scope| scope.bindings.iter().any(|at| facts.bindings[*at as usize].name == *name);
        let around = |stmt: StmtId| facts.scopes.iter().find(|scope| scope.owner == Some(Part::Stmt(stmt)));
        let mut functions = item.stmt_ancestors(stmt).filter_map(around);
        functions.find(|scope| binds(scope)).is_some_and(|scope| scope.owner == own.owner)
    };
    let mut displays: Vec<(Site, ShapeKind)> = Vec::new();
    let mut named = false;
    for binding in bindings.into_iter().filter(|binding| binding.name == *name) {
        let (Source::Value(value) | Source::Annotated(_, Some(value))) = binding.source else { return None };
        if !binding.path.is_empty()
            || matches!(binding.source, Source::Annotated(..))
                && !is_plain_dict_annotation(inference, put, binding.source)
        {
            return None;
        }
        let site = Site { expr: value, ..put };
        let built = display(inference, site)?;
        named |= built.named;
        displays.push((site, built.kind));
    }
    let (first, mut kind) = displays.first().cloned()?;
    for (_, other) in &displays[1..] {
        kind = merge(kind, other)?;
    }
    let mut mentions = mentions(item, *name);
    mentions.retain(|at| is_own(item.enclosing_stmt(*at)));
    if let ShapeKind::Dict { keys, open } = &mut kind {
        let added = added(item, function, put.expr, &mentions)?;
        named |= !added.keys.is_empty();
        *open |= added.open;
        for key in added.keys {
            match keys.iter_mut().find(|known| known.name == key.name) {
                Some(known) => {
                    known.always |= key.always;
                    known.varies = true;
                }
                None => keys.push(key),
            }
        }
    }
    if !named {
        return None;
    }
    let stmt = item.enclosing_stmt(first.expr);
    let untouched = displays.len() == 1
        && matches!(item.stmt(stmt), Stmt::Assign { targets, .. } if targets.len() == 1)
        && mentions.iter().all(|at| is_put(item, facts, *at) || item.enclosing_stmt(*at) == stmt);
    Some(Shape { put, display: untouched.then_some(first), kind })
}

fn merge(one: ShapeKind, other: &ShapeKind) -> Option<ShapeKind> {
    match (one, other) {
        (ShapeKind::Tuple(items), ShapeKind::Tuple(others)) => {
            (items.len() == others.len()).then_some(ShapeKind::Tuple(items))
        }
        (ShapeKind::Dict { mut keys, open }, ShapeKind::Dict { keys: others, open: other_open }) => {
            for key in &mut keys {
                let same = others.iter().find(|other| other.name == key.name);
                key.always &= same.is_some_and(|other| other.always);
                key.varies |= same.is_some();
            }
            for other in others {
                if !keys.iter().any(|key| key.name == other.name) {
                    keys.push(Key { always: false, ..other.clone() });
                }
            }
            Some(ShapeKind::Dict { keys, open: open || *other_open })
        }
        _ => None,
    }
}

/// All uses of a name in an item.
fn mentions(item: &Item, name: Name) -> Vec<ExprId> {
    item.expr_ids().filter(|id| matches!(item.expr(*id), Expr::Name(one) if *one == name)).collect()
}

/// Whether the name stands there as what a call puts into a channel.
fn is_put(item: &Item, facts: &ItemFacts, name: ExprId) -> bool {
    let Parent::Expr(call) = item.expr_parent(name) else { return false };
    facts.channel_calls.contains(&call)
        && crate::channel::message(item, call) == Some(name)
        && matches!(item.expr(call), Expr::Call { func, .. } if *func != name)
}

#[derive(Default)]
struct Added {
    keys: Vec<Key>,
    open: bool,
}

/// The keys that the function writes into the dict before it is put; nothing where they are computed.
fn added(item: &Item, function: StmtId, put: ExprId, mentions: &[ExprId]) -> Option<Added> {
    let put_stmt = item.enclosing_stmt(put);
    let around: Vec<StmtId> = item.stmt_ancestors(put_stmt).collect();
    let mut added = Added::default();
    let mut sorted = mentions.to_vec();
    sorted.sort_by_key(|at| item.expr_range(*at).start());
    for at in sorted {
        let Parent::Expr(parent) = item.expr_parent(at) else { continue };
        let stmt = item.enclosing_stmt(at);
        match item.expr(parent) {
            Expr::Subscript { value, index } if *value == at => {
                let (Stmt::Assign { targets, .. }, Some(value)) = (item.stmt(stmt), assigned(item, stmt)) else {
                    continue;
                };
                if !targets.contains(&parent) {
                    continue;
                }
                let literal = match item.expr(*index) {
                    Expr::Str(literal) => literal,
                    Expr::Name(name) | Expr::Attribute { attr: name, .. } if is_constant(*name) => {
                        added.open = true;
                        continue;
                    }
                    _ => return None,
                };
                let before = item.stmt_range(stmt).end() <= item.expr_range(put).start();
                let in_loop =
                    item.stmt_ancestors(stmt).any(|one| around.contains(&one) && is_loop(item, one, function));
                let Some(name) = literal.value.filter(|_| before || in_loop) else { continue };
                let same_block = matches!(item.stmt_parent(stmt), Parent::Stmt(block) if around.contains(&block))
                    && !matches!(item.stmt_parent(stmt), Parent::Stmt(block) if is_branch(item, block, put_stmt, stmt));
                added.keys.push(Key { name, value, always: before && same_block, varies: false });
            }
            Expr::Attribute { attr, .. } if matches!(attr.as_str(), "update" | "setdefault") => added.open = true,
            _ => {}
        }
    }
    Some(added)
}

fn assigned(item: &Item, stmt: StmtId) -> Option<ExprId> {
    match item.stmt(stmt) {
        Stmt::Assign { value, .. } => Some(*value),
        _ => None,
    }
}

fn is_loop(item: &Item, stmt: StmtId, function: StmtId) -> bool {
    stmt != function && matches!(item.stmt(stmt), Stmt::For { .. } | Stmt::While { .. })
}

/// Whether `a` and `b`, both below `block`, stand in different branches of it.
fn is_branch(item: &Item, block: StmtId, a: StmtId, b: StmtId) -> bool {
    let below = |stmt: StmtId, body: &[StmtId]| {
        body.contains(&stmt) || item.stmt_ancestors(stmt).any(|one| body.contains(&one))
    };
    let bodies: Vec<&[StmtId]> = match item.stmt(block) {
        Stmt::If { body, orelse, .. } | Stmt::For { body, orelse, .. } | Stmt::While { body, orelse, .. } => {
            vec![body, orelse]
        }
        Stmt::Try(one) => std::iter::once(&*one.body)
            .chain(one.handlers.iter().map(|handler| &*handler.body))
            .chain([&*one.orelse, &*one.finalbody])
            .collect(),
        Stmt::Match { cases, .. } => cases.iter().map(|case| &*case.body).collect(),
        _ => return false,
    };
    bodies.iter().position(|body| below(a, body)) != bodies.iter().position(|body| below(b, body))
}

/// `message: dict[str, Any] = {...}` declares nothing about its keys.
fn is_plain_dict_annotation(inference: &Inference<'_>, site: Site, source: Source) -> bool {
    let Source::Annotated(annotation, _) = source else { return false };
    let declared = inference.annotation(Site { expr: annotation, ..site });
    matches!(declared.as_slice(), [Type::Mapping(_)])
}
