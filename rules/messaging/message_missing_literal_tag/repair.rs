//! *Add a tag*: a `Literal` field in each message that lacks it, and its value wherever such a message is made.

use pyteam_channels::tags::Record;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::infer::Site;
use pyteam_index::{File, definitions::ClassRef};
use pyteam_syntax::style;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextEdit, TextRange, TextSize};

use super::{construction, taken};

/// The title of the repair.
pub(super) const TITLE: &str = "Add `Literal` tags";

/// Names for a tag, where no message has one yet.
const NAMES: &[&str] = &["msg_type", "type", "kind"];

/// The tag that is missing: `tag`, where some of the messages have it, else a name that none of them uses.
pub(super) fn name(records: &[Record], tag: Option<Name>) -> Option<Name> {
    let is_used = |name: Name| records.iter().any(|one| one.fields.iter().any(|(field, _)| *field == name));
    tag.or_else(|| NAMES.iter().map(|name| Name::new(name)).find(|name| !is_used(*name)))
}

/// The repair, where all places that make these messages are seen, and what is taken is only read key by key.
pub(super) fn fix(cx: &CheckContext<'_>, records: &[Record], tag: Option<Name>) -> Option<Fix> {
    let name = name(records, tag)?;
    let lacking: Vec<&Record> = records.iter().filter(|one| one.literals(name).is_none()).collect();
    let mut values: Vec<String> =
        records.iter().filter_map(|one| one.literals(name)).flatten().map(ToString::to_string).collect();
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let mut own: Vec<String> = Vec::new();
    for record in &lacking {
        if record.fields.iter().any(|(field, _)| *field == name) || !is_plain(cx, record.class) {
            return None;
        }
        let value = value(cx.inference.class(record.class)?.name.as_str());
        if values.contains(&value) {
            return None;
        }
        let file = cx.inference.file(record.class.file)?;
        field(cx, record.class, name, &value)?.into_iter().for_each(|edit| fix.push(file.id, edit));
        values.push(value.clone());
        own.push(value);
    }
    if !taken::is_read_by_key(cx, &lacking) {
        return None;
    }
    for made in construction::all(cx, &lacking)? {
        let (file, item, _) = cx.inference.item(made.at.file, made.at.item)?;
        fix.push(file.id, argument(file, item, made.at, name, &own[made.record])?);
    }
    Some(fix.finish())
}

/// `FrameMessage` is a `frame`, `NewFrame` a `new_frame`.
fn value(class: &str) -> String {
    let stem = class.trim_matches('_');
    let stem = ["Message", "Msg", "Dict"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    let stem = if stem.is_empty() { class } else { stem };
    let mut out = String::new();
    let mut before = '_';
    for c in stem.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

/// Whether every message of the class has all of its fields, and no other class derives from it.
fn is_plain(cx: &CheckContext<'_>, class: ClassRef) -> bool {
    let (ancestors, _) = cx.inference.ancestors(class);
    cx.inference.subclasses(class).is_empty()
        && ancestors.iter().all(|one| {
            let Some((_, item, _)) = cx.inference.item(one.file, one.item) else { return false };
            cx.inference.class(*one).is_some_and(|definition| {
                let total =
                    definition.args.iter().all(|arg| !matches!(arg.kind, ArgKind::Keyword(name) if name == "total"));
                let partial = definition.body.iter().any(|stmt| match item.stmt(*stmt) {
                    Stmt::AnnAssign { annotation, .. } => names(item, *annotation, "NotRequired"),
                    _ => false,
                });
                total && !partial
            })
        })
}

fn names(item: &Item, annotation: ExprId, wanted: &str) -> bool {
    let Expr::Subscript { value, .. } = item.expr(annotation) else { return false };
    matches!(item.expr(*value), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == *wanted)
}

/// The new field, above the others.
fn field(cx: &CheckContext<'_>, class: ClassRef, name: Name, value: &str) -> Option<Vec<TextEdit>> {
    let (file, item, _) = cx.inference.item(class.file, class.item)?;
    let definition = cx.inference.class(class)?;
    let first = definition.body.iter().find(|stmt| matches!(item.stmt(**stmt), Stmt::AnnAssign { .. }))?;
    let at = file.absolute(class.item, item.stmt_range(*first)).start();
    let (source, lines) = (file.source(), file.source().lines());
    let line = lines.line_start(lines.line_of(at));
    let indent = style::indent_of(source, at);
    if source.slice(TextRange::new(line, at)) != indent {
        return None;
    }
    let (literal, import) = file.imports().ensure("typing", "Literal", |_| false);
    let quote = style::quote(source);
    let text = format!("{name}: {literal}[{quote}{value}{quote}]{}{indent}", style::newline(source));
    Some(import.into_iter().chain([TextEdit::insert(at, text)]).collect())
}

/// The tag's value as the first argument of a call, or the first entry of a display.
fn argument(file: &File, item: &Item, made: Site, name: Name, value: &str) -> Option<TextEdit> {
    let range = |expr: ExprId| file.absolute(made.item, item.expr_range(expr));
    let source = file.source();
    let quote = style::quote(source);
    let (text, first, open) = match item.expr(made.expr) {
        Expr::Call { args, .. } => {
            let first = args.first().map(|arg| file.absolute(made.item, arg.range).start());
            let parens = file.absolute(made.item, item.call_parens(made.expr));
            (format!("{name}={quote}{value}{quote}"), first, parens.start() + TextSize::new(1))
        }
        Expr::Dict(entries) => {
            let first = entries.first().and_then(|entry| entry.key).map(|key| range(key).start());
            (format!("{quote}{name}{quote}: {quote}{value}{quote}"), first, range(made.expr).start() + TextSize::new(1))
        }
        _ => return None,
    };
    let Some(first) = first else { return Some(TextEdit::insert(open, text)) };
    // One argument a line stays so.
    let lines = source.lines();
    let own_line = lines.line_of(open) != lines.line_of(first)
        && source.slice(TextRange::new(lines.line_start(lines.line_of(first)), first)).trim().is_empty();
    let behind = if own_line {
        format!(",{}{}", style::newline(source), style::indent_of(source, first))
    } else {
        ", ".to_owned()
    };
    Some(TextEdit::insert(first, text + &behind))
}
