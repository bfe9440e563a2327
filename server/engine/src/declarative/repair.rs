//! Repairing a call: passing, replacing and dropping keyword arguments, and renaming what is called.

use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::{Expr, ExprId, TextEdit, TextRange, TextSize};

use crate::context::CheckContext;
use crate::page::DeclaredFix;

/// The edits that repair `call`; `None` when it cannot be repaired this way.
pub(super) fn edits(fix: &DeclaredFix, cx: &CheckContext<'_>, call: ExprId) -> Option<Vec<TextEdit>> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let editor = ArgumentEditor::of_call(&cx.file.parsed, cx.item_index, call)?;
    let mut edits = Vec::new();
    if let Some(name) = &fix.rename {
        edits.push(rename(cx, *func, name)?);
    }
    for name in &fix.remove {
        // What is not passed need not be dropped; what would empty the place between comments is left to a person.
        if let Some(at) = args.iter().position(|arg| arg.is_keyword(name)) {
            edits.push(editor.remove(at)?);
        }
    }
    let mut added = Vec::new();
    for (name, value) in &fix.set {
        if args.iter().any(|arg| arg.is_keyword(name)) {
            edits.push(editor.set((name, None), value)?);
        } else {
            added.push(format!("{name}={value}"));
        }
    }
    if !added.is_empty() {
        edits.push(editor.insert(&added.join(", "))?);
    }
    (!edits.is_empty()).then_some(edits)
}

fn rename(cx: &CheckContext<'_>, func: ExprId, name: &str) -> Option<TextEdit> {
    let Expr::Attribute { attr, .. } = cx.item.expr(func) else { return None };
    let end = cx.range(func).end();
    Some(TextEdit::replace(TextRange::new(end - TextSize::of(attr.as_str()), end), name))
}
