//! Switching unpickling off.

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts::{ScopeKind, Source};
use pyteam_index::infer::enclosing_function;
use pyteam_index::project::Bound;
use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt, TextEdit};

use super::sink::{self, LoaderKind, Sink};
use super::switch::{self, Switch};
use super::verdict::{is_retry, pickle_module};

/// From here on `torch.load` knows `weights_only`.
const KNOWS_WEIGHTS_ONLY: (u32, u32, u32) = (1, 13, 0);

/// The repair of a call that was found unsafe, where there is one.
pub(super) fn repair(cx: &CheckContext<'_>, sink: &Sink) -> Option<Fix> {
    let Expr::Call { args, .. } = cx.item.expr(sink.call) else { return None };
    match sink.kind {
        LoaderKind::Torch | LoaderKind::TorchUrl => torch(cx, sink, args),
        // `allow_pickle=True` and `safe_mode=False` are written where files hold objects: without, these cannot be loaded.
        _ => None,
    }
}

fn torch(cx: &CheckContext<'_>, sink: &Sink, args: &[Arg]) -> Option<Fix> {
    let requirements = cx.snapshot.requirements_for(&cx.file.path);
    let known = requirements.map_or(Bound::Unknown, |one| one.at_least("torch", KNOWS_WEIGHTS_ONLY));
    // With a pickle module of one's own the file is no plain checkpoint, and an older torch knows no `weights_only`.
    if sink.kind == LoaderKind::Torch && pickle_module(args) || known == Bound::Excluded {
        return None;
    }
    // To add the argument would make the second attempt the first one again.
    if is_retry(cx, sink) || is_a_whole_model(cx, sink.call) {
        return None;
    }
    match switch::of(cx, args, "weights_only", (sink.kind == LoaderKind::TorchUrl).then_some(6)) {
        // It was switched off for what the file holds beside tensors, unless only tensors are of use.
        Switch::Off if is_only_a_state_dict(cx, sink.call) => switch_on(cx, args),
        Switch::Passed => set_default(cx, sink.call, args),
        Switch::Missing => {
            let may_pass = |arg: &Arg| match arg.kind {
                ArgKind::Keyword(name) => name == "weights_only",
                ArgKind::DoubleStar => !switch::certainly_lacks(cx, arg.value, "weights_only"),
                ArgKind::Positional | ArgKind::Star => false,
            };
            // Passed twice it is a `TypeError`, also where what is passed is `None`.
            if args.iter().any(may_pass) {
                return None;
            }
            let is_safe =
                sink.kind == LoaderKind::Torch && known == Bound::Proved && is_only_a_state_dict(cx, sink.call);
            let applicability = if is_safe { Applicability::Safe } else { Applicability::Unsafe };
            let editor = ArgumentEditor::of_call(&cx.file.parsed, cx.item_index, sink.call)?;
            let edit = editor.insert("weights_only=True")?;
            let mut fix = Fix::new("Add `weights_only=True`", applicability);
            fix.push(cx.file.id, edit);
            Some(fix)
        }
        _ => None,
    }
}

/// Replaces `weights_only=False`.
fn switch_on(cx: &CheckContext<'_>, args: &[Arg]) -> Option<Fix> {
    let is_switch = |arg: &&Arg| matches!(arg.kind, ArgKind::Keyword(name) if name == "weights_only");
    let arg = args.iter().find(is_switch)?;
    if !matches!(cx.item.expr(arg.value), Expr::Bool(_)) {
        return None;
    }
    let mut fix = Fix::new("Set `weights_only=True`", Applicability::Unsafe);
    fix.push(cx.file.id, TextEdit::replace(cx.range(arg.value), "True"));
    Some(fix)
}

/// Puts `kwargs.setdefault("weights_only", True)` above the statement: a caller may still say otherwise.
fn set_default(cx: &CheckContext<'_>, call: ExprId, args: &[Arg]) -> Option<Fix> {
    let spread = args.iter().find(|arg| arg.kind == ArgKind::DoubleStar)?;
    let Expr::Name(kwargs) = cx.item.expr(spread.value) else { return None };
    if !is_for_torch_only(cx, *kwargs) {
        return None;
    }
    let stmt = cx.item.enclosing_stmt(call);
    let (range, source) = (cx.stmt_range(stmt), cx.file.source());
    // Above an `elif` or behind a colon no line can be put.
    let is_elif = source.slice(range).starts_with("elif");
    let compound =
        !matches!(cx.item.stmt(stmt), Stmt::Expr(_) | Stmt::Assign { .. } | Stmt::AnnAssign { .. } | Stmt::Return(_));
    if is_elif || compound || !statement::has_own_lines(source, range) {
        return None;
    }
    let quote = style::quote(source);
    let line = format!("{kwargs}.setdefault({quote}weights_only{quote}, True)");
    let mut fix = Fix::new("Default to `weights_only=True`", Applicability::Unsafe);
    let indent = style::indent_of(source, range.start());
    fix.push(cx.file.id, TextEdit::insert(range.start(), format!("{line}{}{indent}", style::newline(source))));
    Some(fix)
}

/// Whether all that is done with the mapping is to pass it to `torch.load`: others do not know the argument.
fn is_for_torch_only(cx: &CheckContext<'_>, kwargs: Name) -> bool {
    let mut uses = cx.item.expr_ids().filter(|id| matches!(cx.item.expr(*id), Expr::Name(name) if *name == kwargs));
    uses.all(|used| match cx.item.expr_parent(used) {
        Parent::Expr(parent) => sink::of(cx, parent).is_some_and(|sink| sink.kind == LoaderKind::Torch),
        _ => false,
    })
}

/// Whether what is loaded is used as a model at once, which a file of tensors is not: `torch.load(path).eval()`.
fn is_a_whole_model(cx: &CheckContext<'_>, call: ExprId) -> bool {
    const METHODS: &[&str] =
        &["cuda", "eval", "float", "forward", "half", "named_parameters", "parameters", "state_dict", "train"];
    let item = cx.item;
    let is_used_so = |mut expr: ExprId| {
        // `checkpoint["model"].eval()`
        loop {
            let Parent::Expr(parent) = item.expr_parent(expr) else { return false };
            match item.expr(parent) {
                Expr::Subscript { value, .. } if *value == expr => expr = parent,
                Expr::Attribute { attr, .. } => return METHODS.contains(&attr.as_str()),
                Expr::Call { func, .. } => return *func == expr,
                _ => return false,
            }
        }
    };
    if is_used_so(call) {
        return true;
    }
    let Parent::Stmt(stmt) = item.expr_parent(call) else { return false };
    let targets = match item.stmt(stmt) {
        Stmt::Assign { targets, .. } => &**targets,
        // `model: nn.Module = torch.load(path)`
        Stmt::AnnAssign { annotation, .. } if cx.text(*annotation).ends_with("Module") => return true,
        Stmt::AnnAssign { target, .. } => std::slice::from_ref(target),
        _ => return false,
    };
    targets.iter().any(|target| {
        let text = cx.text(*target);
        item.expr_ids().any(|id| {
            id != *target
                && matches!(item.expr(id), Expr::Name(_) | Expr::Attribute { .. })
                && cx.text(id) == text
                && is_used_so(id)
        })
    })
}

/// Whether what is loaded goes into `load_state_dict` and nowhere else: there only tensors are of use.
fn is_only_a_state_dict(cx: &CheckContext<'_>, call: ExprId) -> bool {
    if goes_into_state_dict(cx, call) {
        return true;
    }
    // `state = torch.load(…)`, used once.
    let Parent::Stmt(stmt) = cx.item.expr_parent(call) else { return false };
    let Stmt::Assign { targets, .. } = cx.item.stmt(stmt) else { return false };
    let [target] = targets.as_ref() else { return false };
    let Expr::Name(name) = cx.item.expr(*target) else { return false };
    let facts = cx.facts();
    // At module level any module may use the name.
    if enclosing_function(cx.item, stmt).is_none() {
        return false;
    }
    let mut bound = facts.bindings.iter().filter(|binding| binding.name == *name);
    let is_local = |binding: &pyteam_index::facts::Binding| {
        let scope = &facts.scopes[binding.scope.0 as usize];
        scope.kind == ScopeKind::Function && !scope.globals.contains(name) && !scope.nonlocals.contains(name)
    };
    let only = bound
        .next()
        .is_some_and(|binding| matches!(binding.source, Source::Value(value) if value == call) && is_local(binding));
    if !only || bound.next().is_some() {
        return false;
    }
    let mut uses =
        cx.item.expr_ids().filter(|id| id != target && matches!(cx.item.expr(*id), Expr::Name(used) if used == name));
    uses.next().is_some_and(|used| goes_into_state_dict(cx, used)) && uses.next().is_none()
}

/// Whether `expr` is the first argument of `….load_state_dict(…)`, and not that of a scheduler, whose state may hold
/// functions.
fn goes_into_state_dict(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let Parent::Expr(parent) = cx.item.expr_parent(expr) else { return false };
    let Expr::Call { func, args, .. } = cx.item.expr(parent) else { return false };
    let Expr::Attribute { value, attr } = cx.item.expr(*func) else { return false };
    let receiver = cx.text(*value).to_ascii_lowercase();
    *attr == "load_state_dict"
        && args.first().is_some_and(|arg| arg.value == expr && arg.kind == ArgKind::Positional)
        && !["sched", "optim"].iter().any(|word| receiver.contains(word))
}
