//! Where a value comes from: a camera, the network, a file, again and again.

use pyteam_channels::order::control_flow;
use pyteam_channels::process;
use pyteam_engine::CheckContext;
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, StreamKind};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name, StmtId};

/// What comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Known(StreamKind),
    Program,
    File,
}

impl What {
    pub(super) fn shown(self) -> &'static str {
        match self {
            What::Known(StreamKind::Frames) => "frames",
            What::Known(StreamKind::Network) => "network data",
            What::Known(StreamKind::Device) => "device data",
            What::Program => "subprocess output",
            What::File => "file chunks",
        }
    }
}

/// Modules whose functions give back data as large as what they take.
const KEEPS: &[&str] = &["cv2", "numpy", "torch", "json", "pickle", "msgpack", "orjson", "zlib", "base64", "PIL"];

/// Attributes and methods that give what is in a frame or an answer, and not something about it.
const PARTS: &[&str] = &["content", "text", "data", "raw", "body", "T"];
const COPIES: &[&str] = &[
    "copy",
    "tobytes",
    "tolist",
    "json",
    "read",
    "decode",
    "encode",
    "astype",
    "reshape",
    "resize",
    "transpose",
    "flatten",
    "strip",
    "splitlines",
];

/// What the value is made of, where that is bound anew on each way round the loop.
pub(super) fn of(cx: &CheckContext<'_>, value: ExprId, around: StmtId) -> Option<What> {
    Trace { cx, around, assumed: None }.of(value, 4)
}

struct Trace<'t, 'c> {
    cx: &'t CheckContext<'c>,
    around: StmtId,
    /// A name that is being followed, with what its other bindings make of it: `frame = cv2.flip(frame, 1)`.
    assumed: Option<(Name, What)>,
}

impl Trace<'_, '_> {
    fn of(&self, value: ExprId, depth: u8) -> Option<What> {
        let depth = depth.checked_sub(1)?;
        let cx = self.cx;
        let first = |all: &[ExprId]| all.iter().find_map(|one| self.of(*one, depth));
        match cx.item.expr(value) {
            Expr::Await(inner) | Expr::Starred(inner) => self.of(*inner, depth + 1),
            Expr::Attribute { value, attr } if PARTS.contains(&attr.as_str()) => self.of(*value, depth + 1),
            // A field of a message may be anything.
            Expr::Subscript { value, index } if !matches!(cx.item.expr(*index), Expr::Str(_)) => {
                self.of(*value, depth + 1)
            }
            Expr::Tuple(items) | Expr::List(items) => first(items),
            Expr::Dict(entries) => entries.iter().find_map(|entry| self.of(entry.value, depth)),
            Expr::Name(name) => match self.assumed {
                Some((assumed, what)) if assumed == *name => Some(what),
                _ => self.named(*name, depth),
            },
            Expr::Call { func, args } => self.called(value, *func, args, depth),
            _ => None,
        }
    }

    /// What all bindings of the name in the loop agree on.
    fn named(&self, name: Name, depth: u8) -> Option<What> {
        let cx = self.cx;
        let bindings = &cx.facts().bindings;
        let fresh = bindings.iter().filter(|one| one.name == name && is_within(cx, one.stmt, self.around));
        let value_of = |source: Source| match source {
            Source::Value(value) | Source::Annotated(_, Some(value)) => Some(value),
            _ => None,
        };
        let is_changed = |source: Source| {
            value_of(source).is_some_and(|value| control_flow::mentions(cx.item, Part::Expr(value), &[name]))
        };
        let (changed, made): (Vec<Source>, Vec<Source>) =
            fresh.map(|one| one.source).partition(|source| is_changed(*source));
        let mut found = None;
        for source in made {
            let what = match source {
                Source::Element(from) => of_opened(cx, from, known::opens_stream).map(What::Known),
                _ => self.of(value_of(source)?, depth),
            }?;
            found.get_or_insert(what);
        }
        let what = found?;
        let again = Trace { assumed: Some((name, what)), ..*self };
        changed
            .into_iter()
            .all(|source| value_of(source).is_some_and(|value| again.of(value, depth).is_some()))
            .then_some(what)
    }

    fn called(&self, call: ExprId, func: ExprId, args: &[Arg], depth: u8) -> Option<What> {
        let cx = self.cx;
        if let Some(what) = source(cx, call) {
            return Some(what);
        }
        // `frame.copy()`, `response.json()`
        if let Expr::Attribute { value, attr } = cx.item.expr(func)
            && COPIES.contains(&attr.as_str())
            && let Some(what) = self.of(*value, depth)
        {
            return Some(what);
        }
        let callee = cx.inference.callee(cx.site(call));
        let keeps = callee.iter().all(|one| match one {
            Type::Class(_) => true,
            Type::External(path) => {
                let root = path.as_str().split('.').next().unwrap_or_default();
                KEEPS.contains(&root)
                    || matches!(path.as_str(), "builtins.bytes" | "builtins.bytearray" | "builtins.dict")
            }
            _ => false,
        });
        args.iter().filter(|arg| keeps && arg.kind != ArgKind::DoubleStar).find_map(|arg| self.of(arg.value, depth))
    }
}

fn is_within(cx: &CheckContext<'_>, stmt: StmtId, around: StmtId) -> bool {
    stmt == around || cx.item.stmt_ancestors(stmt).any(|outer| outer == around)
}

/// Whether the call gives the next piece of something.
pub(super) fn is_source(cx: &CheckContext<'_>, call: ExprId) -> bool {
    source(cx, call).is_some()
}

fn source(cx: &CheckContext<'_>, call: ExprId) -> Option<What> {
    let Expr::Call { func, args } = cx.item.expr(call) else { return None };
    let name = facts::last_name(cx.item, *func)?;
    let of_object = process::method(cx, call).and_then(|(class, method)| known::stream(class, method));
    let of_function = || known::piece(cx.inference.callee_path(cx.site(call))?);
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else {
        return of_object.or_else(of_function).map(What::Known);
    };
    let of_socket = || of_opened(cx, *value, |opener| known::stream(opener, name));
    if let Some(kind) = of_object.or_else(of_function).or_else(of_socket) {
        return Some(What::Known(kind));
    }
    match name.as_str() {
        "read" | "readline" if is_output(cx, *value) => Some(What::Program),
        // With a size, a file is read piece by piece.
        "read" if !args.is_empty() && of_opened(cx, *value, is_file).is_some() => Some(What::File),
        _ => None,
    }
}

/// `process.stdout`
fn is_output(cx: &CheckContext<'_>, value: ExprId) -> bool {
    let Expr::Attribute { value, attr } = cx.item.expr(value) else { return false };
    let of_process = cx.inference.expr(cx.site(*value));
    *attr == "stdout" && process::is_a(cx.inference, &of_process, "subprocess.Popen")
}

fn is_file(opener: Name) -> Option<()> {
    matches!(opener.as_str(), "builtins.open" | "io.open").then_some(())
}

/// What the function that opened what a name or attribute stands for is known for, where all that may have done so agree:
/// `with open(path) as file`, `ws = await connect(url)`.
fn of_opened<T: PartialEq>(cx: &CheckContext<'_>, value: ExprId, known: impl Fn(Name) -> Option<T>) -> Option<T> {
    let opened = |at: Site, source: Source| {
        let (Source::Value(from) | Source::Context(from) | Source::Annotated(_, Some(from))) = source else {
            return None;
        };
        let there = cx.at(at.file, at.item)?;
        let call = match there.item.expr(from) {
            Expr::Await(inner) => *inner,
            _ => from,
        };
        known(there.inference.callee_path(there.site(call))?)
    };
    let here = cx.site(value);
    match cx.item.expr(value) {
        Expr::Name(name) => {
            let own = cx.facts().bindings.iter().filter(|one| one.name == *name);
            one_of(own.map(|one| opened(here, one.source)))
        }
        Expr::Attribute { value, attr } => {
            let base = cx.inference.expr(Site { expr: *value, ..here });
            let [Type::Object(class, _)] = base.as_slice() else { return None };
            let writes = cx.inference.writes(*class, *attr);
            one_of(writes.iter().map(|(at, source, path)| opened(*at, *source).filter(|_| path.is_empty())))
        }
        _ => None,
    }
}

/// What all of them say, if they say one thing.
fn one_of<T: PartialEq>(mut all: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = all.next()??;
    all.all(|one| one.as_ref() == Some(&first)).then_some(first)
}
