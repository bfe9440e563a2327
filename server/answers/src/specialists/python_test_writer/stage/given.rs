//! What is passed for the parameters of a stage.

use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Site, Type};
use pyteam_index::known::{self, Between, ClassKind};
use pyteam_syntax::tree::Param;
use pyteam_syntax::{Expr, ExprId, Name};

use crate::view::View;

/// Class and origin of the one object that an expression is.
pub(super) fn object(view: &View<'_>, site: Site) -> Option<(String, Option<Site>)> {
    let types = view.inference.expr(site);
    let mut found = types.non_none();
    let (Type::Instance { class, origin, .. }, None) = (found.next()?, found.next()) else { return None };
    Some((class.to_string(), *origin))
}

/// How a bounded queue of a class is made, where threads or processes share it.
pub(super) fn queue(class: &str) -> Option<String> {
    let known = known::class(Name::new(class)).filter(|known| known.kind == Some(ClassKind::Queue) && known.maxsize)?;
    match known.between? {
        Between::Threads => Some(class.to_owned()),
        Between::Processes => Some(format!("CONTEXT.{}", class.rsplit('.').next()?)),
        Between::Tasks => None,
    }
}

/// A number, text or the like, as it is passed.
pub(super) fn literal(view: &View<'_>, site: Site) -> Option<String> {
    let (_, item, _) = view.inference.item(site.file, site.item)?;
    let is_plain = matches!(item.expr(site.expr), Expr::Int(_) | Expr::Float | Expr::Bool(_) | Expr::None);
    is_plain.then(|| view.text_of(site).to_owned())
}

/// A small value of the type that an annotation says.
pub(super) fn by_annotation(view: &View<'_>, target: FunctionRef, annotation: Option<ExprId>) -> Option<String> {
    let text = view.text_of(Site { file: target.file, item: target.item, expr: annotation? });
    let text = text.trim_matches(['"', '\'']);
    let may_be_none = text.starts_with("Optional[") || text.split('|').any(|part| part.trim() == "None");
    Some(
        match text {
            _ if may_be_none => "None",
            "int" => "2",
            "float" => "0.1",
            "bool" => "False",
            _ => return None,
        }
        .to_owned(),
    )
}

pub(super) fn param_text(view: &View<'_>, target: FunctionRef, param: &Param) -> String {
    let file = view.snapshot.file(target.file);
    file.map_or_else(|| param.name.to_string(), |file| crate::code::one_line(file.text_at(target.item, param.range)))
}
