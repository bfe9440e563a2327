//! How the workspace uses a class: what keeps it from being a Protocol, and what the repair must take along.

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::tree::{Param, ParamKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use super::interface::Interface;
use super::travel;

/// Uses of a class by name.
#[derive(Default)]
pub struct ClassUses {
    /// Something needs it to be a real base class.
    pub forbid: bool,
    /// Something asks objects for this base at run time in a way that a Protocol does not answer.
    pub dispatches: bool,
    /// `isinstance` with it, and `case Base():`.
    pub type_tests: Vec<Site>,
    /// It is handed on as a value, or to what reads annotations while the program runs: there `isinstance` may meet it,
    /// under another name.
    pub travels: bool,
}

impl ClassUses {
    /// All uses in the workspace, the class's own and what its `children` do.
    pub fn of(cx: &ItemContext<'_>, class: ClassRef, children: &[ClassRef], interface: &Interface) -> Self {
        let mut uses = Self::default();
        let Some(definition) = cx.inference.class(class) else { return uses };
        let name = definition.name;
        for file in cx.whole_workspace().files() {
            // Most files do not know the name; asking their text is cheaper than asking their trees.
            if file.source().as_str().contains(name.as_str()) {
                collect(cx.inference, file, class, name, &mut uses);
            }
        }
        uses.forbid |= children.iter().any(|child| calls_super(cx, *child, interface));
        uses
    }
}

fn collect(inference: &Inference<'_>, file: &File, class: ClassRef, name: Name, uses: &mut ClassUses) {
    let bindings = file.facts.items.iter().flat_map(|facts| &facts.bindings);
    let aliases: Vec<Name> = bindings
        .filter(|one| matches!(one.source, Source::ImportFrom { name: imported, .. } if imported == name))
        .map(|one| one.name)
        .collect();
    for (index, slot) in file.parsed.items.iter().enumerate() {
        let item = &*slot.item;
        for id in item.expr_ids() {
            let mentions = match item.expr(id) {
                Expr::Name(found) => *found == name || aliases.contains(found),
                Expr::Attribute { attr, .. } => *attr == name,
                Expr::Str(text) => {
                    uses.travels |= text.value.is_some_and(|text| travel::is_looked_up(item, id, text.as_str(), name));
                    false
                }
                _ => false,
            };
            if !mentions {
                continue;
            }
            let site = Site { file: file.id, item: index as u32, expr: id };
            if inference.expr(site).as_slice() == [Type::Class(class)] {
                judge(inference, item, site, uses);
            }
        }
    }
}

/// What a mention of the class means for it.
fn judge(inference: &Inference<'_>, item: &Item, site: Site, uses: &mut ClassUses) {
    let id = site.expr;
    let travels = || !travel::is_only_a_type(inference, site);
    match item.expr_parent(id) {
        Parent::Expr(parent) => match item.expr(parent) {
            // Made, or looked into: `Base()`, `Base.register(X)`, `Base.method(self)`.
            Expr::Call { func, .. } if *func == id => uses.forbid = true,
            Expr::Attribute { .. } => uses.forbid = true,
            // `@show.register(Base)`: `functools.singledispatch` looks for it among the bases of an object.
            Expr::Call { func, .. } if is_register(item, *func) => uses.dispatches = true,
            Expr::Call { func, args, .. } => match item.expr(*func) {
                Expr::Name(name) if *name == "isinstance" && args.get(1).is_some_and(|arg| arg.value == id) => {
                    uses.type_tests.push(site);
                }
                // `issubclass` with a Protocol that has attributes fails at run time.
                Expr::Name(name) if *name == "issubclass" => uses.forbid = true,
                _ => uses.travels |= travels(),
            },
            Expr::Tuple(_) | Expr::Binary { .. } if is_tested(item, parent) => uses.type_tests.push(site),
            _ => uses.travels |= travels(),
        },
        // As an exception, as a context manager: not as an interface.
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Raise { .. } | Stmt::Try(_) | Stmt::With { .. } => uses.forbid = true,
            Stmt::Match { cases, .. } if cases.iter().any(|case| case.patterns.contains(&id)) => {
                uses.type_tests.push(site);
            }
            // `@show.register` takes the class from the parameter's annotation.
            Stmt::Function(function) if function.decorators.iter().any(|one| is_register(item, *one)) => {
                uses.dispatches = true;
            }
            _ => uses.travels |= travels(),
        },
        Parent::Root => {}
    }
}

fn is_register(item: &Item, func: ExprId) -> bool {
    matches!(item.expr(func), Expr::Attribute { attr, .. } if *attr == "register")
}

/// Whether `one`, a tuple or union of classes, is what an `isinstance` tests for.
fn is_tested(item: &Item, mut one: ExprId) -> bool {
    while let Parent::Expr(parent) = item.expr_parent(one) {
        match item.expr(parent) {
            Expr::Tuple(_) | Expr::Binary { .. } => one = parent,
            Expr::Call { func, args, .. } => {
                return matches!(item.expr(*func), Expr::Name(name) if *name == "isinstance")
                    && args.get(1).is_some_and(|arg| arg.value == one);
            }
            _ => return false,
        }
    }
    false
}

/// Whether a child calls `super().method()` where only the interface can answer.
fn calls_super(cx: &ItemContext<'_>, child: ClassRef, interface: &Interface) -> bool {
    let names: Vec<Name> =
        interface.methods.iter().filter_map(|method| cx.inference.function(*method)).map(|one| one.name).collect();
    cx.inference.methods(child).into_iter().any(|method| {
        let Some((_, item, _)) = cx.inference.item(method.file, method.item) else { return false };
        let mut found = false;
        walk(item, Part::Stmt(method.stmt), &mut |part| {
            if let Part::Expr(id) = part
                && let Expr::Attribute { value, attr } = item.expr(id)
                && names.contains(attr)
                && let Expr::Call { func, .. } = item.expr(*value)
                && matches!(item.expr(*func), Expr::Name(name) if *name == "super")
            {
                found = true;
            }
            !found
        });
        found
    })
}

/// Methods of `child` whose parameters are no longer those of the interface.
pub fn drifted(cx: &ItemContext<'_>, interface: &Interface, child: ClassRef) -> Vec<String> {
    let mut names = Vec::new();
    for method in &interface.methods {
        let Some(wanted) = cx.inference.function(*method) else { continue };
        for own in cx.inference.methods(child) {
            let Some(found) = cx.inference.function(own) else { continue };
            if found.name == wanted.name && !accepts(&found.params, &wanted.params) {
                names.push(format!("`{}`", wanted.name));
            }
        }
    }
    names
}

/// Whether a function with `own` parameters takes every call that one with `wanted` takes, by number and name.
pub(super) fn accepts(own: &[Param], wanted: &[Param]) -> bool {
    let plain = |params: &[Param]| -> Vec<Param> {
        params
            .iter()
            .filter(|param| matches!(param.kind, ParamKind::Normal | ParamKind::PositionalOnly))
            .cloned()
            .collect()
    };
    if own.iter().any(|param| param.kind == ParamKind::Star)
        && own.iter().any(|param| param.kind == ParamKind::DoubleStar)
    {
        return true;
    }
    let (mine, theirs) = (plain(own), plain(wanted));
    let same_names = mine.iter().zip(&theirs).skip(1).all(|(a, b)| a.name == b.name);
    let extra_are_optional = mine.iter().skip(theirs.len()).all(|param| param.default.is_some());
    let keywords = own.iter().filter(|param| param.kind == ParamKind::KeywordOnly && param.default.is_none());
    let keywords_are_wanted = keywords.into_iter().all(|param| wanted.iter().any(|other| other.name == param.name));
    mine.len() >= theirs.len() && same_names && extra_are_optional && keywords_are_wanted
}
