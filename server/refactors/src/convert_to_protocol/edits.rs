//! The edits of the conversion.

use std::collections::BTreeMap;

use pyteam_engine::{Applicability, Declaration, DeclarationKind, Fix};
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::{File, FileId};
use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::style::{indent_of, newline, statement};
use pyteam_syntax::tree::Class;
use pyteam_syntax::{Expr, Stmt, StmtId, TextEdit, TextRange, TextSize, edit};

use super::generic;
use super::interface::{self, Interface};
use super::plan::{Plan, TITLE};
use crate::imports::unused;

/// Expressions that go away, by file.
type Gone = BTreeMap<FileId, Vec<TextRange>>;

impl Plan<'_> {
    /// The edits of all files; `None` where a place cannot be edited without a loss.
    pub fn fix(&self, cx: &ItemContext<'_>) -> Option<Fix> {
        let mut fix = Fix::new(TITLE, Applicability::Unsafe);
        make(cx, self, &mut fix)?;
        let mut fix = fix.finish();
        fix.declares.extend(declaration(cx, self.class, &fix));
        Some(fix)
    }
}

fn make(cx: &ItemContext<'_>, plan: &Plan<'_>, fix: &mut Fix) -> Option<()> {
    let mut gone = Gone::default();
    convert_class(cx, fix, plan.class, plan.interface, &mut gone)?;
    for method in &plan.interface.methods {
        convert_method(cx, fix, *method, plan.defaults.contains(method), &mut gone)?;
    }
    for one in plan.implementers.iter().filter(|one| !one.keeps) {
        let (file, item, _) = cx.inference.item(one.class.file, one.class.item)?;
        let definition = cx.inference.class(one.class)?;
        let base = file.absolute(one.class.item, item.expr_range(one.base.value));
        gone.entry(file.id).or_default().push(base);
        fix.push(file.id, without_argument(file, one.class.item, definition, one.base.range)?);
    }
    for (id, removed) in &gone {
        let file = cx.inference.file(*id)?;
        file.imports().remove(&unused(cx, file, removed, ""), fix.edits.entry(*id).or_default());
    }
    Some(())
}

/// The Protocol, as it will be written.
fn declaration(cx: &ItemContext<'_>, class: ClassRef, fix: &Fix) -> Option<Declaration> {
    let file = cx.inference.file(class.file)?;
    let range = file.parsed.items.get(class.item as usize)?.range();
    let is_inside = |edit: &&TextEdit| range.contains_range(edit.range) && range.start() < edit.range.end();
    let moved = |edit: &TextEdit| TextEdit { range: edit.range - range.start(), text: edit.text.clone() };
    let edits: Vec<TextEdit> = fix.edits.get(&file.id)?.iter().filter(is_inside).map(moved).collect();
    let text = edit::apply(file.source().slice(range), &edits).ok()?;
    let name = cx.inference.class(class)?.name.to_string();
    Some(Declaration { file: file.id, name, text, kind: DeclarationKind::Protocol })
}

fn convert_class(
    cx: &ItemContext<'_>,
    fix: &mut Fix,
    class: ClassRef,
    interface: &Interface,
    gone: &mut Gone,
) -> Option<()> {
    let (file, item, _) = cx.inference.item(class.file, class.item)?;
    let definition = cx.inference.class(class)?;
    let mut names = Vec::new();
    let mut typing = |fix: &mut Fix, name: &str| {
        let (text, edit) = file.imports().ensure("typing", name, |_| false);
        match edit {
            Some(_) if text == name => names.push(name.to_owned()),
            Some(edit) => fix.push(file.id, edit),
            None => {}
        }
        text
    };
    let mut protocol = typing(fix, "Protocol");
    if interface.is_generic {
        protocol = format!("{protocol}[{}]", generic::arguments(cx, fix, class, interface)?);
    }
    match definition.parens {
        Some(parens) => {
            let parens = file.absolute(class.item, parens);
            if file.source().slice(parens).contains('#') {
                return None;
            }
            fix.push(file.id, TextEdit::replace(parens, format!("({protocol})")));
        }
        None => fix.push(
            file.id,
            TextEdit::insert(file.absolute(class.item, definition.name_range).end(), format!("({protocol})")),
        ),
    }
    for arg in &definition.args {
        // The type variables between the brackets stay.
        let base = match item.expr(arg.value) {
            Expr::Subscript { value, .. } => *value,
            _ => arg.value,
        };
        gone.entry(file.id).or_default().push(file.absolute(class.item, item.expr_range(base)));
    }
    if !names.is_empty() {
        let takes_its_turn = is_last_of_several(cx, class);
        let mut edits = file.imports().add_names("typing", &names);
        if takes_its_turn {
            edits = joined(edits).into_iter().map(|edit| claiming(file, edit)).collect();
        }
        edits.into_iter().for_each(|edit| fix.push(file.id, edit));
    }
    Some(())
}

/// Whether this is the last of a file's interfaces. It is repaired after the others: the last repair takes the imports
/// out that all of them needed.
fn is_last_of_several(cx: &ItemContext<'_>, class: ClassRef) -> bool {
    let Some(file) = cx.inference.file(class.file) else { return false };
    let mut classes: Vec<ClassRef> = Vec::new();
    for (item, facts) in file.facts.items.iter().enumerate() {
        classes.extend(facts.classes.iter().map(|stmt| ClassRef { file: file.id, item: item as u32, stmt: *stmt }));
    }
    let Some(at) = classes.iter().position(|one| *one == class) else { return false };
    let is_interface = |one: &ClassRef| Interface::of(cx, *one).is_some() && !cx.inference.subclasses(*one).is_empty();
    // Of many interfaces most are followed by the next one.
    !classes[at + 1..].iter().any(is_interface) && classes[..at].iter().any(is_interface)
}

/// The same insertions, those at one place as one: only one of them can change a character beside it.
fn joined(edits: Vec<TextEdit>) -> Vec<TextEdit> {
    let mut found: Vec<TextEdit> = Vec::new();
    for edit in edits {
        match found.iter_mut().find(|one| one.range == edit.range) {
            Some(one) => one.text.push_str(&edit.text),
            None => found.push(edit),
        }
    }
    found
}

/// The same insertion, written so that it cannot be made together with its plain form: as the change of a character
/// beside it.
fn claiming(file: &File, edit: TextEdit) -> TextEdit {
    let (text, at) = (file.source().as_str(), usize::from(edit.range.start()));
    let before = text[..at].chars().next_back().filter(|c| !matches!(c, '\n' | '\r' | '\u{feff}'));
    let after = text[at..].chars().next().filter(|c| !matches!(c, '\n' | '\r'));
    let size = |c: char| TextSize::new(c.len_utf8() as u32);
    match (before, after) {
        (Some(c), _) => TextEdit::replace(
            TextRange::new(edit.range.start() - size(c), edit.range.start()),
            format!("{c}{}", edit.text),
        ),
        (_, Some(c)) => TextEdit::replace(TextRange::at(edit.range.start(), size(c)), format!("{}{c}", edit.text)),
        _ => edit,
    }
}

/// Takes `@abstractmethod` off and puts `...` in the place of what refuses. A default that an implementer relies on
/// returns: to mypy, a method of a Protocol that does nothing at all is abstract.
fn convert_method(
    cx: &ItemContext<'_>,
    fix: &mut Fix,
    method: FunctionRef,
    is_default: bool,
    gone: &mut Gone,
) -> Option<()> {
    let (file, item, _) = cx.inference.item(method.file, method.item)?;
    let function = cx.inference.function(method)?;
    for decorator in &function.decorators {
        if interface::is_abstract_decorator(item, *decorator) {
            let range = file.absolute(method.item, item.expr_range(*decorator));
            let lines = file.source().lines();
            let line = lines.full_line_range(file.source().as_str(), lines.line_of(range.start()));
            // A comment on the decorator's line would go with it.
            if file.source().slice(line).contains('#') {
                return None;
            }
            fix.push(file.id, TextEdit::delete(line));
            gone.entry(file.id).or_default().push(range);
        }
    }
    let at = |stmt: StmtId| file.absolute(method.item, item.stmt_range(stmt));
    if is_default {
        let last = *function.body.last()?;
        match item.stmt(last) {
            Stmt::Pass => fix.push(file.id, TextEdit::replace(at(last), "return None")),
            Stmt::Expr(_) if statement::has_own_lines(file.source(), at(last)) => {
                let (newline, indent) = (newline(file.source()), indent_of(file.source(), at(last).start()));
                let lines = file.source().lines();
                let end = lines.line_range(file.source().as_str(), lines.line_of(at(last).end())).end();
                fix.push(file.id, TextEdit::insert(end, format!("{newline}{indent}return None")));
            }
            _ => return None,
        }
        return Some(());
    }
    for stmt in &function.body {
        if matches!(item.stmt(*stmt), Stmt::Raise { .. } | Stmt::Pass) {
            fix.push(file.id, TextEdit::replace(at(*stmt), "..."));
        }
    }
    Some(())
}

/// Takes one base out of a class's list, and the parentheses with the last; `None` where a comment would go, too.
fn without_argument(file: &File, item: u32, class: &Class, arg: TextRange) -> Option<TextEdit> {
    let at = class.args.iter().position(|one| one.range == arg)?;
    if let [_] = &*class.args {
        let parens = file.absolute(item, class.parens?);
        return (!file.source().slice(parens).contains('#')).then(|| TextEdit::delete(parens));
    }
    ArgumentEditor::of_class(&file.parsed, item, class)?.remove(at)
}
