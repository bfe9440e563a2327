//! Saying in the queue's own type what it carries.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::Source;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::{Type, Types};
use pyteam_syntax::style::imports::add_import;
use pyteam_syntax::{Expr, ExprId, Item, Stmt, TextEdit, TextRange};

use super::callers;
use crate::shared::channel::Channel;

/// The edits, in the file that makes the queue, that declare it to carry `element`; nothing where its declaration cannot
/// be changed, or where somebody whom it is passed to would disagree.
pub(super) fn edits(cx: &CheckContext<'_>, channel: &Channel, element: &str, old: bool) -> Option<Vec<TextEdit>> {
    let mut edits = declaration(cx, channel, element, old)?;
    edits.extend(needless_ignore(cx, channel));
    Some(edits)
}

/// A comment that keeps a type checker from asking for what is now said, and that it would complain about next.
fn needless_ignore(cx: &CheckContext<'_>, channel: &Channel) -> Option<TextEdit> {
    let (file, item, _) = cx.inference.item(channel.origin.file, channel.origin.item)?;
    let stmt = item.enclosing_stmt(channel.origin.expr);
    if !matches!(item.stmt(stmt), Stmt::Assign { .. } | Stmt::AnnAssign { .. }) {
        return None;
    }
    let end = file.absolute(channel.origin.item, item.stmt_range(stmt)).end();
    let lines = file.source().lines();
    let line = lines.line_range(file.source().as_str(), lines.line_of(end));
    let rest = TextRange::new(end.min(line.end()), line.end());
    let comment = file.source().slice(rest).trim();
    matches!(comment, "# type: ignore[type-arg]" | "# type: ignore[var-annotated]").then(|| TextEdit::delete(rest))
}

/// Whether typed messages can be put while the declaration stays as it is: `Queue`, `Queue[Any]`, `Queue[object]`.
pub(super) fn accepts_anything(channel: &Channel) -> bool {
    let says_dict = |one: &Type| matches!(one, Type::Mapping(_));
    channel.element.as_ref().is_none_or(|element| !element.iter().any(says_dict))
}

/// The annotation that makes the channel, or stands where it is made.
fn annotation(item: &Item, origin: ExprId) -> Option<ExprId> {
    match item.stmt(item.enclosing_stmt(origin)) {
        Stmt::AnnAssign { annotation, .. } => Some(*annotation),
        Stmt::Function(function) => function
            .params
            .iter()
            .filter_map(|param| param.annotation)
            .find(|at| item.expr_range(*at).contains_range(item.expr_range(origin))),
        _ => None,
    }
}

/// What the annotation of a queue says of its messages, in a way that we do not understand: a type variable, a class
/// that cannot be found. Somebody declared something.
pub(super) fn is_obscure(cx: &CheckContext<'_>, channel: &Channel) -> bool {
    let Some((_, item, _)) = cx.inference.item(channel.origin.file, channel.origin.item) else { return true };
    let Some(annotation) = annotation(item, channel.origin.expr) else { return false };
    let Some(Place { index: Some(index), .. }) = find(cx, channel, item, annotation) else { return false };
    if !channel.element.as_ref().is_none_or(Types::is_unsure) {
        return false;
    }
    let named = cx.inference.expr(Site { expr: index, ..channel.origin });
    !matches!(named.as_slice(), [Type::External(path)] if matches!(pyteam_index::known::canonical(*path).as_str(), "typing.Any" | "builtins.object"))
        && !matches!(item.expr(index), Expr::Subscript { .. })
}

/// Where an annotation names the channel's class.
struct Place {
    class: ExprId,
    index: Option<ExprId>,
    /// Whether it is part of a larger type: `Queue | None`.
    nested: bool,
}

fn find(cx: &CheckContext<'_>, channel: &Channel, item: &Item, annotation: ExprId) -> Option<Place> {
    let at = |expr| Site { expr, ..channel.origin };
    let is_it = |expr| {
        let types = cx.inference.annotation(at(expr));
        matches!(types.as_slice(), [Type::Instance { class, .. }] if *class == channel.class)
            && !cx
                .inference
                .expr(at(expr))
                .iter()
                .any(|one| matches!(one, Type::TypeExpression(site) if site.expr != expr))
    };
    match item.expr(annotation) {
        Expr::Subscript { value, index } if is_it(annotation) => {
            let names_it = matches!(cx.inference.expr(at(*value)).as_slice(), [Type::External(_)]);
            names_it.then_some(Place { class: *value, index: Some(*index), nested: false })
        }
        Expr::Subscript { index, .. } => match item.expr(*index) {
            Expr::Tuple(items) => items.iter().find_map(|one| find(cx, channel, item, *one)),
            _ => find(cx, channel, item, *index),
        }
        .map(|place| Place { nested: true, ..place }),
        Expr::Binary { left, right, .. } => find(cx, channel, item, *left)
            .or_else(|| find(cx, channel, item, *right))
            .map(|place| Place { nested: true, ..place }),
        Expr::Name(_) | Expr::Attribute { .. } => {
            let is_class = matches!(cx.inference.expr(at(annotation)).as_slice(), [Type::External(_)]);
            (is_class && is_it(annotation)).then_some(Place { class: annotation, index: None, nested: false })
        }
        _ => None,
    }
}

fn declaration(cx: &CheckContext<'_>, channel: &Channel, element: &str, old: bool) -> Option<Vec<TextEdit>> {
    let origin = channel.origin;
    let (file, item, _) = cx.inference.item(origin.file, origin.item)?;
    if !(channel.class.starts_with("queue.")
        || channel.class.starts_with("asyncio.")
        || channel.class.starts_with("multiprocessing.queues."))
        || !callers::agree(cx, origin)
    {
        return None;
    }
    let range = |expr| file.absolute(origin.item, item.expr_range(expr));
    match annotation(item, origin.expr) {
        Some(annotation) => annotated(cx, channel, file, item, annotation, element, old),
        None => {
            // `self.frames = queue.Queue()` becomes `self.frames: queue.Queue[FrameMessage] = queue.Queue()`.
            let (Expr::Call { func, .. }, Stmt::Assign { targets, value }) =
                (item.expr(origin.expr), item.stmt(item.enclosing_stmt(origin.expr)))
            else {
                return None;
            };
            let [target] = targets[..] else { return None };
            if *value != origin.expr
                || !matches!(item.expr(target), Expr::Name(_) | Expr::Attribute { .. })
                || is_bound_again(cx, file, origin, target)
            {
                return None;
            }
            let (class, mut edits) = match process_queue(channel) {
                Some(name) => {
                    let (class, edit) = process_class(file, name)?;
                    (format!("\"{class}[{element}]\""), edit.into_iter().collect())
                }
                None => {
                    let named = cx.inference.expr(Site { expr: *func, ..origin });
                    let is_class = matches!(named.as_slice(), [Type::External(path)] if pyteam_index::known::canonical(*path) == *channel.class);
                    if !is_class {
                        return None;
                    }
                    (format!("{}[{}]", file.source().slice(range(*func)), unquoted(element, old)), Vec::new())
                }
            };
            edits.push(TextEdit::insert(range(target).end(), format!(": {class}")));
            Some(edits)
        }
    }
}

fn annotated(
    cx: &CheckContext<'_>,
    channel: &Channel,
    file: &File,
    item: &Item,
    annotation: ExprId,
    element: &str,
    old: bool,
) -> Option<Vec<TextEdit>> {
    let origin = channel.origin;
    let place = find(cx, channel, item, annotation)?;
    let range = |expr| file.absolute(origin.item, item.expr_range(expr));
    let text = file.source().as_str();
    let quoted = text[..usize::from(range(annotation).start())].ends_with(['"', '\'']);
    let element = if quoted { element.to_owned() } else { unquoted(element, old) };
    if let (Some(name), false) = (process_queue(channel), names_class(cx, Site { expr: place.class, ..origin })) {
        // `mp.Queue` is a method: no checker takes it for a type. As a part of a larger one it kept the checker from
        // looking at all, and what it would say then is not known.
        if place.nested {
            return None;
        }
        let (class, edit) = process_class(file, name)?;
        let end = match place.index {
            Some(index) => {
                let behind = usize::from(range(index).end());
                behind + text[behind..].find(']')? + 1
            }
            None => usize::from(range(place.class).end()),
        };
        let whole = TextRange::new(range(place.class).start(), u32::try_from(end).ok()?.into());
        let written = format!("{class}[{element}]");
        let written = if quoted { written } else { format!("\"{written}\"") };
        return Some(edit.into_iter().chain([TextEdit::replace(whole, written)]).collect());
    }
    Some(vec![match place.index {
        Some(index) => TextEdit::replace(range(index), element),
        // A class of `multiprocessing.queues` cannot be subscripted when the program runs.
        None if process_queue(channel).is_some() && !quoted => return None,
        None => TextEdit::insert(range(place.class).end(), format!("[{element}]")),
    }])
}

/// The name of the class in `multiprocessing.queues`.
fn process_queue(channel: &Channel) -> Option<&'static str> {
    channel.class.strip_prefix("multiprocessing.queues.")
}

/// Whether the annotation names the class itself, and not the method that makes it.
fn names_class(cx: &CheckContext<'_>, class: Site) -> bool {
    matches!(cx.inference.expr(class).as_slice(), [Type::External(path)] if path.as_str().contains(".queues."))
}

/// How `multiprocessing.queues.name` is written in `file`, and the import that it takes.
fn process_class(file: &File, name: &str) -> Option<(String, Option<TextEdit>)> {
    let mut modules: Vec<&str> = Vec::new();
    for (bound, bindings) in &file.facts.module {
        let [only] = bindings.as_slice() else { continue };
        let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
        if matches!(binding.source, Source::Import { path } if path == "multiprocessing")
            && binding.stmt == file.item(only.item).root()
        {
            modules.push(bound.as_str());
        }
    }
    modules.sort_unstable();
    if let Some(module) = modules.first() {
        return Some((format!("{module}.queues.{name}"), None));
    }
    let taken = file.facts.module.contains_key(&pyteam_syntax::Name::new("multiprocessing"));
    (!taken).then(|| {
        let import = add_import(&file.parsed, "multiprocessing.queues");
        (format!("multiprocessing.queues.{name}"), Some(import))
    })
}

/// `X | None` is no expression before Python 3.10.
fn unquoted(element: &str, old: bool) -> String {
    if old && element.contains('|') { format!("\"{element}\"") } else { element.to_owned() }
}

/// Whether the name or attribute is given something else elsewhere: a second declaration would be an error.
fn is_bound_again(cx: &CheckContext<'_>, file: &File, origin: Site, target: ExprId) -> bool {
    let item = file.item(origin.item);
    match item.expr(target) {
        Expr::Name(name) => {
            let facts = &file.facts.items[origin.item as usize];
            let local = facts.bindings.iter().filter(|binding| binding.name == *name).count();
            let in_class = matches!(item.stmt(item.root()), Stmt::Class(_)) && file.facts.writes.contains_key(name);
            local > 1 || in_class || file.facts.module.get(name).is_some_and(|bound| bound.len() > 1)
        }
        Expr::Attribute { value, attr } => {
            if !matches!(item.expr(*value), Expr::Name(name) if *name == "self") {
                return true;
            }
            let owner = cx.inference.enclosing_function(origin).and_then(|function| cx.inference.class_of(function));
            let Some(class) = owner else { return true };
            let (ancestors, complete) = cx.inference.ancestors(class);
            let written: usize = ancestors.iter().map(|one| cx.inference.writes(*one, *attr).len()).sum();
            let below = cx.inference.subclasses(class);
            // Others may write it from outside: `worker.queue = ...`
            let outside = file.facts.writes.get(attr).is_some_and(|writes| {
                writes.iter().any(|(at, write)| {
                    let item = file.item(*at);
                    let write = &file.facts.items[*at as usize].writes[*write as usize];
                    !matches!(item.expr(write.base), Expr::Name(name) if *name == "self")
                })
            });
            !complete || written > 1 || outside || below.iter().any(|one| !cx.inference.writes(*one, *attr).is_empty())
        }
        _ => true,
    }
}
