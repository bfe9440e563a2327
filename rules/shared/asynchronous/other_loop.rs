//! Whether a workspace runs coroutines otherwise than by asyncio: by another library's loop, or step by step itself.

use pyteam_index::facts::{self, Source};
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Inference, Site, is_awaited};
use pyteam_index::snapshot::File;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent};

use pyteam_index::imports::imports;
use pyteam_index::survey::{self, Question};

/// Modules with a loop that is another one, or may be, or that replace what the standard library waits with.
const LOOPS: &[&str] = &[
    "anyio",
    "asyncclick",
    "cocotb",
    "curio",
    "eventlet",
    "gevent",
    "greenlet",
    "pyodide",
    "quart_trio",
    "tractor",
    "trio",
    "trio_asyncio",
    "twisted",
    "usim",
];
/// By these a coroutine is taken one step further.
const STEPS: &[&str] = &["__await__", "__next__", "send"];
/// Classes that coroutines and generators are declared as, with the module's name before or not.
const OF_STEPS: &[&str] =
    &["Awaitable", "Coroutine", "CoroutineType", "Generator", "GeneratorType", "AsyncGenerator", "AsyncGeneratorType"];

/// Asks for another loop.
pub(super) struct OtherLoop;

impl Question for OtherLoop {
    fn by_itself(file: &File) -> Option<bool> {
        if imports(file, LOOPS) || makes_steps(file) {
            return Some(true);
        }
        let text = file.source().as_str();
        let may_take_steps = STEPS.iter().chain(&["coroutine", "StopIteration"]).any(|word| text.contains(word));
        if !may_take_steps {
            return Some(false);
        }
        let names_step = |item: &Item, site: Site| is_step_name(item, site.expr);
        let has_names = text.contains("StopIteration") || survey::any_expr(file, names_step);
        (has_names && survey::any_expr(file, |item, site| gets_by_variable(item, site.expr))).then_some(true)
    }

    fn by_types(inference: &Inference<'_>, file: &File) -> bool {
        survey::any_expr(file, |item, site| takes_step(inference, file, item, site))
    }
}

/// `from types import coroutine`: what is awaited at the bottom is the program's own.
fn makes_steps(file: &File) -> bool {
    file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| {
        matches!(binding.source, Source::ImportFrom { level: 0, module: Some(module), name }
            if module == "types" && name == "coroutine")
    })
}

fn takes_step(inference: &Inference<'_>, file: &File, item: &Item, site: Site) -> bool {
    match item.expr(site.expr) {
        Expr::Attribute { value, attr } => match attr.as_str() {
            // In a method of the same name, an object hands on to what it stands for.
            "__await__" | "__next__" => !is_in_method(item, site.expr, *attr),
            "send" => sends(inference, file, item, site, *value),
            "coroutine" => {
                let types = inference.expr(site);
                types.single_external().is_some_and(|path| path == "types.coroutine")
            }
            _ => false,
        },
        // `getattr(coroutine, "send")`, `methodcaller("send", None)`
        Expr::Str(_) => is_step_name(item, site.expr) && is_to_get(item, site.expr),
        _ => false,
    }
}

fn is_in_method(item: &Item, expr: ExprId, name: Name) -> bool {
    let around = item.stmt_ancestors(item.enclosing_stmt(expr)).find_map(|stmt| facts::function(item, stmt));
    around.is_some_and(|function| function.name == name)
}

/// `"send"`: with an attribute that is got by a variable, in a file that has this or knows how generators end, it may be
/// a step.
fn is_step_name(item: &Item, expr: ExprId) -> bool {
    matches!(item.expr(expr), Expr::Str(text) if text.value.is_some_and(|text| STEPS.contains(&text.as_str())))
}

/// Whether the string is an argument of what gets attributes by name.
fn is_to_get(item: &Item, string: ExprId) -> bool {
    let Parent::Expr(around) = item.expr_parent(string) else { return false };
    let Expr::Call { func, .. } = item.expr(around) else { return false };
    facts::last_name(item, *func).is_some_and(|name| matches!(name.as_str(), "attrgetter" | "getattr" | "methodcaller"))
}

/// `getattr(coroutine, method)`
fn gets_by_variable(item: &Item, call: ExprId) -> bool {
    matches!(item.expr(call), Expr::Call { func, args }
        if matches!(item.expr(*func), Expr::Name(name) if *name == "getattr")
            && args.get(1).is_some_and(|arg| !matches!(item.expr(arg.value), Expr::Str(_))))
}

/// Whether `receiver.send`, at `site`, may be a coroutine's: nothing else is known of the receiver, and what it is sent
/// may be `None`, which is the first thing that a coroutine must be sent. Of a value that may be anything this is so in a
/// file that knows how coroutines end: sockets are sent such values, too. Handed on, the method may be sent anything.
fn sends(inference: &Inference<'_>, file: &File, item: &Item, site: Site, receiver: ExprId) -> bool {
    let is_of_steps = |path: Name| path.as_str().rsplit('.').next().is_some_and(|last| OF_STEPS.contains(&last));
    let is_other = |one: &Type| match one {
        Type::Instance { class, .. } => !is_of_steps(*class),
        // A generator is a sequence here.
        Type::Unknown | Type::External(_) | Type::None | Type::Awaitable(_) | Type::Sequence(_) => false,
        _ => true,
    };
    let of = |expr| inference.expr(Site { expr, ..site });
    if let Parent::Expr(call) = item.expr_parent(site.expr)
        && let Expr::Call { func, args } = item.expr(call)
        && *func == site.expr
    {
        // `CoroutineType.send(coroutine, None)`
        if of(receiver).single_external().is_some_and(is_of_steps) {
            return true;
        }
        let [arg] = &**args else { return false };
        let may_be_none = match arg.kind {
            ArgKind::Positional => {
                let ends = || file.source().as_str().contains("StopIteration");
                is_none_at_first(inference, Site { expr: arg.value, ..site }) || (of(arg.value).has_unknown() && ends())
            }
            ArgKind::Star => true,
            ArgKind::Keyword(_) | ArgKind::DoubleStar => false,
        };
        if is_awaited(item, call) || !may_be_none {
            return false;
        }
    }
    let known = of(receiver);
    let known: Vec<&Type> = known.non_none().collect();
    known.is_empty() || !known.into_iter().all(is_other)
}

/// `None`, or a variable that stands for it at first.
fn is_none_at_first(inference: &Inference<'_>, site: Site) -> bool {
    let Some((_, item, facts)) = inference.item(site.file, site.item) else { return true };
    let is_none = |expr: ExprId| matches!(item.expr(expr), Expr::None);
    match item.expr(site.expr) {
        Expr::Name(name) => facts.bindings.iter().filter(|one| one.name == *name).any(|one| match one.source {
            Source::Value(value) | Source::Annotated(_, Some(value)) => is_none(value),
            _ => false,
        }),
        _ => is_none(site.expr),
    }
}
