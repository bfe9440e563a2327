//! Annotations of queues: where they name the class, and how they say what it carries.

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::known;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextEdit, TextRange};

/// An annotation of a parameter or attribute that holds one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnnotatedParam {
    /// The annotation.
    pub(super) at: Site,
    /// The class that it names.
    pub(super) class: &'static str,
    /// Whether it says that the channel carries dicts: it cannot stay when the channel carries something else.
    pub(super) must: bool,
}

/// Where an annotation names a queue's class.
pub(super) struct QueueAnnotation {
    pub(super) class: ExprId,
    pub(super) index: Option<ExprId>,
    /// Whether it is part of a larger type: `Queue | None`.
    nested: bool,
}

/// What is to be written into an annotation.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// The type, as it is written in quotes.
    pub(super) text: &'a str,
    /// Whether `X | Y` may be no expression.
    pub(super) old: bool,
    /// Whether only type checkers see its name.
    pub(super) unseen: bool,
}

impl Element<'_> {
    /// How it is written where it is evaluated when the program runs.
    pub(super) fn evaluated(self) -> String {
        let quote = self.unseen || self.old && self.text.contains('|');
        if quote { format!("\"{}\"", self.text) } else { self.text.to_owned() }
    }
}

/// The place in `annotation` that names the class `wanted`.
pub(super) fn find(cx: &ItemContext<'_>, wanted: &str, annotation: Site) -> Option<QueueAnnotation> {
    let (_, item, _) = cx.inference.item(annotation.file, annotation.item)?;
    let at = |expr| Site { expr, ..annotation };
    let is_it = |expr| {
        let types = cx.inference.annotation(at(expr));
        matches!(types.as_slice(), [Type::Instance { class, .. }] if *class == *wanted)
            && !cx
                .inference
                .expr(at(expr))
                .iter()
                .any(|one| matches!(one, Type::TypeExpression(site) if site.expr != expr))
    };
    let inner = |expr| find(cx, wanted, at(expr));
    let expr = annotation.expr;
    match item.expr(expr) {
        Expr::Subscript { value, index } if is_it(expr) => {
            let names_it = matches!(cx.inference.expr(at(*value)).as_slice(), [Type::External(_)]);
            names_it.then_some(QueueAnnotation { class: *value, index: Some(*index), nested: false })
        }
        Expr::Subscript { index, .. } => match item.expr(*index) {
            Expr::Tuple(items) => items.iter().find_map(|one| inner(*one)),
            _ => inner(*index),
        }
        .map(|place| QueueAnnotation { nested: true, ..place }),
        Expr::Binary { left, right, .. } => {
            inner(*left).or_else(|| inner(*right)).map(|place| QueueAnnotation { nested: true, ..place })
        }
        Expr::Name(_) | Expr::Attribute { .. } => {
            let is_class = matches!(cx.inference.expr(at(expr)).as_slice(), [Type::External(_)]);
            (is_class && is_it(expr)).then_some(QueueAnnotation { class: expr, index: None, nested: false })
        }
        _ => None,
    }
}

/// The edits that make the annotation say that the queue of class `class` carries `element`.
pub(super) fn retyped(
    cx: &ItemContext<'_>,
    class: &str,
    annotation: Site,
    element: Element<'_>,
) -> Option<Vec<TextEdit>> {
    let place = find(cx, class, annotation)?;
    let (file, item, _) = cx.inference.item(annotation.file, annotation.item)?;
    let range = |expr| file.absolute(annotation.item, item.expr_range(expr));
    let text = file.source().as_str();
    let quoted = is_quoted(item, place.class);
    let deferred = quoted || is_deferred(file);
    let written = if deferred { element.text.to_owned() } else { element.evaluated() };
    let whole = || {
        let end = match place.index {
            Some(index) => {
                let behind = usize::from(range(index).end());
                behind + text[behind..].find(']')? + 1
            }
            None => usize::from(range(place.class).end()),
        };
        Some(TextRange::new(range(place.class).start(), u32::try_from(end).ok()?.into()))
    };
    let in_quotes = |class: &str| {
        let text = format!("{class}[{}]", element.text);
        if deferred { text } else { format!("\"{text}\"") }
    };
    if let (Some(name), false) = (process_queue(class), names_class(cx, Site { expr: place.class, ..annotation })) {
        // `mp.Queue` is a method: no checker takes it for a type. As a part of a larger one it kept the checker from
        // looking at all, and what it would say then is not known.
        if place.nested {
            return None;
        }
        let (class, edit) = process_class(file, name)?;
        return Some(edit.into_iter().chain([TextEdit::replace(whole()?, in_quotes(&class))]).collect());
    }
    Some(vec![match place.index {
        Some(index) => TextEdit::replace(range(index), written),
        None if process_queue(class).is_none() || deferred || is_in_body(item, annotation.expr) => {
            TextEdit::insert(range(place.class).end(), format!("[{written}]"))
        }
        // A class of `multiprocessing.queues` cannot be subscripted when the program runs.
        None if place.nested => return None,
        None => TextEdit::replace(whole()?, in_quotes(file.source().slice(range(place.class)))),
    }])
}

/// Whether what stands between the brackets of a queue's annotation is `Any` or `object`.
pub(super) fn says_anything(cx: &ItemContext<'_>, element: Site) -> bool {
    matches!(cx.inference.expr(element).as_slice(), [Type::External(path)]
        if matches!(known::canonical(*path).as_str(), "typing.Any" | "builtins.object"))
}

/// Whether a string holds the annotation, or the part of it that is asked for.
fn is_quoted(item: &Item, part: ExprId) -> bool {
    let range = item.expr_range(part);
    let is_around = |id: ExprId| id != part && item.expr_range(id).contains_range(range);
    item.expr_ids().any(|id| matches!(item.expr(id), Expr::Str(_)) && is_around(id))
}

/// Whether the annotation declares a name or attribute in a function's body, where it is not evaluated.
fn is_in_body(item: &Item, annotation: ExprId) -> bool {
    let stmt = item.enclosing_stmt(annotation);
    matches!(item.stmt(stmt), Stmt::AnnAssign { .. })
        && enclosing_function(item, stmt).is_some()
        && !item.stmt_ancestors(stmt).next().is_some_and(|outer| matches!(item.stmt(outer), Stmt::Class(_)))
}

/// Whether the annotations of the file are not evaluated: `from __future__ import annotations`.
pub(super) fn is_deferred(file: &File) -> bool {
    file.facts.module.get(&Name::new("annotations")).is_some_and(|bound| {
        bound.iter().any(|at| {
            let binding = &file.facts.items[at.item as usize].bindings[at.binding as usize];
            matches!(binding.source, Source::ImportFrom { level: 0, module: Some(module), .. } if module == "__future__")
        })
    })
}

/// The name of a class in `multiprocessing.queues`.
pub(super) fn process_queue(class: &str) -> Option<&str> {
    class.strip_prefix("multiprocessing.queues.")
}

/// Whether the annotation names the class itself, and not the method that makes it.
fn names_class(cx: &ItemContext<'_>, class: Site) -> bool {
    matches!(cx.inference.expr(class).as_slice(), [Type::External(path)] if path.as_str().contains(".queues."))
}

/// How `multiprocessing.queues.name` is written in `file`, and the import that it takes.
pub(super) fn process_class(file: &File, name: &str) -> Option<(String, Option<TextEdit>)> {
    let mut modules: Vec<&str> = Vec::new();
    let mut classes: Vec<&str> = Vec::new();
    for (bound, bindings) in &file.facts.module {
        let [only] = bindings.as_slice() else { continue };
        let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
        if binding.stmt != file.item(only.item).root() {
            continue;
        }
        match binding.source {
            Source::Import { path } if path == "multiprocessing" => modules.push(bound.as_str()),
            Source::ImportFrom { level: 0, module: Some(module), name: imported }
                if module == "multiprocessing.queues" && imported == *name =>
            {
                classes.push(bound.as_str());
            }
            _ => {}
        }
    }
    modules.sort_unstable();
    classes.sort_unstable();
    if let Some(class) = classes.first() {
        return Some(((*class).to_owned(), None));
    }
    if let Some(module) = modules.first() {
        return Some((format!("{module}.queues.{name}"), None));
    }
    let taken = file.facts.module.contains_key(&Name::new("multiprocessing"));
    (!taken).then(|| {
        let import = file.imports().add_module("multiprocessing.queues");
        (format!("multiprocessing.queues.{name}"), Some(import))
    })
}
