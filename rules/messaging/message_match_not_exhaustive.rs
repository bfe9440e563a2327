#![doc = include_str!("message_match_not_exhaustive.md")]

use pyteam_channels::channel;
use pyteam_channels::order::{blocks, control_flow};
use pyteam_channels::tags::{self, Record};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::infer::types::Types;
use pyteam_index::known::Action;
use pyteam_index::project::Bound;
use pyteam_syntax::style::{indent_of, indent_unit, newline};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId, TextEdit};

use pyteam_refactors::imports::import_name;

use crate::shared::headline;

/// See the page.
pub struct MessageMatchNotExhaustive;

impl Rule for MessageMatchNotExhaustive {
    fn page(&self) -> &Page {
        crate::page!("message_match_not_exhaustive")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for stmt in cx.item.stmt_ids() {
            let Some(choice) = choice(cx, stmt) else { continue };
            let Some(known) = kinds(cx, &choice) else { continue };
            let missing = missing(&choice, &known);
            if missing.is_empty() || is_used_behind(cx, stmt, choice.message) {
                continue;
            }
            let note = if choice.logs {
                "the default branch only logs or skips such a message"
            } else {
                "no code here handles such a message, and nothing reports it"
            };
            let branch = if missing.len() == 1 { "a branch" } else { "branches" };
            let tags: Vec<String> = missing.iter().map(|tag| format!("`\"{tag}\"`")).collect();
            let mut finding = sink
                .report(cx.range(choice.first), stmt.0, format!("no branch handles {}", headline::some_of(&tags)))
                .note(note)
                .help(format!("add {branch}, and end with `assert_never` so that type checkers report the next one"));
            for record in &known {
                let is_missing =
                    record.literals(choice.key).is_some_and(|tags| tags.iter().any(|tag| missing.contains(tag)));
                let Some((file, item, _)) = cx.inference.item(record.class.file, record.class.item) else { continue };
                if let (true, Stmt::Class(class)) = (is_missing, item.stmt(record.class.stmt)) {
                    let range = file.absolute(record.class.item, class.name_range);
                    finding = finding.related(Related::new(file.id, range, "declared here"));
                }
            }
            if choice.logs {
                finding = finding.severity(Severity::Information);
            } else if fix(cx, &choice, &missing).is_some() {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let fix = choice(cx, StmtId(finding.anchor.node)).and_then(|choice| {
            let missing = missing(&choice, &kinds(cx, &choice)?);
            fix(cx, &choice, &missing)
        });
        fix.into_iter().collect()
    }
}

/// The fix writes branches, and leaves what they do to whom the messages are for.
const TITLE: &str = "Add branches that raise `NotImplementedError`";

/// A chain of tests, or a `match`, over the tag of one message.
struct Choice {
    /// The test or subject.
    first: ExprId,
    message: ExprId,
    key: Name,
    handled: Vec<Name>,
    /// The last `if` of the chain, or the `match`.
    last: StmtId,
    /// Whether there is a default, which only says so somewhere and goes on.
    logs: bool,
}

fn choice(cx: &CheckContext<'_>, stmt: StmtId) -> Option<Choice> {
    match cx.item.stmt(stmt) {
        Stmt::Match { subject, cases } => {
            let (message, key) = tag_read(cx, *subject)?;
            let mut choice = Choice { first: *subject, message, key, handled: Vec::new(), last: stmt, logs: false };
            for case in cases {
                if case.wildcard {
                    choice.logs = only_logs(cx, &case.body);
                    return choice.logs.then_some(choice);
                }
                for pattern in &case.patterns {
                    let Expr::Str(literal) = cx.item.expr(*pattern) else { return None };
                    // A guard may let the message through.
                    if case.guard.is_none() {
                        choice.handled.push(literal.value?);
                    } else {
                        return None;
                    }
                }
            }
            Some(choice)
        }
        Stmt::If { test, .. } if !is_elif(cx, stmt) => {
            let (message, key, handled) = tag_test(cx, *test)?;
            let mut choice = Choice { first: *test, message, key, handled, last: stmt, logs: false };
            let name = cx.text(message);
            let mut branches = 1;
            let mut leaves = false;
            loop {
                let Stmt::If { body, orelse, .. } = cx.item.stmt(choice.last) else { return None };
                leaves |= ends(cx, body);
                match orelse[..] {
                    [] => break,
                    [only] if matches!(cx.item.stmt(only), Stmt::If { .. }) => {
                        let Stmt::If { test, .. } = cx.item.stmt(only) else { return None };
                        let (message, key, handled) = tag_test(cx, *test)?;
                        if cx.text(message) != name || key != choice.key {
                            return None;
                        }
                        choice.handled.extend(handled);
                        choice.last = only;
                        branches += 1;
                    }
                    _ => {
                        choice.logs = only_logs(cx, orelse);
                        return choice.logs.then_some(choice);
                    }
                }
            }
            // What follows a chain whose branches leave is its default; a test by itself is no choice.
            (branches > 1 && !(leaves && is_followed(cx, stmt))).then_some(choice)
        }
        _ => None,
    }
}

/// `message["type"]`
fn tag_read(cx: &CheckContext<'_>, expr: ExprId) -> Option<(ExprId, Name)> {
    let Expr::Subscript { value, index } = cx.item.expr(expr) else { return None };
    let Expr::Str(literal) = cx.item.expr(*index) else { return None };
    matches!(cx.item.expr(*value), Expr::Name(_)).then_some((*value, literal.value?))
}

/// `message["type"] == "frame"`, or `in` several.
fn tag_test(cx: &CheckContext<'_>, test: ExprId) -> Option<(ExprId, Name, Vec<Name>)> {
    let Expr::Compare(compare) = cx.item.expr(test) else { return None };
    let ([left, right], [op]) = (&compare.operands[..], &compare.ops[..]) else { return None };
    let (message, key) = tag_read(cx, *left)?;
    let one = |expr: ExprId| match cx.item.expr(expr) {
        Expr::Str(literal) => literal.value,
        _ => None,
    };
    let handled = match (op.as_str(), cx.item.expr(*right)) {
        ("==", _) => vec![one(*right)?],
        ("in", Expr::Tuple(items) | Expr::List(items) | Expr::Set(items)) => {
            items.iter().map(|item| one(*item)).collect::<Option<_>>()?
        }
        _ => return None,
    };
    Some((message, key, handled))
}

fn is_elif(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    match cx.item.stmt_parent(stmt) {
        Parent::Stmt(parent) => matches!(cx.item.stmt(parent), Stmt::If { orelse, .. } if orelse[..] == [stmt]),
        _ => false,
    }
}

fn ends(cx: &CheckContext<'_>, body: &[StmtId]) -> bool {
    body.last().is_some_and(|last| {
        matches!(cx.item.stmt(*last), Stmt::Return(_) | Stmt::Continue | Stmt::Break | Stmt::Raise { .. })
    })
}

/// Whether another statement comes behind it in the same block.
fn is_followed(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let end = cx.item.stmt_range(stmt).end();
    let parent = cx.item.stmt_parent(stmt);
    cx.item.stmt_ids().any(|other| cx.item.stmt_parent(other) == parent && cx.item.stmt_range(other).start() >= end)
}

/// Whether a statement that follows, here or around, works on the message, whichever it is.
fn is_used_behind(cx: &CheckContext<'_>, choice: StmtId, message: ExprId) -> bool {
    let Expr::Name(name) = cx.item.expr(message) else { return false };
    let around = cx.item.stmt_ancestors(choice).take_while(|outer| !matches!(cx.item.stmt(*outer), Stmt::Function(_)));
    std::iter::once(choice).chain(around).any(|stmt| {
        let behind = std::iter::successors(blocks::next(cx.item, stmt), |one| blocks::next(cx.item, *one));
        // One that binds the name again works on another message.
        let is_bound = |one: &StmtId| control_flow::bound_names(cx, *one).contains(name);
        behind.take_while(|one| !is_bound(one)).any(|one| control_flow::mentions(cx.item, Part::Stmt(one), &[*name]))
    })
}

/// Whether a default does nothing but to log or print.
fn only_logs(cx: &CheckContext<'_>, body: &[StmtId]) -> bool {
    let is_log = |expr: ExprId| match cx.item.expr(expr) {
        Expr::Call { func, .. } => match cx.item.expr(*func) {
            Expr::Name(name) => *name == "print",
            Expr::Attribute { attr, .. } => {
                matches!(attr.as_str(), "debug" | "info" | "warning" | "warn" | "error" | "log")
            }
            _ => false,
        },
        _ => false,
    };
    body.iter().all(|stmt| match cx.item.stmt(*stmt) {
        Stmt::Expr(expr) => is_log(*expr),
        Stmt::Pass | Stmt::Continue => true,
        _ => false,
    })
}

/// The kinds of message that there are, where that is declared: two or more, told apart by the key.
fn kinds(cx: &CheckContext<'_>, choice: &Choice) -> Option<Vec<Record>> {
    let at = cx.site(choice.message);
    let types = cx.inference.expr(at);
    let types = if types.has_unknown() { taken(cx, choice.message)? } else { types };
    let records = tags::records(cx.inference, &types)?;
    let told = records.iter().all(|record| record.literals(choice.key).is_some());
    (records.len() > 1 && told).then_some(records)
}

/// What a declared channel carries, where the name is bound to what was taken from it, and to nothing else.
fn taken(cx: &CheckContext<'_>, message: ExprId) -> Option<Types> {
    let Expr::Name(name) = cx.item.expr(message) else { return None };
    let facts = cx.facts();
    let mut bound = facts.bindings.iter().filter(|binding| binding.name == *name);
    let (binding, None) = (bound.next()?, bound.next()) else { return None };
    let pyteam_index::facts::Source::Value(value) = binding.source else { return None };
    let call = match cx.item.expr(value) {
        Expr::Await(inner) => *inner,
        _ => value,
    };
    let site = cx.site(call);
    channel::of_call(cx.inference, site, Action::Take)?.element
}

fn missing(choice: &Choice, records: &[Record]) -> Vec<Name> {
    let mut missing: Vec<Name> = Vec::new();
    for tag in records.iter().filter_map(|record| record.literals(choice.key)).flatten() {
        if !choice.handled.contains(tag) && !missing.contains(tag) {
            missing.push(*tag);
        }
    }
    missing
}

/// Branches for the missing tags, and an end that a type checker proves to be out of reach.
fn fix(cx: &CheckContext<'_>, choice: &Choice, missing: &[Name]) -> Option<Fix> {
    if choice.logs || missing.iter().any(|tag| tag.as_str().contains(['"', '\\'])) {
        return None;
    }
    // A message that may be None as well is not used up by its tags.
    let types = cx.inference.expr(cx.site(choice.message));
    if types.iter().any(|one| matches!(one, pyteam_index::infer::types::Type::None)) {
        return None;
    }
    let old = cx
        .snapshot
        .requirements_for(&cx.file.path)
        .is_some_and(|one| matches!(one.python_at_least((3, 11)), Bound::Excluded | Bound::Possible));
    let module = if old { "typing_extensions" } else { "typing" };
    let (assert_never, import) = import_name(cx, module, "assert_never");
    let source = cx.file.source();
    let range = cx.stmt_range(choice.last);
    let (newline, unit) = (newline(source), indent_unit(&cx.file.parsed));
    let mut lines: Vec<String> = Vec::new();
    let message = cx.text(choice.message);
    let tag = cx.text(tag_of(cx, choice.first)?);
    let indent = match cx.item.stmt(choice.last) {
        Stmt::Match { cases, .. } => {
            let first = cases.first()?.range + cx.file.item_start(cx.item_index);
            let indent = indent_of(source, first.start()).to_owned();
            for name in missing {
                lines.push(format!("{indent}case \"{name}\":"));
                lines.push(format!("{indent}{unit}raise NotImplementedError(\"{name}\")"));
            }
            lines.push(format!("{indent}case _:"));
            lines.push(format!("{indent}{unit}{assert_never}({tag})"));
            indent
        }
        _ => {
            let indent = indent_of(source, range.start()).to_owned();
            for name in missing {
                lines.push(format!("{indent}elif {tag} == \"{name}\":"));
                lines.push(format!("{indent}{unit}raise NotImplementedError(\"{name}\")"));
            }
            lines.push(format!("{indent}else:"));
            lines.push(format!("{indent}{unit}{assert_never}({message})"));
            indent
        }
    };
    // A body on the line of its test leaves no room below.
    let all = source.lines();
    let one_line = all.line_of(range.start()) == all.line_of(range.end());
    if one_line || indent.contains('\u{c}') {
        return None;
    }
    let end = all.line_range(source.as_str(), all.line_of(range.end())).end();
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    import.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
    fix.push(cx.file.id, TextEdit::insert(end, format!("{newline}{}", lines.join(newline))));
    Some(fix)
}

/// The `message["type"]` of a test or subject.
fn tag_of(cx: &CheckContext<'_>, first: ExprId) -> Option<ExprId> {
    match cx.item.expr(first) {
        Expr::Compare(compare) => compare.operands.first().copied(),
        Expr::Subscript { .. } => Some(first),
        _ => None,
    }
}
