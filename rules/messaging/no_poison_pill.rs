#![doc = include_str!("no_poison_pill.md")]

use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_channels::{channel, closed};
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Type;
use pyteam_index::known::Action;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, StmtId};

/// See the page.
pub struct NoPoisonPill;

impl Rule for NoPoisonPill {
    fn page(&self) -> &Page {
        crate::page!("no_poison_pill")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !cx.snapshot.is_complete() {
            return;
        }
        for call in &cx.facts().channel_calls {
            let take = cx.site(*call);
            let Some((loop_stmt, name)) = endless(cx, *call) else { continue };
            if !ends_on_none_alone(cx, loop_stmt, name) {
                continue;
            }
            let Some(channel) = channel::of_call(cx.inference, take, Action::Take) else { continue };
            if !closed::is_one_way(channel.class) {
                continue;
            }
            let all = ChannelUses::of(cx.whole_workspace());
            let uses = all.at(channel.origin);
            let puts = || uses.iter().filter(|one| one.puts);
            if puts().next().is_none()
                || !puts().all(|put| is_never_none(cx, put))
                || !closed::is_closed(cx, channel.origin, &all)
            {
                continue;
            }
            let text =
                format!("this loop ends on `None`, but nothing sends `None` to `{}`", channel::name_of(cx, *call));
            let header = match cx.item.stmt(loop_stmt) {
                Stmt::While { test, .. } => cx.range(*test),
                _ => cx.range(*call),
            };
            let mut finding = sink
                .report(header, call.0, text)
                .note("the consumer never stops, and waiting for it without a timeout blocks forever")
                .help("send one `None` per consumer when the work is done");
            for one in puts().take(20) {
                let Some((file, item, _)) = cx.inference.item(one.call.file, one.call.item) else { continue };
                let range = file.absolute(one.call.item, item.expr_range(one.call.expr));
                finding = finding.related(Related::new(file.id, range, "sent here"));
            }
        }
    }
}

/// The `while True` around a `name = queue.get()` that waits for as long as it takes, and the name.
fn endless(cx: &CheckContext<'_>, call: ExprId) -> Option<(StmtId, Name)> {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return None };
    let mut value = call;
    if let Parent::Expr(parent) = cx.item.expr_parent(call)
        && matches!(cx.item.expr(parent), Expr::Await(_))
    {
        value = parent;
    }
    let (true, Parent::Stmt(stmt)) = (args.is_empty(), cx.item.expr_parent(value)) else { return None };
    let Stmt::Assign { targets, .. } = cx.item.stmt(stmt) else { return None };
    let [target] = targets[..] else { return None };
    let Expr::Name(name) = cx.item.expr(target) else { return None };
    let Parent::Stmt(around) = cx.item.stmt_parent(stmt) else { return None };
    let Stmt::While { test, .. } = cx.item.stmt(around) else { return None };
    matches!(cx.item.expr(*test), Expr::Bool(true) | Expr::Int(Some(1))).then_some((around, *name))
}

/// Whether nothing but a test for `None` leaves the loop.
fn ends_on_none_alone(cx: &CheckContext<'_>, loop_stmt: StmtId, name: Name) -> bool {
    let item = cx.item;
    let Stmt::While { body, .. } = item.stmt(loop_stmt) else { return false };
    let mut tested = false;
    let mut other = false;
    for stmt in body {
        if let Stmt::If { test, body, orelse } = item.stmt(*stmt)
            && is_none_test(cx, *test, name)
            && matches!(body.last().map(|last| item.stmt(*last)), Some(Stmt::Break | Stmt::Return(_)))
        {
            tested = true;
            other |= orelse.iter().any(|one| leaves(cx, *one));
        } else {
            other |= leaves(cx, *stmt);
        }
    }
    tested && !other
}

fn is_none_test(cx: &CheckContext<'_>, test: ExprId, name: Name) -> bool {
    let Expr::Compare(compare) = cx.item.expr(test) else { return false };
    let ([left, right], [op]) = (&compare.operands[..], &compare.ops[..]) else { return false };
    *op == "is"
        && matches!(cx.item.expr(*left), Expr::Name(one) if *one == name)
        && matches!(cx.item.expr(*right), Expr::None)
}

/// Whether something in the statement may end the loop in another way.
fn leaves(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(stmt), &mut |part| {
        match part {
            Part::Stmt(stmt) => match cx.item.stmt(stmt) {
                Stmt::Break | Stmt::Return(_) | Stmt::Raise { .. } => found = true,
                Stmt::Function(_) | Stmt::Class(_) => return false,
                _ => {}
            },
            Part::Expr(expr) => {
                // A generator is ended by the loop that runs it; `sys.exit()` ends more than the loop.
                found |= matches!(cx.item.expr(expr), Expr::Yield(_) | Expr::YieldFrom(_));
                if let Expr::Call { func, .. } = cx.item.expr(expr)
                    && let Expr::Name(name) | Expr::Attribute { attr: name, .. } = cx.item.expr(*func)
                {
                    found |= matches!(name.as_str(), "exit" | "_exit" | "quit" | "kill" | "abort");
                }
            }
        }
        !found
    });
    found
}

/// Whether what is put is a value, and certainly not `None`.
fn is_never_none(cx: &CheckContext<'_>, put: &ChannelUse) -> bool {
    let Some((_, item, _)) = cx.inference.item(put.call.file, put.call.item) else { return false };
    let Some(message) = channel::message(item, put.call.expr) else { return false };
    match item.expr(message) {
        Expr::Dict(_) | Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Str(_) | Expr::FString(_) => true,
        Expr::Int(_) | Expr::Float | Expr::Bool(_) | Expr::Comprehension(_) | Expr::Lambda(_) => true,
        _ => {
            let types = cx.inference.expr(Site { expr: message, ..put.call });
            !types.has_unknown()
                && types.iter().all(|one| match one {
                    Type::Builtin(_) | Type::Tuple(_) | Type::Sequence(_) | Type::Mapping(_) => true,
                    Type::Object(_, made) => made.is_some(),
                    _ => false,
                })
        }
    }
}
