//! Which channel a parameter is: where every caller passes the same one, the parameter is that channel.
//!
//! A parameter that is declared as a queue of something (`Queue[Frame]`) is all that inference says of it; here its
//! callers are asked all the same, so that puts behind the parameter are found from where the queue is made.

use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::snapshot::{File, Snapshot};
use pyteam_syntax::Stmt;
use rustc_hash::FxHashMap;

/// For each of `origins` that is a parameter: the channel that all callers pass, tests left out.
pub(crate) fn passed(snapshot: &Snapshot, origins: impl Iterator<Item = Site>) -> FxHashMap<Site, Site> {
    let inference = Inference::new(snapshot);
    let mut origins: Vec<Site> = origins.collect();
    origins.sort_unstable();
    origins.dedup();
    let with_one = |origin: Site| {
        inference.renew_budget();
        let (function, index) = parameter(&inference, origin)?;
        Some((origin, one_channel(&inference, function, index).filter(|passed| *passed != origin)?))
    };
    origins.into_iter().filter_map(with_one).collect()
}

/// The function, and which of its parameters it is, that is declared at `origin`.
fn parameter(inference: &Inference<'_>, origin: Site) -> Option<(FunctionRef, usize)> {
    let (_, item, _) = inference.item(origin.file, origin.item)?;
    let stmt = item.enclosing_stmt(origin.expr);
    let Stmt::Function(definition) = item.stmt(stmt) else { return None };
    let index = definition.params.iter().position(|param| {
        param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
    })?;
    Some((FunctionRef { file: origin.file, item: origin.item, stmt }, index))
}

/// The channel that all calls but those of tests give to a parameter.
fn one_channel(inference: &Inference<'_>, function: FunctionRef, index: usize) -> Option<Site> {
    let is_test = |call: &Site| inference.file(call.file).is_some_and(File::is_test);
    let given = inference.arguments_by_call(function, index)?;
    let mut given = given.into_iter().filter(|(call, _)| !is_test(call)).map(|(_, types)| channel(&types));
    let first = given.next()??;
    given.all(|other| other == Some(first)).then_some(first)
}

/// The one channel among the types, where there is one.
fn channel(types: &Types) -> Option<Site> {
    let mut found = None;
    for one in types.non_none() {
        let Type::Instance { origin: Some(origin), .. } = one else { return None };
        if found.replace(*origin).is_some_and(|other| other != *origin) {
            return None;
        }
    }
    found
}
