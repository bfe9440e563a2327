//! What cannot be pickled, and how findings speak of it.

use pyteam_channels::process::POOL;
use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::Type;
use pyteam_index::infer::{Site, enclosing_function};
use pyteam_index::known::{self, ClassKind};
use pyteam_syntax::tree::ComprehensionKind;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

/// A function inside a function, as findings name it.
const NESTED: &str = "a nested function";

/// What cannot be pickled.
pub(super) enum Unpicklable {
    /// Something of the language, with its article.
    Plain(&'static str),
    /// An object of this class.
    Object(Name),
    /// An object of one of several classes.
    Several,
}

impl Unpicklable {
    /// As a headline names it.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Plain(what) => (*what).to_owned(),
            Self::Several => "this object".to_owned(),
            Self::Object(class) => article(*class),
        }
    }

    /// What to do about a task or a target.
    pub(super) fn help_for(&self, by: By) -> String {
        match self {
            Self::Plain(what) if *what == NESTED => "move the function to module level".to_owned(),
            Self::Plain("a lambda") => "define it as a function at module level".to_owned(),
            Self::Object(class) if by == By::Task && is_synchronizer(*class) => {
                "pass it through `initializer=` and `initargs=` of the pool, or use a `Manager`".to_owned()
            }
            _ => self.help(),
        }
    }

    pub(super) fn headline(&self) -> String {
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
    pub(super) fn help(&self) -> String {
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

/// What the expression is, where that cannot be pickled for certain.
pub(super) fn unpicklable(cx: &CheckContext<'_>, expr: ExprId, by: By) -> Option<Unpicklable> {
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
        if !known::class(*class)?.unpicklable || is_inherited || is_proxy(cx, *made) {
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

/// Whether the object made at `made` is the proxy of one that a manager's process holds, which pickles.
fn is_proxy(cx: &CheckContext<'_>, made: Site) -> bool {
    let is_made = cx
        .inference
        .item(made.file, made.item)
        .is_some_and(|(_, item, _)| matches!(item.expr(made.expr), Expr::Call { .. }));
    !is_made
        || cx.inference.callee(made).iter().any(|one| match one {
            Type::Method { class, .. } => class.as_str().starts_with("multiprocessing.managers."),
            Type::External(_) => false,
            _ => true,
        })
}

/// What pickles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A pool or an executor, for any of its processes.
    Task,
    /// `start()`, which also takes what is shared by inheritance.
    Start,
}
