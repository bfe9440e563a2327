//! Cases of a function that want a test, by what its signature and body say.

use std::collections::BTreeSet;

use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_syntax::tree::ParamKind;
use pyteam_syntax::{Expr, ExprId, Stmt};

use crate::view::View;

/// What a function's signature and body say that may happen.
pub(crate) fn edge_cases(view: &View<'_>, function: FunctionRef) -> Vec<String> {
    let Some((file, item, function_facts)) = view.inference.item(function.file, function.item) else {
        return Vec::new();
    };
    let Some(definition) = facts::function(item, function.stmt) else { return Vec::new() };
    let is_abstract =
        |decorator: &ExprId| facts::last_name(item, *decorator).is_some_and(|last| last == "abstractmethod");
    // What subclasses implement has no cases of its own.
    if definition.decorators.iter().any(is_abstract) {
        return Vec::new();
    }
    let mut cases = Vec::new();
    let text = |expr| file.text_at(function.item, item.expr_range(expr));
    for param in definition.params.iter().filter(|param| !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar))
    {
        let may_be_none = param.annotation.is_some_and(|at| {
            let text = text(at);
            text.contains("None") || text.starts_with("Optional[") || text.contains("typing.Optional[")
        });
        if may_be_none {
            cases.push(format!("`{}` is None", param.name));
        }
        let is_collection = param.annotation.is_some_and(|at| {
            let text = text(at);
            ["list[", "List[", "Sequence[", "Iterable[", "dict[", "Dict[", "Mapping[", "set[", "tuple["]
                .iter()
                .any(|one| text.starts_with(one))
        });
        if is_collection {
            cases.push(format!("`{}` is empty", param.name));
        }
    }
    let is_inside = |stmt| item.stmt_ancestors(stmt).any(|around| around == function.stmt);
    let mut raised = BTreeSet::new();
    for stmt in item.stmt_ids().filter(|stmt| is_inside(*stmt)) {
        if let Stmt::Raise { exc: Some(exc), .. } = item.stmt(stmt) {
            let class = match item.expr(*exc) {
                Expr::Call { func, .. } => text(*func),
                _ => text(*exc),
            };
            if class == "NotImplementedError" && definition.body.last() == Some(&stmt) {
                return Vec::new();
            }
            if class.starts_with(|char: char| char.is_uppercase()) && class.len() < 60 {
                raised.insert(format!("raises `{class}`"));
            }
        }
    }
    cases.splice(0..0, raised);
    let returns_none = function_facts.functions.iter().find(|one| one.stmt == function.stmt).is_some_and(|one| {
        let none = one.returns.iter().filter(|value| matches!(item.expr(**value), Expr::None)).count();
        none > 0 && none < one.returns.len()
    });
    if returns_none {
        cases.push("returns None".to_owned());
    }
    if definition.is_async {
        cases.push("is canceled while it waits".to_owned());
    }
    cases
}
