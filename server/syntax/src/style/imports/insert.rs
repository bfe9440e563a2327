//! Putting an import where it belongs.

use text_size::{TextRange, TextSize};

use super::ImportEditor;
use crate::document::{ItemSlot, Parsed};
use crate::edit::TextEdit;
use crate::name::Name;
use crate::style::standard::is_standard;
use crate::style::{indent_of, indent_unit, newline};
use crate::tree::{Expr, ImportFrom, Stmt};

/// An import that only type checkers run.
pub struct CheckersImport {
    /// What adds it.
    pub edits: Vec<TextEdit>,
    /// The name of `typing` that it takes and that is not imported yet.
    pub missing: Option<&'static str>,
}

impl ImportEditor<'_> {
    /// Adds `import module`.
    pub fn add_module(&self, module: &str) -> TextEdit {
        insert_line(self.parsed, module, false, &format!("import {module}"))
    }

    /// Adds `from module import name`: into an existing import of the module, else as a line of its own.
    pub fn add_name(&self, module: &str, name: &str) -> TextEdit {
        extend(self.parsed, module, name).unwrap_or_else(|| self.add_line(module, name))
    }

    /// Adds `from module import names` (sorted): into an existing import, or all on one new line. `module` may be
    /// relative (`.messages`).
    pub fn add_names(&self, module: &str, names: &[String]) -> Vec<TextEdit> {
        let extended: Option<Vec<TextEdit>> = names.iter().map(|name| extend(self.parsed, module, name)).collect();
        extended.unwrap_or_else(|| vec![self.add_line(module, &names.join(", "))])
    }

    fn add_line(&self, module: &str, names: &str) -> TextEdit {
        let line = format!("from {module} import {names}");
        let source = &self.parsed.source;
        let is_beside = |slot: &&ItemSlot| {
            let lines = source.lines();
            matches!(slot.item.stmt(slot.item.root()), Stmt::ImportFrom(import) if import.level > 0)
                && lines.line_of(slot.start) == lines.line_of(slot.range().end())
        };
        match self.parsed.items.iter().rev().find(is_beside).filter(|_| module.starts_with('.')) {
            Some(last) => TextEdit::insert(line_end(self.parsed, last.range()), format!("{}{line}", newline(source))),
            None => insert_line(self.parsed, module, true, &line),
        }
    }

    /// Imports `names` from `module` for type checkers alone, in an `if TYPE_CHECKING:` that is there or a new one. `None`
    /// where there is no import that it could stand below, or something else has that name.
    pub fn add_for_checkers(&self, module: &str, names: &[String]) -> Option<CheckersImport> {
        let parsed = self.parsed;
        let line = format!("from {module} import {}", names.join(", "));
        let newline = newline(&parsed.source);
        let top = || parsed.items.iter().filter(|slot| slot.parent.is_none());
        // Into the block that is there already.
        for slot in top() {
            let Stmt::If { test, body, .. } = slot.item.stmt(slot.item.root()) else { continue };
            let is_it = matches!(slot.item.expr(*test), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == CHECKING);
            let is_import = |stmt| matches!(slot.item.stmt(stmt), Stmt::Import(_) | Stmt::ImportFrom(_));
            if let (true, Some(last)) = (is_it, body.iter().rfind(|stmt| is_import(**stmt))) {
                let range = slot.item.stmt_range(*last) + slot.start;
                let indent = indent_of(&parsed.source, range.start());
                let edit = TextEdit::insert(line_end(parsed, range), format!("{newline}{indent}{line}"));
                return Some(CheckersImport { edits: vec![edit], missing: None });
            }
        }
        let is_import = |slot: &&ItemSlot| imported(slot).is_some();
        let is_head = |slot: &&ItemSlot| is_import(slot) || is_string(slot);
        let last = top().take_while(is_head).filter(is_import).last()?;
        let name = Name::new(CHECKING);
        let is_there = self.statement_importing("typing", name).is_some();
        if !is_there && (self.bindings)(name) > 0 {
            return None;
        }
        let unit = indent_unit(parsed);
        let block = format!("{newline}{newline}if {CHECKING}:{newline}{unit}{line}");
        let edits = vec![TextEdit::insert(line_end(parsed, last.range()), block)];
        Some(CheckersImport { edits, missing: (!is_there).then_some(CHECKING) })
    }
}

/// The name of `typing` that only type checkers take for true.
const CHECKING: &str = "TYPE_CHECKING";

/// Whether the statement imports from `module`, as it is written: `.messages`.
fn is_from(import: &ImportFrom, module: &str) -> bool {
    let path = module.trim_start_matches('.');
    !import.star && import.level as usize == module.len() - path.len() && import.module.map_or("", Name::as_str) == path
}

fn extend(parsed: &Parsed, module: &str, name: &str) -> Option<TextEdit> {
    parsed.items.iter().find_map(|slot| {
        let Stmt::ImportFrom(import) = slot.item.stmt(slot.item.root()) else { return None };
        if !is_from(import, module) {
            return None;
        }
        let last = import.names.last()?;
        // Sorted lists stay sorted: constants, classes, then functions, as isort has it.
        let sorted = import.names.windows(2).all(|pair| key(pair[0].path.as_str()) <= key(pair[1].path.as_str()));
        let lines = parsed.source.lines();
        let one_line = lines.line_of(slot.start) == lines.line_of(slot.range().end());
        if one_line
            && sorted
            && let Some(next) = import.names.iter().find(|it| key(it.path.as_str()) > key(name))
        {
            return Some(TextEdit::insert(next.range.start() + slot.start, format!("{name}, ")));
        }
        if one_line {
            return Some(TextEdit::insert(last.range.end() + slot.start, format!(", {name}")));
        }
        // One name a line: another line of the same kind.
        let start = last.range.start() + slot.start;
        let before = parsed.source.line_text(lines.line_of(start)).trim_start();
        let own_line = before.starts_with(last.path.as_str());
        let separator = if own_line {
            format!(",{}{}", newline(&parsed.source), indent_of(&parsed.source, start))
        } else {
            ", ".to_owned()
        };
        Some(TextEdit::insert(last.range.end() + slot.start, format!("{separator}{name}")))
    })
}

pub(super) fn key(name: &str) -> (u8, &str) {
    let is_constant = name.len() > 1 && !name.chars().any(char::is_lowercase);
    let is_class = name.starts_with(char::is_uppercase);
    (
        if is_constant {
            0
        } else if is_class {
            1
        } else {
            2
        },
        name,
    )
}

/// The module that an import statement imports first, and whether it is a `from` import.
fn imported(slot: &ItemSlot) -> Option<(&'static str, bool)> {
    match slot.item.stmt(slot.item.root()) {
        Stmt::Import(names) => names.first().map(|name| (name.path.as_str(), false)),
        Stmt::ImportFrom(import) if import.level == 0 => Some((import.module?.as_str(), true)),
        Stmt::ImportFrom(_) => Some((".", true)),
        _ => None,
    }
}

/// Whether the statement is nothing but a string.
fn is_string(slot: &ItemSlot) -> bool {
    matches!(slot.item.stmt(slot.item.root()), Stmt::Expr(expr) if matches!(slot.item.expr(*expr), Expr::Str(_)))
}

fn section(module: &str) -> u8 {
    match module {
        "__future__" => 0,
        _ if module.starts_with('.') => 3,
        _ if is_standard(module) => 1,
        _ => 2,
    }
}

fn insert_line(parsed: &Parsed, module: &str, is_from: bool, line: &str) -> TextEdit {
    let newline = newline(&parsed.source);
    let wanted = section(module);
    // The imports at the top; what follows other code is there for a reason of its own.
    let mut head: Vec<&ItemSlot> = Vec::new();
    let mut docstring: Option<&ItemSlot> = None;
    for slot in &parsed.items {
        if head.is_empty() && docstring.is_none() && is_string(slot) {
            docstring = Some(slot);
        } else if imported(slot).is_some() {
            head.push(slot);
        } else {
            break;
        }
    }
    let same: Vec<&&ItemSlot> =
        head.iter().filter(|slot| imported(slot).is_some_and(|(it, _)| section(it) == wanted)).collect();
    let before =
        same.iter().rev().find(|slot| imported(slot).is_some_and(|(it, from)| (from, it) <= (is_from, module)));
    if let Some(slot) = before {
        return TextEdit::insert(line_end(parsed, slot.range()), format!("{newline}{line}"));
    }
    if let Some(first) = same.first() {
        return TextEdit::insert(line_start(parsed, first), format!("{line}{newline}"));
    }
    // A section of its own, between those around it.
    let earlier = head.iter().rev().find(|slot| imported(slot).is_some_and(|(it, _)| section(it) < wanted));
    if let Some(slot) = earlier {
        return TextEdit::insert(line_end(parsed, slot.range()), format!("{newline}{newline}{line}"));
    }
    if let Some(first) = head.first() {
        return TextEdit::insert(line_start(parsed, first), format!("{line}{newline}{newline}"));
    }
    if let Some(docstring) = docstring {
        return TextEdit::insert(line_end(parsed, docstring.range()), format!("{newline}{newline}{line}"));
    }
    TextEdit::insert(after_header(parsed), format!("{line}{newline}{newline}{newline}"))
}

fn line_start(parsed: &Parsed, slot: &ItemSlot) -> TextSize {
    let lines = parsed.source.lines();
    let start = lines.line_start(lines.line_of(slot.start));
    // A byte order mark stays first.
    if start == TextSize::new(0) { after_bom(parsed) } else { start }
}

/// The end of the line that a statement ends on.
fn line_end(parsed: &Parsed, statement: TextRange) -> TextSize {
    let lines = parsed.source.lines();
    let mut line = lines.line_of(statement.end());
    // A backslash joins the next line, even an empty one.
    while parsed.source.line_text(line).ends_with('\\') && line + 1 < lines.len() {
        line += 1;
    }
    lines.line_range(parsed.source.as_str(), line).end()
}

fn after_bom(parsed: &Parsed) -> TextSize {
    TextSize::new(if parsed.source.as_str().starts_with('\u{feff}') { 3 } else { 0 })
}

/// The first place behind a leading block of comments (hashbang, coding, license).
fn after_header(parsed: &Parsed) -> TextSize {
    let lines = parsed.source.lines();
    let mut line = 0;
    while line + 1 < lines.len() {
        let text = parsed.source.line_text(line);
        if !text.trim_start_matches('\u{feff}').starts_with('#') {
            break;
        }
        line += 1;
    }
    lines.line_start(line).max(after_bom(parsed))
}
