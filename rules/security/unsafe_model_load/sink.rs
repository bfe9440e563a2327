//! The calls that open files by unpickling them.

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
pub(super) use pyteam_index::known::LoaderKind;
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Name};

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
                let path = known::canonical(*path);
                known::loader(path).map(|loader| {
                    let source = opened(args, loader.opens).map(|source| (cx.item_index, source));
                    Sink { kind: loader.loads, name: path.as_str(), call, source }
                })
            }
            Type::Method { class, name, .. } => of_method(cx, site, *class, *name),
            _ => None,
        }?;
        found.get_or_insert(sink);
    }
    found
}

/// What is opened: the first argument, or the one that the parameter's name stands before.
fn opened(args: &[Arg], parameter: Name) -> Option<ExprId> {
    let first = args.first().filter(|arg| arg.kind == ArgKind::Positional);
    first.map(|arg| arg.value).or_else(|| keyword(args, parameter.as_str()))
}

/// `pickle.Unpickler(f).load()`. A class of one's own that derives from it may refuse what is not expected.
fn of_method(cx: &CheckContext<'_>, site: Site, class: Name, method: Name) -> Option<Sink> {
    let path = Name::new(&format!("{class}.{method}"));
    let loader = known::loader(path)?;
    let (receiver, _) = cx.inference.receiver(site)?;
    let mut made = receiver.non_none();
    let Some(Type::Instance { origin: Some(origin), .. }) = made.next() else { return None };
    if made.next().is_some() || origin.file != cx.file.id {
        return None;
    }
    let Expr::Call { args, .. } = cx.file.item(origin.item).expr(origin.expr) else { return None };
    let source = Some((origin.item, opened(args, loader.opens)?));
    Some(Sink { kind: loader.loads, name: path.as_str(), call: site.expr, source })
}
