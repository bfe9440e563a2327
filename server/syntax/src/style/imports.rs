//! Putting an import where it belongs.

use text_size::TextSize;

use crate::document::{ItemSlot, Parsed};
use crate::edit::TextEdit;
use crate::style::standard::is_standard;
use crate::tree::{Expr, Stmt};

/// Adds `import module`.
pub fn add_import(parsed: &Parsed, module: &str) -> TextEdit {
    insert_line(parsed, module, false, &format!("import {module}"))
}

/// Adds `from module import name`: into an existing import of the module where one stands on one line, else as a
/// line of its own.
pub fn add_from_import(parsed: &Parsed, module: &str, name: &str) -> TextEdit {
    extend(parsed, module, name)
        .unwrap_or_else(|| insert_line(parsed, module, true, &format!("from {module} import {name}")))
}

/// Adds `from module import names` (sorted): into an existing import, or all on one new line.
pub fn add_from_imports(parsed: &Parsed, module: &str, names: &[String]) -> Vec<TextEdit> {
    let extended: Option<Vec<TextEdit>> = names.iter().map(|name| extend(parsed, module, name)).collect();
    match extended {
        Some(edits) => edits,
        None => vec![insert_line(parsed, module, true, &format!("from {module} import {}", names.join(", ")))],
    }
}

fn extend(parsed: &Parsed, module: &str, name: &str) -> Option<TextEdit> {
    parsed.items.iter().find_map(|slot| {
        let Stmt::ImportFrom(import) = slot.item.stmt(slot.item.root()) else { return None };
        if import.level != 0 || import.star || import.module.is_none_or(|it| it != *module) {
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
            format!(",{}{}", super::newline(&parsed.source), super::indent_of(&parsed.source, start))
        } else {
            ", ".to_owned()
        };
        Some(TextEdit::insert(last.range.end() + slot.start, format!("{separator}{name}")))
    })
}

fn key(name: &str) -> (u8, &str) {
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

fn section(module: &str) -> u8 {
    match module {
        "__future__" => 0,
        "." => 3,
        _ if is_standard(module) => 1,
        _ => 2,
    }
}

fn insert_line(parsed: &Parsed, module: &str, is_from: bool, line: &str) -> TextEdit {
    let newline = super::newline(&parsed.source);
    let wanted = section(module);
    // The imports at the top; what follows other code is there for a reason of its own.
    let mut head: Vec<&ItemSlot> = Vec::new();
    let mut docstring: Option<&ItemSlot> = None;
    for slot in &parsed.items {
        let is_docstring = head.is_empty()
            && docstring.is_none()
            && matches!(slot.item.stmt(slot.item.root()), Stmt::Expr(expr) if matches!(slot.item.expr(*expr), Expr::Str(_)));
        if is_docstring {
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
        return TextEdit::insert(line_end(parsed, slot), format!("{newline}{line}"));
    }
    if let Some(first) = same.first() {
        return TextEdit::insert(line_start(parsed, first), format!("{line}{newline}"));
    }
    // A section of its own, between those around it.
    let earlier = head.iter().rev().find(|slot| imported(slot).is_some_and(|(it, _)| section(it) < wanted));
    if let Some(slot) = earlier {
        return TextEdit::insert(line_end(parsed, slot), format!("{newline}{newline}{line}"));
    }
    if let Some(first) = head.first() {
        return TextEdit::insert(line_start(parsed, first), format!("{line}{newline}{newline}"));
    }
    if let Some(docstring) = docstring {
        return TextEdit::insert(line_end(parsed, docstring), format!("{newline}{newline}{line}"));
    }
    TextEdit::insert(after_header(parsed), format!("{line}{newline}{newline}{newline}"))
}

fn line_start(parsed: &Parsed, slot: &ItemSlot) -> TextSize {
    let lines = parsed.source.lines();
    let start = lines.line_start(lines.line_of(slot.start));
    // A byte order mark stays first.
    if start == TextSize::new(0) { after_bom(parsed) } else { start }
}

fn line_end(parsed: &Parsed, slot: &ItemSlot) -> TextSize {
    let lines = parsed.source.lines();
    let mut line = lines.line_of(slot.range().end());
    // A backslash joins the next line, even an empty one.
    while parsed.source.line_text(line).ends_with('\\') && line + 1 < lines.len() {
        line += 1;
    }
    lines.line_range(parsed.source.as_str(), line).end()
}

fn after_bom(parsed: &Parsed) -> TextSize {
    TextSize::new(if parsed.source.as_str().starts_with('\u{feff}') { 3 } else { 0 })
}

/// The first place behind a leading block of comments (hashbang, coding, licence).
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ParseLimits, parse};
    use crate::edit::apply;
    use crate::source::SourceText;

    fn from(text: &str, module: &str, name: &str) -> String {
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        apply(text, &[add_from_import(&parsed, module, name)]).unwrap()
    }

    #[test]
    fn imports_go_where_they_belong() {
        assert_eq!(
            from("import os\nimport torch\n", "queue", "Empty"),
            "import os\nfrom queue import Empty\nimport torch\n"
        );
        assert_eq!(from("from queue import Queue\n", "queue", "Empty"), "from queue import Empty, Queue\n");
        assert_eq!(from("from queue import Queue\n", "queue", "SimpleQueue"), "from queue import Queue, SimpleQueue\n");
        assert_eq!(
            from("from typing import (\n    Any,\n    List,\n)\n", "typing", "Protocol"),
            "from typing import (\n    Any,\n    List,\n    Protocol,\n)\n"
        );
        assert_eq!(
            from("\"\"\"Doc.\"\"\"\n\nx = 1\n", "queue", "Empty"),
            "\"\"\"Doc.\"\"\"\n\nfrom queue import Empty\n\nx = 1\n"
        );
        assert_eq!(
            from("#!/usr/bin/python\nx = 1\n", "queue", "Empty"),
            "#!/usr/bin/python\nfrom queue import Empty\n\n\nx = 1\n"
        );
        assert_eq!(from("import torch\r\n", "queue", "Empty"), "from queue import Empty\r\n\r\nimport torch\r\n");
        assert_eq!(
            from("from __future__ import annotations\n\nimport torch\n", "queue", "Empty"),
            "from __future__ import annotations\n\nfrom queue import Empty\n\nimport torch\n"
        );
    }
}
