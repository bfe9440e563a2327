#![doc = include_str!("join_before_drain.md")]

use pyteam_channels::order::{blocks, control_flow, preceding_checks};
use pyteam_channels::process::{self, PROCESS};
use pyteam_channels::weight::Weight;
use pyteam_channels::{drain, topology};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId, TextEdit, TextRange};

use crate::shared::{headline, test_code};

/// As the editor's menu shows it.
const TITLE: &str = "Drain the queue before joining";

/// See the page.
pub struct JoinBeforeDrain;

impl Rule for JoinBeforeDrain {
    fn page(&self) -> &Page {
        crate::page!("join_before_drain")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            let Some(deadlock) = deadlock(cx, *call) else { continue };
            if test_code::is_test(cx) {
                return;
            }
            let queue = &deadlock.queue;
            let joined = match cx.item.expr(*call) {
                Expr::Call { func, .. } => cx.text(*func),
                _ => continue,
            };
            let (thing, drained) = if deadlock.is_pipe { ("a pipe", "read") } else { ("a queue", "drained") };
            let (severity, message, note) = match deadlock.weight {
                Weight::Small | Weight::Medium => {
                    let severity = if deadlock.weight == Weight::Medium || deadlock.counts_on_join {
                        Severity::Warning
                    } else {
                        Severity::Information
                    };
                    (
                        severity,
                        "comes before",
                        "what is sent now fits into a pipe; the join blocks forever once it is more than 64 KB",
                    )
                }
                Weight::Large if deadlock.is_pipe => (
                    Severity::Error,
                    "can deadlock:",
                    "the child blocks in `send()` once the pipe is full, which holds 64 to 200 KB",
                ),
                Weight::Large => (
                    Severity::Error,
                    "can deadlock:",
                    "the child exits only after all its messages are in a pipe, which holds about 64 KB",
                ),
            };
            let only = if severity == Severity::Error { " only afterwards" } else { "" };
            let is = format!("is {drained}{only}");
            let finding = sink
                .report(
                    cx.range(*call),
                    call.0,
                    headline::fitting(format!("`{joined}()` {message} `{queue}` {is}"), || {
                        format!("`{joined}()` {message} {thing} {is}")
                    }),
                )
                .severity(severity)
                .note(note)
                .help(format!("{} `{queue}` first, then join", if deadlock.is_pipe { "read" } else { "drain" }));
            let places = [
                (deadlock.take, if deadlock.is_pipe { "read here" } else { "drained here" }),
                (Some(deadlock.put), "sent here"),
            ];
            let mut finding = finding;
            for (place, message) in places {
                let place = place.and_then(|place| Some((place, cx.inference.item(place.file, place.item)?)));
                if let Some((place, (file, item, _))) = place {
                    let range = file.absolute(place.item, item.expr_range(place.expr));
                    finding = finding.related(Related::new(file.id, range, message));
                }
            }
            if repair(cx, *call, &deadlock).is_some() {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        deadlock(cx, call).and_then(|deadlock| repair(cx, call, &deadlock)).into_iter().collect()
    }
}

struct Deadlock {
    /// What the code that joins calls the queue.
    queue: String,
    /// The calls that take from the queue.
    takes: Vec<Site>,
    /// The last of them.
    take: Option<Site>,
    put: Site,
    weight: Weight,
    /// Whether it is a pipe.
    is_pipe: bool,
    /// Whether what takes does not wait, as all is there behind the join.
    counts_on_join: bool,
}

/// The queue that the process joined by `call` puts into, where it is emptied only behind the join.
fn deadlock(cx: &CheckContext<'_>, call: ExprId) -> Option<Deadlock> {
    let found = drain::undrained(cx, call)?;
    let class = cx.inference.expr(found.origin);
    let class = class.iter().find_map(|one| match one {
        Type::Instance { class, .. } => Some(*class),
        _ => None,
    });
    let name = |take: &Site| {
        let there = cx.at(take.file, take.item)?;
        there.receiver_text(take.expr).map(|(text, _)| text.to_owned())
    };
    let queue = found.takes.last().and_then(name).filter(|text| text.len() <= 40 && !text.contains('\n'));
    let queue = queue
        .unwrap_or_else(|| topology::name_of(cx.snapshot, found.origin, class.unwrap_or_else(|| Name::new("queue"))));
    let counts_on_join = found.takes.iter().all(|take| {
        cx.at(take.file, take.item).is_some_and(|there| {
            drain::does_not_wait(&there, take.expr)
                || preceding_checks::is_asked(&there, take.expr, &["empty", "qsize"])
        })
    });
    Some(Deadlock {
        queue,
        take: found.takes.last().copied(),
        put: *found.puts.first()?,
        weight: found.weight,
        is_pipe: found.is_pipe,
        takes: found.takes,
        counts_on_join,
    })
}

/// Moves the join behind what takes, or receives while the processes run.
fn repair(cx: &CheckContext<'_>, join: ExprId, deadlock: &Deadlock) -> Option<Fix> {
    moved(cx, join, deadlock).or_else(|| drained(cx, join, deadlock))
}

/// Receives for as long as the processes run, and has what is taken behind the join come from there first. All else behind
/// the join finds what it did: processes that have ended, and as many messages.
fn drained(cx: &CheckContext<'_>, join: ExprId, deadlock: &Deadlock) -> Option<Fix> {
    let item = cx.item;
    let function = process::function_of(item, join);
    let source = cx.file.source();
    // All that is taken, and nothing else is asked of the queue behind the join.
    let mut received_by = Vec::new();
    for take in &deadlock.takes {
        let is_here =
            (take.file, take.item) == (cx.file.id, cx.item_index) && process::function_of(item, take.expr) == function;
        if !is_here || !process::is_named(item, take.expr, &["get", "get_nowait"]) {
            return None;
        }
        received_by.push(take.expr);
    }
    let first = *received_by.first()?;
    let Expr::Call { func, .. } = item.expr(first) else { return None };
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    let class = process::attribute(cx, *func)?.0;
    if !known::class(class).is_some_and(|known| known.feeder) {
        return None;
    }
    let queue = cx.text(*value);
    if received_by.iter().any(|take| cx.receiver_text(*take).is_none_or(|(text, _)| text != queue)) {
        return None;
    }
    let around = function.unwrap_or(item.root());
    let asks = ["put", "put_nowait", "empty", "qsize", "full", "close", "join_thread", "task_done", "join"];
    if control_flow::calls_method(cx, Part::Stmt(around), queue, &asks) {
        return None;
    }
    // The statements in a row that only join.
    let mut at = item.enclosing_stmt(join);
    if let Some(outer) = item.stmt_ancestors(at).next()
        && only_joins(cx, outer)
    {
        at = outer;
    }
    if !only_joins(cx, at) || !all_follow(item, at, &received_by) {
        return None;
    }
    let mut alive = vec![alive(cx, at)?];
    let mut last = at;
    while let Some(next) = blocks::next(item, last).filter(|next| only_joins(cx, *next)) {
        alive.push(self::alive(cx, next)?);
        last = next;
    }
    if received_by.iter().any(|take| item.expr_range(*take).start() < item.stmt_range(last).end()) {
        return None;
    }
    let all = names(item, Part::Stmt(item.root()));
    let taken = ["taken", "received", "drained"].into_iter().find(|name| !all.contains(&Name::new(name)))?;
    let (empty, import) =
        cx.file.imports().ensure("queue", "Empty", |name| all.contains(&name) && cx.module_name(name).is_none());
    let range = cx.stmt_range(at);
    if !statement::has_own_lines(source, range) {
        return None;
    }
    let (newline, unit) = (style::newline(source), style::indent_unit(&cx.file.parsed));
    let indent = style::indent_of(source, range.start());
    let condition = alive.join(" or ");
    let lines = [
        format!("{taken} = []"),
        format!("{indent}while {condition}:"),
        format!("{indent}{unit}try:"),
        format!("{indent}{unit}{unit}{taken}.append({queue}.get(timeout=0.1))"),
        format!("{indent}{unit}except {empty}:"),
        format!("{indent}{unit}{unit}pass"),
        indent.to_owned(),
    ];
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    import.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
    fix.push(cx.file.id, TextEdit::insert(range.start(), lines.join(newline)));
    for take in received_by {
        let range = cx.range(take);
        let text = format!("({taken}.pop(0) if {taken} else {})", source.slice(range));
        fix.push(cx.file.id, TextEdit::replace(range, text));
    }
    Some(fix.finish())
}

/// Whether all of the takes stand in the block of the statement: then what is received before it is there for them, all of it
/// and each time. In a loop or a branch of its own it would be started anew, or not at all.
fn all_follow(item: &Item, at: StmtId, takes: &[ExprId]) -> bool {
    let Some(parent) = item.stmt_ancestors(at).next() else { return false };
    let block = blocks::of(item, parent).into_iter().find(|block| block.contains(&at));
    block.is_some_and(|block| {
        takes.iter().all(|take| {
            let stmt = item.enclosing_stmt(*take);
            block.contains(&stmt) || item.stmt_ancestors(stmt).any(|outer| block.contains(&outer))
        })
    })
}

/// Whether what the statement joins still runs, as an expression.
fn alive(cx: &CheckContext<'_>, stmt: StmtId) -> Option<String> {
    let receiver = |call: ExprId| cx.receiver_text(call).map(|(text, _)| text);
    match cx.item.stmt(stmt) {
        Stmt::Expr(call) => Some(format!("{}.is_alive()", receiver(*call)?)),
        Stmt::For { target, iter, body, .. } => {
            let Stmt::Expr(call) = cx.item.stmt(*body.first()?) else { return None };
            let (target, iter) = (cx.text(*target), cx.text(*iter));
            let is_plain = matches!(
                cx.item.expr(*cx.item.expr_ids().find(|one| cx.text(*one) == iter).as_ref()?),
                Expr::Name(_) | Expr::Attribute { .. }
            );
            (is_plain && receiver(*call)? == target).then(|| format!("any({target}.is_alive() for {target} in {iter})"))
        }
        _ => None,
    }
}

/// Moves the join, or the loop that only joins, behind the last statement that takes from the queue.
fn moved(cx: &CheckContext<'_>, join: ExprId, deadlock: &Deadlock) -> Option<Fix> {
    let item = cx.item;
    let take = deadlock.take.filter(|take| (take.file, take.item) == (cx.file.id, cx.item_index))?.expr;
    let queue = cx.receiver_text(take)?.0;
    let mut moved = item.enclosing_stmt(join);
    if !matches!(item.stmt(moved), Stmt::Expr(value) if *value == join) {
        return None;
    }
    let mut parent = item.stmt_ancestors(moved).next()?;
    if let Stmt::For { body, orelse, .. } = item.stmt(parent)
        && body.len() == 1
        && orelse.is_empty()
    {
        moved = parent;
        parent = item.stmt_ancestors(moved).next()?;
    }
    let block = blocks::of(item, parent).into_iter().find(|block| block.contains(&moved))?;
    let from = block.iter().position(|one| *one == moved)?;
    // Whatever else stands behind the join may count on the process having ended: its exit code, a file, what it printed.
    let to = (from + 1..block.len()).find(|at| !only_joins(cx, block[*at]))?;
    if !only_takes(item, block[to], take) || puts_itself(cx, join, queue) {
        return None;
    }
    let (source, lines) = (cx.file.source(), cx.file.source().lines());
    let (first, last) = (cx.stmt_range(moved), cx.stmt_range(block[to]));
    if !statement::has_own_lines(source, first) || !statement::has_own_lines(source, last) {
        return None;
    }
    let text = source.as_str();
    let whole = TextRange::new(
        lines.full_line_range(text, lines.line_of(first.start())).start(),
        lines.full_line_range(text, lines.line_of(first.end())).end(),
    );
    let end = lines.line_range(text, lines.line_of(last.end())).end();
    let copy = source.slice(whole).trim_end_matches(['\r', '\n']);
    let newline = style::newline(source);
    let mut tail = format!("{newline}{copy}");
    let mut head: Option<TextEdit> = None;
    // What is returned waits in a variable.
    if let Stmt::Return(Some(value)) = item.stmt(block[to]) {
        let all = names(item, Part::Stmt(item.root()));
        let result = ["result", "taken"].into_iter().find(|name| !all.contains(&Name::new(name)))?;
        let keyword = TextRange::new(last.start(), cx.range(*value).start());
        if source.slice(keyword).trim() != "return" {
            return None;
        }
        head = Some(TextEdit::replace(keyword, format!("{result} = ")));
        tail.push_str(&format!("{newline}{}return {result}", style::indent_of(source, last.start())));
    }
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    fix.push(cx.file.id, TextEdit::delete(whole));
    head.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
    fix.push(cx.file.id, TextEdit::insert(end, tail));
    Some(fix.finish())
}

/// All names in a part.
fn names(item: &Item, part: Part) -> Vec<Name> {
    let mut found = Vec::new();
    walk(item, part, &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Name(name) = item.expr(expr)
        {
            found.push(*name);
        }
        true
    });
    found
}

/// Whether the statement is `value = queue.get()` or `return queue.get()`: a `get()` that waits, since `get_nowait()` and a
/// `get` with a bound count on what has come by then.
fn only_takes(item: &Item, stmt: StmtId, get: ExprId) -> bool {
    let is_name = |target: ExprId| matches!(item.expr(target), Expr::Name(_));
    let value = match item.stmt(stmt) {
        Stmt::Return(value) => *value,
        Stmt::Assign { targets, value } => (targets.len() == 1 && is_name(targets[0])).then_some(*value),
        Stmt::AnnAssign { target, value, .. } => value.filter(|_| is_name(*target)),
        _ => None,
    };
    let is_plain = matches!(item.expr(get), Expr::Call { args, .. } if args.is_empty());
    value == Some(get) && is_plain && process::is_named(item, get, &["get"])
}

/// Whether the statement only joins another process: `other.join()`, alone or in a loop over several.
fn only_joins(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    match cx.item.stmt(stmt) {
        Stmt::Expr(call) => {
            matches!(cx.item.expr(*call), Expr::Call { args, .. } if args.is_empty())
                && process::method(cx, *call).is_some_and(|(class, method)| class == PROCESS && method == "join")
        }
        Stmt::For { body, orelse, .. } => body.len() == 1 && orelse.is_empty() && only_joins(cx, body[0]),
        _ => false,
    }
}

/// Whether the function that joins puts into the queue, too: then what it takes may be its own.
fn puts_itself(cx: &CheckContext<'_>, join: ExprId, queue: &str) -> bool {
    let around = process::function_of(cx.item, join).unwrap_or(cx.item.root());
    control_flow::calls_method(cx, Part::Stmt(around), queue, &["put", "put_nowait"])
}
