//! The guard: what it looks like, and which code stands under none.

use pyteam_engine::CheckContext;
use pyteam_index::context::ItemContext;
use pyteam_syntax::Stmt;
use pyteam_syntax::words::has_word;

/// As the editor's menu shows it.
pub(super) const TITLE: &str = "Add a `__main__` guard";

/// Whether the item is code that runs on import, and that no test of `__name__`, or of which process it is, guards.
pub(super) fn runs_on_import(cx: &ItemContext<'_>) -> bool {
    const GUARDS: &[&str] = &["__name__", "current_process", "parent_process"];
    let item = cx.item;
    match item.stmt(item.root()) {
        Stmt::Function(_) | Stmt::Class(_) => false,
        Stmt::If { test, .. } => !GUARDS.iter().any(|name| has_word(cx.text(*test), name)),
        _ => cx.file.parsed.items[cx.item_index as usize].parent.is_none(),
    }
}

/// Whether the item runs in the main module alone: `if __name__ == "__main__":`, without an `else`.
pub(super) fn runs_as_main_only(cx: &CheckContext<'_>) -> bool {
    let Stmt::If { test, orelse, .. } = cx.item.stmt(cx.item.root()) else { return false };
    let test: String = cx.text(*test).split_whitespace().collect();
    orelse.is_empty() && test.replace('\'', "\"") == "__name__==\"__main__\""
}
