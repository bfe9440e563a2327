//! Which implementers can do without the base, and which keep it: to inherit from a Protocol is allowed.

use pyteam_index::context::ItemContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Base, Site};
use pyteam_syntax::tree::{Arg, ArgKind, Function};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use super::interface::{self, Interface};
use super::uses;

/// A class that derives from the interface.
pub struct Implementer {
    /// The class.
    pub class: ClassRef,
    /// The base, among the class's arguments.
    pub base: Arg,
    /// Whether it goes on naming the base.
    pub keeps: bool,
}

/// The implementers, where the interface can be a Protocol for all of them; and the interface's methods whose
/// inherited default some of them rely on.
pub(super) fn of(
    cx: &ItemContext<'_>,
    class: ClassRef,
    interface: &Interface,
    children: &[ClassRef],
) -> Option<(Vec<Implementer>, Vec<FunctionRef>)> {
    let mut relied: Vec<FunctionRef> = Vec::new();
    let mut all = Vec::new();
    for child in children {
        let (_, item, _) = cx.inference.item(child.file, child.item)?;
        let base = base_of(cx, item, class, *child)?;
        let defaults = missing(cx, *child, interface)?;
        let keeps = !defaults.is_empty()
            || says_override(cx, *child, interface)
            || is_generic_by_it(cx, *child, base.value)
            || keeps_import(cx, class, *child, base.value);
        relied.extend(defaults);
        all.push(Implementer { class: *child, base, keeps });
    }
    let mixed = mixed(cx, children);
    for one in &mut all {
        one.keeps |= mixed.contains(&one.class);
        if one.keeps && !interface.is_abc && has_foreign_base(cx, class, one.class) {
            // A Protocol has a metaclass, and that base may have another.
            return None;
        }
    }
    Some((all, relied))
}

fn base_of(cx: &ItemContext<'_>, item: &Item, class: ClassRef, child: ClassRef) -> Option<Arg> {
    let at = cx.inference.bases(child).iter().position(|base| *base == Base::Class(class))?;
    let definition = pyteam_index::facts::class(item, child.stmt)?;
    let mut args = definition.args.iter().filter(|arg| !matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::DoubleStar));
    args.nth(at).copied()
}

fn has_foreign_base(cx: &ItemContext<'_>, class: ClassRef, child: ClassRef) -> bool {
    cx.inference.bases(child).into_iter().any(|base| match base {
        Base::Class(one) => one != class,
        Base::External(path) => !matches!(path.as_str(), "abc.ABC" | "builtins.object" | "typing.Generic"),
        Base::Unknown => true,
    })
}

/// The methods that the class inherits from the interface, which all must be defaults. Nothing where it lacks a
/// method, or has one that a Protocol would not accept.
fn missing(cx: &ItemContext<'_>, child: ClassRef, interface: &Interface) -> Option<Vec<FunctionRef>> {
    let own: Vec<&Function> =
        cx.inference.methods(child).into_iter().filter_map(|one| cx.inference.function(one)).collect();
    let mut defaults = Vec::new();
    for method in &interface.methods {
        let wanted = cx.inference.function(*method)?;
        let mut same = own.iter().filter(|found| found.name == wanted.name).peekable();
        if same.peek().is_none() && interface.no_ops.contains(method) {
            defaults.push(*method);
        } else if !same.any(|found| uses::accepts(&found.params, &wanted.params) && found.is_async == wanted.is_async) {
            return None;
        }
    }
    Some(defaults)
}

/// Whether a method is marked as overriding one of the interface's: without the base there is nothing to override.
fn says_override(cx: &ItemContext<'_>, child: ClassRef, interface: &Interface) -> bool {
    let names: Vec<Name> =
        interface.methods.iter().filter_map(|method| cx.inference.function(*method)).map(|one| one.name).collect();
    cx.inference.methods(child).into_iter().any(|method| {
        let Some((_, item, _)) = cx.inference.item(method.file, method.item) else { return false };
        cx.inference.function(method).is_some_and(|function| {
            names.contains(&function.name)
                && function.decorators.iter().any(|one| {
                    interface::decorator_name(item, *one)
                        .is_some_and(|name| matches!(name.as_str(), "override" | "overrides"))
                })
        })
    })
}

/// Whether the class has its type variables from the base: `class Memory(Store[T])`.
fn is_generic_by_it(cx: &ItemContext<'_>, child: ClassRef, base: ExprId) -> bool {
    let Some((_, item, _)) = cx.inference.item(child.file, child.item) else { return true };
    let Expr::Subscript { index, .. } = item.expr(base) else { return false };
    let mut found = false;
    walk(item, Part::Expr(*index), &mut |part| {
        if let Part::Expr(expr) = part
            && matches!(item.expr(expr), Expr::Name(_) | Expr::Attribute { .. })
        {
            let types = cx.inference.expr(Site { file: child.file, item: child.item, expr });
            found |= types.has_unknown()
                || types.iter().any(|one| matches!(one, Type::Instance { class, .. } if *class == "typing.TypeVar"));
        }
        !found
    });
    found
}

/// Whether the import of the base would be left over, because it stands where this repair does not remove it or
/// because others import the name from here.
fn keeps_import(cx: &ItemContext<'_>, class: ClassRef, child: ClassRef, base: ExprId) -> bool {
    let Some((file, item, _)) = cx.inference.item(child.file, child.item) else { return true };
    let base = match item.expr(base) {
        Expr::Subscript { value, .. } => *value,
        _ => base,
    };
    let Expr::Name(name) = item.expr(base) else { return false };
    if class.file == child.file {
        return false;
    }
    let Some([only]) = file.facts.module.get(name).map(Vec::as_slice) else { return true };
    let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
    binding.stmt != file.item(only.item).root() || cx.whole_workspace().is_imported_elsewhere(file, *name)
}

/// The implementers that stand side by side where no declared type joins them: without their base in common, mypy
/// joins them to `object`.
fn mixed(cx: &ItemContext<'_>, children: &[ClassRef]) -> Vec<ClassRef> {
    let names: Vec<&str> =
        children.iter().filter_map(|child| cx.inference.class(*child)).map(|class| class.name.as_str()).collect();
    let mut all: Vec<ClassRef> = Vec::new();
    for file in cx.whole_workspace().files() {
        if children.len() < 2 || !names.iter().any(|name| file.source().as_str().contains(name)) {
            continue;
        }
        for (index, slot) in file.parsed.items.iter().enumerate() {
            for expr in slot.item.expr_ids() {
                let site = Site { file: file.id, item: index as u32, expr };
                if !joins(cx, &slot.item, site) || is_declared(&slot.item, expr) {
                    continue;
                }
                let mut found: Vec<ClassRef> = Vec::new();
                leaves(&slot.item, expr, &mut |leaf| {
                    let types = cx.inference.expr(Site { expr: leaf, ..site });
                    for one in &types {
                        if let Type::Class(class) | Type::Object(class, _) = one
                            && children.contains(class)
                            && !found.contains(class)
                        {
                            found.push(*class);
                        }
                    }
                });
                if found.len() > 1 {
                    all.extend(found);
                }
            }
        }
    }
    all
}

/// Whether the parts of an expression are joined to one type.
fn joins(cx: &ItemContext<'_>, item: &Item, site: Site) -> bool {
    match item.expr(site.expr) {
        Expr::List(items) | Expr::Set(items) | Expr::Tuple(items) => items.len() > 1,
        Expr::Dict(entries) => entries.len() > 1,
        Expr::Conditional { .. } | Expr::Bool2 { .. } => true,
        // `max(a, b)`, `chain(a, b)`: one type variable for all.
        Expr::Call { args, .. } => args.len() > 1 && cx.inference.callee_path(site).is_some(),
        _ => false,
    }
}

/// Calls `see` with what stands in a display or conditional, through displays and conditionals inside.
fn leaves(item: &Item, expr: ExprId, see: &mut dyn FnMut(ExprId)) {
    let mut inner = |one: ExprId| match item.expr(one) {
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. } => see(one),
        _ => leaves(item, one, see),
    };
    match item.expr(expr) {
        Expr::List(items) | Expr::Set(items) | Expr::Tuple(items) => items.iter().for_each(|one| inner(*one)),
        Expr::Dict(entries) => entries.iter().for_each(|entry| inner(entry.value)),
        Expr::Conditional { body, orelse, .. } => [body, orelse].into_iter().for_each(|one| inner(*one)),
        Expr::Bool2 { left, right, .. } => [left, right].into_iter().for_each(|one| inner(*one)),
        Expr::Call { args, .. } => args.iter().for_each(|arg| inner(arg.value)),
        _ => {}
    }
}

/// Whether an annotation says what the expression, or the display that it is part of, is.
fn is_declared(item: &Item, mut expr: ExprId) -> bool {
    loop {
        match item.expr_parent(expr) {
            Parent::Expr(parent) => match item.expr(parent) {
                Expr::List(_) | Expr::Set(_) | Expr::Tuple(_) | Expr::Dict(_) | Expr::Conditional { .. } => {
                    expr = parent
                }
                _ => return false,
            },
            Parent::Stmt(stmt) => {
                return match item.stmt(stmt) {
                    Stmt::AnnAssign { value, .. } => *value == Some(expr),
                    Stmt::Return(Some(_)) => pyteam_index::infer::enclosing_function(item, stmt)
                        .and_then(|stmt| pyteam_index::facts::function(item, stmt))
                        .is_some_and(|function| function.returns.is_some()),
                    _ => false,
                };
            }
            Parent::Root => return false,
        }
    }
}
