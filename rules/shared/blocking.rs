//! Calls that can block forever: which they are, how each is given a bound, and whether one has it.

mod joined;
mod received;
pub mod rule;
pub mod stop;
mod story;
mod told;

use pyteam_channels::order::control_flow;
use pyteam_display::MAX_HEADLINE_CODE;
use pyteam_engine::CheckContext;
use pyteam_engine::settings::BlockingCall;
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_index::{File, known};
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

pub use pyteam_index::known::{BlockingKind, OnTimeout, TimeoutArg};
pub use pyteam_refactors::add_timeout::Blocking;

/// What the call is, where everything that it may call blocks, and is of this kind.
pub fn lookup(cx: &CheckContext<'_>, call: ExprId, kind: BlockingKind) -> Option<Blocking> {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return None };
    lookup_callee(cx, *func, kind)
}

/// The same for what would be called.
pub fn lookup_callee(cx: &CheckContext<'_>, func: ExprId, kind: BlockingKind) -> Option<Blocking> {
    let name = called_name(cx, func)?;
    let own = &cx.settings.blocking_calls;
    let is_own = || own.iter().any(|one| one.kind == kind && one.name() == name.as_str());
    if known::waits(kind, name).is_empty() && !is_own() {
        return None;
    }
    let callee = cx.inference.expr(cx.site(func));
    let mut found: Option<Blocking> = None;
    for one in callee.non_none() {
        let one = entry(cx, one, kind, own)?;
        match &mut found {
            None => found = Some(one),
            Some(other) => {
                other.mixed |= other.timeout != one.timeout || other.on_timeout != one.on_timeout;
                other.origins.extend(one.origins);
            }
        }
    }
    let is_function = || callee.iter().any(|one| matches!(one, Type::External(_)));
    found.filter(|_| !(is_function() && is_partial(cx, func)))
}

/// Whether the name or attribute stands for a `functools.partial`, which may have the bound already.
fn is_partial(cx: &CheckContext<'_>, func: ExprId) -> bool {
    let is_made = |item: &Item, value: ExprId| {
        matches!(item.expr(value), Expr::Call { func, .. }
            if facts::last_name(item, *func).is_some_and(|name| name == "partial"))
    };
    let value = |source: Source| match source {
        Source::Value(value) | Source::Annotated(_, Some(value)) => Some(value),
        _ => None,
    };
    let holds = |item: &Item, source: Source| value(source).is_some_and(|value| is_made(item, value));
    match cx.item.expr(func) {
        Expr::Name(name) => {
            let own = &cx.facts().bindings;
            own.iter().any(|one| one.name == *name && holds(cx.item, one.source))
                || cx.module_name(*name).is_some_and(|all| {
                    all.iter().any(|at| {
                        let binding = &cx.file.facts.items[at.item as usize].bindings[at.binding as usize];
                        holds(cx.file.item(at.item), binding.source)
                    })
                })
        }
        Expr::Attribute { value, attr } => cx.inference.expr(cx.site(*value)).iter().any(|one| match one {
            Type::Object(class, _) => cx.inference.writes(*class, *attr).iter().any(|(at, source, _)| {
                cx.inference.item(at.file, at.item).is_some_and(|(_, item, _)| holds(item, *source))
            }),
            _ => false,
        }),
        _ => false,
    }
}

/// The last name of what is called; of an imported name, the one it has at home.
fn called_name(cx: &CheckContext<'_>, func: ExprId) -> Option<Name> {
    match cx.item.expr(func) {
        Expr::Attribute { attr, .. } => Some(*attr),
        Expr::Name(name) => {
            let at_home = cx.module_name(*name).and_then(|bound| {
                let at = bound.last()?;
                match cx.file.facts.items[at.item as usize].bindings[at.binding as usize].source {
                    Source::ImportFrom { name, .. } => Some(name),
                    _ => None,
                }
            });
            Some(at_home.unwrap_or(*name))
        }
        _ => None,
    }
}

fn entry(cx: &CheckContext<'_>, one: &Type, kind: BlockingKind, own: &[BlockingCall]) -> Option<Blocking> {
    let (owner, name, origin) = match one {
        Type::Method { class, name, origin } => (known::canonical(*class), *name, *origin),
        Type::External(path) => {
            let path = known::canonical(*path);
            let (owner, name) = path.as_str().rsplit_once('.')?;
            (Name::new(owner), Name::new(name), None)
        }
        Type::Function(function, _) => {
            let definition = cx.inference.function(*function)?;
            let file = cx.inference.file(function.file)?;
            let class = cx.inference.class_of(*function).and_then(|class| cx.inference.class(class));
            let path = file.path.strip_suffix(".py")?.replace(['/', '\\'], ".");
            let path = path.strip_suffix(".__init__").unwrap_or(&path);
            let owner = class.map_or_else(|| path.to_owned(), |class| format!("{path}.{}", class.name));
            // Settings name a module as it is imported; from where, only its path can tell.
            let one = own.iter().find(|one| {
                one.name() == definition.name.as_str()
                    && (owner == one.owner() || owner.ends_with(&format!(".{}", one.owner())))
            })?;
            (Name::new(one.owner()), definition.name, None)
        }
        _ => return None,
    };
    let blocking = |timeout, on_timeout, is_own| Blocking {
        kind,
        owner: owner.as_str(),
        name,
        timeout,
        on_timeout,
        origins: vec![origin],
        mixed: false,
        is_own,
    };
    // What the user says outweighs what we know.
    if let Some(one) = own.iter().find(|one| owner == one.owner() && name == one.name()) {
        let end =
            one.raises.as_deref().map_or(OnTimeout::ReturnsSilently, |raises| OnTimeout::Raises(Name::new(raises)));
        return (one.kind == kind).then(|| blocking(own_timeout(one), end, true));
    }
    let one = known::blocking(owner, name).filter(|one| one.waits == Some(kind))?;
    if one.made_with.is_some_and(|wanted| !is_made_with(cx, origin, wanted)) {
        return None;
    }
    if one.instant_with.is_some_and(|kind| may_be_made_with(cx, origin, kind)) {
        return None;
    }
    Some(blocking(one.timeout?, one.on_timeout?, false))
}

/// Whether the object may be made with `kind` among the arguments, as far as last names tell. Where the arguments do not
/// say what it is, a file that speaks of the kind may mean it.
fn may_be_made_with(cx: &CheckContext<'_>, origin: Option<Site>, kind: Name) -> bool {
    let last = kind.as_str().rsplit('.').next().unwrap_or_default();
    let speaks_of_it = |file: &File| {
        cx.inference.look_at_bodies(file.id);
        file.source().as_str().contains(last)
    };
    let Some((site, args)) = making(cx, origin) else { return speaks_of_it(cx.file) };
    let Some((file, item, _)) = cx.inference.item(site.file, site.item) else { return true };
    let is_kind = |part: Part| match part {
        Part::Expr(expr) if matches!(item.expr(expr), Expr::Name(_) | Expr::Attribute { .. }) => {
            let types = cx.inference.expr(Site { expr, ..site });
            facts::last_name(item, expr).is_some_and(|name| name.as_str() == last)
                || types.iter().any(|one| matches!(one, Type::External(path) if *path == kind))
        }
        _ => false,
    };
    // `socket.AF_INET` says by itself what it is, and a variable does not.
    let says = |arg: &Arg| {
        !matches!(item.expr(arg.value), Expr::Name(_) | Expr::Attribute { .. })
            || facts::last_name(item, arg.value).is_some_and(|name| !name.as_str().contains(char::is_lowercase))
    };
    let mut found = false;
    for arg in args {
        walk(item, Part::Expr(arg.value), &mut |part| {
            found |= is_kind(part);
            true
        });
        found |= !says(arg) && speaks_of_it(file);
    }
    found
}

/// Whether the object was made with `wanted` as the first argument, as far as its last name tells.
fn is_made_with(cx: &CheckContext<'_>, origin: Option<Site>, wanted: Name) -> bool {
    let last = wanted.as_str().rsplit('.').next();
    making(cx, origin).is_some_and(|(site, args)| {
        let Some((_, item, _)) = cx.inference.item(site.file, site.item) else { return false };
        let first = args.first().and_then(|arg| facts::last_name(item, arg.value));
        first.map(Name::as_str) == last
    })
}

/// How a bound is spelled where the settings name the call.
fn own_timeout(one: &BlockingCall) -> TimeoutArg {
    TimeoutArg::Argument { name: Name::new(&one.timeout), position: one.position, flag: None }
}

/// Whether a call is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounded {
    /// It gives up by itself, or does not wait at all.
    Yes,
    /// It waits for as long as it takes.
    No,
    /// Its arguments do not tell.
    Unknown,
}

/// Whether a call with these arguments may wait for as long as it takes, whatever its object is: a question that takes
/// no inference. `settings.get("name")` is a look-up by key.
pub fn may_be_unbounded(cx: &CheckContext<'_>, call: ExprId, kind: BlockingKind) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Some(name) = called_name(cx, *func) else { return false };
    let waits = |timeout: TimeoutArg| bounded_by_arguments(cx, call, timeout) == Bounded::No;
    let own = cx.settings.blocking_calls.iter().filter(|one| one.kind == kind && one.name() == name.as_str());
    known::waits(kind, name).iter().filter_map(|one| one.timeout).chain(own.map(own_timeout)).any(waits)
}

/// Judges the arguments of a call.
pub fn bounded_by_arguments(cx: &CheckContext<'_>, call: ExprId, timeout: TimeoutArg) -> Bounded {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return Bounded::Unknown };
    if args.iter().any(|arg| matches!(arg.kind, ArgKind::Star | ArgKind::DoubleStar)) {
        return Bounded::Unknown;
    }
    let is_none = |arg: &Arg| matches!(cx.item.expr(arg.value), Expr::None);
    match timeout {
        TimeoutArg::Argument { name, position, flag } => {
            let flag = flag.and_then(|at| passed(args, &["block", "blocking"], Some(at)));
            match flag.map(|arg| cx.item.expr(arg.value)) {
                None => {}
                Some(Expr::Bool(false) | Expr::Int(Some(0))) => return Bounded::Yes,
                Some(Expr::Bool(true) | Expr::Int(Some(_))) => {}
                Some(_) => return Bounded::Unknown,
            }
            // A timeout held in a variable was thought about.
            match passed(args, &[name.as_str()], position) {
                Some(arg) if !is_none(arg) => Bounded::Yes,
                _ => Bounded::No,
            }
        }
        TimeoutArg::Default(name) => match passed(args, &[name.as_str()], None) {
            Some(arg) if is_none(arg) => Bounded::No,
            _ => Bounded::Yes,
        },
        // The `get` of such a queue takes no arguments: with some, this is something else.
        TimeoutArg::Never | TimeoutArg::Option(_) if !args.is_empty() => Bounded::Unknown,
        TimeoutArg::Poll | TimeoutArg::Deadline | TimeoutArg::Option(_) | TimeoutArg::Never => Bounded::No,
    }
}

/// The call as a headline shows it: on one line, and a long one without its arguments, then without its receiver.
pub fn shown(cx: &CheckContext<'_>, call: ExprId) -> String {
    let fits = |text: &str| !text.contains(['\n', '\r']) && text.chars().count() <= MAX_HEADLINE_CODE;
    let text = cx.text(call);
    if fits(text) {
        return text.to_owned();
    }
    let Expr::Call { func, .. } = cx.item.expr(call) else { return String::new() };
    let without_args = format!("{}(...)", cx.text(*func).split_whitespace().collect::<Vec<_>>().join(" "));
    match cx.item.expr(*func) {
        Expr::Attribute { attr, .. } if !fits(&without_args) => format!("(...).{attr}(...)"),
        _ => without_args,
    }
}

/// What to do about a call. `passes_keywords` is false where what is called through passes no keyword arguments on, as
/// `iter` and `run_in_executor`.
pub fn help(found: &Blocking, passes_keywords: bool) -> String {
    let call = found.name;
    let name = match found.timeout {
        TimeoutArg::Argument { name, .. } | TimeoutArg::Default(name) => name,
        TimeoutArg::Poll => return format!("call `poll(timeout)` before `{call}()`"),
        TimeoutArg::Deadline => return "call `settimeout(seconds)` on the socket".to_owned(),
        TimeoutArg::Option(name) => {
            return format!("set `{name}` on the socket, or call `poll(timeout)` before `{call}()`");
        }
        TimeoutArg::Never => {
            return "use a `multiprocessing.Queue`: `SimpleQueue.get()` accepts no timeout".to_owned();
        }
    };
    let through = if passes_keywords { "" } else { " through `functools.partial`" };
    let pass = format!("pass `{name}=`{through}");
    match found.on_timeout {
        OnTimeout::EmptyException(exception) | OnTimeout::Raises(exception) => {
            format!("{pass} and handle `{exception}`")
        }
        OnTimeout::ChildRunsOn => format!("{pass}, and kill the child process on `subprocess.TimeoutExpired`"),
        OnTimeout::ReturnsFalse => format!("{pass} and check the return value: `False` means timeout"),
        OnTimeout::ReturnsSilently if found.is_own => format!("{pass}, then check whether it finished"),
        OnTimeout::ReturnsSilently if call == "join" => format!("{pass}, then check `is_alive()`"),
        OnTimeout::ReturnsSilently => format!("{pass}, then check `ready()`"),
    }
}

/// The arguments of the call that made an object, where it was made by a call.
pub fn making<'c>(cx: &CheckContext<'c>, origin: Option<Site>) -> Option<(Site, &'c [Arg])> {
    let origin = origin?;
    let (_, item, _) = cx.inference.item(origin.file, origin.item)?;
    match item.expr(origin.expr) {
        Expr::Call { args, .. } => Some((origin, args)),
        _ => None,
    }
}

/// The loop that waits by `call`, in its body or its condition.
pub fn loop_of(cx: &CheckContext<'_>, call: ExprId) -> Option<StmtId> {
    let stmt = cx.item.enclosing_stmt(call);
    match cx.item.stmt(stmt) {
        Stmt::While { .. } => Some(stmt),
        _ => control_flow::enclosing_loop(cx.item, stmt),
    }
}
