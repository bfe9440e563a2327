#![doc = include_str!("bare_queue_annotation.md")]

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Type;
use pyteam_index::known::{self, ClassKind};
use pyteam_index::project::Bound;
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt};

use pyteam_refactors::declare_messages::element_type;

/// See the page.
pub struct BareQueueAnnotation;

/// What is wrong with one annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// `queue.Queue`
    Bare,
    /// `queue.Queue[Any]`
    Any,
    /// `multiprocessing.Queue[int]` where the program evaluates it: a method has no brackets.
    Evaluated,
}

impl Rule for BareQueueAnnotation {
    fn page(&self) -> &Page {
        crate::page!("bare_queue_annotation")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for annotation in annotations(cx) {
            let mut found: Vec<(ExprId, Flaw)> = Vec::new();
            flaws(cx, annotation, &mut found);
            for (at, flaw) in found {
                let (message, note) = said(cx, at, flaw);
                let offers = fix(cx, at, flaw).is_some();
                let mut finding = sink.report(cx.range(at), at.0, message).note(note).help(help(cx, at, flaw));
                if flaw == Flaw::Evaluated {
                    finding = finding.severity(Severity::Warning);
                }
                if offers {
                    finding.fix(element_type::TITLE, Applicability::Unsafe);
                }
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let at = ExprId(finding.anchor.node);
        let flaw = flaw_of(cx, at);
        flaw.and_then(|flaw| fix(cx, at, flaw)).into_iter().collect()
    }
}

/// Headline and note.
fn said(cx: &CheckContext<'_>, at: ExprId, flaw: Flaw) -> (String, &'static str) {
    let unchecked = "type checkers cannot compare what is sent with what is received";
    match flaw {
        Flaw::Bare => (format!("`{}` does not declare its message type", cx.text(at)), unchecked),
        Flaw::Any => (format!("`{}` accepts any message", cx.text(at)), unchecked),
        Flaw::Evaluated => (
            format!("`{}` raises `TypeError` when it is evaluated", cx.text(at)),
            "`multiprocessing` makes its queues by methods, which have no brackets while the program runs",
        ),
    }
}

/// What to write, with the class that the annotation means and what it says of the messages already.
fn help(cx: &CheckContext<'_>, at: ExprId, flaw: Flaw) -> String {
    let text = cx.text(at);
    match flaw {
        Flaw::Any => "replace `Any` with the message type".to_owned(),
        Flaw::Bare if is_deferred(cx, at) || !class_of(cx, at).is_some_and(is_for_quotes) => {
            format!("add the message type: `{text}[...]`")
        }
        Flaw::Bare => format!("add the message type, in quotes: `\"{text}[...]\"`"),
        Flaw::Evaluated => format!("write it in quotes: `\"{text}\"`"),
    }
}

/// `x` of `x[y]`; all of another expression.
fn subscripted(cx: &CheckContext<'_>, at: ExprId) -> ExprId {
    match cx.item.expr(at) {
        Expr::Subscript { value, .. } => *value,
        _ => at,
    }
}

/// Whether the class has brackets for type checkers alone: a queue of `multiprocessing` cannot be subscripted.
fn is_for_quotes(class: Name) -> bool {
    class.as_str().starts_with("multiprocessing.")
}

/// Whether the annotation is never evaluated: it is quoted, or all of the file's are left alone.
fn is_deferred(cx: &CheckContext<'_>, at: ExprId) -> bool {
    let source = cx.file.source().as_str();
    let before = &source[..usize::from(cx.range(at).start())];
    // A longer annotation may be quoted as a whole.
    let line = before.rsplit(['\n', ',', '(']).next().unwrap_or_default();
    let is_quoted = line.contains(['"', '\'']);
    is_quoted || cx.module_name(Name::new("annotations")).is_some()
}

/// All annotations of the item.
fn annotations(cx: &CheckContext<'_>) -> Vec<ExprId> {
    let mut all = Vec::new();
    for stmt in cx.item.stmt_ids() {
        match cx.item.stmt(stmt) {
            Stmt::AnnAssign { annotation, .. } => all.push(*annotation),
            Stmt::Function(function) => {
                all.extend(function.params.iter().filter_map(|param| param.annotation));
                all.extend(function.returns);
            }
            _ => {}
        }
    }
    all
}

fn flaws(cx: &CheckContext<'_>, annotation: ExprId, found: &mut Vec<(ExprId, Flaw)>) {
    if let Some(flaw) = flaw_of(cx, annotation) {
        found.push((annotation, flaw));
        return;
    }
    match cx.item.expr(annotation) {
        Expr::Subscript { index, .. } => flaws(cx, *index, found),
        Expr::Tuple(items) | Expr::List(items) => items.iter().for_each(|one| flaws(cx, *one, found)),
        Expr::Binary { left, right, .. } => {
            flaws(cx, *left, found);
            flaws(cx, *right, found);
        }
        _ => {}
    }
}

fn flaw_of(cx: &CheckContext<'_>, annotation: ExprId) -> Option<Flaw> {
    match cx.item.expr(annotation) {
        Expr::Name(_) | Expr::Attribute { .. } => {
            let path = path(cx, annotation)?;
            (makes_queue(path).is_some() || is_queue(path)).then_some(Flaw::Bare)
        }
        Expr::Subscript { value, index } => {
            let path = path(cx, *value)?;
            let is_made = makes_queue(path).is_some();
            if is_made && is_evaluated(cx, annotation) {
                return Some(Flaw::Evaluated);
            }
            let is_any = self::path(cx, *index).is_some_and(|path| path == "typing.Any");
            ((is_made || is_queue(path)) && is_any).then_some(Flaw::Any)
        }
        _ => None,
    }
}

/// The dotted path of a class or function from outside, where the expression is nothing else.
fn path(cx: &CheckContext<'_>, expr: ExprId) -> Option<Name> {
    let last = match cx.item.expr(expr) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => *name,
        _ => return None,
    };
    // Most annotations name no queue, and need no question. A name may be another one's alias.
    let _ = last;
    let types = cx.inference.expr(cx.site(expr));
    match types.as_slice() {
        [Type::External(path)] => Some(known::canonical(*path)),
        _ => None,
    }
}

/// Writes the types that all producers put into the annotation.
fn fix(cx: &CheckContext<'_>, at: ExprId, flaw: Flaw) -> Option<Fix> {
    // Part of a larger type, it may say something else again.
    if !matches!(cx.item.expr_parent(at), Parent::Stmt(_)) {
        return None;
    }
    if flaw == Flaw::Evaluated {
        return None;
    }
    let class = class_of(cx, at)?.as_str();
    element_type::repair(cx, cx.site(at), class, origin(cx, at))
}

/// The class that the annotation is meant to name.
fn class_of(cx: &CheckContext<'_>, at: ExprId) -> Option<Name> {
    let path = path(cx, subscripted(cx, at))?;
    Some(makes_queue(path).unwrap_or(path))
}

/// Whether the program evaluates the annotation: it is neither quoted nor left alone with the rest of its file, and no
/// local variable's.
fn is_evaluated(cx: &CheckContext<'_>, at: ExprId) -> bool {
    let stmt = cx.item.enclosing_stmt(at);
    let is_local = matches!(cx.item.stmt(stmt), Stmt::AnnAssign { .. })
        && pyteam_index::infer::enclosing_function(cx.item, stmt).is_some();
    let is_for_checkers = cx
        .item
        .stmt_ancestors(stmt)
        .any(|outer| matches!(cx.item.stmt(outer), Stmt::If { test, .. } if cx.text(*test).contains("TYPE_CHECKING")));
    // From Python 3.14 on, annotations are evaluated when something asks for them.
    let is_lazy = || {
        let requirements = cx.snapshot.requirements_for(&cx.file.path);
        requirements.is_some_and(|one| one.python_at_least((3, 14)) == Bound::Proved)
    };
    !is_local && !is_for_checkers && !is_deferred(cx, at) && !is_lazy()
}

/// Whether it is a class of queues that can say what it carries.
fn is_queue(class: Name) -> bool {
    known::class(class).is_some_and(|known| known.kind == Some(ClassKind::Queue) && known.generic)
}

/// The class of queues that the function makes one of: `multiprocessing.Queue` is a method.
fn makes_queue(function: Name) -> Option<Name> {
    known::function(function)?.makes.first().copied().filter(|class| is_queue(*class))
}

/// Where the channel that the annotation declares is made: by the value beside it, or by the annotation itself.
fn origin(cx: &CheckContext<'_>, at: ExprId) -> Option<Site> {
    let site = |expr| cx.site(expr);
    let stmt = cx.item.enclosing_stmt(at);
    let value = match cx.item.stmt(stmt) {
        Stmt::AnnAssign { value, .. } => *value,
        Stmt::Function(function) if function.returns == Some(at) => return None,
        _ => None,
    };
    if let Some(value) = value {
        let made = cx.inference.expr(site(value));
        let [Type::Instance { origin: Some(origin), .. }] = made.as_slice() else { return None };
        return (*origin == site(value)).then_some(*origin);
    }
    Some(site(at))
}
