//! Which values are models, and which calls of them compute.

use pyteam_index::definitions::ClassRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::{Base, Inference, Site, Type, Types};
use pyteam_index::known;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, Name};

/// Methods of `torch.nn.Module` that give the module itself.
const GIVE_SELF: &[&str] = &[
    "to",
    "cuda",
    "cpu",
    "xpu",
    "ipu",
    "mtia",
    "eval",
    "train",
    "half",
    "float",
    "double",
    "bfloat16",
    "type",
    "to_empty",
    "apply",
    "share_memory",
    "requires_grad_",
];

/// Functions that give a model the form in which it is called, too.
const WRAPPERS: &[&str] = &[
    "torch.compile",
    "torch.jit.script",
    "torch.jit.trace",
    "torch.jit.freeze",
    "torch.jit.optimize_for_inference",
    "copy.deepcopy",
];

/// Bases of models that are classes of the workspace.
const MODULES: &[&str] = &[
    "torch.nn.Module",
    "pytorch_lightning.LightningModule",
    "lightning.LightningModule",
    "keras.Model",
    "tensorflow.keras.Model",
    "torch.nn.Sequential",
];

/// Whether the call at `site`, with its callee, is a model's computation.
pub(super) fn computes(inference: &Inference<'_>, site: Site) -> bool {
    let Some((_, item, _)) = inference.item(site.file, site.item) else { return false };
    let Expr::Call { func, .. } = item.expr(site.expr) else { return false };
    let at = |expr| Site { expr, ..site };
    let (value, method) = match item.expr(*func) {
        Expr::Attribute { value, attr } => (*value, attr.as_str()),
        _ => (*func, ""),
    };
    let is_object = known::infers(Name::new(method)) && is_model(inference, at(value), 4);
    // `self.model(x)`: the attribute itself is what is called.
    is_object || (!method.is_empty() && is_model(inference, at(*func), 4))
}

/// Whether a value is certainly a model.
fn is_model(inference: &Inference<'_>, site: Site, depth: u8) -> bool {
    is_made(inference, site, depth, &Made { known: &is_model_type, outside: &known::makes_model })
}

fn is_model_type(inference: &Inference<'_>, one: &Type) -> bool {
    match one {
        Type::Object(class, _) => is_module(inference, *class),
        Type::Instance { class, .. } => MODULES.contains(&class.as_str()) || is_layer(class.as_str()),
        _ => false,
    }
}

/// Whether a value is certainly made by one of the classes that `is_class` tells: `YOLO("n.pt")`. Names all in capitals
/// are constants to inference, which gives no objects of them.
pub(super) fn is_made_by(inference: &Inference<'_>, site: Site, is_class: &dyn Fn(Name) -> bool) -> bool {
    is_made(inference, site, 4, &Made { known: &|_, _| false, outside: is_class })
}

/// What a value has to be.
struct Made<'m> {
    /// Whether this type will do.
    known: &'m dyn Fn(&Inference<'_>, &Type) -> bool,
    /// Whether what calling this outside function makes will do.
    outside: &'m dyn Fn(Name) -> bool,
}

/// Whether a value is certainly what is wanted, whatever way it comes.
fn is_made(inference: &Inference<'_>, site: Site, depth: u8, wanted: &Made<'_>) -> bool {
    let types = inference.expr(site);
    let mut certain = types.non_none().peekable();
    if certain.peek().is_some() && !types.has_unknown() {
        return certain.all(|one| (wanted.known)(inference, one));
    }
    depth > 0 && follow(inference, site, depth, wanted)
}

/// `torch.nn.Linear`: layers are modules.
fn is_layer(class: &str) -> bool {
    class.strip_prefix("torch.nn.").is_some_and(|name| !name.contains('.') && !matches!(name, "Parameter" | "Buffer"))
}

/// Whether the class derives from one of [`MODULES`].
pub(super) fn is_module(inference: &Inference<'_>, class: ClassRef) -> bool {
    inference.ancestors(class).0.into_iter().flat_map(|one| inference.bases(one)).any(|base| match base {
        Base::External(path) => MODULES.contains(&path.as_str()),
        _ => false,
    })
}

/// Follows what inference does not: a value from a function outside.
fn follow(inference: &Inference<'_>, site: Site, depth: u8, wanted: &Made<'_>) -> bool {
    let Some((file, item, facts)) = inference.item(site.file, site.item) else { return false };
    let at = |expr| Site { expr, ..site };
    match item.expr(site.expr) {
        Expr::Call { func, args } => match item.expr(*func) {
            // `load().to(device).eval()` is the same model.
            Expr::Attribute { value, attr } if GIVE_SELF.contains(&attr.as_str()) => {
                is_made(inference, at(*value), depth - 1, wanted)
            }
            _ => inference.callee_path(site).is_some_and(|path| {
                let wraps = WRAPPERS.contains(&path.as_str());
                let inner = args.first().filter(|arg| wraps && arg.kind == ArgKind::Positional);
                (wanted.outside)(path) || inner.is_some_and(|arg| is_made(inference, at(arg.value), depth - 1, wanted))
            }),
        },
        Expr::Name(name) => {
            let mut local = facts.bindings.iter().filter(|one| one.name == *name).peekable();
            if local.peek().is_some() {
                let all: Vec<bool> = local
                    .filter_map(|binding| {
                        given(inference, site, binding.source, !binding.path.is_empty(), depth, wanted)
                    })
                    .collect();
                return !all.is_empty() && all.into_iter().all(|one| one);
            }
            inference.look_at_bodies(site.file);
            let bound = file.facts.module.get(name).map_or(&[][..], Vec::as_slice);
            let all: Vec<bool> = bound
                .iter()
                .filter_map(|one| {
                    let (_, _, facts) = inference.item(site.file, one.item)?;
                    let binding = &facts.bindings[one.binding as usize];
                    let there = Site { item: one.item, ..site };
                    given(inference, there, binding.source, !binding.path.is_empty(), depth, wanted)
                })
                .collect();
            !all.is_empty() && all.into_iter().all(|one| one)
        }
        Expr::Attribute { value, attr } => {
            let base: Types = inference.expr(at(*value));
            let [Type::Object(class, _)] = base.as_slice() else { return false };
            let (classes, _) = inference.ancestors(*class);
            let all: Vec<bool> = classes
                .into_iter()
                .flat_map(|class| inference.writes(class, *attr))
                .filter_map(|(there, source, path)| given(inference, there, source, !path.is_empty(), depth, wanted))
                .collect();
            !all.is_empty() && all.into_iter().all(|one| one)
        }
        _ => false,
    }
}

/// Whether what a name is bound to is what is wanted; nothing for `None`, which stands for one to come.
fn given(
    inference: &Inference<'_>,
    at: Site,
    source: Source,
    unpacked: bool,
    depth: u8,
    wanted: &Made<'_>,
) -> Option<bool> {
    match source {
        Source::Value(value) | Source::Annotated(_, Some(value)) => {
            let (_, item, _) = inference.item(at.file, at.item)?;
            match item.expr(value) {
                Expr::None => None,
                _ => Some(!unpacked && is_made(inference, Site { expr: value, ..at }, depth - 1, wanted)),
            }
        }
        Source::Annotated(_, None) => None,
        _ => Some(false),
    }
}
