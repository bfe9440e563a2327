//! The story of a wait for work that is done elsewhere, a join or a future's result: what runs there, and where that can
//! block.

use pyteam_channels::evidence::Runners;
use pyteam_channels::process;
use pyteam_channels::topology::ProcessKind;
use pyteam_engine::{CheckContext, Related, Role};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::{self, Site, Type};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::{Expr, ExprId, Name};

use super::told::{Story, Weight, fits};
use super::{Blocking, BlockingKind, Bounded};

/// The story of the join `call` of what is made at `origin`, where it is known what that runs.
pub(super) fn of(cx: &CheckContext<'_>, call: ExprId, origin: Site) -> Option<Story> {
    let runners = Runners::of(cx.whole_workspace());
    let runner = runners.made_at(origin)?;
    let target = runner.target?;
    let (kind, weight) = match runner.kind {
        ProcessKind::Process => ("process", Weight::AsJudged),
        ProcessKind::Thread => ("thread", Weight::IsTheWork),
    };
    told(cx, call, kind, target, weight)
}

/// The story of the wait for a result of what was submitted to an executor or a pool by one of the calls `origins`.
pub(super) fn of_result(cx: &CheckContext<'_>, call: ExprId, origins: &[Option<Site>]) -> Option<Story> {
    let unknown = Story { note: None, related: Vec::new(), weight: Weight::IsTheWork };
    let [Some(origin)] = origins else { return Some(unknown) };
    let Some(submitted) = submitted(cx, *origin) else { return Some(unknown) };
    if let [Type::Function(function, _)] = cx.inference.expr(submitted).as_slice() {
        return told(cx, call, "worker", *function, Weight::IsTheWork);
    }
    // `submit(gate.wait)`
    let there = cx.at(submitted.file, submitted.item)?;
    let blocks =
        KINDS.iter().any(|kind| super::lookup_callee(&there, submitted.expr, *kind).is_some_and(|one| is_told(&one)));
    if !blocks {
        return Some(unknown);
    }
    let note = format!("the worker runs `{}`, which can block forever", there.text(submitted.expr));
    let place = Related::new(there.file.id, there.range(submitted.expr), "can block here").as_role(Role::CanBlock);
    Some(Story { note: Some(note).filter(|text| fits(text)), related: vec![place], weight: Weight::Shown })
}

/// What the call at `origin` submits.
fn submitted(cx: &CheckContext<'_>, origin: Site) -> Option<Site> {
    let (_, item, _) = cx.inference.item(origin.file, origin.item)?;
    let Expr::Call { func, args } = item.expr(origin.expr) else { return None };
    facts::last_name(item, *func).and_then(known::callback)?;
    Some(Site { expr: args.first()?.value, ..origin })
}

/// What the function `target` can block in; `otherwise` is what it weighs where nothing is found.
fn told(cx: &CheckContext<'_>, call: ExprId, kind: &str, target: FunctionRef, otherwise: Weight) -> Option<Story> {
    let Some(block) = blocks_in(cx, target, 1).filter(|block| *block != cx.site(call)) else {
        return Some(Story { note: None, related: Vec::new(), weight: otherwise });
    };
    let there = cx.at(block.file, block.item)?;
    let (file, range) = (there.file.id, there.range(block.expr));
    let line = there.file.source().lines().line_of(range.start()) + 1;
    let at = if file == cx.file.id { "" } else { " of its file" };
    let shown = super::shown(&there, block.expr);
    let name = cx.inference.function(target)?.name;
    let notes = [
        format!("the {kind} runs `{name}`, which can block forever in `{shown}` at line {line}{at}"),
        format!("the {kind} runs `{name}`, which can block forever at line {line}{at}"),
    ];
    let note = notes.into_iter().find(|text| fits(text));
    let related = vec![Related::new(file, range, "can block here").as_role(Role::CanBlock)];
    let weight = if is_closed_from_outside(&there, block.expr) { Weight::AsJudged } else { Weight::Shown };
    Some(Story { note, related, weight })
}

/// Whether what the call waits for is closed somewhere in its file, which ends the wait.
fn is_closed_from_outside(there: &CheckContext<'_>, call: ExprId) -> bool {
    let Some((receiver, _)) = there.receiver_text(call) else { return false };
    let source = there.whole_file().source();
    ["close", "shutdown"].iter().any(|end| source.as_str().contains(&format!("{receiver}.{end}(")))
}

/// The first call of the function, or of one that it calls, that can block forever.
fn blocks_in(cx: &CheckContext<'_>, function: FunctionRef, depth: u8) -> Option<Site> {
    let there = cx.at(function.file, function.item)?;
    let mut calls = Vec::new();
    process::own_exprs(there.item, Some(function.stmt), &mut |expr| calls.push(expr));
    calls.sort_by_key(|call| there.item.expr_range(*call).start());
    calls.retain(|call| !infer::is_awaited(there.item, *call));
    if let Some(call) = calls.iter().find(|call| is_unbounded(&there, **call)) {
        return Some(there.site(*call));
    }
    let depth = depth.checked_sub(1)?;
    calls.into_iter().find_map(|call| {
        let callee = cx.inference.callee(there.site(call));
        callee.iter().find_map(|one| match one {
            Type::Function(inner, _) if *inner != function => blocks_in(cx, *inner, depth),
            _ => None,
        })
    })
}

/// The kinds of waits that are told.
const KINDS: &[BlockingKind] =
    &[BlockingKind::Get, BlockingKind::Wait, BlockingKind::Network, BlockingKind::Subprocess, BlockingKind::Join];

/// Whether the call waits without a timeout for a message, an event, the network or another process.
fn is_unbounded(cx: &CheckContext<'_>, call: ExprId) -> bool {
    KINDS.iter().any(|kind| {
        super::may_be_unbounded(cx, call, *kind)
            && super::lookup(cx, call, *kind).is_some_and(|found| {
                super::bounded_by_arguments(cx, call, found.timeout) == Bounded::No && is_told(&found)
            })
    })
}

/// A lock is held for a moment, as a rule.
fn is_told(found: &Blocking) -> bool {
    !matches!(known::kind(Name::new(found.owner)), Some(ClassKind::Lock | ClassKind::Semaphore))
}
