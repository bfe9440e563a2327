//! Imports that a repair needs, or leaves without a use.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::Source;
use pyteam_syntax::style;
use pyteam_syntax::style::imports::add_from_imports;
use pyteam_syntax::{Expr, Name, Stmt, TextEdit, TextRange, TextSize};

/// Names of `typing` that have no use left once `edits` are made; `text` is added to the file.
pub(super) fn unused(cx: &CheckContext<'_>, file: &File, edits: &[TextEdit], text: &str) -> Vec<Name> {
    let replaced = |range: TextRange| edits.iter().any(|edit| edit.range.contains_range(range));
    let mut unused: Vec<Name> = Vec::new();
    let mut used: Vec<Name> = Vec::new();
    let mut strings: Vec<&str> = Vec::new();
    for (at, slot) in file.parsed.items.iter().enumerate() {
        for id in slot.item.expr_ids() {
            let range = file.absolute(at as u32, slot.item.expr_range(id));
            match slot.item.expr(id) {
                Expr::Name(name) if replaced(range) => unused.push(*name),
                Expr::Name(name) => used.push(*name),
                // A type in quotes, or `__all__`.
                Expr::Str(_) if !edits.iter().any(|edit| range.contains_range(edit.range)) => {
                    strings.push(file.source().slice(range));
                }
                _ => {}
            }
        }
    }
    unused.sort_unstable();
    unused.dedup();
    unused.retain(|name| {
        let is_mentioned = |text: &&str| text.len() < 200 && has_word(text, name.as_str());
        !used.contains(name)
            && typing_import(file, *name).is_some()
            && !has_word(text, name.as_str())
            && !strings.iter().any(is_mentioned)
            && !type_comments(file).any(|comment| has_word(comment, name.as_str()))
            && !is_borrowed(cx, file, *name)
    });
    unused
}

fn type_comments(file: &File) -> impl Iterator<Item = &str> {
    file.source().as_str().lines().filter_map(|line| line.split_once("# type:")).map(|(_, comment)| comment)
}

/// Whether another file imports the name from this one.
fn is_borrowed(cx: &CheckContext<'_>, file: &File, name: Name) -> bool {
    let link = cx.whole_workspace().link();
    cx.whole_workspace().files().filter(|other| other.id != file.id).any(|other| {
        let resolves = |level: u32, module: Option<Name>| {
            let found = match level {
                0 => module.and_then(|module| link.resolve(&other.path, module.as_str())),
                level => link.resolve_relative(&other.path, level, module.map(Name::as_str)),
            };
            found == Some(file.id)
        };
        other.facts.stars.iter().any(|(level, module)| resolves(*level, *module))
            || other.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| {
                matches!(binding.source, Source::ImportFrom { level, module, name: imported }
                    if imported == name && resolves(level, module))
            })
    })
}

/// The item that imports `name` from `typing`, where only that binds it.
fn typing_import(file: &File, name: Name) -> Option<u32> {
    let [only] = file.facts.module.get(&name)?.as_slice() else { return None };
    let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
    let is_typing =
        matches!(binding.source, Source::ImportFrom { level: 0, module: Some(module), .. } if module == "typing");
    (is_typing && binding.stmt == file.item(only.item).root()).then_some(only.item)
}

/// Imports `names` from `typing`, and drops `unused`. With `above`, an import further down will not do: nothing then
/// where there is no other.
pub(super) fn typing(file: &File, names: &[String], unused: &[Name], above: Option<u32>) -> Option<Vec<TextEdit>> {
    let at = unused.iter().find_map(|name| typing_import(file, *name));
    if let Some(at) = at.filter(|at| above.is_none_or(|above| *at < above))
        && let Some(edit) = without(file, at, names, unused)
    {
        return Some(vec![edit]);
    }
    if names.is_empty() {
        return Some(Vec::new());
    }
    let edits = add_from_imports(&file.parsed, "typing", names);
    let limit = above.map(|above| super::home::offset(file, above));
    edits.iter().all(|edit| limit.is_none_or(|limit| edit.range.start() <= limit)).then_some(edits)
}

/// The `from typing import` at `at` with `names` instead of `unused`.
fn without(file: &File, at: u32, names: &[String], unused: &[Name]) -> Option<TextEdit> {
    let slot = &file.parsed.items[at as usize];
    let Stmt::ImportFrom(import) = slot.item.stmt(slot.item.root()) else { return None };
    let (first, last) = (import.names.first()?, import.names.last()?);
    let whole = TextRange::new(first.range.start(), last.range.end()) + slot.start;
    if file.source().slice(whole).contains(['#', '\n', '\r', '\\']) {
        return None;
    }
    let mut all: Vec<String> = import
        .names
        .iter()
        .filter(|name| name.alias.is_some() || !unused.contains(&name.path))
        .map(|name| file.source().slice(name.range + slot.start).to_owned())
        .chain(names.iter().cloned())
        .collect();
    if all.is_empty() {
        return without_line(file, slot.range());
    }
    // As isort has it: constants, classes, functions.
    all.sort_by_key(|name| {
        let function = name.starts_with(|c: char| c.is_lowercase());
        let constant = name.len() > 1 && !name.chars().any(char::is_lowercase);
        (function, !constant, name.clone())
    });
    all.dedup();
    Some(TextEdit::replace(whole, all.join(", ")))
}

/// Drops a statement that has its line to itself, and one of the blank lines around it.
fn without_line(file: &File, statement: TextRange) -> Option<TextEdit> {
    let (source, lines) = (file.source(), file.source().lines());
    let line = lines.line_of(statement.start());
    let is_blank = |line: u32| source.line_text(line).trim().is_empty();
    if source.line_text(line).trim_end() != source.slice(statement).trim_end() || line + 1 >= lines.len() {
        return None;
    }
    let apart = line > 0 && is_blank(line - 1) && is_blank(line + 1) && line + 2 < lines.len();
    let end = lines.line_start(if apart { line + 2 } else { line + 1 });
    Some(TextEdit::delete(TextRange::new(lines.line_start(line), end)))
}

/// Imports `names` from `module` for type checkers alone. `typing` gives the `TYPE_CHECKING` that it takes, where the
/// file has none.
pub(super) fn for_checkers(file: &File, module: &str, names: &[String]) -> Option<(Vec<TextEdit>, Option<String>)> {
    let line = format!("from {module} import {}", names.join(", "));
    let newline = style::newline(file.source());
    let lines = file.source().lines();
    let line_end = |at: TextSize| lines.line_range(file.source().as_str(), lines.line_of(at)).end();
    let top = || file.parsed.items.iter().filter(|slot| slot.parent.is_none());
    // Into the block that is there already.
    for slot in top() {
        let Stmt::If { test, body, .. } = slot.item.stmt(slot.item.root()) else { continue };
        let is_it = matches!(slot.item.expr(*test), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == "TYPE_CHECKING");
        let imports = body.iter().rfind(|stmt| matches!(slot.item.stmt(**stmt), Stmt::Import(_) | Stmt::ImportFrom(_)));
        if let (true, Some(last)) = (is_it, imports) {
            let range = slot.item.stmt_range(*last) + slot.start;
            let indent = style::indent_of(file.source(), range.start());
            return Some((vec![TextEdit::insert(line_end(range.end()), format!("{newline}{indent}{line}"))], None));
        }
    }
    let last = top()
        .take_while(|slot| match slot.item.stmt(slot.item.root()) {
            Stmt::Import(_) | Stmt::ImportFrom(_) => true,
            Stmt::Expr(expr) => matches!(slot.item.expr(*expr), Expr::Str(_)),
            _ => false,
        })
        .filter(|slot| !matches!(slot.item.stmt(slot.item.root()), Stmt::Expr(_)))
        .last()?;
    let (name, missing) = match typing_import(file, Name::new("TYPE_CHECKING")) {
        Some(_) => ("TYPE_CHECKING", None),
        None if file.facts.module.contains_key(&Name::new("TYPE_CHECKING")) => return None,
        None => ("TYPE_CHECKING", Some("TYPE_CHECKING".to_owned())),
    };
    let unit = style::indent_unit(&file.parsed);
    let block = format!("{newline}{newline}if {name}:{newline}{unit}{line}");
    Some((vec![TextEdit::insert(line_end(last.range().end()), block)], missing))
}

fn has_word(text: &str, wanted: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == wanted)
}
