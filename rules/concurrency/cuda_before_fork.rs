#![doc = include_str!("cuda_before_fork.md")]

use pyteam_channels::order::control_flow;
use pyteam_channels::process::{self, POOL, PROCESS};
use pyteam_channels::start_method;
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use crate::shared::cuda::{self, Touch};
use crate::shared::test_code;

/// See the page.
pub struct CudaBeforeFork;

impl Rule for CudaBeforeFork {
    fn page(&self) -> &Page {
        crate::page!("cuda_before_fork")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            let Some(used) = forked(cx, *call) else { continue };
            // What stands above may bring CUDA up, and the start method may be set anywhere.
            cx.whole_file();
            let Some((at, (site, text))) = before(cx, *call) else { continue };
            if test_code::is_test(cx) {
                continue;
            }
            let mut finding = sink
                .report(cx.range(*call), call.0, format!("this forks after `{text}` initialized CUDA"))
                .note(
                    "CUDA does not survive a fork: the child fails with \"Cannot re-initialize CUDA in forked subprocess\"",
                )
                .help("use `multiprocessing.get_context(\"spawn\")`, or initialize CUDA only in the children");
            let mut places = vec![(site, "initialized here, in the parent")];
            if at != site {
                places.push((at, "through this call"));
            }
            places.push((used, "used here, in the child"));
            for (site, message) in places {
                if let Some((file, item, _)) = cx.inference.item(site.file, site.item) {
                    let range = file.absolute(site.item, item.expr_range(site.expr));
                    finding = finding.related(Related::new(file.id, range, message));
                }
            }
            return;
        }
    }
}

/// Where a process that the call forks uses CUDA, if it certainly forks some and they do.
fn forked(cx: &CheckContext<'_>, call: ExprId) -> Option<Site> {
    let is_start = process::is_named(cx.item, call, &["start"]);
    if !is_start && !process::is_named(cx.item, call, &["Pool"]) {
        return None;
    }
    let site = cx.site(call);
    if is_start {
        let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
        let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return None };
        let types = cx.inference.expr(Site { expr: *value, ..site });
        if !process::is_a(cx.inference, &types, PROCESS) || !start_method::forks(cx, call) {
            return None;
        }
        let mut all = types.non_none();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        return match only {
            Type::Instance { origin: Some(origin), .. } => used_by_target(cx, *origin),
            Type::Object(class, _) => {
                let run = cx
                    .inference
                    .methods(*class)
                    .into_iter()
                    .find(|one| cx.inference.function(*one).is_some_and(|function| function.name == "run"))?;
                cuda::in_function(cx, run, cuda::DEPTH).map(|(site, _)| site)
            }
            _ => None,
        };
    }
    let types = cx.inference.expr(site);
    let is_pool = process::is_a(cx.inference, &types, POOL) && start_method::is_forked(cx, site);
    let Expr::Call { args, .. } = cx.item.expr(call) else { return None };
    if !is_pool {
        return None;
    }
    let initializer = passed(args, &["initializer"], Some(1)).map(|arg| arg.value);
    let run = cx.facts().calls.iter().filter_map(|run| run_by(cx, *run, call));
    initializer.into_iter().chain(run).find_map(|function| {
        let (site, _) = cuda::in_function(cx, function_of(cx, function)?, cuda::DEPTH)?;
        Some(site)
    })
}

/// The function that the call hands to the pool made at `pool`.
fn run_by(cx: &CheckContext<'_>, call: ExprId, pool: ExprId) -> Option<ExprId> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return None };
    if !known::passes_on(*attr) {
        return None;
    }
    let types = cx.inference.expr(cx.site(*value));
    let [Type::Instance { origin: Some(origin), .. }] = types.as_slice() else { return None };
    let is_it = origin.file == cx.file.id && origin.item == cx.item_index && origin.expr == pool;
    args.first().filter(|_| is_it).map(|arg| arg.value)
}

fn function_of(cx: &CheckContext<'_>, expr: ExprId) -> Option<FunctionRef> {
    let types = cx.inference.expr(cx.site(expr));
    match types.as_slice() {
        [Type::Function(function, _)] => Some(*function),
        _ => None,
    }
}

/// Where the target of the process made at `origin` uses CUDA: itself, or as the model that it is given.
fn used_by_target(cx: &CheckContext<'_>, origin: Site) -> Option<Site> {
    let there = cx.at(origin.file, origin.item)?;
    there.whole_file();
    let Expr::Call { args, .. } = there.item.expr(origin.expr) else { return None };
    let target = passed(args, &["target"], Some(1))?.value;
    if let Some((site, _)) = function_of(&there, target).and_then(|one| cuda::in_function(&there, one, cuda::DEPTH)) {
        return Some(site);
    }
    let given = passed(args, &["args"], Some(3))?.value;
    let Expr::Tuple(items) = there.item.expr(given) else { return None };
    items.iter().find(|one| is_on_gpu(&there, **one)).map(|one| Site { expr: *one, ..origin })
}

/// Whether the argument is a name for something that was put on the GPU.
fn is_on_gpu(cx: &CheckContext<'_>, argument: ExprId) -> bool {
    let Expr::Name(name) = cx.item.expr(argument) else { return false };
    let bindings = &cx.facts().bindings;
    let mut own = bindings.iter().filter(|one| one.name == *name).peekable();
    own.peek().is_some()
        && own.all(|one| match one.source {
            Source::Value(value) => one.path.is_empty() && gives_touched(cx, value),
            _ => false,
        })
}

/// `Net().cuda()`, `load().to("cuda").eval()`: what is put on the GPU is also what comes out.
fn gives_touched(cx: &CheckContext<'_>, value: ExprId) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(value) else { return false };
    cuda::touch(cx, value, 0).is_some()
        || matches!(cx.item.expr(*func), Expr::Attribute { value, .. } if gives_touched(cx, *value))
}

/// What certainly brings CUDA up before the call: earlier in its function, when its object was made, or when its
/// module was imported. The first site is the call that leads there.
fn before(cx: &CheckContext<'_>, call: ExprId) -> Option<(Site, Touch)> {
    let site = |expr: ExprId| cx.site(expr);
    let function = process::function_of(cx.item, call);
    let mut calls = Vec::new();
    process::own_exprs(cx.item, function, &mut |expr| {
        if matches!(cx.item.expr(expr), Expr::Call { .. }) && start_method::is_in_flow(cx.item, expr, call) {
            calls.push(expr);
        }
    });
    calls.sort_by_key(|one| cx.item.expr_range(*one).start());
    if let Some((at, touch)) = cuda::first(cx, &calls, cuda::DEPTH) {
        return Some((site(at), touch));
    }
    made(cx, call).or_else(|| imported(cx))
}

/// The same in `__init__` of the object whose method the call stands in.
fn made(cx: &CheckContext<'_>, call: ExprId) -> Option<(Site, Touch)> {
    let function = cx.inference.enclosing_function(cx.site(call))?;
    let class = cx.inference.class_of(function)?;
    let named = |one: &FunctionRef, name: &str| cx.inference.function(*one).is_some_and(|it| it.name == name);
    let init = cx.inference.methods(class).into_iter().find(|one| named(one, "__init__"))?;
    if init == function {
        return None;
    }
    let touch = cuda::in_function(cx, init, cuda::DEPTH)?;
    Some((touch.0, touch))
}

/// The same in the statements of the module above the call's item.
fn imported(cx: &CheckContext<'_>) -> Option<(Site, Touch)> {
    (0..cx.item_index).find_map(|at| {
        let there = cx.at_item(at);
        let root = there.item.root();
        let runs = match there.item.stmt(root) {
            Stmt::Function(_) | Stmt::Class(_) => false,
            Stmt::If { test, .. } => !control_flow::mentions(there.item, Part::Expr(*test), &[Name::new("__name__")]),
            _ => cx.file.parsed.items[at as usize].parent.is_none(),
        };
        if !runs {
            return None;
        }
        let calls: Vec<ExprId> = there.file.facts.items[at as usize]
            .calls
            .iter()
            .copied()
            .filter(|call| process::function_of(there.item, *call).is_none() && cuda::is_certain(&there, *call, None))
            .collect();
        let (call, touch) = cuda::first(&there, &calls, cuda::DEPTH)?;
        Some((Site { file: cx.file.id, item: at, expr: call }, touch))
    })
}
