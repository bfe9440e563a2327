//! Imports that are not needed any more.

use std::collections::BTreeMap;

use pyteam_engine::{CheckContext, Fix};
use pyteam_index::File;
use pyteam_index::snapshot::FileId;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextEdit, TextRange, TextSize};

/// Names that lose mentions, by file: how many each.
#[derive(Default)]
pub(super) struct Gone(BTreeMap<FileId, BTreeMap<Name, usize>>);

impl Gone {
    /// Notes all names in `expr`, which goes away.
    pub(super) fn note(&mut self, file: FileId, item: &Item, expr: ExprId) {
        walk(item, Part::Expr(expr), &mut |part| {
            if let Part::Expr(id) = part
                && let Expr::Name(name) = item.expr(id)
            {
                *self.0.entry(file).or_default().entry(*name).or_default() += 1;
            }
            true
        });
    }

    /// Takes the imports out that lost their last mention.
    pub(super) fn remove(&self, cx: &CheckContext<'_>, fix: &mut Fix) -> Option<()> {
        for (id, names) in &self.0 {
            let file = cx.inference.file(*id)?;
            remove_from(cx, fix, file, names);
        }
        Some(())
    }
}

fn remove_from(cx: &CheckContext<'_>, fix: &mut Fix, file: &File, gone: &BTreeMap<Name, usize>) {
    let unused: Vec<Name> =
        gone.iter().filter(|(name, count)| is_unused(cx, file, **name, **count)).map(|(name, _)| *name).collect();
    for slot in &file.parsed.items {
        let (names, binds_first) = match slot.item.stmt(slot.item.root()) {
            Stmt::ImportFrom(import) => (&import.names, false),
            Stmt::Import(names) => (names, true),
            _ => continue,
        };
        let bound = |one: &pyteam_syntax::tree::ImportName| match one.alias {
            Some(alias) => alias,
            // `import a.b` binds `a`.
            None if binds_first => Name::new(one.path.as_str().split('.').next().unwrap_or_default()),
            None => one.path,
        };
        let goes: Vec<bool> = names.iter().map(|one| unused.contains(&bound(one))).collect();
        if !goes.contains(&true) {
            continue;
        }
        if goes.iter().all(|one| *one) {
            remove_statement(fix, file, slot.range());
            continue;
        }
        let range = |at: usize| names[at].range + slot.start;
        for at in (0..names.len()).filter(|at| goes[*at]) {
            // With the comma behind it where a name stays behind it, else with the comma before.
            let whole = if goes[at + 1..].contains(&false) {
                TextRange::new(range(at).start(), range(at + 1).start())
            } else {
                TextRange::new(range(at - 1).end(), range(at).end())
            };
            if !file.source().slice(whole).contains('#') {
                fix.push(file.id, TextEdit::delete(whole));
            }
        }
    }
}

/// Deletes the lines of an import. One that was to be added beside them takes their place; else the blank lines
/// that would be left over go, too.
fn remove_statement(fix: &mut Fix, file: &File, statement: TextRange) {
    let (source, lines) = (file.source(), file.source().lines());
    let text = source.as_str();
    let (first, last) = (lines.line_of(statement.start()), lines.line_of(statement.end()));
    let start = lines.full_line_range(text, first).start();
    let mut whole = TextRange::new(start, lines.full_line_range(text, last).end());
    if !pyteam_syntax::style::statement::has_own_lines(source, statement) || source.slice(whole).contains('#') {
        return;
    }
    if text.starts_with('\u{feff}') && start == TextSize::new(0) {
        whole = TextRange::new(TextSize::new(3), whole.end());
    }
    let edits = fix.edits.entry(file.id).or_default();
    let beside = |edit: &TextEdit| edit.range.is_empty() && whole.contains_inclusive(edit.range.start());
    if let Some(at) = edits.iter().position(beside) {
        let is_inside = whole.contains(edits[at].range.start()) && whole.start() < edits[at].range.start();
        if is_inside {
            let added = edits.remove(at);
            let newline = pyteam_syntax::style::newline(source);
            let line = format!("{}{newline}", added.text.trim_start_matches(['\r', '\n']));
            edits.push(TextEdit::replace(whole, line));
        } else {
            edits.push(TextEdit::delete(whole));
        }
        return;
    }
    let is_blank = |line: u32| source.line_text(line).trim_matches(['\u{feff}', ' ', '\t', '\x0c']).is_empty();
    let blank_after = last + 1 < lines.len() && is_blank(last + 1);
    let (mut from, mut to) = (first, last);
    if first == 0 {
        while to + 1 < lines.len() && is_blank(to + 1) {
            to += 1;
        }
    } else if blank_after {
        while from > 0 && is_blank(from - 1) {
            from -= 1;
        }
    }
    let start = if from == first { whole.start() } else { lines.line_start(from) };
    edits.push(TextEdit::delete(TextRange::new(start, lines.full_line_range(text, to).end())));
}

/// Whether an imported name is not needed once `count` mentions are gone.
fn is_unused(cx: &CheckContext<'_>, file: &File, name: Name, count: usize) -> bool {
    let exprs = || file.parsed.items.iter().flat_map(|slot| slot.item.expr_ids().map(move |id| slot.item.expr(id)));
    let mentions = exprs().filter(|expr| matches!(expr, Expr::Name(found) if *found == name)).count();
    // A string may mention it too (`__all__`, a quoted annotation that was not read).
    let is_quoted = exprs().any(|expr| {
        matches!(expr, Expr::Str(literal) if literal.value.is_some_and(|value| names_it(value.as_str(), name.as_str())))
    });
    let is_bound_once = file.facts.module.get(&name).is_some_and(|bound| bound.len() == 1);
    mentions <= count && !is_quoted && is_bound_once && !is_reexported(cx, file, name)
}

/// Whether `text`, as Python, mentions `name`: a word in what is no prose.
fn names_it(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_prose = words.windows(2).any(|pair| pair[0].ends_with(is_word) && pair[1].starts_with(is_word));
    !is_prose && text.split(|c| !is_word(c)).any(|word| word == name)
}

/// Whether another file imports the name from this one, as files do from a package's `__init__`.
pub(super) fn is_reexported(cx: &CheckContext<'_>, file: &File, name: Name) -> bool {
    let path = file.path.strip_suffix("/__init__.py").or_else(|| file.path.strip_suffix(".py")).unwrap_or(&file.path);
    let module = path.rsplit('/').next().unwrap_or_default();
    let is_package = file.path.ends_with("/__init__.py");
    // Names of the standard library are imported from there.
    if matches!(name.as_str(), "ABC" | "ABCMeta" | "abstractmethod" | "abc" | "Generic") {
        return false;
    }
    cx.whole_workspace().files().filter(|other| other.id != file.id).any(|other| {
        other.source().as_str().contains(name.as_str())
            && other.parsed.items.iter().flat_map(|slot| slot.item.stmt_ids().map(move |id| slot.item.stmt(id))).any(
                |stmt| match stmt {
                    Stmt::ImportFrom(import) => {
                        let from = import.module.map_or("", |module| module.as_str());
                        let is_here = from.rsplit('.').next() == Some(module) || is_package && from.is_empty();
                        is_here && import.names.iter().any(|one| one.path == name)
                    }
                    _ => false,
                },
            )
    })
}
