//! Files that the function itself wrote.

use pyteam_channels::order::blocks;
use pyteam_engine::CheckContext;
use pyteam_index::facts;
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use super::calls::{args, is_opener, last};
use super::flow::{self, Trace};
use super::sink::{LoaderKind, Sink};

/// Functions that write what a load reads.
const DUMPS: &[&str] = &["dump", "dumps", "save", "savez", "savez_compressed", "to_pickle"];
/// Whether the function wrote what it reads: before, or in the branch that is taken when there is nothing to read.
pub(super) fn is_round_trip(cx: &CheckContext<'_>, sink: &Sink, trace: &Trace, peers: &[(u32, ExprId)]) -> bool {
    let load = cx.item.expr_range(sink.call);
    if sink.kind == LoaderKind::PickleBytes
        && trace.calls.iter().any(|(at, call)| last(cx, *at, *call) == Some("dumps"))
    {
        return true;
    }
    peers.iter().any(|(at, call)| {
        if !last(cx, *at, *call).is_some_and(|name| DUMPS.contains(&name)) {
            return false;
        }
        let comes_first =
            *at < cx.item_index || *at == cx.item_index && cx.item.expr_range(*call).end() <= load.start();
        (comes_first || *at == cx.item_index && excludes(cx, sink.call, *call)) && writes_to(cx, *at, *call, trace)
    })
}

/// Whether the file that `dump` writes is the one that is read.
fn writes_to(cx: &CheckContext<'_>, at: u32, dump: ExprId, trace: &Trace) -> bool {
    let item = cx.file.item(at);
    let is_open = |expr: ExprId| last(cx, at, expr).is_some_and(is_opener);
    let opened =
        |expr: ExprId| args(cx, at, expr).first().map(|arg| flow::key(cx.file, at, item.expr_range(arg.value)));
    args(cx, at, dump).iter().any(|arg| {
        let target = arg.value;
        if is_open(target) {
            return opened(target).is_some_and(|key| trace.keys.contains(&key));
        }
        if let Expr::Name(name) = item.expr(target) {
            // Many files are called `f`, one after the other: what counts is what is opened.
            let bound = flow::reaching(item, at, target, flow::bindings(cx.file, at, target, *name));
            let files: Vec<_> = bound
                .iter()
                .filter_map(|(home, binding)| match binding.source {
                    facts::Source::Context(value) | facts::Source::Value(value) if *home == at && is_open(value) => {
                        opened(value)
                    }
                    _ => None,
                })
                .collect();
            if !files.is_empty() {
                return files.iter().any(|file| trace.keys.contains(file));
            }
        }
        trace.keys.contains(&flow::key(cx.file, at, item.expr_range(target)))
    })
}

/// Whether of the two calls only one can run, as in `if cached: load … else: dump …`.
fn excludes(cx: &CheckContext<'_>, load: ExprId, dump: ExprId) -> bool {
    let item = cx.item;
    let chain = |expr: ExprId| -> Vec<StmtId> {
        let stmt = item.enclosing_stmt(expr);
        std::iter::once(stmt).chain(item.stmt_ancestors(stmt)).collect()
    };
    let (loads, dumps) = (chain(load), chain(dump));
    let Some(common) = loads.iter().position(|stmt| dumps.contains(stmt)) else { return false };
    let Some(other) = dumps.iter().position(|stmt| *stmt == loads[common]) else { return false };
    let (Some(mine), Some(its)) = (common.checked_sub(1).map(|at| loads[at]), other.checked_sub(1).map(|at| dumps[at]))
    else {
        return false;
    };
    let blocks = blocks::of(item, loads[common]);
    let arm = |stmt: StmtId| blocks.iter().position(|block| block.contains(&stmt));
    if matches!(item.stmt(loads[common]), Stmt::If { .. } | Stmt::Try(_) | Stmt::Match { .. }) && arm(mine) != arm(its)
    {
        return true;
    }
    // What leaves after loading does not come to the dump below.
    loads[..common].windows(2).any(|pair| {
        let [stmt, parent] = pair else { return false };
        let block = blocks::of(item, *parent).into_iter().find(|block| block.contains(stmt));
        block.and_then(|block| block.last()).is_some_and(|end| blocks::leaves(item, *end))
    })
}
