//! Imports that lose their last use.

use text_size::{TextRange, TextSize};

use super::{ImportEditor, bound};
use crate::document::ItemSlot;
use crate::edit::TextEdit;
use crate::name::Name;
use crate::style::{newline, statement};
use crate::tree::{Expr, ImportName, Stmt};
use crate::words::{has_word, may_name};

impl ImportEditor<'_> {
    /// The imported names, each bound once, all of whose uses are in `removed`. What `added` text, a string or a type
    /// comment mentions has a use; so may have what other files import from this one, which is not known here.
    pub fn unused(&self, removed: &[TextRange], added: &str) -> Vec<Name> {
        let is_removed = |range: TextRange| removed.iter().any(|one| one.contains_range(range));
        let (mut gone, mut used, mut strings) = (Vec::new(), Vec::new(), Vec::new());
        for slot in &self.parsed.items {
            for id in slot.item.expr_ids() {
                let range = || slot.item.expr_range(id) + slot.start;
                match slot.item.expr(id) {
                    Expr::Name(name) if is_removed(range()) => gone.push(*name),
                    Expr::Name(name) => used.push(*name),
                    Expr::Str(literal) if !removed.iter().any(|one| range().contains_range(*one)) => {
                        strings.extend(literal.value);
                    }
                    _ => {}
                }
            }
        }
        gone.sort_unstable();
        gone.dedup();
        let comments: Vec<&str> = self.parsed.comments.iter().map(|at| self.parsed.source.slice(*at)).collect();
        gone.retain(|name| {
            let name = name.as_str();
            !used.iter().any(|used| used == name)
                && !has_word(added, name)
                && !strings.iter().any(|text| may_name(text.as_str(), name))
                && !comments.iter().any(|comment| comment.contains("# type:") && has_word(comment, name))
        });
        gone.retain(|name| (self.bindings)(*name) == 1 && self.parsed.items.iter().any(|slot| binds(slot, *name)));
        gone
    }

    /// Takes the imports of `names` out; `edits` are all others of this file. An import that is to be added beside a
    /// statement which goes as a whole takes its place.
    pub fn remove(&self, names: &[Name], edits: &mut Vec<TextEdit>) {
        for slot in &self.parsed.items {
            let (imports, is_module) = imports(slot);
            let goes: Vec<bool> = imports.iter().map(|one| names.contains(&bound(one, is_module))).collect();
            if !goes.contains(&true) {
                continue;
            }
            if goes.iter().all(|one| *one) {
                self.remove_statement(slot.range(), edits);
                continue;
            }
            let range = |at: usize| imports[at].range + slot.start;
            for at in (0..imports.len()).filter(|at| goes[*at]) {
                // With the comma behind it where a name stays behind it, else with the comma before.
                let whole = if goes[at + 1..].contains(&false) {
                    TextRange::new(range(at).start(), range(at + 1).start())
                } else {
                    TextRange::new(range(at - 1).end(), range(at).end())
                };
                if !self.parsed.source.slice(whole).contains('#') {
                    edits.push(TextEdit::delete(whole));
                }
            }
        }
    }

    /// Imports `names` from `module` in the place of `unused`, which are names of it. With `limit`, an import that begins
    /// behind it will not do: `None` where there is no other.
    pub fn exchange(
        &self,
        module: &str,
        names: &[String],
        unused: &[Name],
        limit: Option<TextSize>,
    ) -> Option<Vec<TextEdit>> {
        let statement = unused.iter().find_map(|name| self.statement_importing(module, *name));
        if let Some(slot) = statement.filter(|slot| limit.is_none_or(|limit| slot.start < limit))
            && let Some(edits) = self.rewritten(slot, names, unused)
        {
            return Some(edits);
        }
        if names.is_empty() {
            return Some(Vec::new());
        }
        let edits = self.add_names(module, names);
        edits.iter().all(|edit| limit.is_none_or(|limit| edit.range.start() <= limit)).then_some(edits)
    }

    /// A `from` import on one line with `names` instead of `unused`.
    fn rewritten(&self, slot: &ItemSlot, names: &[String], unused: &[Name]) -> Option<Vec<TextEdit>> {
        let source = &self.parsed.source;
        let Stmt::ImportFrom(import) = slot.item.stmt(slot.item.root()) else { return None };
        let (first, last) = (import.names.first()?, import.names.last()?);
        let whole = TextRange::new(first.range.start(), last.range.end()) + slot.start;
        if source.slice(whole).contains(['#', '\n', '\r', '\\']) {
            return None;
        }
        let mut all: Vec<String> = import
            .names
            .iter()
            .filter(|name| name.alias.is_some() || !unused.contains(&name.path))
            .map(|name| source.slice(name.range + slot.start).to_owned())
            .chain(names.iter().cloned())
            .collect();
        if all.is_empty() {
            let mut edits = Vec::new();
            self.remove_statement(slot.range(), &mut edits);
            return Some(edits);
        }
        all.sort_by(|one, other| super::insert::key(one).cmp(&super::insert::key(other)));
        all.dedup();
        Some(vec![TextEdit::replace(whole, all.join(", "))])
    }

    /// The statement that imports from `module` what is bound to `name`, where nothing else binds it.
    pub(super) fn statement_importing(&self, module: &str, name: Name) -> Option<&ItemSlot> {
        let is_it = |slot: &&ItemSlot| match slot.item.stmt(slot.item.root()) {
            Stmt::ImportFrom(from) => {
                from.level == 0
                    && from.module.is_some_and(|it| it == *module)
                    && from.names.iter().any(|one| bound(one, false) == name)
            }
            _ => false,
        };
        self.parsed.items.iter().find(is_it).filter(|_| (self.bindings)(name) == 1)
    }

    /// Deletes the lines of an import, and the blank lines that would be left over, unless something else is on them or
    /// is added beside them.
    fn remove_statement(&self, statement: TextRange, edits: &mut Vec<TextEdit>) {
        let (source, lines) = (&self.parsed.source, self.parsed.source.lines());
        let text = source.as_str();
        let (first, last) = (lines.line_of(statement.start()), lines.line_of(statement.end()));
        let start = lines.full_line_range(text, first).start();
        let mut whole = TextRange::new(start, lines.full_line_range(text, last).end());
        if !statement::has_own_lines(source, statement) || source.slice(whole).contains('#') {
            return;
        }
        if text.starts_with('\u{feff}') && start == TextSize::new(0) {
            whole = TextRange::new(TextSize::new(3), whole.end());
        }
        let beside = |edit: &TextEdit| edit.range.is_empty() && whole.contains_inclusive(edit.range.start());
        if let Some(at) = edits.iter().position(beside) {
            let is_inside = whole.contains(edits[at].range.start()) && whole.start() < edits[at].range.start();
            if is_inside {
                let added = edits.remove(at);
                let line = format!("{}{}", added.text.trim_start_matches(['\r', '\n']), newline(source));
                edits.push(TextEdit::replace(whole, line));
            } else {
                edits.push(TextEdit::delete(whole));
            }
            return;
        }
        let is_blank = |line: u32| source.line_text(line).trim_matches(['\u{feff}', ' ', '\t', '\x0c']).is_empty();
        let (mut from, mut to) = (first, last);
        if first == 0 {
            while to + 1 < lines.len() && is_blank(to + 1) {
                to += 1;
            }
        } else if last + 1 < lines.len() && is_blank(last + 1) {
            while from > 0 && is_blank(from - 1) {
                from -= 1;
            }
        }
        let start = if from == first { whole.start() } else { lines.line_start(from) };
        edits.push(TextEdit::delete(TextRange::new(start, lines.full_line_range(text, to).end())));
    }
}

/// What a statement imports, and whether it is `import` without `from`; nothing for another statement.
fn imports(slot: &ItemSlot) -> (&[ImportName], bool) {
    match slot.item.stmt(slot.item.root()) {
        Stmt::ImportFrom(import) => (&import.names, false),
        Stmt::Import(imports) => (imports, true),
        _ => (&[], false),
    }
}

fn binds(slot: &ItemSlot, name: Name) -> bool {
    let (imports, is_module) = imports(slot);
    imports.iter().any(|one| bound(one, is_module) == name)
}
