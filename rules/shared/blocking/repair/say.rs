//! The words that a repair writes: what did not happen in time.

use pyteam_engine::CheckContext;
use pyteam_engine::settings::Seconds;
use pyteam_index::facts::Source;
use pyteam_index::infer;
use pyteam_syntax::{Expr, ExprId, Name, TextEdit, style};

use super::super::Kind;
use super::Maker;
use crate::shared::imports;

impl Maker<'_, '_> {
    /// `raise TimeoutError("nothing came from inbox within 30.0 s")`
    pub(super) fn raise(&self, seconds: Seconds) -> String {
        format!("raise TimeoutError({})", literal(self.cx, &self.said(seconds)))
    }

    /// What did not happen in time.
    pub(super) fn said(&self, seconds: Seconds) -> String {
        let what = self.receiver.split_whitespace().collect::<Vec<_>>().join(" ");
        let owner = self.blocking.owner.rsplit('.').next().unwrap_or_default();
        match (self.blocking.kind, owner) {
            (Kind::Put, _) => format!("{what} took nothing within {seconds} s"),
            (Kind::Join, _) => format!("{what} is still running after {seconds} s"),
            (Kind::Wait, "Event") => format!("{what} was not set within {seconds} s"),
            (Kind::Wait, "Condition") => format!("{what} was not notified within {seconds} s"),
            (Kind::Wait, "AsyncResult") => format!("{what} was not ready within {seconds} s"),
            (Kind::Wait, _) => format!("{what} was not free within {seconds} s"),
            _ => format!("nothing came from {what} within {seconds} s"),
        }
    }
}

/// `text` as a string literal in the file's quotes, or in the others where that spares escaping.
fn literal(cx: &CheckContext<'_>, text: &str) -> String {
    let own = style::quote(cx.file.source());
    let other = if own == '"' { '\'' } else { '"' };
    let quote = if text.contains(own) && !text.contains(other) { other } else { own };
    let mut out = String::from(quote);
    for c in text.chars() {
        if c == quote || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
    out
}

/// A statement that warns of `text`, and the import it takes: by the file's logger, or by `warnings`.
pub(super) fn warning(cx: &CheckContext<'_>, at: ExprId, text: &str) -> Option<(String, Option<TextEdit>)> {
    let text = literal(cx, text);
    // Module-level code may run before the logger is there.
    let in_function = infer::enclosing_function(cx.item, cx.item.enclosing_stmt(at)).is_some();
    let mut loggers: Vec<Name> =
        cx.whole_file().facts.module.keys().copied().filter(|name| is_logger(cx, *name)).collect();
    loggers.sort_unstable_by_key(|name| name.as_str());
    if let Some(logger) = loggers.first().filter(|_| in_function) {
        return Some((format!("{logger}.warning({text})"), None));
    }
    let (module, import) = imports::import_module(cx, at, "warnings")?;
    Some((format!("{module}.warn({text}, RuntimeWarning, stacklevel=2)"), import))
}

/// Whether the module-level name is bound once, to a logger.
fn is_logger(cx: &CheckContext<'_>, name: Name) -> bool {
    let Some([only]) = cx.file.facts.module.get(&name).map(Vec::as_slice) else { return false };
    let Source::Value(value) = cx.file.facts.items[only.item as usize].bindings[only.binding as usize].source else {
        return false;
    };
    let item = cx.file.item(only.item);
    match item.expr(value) {
        Expr::Call { func, .. } => matches!(item.expr(*func),
            Expr::Attribute { attr: name, .. } | Expr::Name(name) if *name == "getLogger"),
        _ => false,
    }
}
