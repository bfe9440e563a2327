//! *Convert to Protocol*, in all files.

use std::collections::BTreeMap;

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::File;
use pyteam_index::infer::Base;
use pyteam_index::link::{ClassRef, FunctionRef};
use pyteam_index::snapshot::FileId;
use pyteam_syntax::tree::{ArgKind, Class};
use pyteam_syntax::{Expr, Name, Stmt, TextEdit, TextRange, TextSize};

use super::interface::{self, Interface};
use super::uses::{self, Uses};
use crate::shared::imports::import_name_in;

/// The repair, where every implementer can do without the base.
pub(super) fn repair(
    cx: &CheckContext<'_>,
    class: ClassRef,
    interface: &Interface,
    children: &[ClassRef],
    uses: &Uses,
) -> Option<Fix> {
    // Variance must be chosen, attributes must be there, constructors are not part of a Protocol, and an inherited
    // no-op would be lost: these want a person.
    if interface.is_generic || interface.has_attributes || interface.abstract_init || interface.has_no_op {
        return None;
    }
    if children.iter().any(|child| !is_complete(cx, *child, interface)) {
        return None;
    }
    let mut fix = Fix::new("Convert to Protocol", Applicability::Unsafe);
    let mut gone = Gone::default();
    convert_class(cx, &mut fix, class, interface, uses, &mut gone)?;
    for child in children {
        let file = cx.inference.file(child.file)?;
        let (_, item, _) = cx.inference.item(child.file, child.item)?;
        let definition = cx.inference.class(*child)?;
        let at = cx.inference.bases(*child).iter().position(|base| *base == Base::Class(class))?;
        let arg = definition
            .args
            .iter()
            .filter(|arg| !matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::DoubleStar))
            .nth(at)?;
        if let Expr::Name(name) = item.expr(arg.value) {
            gone.note(child.file, *name);
        }
        let edit = without_argument(file, child.item, definition, arg.range)?;
        fix.push(child.file, edit);
    }
    for (file, names) in &gone.0 {
        let file = cx.inference.file(*file)?;
        for edit in without_imports(file, names) {
            push_deletion(&mut fix, file, edit);
        }
    }
    Some(fix.finish())
}

/// Adds a deletion; an import that was to go behind the deleted line takes its place.
fn push_deletion(fix: &mut Fix, file: &File, mut deletion: TextEdit) {
    let edits = fix.edits.entry(file.id).or_default();
    let inside = |edit: &TextEdit| {
        edit.range.is_empty()
            && deletion.range.start() < edit.range.start()
            && edit.range.start() < deletion.range.end()
    };
    if let Some(at) = edits.iter().position(inside) {
        let import = edits.remove(at);
        let newline = pyteam_syntax::style::newline(file.source());
        deletion.text = format!("{}{newline}", import.text.trim_start_matches(['\r', '\n']));
    }
    edits.push(deletion);
}

/// Names that lose mentions, by file: how many each.
#[derive(Default)]
struct Gone(BTreeMap<FileId, BTreeMap<Name, usize>>);

impl Gone {
    fn note(&mut self, file: FileId, name: Name) {
        *self.0.entry(file).or_default().entry(name).or_default() += 1;
    }
}

/// Whether the class has all methods without the interface, by itself or by other ancestors, with signatures that
/// a Protocol would accept.
fn is_complete(cx: &CheckContext<'_>, child: ClassRef, interface: &Interface) -> bool {
    interface.methods.iter().all(|method| {
        let Some(wanted) = cx.inference.function(*method) else { return false };
        cx.inference.methods(child).iter().any(|own| {
            cx.inference
                .function(*own)
                .is_some_and(|found| found.name == wanted.name && uses::accepts(&found.params, &wanted.params))
        })
    })
}

fn convert_class(
    cx: &CheckContext<'_>,
    fix: &mut Fix,
    class: ClassRef,
    interface: &Interface,
    uses: &Uses,
    gone: &mut Gone,
) -> Option<()> {
    let file = cx.inference.file(class.file)?;
    let (_, item, _) = cx.inference.item(class.file, class.item)?;
    let definition = cx.inference.class(class)?;
    let mut names = Vec::new();
    let mut typing = |fix: &mut Fix, name: &str| {
        let (text, edit) = import_name_in(file, |_| false, "typing", name);
        match edit {
            Some(_) if text == name => names.push(name.to_owned()),
            Some(edit) => fix.push(file.id, edit),
            None => {}
        }
        text
    };
    let protocol = typing(fix, "Protocol");
    match definition.parens {
        Some(parens) => {
            fix.push(file.id, TextEdit::replace(file.absolute(class.item, parens), format!("({protocol})")))
        }
        None => fix.push(
            file.id,
            TextEdit::insert(file.absolute(class.item, definition.name_range).end(), format!("({protocol})")),
        ),
    }
    for arg in &definition.args {
        if let Expr::Name(name) = item.expr(arg.value) {
            gone.note(file.id, *name);
        }
    }
    if !uses.type_tests.is_empty() {
        let checkable = typing(fix, "runtime_checkable");
        let start = file.absolute(class.item, definition.def_range).start();
        let indent = pyteam_syntax::style::indent_of(file.source(), start).to_owned();
        let newline = pyteam_syntax::style::newline(file.source());
        fix.push(file.id, TextEdit::insert(start, format!("@{checkable}{newline}{indent}")));
    }
    if !names.is_empty() {
        for edit in pyteam_syntax::style::imports::add_from_imports(&file.parsed, "typing", &names) {
            fix.push(file.id, edit);
        }
    }
    for method in &interface.methods {
        convert_method(cx, fix, *method, gone)?;
    }
    Some(())
}

/// Takes `@abstractmethod` off and puts `...` in the place of what refuses.
fn convert_method(cx: &CheckContext<'_>, fix: &mut Fix, method: FunctionRef, gone: &mut Gone) -> Option<()> {
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
            if let Expr::Name(name) = item.expr(*decorator) {
                gone.note(file.id, *name);
            } else if let Expr::Attribute { value, .. } = item.expr(*decorator)
                && let Expr::Name(name) = item.expr(*value)
            {
                gone.note(file.id, *name);
            }
        }
    }
    for stmt in &function.body {
        if matches!(item.stmt(*stmt), Stmt::Raise { .. } | Stmt::Pass) {
            fix.push(file.id, TextEdit::replace(file.absolute(method.item, item.stmt_range(*stmt)), "..."));
        }
    }
    Some(())
}

/// Takes one base out of a class's list, and the parentheses with the last.
fn without_argument(file: &File, item: u32, class: &Class, arg: TextRange) -> Option<TextEdit> {
    let parens = file.absolute(item, class.parens?);
    let arg = file.absolute(item, arg);
    if class.args.len() == 1 {
        // Comments between the parentheses stay where they are.
        if file.source().slice(parens).contains('#') {
            return None;
        }
        return Some(TextEdit::delete(parens));
    }
    let behind = file.source().slice(TextRange::new(arg.end(), parens.end()));
    if let Some(comma) = behind.find(',')
        && behind[..comma].trim().is_empty()
        && !behind[comma + 1..].trim_start().starts_with(')')
    {
        let rest = &behind[comma + 1..];
        let blanks = rest.len() - rest.trim_start().len();
        return Some(TextEdit::delete(TextRange::new(
            arg.start(),
            arg.end() + TextSize::new((comma + 1 + blanks) as u32),
        )));
    }
    let before = file.source().slice(TextRange::new(parens.start(), arg.start()));
    let comma = before.rfind(',')?;
    Some(TextEdit::delete(TextRange::new(parens.start() + TextSize::new(comma as u32), arg.end())))
}

/// Takes imports out that lost their last mention; `gone` counts the mentions that the repair takes away.
fn without_imports(file: &File, gone: &BTreeMap<Name, usize>) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    let unused: Vec<Name> =
        gone.iter().filter(|(name, count)| is_unused(file, **name, **count)).map(|(name, _)| *name).collect();
    for slot in &file.parsed.items {
        let names = match slot.item.stmt(slot.item.root()) {
            Stmt::ImportFrom(import) => &import.names,
            Stmt::Import(names) => names,
            _ => continue,
        };
        let goes: Vec<bool> = names.iter().map(|one| unused.contains(&one.alias.unwrap_or(one.path))).collect();
        if !goes.contains(&true) {
            continue;
        }
        let lines = file.source().lines();
        if goes.iter().all(|one| *one) {
            let range = slot.range();
            let line = lines.full_line_range(file.source().as_str(), lines.line_of(range.start()));
            let is_alone =
                pyteam_syntax::style::statement::has_own_lines(file.source(), range) && line.contains_range(range);
            if is_alone && !file.source().slice(line).contains('#') {
                edits.push(TextEdit::delete(line));
            }
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
                edits.push(TextEdit::delete(whole));
            }
        }
    }
    edits
}

/// Whether an imported name is not needed once `count` mentions are gone.
fn is_unused(file: &File, name: Name, count: usize) -> bool {
    let exprs = || file.parsed.items.iter().flat_map(|slot| slot.item.expr_ids().map(move |id| slot.item.expr(id)));
    let mentions = exprs().filter(|expr| matches!(expr, Expr::Name(found) if *found == name)).count();
    // A string may mention it too (`__all__`, a quoted annotation that was not read).
    let is_quoted = exprs().any(|expr| {
        matches!(expr, Expr::Str(literal) if literal.value.is_some_and(|value| value.as_str().contains(name.as_str())))
    });
    let is_bound_once = file.facts.module.get(&name).is_some_and(|bound| bound.len() == 1);
    // A package's `__init__` imports names for others.
    mentions <= count && !is_quoted && is_bound_once && !file.path.ends_with("/__init__.py")
}
