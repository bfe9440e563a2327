//! Requests over the network that are answered soon or not at all.

use pyteam_channels::process;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::enclosing_function;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId};

use super::blocking::Blocking;

/// What `requests` gives: members that look at an answer that is there as a whole.
const RESPONSE: &[&str] =
    &["encoding", "headers", "json", "ok", "raise_for_status", "reason", "status_code", "text", "url"];
/// The same of `urlopen`; `read` takes all where it is not told how much.
const OPENED: &[&str] = &["close", "getcode", "geturl", "headers", "info", "read", "reason", "status", "url"];
/// Those among them that are called.
const METHODS: &[&str] = &["close", "getcode", "geturl", "info", "json", "raise_for_status", "read"];
/// What a request may be given without sending more than a question.
const ASKED_WITH: &[&str] =
    &["allow_redirects", "auth", "cert", "cookies", "headers", "params", "proxies", "url", "verify"];
/// Parts of the words in the address, or in other texts of the function, of what works for as long as it takes before it
/// answers, or answers piece by piece.
const TAKES_TIME: &[&str] = &[
    "backup",
    "batch",
    "build",
    "chat",
    "complet",
    "comput",
    "download",
    "dump",
    "embed",
    "event",
    "export",
    "file",
    "generat",
    "infer",
    "invoc",
    "job",
    "listen",
    "log",
    "long",
    "poll",
    "predict",
    "process",
    "query",
    "queue",
    "render",
    "report",
    "result",
    "run",
    "search",
    "slow",
    "stream",
    "subscribe",
    "sync",
    "task",
    "train",
    "upload",
    "wait",
    "watch",
    "work",
];
/// Calls that take what came to a place where it may be large.
const KEEPS: &[&str] =
    &["copyfileobj", "dump", "extractall", "open", "save", "write", "write_bytes", "write_text", "writelines"];

/// Whether a request may be given the settings' bound: it asks for something and takes the answer as a whole. One that
/// sends something waits for what is done with it, and one that is read piece by piece may pause between two.
pub(super) fn is_short(cx: &ItemContext<'_>, call: ExprId, blocking: &Blocking) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let is_question = args.iter().enumerate().all(|(at, arg)| match arg.kind {
        ArgKind::Positional => at == 0,
        ArgKind::Keyword(name) => ASKED_WITH.contains(&name.as_str()),
        ArgKind::Star | ArgKind::DoubleStar => false,
    });
    let members = match (blocking.owner, blocking.name.as_str()) {
        ("requests" | "requests.api" | "requests.Session" | "requests.sessions.Session", "get" | "head") => RESPONSE,
        ("urllib.request", "urlopen") => OPENED,
        _ => return false,
    };
    let Some(function) = process::function_of(cx.item, call) else { return false };
    let Some(address) = passed(args, &["url"], Some(0)) else { return false };
    is_question
        && is_spelled(cx, address.value, 2)
        && !takes_time(cx, call, function)
        && is_taken_whole(cx, call, function, members)
}

/// Whether the address has a word in it that can be read here, in itself or where its name is bound.
fn is_spelled(cx: &ItemContext<'_>, address: ExprId, depth: u8) -> bool {
    match cx.item.expr(address) {
        Expr::Str(_) | Expr::FString(_) => {
            let text = cx.text(address).trim_start_matches(|c: char| c.is_ascii_alphabetic());
            // What is between braces is not known, and every address has a scheme.
            let mut depth = 0_usize;
            text.replace("https://", "").replace("http://", "").chars().any(|c| {
                match c {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && c.is_alphabetic()
            })
        }
        Expr::Binary { left, right, .. } => is_spelled(cx, *left, depth) || is_spelled(cx, *right, depth),
        Expr::Name(name) if depth > 0 => {
            let facts = cx.facts();
            let mut bound = facts.bindings.iter().filter(|one| one.name == *name).peekable();
            bound.peek().is_some()
                && bound.all(|one| matches!(one.source, Source::Value(value) if is_spelled(cx, value, depth - 1)))
        }
        _ => false,
    }
}

/// Whether a word in the function's texts, or a name in the call, says that the answer takes time, or what comes is kept
/// where it may be large.
fn takes_time(cx: &ItemContext<'_>, call: ExprId, function: StmtId) -> bool {
    let says_so = |text: &str| {
        let text = text.to_ascii_lowercase();
        TAKES_TIME.iter().any(|word| text.contains(word))
    };
    let range = cx.item.expr_range(call);
    let mut found = false;
    walk(cx.item, Part::Stmt(function), &mut |part| {
        if let Part::Expr(expr) = part {
            found |= match cx.item.expr(expr) {
                Expr::Str(_) | Expr::FString(_) => says_so(cx.text(expr)),
                Expr::Name(name) | Expr::Attribute { attr: name, .. } => {
                    range.contains_range(cx.item.expr_range(expr)) && says_so(name.as_str())
                }
                _ => process::is_named(cx.item, expr, KEEPS),
            };
        }
        !found
    });
    found
}

/// Whether all that is done with what `call` gives is to look at these members: it is not iterated, handed on or kept.
fn is_taken_whole(cx: &ItemContext<'_>, call: ExprId, function: StmtId, members: &[&str]) -> bool {
    let item = cx.item;
    let stmt = match item.expr_parent(call) {
        Parent::Expr(_) => return looks_at(cx, call, members),
        Parent::Stmt(stmt) => stmt,
        Parent::Root => return false,
    };
    let name = match item.stmt(stmt) {
        Stmt::Assign { targets, .. } if targets.len() == 1 => named(cx, targets[0]),
        Stmt::With { items, .. } => {
            items.iter().find(|one| one.context == call).and_then(|one| one.target).and_then(|one| named(cx, one))
        }
        _ => None,
    };
    let Some(name) = name else { return false };
    let facts = cx.facts();
    let is_own = facts.bindings.iter().filter(|one| one.name == name).all(|one| {
        enclosing_function(item, one.stmt) == Some(function)
            && matches!(one.source, Source::Value(_) | Source::Context(_))
    });
    let (mut uses, mut others) = (0, false);
    walk(item, Part::Stmt(function), &mut |part| {
        if let Part::Expr(expr) = part
            && matches!(item.expr(expr), Expr::Name(one) if *one == name)
        {
            let is_bound = matches!(item.expr_parent(expr), Parent::Stmt(stmt)
                if matches!(item.stmt(stmt), Stmt::Assign { targets, .. } if targets.contains(&expr))
                    || matches!(item.stmt(stmt), Stmt::With { items, .. } if items.iter().any(|one| one.target == Some(expr))));
            uses += usize::from(!is_bound);
            others |= !is_bound && !looks_at(cx, expr, members);
        }
        !others
    });
    is_own && uses > 0 && !others
}

fn named(cx: &ItemContext<'_>, target: ExprId) -> Option<Name> {
    match cx.item.expr(target) {
        Expr::Name(name) => Some(*name),
        _ => None,
    }
}

/// Whether `value` is asked for one of these members, and a method of these is called without arguments.
fn looks_at(cx: &ItemContext<'_>, value: ExprId, members: &[&str]) -> bool {
    let item = cx.item;
    let Parent::Expr(member) = item.expr_parent(value) else { return false };
    let Expr::Attribute { attr, .. } = item.expr(member) else { return false };
    let arguments = match item.expr_parent(member) {
        Parent::Expr(parent) => match item.expr(parent) {
            Expr::Call { func, args } if *func == member => Some(args.len()),
            _ => None,
        },
        _ => None,
    };
    let wanted = METHODS.contains(&attr.as_str()).then_some(0);
    members.contains(&attr.as_str()) && arguments == wanted
}
