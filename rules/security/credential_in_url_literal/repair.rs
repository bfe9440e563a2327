//! Reading the URL, or its password, from the environment.

use pyteam_display::MAX_TITLE;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_refactors::imports::{import_module, import_name};
use pyteam_syntax::tree::{ArgKind, FStringPart};
use pyteam_syntax::{Expr, ExprId, Parent, Stmt, TextEdit, TextRange};

use super::literal::Literal;
use super::url::Credential;

/// A repair, and what it writes.
pub(super) struct Repair {
    pub(super) fix: Fix,
    pub(super) replacement: String,
}

/// Names that say nothing of what the URL is for.
const GENERIC: &[&str] = &[
    "url",
    "uri",
    "dsn",
    "address",
    "addr",
    "host",
    "source",
    "src",
    "path",
    "link",
    "conn",
    "connection",
    "target",
    "default",
    "value",
    "string",
    "endpoint",
    "server",
    "data",
    "u",
    "s",
];

/// The repair of one of the item's literals, where there is one.
pub(super) fn repair(cx: &CheckContext<'_>, literal: &Literal, all: &[(u32, Literal)]) -> Option<Repair> {
    let (url, _) = literal.worst()?;
    match cx.item.expr(literal.expr) {
        Expr::FString(parts) => password(cx, literal, parts, &url, all),
        _ => whole(cx, literal, &url, all),
    }
}

/// The whole literal becomes `os.environ["NAME"]`.
fn whole(cx: &CheckContext<'_>, literal: &Literal, url: &Credential<'_>, all: &[(u32, Literal)]) -> Option<Repair> {
    let expr = literal.expr;
    let Expr::Str(value) = cx.item.expr(expr) else { return None };
    let inner = literal.content();
    let is_url =
        inner.starts_with(url.scheme) && !inner.contains(char::is_whitespace) && inner.matches("://").count() == 1;
    let inside_f_string = cx.item.expr_ancestors(expr).any(|one| matches!(cx.item.expr(one), Expr::FString(_)));
    if value.bytes || !is_url || inside_f_string || literal.is_format {
        return None;
    }
    if let Some(repair) = default(cx, expr) {
        return Some(repair);
    }
    let name = numbered(cx, literal, all, |name| name)?;
    let (environ, import) = environ(cx);
    let replacement = format!("{environ}[{}]", quoted(cx, expr, &name));
    Some(made(cx, cx.range(expr), replacement, import))
}

/// Where the literal is what `os.getenv` falls back to, nothing is to be fallen back to.
fn default(cx: &CheckContext<'_>, expr: ExprId) -> Option<Repair> {
    let Parent::Expr(parent) = cx.item.expr_parent(expr) else { return None };
    let (call, replaced) = match cx.item.expr(parent) {
        Expr::Call { .. } => (parent, parent),
        // `os.getenv("URL") or "…"`
        Expr::Bool2 { left, and: false, right } if *right == expr => (*left, parent),
        _ => return None,
    };
    let Expr::Call { func, args, .. } = cx.item.expr(call) else { return None };
    if !is_environment(cx, call, &["os.getenv", "os.environ.get"])
        || args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar))
    {
        return None;
    }
    let key = cx.text(args.first().filter(|arg| arg.kind == ArgKind::Positional)?.value);
    let (environ, import) = match cx.item.expr(*func) {
        Expr::Attribute { value, attr } if *attr == "get" => (cx.text(*value).to_owned(), None),
        Expr::Attribute { value, .. } => (format!("{}.environ", cx.text(*value)), None),
        _ => environ(cx),
    };
    Some(made(cx, cx.range(replaced), format!("{environ}[{key}]"), import))
}

fn is_environment(cx: &CheckContext<'_>, call: ExprId, paths: &[&str]) -> bool {
    let site = cx.site(call);
    cx.inference.callee_path(site).is_some_and(|path| paths.contains(&path.as_str()))
}

/// Of an f-string the password alone becomes `{os.environ['NAME_PASSWORD']}`.
fn password(
    cx: &CheckContext<'_>,
    literal: &Literal,
    parts: &[FStringPart],
    url: &Credential<'_>,
    all: &[(u32, Literal)],
) -> Option<Repair> {
    let written = cx.text(literal.expr);
    let quote = written.chars().next_back()?;
    let triple: String = std::iter::repeat_n(quote, 3).collect();
    if literal.is_joined(&url.password_range)
        || !matches!(quote, '"' | '\'')
        || is_concatenated(cx, literal.expr, parts, quote)
    {
        return None;
    }
    let (start, end) = (literal.place_of(url.password_range.start)?, literal.place_of(url.password_range.end)?);
    if usize::from(end).checked_sub(usize::from(start)) != Some(url.password.len()) {
        return None;
    }
    let name = numbered(cx, literal, all, |name| {
        let stem = ["_URL", "_URI", "_DSN"].iter().find_map(|tail| name.strip_suffix(tail)).unwrap_or(&name);
        format!("{stem}_PASSWORD")
    })?;
    let (environ, import) = environ(cx);
    // Before Python 3.12 an f-string cannot hold its own quote.
    let inner = if quote == '"' && !written.ends_with(&triple) { '\'' } else { '"' };
    let inner = if quote == '\'' && written.ends_with(&triple) { '"' } else { inner };
    let replacement = format!("{environ}[{inner}{name}{inner}]");
    let mut repair =
        made(cx, cx.file.absolute(cx.item_index, TextRange::new(start, end)), format!("{{{replacement}}}"), import);
    repair.replacement = replacement;
    Some(repair)
}

/// Whether the f-string is put together from several strings, one of which may be none.
fn is_concatenated(cx: &CheckContext<'_>, expr: ExprId, parts: &[FStringPart], quote: char) -> bool {
    let range = |part: &FStringPart| match part {
        FStringPart::Text(range) => *range,
        FStringPart::Expr(expr) => cx.item.expr_range(*expr),
    };
    let written = cx.item.expr_range(expr);
    let starts = parts.iter().map(|part| range(part).start()).skip(1).chain([written.end()]);
    let gaps = parts.iter().map(|part| range(part).end()).zip(starts);
    let last = parts.len() - 1;
    gaps.enumerate().any(|(at, (from, to))| {
        let gap = if from < to { cx.file.text_at(cx.item_index, TextRange::new(from, to)) } else { "" };
        let gap = if at == last { gap.trim_end_matches(quote) } else { gap };
        gap.contains(['"', '\'']) || at < last && gap.is_empty()
    })
}

fn made(cx: &CheckContext<'_>, range: TextRange, replacement: String, import: Option<TextEdit>) -> Repair {
    let title = format!("Read it from `{}`", replacement.trim_matches(['{', '}']));
    let title = if title.len() > MAX_TITLE { "Read it from the environment".to_owned() } else { title };
    let mut fix = Fix::new(title, Applicability::Unsafe);
    fix.push(cx.file.id, TextEdit::replace(range, replacement.clone()));
    if let Some(edit) = import {
        fix.push(cx.file.id, edit);
    }
    Repair { fix: fix.finish(), replacement }
}

/// The name in the quotes that the literal has.
fn quoted(cx: &CheckContext<'_>, expr: ExprId, name: &str) -> String {
    let quote = cx.text(expr).chars().find(|c| matches!(c, '"' | '\'')).unwrap_or('"');
    format!("{quote}{name}{quote}")
}

/// The variable's name, with a number where another URL of the file would have the same one: two URLs in one
/// variable would send a password to the wrong server.
fn numbered(
    cx: &CheckContext<'_>,
    literal: &Literal,
    all: &[(u32, Literal)],
    finished: impl Fn(String) -> String,
) -> Option<String> {
    let own = variable(cx, literal.expr, literal.worst()?.0.service())?;
    let mut same: Vec<&str> = Vec::new();
    for (at, other) in all {
        let there = cx.at_item(*at);
        let name = other.worst().and_then(|(url, _)| variable(&there, other.expr, url.service()));
        if name.as_ref() == Some(&own) && !other.is_format && !same.contains(&other.content()) {
            same.push(other.content());
        }
    }
    let place = same.iter().position(|text| *text == literal.content())?;
    // Those that were repaired before, or always came from there, count as well.
    let source = cx.file.source().as_str();
    let is_read = |name: &str| {
        ["environ[", "environ.get(", "getenv(", "environ.setdefault("]
            .iter()
            .any(|before| ['"', '\''].iter().any(|quote| source.contains(&format!("{before}{quote}{name}{quote}"))))
    };
    let names = std::iter::once(own.clone()).chain((2..).map(|number| format!("{own}_{number}"))).map(finished);
    names.filter(|name| !is_read(name)).nth(place)
}

/// `os.environ` as the file writes it, and the import that it takes.
fn environ(cx: &CheckContext<'_>) -> (String, Option<TextEdit>) {
    match import_module(cx, "os") {
        Some((os, import)) => (format!("{os}.environ"), import),
        None => import_name(cx, "os", "environ"),
    }
}

/// The environment variable for the URL: named after what it is assigned to or passed as, else after its scheme.
/// Nothing where `os.environ[...]` cannot stand for the literal.
fn variable(cx: &CheckContext<'_>, mut expr: ExprId, service: &str) -> Option<String> {
    let fallback = || Some(format!("{}_URL", service.to_ascii_uppercase().replace(['-', '.'], "_")));
    loop {
        match cx.item.expr_parent(expr) {
            Parent::Expr(parent) => match cx.item.expr(parent) {
                Expr::Call { args, .. } => {
                    let arg = args.iter().find(|arg| arg.value == expr)?;
                    if is_environment(cx, parent, &["os.environ.setdefault", "os.putenv"]) {
                        return None;
                    }
                    match arg.kind {
                        // `Field(default="…")` belongs to what it is assigned to; `config("URL", default="…")` is
                        // some library's own way to the environment.
                        ArgKind::Keyword(name) if name == "default" => {
                            if args.first().is_some_and(|first| first.kind == ArgKind::Positional) {
                                return None;
                            }
                            expr = parent;
                        }
                        ArgKind::Keyword(name) => return named(name.as_str()).or_else(fallback),
                        ArgKind::Positional => return fallback(),
                        _ => return None,
                    }
                }
                Expr::Dict(entries) => {
                    let entry = entries.iter().find(|entry| entry.value == expr)?;
                    return text_of(cx, entry.key?).and_then(|key| named(&key)).or_else(fallback);
                }
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Conditional { .. } | Expr::Bool2 { .. } => {
                    expr = parent
                }
                _ => return None,
            },
            Parent::Stmt(stmt) => {
                return match cx.item.stmt(stmt) {
                    Stmt::Assign { targets, .. } => {
                        assigned(cx, *targets.first()?)?.and_then(|name| named(&name)).or_else(fallback)
                    }
                    Stmt::AnnAssign { target, .. } => {
                        assigned(cx, *target)?.and_then(|name| named(&name)).or_else(fallback)
                    }
                    Stmt::Function(function) => {
                        let param = function.params.iter().find(|param| param.default == Some(expr))?;
                        named(param.name.as_str()).or_else(fallback)
                    }
                    Stmt::Return(_) | Stmt::For { .. } | Stmt::Expr(_) => fallback(),
                    _ => None,
                };
            }
            Parent::Root => return None,
        }
    }
}

/// The name that an assignment's target goes by; `None` within where it has none, and nothing where the target is
/// the environment itself.
#[allow(clippy::option_option, reason = "no name and no repair are two things")]
fn assigned(cx: &CheckContext<'_>, target: ExprId) -> Option<Option<String>> {
    match cx.item.expr(target) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(Some(name.as_str().to_owned())),
        Expr::Subscript { value, index } => {
            let site = cx.site(*value);
            let is_environ = cx.inference.expr(site).single_external().is_some_and(|path| path == "os.environ");
            (!is_environ).then(|| text_of(cx, *index))
        }
        _ => Some(None),
    }
}

fn text_of(cx: &CheckContext<'_>, expr: ExprId) -> Option<String> {
    match cx.item.expr(expr) {
        Expr::Str(literal) => literal.value.map(|value| value.as_str().to_owned()),
        _ => None,
    }
}

/// `BROKER_URL` for `broker`; nothing where the name says nothing.
fn named(name: &str) -> Option<String> {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let name = name.trim_matches('_');
    if name.len() < 2
        || name.starts_with(|c: char| c.is_ascii_digit())
        || GENERIC.contains(&name.to_ascii_lowercase().as_str())
    {
        return None;
    }
    let is_telling = ["URL", "URI", "DSN"].iter().any(|tail| name.ends_with(tail));
    Some(if is_telling { name.to_owned() } else { format!("{name}_URL") })
}
