//! What a call hands to other processes by pickling it: tasks of pools and executors, and what a process that is not forked
//! is started with.

use pyteam_channels::process::{self, POOL, PROCESS};
use pyteam_channels::start_method;
use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::{Site, Type, Types};
use pyteam_syntax::arguments::{keyword, passed, positional};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId};

use super::what::By;

const EXECUTOR: &str = "concurrent.futures.ProcessPoolExecutor";
/// Methods that take a function and what it is called with.
const METHODS: &[&str] = &[
    "apply",
    "apply_async",
    "imap",
    "imap_unordered",
    "map",
    "map_async",
    "run_in_executor",
    "starmap",
    "starmap_async",
    "submit",
];

/// What is sent, and by what.
pub(super) struct Sent {
    pub(super) parts: Vec<ExprId>,
    pub(super) by: By,
}

/// What the call sends, where that is pickled for certain.
pub(super) fn of(cx: &CheckContext<'_>, call: ExprId) -> Option<Sent> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    if args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar)) {
        return None;
    }
    if process::is_named(cx.item, call, &["Process"]) {
        return started(cx, call, args);
    }
    if !process::is_named(cx.item, call, METHODS) {
        return None;
    }
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return None };
    let types = cx.inference.expr(cx.site(*value));
    let values = |args: &[Arg]| args.iter().map(|arg| arg.value).collect::<Vec<_>>();
    let parts = match attr.as_str() {
        "run_in_executor" => {
            let executor = cx.inference.expr(cx.site(positional(args, 0)?));
            if !is_executor(cx, &executor) {
                return None;
            }
            values(&args[1..])
        }
        "submit" if is_executor(cx, &types) => values(args),
        "map" if is_executor(cx, &types) => {
            let mut parts: Vec<ExprId> = passed(args, &["fn"], Some(0)).map(|arg| arg.value).into_iter().collect();
            let iterables = args.iter().skip(1).filter(|arg| arg.kind == ArgKind::Positional);
            iterables.for_each(|arg| parts.extend(elements(cx, arg.value)));
            parts
        }
        "submit" => return None,
        name => {
            if !is_pool(cx, &types) {
                return None;
            }
            let mut parts: Vec<ExprId> = passed(args, &["func"], Some(0)).map(|arg| arg.value).into_iter().collect();
            if let Some(arg) = passed(args, &["iterable", "args"], Some(1)) {
                parts.extend(elements(cx, arg.value));
            }
            if name.starts_with("apply")
                && let Some(arg) = passed(args, &["kwds"], Some(2))
            {
                parts.push(arg.value);
            }
            parts
        }
    };
    Some(Sent { parts, by: By::Task })
}

/// The target and the arguments of a process that is never forked.
fn started(cx: &CheckContext<'_>, call: ExprId, args: &[Arg]) -> Option<Sent> {
    let site = cx.site(call);
    let types = cx.inference.expr(site);
    let is_plain = matches!(types.as_slice(), [Type::Instance { class, .. }] if *class == PROCESS);
    let parts: Vec<ExprId> = ["target", "args", "kwargs"].iter().filter_map(|name| keyword(args, name)).collect();
    (is_plain && !parts.is_empty() && start_method::always_spawns(cx, site) && !pickles_more(cx, site))
        .then_some(Sent { parts, by: By::Start })
}

fn is_executor(cx: &CheckContext<'_>, types: &Types) -> bool {
    all_made(types, |class, made| class == EXECUTOR && !pickles_more(cx, made))
}

/// Whether it is a pool of processes: `ThreadPool` makes the same class, and a manager's pool pickles as well.
fn is_pool(cx: &CheckContext<'_>, types: &Types) -> bool {
    all_made(types, |class, made| {
        let of_threads = cx
            .inference
            .callee_path(made)
            .is_none_or(|path| path.as_str().ends_with("ThreadPool") || path.as_str().starts_with("threading."));
        class == POOL && !of_threads && !pickles_more(cx, made)
    })
}

/// Whether all that it may be is an object from outside that will do, by its class and where it is made.
fn all_made(types: &Types, will_do: impl Fn(&str, Site) -> bool) -> bool {
    let mut all = types.non_none().peekable();
    all.peek().is_some()
        && all.all(|one| match one {
            Type::Instance { class, origin: Some(made), .. } => will_do(class.as_str(), *made),
            _ => false,
        })
}

/// The elements that are written there: of a display, of a comprehension, of `[x] * n`.
fn elements(cx: &CheckContext<'_>, iterable: ExprId) -> Vec<ExprId> {
    match cx.item.expr(iterable) {
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) => items.to_vec(),
        Expr::Comprehension(one) if one.key.is_none() => vec![one.element],
        Expr::Binary { left, op, .. } if *op == "*" => elements(cx, *left),
        _ => Vec::new(),
    }
}

/// Whether the channel is made by a library that pickles functions as well: `multiprocess` does it with dill.
pub(super) fn pickles_more(cx: &CheckContext<'_>, origin: Site) -> bool {
    let Some((file, _, _)) = cx.inference.item(origin.file, origin.item) else { return true };
    let plain = |module: &str| matches!(module, "multiprocess" | "pathos" | "dill" | "cloudpickle" | "joblib" | "loky");
    [file, cx.whole_file()].into_iter().any(|file| {
        file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
            Source::Import { path } => path.as_str().split('.').next().is_some_and(plain),
            Source::ImportFrom { module: Some(module), .. } => module.as_str().split('.').next().is_some_and(plain),
            _ => false,
        })
    })
}
