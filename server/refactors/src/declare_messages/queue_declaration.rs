//! Saying in the queue's own type what it carries.

use pyteam_channels::channel::Channel;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::{File, known};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, TextEdit, TextRange};

use super::annotation::{self, AnnotatedParam, Element};
use super::propagation;

/// The edits, in the file that makes the queue, that declare it to carry `element`; nothing where its declaration cannot
/// be changed, or where a function that it is passed to declares something else, `annotated` aside, which are declared as well.
pub(super) fn edits(
    cx: &ItemContext<'_>,
    channel: &Channel,
    element: Element<'_>,
    annotated: &[AnnotatedParam],
) -> Option<Vec<TextEdit>> {
    let known = ["queue.", "asyncio.", "multiprocessing.queues."];
    if !known.iter().any(|module| channel.class.starts_with(module))
        || !propagation::agree(cx, channel.origin, annotated)
    {
        return None;
    }
    let mut edits = declaration(cx, channel, element)?;
    edits.extend(needless_ignore(cx, channel));
    Some(edits)
}

/// A comment that keeps a type checker from asking for what is now said, and that it would complain about next.
fn needless_ignore(cx: &ItemContext<'_>, channel: &Channel) -> Option<TextEdit> {
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
fn annotation_of(item: &Item, origin: ExprId) -> Option<ExprId> {
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
/// that cannot be found. It is a declaration all the same.
pub fn is_obscure(cx: &ItemContext<'_>, channel: &Channel) -> bool {
    let Some((_, item, _)) = cx.inference.item(channel.origin.file, channel.origin.item) else { return true };
    let Some(annotation) = annotation_of(item, channel.origin.expr) else { return false };
    let at = |expr| Site { expr, ..channel.origin };
    let Some(index) = annotation::find(cx, channel.class, at(annotation)).and_then(|place| place.index) else {
        return false;
    };
    channel.element.as_ref().is_none_or(Types::has_unknown)
        && !annotation::says_anything(cx, at(index))
        && !matches!(item.expr(index), Expr::Subscript { .. })
}

fn declaration(cx: &ItemContext<'_>, channel: &Channel, element: Element<'_>) -> Option<Vec<TextEdit>> {
    let origin = channel.origin;
    let (file, item, _) = cx.inference.item(origin.file, origin.item)?;
    if let Some(annotation) = annotation_of(item, origin.expr) {
        return annotation::retyped(cx, channel.class, Site { expr: annotation, ..origin }, element);
    }
    let range = |expr| file.absolute(origin.item, item.expr_range(expr));
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
    let deferred = annotation::is_deferred(file);
    let (class, mut edits) = match annotation::process_queue(channel.class) {
        Some(name) => {
            let (class, edit) = annotation::process_class(file, name)?;
            let class = format!("{class}[{}]", element.text);
            (if deferred { class } else { format!("\"{class}\"") }, edit.into_iter().collect())
        }
        None => {
            let named = cx.inference.expr(Site { expr: *func, ..origin });
            let is_class =
                matches!(named.as_slice(), [Type::External(path)] if known::canonical(*path) == *channel.class);
            if !is_class {
                return None;
            }
            let element = if deferred { element.text.to_owned() } else { element.evaluated() };
            (format!("{}[{element}]", file.source().slice(range(*func))), Vec::new())
        }
    };
    edits.push(TextEdit::insert(range(target).end(), format!(": {class}")));
    Some(edits)
}

/// Whether the name or attribute is given something else elsewhere: a second declaration would be an error.
fn is_bound_again(cx: &ItemContext<'_>, file: &File, origin: Site, target: ExprId) -> bool {
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
