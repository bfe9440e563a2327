//! *Convert to Protocol*, in all files.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::File;
use pyteam_index::link::{ClassRef, FunctionRef};
use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::tree::Class;
use pyteam_syntax::{Expr, Stmt, StmtId, TextEdit, TextRange, TextSize};

use super::imports::Gone;
use super::interface::{self, Interface};
use super::uses::Uses;
use super::{generic, implementers, introspection};

/// The repair, where it keeps the program's meaning and mypy content.
pub(super) fn repair(
    cx: &CheckContext<'_>,
    class: ClassRef,
    interface: &Interface,
    children: &[ClassRef],
    uses: &Uses,
) -> Option<Fix> {
    // Attributes must be there, constructors are not part of a Protocol, and what looks for the base among the
    // bases of an object must find it: these want a person. A class that travels as a value may meet an `isinstance` that
    // nothing here can see, which fails for a Protocol, or no longer finds its implementers; and one that can be seen would
    // ask for methods, which others have, too.
    let is_asked_for = uses.dispatches || uses.travels || !uses.type_tests.is_empty();
    if interface.has_attributes || interface.abstract_init || is_asked_for {
        return None;
    }
    if introspection::sees(cx, class, children) {
        return None;
    }
    let (implementers, relied) = implementers::of(cx, class, interface, children)?;
    let mut fix = Fix::new("Convert to Protocol", Applicability::Unsafe);
    let mut gone = Gone::default();
    convert_class(cx, &mut fix, class, interface, &mut gone)?;
    for method in &interface.methods {
        convert_method(cx, &mut fix, *method, relied.contains(method), &mut gone)?;
    }
    for one in implementers.iter().filter(|one| !one.keeps) {
        let (file, item, _) = cx.inference.item(one.class.file, one.class.item)?;
        let definition = cx.inference.class(one.class)?;
        gone.note(file.id, file.absolute(one.class.item, item.expr_range(one.base.value)));
        fix.push(file.id, without_argument(file, one.class.item, definition, one.base.range)?);
    }
    gone.remove(cx, &mut fix)?;
    Some(fix.finish())
}

fn convert_class(
    cx: &CheckContext<'_>,
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
        gone.note(file.id, file.absolute(class.item, item.expr_range(base)));
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

/// Whether this is the last of a file's interfaces. It is repaired after the others: whoever comes last takes the
/// imports out that all of them needed.
fn is_last_of_several(cx: &CheckContext<'_>, class: ClassRef) -> bool {
    let Some(file) = cx.inference.file(class.file) else { return false };
    let mut classes: Vec<ClassRef> = Vec::new();
    for (item, facts) in file.facts.items.iter().enumerate() {
        classes.extend(facts.classes.iter().map(|stmt| ClassRef { file: file.id, item: item as u32, stmt: *stmt }));
    }
    let Some(at) = classes.iter().position(|one| *one == class) else { return false };
    let is_interface = |one: &ClassRef| interface::of(cx, *one).is_some() && !cx.inference.subclasses(*one).is_empty();
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

/// Takes `@abstractmethod` off and puts `...` in the place of what refuses. A default that somebody relies on
/// returns: to mypy, a method of a Protocol that does nothing at all is abstract.
fn convert_method(
    cx: &CheckContext<'_>,
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
            gone.note(file.id, range);
        }
    }
    let at = |stmt: StmtId| file.absolute(method.item, item.stmt_range(stmt));
    if is_default {
        let last = *function.body.last()?;
        match item.stmt(last) {
            Stmt::Pass => fix.push(file.id, TextEdit::replace(at(last), "return None")),
            Stmt::Expr(_) if pyteam_syntax::style::statement::has_own_lines(file.source(), at(last)) => {
                let newline = pyteam_syntax::style::newline(file.source());
                let indent = pyteam_syntax::style::indent_of(file.source(), at(last).start());
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
