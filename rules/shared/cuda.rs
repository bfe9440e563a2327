//! What brings CUDA up in a process: from then on a fork of it cannot use CUDA.

use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::{self, Source};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::arguments::passed;
use pyteam_syntax::tree::FStringPart;
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId};

use super::{asynchronous, blocking};

/// How many functions deep a call is followed.
pub const DEPTH: u8 = 2;

/// A call that brings CUDA up, and how a message shows it.
pub type Touch = (Site, String);

/// The first of `calls`, or of what they call in the workspace, that certainly brings CUDA up.
pub fn first(cx: &CheckContext<'_>, calls: &[ExprId], depth: u8) -> Option<(ExprId, Touch)> {
    calls.iter().find_map(|call| Some((*call, touch(cx, *call, depth)?)))
}

/// What brings CUDA up when the call is made.
pub fn touch(cx: &CheckContext<'_>, call: ExprId, depth: u8) -> Option<Touch> {
    let site = cx.site(call);
    if brings_up(cx, call) {
        return Some((site, blocking::shown(cx, call)));
    }
    if depth == 0 {
        return None;
    }
    let callee = cx.inference.callee(site);
    let mut targets = callee.non_none();
    let (Some(only), None) = (targets.next(), targets.next()) else { return None };
    match only {
        Type::Function(function, _) => in_function(cx, *function, depth - 1),
        Type::Class(class) => {
            let init = cx
                .inference
                .methods(*class)
                .into_iter()
                .find(|one| cx.inference.function(*one).is_some_and(|function| function.name == "__init__"));
            in_function(cx, init?, depth - 1)
        }
        _ => None,
    }
}

/// What brings CUDA up whenever the function is called.
pub fn in_function(cx: &CheckContext<'_>, function: FunctionRef, depth: u8) -> Option<Touch> {
    let there = cx.at(function.file, function.item)?;
    // What its names stand for is looked up all over its file.
    there.whole_file();
    let yields = there.file.facts.items[function.item as usize]
        .functions
        .iter()
        .find(|one| one.stmt == function.stmt)
        .is_none_or(|one| one.yields);
    if yields || facts::function(there.item, function.stmt)?.is_async {
        return None;
    }
    let calls = asynchronous::code::body_calls(there.item, function.stmt);
    let certain: Vec<ExprId> =
        calls.into_iter().filter(|call| is_certain(&there, *call, Some(function.stmt))).collect();
    first(&there, &certain, depth).map(|(_, touch)| touch)
}

/// Whether the call is made whenever its function runs, or wherever there is CUDA.
pub fn is_certain(cx: &CheckContext<'_>, call: ExprId, function: Option<StmtId>) -> bool {
    let mut inner = cx.item.enclosing_stmt(call);
    let speaks_of_cuda = |test: ExprId| {
        let text = cx.text(test).to_ascii_lowercase();
        !text.contains("not ") && (text.contains("cuda") || text.contains("gpu"))
    };
    for outer in cx.item.stmt_ancestors(inner) {
        if Some(outer) == function {
            break;
        }
        let is_met = match cx.item.stmt(outer) {
            Stmt::If { test, body, .. } => body.contains(&inner) && speaks_of_cuda(*test),
            Stmt::Try(one) => one.body.contains(&inner),
            Stmt::Match { .. } | Stmt::Function(_) | Stmt::Class(_) => false,
            _ => true,
        };
        if !is_met {
            return false;
        }
        inner = outer;
    }
    !cx.item
        .expr_ancestors(call)
        .any(|around| matches!(cx.item.expr(around), Expr::Lambda(_) | Expr::Conditional { .. } | Expr::Bool2 { .. }))
}

/// Whether the call itself puts something on the GPU, or asks it something.
fn brings_up(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, args } = cx.item.expr(call) else { return false };
    let site = cx.site(call);
    let Some(name) = facts::last_name(cx.item, *func) else { return false };
    let is_method = matches!(cx.item.expr(*func), Expr::Attribute { .. });
    let on_gpu =
        |names: &[&str]| passed(args, names, None).is_some_and(|arg| is_gpu(cx, Site { expr: arg.value, ..site }, 3));
    match name.as_str() {
        "cuda" if is_method => args.len() <= 1 && is_of_torch(cx, *func),
        "to" if is_method => {
            args.iter().any(|arg| is_gpu(cx, Site { expr: arg.value, ..site }, 3)) && is_of_torch(cx, *func)
        }
        _ => cx.inference.callee_path(site).is_some_and(|path| {
            let is_function = path.as_str().strip_prefix("torch.").is_some_and(|name| !name.contains('.'));
            known::brings_up_cuda(path)
                || (is_function && !known::only_names_device(path) || path == "torch.jit.load")
                    && on_gpu(&["device", "map_location"])
        }),
    }
}

/// Whether a method named `cuda` or `to` is that of a tensor or module: the file knows torch, and the workspace has no
/// method of its own there.
fn is_of_torch(cx: &CheckContext<'_>, func: ExprId) -> bool {
    let types = cx.inference.expr(cx.site(func));
    let is_other = types.iter().any(|one| match one {
        Type::Unknown => false,
        Type::Method { class, .. } => !class.as_str().starts_with("torch."),
        _ => true,
    });
    let imports = |path: &str| path == "torch" || path.starts_with("torch.");
    !is_other
        && cx.file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
            Source::Import { path } => imports(path.as_str()),
            Source::ImportFrom { level: 0, module: Some(module), .. } => imports(module.as_str()),
            _ => false,
        })
}

/// Whether a device is a GPU, where there is one.
fn is_gpu(cx: &CheckContext<'_>, site: Site, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let Some((file, item, facts)) = cx.inference.item(site.file, site.item) else { return false };
    cx.inference.look_at_bodies(site.file);
    let at = |expr| Site { expr, ..site };
    let given = |item: u32, source: Source| match source {
        Source::Value(value) | Source::Annotated(_, Some(value)) => {
            is_gpu(cx, Site { file: site.file, item, expr: value }, depth)
        }
        _ => false,
    };
    match item.expr(site.expr) {
        Expr::Str(text) => text.value.is_some_and(|value| value.as_str().starts_with("cuda")),
        Expr::FString(parts) => matches!(parts.first(), Some(FStringPart::Text(range))
            if file.text_at(site.item, *range).starts_with("cuda")),
        Expr::Binary { left, op, .. } if *op == "+" => is_gpu(cx, at(*left), depth),
        Expr::Conditional { body, orelse, test } => {
            let test = file.text_at(site.item, item.expr_range(*test));
            test.contains("is_available") && (is_gpu(cx, at(*body), depth) || is_gpu(cx, at(*orelse), depth))
        }
        Expr::Call { args, .. } => {
            cx.inference.callee_path(site).is_some_and(|path| path == "torch.device")
                && args.first().is_some_and(|arg| is_gpu(cx, at(arg.value), depth + 1))
        }
        Expr::Name(name) => {
            let mut own = facts.bindings.iter().filter(|one| one.name == *name).peekable();
            if own.peek().is_some() {
                return own.all(|one| given(site.item, one.source));
            }
            let bound = file.facts.module.get(name).map_or(&[][..], Vec::as_slice);
            !bound.is_empty()
                && bound.iter().all(|one| {
                    let source = file.facts.items[one.item as usize].bindings[one.binding as usize].source;
                    given(one.item, source)
                })
        }
        Expr::Attribute { value, attr } => {
            let base = cx.inference.expr(at(*value));
            let [Type::Object(class, _)] = base.as_slice() else { return false };
            let writes = cx.inference.writes(*class, *attr);
            !writes.is_empty()
                && writes.iter().all(|(there, source, path)| {
                    let Source::Value(value) = source else { return false };
                    path.is_empty() && is_gpu(cx, Site { expr: *value, ..*there }, depth)
                })
        }
        _ => false,
    }
}
