//! Which queue a parameter is: where every caller passes the same one, the parameter is that queue.

use pyteam_index::Snapshot;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::link::FunctionRef;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};
use rustc_hash::FxHashMap;

/// A parameter that is declared as a queue.
struct Parameter {
    origin: Site,
    function: FunctionRef,
    index: usize,
    name: Name,
}

/// For each of `origins` that is a parameter: the channel that all callers pass, tests left out.
pub(super) fn passed(snapshot: &Snapshot, origins: impl Iterator<Item = Site>) -> FxHashMap<Site, Site> {
    let mut inference = Inference::new(snapshot);
    let mut wanted: FxHashMap<Name, Vec<Parameter>> = FxHashMap::default();
    let mut seen: Vec<Site> = origins.collect();
    seen.sort_unstable();
    seen.dedup();
    for origin in seen {
        if let Some((called, parameter)) = parameter(&inference, origin) {
            wanted.entry(called).or_default().push(parameter);
        }
    }
    let mut found: FxHashMap<Site, Option<Site>> = FxHashMap::default();
    if wanted.is_empty() {
        return FxHashMap::default();
    }
    for file in snapshot.files().filter(|file| !file.is_test()) {
        for (at, facts) in file.facts.items.iter().enumerate() {
            let item = file.item(at as u32);
            let mut asked = false;
            for call in &facts.calls {
                let Expr::Call { func, args } = item.expr(*call) else { continue };
                let target = args.iter().find(|arg| is_keyword(arg, "target")).map(|arg| arg.value);
                let carried = carried(item, *func, args);
                for callee in [Some(*func), target, carried.map(|at| args[at].value)].into_iter().flatten() {
                    let Some(parameters) = last_name(item, callee).and_then(|name| wanted.get(&name)) else { continue };
                    let site = |expr| Site { file: file.id, item: at as u32, expr };
                    asked = true;
                    for parameter in parameters {
                        let Some(offset) = offset(&inference, &inference.expr(site(callee)), parameter.function) else {
                            continue;
                        };
                        let given = if callee == *func {
                            direct(&inference, site(*call), args, parameter, offset)
                        } else if let Some(at) = carried.filter(|at| args[*at].value == callee) {
                            direct(&inference, site(*call), &args[at + 1..], parameter, offset)
                        } else {
                            for_target(&inference, site(*call), item, args, parameter, offset)
                        };
                        let one = given.as_ref().and_then(channel);
                        found
                            .entry(parameter.origin)
                            .and_modify(|known| *known = known.filter(|known| Some(*known) == one))
                            .or_insert(one);
                    }
                }
            }
            if asked {
                // Every item has a budget of its own.
                inference = Inference::new(snapshot);
            }
        }
    }
    found
        .into_iter()
        .filter_map(|(origin, passed)| Some((origin, passed.filter(|passed| *passed != origin)?)))
        .collect()
}

/// The parameter that is declared at `origin`, and the name that its function, or class, is called by.
fn parameter(inference: &Inference<'_>, origin: Site) -> Option<(Name, Parameter)> {
    let (_, item, _) = inference.item(origin.file, origin.item)?;
    let stmt = item.enclosing_stmt(origin.expr);
    let Stmt::Function(definition) = item.stmt(stmt) else { return None };
    let index = definition.params.iter().position(|param| {
        param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
    })?;
    let function = FunctionRef { file: origin.file, item: origin.item, stmt };
    let called = match inference.class_of(function) {
        Some(class) if definition.name == "__init__" => inference.class(class)?.name,
        _ => definition.name,
    };
    Some((called, Parameter { origin, function, index, name: definition.params[index].name }))
}

fn last_name(item: &Item, expr: ExprId) -> Option<Name> {
    match item.expr(expr) {
        Expr::Name(name) | Expr::Attribute { attr: name, .. } => Some(*name),
        _ => None,
    }
}

fn is_keyword(arg: &Arg, wanted: &str) -> bool {
    matches!(arg.kind, ArgKind::Keyword(name) if name == wanted)
}

/// Where a call has the function that it calls with the arguments behind it: `partial(work, queue)`.
fn carried(item: &Item, func: ExprId, args: &[Arg]) -> Option<usize> {
    let at = match last_name(item, func)?.as_str() {
        "partial" | "submit" | "to_thread" | "start_new_thread" => 0,
        "run_in_executor" => 1,
        _ => return None,
    };
    (args.len() > at && args[..=at].iter().all(|arg| arg.kind == ArgKind::Positional)).then_some(at)
}

/// How many parameters are filled in already where `callee` is called: `self`, or none. Nothing where it is another
/// function.
fn offset(inference: &Inference<'_>, callee: &Types, wanted: FunctionRef) -> Option<usize> {
    callee.iter().find_map(|one| match one {
        Type::Function(function, bound) if *function == wanted => Some(usize::from(*bound)),
        Type::Class(class) => inference.methods(*class).contains(&wanted).then_some(1),
        _ => None,
    })
}

/// What a call passes for the parameter.
fn direct(inference: &Inference<'_>, call: Site, args: &[Arg], parameter: &Parameter, offset: usize) -> Option<Types> {
    let given = |arg: &Arg| inference.expr(Site { expr: arg.value, ..call });
    if let Some(arg) = args.iter().find(|arg| is_keyword(arg, parameter.name.as_str())) {
        return Some(given(arg));
    }
    let position = parameter.index.checked_sub(offset)?;
    let arg = args.get(position)?;
    let plain = args[..=position].iter().all(|arg| arg.kind == ArgKind::Positional);
    plain.then(|| given(arg))
}

/// What `Process(target=function, args=(..))` passes for the parameter.
fn for_target(
    inference: &Inference<'_>,
    call: Site,
    item: &Item,
    args: &[Arg],
    parameter: &Parameter,
    offset: usize,
) -> Option<Types> {
    if let Some(kwargs) = args.iter().find(|arg| is_keyword(arg, "kwargs"))
        && let Expr::Dict(entries) = item.expr(kwargs.value)
    {
        let entry = entries.iter().find(|entry| {
            entry.key.is_some_and(
                |key| matches!(item.expr(key), Expr::Str(literal) if literal.value == Some(parameter.name)),
            )
        });
        if let Some(entry) = entry {
            return Some(inference.expr(Site { expr: entry.value, ..call }));
        }
    }
    let position = parameter.index.checked_sub(offset)?;
    let tuple = args.iter().find(|arg| is_keyword(arg, "args"))?.value;
    match item.expr(tuple) {
        Expr::Tuple(items) | Expr::List(items) => {
            let plain = items.iter().take(position + 1).all(|one| !matches!(item.expr(*one), Expr::Starred(_)));
            let given = items.get(position).filter(|_| plain)?;
            Some(inference.expr(Site { expr: *given, ..call }))
        }
        _ => match inference.expr(Site { expr: tuple, ..call }).as_slice() {
            [Type::Tuple(items)] => items.get(position).cloned(),
            _ => None,
        },
    }
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
