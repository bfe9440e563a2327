//! The calls that open files by unpickling them.

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId};

/// What kind of call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoaderKind {
    /// `torch.load`: safe with `weights_only=True`, which is the default from torch 2.6 on.
    Torch,
    /// `torch.hub.load_state_dict_from_url`: the same, but never by default.
    TorchUrl,
    /// `numpy.load`: unsafe with `allow_pickle=True`.
    Numpy,
    /// `load_model` of Keras: unsafe with `safe_mode=False`, and for HDF5 files in any case.
    Keras,
    /// Takes a path or file and unpickles it: `joblib.load`, `pandas.read_pickle`.
    PicklePath,
    /// Takes an open file: `pickle.load`.
    PickleFile,
    /// Takes bytes: `pickle.loads`.
    PickleBytes,
    /// `shelve.open`
    Shelve,
}

/// A call that may unpickle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sink {
    pub(super) kind: LoaderKind,
    /// The function as it is known: `torch.load`.
    pub(super) name: &'static str,
    pub(super) call: ExprId,
    /// What is opened: an expression and the item it is in.
    pub(super) source: Option<(u32, ExprId)>,
}

/// Modules whose `load` and `loads` are pickle's.
const PICKLES: &[(&str, &str, &str)] = &[
    ("pickle", "pickle.load", "pickle.loads"),
    ("_pickle", "pickle.load", "pickle.loads"),
    ("cPickle", "pickle.load", "pickle.loads"),
    ("six.moves.cPickle", "pickle.load", "pickle.loads"),
    ("pickle5", "pickle.load", "pickle.loads"),
    ("dill", "dill.load", "dill.loads"),
    ("cloudpickle", "cloudpickle.load", "cloudpickle.loads"),
    ("cloudpickle.cloudpickle", "cloudpickle.load", "cloudpickle.loads"),
];

/// Other functions.
const FUNCTIONS: &[(&str, LoaderKind, &str)] = &[
    ("torch.load", LoaderKind::Torch, "torch.load"),
    ("torch.hub.load_state_dict_from_url", LoaderKind::TorchUrl, "torch.hub.load_state_dict_from_url"),
    ("torch.utils.model_zoo.load_url", LoaderKind::TorchUrl, "torch.utils.model_zoo.load_url"),
    (
        "torchvision._internally_replaced_utils.load_state_dict_from_url",
        LoaderKind::TorchUrl,
        "torch.hub.load_state_dict_from_url",
    ),
    ("torchvision.models.utils.load_state_dict_from_url", LoaderKind::TorchUrl, "torch.hub.load_state_dict_from_url"),
    ("numpy.load", LoaderKind::Numpy, "numpy.load"),
    ("jax.numpy.load", LoaderKind::Numpy, "numpy.load"),
    ("cupy.load", LoaderKind::Numpy, "cupy.load"),
    ("joblib.load", LoaderKind::PicklePath, "joblib.load"),
    ("sklearn.externals.joblib.load", LoaderKind::PicklePath, "joblib.load"),
    ("pandas.read_pickle", LoaderKind::PicklePath, "pandas.read_pickle"),
    ("pandas.io.pickle.read_pickle", LoaderKind::PicklePath, "pandas.read_pickle"),
    ("compress_pickle.load", LoaderKind::PicklePath, "compress_pickle.load"),
    ("shelve.open", LoaderKind::Shelve, "shelve.open"),
    ("keras.models.load_model", LoaderKind::Keras, "keras.models.load_model"),
    ("keras.saving.load_model", LoaderKind::Keras, "keras.saving.load_model"),
    ("tf_keras.models.load_model", LoaderKind::Keras, "keras.models.load_model"),
    ("tensorflow.keras.models.load_model", LoaderKind::Keras, "keras.models.load_model"),
    ("tensorflow.keras.saving.load_model", LoaderKind::Keras, "keras.saving.load_model"),
    ("tensorflow.python.keras.models.load_model", LoaderKind::Keras, "keras.models.load_model"),
];

/// What `call` is, if it is one of these.
pub(super) fn of(cx: &CheckContext<'_>, call: ExprId) -> Option<Sink> {
    let Expr::Call { func, args, .. } = cx.item.expr(call) else { return None };
    let (last, is_attribute) = match cx.item.expr(*func) {
        Expr::Name(name) => (name.as_str(), false),
        Expr::Attribute { attr, .. } => (attr.as_str(), true),
        _ => return None,
    };
    // Names can be given on import, but not so that nothing of the old one is left; and this is asked of every call.
    let may_be = last.contains("load") && !last.contains("download")
        || last.contains("pickle")
        || is_attribute && last == "open";
    if !may_be {
        return None;
    }
    let site = cx.site(call);
    let callee = cx.inference.callee(site);
    let mut found: Option<Sink> = None;
    for one in callee.non_none() {
        // `try: import dill as pickle` leaves two callees, both of them known.
        let sink = match one {
            Type::External(path) => {
                let path = pyteam_index::known::canonical(*path);
                function(path.as_str()).map(|(kind, name)| Sink { kind, name, call, source: source(cx, kind, args) })
            }
            Type::Method { class, name, .. } if *name == "load" => unpickler(cx, site, class.as_str()),
            _ => None,
        }?;
        found.get_or_insert(sink);
    }
    found
}

fn function(path: &str) -> Option<(LoaderKind, &'static str)> {
    if let Some((_, kind, name)) = FUNCTIONS.iter().find(|(known, ..)| *known == path) {
        return Some((*kind, name));
    }
    let (module, last) = path.rsplit_once('.')?;
    let (_, load, loads) = PICKLES.iter().find(|(known, ..)| *known == module)?;
    match last {
        "load" => Some((LoaderKind::PickleFile, load)),
        "loads" => Some((LoaderKind::PickleBytes, loads)),
        _ => None,
    }
}

fn source(cx: &CheckContext<'_>, kind: LoaderKind, args: &[Arg]) -> Option<(u32, ExprId)> {
    let name = match kind {
        LoaderKind::Torch => "f",
        LoaderKind::TorchUrl => "url",
        LoaderKind::Keras => "filepath",
        LoaderKind::Shelve => "filename",
        LoaderKind::PickleBytes => "data",
        LoaderKind::PicklePath => "filepath_or_buffer",
        LoaderKind::Numpy | LoaderKind::PickleFile => "file",
    };
    let first = args.first().filter(|arg| arg.kind == ArgKind::Positional);
    let named = || args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(keyword) if keyword == name));
    first.or_else(named).map(|arg| (cx.item_index, arg.value))
}

/// `pickle.Unpickler(f).load()`. A class of one's own that derives from it may refuse what is not expected.
fn unpickler(cx: &CheckContext<'_>, site: Site, class: &str) -> Option<Sink> {
    let module = class.strip_suffix(".Unpickler")?;
    PICKLES.iter().find(|(known, ..)| *known == module)?;
    let (receiver, _) = cx.inference.receiver(site)?;
    let mut made = receiver.non_none();
    let Some(Type::Instance { origin: Some(origin), .. }) = made.next() else { return None };
    if made.next().is_some() || origin.file != cx.file.id {
        return None;
    }
    let Expr::Call { args, .. } = cx.file.item(origin.item).expr(origin.expr) else { return None };
    let file = args.first().filter(|arg| arg.kind == ArgKind::Positional)?;
    Some(Sink {
        kind: LoaderKind::PickleFile,
        name: "pickle.Unpickler.load",
        call: site.expr,
        source: Some((origin.item, file.value)),
    })
}
