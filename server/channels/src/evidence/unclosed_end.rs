//! An end of a pipe that is never closed: then no `EOFError` tells the other end that the process at it died.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

/// The end that stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnclosedEnd {
    /// What the code calls it where the pipe is made; nothing where both ends stay open and either may be the one.
    pub name: Option<String>,
    /// Where the pipe is made.
    pub made: Site,
}

/// The sending end of the pipe that `call` receives from, where a process has it open that does not send: the file that makes
/// the pipe binds both ends to names, and closes no such name.
pub fn unclosed_end(cx: &ItemContext<'_>, call: ExprId) -> Option<UnclosedEnd> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return None };
    let types = cx.inference.expr(cx.site(*value));
    let [Type::Instance { class, origin: Some(made), .. }] = types.as_slice() else { return None };
    if known::kind(*class) != Some(ClassKind::Pipe) {
        return None;
    }
    let home = cx.at(made.file, made.item)?;
    let names = ends(home.item, made.expr)?;
    let own = facts::last_name(cx.item, *value);
    // What is handed on under its own name is closed under it, too.
    let source = home.whole_file().source();
    let is_closed = |end: &Name| source.as_str().contains(&format!("{end}.close("));
    // An end may be closed under any name, by a `with`, or by being let go of.
    let closes = |word: &str| source.as_str().contains(word);
    let may_be_closed = ["closing(", "for end in", "for conn in"].into_iter().any(closes)
        || names.iter().any(|end| closes(&format!("del {end}")) || closes(&format!("with {end}")))
        || !closes("Process(")
        || home.inference.enclosing_function(*made).is_some_and(|maker| returns(home.item, maker.stmt, names));
    if may_be_closed {
        return None;
    }
    let others: Vec<&Name> = names.iter().filter(|name| Some(**name) != own).collect();
    if others.iter().any(|end| is_closed(end)) {
        return None;
    }
    let name = match others[..] {
        [other] => Some(other.to_string()),
        _ => None,
    };
    Some(UnclosedEnd { name, made: *made })
}

/// Whether the function returns an end: the other one may be let go of.
fn returns(item: &Item, function: StmtId, ends: [Name; 2]) -> bool {
    let is_end = |expr: ExprId| matches!(item.expr(expr), Expr::Name(name) if ends.contains(name));
    item.stmt_ids().filter(|stmt| item.stmt_ancestors(*stmt).any(|outer| outer == function)).any(|stmt| {
        match item.stmt(stmt) {
            Stmt::Return(Some(value)) => match item.expr(*value) {
                Expr::Tuple(parts) => parts.iter().any(|part| is_end(*part)),
                _ => is_end(*value),
            },
            _ => false,
        }
    })
}

/// The last names of the two ends: `self.ours, theirs = Pipe()`.
fn ends(item: &Item, made: ExprId) -> Option<[Name; 2]> {
    let Stmt::Assign { targets, value } = item.stmt(item.enclosing_stmt(made)) else { return None };
    let [target] = **targets else { return None };
    let Expr::Tuple(ends) = item.expr(target) else { return None };
    let [one, other] = **ends else { return None };
    (*value == made).then_some(())?;
    Some([facts::last_name(item, one)?, facts::last_name(item, other)?])
}
