//! Variables that pydantic reads: the fields of classes that derive from its `BaseSettings`.

use std::sync::Arc;

use pyteam_index::File;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts;
use pyteam_index::infer::{Base, Site};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId};

use crate::calls::{imports_any, keyword, literal};
use crate::code::{Public, public_names};
use crate::view::View;

/// The variables that the settings of `files` are read from: name, field, and whether there is no default.
pub(super) fn fields(view: &View<'_>, files: &[&Arc<File>]) -> Vec<(String, Site, bool)> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| imports_any(file, &["pydantic", "pydantic_settings"])) {
        for public in public_names(view, file) {
            let Public::Class(class) = public else { continue };
            if is_settings(view, class) {
                found.extend(of_class(view, class));
            }
        }
    }
    found
}

fn is_settings(view: &View<'_>, class: ClassRef) -> bool {
    let ancestors = view.inference.ancestors(class).0;
    ancestors.into_iter().flat_map(|one| view.inference.bases(one)).any(|base| match base {
        Base::External(path) => {
            let path = path.as_str();
            path.starts_with("pydantic") && path.ends_with(".BaseSettings")
        }
        _ => false,
    })
}

/// The fields of one class; none where its prefix is not known.
fn of_class(view: &View<'_>, class: ClassRef) -> Vec<(String, Site, bool)> {
    let Some((_, item, _)) = view.inference.item(class.file, class.item) else { return Vec::new() };
    let Some(definition) = facts::class(item, class.stmt) else { return Vec::new() };
    let Some(prefix) = prefix(item, &definition.body) else { return Vec::new() };
    let mut found = Vec::new();
    for stmt in &definition.body {
        let Stmt::AnnAssign { target, annotation, value, .. } = item.stmt(*stmt) else { continue };
        let Expr::Name(name) = item.expr(*target) else { continue };
        let site = Site { file: class.file, item: class.item, expr: *target };
        let is_of_class = view.text_of(Site { expr: *annotation, ..site }).contains("ClassVar");
        if name.as_str().starts_with('_') || *name == "model_config" || is_of_class || !view.is_asked_site(site) {
            continue;
        }
        let field = value.and_then(|value| match item.expr(value) {
            Expr::Call { func, args } if facts::last_name(item, *func).is_some_and(|last| last == "Field") => {
                Some(args)
            }
            _ => None,
        });
        let given = |word: &str| field.and_then(|args| keyword(args, word));
        let alias = ["validation_alias", "alias", "env"].into_iter().find_map(given);
        let name = match alias {
            // An alias stands for itself, without the prefix.
            Some(alias) => literal(item, alias).map(str::to_owned),
            None => Some(format!("{prefix}{name}").to_uppercase()),
        };
        let has_default = match field {
            Some(args) => {
                keyword(args, "default").or_else(|| keyword(args, "default_factory")).is_some()
                    || args.first().is_some_and(|first| {
                        first.kind == pyteam_syntax::tree::ArgKind::Positional
                            && !matches!(item.expr(first.value), Expr::Ellipsis)
                    })
            }
            None => value.is_some(),
        };
        found.extend(name.map(|name| (name, site, !has_default)));
    }
    found
}

/// `env_prefix` of `model_config` or of the class `Config`; empty where neither says one, none where it is no literal.
fn prefix(item: &Item, body: &[StmtId]) -> Option<String> {
    let named = |stmt: &StmtId, wanted: &str| -> Option<ExprId> {
        let (target, value) = match item.stmt(*stmt) {
            Stmt::Assign { targets, value } => (*targets.first()?, *value),
            Stmt::AnnAssign { target, value: Some(value), .. } => (*target, *value),
            _ => return None,
        };
        matches!(item.expr(target), Expr::Name(name) if *name == wanted).then_some(value)
    };
    let mut said = None;
    for stmt in body {
        if let Some(config) = named(stmt, "model_config") {
            said = match item.expr(config) {
                Expr::Call { args, .. } => keyword(args, "env_prefix"),
                Expr::Dict(entries) => entries
                    .iter()
                    .find(|entry| entry.key.and_then(|key| literal(item, key)) == Some("env_prefix"))
                    .map(|entry| entry.value),
                _ => return None,
            };
        }
        if let Stmt::Class(config) = item.stmt(*stmt)
            && config.name == "Config"
        {
            said = config.body.iter().find_map(|stmt| named(stmt, "env_prefix"));
        }
    }
    said.map_or_else(|| Some(String::new()), |said| literal(item, said).map(str::to_owned))
}
