//! `Generic[T]` as `Protocol[T]`: mypy wants each type variable to be declared with the variance that its use has.

use pyteam_engine::Fix;
use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Base, Site};
use pyteam_index::known;
use pyteam_syntax::tree::{ArgKind, ParamKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextEdit};

use super::interface::Interface;

/// How the values of a type variable go: out of the object, into it, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variance {
    Covariant,
    Contravariant,
    Invariant,
}

/// Generic types whose arguments all go the way of the whole.
const COVARIANT: &[&str] = &[
    "typing.Iterator",
    "typing.Iterable",
    "typing.Sequence",
    "typing.Collection",
    "typing.Container",
    "typing.Reversible",
    "typing.AbstractSet",
    "typing.FrozenSet",
    "typing.Awaitable",
    "typing.AsyncIterator",
    "typing.AsyncIterable",
    "typing.Optional",
    "typing.Union",
    "builtins.tuple",
    "builtins.type",
    "builtins.frozenset",
    "contextlib.AbstractContextManager",
];
/// Generic types that can be written to.
const INVARIANT: &[&str] = &[
    "builtins.list",
    "builtins.dict",
    "builtins.set",
    "collections.deque",
    "collections.defaultdict",
    "collections.OrderedDict",
    "typing.MutableSequence",
    "typing.MutableMapping",
    "typing.MutableSet",
];

/// The arguments of `Protocol[...]`, after pushing the edits that declare and rename type variables; nothing where
/// what mypy wants is not known.
pub(super) fn arguments(cx: &ItemContext<'_>, fix: &mut Fix, class: ClassRef, interface: &Interface) -> Option<String> {
    let (file, item, _) = cx.inference.item(class.file, class.item)?;
    let definition = cx.inference.class(class)?;
    let at = cx
        .inference
        .bases(class)
        .iter()
        .position(|base| matches!(base, Base::External(path) if path == "typing.Generic"))?;
    let base = definition.args.iter().filter(|arg| arg.kind == ArgKind::Positional).nth(at)?;
    let Expr::Subscript { index, .. } = item.expr(base.value) else { return None };
    let variables: Vec<ExprId> = match item.expr(*index) {
        Expr::Name(_) => vec![*index],
        Expr::Tuple(items) => items.to_vec(),
        _ => return None,
    };
    let mut names = Vec::new();
    for variable in variables {
        let Expr::Name(name) = item.expr(variable) else { return None };
        let wanted = used(cx, interface, *name)?;
        let site = Site { file: class.file, item: class.item, expr: variable };
        if declared(cx, site)? == wanted {
            names.push(name.as_str().to_owned());
            continue;
        }
        let fitting = declare(cx, fix, file, *name, site, wanted)?;
        rename(cx, fix, class, interface, *name, &fitting);
        names.push(fitting);
    }
    Some(names.join(", "))
}

/// The variance that a type variable is declared with.
fn declared(cx: &ItemContext<'_>, site: Site) -> Option<Variance> {
    let (item, args) = definition(cx, site)?;
    let is = |wanted: &str| {
        args.iter().any(|arg| {
            matches!(arg.kind, ArgKind::Keyword(name) if name == wanted)
                && matches!(item.expr(arg.value), Expr::Bool(true))
        })
    };
    Some(match (is("covariant"), is("contravariant")) {
        (true, _) => Variance::Covariant,
        (_, true) => Variance::Contravariant,
        _ => Variance::Invariant,
    })
}

/// The call of `TypeVar` that made the variable.
fn definition<'c>(cx: &'c ItemContext<'_>, site: Site) -> Option<(&'c Item, &'c [pyteam_syntax::tree::Arg])> {
    let types = cx.inference.expr(site);
    let [Type::Instance { class, origin: Some(origin), .. }] = types.as_slice() else { return None };
    if *class != "typing.TypeVar" {
        return None;
    }
    let (_, item, _) = cx.inference.item(origin.file, origin.item)?;
    match item.expr(origin.expr) {
        Expr::Call { args, .. } => Some((item, args)),
        _ => None,
    }
}

/// The name of a type variable of the wanted variance: one that is there, or a new one beside the plain one.
fn declare(
    cx: &ItemContext<'_>,
    fix: &mut Fix,
    file: &File,
    plain: Name,
    site: Site,
    wanted: Variance,
) -> Option<String> {
    let (argument, tail) = match wanted {
        Variance::Covariant => (", covariant=True", "_co"),
        Variance::Contravariant => (", contravariant=True", "_contra"),
        Variance::Invariant => ("", ""),
    };
    let stem = plain.as_str().trim_end_matches("_co").trim_end_matches("_contra");
    let name = format!("{stem}{tail}");
    let wanted_name = Name::new(&name);
    if let Some(bound) = file.facts.module.get(&wanted_name) {
        let [only] = bound.as_slice() else { return None };
        let made = file.item(only.item);
        let Stmt::Assign { value, .. } = made.stmt(made.root()) else { return None };
        let there = Site { file: file.id, item: only.item, expr: *value };
        return (declared(cx, there)? == wanted).then_some(name);
    }
    // With a bound or constraints of its own, or from another file, it was chosen on purpose.
    let (_, args) = definition(cx, site)?;
    let [bound] = file.facts.module.get(&plain)?.as_slice() else { return None };
    let item = file.item(bound.item);
    let Stmt::Assign { targets, value } = item.stmt(item.root()) else { return None };
    let Expr::Call { func, .. } = item.expr(*value) else { return None };
    if args.len() != 1 || targets.len() != 1 {
        return None;
    }
    let source = file.source();
    let end = file.absolute(bound.item, item.stmt_range(item.root())).end();
    let line_end = source.lines().line_range(source.as_str(), source.lines().line_of(end)).end();
    let quote = pyteam_syntax::style::quote(source);
    let callee = file.text_at(bound.item, item.expr_range(*func));
    let newline = pyteam_syntax::style::newline(source);
    fix.push(
        file.id,
        TextEdit::insert(line_end, format!("{newline}{name} = {callee}({quote}{name}{quote}{argument})")),
    );
    Some(name)
}

/// Renames the variable in the methods of the class; its list of bases is written anew.
fn rename(cx: &ItemContext<'_>, fix: &mut Fix, class: ClassRef, interface: &Interface, from: Name, to: &str) {
    for method in &interface.methods {
        let Some((file, item, _)) = cx.inference.item(method.file, method.item) else { continue };
        walk(item, Part::Stmt(method.stmt), &mut |part| {
            if let Part::Expr(expr) = part
                && matches!(item.expr(expr), Expr::Name(name) if *name == from)
            {
                fix.push(class.file, TextEdit::replace(file.absolute(method.item, item.expr_range(expr)), to));
            }
            true
        });
    }
}

/// The variance that the methods' signatures ask for. What no signature mentions is covariant for mypy.
fn used(cx: &ItemContext<'_>, interface: &Interface, variable: Name) -> Option<Variance> {
    let mut all: Vec<Variance> = Vec::new();
    for method in &interface.methods {
        let (_, item, _) = cx.inference.item(method.file, method.item)?;
        let function = cx.inference.function(*method)?;
        let mut look = Look { cx, item, at: (method.file, method.item), variable, found: &mut all };
        for param in &function.params {
            if let Some(annotation) = param.annotation {
                if matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar) && look.mentions(annotation) {
                    return None;
                }
                look.at(annotation, Variance::Contravariant)?;
            }
        }
        if let Some(returns) = function.returns {
            look.at(returns, Variance::Covariant)?;
        }
    }
    Some(match all.as_slice() {
        [] => Variance::Covariant,
        [first, rest @ ..] if rest.iter().all(|one| one == first) => *first,
        _ => Variance::Invariant,
    })
}

struct Look<'l, 'c> {
    cx: &'l ItemContext<'c>,
    item: &'l Item,
    at: (pyteam_index::FileId, u32),
    variable: Name,
    found: &'l mut Vec<Variance>,
}

impl Look<'_, '_> {
    fn mentions(&self, expr: ExprId) -> bool {
        pyteam_syntax::visit::mentions(self.item, Part::Expr(expr), &[self.variable])
    }

    /// Notes how the variable stands in an annotation; nothing where that is not known.
    fn at(&mut self, expr: ExprId, way: Variance) -> Option<()> {
        if !self.mentions(expr) {
            return Some(());
        }
        match self.item.expr(expr) {
            Expr::Name(_) => {
                self.found.push(way);
                Some(())
            }
            Expr::Binary { left, op, right } if *op == "|" => {
                self.at(*left, way)?;
                self.at(*right, way)
            }
            Expr::Tuple(items) => items.iter().try_for_each(|one| self.at(*one, way)),
            Expr::Subscript { value, index } => {
                let site = Site { file: self.at.0, item: self.at.1, expr: *value };
                let class = self.cx.inference.expr(site).single_external()?;
                if COVARIANT.contains(&class.as_str()) {
                    return self.at(*index, way);
                }
                // What is put into a queue is taken out of it, too.
                let is_invariant = INVARIANT.contains(&class.as_str()) || known::is_channel(class);
                is_invariant.then(|| self.found.push(Variance::Invariant))
            }
            _ => None,
        }
    }
}
