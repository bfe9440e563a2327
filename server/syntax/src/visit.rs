//! Walking the typed tree.

use crate::name::Name;
use crate::tree::{Expr, ExprId, FStringPart, Item, Param, Stmt, StmtId};

/// A direct part of an expression or statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// An expression.
    Expr(ExprId),
    /// A statement.
    Stmt(StmtId),
}

/// Calls `see` with each expression that stands directly in `expr`, in source order.
pub fn expr_parts(expr: &Expr, see: &mut dyn FnMut(ExprId)) {
    match expr {
        Expr::Name(_) | Expr::Str(_) | Expr::Int(_) | Expr::Float | Expr::Bool(_) | Expr::None => {}
        Expr::Ellipsis | Expr::Error => {}
        Expr::Attribute { value, .. } | Expr::Await(value) | Expr::YieldFrom(value) | Expr::Starred(value) => {
            see(*value)
        }
        Expr::Not(value) | Expr::Unary(_, value) => see(*value),
        Expr::Call { func, args, .. } => {
            see(*func);
            args.iter().for_each(|arg| see(arg.value));
        }
        Expr::Subscript { value, index } => {
            see(*value);
            see(*index);
        }
        Expr::FString(parts) => {
            for part in parts {
                if let FStringPart::Expr(expr) = part {
                    see(*expr);
                }
            }
        }
        Expr::Tuple(items) | Expr::List(items) | Expr::Set(items) | Expr::Slice(items) => {
            items.iter().for_each(|item| see(*item));
        }
        Expr::Dict(entries) => {
            for entry in entries {
                entry.key.into_iter().for_each(&mut *see);
                see(entry.value);
            }
        }
        Expr::Lambda(lambda) => {
            param_parts(&lambda.params, see);
            see(lambda.body);
        }
        Expr::Comprehension(comprehension) => {
            comprehension.key.into_iter().for_each(&mut *see);
            see(comprehension.element);
            for clause in &comprehension.clauses {
                see(clause.target);
                see(clause.iter);
                clause.conditions.iter().for_each(|condition| see(*condition));
            }
        }
        Expr::Binary { left, right, .. } | Expr::Bool2 { left, right, .. } => {
            see(*left);
            see(*right);
        }
        Expr::Compare(compare) => compare.operands.iter().for_each(|operand| see(*operand)),
        Expr::Conditional { body, test, orelse } => {
            see(*body);
            see(*test);
            see(*orelse);
        }
        Expr::Yield(value) => value.iter().for_each(|value| see(*value)),
        Expr::Walrus { target, value } => {
            see(*target);
            see(*value);
        }
    }
}

fn param_parts(params: &[Param], see: &mut dyn FnMut(ExprId)) {
    for param in params {
        param.annotation.into_iter().for_each(&mut *see);
        param.default.into_iter().for_each(&mut *see);
    }
}

/// Calls `see` with each expression and statement that stands directly in `stmt`, in source order.
pub fn stmt_parts(stmt: &Stmt, see: &mut dyn FnMut(Part)) {
    let mut expr = |id: ExprId| see(Part::Expr(id));
    match stmt {
        Stmt::Expr(value) => expr(*value),
        Stmt::Assign { targets, value } => {
            targets.iter().for_each(|target| expr(*target));
            expr(*value);
        }
        Stmt::AnnAssign { target, annotation, value } => {
            expr(*target);
            expr(*annotation);
            value.iter().for_each(|value| expr(*value));
        }
        Stmt::AugAssign { target, value, .. } => {
            expr(*target);
            expr(*value);
        }
        Stmt::Return(value) => value.iter().for_each(|value| expr(*value)),
        Stmt::Raise { exc, cause } => exc.iter().chain(cause).for_each(|value| expr(*value)),
        Stmt::Assert { test, message } => {
            expr(*test);
            message.iter().for_each(|value| expr(*value));
        }
        Stmt::Delete(targets) => targets.iter().for_each(|target| expr(*target)),
        Stmt::Pass | Stmt::Break | Stmt::Continue | Stmt::Error => {}
        Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Member(_) => {}
        Stmt::TypeAlias { value, .. } => expr(*value),
        Stmt::If { test, .. } | Stmt::While { test, .. } => expr(*test),
        Stmt::For { target, iter, .. } => {
            expr(*target);
            expr(*iter);
        }
        Stmt::With { items, .. } => {
            for item in items {
                expr(item.context);
                item.target.into_iter().for_each(&mut expr);
            }
        }
        Stmt::Try(_) => {}
        Stmt::Match { subject, .. } => expr(*subject),
        Stmt::Function(function) => {
            function.decorators.iter().for_each(|decorator| expr(*decorator));
            param_parts(&function.params, &mut expr);
            function.returns.iter().for_each(|returns| expr(*returns));
        }
        Stmt::Class(class) => {
            class.decorators.iter().for_each(|decorator| expr(*decorator));
            class.args.iter().for_each(|arg| expr(arg.value));
        }
    }
    match stmt {
        Stmt::Try(one) => {
            body(&one.body, see);
            for handler in &one.handlers {
                handler.kind.into_iter().for_each(|kind| see(Part::Expr(kind)));
                body(&handler.body, see);
            }
            body(&one.orelse, see);
            body(&one.finalbody, see);
        }
        Stmt::Match { cases, .. } => {
            for case in cases {
                case.patterns.iter().chain(&case.guard).for_each(|expr| see(Part::Expr(*expr)));
                body(&case.body, see);
            }
        }
        Stmt::If { body: first, orelse, .. }
        | Stmt::While { body: first, orelse, .. }
        | Stmt::For { body: first, orelse, .. } => {
            body(first, see);
            body(orelse, see);
        }
        Stmt::With { body: block, .. } => body(block, see),
        Stmt::Function(function) => body(&function.body, see),
        Stmt::Class(class) => body(&class.body, see),
        _ => {}
    }
}

fn body(stmts: &[StmtId], see: &mut dyn FnMut(Part)) {
    stmts.iter().for_each(|stmt| see(Part::Stmt(*stmt)));
}

/// Calls `enter` with `part` and everything below it, outermost first and in source order. Where `enter`
/// answers `false`, what stands below that part is passed over.
pub fn walk(item: &Item, part: Part, enter: &mut dyn FnMut(Part) -> bool) {
    if !enter(part) {
        return;
    }
    match part {
        Part::Expr(id) => expr_parts(item.expr(id), &mut |id| walk(item, Part::Expr(id), enter)),
        Part::Stmt(id) => stmt_parts(item.stmt(id), &mut |part| walk(item, part, enter)),
    }
}

/// Whether `part` mentions one of `names`.
pub fn mentions(item: &Item, part: Part, names: &[Name]) -> bool {
    let mut found = false;
    walk(item, part, &mut |part| {
        if let Part::Expr(id) = part
            && let Expr::Name(name) = item.expr(id)
        {
            found |= names.contains(name);
        }
        !found
    });
    found
}
