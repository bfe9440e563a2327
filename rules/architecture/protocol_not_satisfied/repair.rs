//! The repair: a method that says it is not there yet, with the protocol's signature.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::File;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::{Binding, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::style::{indent_of, indent_unit, newline, statement};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, TextEdit, TextRange};

use super::judge::Lack;

/// As the editor's menu shows it.
pub(super) const TITLE: &str = "Add stubs for the missing methods";

/// Adds all missing methods to the end of the class; nothing where that would not be the whole of it.
pub(super) fn repair(cx: &CheckContext<'_>, class: ClassRef, lacks: &[Lack]) -> Option<Fix> {
    let definition = cx.inference.class(class)?;
    let file = cx.inference.file(class.file)?;
    let (source, lines) = (file.source(), file.source().lines());
    let first = range_of(file, class, *definition.body.first()?)?;
    let last = range_of(file, class, *definition.body.last()?)?;
    // `class Sink: pass`
    if !statement::has_own_lines(source, TextRange::new(first.start(), last.end())) {
        return None;
    }
    let (indent, unit, newline) = (indent_of(source, first.start()), indent_unit(&file.parsed), newline(source));
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let mut text = String::new();
    let mut imports = Vec::new();
    for lack in lacks {
        let Lack::Missing(wanted) = lack else { return None };
        let header = header(cx, *wanted, file, &mut imports)?;
        text.push_str(&format!("{newline}{newline}{indent}{header}:{newline}{indent}{unit}raise NotImplementedError"));
    }
    // Behind what is left of the line: a comment belongs to it.
    let end = lines.line_start(lines.line_of(last.end())) + line_length(source.line_text(lines.line_of(last.end())));
    fix.push(class.file, TextEdit::insert(end, text));
    together(imports, newline).into_iter().for_each(|import| fix.push(class.file, import));
    Some(fix.finish())
}

/// Imports that go to the same place as one block there: each alone would have a blank line around it.
fn together(mut imports: Vec<TextEdit>, newline: &str) -> Vec<TextEdit> {
    let is_from = |edit: &TextEdit| edit.text.trim_start().starts_with("from");
    imports.sort_by(|a, b| (is_from(a), a.text.as_str()).cmp(&(is_from(b), b.text.as_str())));
    imports.dedup();
    let mut found: Vec<TextEdit> = Vec::new();
    for import in imports {
        let body = import.text.trim().to_owned();
        let before = found.iter_mut().find(|one| one.range == import.range);
        match before.filter(|_| body.starts_with("import ") || body.starts_with("from ")) {
            Some(one) => {
                let at = one.text.trim_end().len();
                one.text.insert_str(at, &format!("{newline}{body}"));
            }
            None => found.push(import),
        }
    }
    found
}

fn line_length(text: &str) -> pyteam_syntax::TextSize {
    pyteam_syntax::TextSize::of(text.trim_end_matches(['\r', '\n']))
}

/// Where a statement of a class's body stands in the file; methods are items of their own.
fn range_of(file: &File, class: ClassRef, stmt: pyteam_syntax::StmtId) -> Option<TextRange> {
    let item = file.item(class.item);
    match item.stmt(stmt) {
        Stmt::Member(member) => Some(file.parsed.items.get((class.item + 1 + member) as usize)?.range()),
        _ => Some(file.absolute(class.item, item.stmt_range(stmt))),
    }
}

/// `def write(self, data: bytes) -> None`, and the imports that its names take in `into`.
fn header(cx: &CheckContext<'_>, wanted: FunctionRef, into: &File, imports: &mut Vec<TextEdit>) -> Option<String> {
    let (file, item, _) = cx.inference.item(wanted.file, wanted.item)?;
    let definition = cx.inference.function(wanted)?;
    for param in &definition.params {
        // `x: int = ...` is for stubs alone, and another default may not be known over there.
        let is_plain = |expr: ExprId| {
            matches!(item.expr(expr), Expr::None | Expr::Bool(_) | Expr::Int(_) | Expr::Float | Expr::Str(_))
        };
        if !param.default.is_none_or(is_plain) {
            return None;
        }
    }
    let annotations = definition.params.iter().filter_map(|param| param.annotation).chain(definition.returns);
    for annotation in annotations {
        take_names(cx, (file, wanted, item), annotation, into, imports)?;
    }
    let params = file.text_at(wanted.item, definition.params_range);
    if params.contains('#') || params.contains("\"\"\"") {
        return None;
    }
    let params = params.split_whitespace().collect::<Vec<_>>().join(" ");
    let params = params.replace("( ", "(").replace(", )", ")").replace(" )", ")");
    let returns = match definition.returns {
        Some(returns) => {
            let between = TextRange::new(definition.params_range.end(), item.stmt_range(definition.body[0]).start());
            let text = file.text_at(wanted.item, between);
            let written = file.text_at(wanted.item, item.expr_range(returns));
            // What is quoted stays quoted.
            let end = text.find(written)? + written.len();
            let quote = text[end..].chars().next().filter(|one| matches!(one, '"' | '\''));
            let text = format!("{}{}", &text[..end], quote.map_or(String::new(), String::from));
            if text.contains(['#', '\n']) {
                return None;
            }
            format!(" {}", text.trim())
        }
        None => String::new(),
    };
    let start = if definition.is_async { "async def" } else { "def" };
    Some(format!("{start} {}{params}{returns}", definition.name))
}

/// Sees to it that the names of an annotation mean the same in `into`.
fn take_names(
    cx: &CheckContext<'_>,
    (file, wanted, item): (&File, FunctionRef, &Item),
    annotation: ExprId,
    into: &File,
    imports: &mut Vec<TextEdit>,
) -> Option<()> {
    let mut names: Vec<(Name, ExprId)> = Vec::new();
    walk(item, Part::Expr(annotation), &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Name(name) = item.expr(expr)
        {
            names.push((*name, expr));
        }
        true
    });
    for (name, expr) in names {
        let types = cx.inference.expr(Site { file: wanted.file, item: wanted.item, expr });
        // A type variable means something else in every class.
        let is_variable = |one: &Type| match one {
            Type::Instance { class, .. } => class.as_str().starts_with("typing."),
            Type::Unknown => true,
            _ => false,
        };
        if types.iter().any(is_variable) || types.iter().next().is_none() {
            return None;
        }
        let Some(here) = only_binding(file, name) else {
            // Not bound here: a built-in, unless the other file has something of that name.
            if file.facts.module.contains_key(&name) || into.facts.module.contains_key(&name) {
                return None;
            }
            continue;
        };
        if into.id == file.id {
            continue;
        }
        let same = |one: &Binding| one.source == here.source;
        match (only_binding(into, name), here.source) {
            (Some(there), _) if same(there) && !matches!(there.source, Source::Value(_)) => {}
            (Some(_), _) => return None,
            (None, _) if into.facts.module.contains_key(&name) => return None,
            (None, Source::ImportFrom { level: 0, module: Some(module), name: imported }) if imported == name => {
                imports.push(into.imports().add_name(module.as_str(), name.as_str()));
            }
            (None, Source::Import { path }) if path == name => {
                imports.push(into.imports().add_module(path.as_str()));
            }
            _ => return None,
        }
    }
    Some(())
}

/// What a module-level name is bound to, where that is one thing and no statement around decides.
fn only_binding(file: &File, name: Name) -> Option<&Binding> {
    let [only] = file.facts.module.get(&name)?.as_slice() else { return None };
    let binding = &file.facts.items[only.item as usize].bindings[only.binding as usize];
    (binding.stmt == file.item(only.item).root()).then_some(binding)
}
