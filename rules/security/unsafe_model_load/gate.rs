//! A gate before an unsafe load: the user has to allow it.

use pyteam_channels::order::blocks;
use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

/// Words in the tests and the names of gates.
const WORDS: &[&str] = &[
    "allow",
    "unsafe",
    "trust",
    "pickle",
    "insecure",
    "dangerous",
    "untrusted",
    "consent",
    "digest",
    "sha256",
    "sha1",
    "sha512",
    "checksum",
    "hash",
    "signature",
];

/// Whether something that stands before the call raises unless such a load was allowed: `if not allow_pickle: raise ..`, or a
/// function that is named for it.
pub(super) fn is_behind_one(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let item = cx.item;
    let mut inner = item.enclosing_stmt(call);
    for outer in item.stmt_ancestors(inner) {
        for block in blocks::of(item, outer) {
            let Some(at) = block.iter().position(|one| *one == inner) else { continue };
            if block[..at].iter().any(|one| is_gate(cx, *one)) {
                return true;
            }
        }
        // `if allow_pickle:` around it.
        if let Stmt::If { test, body, .. } = item.stmt(outer)
            && body.contains(&inner)
            && says_so(cx.text(*test))
        {
            return true;
        }
        if matches!(item.stmt(outer), Stmt::Function(_) | Stmt::Class(_)) {
            return false;
        }
        inner = outer;
    }
    false
}

fn is_gate(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    match cx.item.stmt(stmt) {
        Stmt::If { test, body, .. } => says_so(cx.text(*test)) && body.iter().any(|one| raises(cx, *one)),
        Stmt::Assert { test, .. } => says_so(cx.text(*test)),
        Stmt::Expr(value) => {
            let Expr::Call { func, .. } = cx.item.expr(*value) else { return false };
            let name = facts::last_name(cx.item, *func).map(|name| name.as_str().to_ascii_lowercase());
            name.is_some_and(|name| {
                says_so(&name) && ["check", "require", "ensure", "verify"].iter().any(|word| name.contains(word))
            })
        }
        _ => false,
    }
}

fn says_so(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    WORDS.iter().any(|word| text.contains(word))
}

fn raises(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(stmt), &mut |part| {
        match part {
            Part::Stmt(one) => found |= matches!(cx.item.stmt(one), Stmt::Raise { .. } | Stmt::Return(_)),
            Part::Expr(expr) => found |= process::is_named(cx.item, expr, &["exit"]),
        }
        !found
    });
    found
}
