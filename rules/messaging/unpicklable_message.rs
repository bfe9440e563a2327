#![doc = include_str!("unpicklable_message.md")]

use pyteam_channels::channel;
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_syntax::tree::{ArgKind, ComprehensionKind};
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

/// See the page.
pub struct UnpicklableMessage;

impl Rule for UnpicklableMessage {
    fn page(&self) -> &Page {
        crate::page!("unpicklable_message")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().channel_calls {
            let Some(message) = channel::message(cx.item, *call) else { continue };
            let Some(what) = parts(cx, message, 0).into_iter().find_map(|part| unpicklable(cx, part)) else { continue };
            let site = cx.site(*call);
            let Some(channel) = channel::of_call(cx.inference, site, Action::Put) else { continue };
            if !channel.class.starts_with("multiprocessing.") || pickles_more(cx, channel.origin) {
                continue;
            }
            let has_feeder = known::class(Name::new(channel.class)).is_some_and(|class| class.feeder);
            let note = if has_feeder {
                "`put()` returns; a background thread pickles the object and only prints the error"
            } else {
                "the object is pickled by this call, which raises"
            };
            sink.report(cx.range(*call), call.0, what.headline()).note(note).help(what.help());
        }
        for call in &cx.facts().calls {
            if let Some(what) = spawned(cx, *call) {
                let help = match what {
                    NESTED => "move the target to module level",
                    _ => "define the target as a function at module level",
                };
                sink.report(cx.range(*call), call.0, format!("{what} cannot be pickled, so `start()` raises"))
                    .note("the spawn start method pickles the target")
                    .help(help);
            }
        }
    }
}

/// A function inside a function, as findings name it.
const NESTED: &str = "a nested function";

/// What cannot be pickled.
enum Unpicklable {
    /// Something of the language, with its article.
    Plain(&'static str),
    /// An object of this class.
    Object(Name),
    /// An object of one of several classes.
    Several,
}

impl Unpicklable {
    fn headline(&self) -> String {
        match self {
            Self::Plain(what) => format!("{what} cannot be pickled, so this message never arrives"),
            Self::Several => "this object cannot be pickled, so this message never arrives".to_owned(),
            Self::Object(class) if class.as_str().starts_with("multiprocessing.") => {
                format!("cannot send {}: it is shared only by inheritance", article(*class))
            }
            Self::Object(class) => format!("{} cannot be pickled, so this message never arrives", article(*class)),
        }
    }

    /// A copy of what synchronizes guards nothing: it is passed on when the process is created, and not made again.
    fn help(&self) -> String {
        let again = "send the data needed to recreate it, such as a name or a path";
        let Self::Object(class) = self else { return again.to_owned() };
        if class.as_str().starts_with("multiprocessing.") {
            return "pass it through `args=` when the process is created".to_owned();
        }
        let counterpart = match known::class(*class).and_then(|known| known.kind) {
            Some(ClassKind::Queue) => "Queue",
            Some(ClassKind::Event) => "Event",
            Some(ClassKind::Lock) => "Lock",
            Some(ClassKind::Semaphore) => "Semaphore",
            Some(ClassKind::Condition) => "Condition",
            _ => return again.to_owned(),
        };
        format!("use a `multiprocessing.{counterpart}`, passed through `args=` when the process is created")
    }
}

/// "a `threading.Lock`"
fn article(class: Name) -> String {
    let article = if class.as_str().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} `{class}`")
}

/// The message, and what stands in it.
fn parts(cx: &CheckContext<'_>, expr: ExprId, depth: u32) -> Vec<ExprId> {
    let mut all = vec![expr];
    if depth > 3 {
        return all;
    }
    let inner: Vec<ExprId> = match cx.item.expr(expr) {
        Expr::Tuple(items) | Expr::List(items) => items.to_vec(),
        Expr::Dict(entries) => entries.iter().map(|entry| entry.value).collect(),
        _ => Vec::new(),
    };
    inner.into_iter().for_each(|part| all.extend(parts(cx, part, depth + 1)));
    all
}

/// What the expression is, where that cannot be pickled for certain.
fn unpicklable(cx: &CheckContext<'_>, expr: ExprId) -> Option<Unpicklable> {
    match cx.item.expr(expr) {
        Expr::Lambda(_) => return Some(Unpicklable::Plain("a lambda")),
        Expr::Comprehension(one) if one.kind == ComprehensionKind::Generator => {
            return Some(Unpicklable::Plain("a generator"));
        }
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. } => {}
        _ => return None,
    }
    if let Some(local) = local_definition(cx, expr) {
        return Some(Unpicklable::Plain(local));
    }
    let types = cx.inference.expr(cx.site(expr));
    let mut found = None;
    for one in &types {
        let Type::Instance { class, .. } = one else { return None };
        if !known::class(*class)?.unpicklable {
            return None;
        }
        found = match found {
            None => Some(Unpicklable::Object(*class)),
            Some(Unpicklable::Object(before)) if before == *class => Some(Unpicklable::Object(before)),
            Some(_) => Some(Unpicklable::Several),
        };
    }
    found
}

/// A function or lambda of the function around, by its name.
fn local_definition(cx: &CheckContext<'_>, expr: ExprId) -> Option<&'static str> {
    let Expr::Name(name) = cx.item.expr(expr) else { return None };
    let facts = cx.facts();
    let mut bound = facts.bindings.iter().filter(|binding| binding.name == *name);
    let (binding, None) = (bound.next()?, bound.next()) else { return None };
    enclosing_function(cx.item, binding.stmt)?;
    match binding.source {
        Source::Function(stmt) => match cx.item.stmt(stmt) {
            // A decorator may put something else in its place.
            Stmt::Function(function) if function.decorators.is_empty() => Some(NESTED),
            _ => None,
        },
        Source::Value(value) if binding.path.is_empty() => match cx.item.expr(value) {
            Expr::Lambda(_) => Some("a lambda"),
            Expr::Comprehension(one) if one.kind == ComprehensionKind::Generator => Some("a generator"),
            Expr::Call { func, .. } => {
                let types = cx.inference.expr(cx.site(*func));
                matches!(types.as_slice(), [Type::External(path)] if *path == "builtins.open").then_some("an open file")
            }
            _ => None,
        },
        Source::Context(context) => match cx.item.expr(context) {
            Expr::Call { func, .. } => {
                let types = cx.inference.expr(cx.site(*func));
                matches!(types.as_slice(), [Type::External(path)] if *path == "builtins.open").then_some("an open file")
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether the channel is made by a library that pickles functions as well: `multiprocess` does it with dill.
fn pickles_more(cx: &CheckContext<'_>, origin: Site) -> bool {
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

/// The target of a process that is certainly spawned, where it cannot be pickled.
fn spawned(cx: &CheckContext<'_>, call: ExprId) -> Option<&'static str> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return None };
    if *attr != "Process" {
        return None;
    }
    let target = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "target"))?.value;
    let what = match cx.item.expr(target) {
        Expr::Lambda(_) => "a lambda",
        _ => local_definition(cx, target)?,
    };
    let site = |expr| cx.site(expr);
    let types = cx.inference.expr(site(*value));
    let [Type::Instance { class, origin: Some(origin), .. }] = types.as_slice() else { return None };
    if *class != "multiprocessing.context.BaseContext" || pickles_more(cx, *origin) {
        return None;
    }
    let (_, item, _) = cx.inference.item(origin.file, origin.item)?;
    let Expr::Call { args, .. } = item.expr(origin.expr) else { return None };
    let is_spawn = matches!(args.first().map(|arg| item.expr(arg.value)), Some(Expr::Str(literal)) if literal.value.is_some_and(|name| name == "spawn"));
    is_spawn.then_some(what)
}
