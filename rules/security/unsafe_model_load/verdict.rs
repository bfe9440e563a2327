//! Whether a call is unsafe, how bad it is, and how to say so.

use pyteam_channels::order::blocks;
use pyteam_engine::{CheckContext, Severity};
use pyteam_index::facts::Source;
use pyteam_index::project::Bound;
use pyteam_syntax::tree::{Arg, ArgKind, FStringPart, Try};
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use super::evidence::{self, Evidence};
use super::flow;
use super::sink::{LoaderKind, Sink};
use super::switch::{self, Switch};

/// From here on `weights_only=True` is the default.
const SAFE_BY_DEFAULT: (u32, u32, u32) = (2, 6, 0);

/// What is wrong with a call.
pub(super) struct Verdict {
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) help: &'static str,
}

const TORCH_HELP: &str = "pass `weights_only=True`; publish weights as safetensors or ONNX, which hold no code";
const PICKLE_MODULE_HELP: &str =
    "drop `pickle_module` and pass `weights_only=True`, saving the checkpoint again as a `state_dict()` if need be";
const PICKLE_HELP: &str = "store data as JSON, `.npz` or Parquet and models as safetensors, ONNX or skops; a pickle that must stay, open only after checking its hash";

/// The verdict on a call; nothing where it is safe, or where too little is known.
pub(super) fn of(cx: &CheckContext<'_>, sink: &Sink) -> Option<Verdict> {
    let Expr::Call { args, .. } = cx.item.expr(sink.call) else { return None };
    let (severity, reason, help) = match sink.kind {
        LoaderKind::Torch => torch(cx, sink, args)?,
        LoaderKind::TorchUrl => torch_url(cx, sink, args)?,
        LoaderKind::Numpy => numpy(cx, sink, args)?,
        LoaderKind::Keras => keras(cx, sink, args)?,
        LoaderKind::Shelve => shelve(cx, args)?,
        LoaderKind::PicklePath | LoaderKind::PickleFile | LoaderKind::PickleBytes => {
            (Severity::Warning, format!("`{}` runs whatever code the file tells it to", sink.name), PICKLE_HELP)
        }
    };
    let evidence = evidence::of(cx, sink).filter(|evidence| is_a_file(sink.kind, *evidence))?;
    let may_step = !matches!(sink.kind, LoaderKind::TorchUrl);
    let severity = match severity {
        Severity::Warning if evidence.downloaded && may_step => Severity::Error,
        Severity::Information if evidence.downloaded => Severity::Warning,
        // What lies beside the code is mostly committed with it.
        Severity::Warning if evidence.shipped && !matches!(sink.kind, LoaderKind::Torch | LoaderKind::TorchUrl) => {
            Severity::Information
        }
        severity => severity,
    };
    let who = if evidence.downloaded || sink.kind == LoaderKind::TorchUrl {
        "the file comes from the network, so whoever controls the server, or sits on the way, runs code here"
    } else {
        "whoever made or replaced the file runs code here, with this program's rights, when it is opened"
    };
    Some(Verdict { severity, message: format!("{reason}: {who}"), help })
}

/// `pickle.load` takes any stream, such as a pipe from a child: only of a file is it known that others may write it.
fn is_a_file(kind: LoaderKind, evidence: Evidence) -> bool {
    match kind {
        LoaderKind::PickleFile | LoaderKind::PickleBytes => evidence.opened || evidence.downloaded,
        _ => true,
    }
}

type Reason = (Severity, String, &'static str);

fn torch(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    let (severity, reason) = match switch::of(cx, args, "weights_only", None) {
        Switch::On | Switch::Unknown => return None,
        Switch::Off => (Severity::Error, "`weights_only=False` makes `torch.load` unpickle the file".to_owned()),
        Switch::OffByDefault => (
            Severity::Warning,
            "`torch.load` unpickles the file here unless a caller asks for `weights_only`".to_owned(),
        ),
        Switch::Missing | Switch::Passed if is_fallback(cx, sink) => return None,
        Switch::Missing | Switch::Passed => {
            let requirements = cx.snapshot.requirements_for(&cx.file.path);
            let bound =
                requirements.map_or(Bound::Unknown, |requirements| requirements.at_least("torch", SAFE_BY_DEFAULT));
            // A pickle module of one's own switches the safe default off.
            if pickle_module(args) {
                return Some((
                    Severity::Warning,
                    format!("`{}` with a `pickle_module` unpickles the file", sink.name),
                    PICKLE_MODULE_HELP,
                ));
            }
            let version =
                requirements.and_then(|one| one.version("torch")).map(ToString::to_string).unwrap_or_default();
            match bound {
                Bound::Proved => return None,
                Bound::Excluded => (
                    Severity::Error,
                    format!("`torch.load` without `weights_only=True` unpickles the file with torch {version}"),
                ),
                Bound::Possible if version != "any version" => (
                    Severity::Warning,
                    format!(
                        "before torch 2.6 (the requirements allow {version}), `torch.load` without `weights_only=True` unpickles the file"
                    ),
                ),
                _ => (
                    Severity::Warning,
                    "before torch 2.6, `torch.load` without `weights_only=True` unpickles the file".to_owned(),
                ),
            }
        }
    };
    Some((severity, reason, TORCH_HELP))
}

/// Whether the call stands in for one that passes `weights_only`, where torch is too old to know it:
/// `except TypeError`.
fn is_fallback(cx: &CheckContext<'_>, sink: &Sink) -> bool {
    let mut found = false;
    attempts(cx, sink, &mut |one, handler| {
        found |=
            handler.is_some_and(|handler| one.handlers[handler].kind.is_some_and(|kind| names_type_error(cx, kind)));
    });
    found
}

/// Whether the call tries again what was tried with `weights_only` before: it is meant to unpickle.
pub(super) fn is_retry(cx: &CheckContext<'_>, sink: &Sink) -> bool {
    let mut found = false;
    attempts(cx, sink, &mut |_, _| found = true);
    found
}

/// Calls `see` with the `try` statements whose body passes `weights_only` and that were run before the call, with
/// the handler that the call stands in; none where it stands behind the whole statement.
fn attempts(cx: &CheckContext<'_>, sink: &Sink, see: &mut dyn FnMut(&Try, Option<usize>)) {
    let item = cx.item;
    let mut inner = item.enclosing_stmt(sink.call);
    for outer in item.stmt_ancestors(inner) {
        let tried = |one: &Try| one.body.iter().any(|stmt| passes_weights_only(cx, *stmt));
        if let Stmt::Try(one) = item.stmt(outer)
            && let Some(handler) = one.handlers.iter().position(|handler| handler.body.contains(&inner))
            && tried(one)
        {
            see(one, Some(handler));
        }
        for block in blocks::of(item, outer) {
            let Some(at) = block.iter().position(|one| *one == inner) else { continue };
            for before in &block[..at] {
                if let Stmt::Try(one) = item.stmt(*before)
                    && tried(one)
                {
                    see(one, None);
                }
            }
        }
        if matches!(item.stmt(outer), Stmt::Function(_)) {
            return;
        }
        inner = outer;
    }
}

fn names_type_error(cx: &CheckContext<'_>, kind: ExprId) -> bool {
    match cx.item.expr(kind) {
        Expr::Name(name) => *name == "TypeError",
        Expr::Tuple(kinds) => kinds.iter().any(|kind| names_type_error(cx, *kind)),
        _ => false,
    }
}

fn passes_weights_only(cx: &CheckContext<'_>, stmt: StmtId) -> bool {
    let mut found = false;
    walk(cx.item, Part::Stmt(stmt), &mut |part| {
        if let Part::Expr(expr) = part
            && let Expr::Call { args, .. } = cx.item.expr(expr)
        {
            found |= args.iter().any(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "weights_only"));
        }
        !found
    });
    found
}

/// Whether a `pickle_module` is passed, by name or in third place.
pub(super) fn pickle_module(args: &[Arg]) -> bool {
    args.iter().any(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "pickle_module"))
        || args.get(2).is_some_and(|arg| arg.kind == ArgKind::Positional)
}

fn torch_url(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    // The hash in the file's name pins the contents.
    if switch::of(cx, args, "check_hash", Some(4)) == Switch::On {
        return None;
    }
    let reason = || {
        format!(
            "`{}` without `weights_only=True` unpickles what it downloads, whatever the version of torch",
            sink.name
        )
    };
    match switch::of(cx, args, "weights_only", Some(6)) {
        Switch::On | Switch::Unknown => None,
        Switch::Missing if is_fallback(cx, sink) => None,
        Switch::Off => Some((
            Severity::Error,
            format!("`weights_only=False` makes `{}` unpickle what it downloads", sink.name),
            TORCH_HELP,
        )),
        _ => Some((Severity::Warning, reason(), TORCH_HELP)),
    }
}

fn numpy(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    // Here to be on is to be unsafe, and a default that is off is safe.
    match switch::of(cx, args, "allow_pickle", Some(2)) {
        Switch::On => Some((
            Severity::Warning,
            format!("`allow_pickle=True` makes `{}` unpickle object arrays", sink.name),
            "leave `allow_pickle` off, and store objects as JSON or as plain arrays in an `.npz`",
        )),
        _ => None,
    }
}

fn keras(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    let safe_mode = switch::of(cx, args, "safe_mode", Some(3));
    if safe_mode == Switch::Off {
        return Some((
            Severity::Error,
            format!("`safe_mode=False` lets the model file of `{}` bring its own code", sink.name),
            "drop `safe_mode=False`, register custom layers with `keras.saving.register_keras_serializable`, and save as `.keras`",
        ));
    }
    let (item, source) = sink.source?;
    is_hdf5(cx, item, source, 4).then(|| {
        (
            Severity::Warning,
            format!("`{}` ignores `safe_mode` for HDF5 files, whose Lambda layers hold code", sink.name),
            "save the model in the `.keras` format, or build it in code and load weights only (`.weights.h5`)",
        )
    })
}

/// Whether a path is written down to end in `.h5` or `.hdf5`.
fn is_hdf5(cx: &CheckContext<'_>, at: u32, expr: ExprId, depth: u32) -> bool {
    let item = cx.file.item(at);
    let ends = |text: &str| {
        let extension = text.rsplit_once('.').map(|(_, extension)| extension);
        extension
            .is_some_and(|extension| extension.eq_ignore_ascii_case("h5") || extension.eq_ignore_ascii_case("hdf5"))
    };
    match item.expr(expr) {
        Expr::Str(literal) => literal.value.is_some_and(|value| ends(value.as_str())),
        Expr::FString(parts) => match parts.last() {
            Some(FStringPart::Text(range)) => ends(cx.file.text_at(at, *range)),
            _ => false,
        },
        Expr::Binary { op, right, .. } if *op == "+" || *op == "/" => is_hdf5(cx, at, *right, depth),
        // `os.path.join(folder, "model.h5")`, `Path("model.h5")`, `str(path)`
        Expr::Call { args, .. } => {
            args.last().is_some_and(|arg| arg.kind == ArgKind::Positional && is_hdf5(cx, at, arg.value, depth))
        }
        Expr::Name(name) if depth > 0 => {
            let bound = flow::bindings(cx.file, at, expr, *name);
            !bound.is_empty()
                && bound.iter().all(|(home, binding)| match binding.source {
                    Source::Value(value) | Source::Annotated(_, Some(value)) => is_hdf5(cx, *home, value, depth - 1),
                    _ => false,
                })
        }
        _ => false,
    }
}

fn shelve(cx: &CheckContext<'_>, args: &[Arg]) -> Option<Reason> {
    let flag = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "flag"));
    let flag =
        flag.or_else(|| args.get(1).filter(|arg| arg.kind == ArgKind::Positional)).map(|arg| cx.item.expr(arg.value));
    // `n` starts with an empty file.
    if matches!(flag, Some(Expr::Str(literal)) if literal.value.is_some_and(|value| value == "n")) {
        return None;
    }
    Some((
        Severity::Information,
        "a shelf unpickles its values".to_owned(),
        "keep what others can write in SQLite or JSON",
    ))
}
