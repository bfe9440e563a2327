#![doc = include_str!("join_before_drain.md")]

use pyteam_channels::order::blocks;
use pyteam_channels::order::control_flow;
use pyteam_channels::process::{self, PROCESS};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::Type;
use pyteam_index::known;
use pyteam_syntax::arguments::keyword;
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
            let queue = deadlock.queue;
            let Expr::Call { func, .. } = cx.item.expr(*call) else { continue };
            let joined = cx.text(*func);
            let finding = sink
                .report(
                    cx.range(*call),
                    call.0,
                    headline::fitting(
                        format!("`{joined}()` can deadlock: `{queue}` is drained only afterwards"),
                        || format!("`{joined}()` can deadlock: a queue is drained only afterwards"),
                    ),
                )
                .note("the child exits only after all its messages are in a pipe, which holds about 64 KB")
                .help(format!("drain `{queue}` first, then join"))
                .related(Related::new(cx.file.id, cx.range(deadlock.get), "drained here"))
                .related(Related::new(deadlock.put_file, deadlock.put, "sent here"));
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
    queue: Name,
    /// The last place that takes from the queue.
    get: ExprId,
    put_file: pyteam_index::FileId,
    put: TextRange,
}

/// The queue that the process joined by `call` puts into, where it is emptied only behind the join.
fn deadlock(cx: &CheckContext<'_>, call: ExprId) -> Option<Deadlock> {
    let item = cx.item;
    let Expr::Call { func, args, .. } = item.expr(call) else { return None };
    if !args.is_empty() || !process::is_named(item, call, &["join"]) {
        return None;
    }
    let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
    let (class, _) = process::attribute(cx, *func)?;
    if class != PROCESS {
        return None;
    }
    let function = process::function_of(item, call);
    let joined = cx.inference.expr(cx.site(*value));
    joined.iter().find_map(|one| {
        let Type::Instance { origin: Some(origin), .. } = one else { return None };
        let is_here = origin.file == cx.file.id && origin.item == cx.item_index;
        if !is_here || process::function_of(item, origin.expr) != function {
            return None;
        }
        of_process(cx, function, call, origin.expr)
    })
}

fn of_process(cx: &CheckContext<'_>, function: Option<StmtId>, join: ExprId, made: ExprId) -> Option<Deadlock> {
    let item = cx.item;
    let Expr::Call { args, .. } = item.expr(made) else { return None };
    let site = |expr| cx.site(expr);
    let target = process::target_types(cx.inference, site(made))?;
    let [Type::Function(target, is_bound)] = target.as_slice() else { return None };
    let Expr::Tuple(passed) = item.expr(keyword(args, "args")?) else { return None };
    passed.iter().enumerate().find_map(|(at, queue)| {
        let Expr::Name(name) = item.expr(*queue) else { return None };
        let types = cx.inference.expr(site(*queue));
        // Its process waits at its end until all that it has put is taken.
        let is_fed = |class: Name| known::class(class).is_some_and(|known| known.feeder);
        if !process::is_all(cx.inference, &types, &is_fed) {
            return None;
        }
        let (put_file, put) = puts(cx, *target, at + usize::from(*is_bound))?;
        let get = drained_after(cx, function, join, *name)?;
        Some(Deadlock { queue: *name, get, put_file, put })
    })
}

/// Where the function puts into its `at`-th parameter.
fn puts(cx: &CheckContext<'_>, function: FunctionRef, at: usize) -> Option<(pyteam_index::FileId, TextRange)> {
    let (file, item, facts) = cx.inference.item(function.file, function.item)?;
    // After `cancel_join_thread()`, a process ends with what it has put still in its buffer.
    if cx.at(function.file, function.item)?.whole_file().source().as_str().contains("cancel_join_thread") {
        return None;
    }
    let param = cx.inference.function(function)?.params.get(at)?.name;
    facts.channel_calls.iter().find_map(|call| {
        let Expr::Call { func, .. } = item.expr(*call) else { return None };
        let Expr::Attribute { value, .. } = item.expr(*func) else { return None };
        let is_put = process::is_named(item, *call, &["put", "put_nowait"])
            && matches!(item.expr(*value), Expr::Name(name) if *name == param)
            && process::function_of(item, *call) == Some(function.stmt);
        is_put.then(|| (file.id, file.absolute(function.item, item.expr_range(*call))))
    })
}

/// The last call that takes from the queue, where all of them stand behind the join and no other code of the function
/// has the queue: a thread may be emptying it.
fn drained_after(cx: &CheckContext<'_>, function: Option<StmtId>, join: ExprId, queue: Name) -> Option<ExprId> {
    let item = cx.item;
    let at = item.expr_range(join).start();
    let (mut last, mut others) = (None, false);
    process::own_exprs(item, function, &mut |expr| {
        if !matches!(item.expr(expr), Expr::Name(name) if *name == queue) {
            return;
        }
        let mut around = item.expr_ancestors(expr);
        let (member, call) = (around.next(), around.next());
        let method = member.and_then(|member| match item.expr(member) {
            Expr::Attribute { attr, value } if *value == expr => Some(attr.as_str()),
            _ => None,
        });
        match (method, call) {
            (Some("get" | "get_nowait"), Some(call)) => {
                if item.expr_range(call).start() < at {
                    others = true;
                } else {
                    last = Some(call);
                }
            }
            (Some("empty" | "qsize" | "put" | "put_nowait"), _) => {}
            (Some(_), _) => others = true,
            (None, _) => others |= !is_bound_or_passed_to_process(cx, expr),
        }
    });
    if others { None } else { last }
}

fn is_bound_or_passed_to_process(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let item = cx.item;
    if item.expr_ancestors(expr).next().is_none() {
        return matches!(item.stmt(item.enclosing_stmt(expr)), Stmt::Assign { .. } | Stmt::AnnAssign { .. });
    }
    item.expr_ancestors(expr).any(|around| {
        matches!(item.expr(around), Expr::Call { .. })
            && process::is_a(cx.inference, &cx.inference.expr(cx.site(around)), PROCESS)
    })
}

/// Moves the join, or the loop that only joins, behind the last statement that takes from the queue.
fn repair(cx: &CheckContext<'_>, join: ExprId, deadlock: &Deadlock) -> Option<Fix> {
    let item = cx.item;
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
    if !only_takes(item, block[to], deadlock.get) || puts_itself(cx, join, deadlock.queue) {
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
fn puts_itself(cx: &CheckContext<'_>, join: ExprId, queue: Name) -> bool {
    let around = process::function_of(cx.item, join).unwrap_or(cx.item.root());
    control_flow::calls_method(cx, Part::Stmt(around), queue.as_str(), &["put", "put_nowait"])
}
