//! How the call stands in its statement, and how the two are wrapped.

use pyteam_engine::CheckContext;
use pyteam_syntax::edit::apply;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::visit::expr_parts;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, TextEdit};

use super::Maker;
pub(super) use super::turn::is_pure;

/// How the call stands in its statement.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// The statement is the call, or binds or returns its value.
    Whole,
    /// The call is part of more, but nothing happens before it: it can go first, into a name.
    Part,
}

impl Form {
    /// The form of `call`; nothing where it cannot be moved without changing what happens in which order.
    pub(super) fn of(cx: &CheckContext<'_>, call: ExprId) -> Option<Self> {
        let item = cx.item;
        let stmt = item.enclosing_stmt(call);
        let range = cx.stmt_range(stmt);
        let value = match item.stmt(stmt) {
            Stmt::Expr(value) | Stmt::Return(Some(value)) => *value,
            Stmt::Assign { value, .. } | Stmt::AnnAssign { value: Some(value), .. } => *value,
            Stmt::AugAssign { target, value, .. } => {
                if !is_pure(item, *target) {
                    return None;
                }
                let form = (goes_first(item, call, *value) && is_one_line(cx, call)).then_some(Self::Part);
                return form.filter(|_| statement::has_own_lines(cx.file.source(), range));
            }
            _ => return None,
        };
        if !statement::has_own_lines(cx.file.source(), range) {
            return None;
        }
        if value == call {
            return Some(Self::Whole);
        }
        (goes_first(item, call, value) && is_one_line(cx, call)).then_some(Self::Part)
    }
}

fn is_one_line(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    !cx.text(expr).contains(['\n', '\r'])
}

/// Whether `call` is certainly evaluated in `whole`, once, and before anything else happens there.
fn goes_first(item: &Item, call: ExprId, whole: ExprId) -> bool {
    let mut inner = call;
    while inner != whole {
        let Parent::Expr(outer) = item.expr_parent(inner) else { return false };
        let holds = match item.expr(outer) {
            Expr::Lambda(_) | Expr::Comprehension(_) | Expr::Error => false,
            Expr::Conditional { test, .. } => *test == inner,
            Expr::Bool2 { left, .. } => *left == inner,
            Expr::Compare(compare) => compare.operands[..2].contains(&inner),
            _ => true,
        };
        if !holds {
            return false;
        }
        let is_conditional = matches!(item.expr(outer), Expr::Conditional { .. });
        let mut before = true;
        let mut pure = true;
        expr_parts(item.expr(outer), &mut |part| {
            before &= part != inner;
            pure &= !before || is_conditional || is_pure(item, part);
        });
        if !pure {
            return false;
        }
        inner = outer;
    }
    true
}

/// The statement between the lines `before` and `after`, with the call bounded by `bound` (which is told how far
/// the call moves to the right).
pub(super) fn wrapped(
    maker: &Maker<'_, '_>,
    form: &Form,
    before: &[String],
    after: &[String],
    bound: impl FnOnce(&str) -> Option<TextEdit>,
) -> Option<Vec<TextEdit>> {
    let (cx, item, source) = (maker.cx, maker.cx.item, maker.cx.file.source());
    let start = cx.file.item_start(cx.item_index);
    let shift = maker.unit.repeat(before.len());
    let newline = style::newline(source);
    if matches!(form, Form::Whole) {
        let mut edits = statement::wrap(source, item, start, maker.stmt, &shift, before, after);
        edits.push(bound(&shift)?);
        return Some(edits);
    }
    // The call moves as a text, with its bound in it.
    let range = cx.range(maker.call);
    let edit = bound("")?;
    let edit = TextEdit { range: edit.range - range.start(), text: edit.text };
    let bounded = apply(cx.text(maker.call), &[edit]).ok()?;
    let name = fresh(maker);
    let stmt = cx.stmt_range(maker.stmt);
    let indent = style::indent_of(source, stmt.start());
    let mut lines: Vec<String> = before.to_vec();
    lines.push(format!("{shift}{name} = {bounded}"));
    lines.extend(after.iter().cloned());
    let text = lines.iter().fold(String::new(), |text, line| text + line + newline + indent);
    Some(vec![TextEdit::insert(stmt.start(), text), TextEdit::replace(range, name)])
}

/// A name for the message that the item does not know yet; the repairs of other calls get others, as their messages
/// may have another type.
fn fresh(maker: &Maker<'_, '_>) -> String {
    let cx = maker.cx;
    let text = cx.file.text_at(cx.item_index, cx.item.stmt_range(cx.item.root()));
    let is_free = |name: &str| !text.contains(name) && !cx.whole_file().facts.module.contains_key(&Name::new(name));
    // Module-level code is one scope of many items.
    let is_open =
        |at: u32| !matches!(cx.file.item(at).stmt(cx.file.item(at).root()), Stmt::Function(_) | Stmt::Class(_));
    let is_above = |at: u32| is_open(at) && cx.file.parsed.items[at as usize].parent.is_none();
    let above = (0..cx.item_index).filter(|at| is_open(cx.item_index) && is_above(*at));
    let named: usize = above.chain([cx.item_index]).map(|at| named(maker, at)).sum();
    let mut number = named + 1;
    loop {
        let name = if number == 1 { "message".to_owned() } else { format!("message{number}") };
        if is_free(&name) {
            return name;
        }
        number += 1;
    }
}

/// How many of an item's calls, up to the one in question, take a name.
fn named(maker: &Maker<'_, '_>, at: u32) -> usize {
    let (file, kind) = (maker.cx.file, maker.blocking.kind);
    let cx = CheckContext { item: file.item(at), item_index: at, ..*maker.cx };
    let is_before = |call: ExprId| {
        at != maker.cx.item_index || cx.item.expr_range(call).start() < cx.item.expr_range(maker.call).start()
    };
    let calls = file.facts.items[at as usize].calls.iter().filter(|call| is_before(**call));
    calls
        .filter(|call| {
            matches!(Form::of(&cx, **call), Some(Form::Part)) && super::super::lookup(&cx, **call, kind).is_some()
        })
        .count()
}
