//! The text of the message classes, and the imports that it takes.

use std::collections::BTreeSet;

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_syntax::style;
use pyteam_syntax::{Name, TextEdit, TextRange};

use super::message::{Field, Message};
use super::module_placement;
use super::naming;
use crate::imports::unused;

/// What is to be defined, and where.
pub(super) struct Definitions<'a> {
    pub(super) file: &'a File,
    /// The item that the definitions stand above.
    pub(super) above: u32,
    pub(super) messages: &'a [Message],
    pub(super) union: Option<&'a str>,
    /// Whether the queue is declared to carry them, so that readers see their types.
    pub(super) declared: bool,
    /// Whether `X | Y` may be no expression.
    pub(super) old_python: bool,
    /// Whether `typing.NotRequired` is there for certain.
    pub(super) not_required: bool,
    /// Whether `typing.cast` is needed, too.
    pub(super) cast: bool,
}

/// The edits, and how `cast` is written there.
pub(super) struct Written {
    /// Each class and the union, by name, as it is written.
    pub(super) declared: Vec<(String, String)>,
    pub(super) edits: Vec<TextEdit>,
    pub(super) cast: Option<String>,
}

/// Whether all messages can be written down.
pub(super) fn can_write(messages: &[Message], not_required: bool) -> bool {
    messages.iter().all(|message| {
        let optional = || message.fields.iter().filter(|field| !field.required);
        let mixed = optional().count() > 0 && optional().count() < message.fields.len();
        // Two classes say what `NotRequired` would, as long as the second can be a class.
        !is_functional(message) || !mixed || not_required || optional().all(|field| is_plain(message, field))
    })
}

/// Whether the class form cannot say it: `TypedDict("Name", {"a-b": int})` can.
fn is_functional(message: &Message) -> bool {
    !message.is_tuple && !message.fields.iter().all(|field| is_plain(message, field))
}

fn is_plain(message: &Message, field: &Field) -> bool {
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == field.name);
    naming::is_field(&field.name)
        && (!field.name.starts_with("__") || field.name.ends_with("__"))
        // `str: str` would hide the type from the fields below.
        && !message.fields.iter().any(|other| other.kind.as_ref().is_some_and(|kind| words(&kind.text)))
        && !matches!(field.name.as_str(), "Any" | "object" | "Literal" | "NotRequired")
}

struct Typing<'a> {
    file: &'a File,
    above: u32,
    missing: BTreeSet<String>,
    edits: Vec<TextEdit>,
}

impl Typing<'_> {
    fn name(&mut self, name: &str) -> String {
        let file = self.file;
        // What is imported further down is not there yet.
        let late =
            |bound: Name| file.facts.module.get(&bound).is_some_and(|all| all.iter().any(|at| at.item >= self.above));
        let (text, edit) = file.imports().ensure("typing", name, late);
        if edit.is_some() && text == name {
            self.missing.insert(name.to_owned());
        } else {
            self.edits.extend(edit);
        }
        text
    }
}

impl Definitions<'_> {
    /// All edits of the home module but those of the put sites. `annotated` is what declares the queue there, which may
    /// leave an import of `Any` without a use.
    pub(super) fn write(&self, cx: &ItemContext<'_>, annotated: &[TextEdit]) -> Written {
        let newline = style::newline(self.file.source());
        let mut typing = Typing { file: self.file, above: self.above, missing: BTreeSet::new(), edits: Vec::new() };
        let mut declared: Vec<(String, String)> = Vec::new();
        for message in self.messages {
            self.class(message, &mut typing, &mut declared);
        }
        if let Some(union) = self.union {
            declared.push((union.to_owned(), self.union_text(union, &mut typing)));
        }
        let blank = newline.repeat(3);
        let mut text: String = declared.iter().map(|(_, text)| format!("{text}{blank}")).collect();
        let cast = self.cast.then(|| typing.name("cast"));
        let replaced: Vec<TextRange> = annotated.iter().map(|edit| edit.range).collect();
        let unused = if replaced.is_empty() { Vec::new() } else { unused(cx, self.file, &replaced, &text) };
        let names: Vec<String> = typing.missing.into_iter().collect();
        let mut edits = typing.edits;
        edits.extend(self.import(&names, &unused, &mut text, newline));
        let at = module_placement::offset(self.file, self.above);
        // Two blank lines around classes, as every formatter has it.
        let above = self.file.source().as_str()[..usize::from(at)].trim_start_matches('\u{feff}');
        let blank = above.len() - above.trim_end_matches(['\n', '\r', ' ', '\t']).len();
        let lines = above[above.len() - blank..].replace("\r\n", "\n").matches(['\n', '\r']).count();
        let missing = if above.trim().is_empty() { 0 } else { 3usize.saturating_sub(lines) };
        edits.push(TextEdit::insert(at, newline.repeat(missing) + &text));
        Written { declared, edits, cast }
    }

    /// `Union = A | B`, over several lines where it is long.
    fn union_text(&self, union: &str, typing: &mut Typing<'_>) -> String {
        let newline = style::newline(self.file.source());
        let names: Vec<&str> = self.messages.iter().map(|message| message.name.as_str()).collect();
        let value =
            if self.old_python { format!("{}[{}]", typing.name("Union"), names.join(", ")) } else { names.join(" | ") };
        let line = format!("{union} = {value}");
        if line.len() <= 118 {
            return line;
        }
        let unit = style::indent_unit(&self.file.parsed);
        let separator = if self.old_python { "," } else { " |" };
        let joint = format!("{separator}{newline}{unit}");
        let (open, close) =
            if self.old_python { (format!("{}[", typing.name("Union")), "]") } else { ("(".to_owned(), ")") };
        format!("{union} = {open}{newline}{unit}{}{newline}{close}", names.join(&joint))
    }

    /// Adds the class of a message, and the one that it derives from where it takes two.
    fn class(&self, message: &Message, typing: &mut Typing<'_>, declared: &mut Vec<(String, String)>) {
        let newline = style::newline(self.file.source());
        let unit = style::indent_unit(&self.file.parsed);
        let base = typing.name(if message.is_tuple { "NamedTuple" } else { "TypedDict" });
        let name = &message.name;
        let (required, optional): (Vec<&Field>, Vec<&Field>) = message.fields.iter().partition(|field| field.required);
        let mixed = !required.is_empty() && !optional.is_empty();
        let total = if required.is_empty() { ", total=False" } else { "" };
        let mut lines: Vec<String> = Vec::new();
        if mixed && !self.not_required {
            // `NotRequired` needs Python 3.11; two classes say the same everywhere.
            let first = Message {
                name: format!("_{name}Required"),
                fields: required.into_iter().cloned().collect(),
                shapes: Vec::new(),
                ..*message
            };
            self.class(&first, typing, declared);
            lines.push(format!("class {name}({}, total=False):", first.name));
            lines.extend(
                optional.into_iter().map(|field| format!("{unit}{}: {}", field.name, self.kind(field, typing))),
            );
            declared.push((name.clone(), lines.join(newline)));
            return;
        }
        let kind = |field: &Field, typing: &mut Typing<'_>| {
            let kind = self.kind(field, typing);
            if mixed && !field.required { format!("{}[{kind}]", typing.name("NotRequired")) } else { kind }
        };
        if is_functional(message) {
            let quote = style::quote(self.file.source());
            lines.extend([format!("{name} = {base}("), format!("{unit}{quote}{name}{quote},"), format!("{unit}{{")]);
            for field in &message.fields {
                lines.push(format!("{unit}{unit}{quote}{}{quote}: {},", field.name, kind(field, typing)));
            }
            lines.push(format!("{unit}}},"));
            if !total.is_empty() {
                lines.push(format!("{unit}total=False,"));
            }
            lines.push(")".to_owned());
        } else {
            lines.push(format!("class {name}({base}{total}):"));
            for field in &message.fields {
                lines.push(format!("{unit}{}: {}", field.name, kind(field, typing)));
            }
        }
        declared.push((name.clone(), lines.join(newline)));
    }

    fn kind(&self, field: &Field, typing: &mut Typing<'_>) -> String {
        let quote = style::quote(self.file.source());
        match (&field.literal, &field.kind) {
            (Some(tag), _) => format!("{}[{quote}{tag}{quote}]", typing.name("Literal")),
            (None, Some(kind)) if kind.quoted || self.old_python && kind.text.contains('|') => {
                format!("{quote}{}{quote}", kind.text)
            }
            (None, Some(kind)) => kind.text.clone(),
            // A field that is read where a type checker looks must not be `object`; one that is not need not be `Any`.
            (None, None) if self.declared => typing.name("Any"),
            (None, None) => "object".to_owned(),
        }
    }

    /// Imports `names` from `typing`, above the definitions, and drops what has lost its last use.
    fn import(&self, names: &[String], unused: &[Name], text: &mut String, newline: &str) -> Vec<TextEdit> {
        let limit = module_placement::offset(self.file, self.above);
        self.file.imports().exchange("typing", names, unused, Some(limit)).unwrap_or_else(|| {
            // The file's own import of `typing` comes further down.
            *text = format!("from typing import {}{newline}{newline}{newline}{text}", names.join(", "));
            Vec::new()
        })
    }
}
