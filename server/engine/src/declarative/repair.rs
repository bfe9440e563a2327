//! Repairing a call: passing, replacing and dropping keyword arguments, and renaming what is called.

use pyteam_syntax::tree::Arg;
use pyteam_syntax::{Expr, ExprId, TextEdit, TextRange, TextSize};

use super::arguments;
use crate::context::CheckContext;
use crate::page::DeclaredFix;

/// The edits that repair `call`; `None` when it cannot be repaired this way.
pub(super) fn edits(fix: &DeclaredFix, cx: &CheckContext<'_>, call: ExprId) -> Option<Vec<TextEdit>> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let parens = cx.item.call_parens(call);
    let mut edits = Vec::new();
    if let Some(name) = &fix.rename {
        edits.push(rename(cx, *func, name)?);
    }
    for name in &fix.remove {
        // What is not passed need not be dropped; what would empty the place between comments is left to a person.
        if let Some(at) = args.iter().position(|arg| arguments::keyword(std::slice::from_ref(arg), name).is_some()) {
            edits.push(removal(cx, args, at, parens)?);
        }
    }
    let mut added = Vec::new();
    for (name, value) in &fix.set {
        match arguments::keyword(args, name) {
            Some(arg) => {
                edits.push(TextEdit::replace(cx.file.absolute(cx.item_index, arg.range), format!("{name}={value}")))
            }
            None => added.push(format!("{name}={value}")),
        }
    }
    if !added.is_empty() {
        edits.push(insertion(cx, args, parens, &added.join(", "))?);
    }
    (!edits.is_empty()).then_some(edits)
}

fn rename(cx: &CheckContext<'_>, func: ExprId, name: &str) -> Option<TextEdit> {
    let Expr::Attribute { attr, .. } = cx.item.expr(func) else { return None };
    let end = cx.range(func).end();
    Some(TextEdit::replace(TextRange::new(end - TextSize::of(attr.as_str()), end), name))
}

/// Adds arguments behind the last one, before a trailing comma and comments.
fn insertion(cx: &CheckContext<'_>, args: &[Arg], parens: TextRange, added: &str) -> Option<TextEdit> {
    let Some(last) = args.last() else {
        let open = cx.file.absolute(cx.item_index, parens).start() + TextSize::new(1);
        return Some(TextEdit::insert(open, added));
    };
    // `f(x for x in y)` takes no second argument without parentheses of its own.
    let value = cx.item.expr_range(last.value);
    if args.len() == 1
        && matches!(cx.item.expr(last.value), Expr::Comprehension(_))
        && (value == parens || !cx.file.text_at(cx.item_index, value).starts_with(['(', '[', '{']))
    {
        return None;
    }
    let end = cx.file.absolute(cx.item_index, last.range).end();
    Some(TextEdit::insert(end, format!(", {added}")))
}

/// Drops an argument with one of its commas, unless a comment stands next to it.
fn removal(cx: &CheckContext<'_>, args: &[Arg], at: usize, parens: TextRange) -> Option<TextEdit> {
    let range = if at > 0 {
        TextRange::new(args[at - 1].range.end(), args[at].range.end())
    } else if let Some(next) = args.get(1) {
        TextRange::new(args[0].range.start(), next.range.start())
    } else {
        // A trailing comma goes, too.
        TextRange::new(parens.start() + TextSize::new(1), parens.end() - TextSize::new(1))
    };
    let absolute = cx.file.absolute(cx.item_index, range);
    let has_comment = cx.file.parsed.comments.iter().any(|comment| absolute.intersect(*comment).is_some());
    (!has_comment).then(|| TextEdit::delete(absolute))
}
