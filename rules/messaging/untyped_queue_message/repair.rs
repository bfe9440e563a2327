//! *Add TypedDict message*: declares the messages of a channel and puts them instead of bare dicts and tuples.

use std::collections::BTreeSet;

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_index::project::Bound;
use pyteam_syntax::style;
use pyteam_syntax::{Expr, Stmt, TextEdit, TextRange, TextSize};

use super::definition::{self, Message};
use super::naming;
use super::shape::{self, Kind, Shape};
use crate::shared::channel::{self, Channel, Use};
use crate::shared::imports::import_name_in;

/// The repair of a whole channel, where every put site can be repaired and all are in one file.
pub(super) fn repair(cx: &CheckContext<'_>, channel: &Channel, uses: &[Use], name: &str) -> Option<Fix> {
    let puts: Vec<&Use> = uses.iter().filter(|one| one.puts).collect();
    let file = cx.inference.file(puts.first()?.call.file)?;
    if puts.iter().any(|one| one.call.file != file.id) {
        return None;
    }
    let mut shapes: Vec<Shape> = Vec::new();
    // Sentinels and typed values go on being put as they are; the queue's type must then say so too.
    let mut only_shapes = true;
    for put in &puts {
        let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
        let message = channel::message(item, put.call.expr)?;
        match shape::of(cx.inference, Site { expr: message, ..put.call }) {
            // Two puts of one local are one display.
            Some(shape) if shapes.iter().any(|known| known.display == shape.display) => {}
            Some(shape) => shapes.push(shape),
            None => only_shapes = false,
        }
    }
    if shapes.iter().any(|shape| !can_rewrite(cx, file, shape)) {
        return None;
    }
    let mut taken: BTreeSet<String> = file.facts.module.keys().map(|name| name.as_str().to_owned()).collect();
    let messages = definition::messages(cx, &shapes, name, &mut taken)?;
    let mut fix = Fix::new("Add TypedDict message", Applicability::Unsafe);
    for message in &messages {
        for index in &message.shapes {
            rewrite(cx, &mut fix, file, &shapes[*index], message)?;
        }
    }
    let union = (messages.len() > 1).then(|| naming::unique(&naming::union_of(name), &mut taken));
    let declared = only_shapes
        && may_declare(uses, messages.len())
        && declare(cx, &mut fix, channel, file, union.as_deref().unwrap_or(&messages[0].name));
    define(cx, &mut fix, file, &messages, union.as_deref(), declared, first_use(&shapes));
    Some(fix.finish())
}

/// A declared union makes mypy ask the consumer which message it has; only a queue that nobody is seen to read, or
/// that carries one kind, can be declared without new errors there.
fn may_declare(uses: &[Use], kinds: usize) -> bool {
    kinds == 1 || !uses.iter().any(|one| !one.puts)
}

fn first_use(shapes: &[Shape]) -> u32 {
    shapes.iter().map(|shape| shape.display.item).min().unwrap_or_default()
}

/// Whether the display can become a call: nothing else is done to it before it is put.
fn can_rewrite(cx: &CheckContext<'_>, file: &File, shape: &Shape) -> bool {
    let site = shape.display;
    let Some((_, item, facts)) = cx.inference.item(site.file, site.item) else { return false };
    let text = file.text_at(site.item, item.expr_range(site.expr));
    if matches!(shape.kind, Kind::Tuple(_)) && !text.starts_with('(') {
        return false;
    }
    // A display bound to a name must not be changed through the name, and must not be annotated otherwise.
    let stmt = item.enclosing_stmt(site.expr);
    let Some(binding) = facts.bindings.iter().find(|binding| binding.stmt == stmt) else { return true };
    if matches!(item.stmt(stmt), Stmt::AnnAssign { .. }) {
        return false;
    }
    let changed = item.expr_ids().any(|id| match item.expr(id) {
        Expr::Subscript { value, .. } => is_name(item.expr(*value), binding.name) && is_target(item, id),
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Attribute { value, attr } => {
                is_name(item.expr(*value), binding.name)
                    && matches!(attr.as_str(), "update" | "pop" | "setdefault" | "clear" | "popitem")
            }
            _ => false,
        },
        _ => false,
    });
    !changed
}

fn is_name(expr: &Expr, wanted: pyteam_syntax::Name) -> bool {
    matches!(expr, Expr::Name(name) if *name == wanted)
}

fn is_target(item: &pyteam_syntax::Item, id: pyteam_syntax::ExprId) -> bool {
    match item.stmt(item.enclosing_stmt(id)) {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => targets.contains(&id),
        Stmt::AugAssign { target, .. } => *target == id,
        _ => false,
    }
}

/// Turns `{"key": value}` into `Message(key=value)`, leaving values, comments and layout as they are.
fn rewrite(cx: &CheckContext<'_>, fix: &mut Fix, file: &File, shape: &Shape, message: &Message) -> Option<()> {
    let (_, item, _) = cx.inference.item(shape.display.file, shape.display.item)?;
    let range = file.absolute(shape.display.item, item.expr_range(shape.display.expr));
    let one = TextSize::new(1);
    match (&shape.kind, item.expr(shape.display.expr)) {
        (Kind::Tuple(_), _) => fix.push(file.id, TextEdit::insert(range.start(), message.name.clone())),
        (Kind::DictCall { .. }, Expr::Call { func, .. }) => {
            let func = file.absolute(shape.display.item, item.expr_range(*func));
            fix.push(file.id, TextEdit::replace(func, message.name.clone()));
        }
        (Kind::Dict { fields, .. }, Expr::Dict(entries)) => {
            fix.push(file.id, TextEdit::replace(TextRange::at(range.start(), one), format!("{}(", message.name)));
            fix.push(file.id, TextEdit::replace(TextRange::at(range.end() - one, one), ")"));
            for (entry, (name, _)) in entries.iter().zip(fields) {
                let key = file.absolute(shape.display.item, item.expr_range(entry.key?));
                let value = file.absolute(shape.display.item, item.expr_range(entry.value));
                let between = file.source().slice(TextRange::new(key.end(), value.start()));
                let colon = between.find(':')?;
                if between[..colon].contains('#') || between[colon..].contains('#') {
                    return None;
                }
                let behind = &between[colon + 1..];
                let blanks = behind.len() - behind.trim_start().len();
                let end = key.end() + TextSize::new((colon + 1 + blanks) as u32);
                fix.push(file.id, TextEdit::replace(TextRange::new(key.start(), end), format!("{name}=")));
            }
        }
        _ => return None,
    }
    Some(())
}

/// Says in the queue's type what it carries, where that is written in the same file and leaves it open.
fn declare(cx: &CheckContext<'_>, fix: &mut Fix, channel: &Channel, file: &File, message: &str) -> bool {
    let origin = channel.origin;
    let Some((_, item, _)) = cx.inference.item(origin.file, origin.item) else { return false };
    if origin.file != file.id || !channel.class.ends_with("Queue") {
        return false;
    }
    let range = |expr| file.absolute(origin.item, item.expr_range(expr));
    let stmt = item.enclosing_stmt(origin.expr);
    match (item.expr(origin.expr), item.stmt(stmt)) {
        // `Queue[Any]`: the argument is replaced, inside quotes too.
        (Expr::Subscript { index, .. }, _) if file.source().slice(range(*index)).rsplit('.').next() == Some("Any") => {
            fix.push(file.id, TextEdit::replace(range(*index), message));
            true
        }
        (Expr::Call { func, args, .. }, Stmt::Assign { targets, value })
            if *value == origin.expr && targets.len() == 1 =>
        {
            // `self.frames = queue.Queue()` becomes `self.frames: queue.Queue[FrameMessage] = queue.Queue()`.
            let _ = args;
            if !channel.class.starts_with("queue.")
                || !matches!(item.expr(targets[0]), Expr::Name(_) | Expr::Attribute { .. })
            {
                return false;
            }
            // A second declaration of the name would be an error of its own.
            if is_bound_again(file, origin.item, item, targets[0]) {
                return false;
            }
            let class = file.source().slice(range(*func)).to_owned();
            let end = range(targets[0]).end();
            fix.push(file.id, TextEdit::insert(end, format!(": {class}[{message}]")));
            true
        }
        // A bare `queue.Queue` before the value, or as the whole declaration.
        (_, Stmt::AnnAssign { annotation, value, .. })
            if (*annotation == origin.expr || *value == Some(origin.expr))
                && matches!(item.expr(*annotation), Expr::Name(_) | Expr::Attribute { .. })
                && channel.class.starts_with("queue.") =>
        {
            fix.push(file.id, TextEdit::insert(range(*annotation).end(), format!("[{message}]")));
            true
        }
        _ => false,
    }
}

fn is_bound_again(file: &File, item_index: u32, item: &pyteam_syntax::Item, target: pyteam_syntax::ExprId) -> bool {
    match item.expr(target) {
        Expr::Attribute { attr, .. } => file.facts.writes.get(attr).is_none_or(|writes| writes.len() > 1),
        Expr::Name(name) => {
            let facts = &file.facts.items[item_index as usize];
            let local = facts.bindings.iter().filter(|binding| binding.name == *name).count();
            local > 1 || file.facts.module.get(name).is_some_and(|bound| bound.len() > 1)
        }
        _ => true,
    }
}

/// Writes the message classes, and the imports that they take.
fn define(
    cx: &CheckContext<'_>,
    fix: &mut Fix,
    file: &File,
    messages: &[Message],
    union: Option<&str>,
    declared: bool,
    first_use: u32,
) {
    let newline = style::newline(file.source());
    let unit = style::indent_unit(&file.parsed);
    let quote = style::quote(file.source());
    let old_python = cx
        .snapshot
        .requirements_for(&file.path)
        .is_some_and(|one| matches!(one.python_at_least((3, 10)), Bound::Excluded | Bound::Possible));
    let mut missing: BTreeSet<String> = BTreeSet::new();
    let mut edits: Vec<TextEdit> = Vec::new();
    let mut typing = |name: &str| {
        let (text, edit) = import_name_in(file, |_| false, "typing", name);
        if edit.is_some() && text == name {
            missing.insert(name.to_owned());
        } else {
            edits.extend(edit);
        }
        text
    };
    // What is read where mypy looks must not be `object`; what nobody reads need not be `Any`.
    let unknown = if declared { typing("Any") } else { "object".to_owned() };
    let mut text = String::new();
    for message in messages {
        let base = typing(if message.is_tuple { "NamedTuple" } else { "TypedDict" });
        let mut head = format!("class {}({base}):", message.name);
        let (required, optional): (Vec<_>, Vec<_>) = message.fields.iter().partition(|field| field.required);
        let line = |field: &definition::Field, typing: &mut dyn FnMut(&str) -> String| {
            let kind = match (&field.literal, &field.kind) {
                (Some(tag), _) => format!("{}[{quote}{tag}{quote}]", typing("Literal")),
                (None, Some(kind)) if old_python && kind.contains('|') => {
                    format!("{quote}{}{quote}", kind.replace('"', ""))
                }
                (None, Some(kind)) => kind.replace('"', &quote.to_string()),
                (None, None) => unknown.clone(),
            };
            format!("{unit}{}: {kind}{newline}", field.name)
        };
        if optional.is_empty() {
            text.push_str(&head);
            text.push_str(newline);
        } else {
            // `NotRequired` needs Python 3.11; two classes say the same everywhere.
            let name = &message.name;
            text.push_str(&format!("class _{name}Required({base}):{newline}"));
            head = format!("class {name}(_{name}Required, total=False):");
        }
        for field in required {
            text.push_str(&line(field, &mut typing));
        }
        if !optional.is_empty() {
            text.push_str(&format!("{newline}{newline}{head}{newline}"));
            for field in optional {
                text.push_str(&line(field, &mut typing));
            }
        }
        text.push_str(newline);
        text.push_str(newline);
    }
    if let Some(union) = union {
        let names: Vec<&str> = messages.iter().map(|message| message.name.as_str()).collect();
        let value = if old_python { format!("{}[{}]", typing("Union"), names.join(", ")) } else { names.join(" | ") };
        text.push_str(&format!("{union} = {value}{newline}{newline}{newline}"));
    }
    let names: Vec<String> = missing.into_iter().collect();
    if !names.is_empty() {
        edits.extend(style::imports::add_from_imports(&file.parsed, "typing", &names));
    }
    edits.into_iter().for_each(|edit| fix.push(file.id, edit));
    let at = place(file, first_use);
    // Two blank lines around classes, as every formatter has it.
    let above = file.source().as_str()[..usize::from(at)].trim_start_matches('\u{feff}');
    let blank = above.len() - above.trim_end_matches(['\n', '\r', ' ', '\t']).len();
    let lines = above[above.len() - blank..].replace("\r\n", "\n").matches(['\n', '\r']).count();
    let missing = if above.trim().is_empty() { 0 } else { 3usize.saturating_sub(lines) };
    fix.push(file.id, TextEdit::insert(at, newline.repeat(missing) + &text));
}

/// Where the classes go: above the first definition or use, below the imports, and above the comment that belongs
/// to what follows.
fn place(file: &File, first_use: u32) -> TextSize {
    let items = &file.parsed.items;
    let first_definition = items.iter().position(|slot| {
        slot.parent.is_none() && matches!(slot.item.stmt(slot.item.root()), Stmt::Function(_) | Stmt::Class(_))
    });
    let first_use = items[first_use as usize].parent.unwrap_or(first_use) as usize;
    let mut before = first_definition.map_or(first_use, |first| first.min(first_use));
    // The declaration of the queue itself names the message.
    if let Some(queue) = items
        .iter()
        .position(|slot| matches!(slot.item.stmt(slot.item.root()), Stmt::AnnAssign { .. } | Stmt::Assign { .. }))
        && queue < before
    {
        let last_import = items[..before]
            .iter()
            .rposition(|slot| matches!(slot.item.stmt(slot.item.root()), Stmt::Import(_) | Stmt::ImportFrom(_)));
        before = queue.max(last_import.map_or(0, |at| at + 1)).min(before);
    }
    let lines = file.source().lines();
    let mut line = lines.line_of(items[before].start);
    while line > 0 && file.source().line_text(line - 1).trim_start().starts_with('#') {
        line -= 1;
    }
    lines.line_start(line)
}
