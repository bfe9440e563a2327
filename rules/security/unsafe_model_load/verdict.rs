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
use super::gate;
use super::sink::{LoaderKind, Sink};
use super::switch::{self, Switch};

/// From here on `weights_only=True` is the default.
const SAFE_BY_DEFAULT: (u32, u32, u32) = (2, 6, 0);

/// What is wrong with a call.
pub(super) struct Verdict {
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) note: String,
    pub(super) help: &'static str,
}

const TORCH_HELP: &str = "pass `weights_only=True`, or load safetensors or ONNX, which contain no code";
const PICKLE_MODULE_HELP: &str =
    "remove `pickle_module`, pass `weights_only=True`, and re-save the checkpoint as a `state_dict()` if needed";
const PICKLE_HELP: &str =
    "use JSON, `.npz` or Parquet for data, safetensors or ONNX for models, or verify the file's hash first";

/// The verdict on a call; nothing where it is safe, or where too little is known.
pub(super) fn of(cx: &CheckContext<'_>, sink: &Sink) -> Option<Verdict> {
    let Expr::Call { args, .. } = cx.item.expr(sink.call) else { return None };
    let Reason { severity, message, note, help } = match sink.kind {
        LoaderKind::Torch => torch(cx, sink, args)?,
        LoaderKind::TorchUrl => torch_url(cx, sink, args)?,
        LoaderKind::Numpy => numpy(cx, sink, args)?,
        LoaderKind::Keras => keras(cx, sink, args)?,
        LoaderKind::Shelve => shelve(cx, args)?,
        LoaderKind::PicklePath | LoaderKind::PickleFile | LoaderKind::PickleBytes => {
            Reason::new(Severity::Warning, format!("`{}` can run code from the file", sink.name), PICKLE_HELP)
        }
    };
    let evidence = evidence::of(cx, sink).filter(|evidence| is_a_file(sink.kind, *evidence))?;
    let is_about_default = sink.kind == LoaderKind::TorchUrl || is_told_to_torch(cx, sink, args);
    let may_step = !matches!(sink.kind, LoaderKind::TorchUrl);
    let severity = match severity {
        _ if gate::is_behind_one(cx, sink.call) => Severity::Information,
        // Which torch it is decides whether the download is unpickled.
        Severity::Warning if sink.kind == LoaderKind::Torch && !is_about_default => Severity::Information,
        Severity::Warning if evidence.downloaded && may_step => Severity::Error,
        Severity::Information if evidence.downloaded => Severity::Warning,
        // What lies beside the code is mostly committed with it.
        Severity::Warning if evidence.shipped && !matches!(sink.kind, LoaderKind::Torch | LoaderKind::TorchUrl) => {
            Severity::Information
        }
        // What is loaded may be the program's own.
        Severity::Warning if !is_about_default => Severity::Information,
        severity => severity,
    };
    let is_downloaded = evidence.downloaded || sink.kind == LoaderKind::TorchUrl;
    let note = match note {
        Some(note) if evidence.downloaded && sink.kind != LoaderKind::TorchUrl => {
            format!("{note}; the file is downloaded")
        }
        Some(note) => note,
        None if is_downloaded => {
            "the file is downloaded: the server, or a man in the middle, can run code here".to_owned()
        }
        None => "anyone who can write the file can run code with this program's privileges".to_owned(),
    };
    Some(Verdict { severity, message, note, help })
}

/// `pickle.load` takes any stream, such as a pipe from a child: only of a file is it known that others may write it.
fn is_a_file(kind: LoaderKind, evidence: Evidence) -> bool {
    match kind {
        LoaderKind::PickleFile | LoaderKind::PickleBytes => evidence.opened || evidence.downloaded,
        _ => true,
    }
}

/// Why a call is unsafe, before it is known where its file comes from.
struct Reason {
    severity: Severity,
    message: String,
    /// What holds of this call alone; where there is nothing, the note says who can write the file.
    note: Option<String>,
    help: &'static str,
}

impl Reason {
    fn new(severity: Severity, message: impl Into<String>, help: &'static str) -> Self {
        Self { severity, message: message.into(), note: None, help }
    }

    fn noting(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

fn torch(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    let name = sink.name;
    Some(match switch::of(cx, args, "weights_only", None) {
        Switch::On | Switch::Unknown => return None,
        Switch::Off => Reason::new(
            Severity::Warning,
            format!("`weights_only=False` lets `{name}` run code from the file"),
            TORCH_HELP,
        ),
        Switch::OffByDefault => Reason::new(
            Severity::Warning,
            format!("`{name}` can run code from the file unless the caller sets `weights_only`"),
            TORCH_HELP,
        ),
        Switch::Missing | Switch::Passed if is_fallback(cx, sink) => return None,
        Switch::Missing | Switch::Passed => {
            let requirements = cx.snapshot.requirements_for(&cx.file.path);
            let bound =
                requirements.map_or(Bound::Unknown, |requirements| requirements.at_least("torch", SAFE_BY_DEFAULT));
            // A pickle module of one's own switches the safe default off.
            if pickle_module(args) {
                return Some(Reason::new(
                    Severity::Warning,
                    format!("`{name}` with `pickle_module` can run code from the file"),
                    PICKLE_MODULE_HELP,
                ));
            }
            let version =
                requirements.and_then(|one| one.version("torch")).map(ToString::to_string).unwrap_or_default();
            let unsafe_before = || {
                Reason::new(
                    Severity::Warning,
                    format!("`{name}` without `weights_only=True` can run code from the file"),
                    TORCH_HELP,
                )
            };
            match bound {
                Bound::Proved => return None,
                Bound::Excluded => Reason::new(
                    Severity::Warning,
                    format!("`{name}` with torch {version} can run code from the file"),
                    TORCH_HELP,
                ),
                Bound::Possible if version != "any version" => unsafe_before()
                    .noting(format!("before torch 2.6 it unpickles the file; the requirements allow {version}")),
                _ => unsafe_before().noting("before torch 2.6 it unpickles the file"),
            }
        }
    })
}

/// Whether the call tells torch to unpickle, or leaves it to one that the requirements allow and whose default is unsafe.
fn is_told_to_torch(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> bool {
    let bound = || {
        let requirements = cx.snapshot.requirements_for(&cx.file.path)?;
        requirements.version("torch")?;
        Some(requirements.at_least("torch", SAFE_BY_DEFAULT))
    };
    sink.kind == LoaderKind::Torch
        && match switch::of(cx, args, "weights_only", None) {
            Switch::Off => true,
            Switch::Missing | Switch::Passed => matches!(bound(), Some(Bound::Possible | Bound::Excluded)),
            _ => false,
        }
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
    match switch::of(cx, args, "weights_only", Some(6)) {
        Switch::On | Switch::Unknown => None,
        Switch::Missing if is_fallback(cx, sink) => None,
        Switch::Off => Some(Reason::new(
            Severity::Error,
            format!("`weights_only=False` lets `{}` run code from the download", sink.name),
            TORCH_HELP,
        )),
        _ => {
            let message = format!("`{}` can run code from the download", sink.name);
            let reason = Reason::new(Severity::Warning, message, TORCH_HELP);
            Some(reason.noting("without `weights_only=True` it unpickles the file, in every version of torch"))
        }
    }
}

fn numpy(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    // Here to be on is to be unsafe, and a default that is off is safe.
    match switch::of(cx, args, "allow_pickle", Some(2)) {
        Switch::On => Some(Reason::new(
            Severity::Warning,
            format!("`allow_pickle=True` lets `{}` run code from the file", sink.name),
            "remove `allow_pickle=True`, and store objects as JSON or plain arrays",
        )),
        _ => None,
    }
}

fn keras(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Reason> {
    let safe_mode = switch::of(cx, args, "safe_mode", Some(3));
    if safe_mode == Switch::Off {
        return Some(Reason::new(
            Severity::Warning,
            format!("`safe_mode=False` lets `{}` run code from the file", sink.name),
            "remove `safe_mode=False`, and register custom layers with `keras.saving.register_keras_serializable`",
        ));
    }
    let (item, source) = sink.source?;
    is_hdf5(cx, item, source, 4).then(|| {
        Reason::new(
            Severity::Warning,
            format!("`{}` can run code from an HDF5 file", sink.name),
            "save it as `.keras`, or build the model in code and load only its weights",
        )
        .noting("`safe_mode` does not apply to HDF5, and Lambda layers contain code")
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
    Some(Reason::new(
        Severity::Information,
        "`shelve.open` unpickles the values it reads",
        "use SQLite or JSON for data that others can write",
    ))
}
