#![doc = include_str!("unbounded_queue.md")]

mod at_once;
mod consumer;
mod producer;
mod repair;
mod stream;

use pyteam_channels::channel;
use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::infer::Site;
use pyteam_index::{facts, known};
use pyteam_syntax::arguments::passed;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use crate::shared::test_code;

/// See the page.
pub struct UnboundedQueue;

impl Rule for UnboundedQueue {
    fn page(&self) -> &Page {
        crate::page!("unbounded_queue")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !cx.snapshot.is_complete() {
            return;
        }
        for call in &cx.facts().calls {
            let Some(uses) = uses_of_unbounded(cx, *call) else { continue };
            let Some(producer) = producer::find(cx, &uses).filter(|_| !test_code::is_test(cx)) else { continue };
            let Some((file, item, _)) = cx.inference.item(producer.put.file, producer.put.item) else { continue };
            let range = file.absolute(producer.put.item, item.expr_range(producer.put.expr));
            let offers = repair::repair(cx, *call, &uses, &producer).is_some();
            let finding = sink
                .report(
                    cx.range(*call),
                    call.0,
                    format!("unbounded queue: an endless loop fills it with {}", producer.what.shown()),
                )
                .note("without backpressure, a slow consumer lets memory grow and messages go stale")
                .help("set `maxsize`, and decide whether a full queue blocks or drops")
                .related(Related::new(file.id, range, "sent here"));
            if offers {
                finding.fix(repair::TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        let Some(uses) = uses_of_unbounded(cx, call) else { return Vec::new() };
        let Some(producer) = producer::find(cx, &uses) else { return Vec::new() };
        repair::repair(cx, call, &uses, &producer).into_iter().collect()
    }
}

/// All that is done with the queue which the call makes, where that is one without a bound.
fn uses_of_unbounded(cx: &CheckContext<'_>, call: ExprId) -> Option<Vec<ChannelUse>> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    // Most calls make no queue, and need no look at their types.
    if !facts::last_name(cx.item, *func).is_some_and(|name| name.as_str().ends_with("Queue")) {
        return None;
    }
    let is_bounded = match (&args[..], passed(args, &["maxsize"], Some(0))) {
        ([], _) => false,
        // A context, a loop: nothing that we know.
        ([only], Some(size)) if only.value == size.value => cx.text(size.value) != "0",
        _ => true,
    };
    let origin = cx.site(call);
    let made = channel::made_at(cx.inference, origin).filter(|_| !is_bounded)?;
    known::class(Name::new(made.class)).filter(|class| class.maxsize)?;
    let all = ChannelUses::of(cx.whole_workspace());
    let mut uses = all.at(origin).to_vec();
    // What is declared may be known by its declaration.
    if let Stmt::AnnAssign { annotation, .. } = cx.item.stmt(cx.item.enclosing_stmt(call)) {
        uses.extend(all.at(Site { expr: *annotation, ..origin }).iter().copied());
    }
    (!uses.is_empty()).then_some(uses)
}
