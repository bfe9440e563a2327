#![doc = include_str!("unpicklable_message.md")]

mod holder;
mod sent;

use pyteam_channels::channel;
use pyteam_channels::process::POOL;
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_syntax::tree::ComprehensionKind;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

use self::sent::{By, Sent};
use crate::shared::test_code;

/// See the page.
pub struct UnpicklableMessage;

impl Rule for UnpicklableMessage {
    fn page(&self) -> &Page {
        crate::page!("unpicklable_message")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().channel_calls {
            let Some(message) = channel::message(cx.item, *call) else { continue };
            let Some(what) = parts(cx, message, 0).into_iter().find_map(|part| unpicklable(cx, part, By::Task)) else {
                continue;
            };
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
            let Some(sent) = sent::of(cx, *call) else { continue };
            let Some(found) = not_sent(cx, &sent).filter(|_| !test_code::is_test(cx)) else { continue };
            let (end, note) = match sent.by {
                By::Task => ("so this task never runs", "a pool pickles the function and its arguments"),
                By::Start => ("so `start()` raises", "the spawn start method pickles the target and its arguments"),
            };
            let (headline, help) = match &found {
                NotSent::Part(what) => (format!("{} cannot be pickled, {end}", what.named()), what.help_for(sent.by)),
                NotSent::Holder(name, what) => (
                    format!("this object cannot be pickled: `{name}` is {}", what.named()),
                    "pass a function at module level the values that it needs".to_owned(),
                ),
            };
            sink.report(cx.range(*call), call.0, headline).note(note).help(help);
        }
    }
}

/// What keeps a task, a target or its arguments from being pickled.
enum NotSent {
    /// It is, or has in it, something that cannot be.
    Part(Unpicklable),
    /// It is an object, or a method of one, that holds something under this name.
    Holder(Name, Unpicklable),
}

fn not_sent(cx: &CheckContext<'_>, sent: &Sent) -> Option<NotSent> {
    sent.parts.iter().flat_map(|part| parts(cx, *part, 0)).find_map(|part| {
        let held = || holder::of(cx, part, sent.by).map(|(name, what)| NotSent::Holder(name, what));
        unpicklable(cx, part, sent.by).map(NotSent::Part).or_else(held)
    })
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
    /// As a headline names it.
    fn named(&self) -> String {
        match self {
            Self::Plain(what) => (*what).to_owned(),
            Self::Several => "this object".to_owned(),
            Self::Object(class) => article(*class),
        }
    }

    /// What to do about a task or a target.
    fn help_for(&self, by: By) -> String {
        match self {
            Self::Plain(what) if *what == NESTED => "move the function to module level".to_owned(),
            Self::Plain("a lambda") => "define it as a function at module level".to_owned(),
            Self::Object(class) if by == By::Task && is_synchronizer(*class) => {
                "pass it through `initializer=` and `initargs=` of the pool, or use a `Manager`".to_owned()
            }
            _ => self.help(),
        }
    }

    fn headline(&self) -> String {
        match self {
            Self::Plain(what) => format!("{what} cannot be pickled, so this message never arrives"),
            Self::Several => "this object cannot be pickled, so this message never arrives".to_owned(),
            Self::Object(class) if is_synchronizer(*class) => {
                format!("cannot send {}: it is shared only by inheritance", article(*class))
            }
            Self::Object(class) => format!("{} cannot be pickled, so this message never arrives", article(*class)),
        }
    }

    /// A copy of what synchronizes guards nothing: it is passed on when the process is created, and not made again.
    fn help(&self) -> String {
        let again = "send the data needed to recreate it, such as a name or a path";
        let Self::Object(class) = self else { return again.to_owned() };
        if is_synchronizer(*class) {
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

/// Whether objects of the class are shared by inheritance: locks, queues and events of `multiprocessing`.
fn is_synchronizer(class: Name) -> bool {
    class.as_str().starts_with("multiprocessing.") && class != POOL
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
fn unpicklable(cx: &CheckContext<'_>, expr: ExprId, by: By) -> Option<Unpicklable> {
    match cx.item.expr(expr) {
        Expr::Lambda(_) => return Some(Unpicklable::Plain("a lambda")),
        Expr::Comprehension(one) if one.kind == ComprehensionKind::Generator => {
            return Some(Unpicklable::Plain("a generator"));
        }
        Expr::Call { args, .. } if is_partial(cx, expr) => {
            return args.iter().find_map(|arg| unpicklable(cx, arg.value, by));
        }
        Expr::Call { .. } if is_open(cx, expr) => return Some(Unpicklable::Plain("an open file")),
        Expr::Name(_) | Expr::Attribute { .. } | Expr::Call { .. } => {}
        _ => return None,
    }
    if let Some(local) = local_definition(cx, expr) {
        return Some(Unpicklable::Plain(local));
    }
    let types = cx.inference.expr(cx.site(expr));
    let mut found = None;
    for one in &types {
        let Type::Instance { class, origin: Some(made), .. } = one else { return None };
        let is_inherited = by == By::Start && is_synchronizer(*class);
        if !known::class(*class)?.unpicklable || is_inherited || holder::is_proxy(cx, *made) {
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
    let Some(binding) = bound.next() else { return module_lambda(cx, *name) };
    if bound.next().is_some() || facts.scopes.iter().any(|scope| scope.globals.contains(name)) {
        return None;
    }
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
            Expr::Call { args, .. } if is_partial(cx, value) => {
                let held = args.first()?.value;
                match cx.item.expr(held) {
                    Expr::Lambda(_) => Some("a lambda"),
                    _ => (held != expr).then(|| local_definition(cx, held)).flatten(),
                }
            }
            _ => is_open(cx, value).then_some("an open file"),
        },
        Source::Context(context) => is_open(cx, context).then_some("an open file"),
        _ => None,
    }
}

/// A lambda at module level: the name that it is pickled by is `<lambda>`.
fn module_lambda(cx: &CheckContext<'_>, name: Name) -> Option<&'static str> {
    let [only] = cx.module_name(name)? else { return None };
    let there = cx.at(cx.file.id, only.item)?;
    match there.facts().bindings.get(only.binding as usize)?.source {
        Source::Value(value) => matches!(there.item.expr(value), Expr::Lambda(_)).then_some("a lambda"),
        _ => None,
    }
}

fn is_partial(cx: &CheckContext<'_>, call: ExprId) -> bool {
    cx.inference.callee_path(cx.site(call)).is_some_and(|path| path == "functools.partial")
}

fn is_open(cx: &CheckContext<'_>, call: ExprId) -> bool {
    matches!(cx.item.expr(call), Expr::Call { .. })
        && cx.inference.callee_path(cx.site(call)).is_some_and(|path| path == "builtins.open")
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
