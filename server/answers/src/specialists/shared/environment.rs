//! The environment: which variables the code reads, and which of them are written down anywhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_syntax::{Expr, ExprId, Parent, Stmt};

use super::settings;
use crate::calls::{Row, arguments, keyword, known_calls, literal, path_of, positional};
use crate::project_files::{Purpose, has_word};
use crate::references::{Used, references_of};
use crate::view::View;

/// A variable that the code reads.
pub(in crate::specialists) struct Variable {
    pub(in crate::specialists) name: String,
    /// Where it is read, the first place first.
    pub(in crate::specialists) sites: Vec<Site>,
    /// Whether the program ends without it: it is read by `os.environ["X"]` somewhere.
    pub(in crate::specialists) is_required: bool,
    /// Files that mention it: documentation, Docker, CI, settings.
    pub(in crate::specialists) mentioned_in: Vec<String>,
}

const READS: &[Row<()>] = &[
    Row { path: "os.getenv", kind: () },
    Row { path: "os.environ.get", kind: () },
    Row { path: "os.environ.pop", kind: () },
    Row { path: "os.environ.setdefault", kind: () },
];

/// The variables that `files` read, by name.
pub(in crate::specialists) fn variables(view: &View<'_>, files: &[&Arc<File>]) -> Vec<Variable> {
    let mut found: BTreeMap<String, (Vec<Site>, bool)> = BTreeMap::new();
    for call in known_calls(view, files, READS, &[]) {
        let Some((_, item, _)) = view.inference.item(call.site.file, call.site.item) else { continue };
        let Some(key) = positional(arguments(view, call.site), 0) else { continue };
        match literal(item, key) {
            Some(name) => found.entry(name.to_owned()).or_default().0.push(call.site),
            None => {
                for (name, site) in passed_in(view, call.site, key) {
                    found.entry(name).or_default().0.push(site);
                }
            }
        }
    }
    for (name, site, is_required) in settings::fields(view, files) {
        let known = found.entry(name).or_default();
        known.0.push(site);
        known.1 |= is_required;
    }
    for file in files {
        for index in 0..file.parsed.items.len() as u32 {
            let Some((_, item, _)) = view.inference.item(file.id, index) else { continue };
            for expr in item.expr_ids() {
                let Expr::Subscript { value, index: key } = item.expr(expr) else { continue };
                let (Some(name), site) = (literal(item, *key), Site { file: file.id, item: index, expr }) else {
                    continue;
                };
                let is_environ = match item.expr(*value) {
                    Expr::Attribute { attr, .. } => *attr == "environ",
                    Expr::Name(name) => *name == "environ",
                    _ => false,
                };
                if !is_environ || !view.is_asked_site(site) || is_target(item, expr) {
                    continue;
                }
                let types = view.inference.expr(Site { expr: *value, ..site });
                if types.iter().any(|one| path_of(one).is_some_and(|path| path == "os.environ")) {
                    let known = found.entry(name.to_owned()).or_default();
                    known.0.push(site);
                    known.1 = true;
                }
            }
        }
    }
    let variables = found.into_iter().map(|(name, (mut sites, is_required))| {
        sites.sort_by_key(|site| view.sort_key(*site));
        let mentioned_in = mentions(view, &name);
        Variable { name, sites, is_required, mentioned_in }
    });
    variables.collect()
}

/// The names that callers pass for the `key` of a read, where that is a parameter of the function around it:
/// `getenv_int("TTL")`. None where the read may be one of something else, too: `params.get(key)`.
fn passed_in(view: &View<'_>, read: Site, key: ExprId) -> Vec<(String, Site)> {
    let names = || {
        let function = view.inference.enclosing_function(read)?;
        let (_, item, _) = view.inference.item(read.file, read.item)?;
        let Expr::Name(name) = item.expr(key) else { return None };
        if view.inference.callee(read).as_slice().len() != 1 {
            return None;
        }
        let definition = view.inference.function(function)?;
        let skipped = usize::from(view.inference.class_of(function).is_some());
        let index = definition.params.iter().position(|param| param.name == *name)?.checked_sub(skipped)?;
        let uses = references_of(view, Used::Function(function)).into_iter().filter(|one| !one.is_passed_on);
        let named = uses.filter_map(|one| {
            let args = arguments(view, one.call);
            let value = keyword(args, name.as_str()).or_else(|| positional(args, index))?;
            let (_, item, _) = view.inference.item(one.call.file, one.call.item)?;
            let is_test = view.snapshot.file(one.call.file).is_some_and(|file| view.is_test(file));
            (!is_test).then(|| Some((literal(item, value)?.to_owned(), one.call))).flatten()
        });
        Some(named.collect())
    };
    names().unwrap_or_default()
}

/// The places that read a variable whose name is no literal, and could not be followed to a caller.
pub(in crate::specialists) fn unnamed(view: &View<'_>, files: &[&Arc<File>]) -> Vec<String> {
    let calls = known_calls(view, files, READS, &[]);
    let open = calls.iter().filter(|call| {
        let item = view.inference.item(call.site.file, call.site.item).map(|(_, item, _)| item);
        let key = positional(arguments(view, call.site), 0);
        // What may be a read of something else, too, is none for certain.
        let is_certain = view.inference.callee(call.site).as_slice().len() == 1;
        let is_open = |item, key| literal(item, key).is_none() && passed_in(view, call.site, key).is_empty();
        is_certain && item.zip(key).is_some_and(|(item, key)| is_open(item, key))
    });
    open.map(|call| view.site(call.site)).collect()
}

/// Whether an expression is written to, or deleted.
fn is_target(item: &pyteam_syntax::Item, expr: pyteam_syntax::ExprId) -> bool {
    match item.expr_parent(expr) {
        Parent::Stmt(stmt) => match item.stmt(stmt) {
            Stmt::Assign { targets, .. } | Stmt::Delete(targets) => targets.contains(&expr),
            Stmt::AnnAssign { target, .. } | Stmt::AugAssign { target, .. } => *target == expr,
            _ => false,
        },
        _ => false,
    }
}

fn mentions(view: &View<'_>, name: &str) -> Vec<String> {
    let around = view.project_files();
    let purposes = [
        Purpose::Documentation,
        Purpose::Docker,
        Purpose::Compose,
        Purpose::Kubernetes,
        Purpose::Settings,
        Purpose::Ci,
    ];
    let files = purposes.into_iter().flat_map(|purpose| around.of(purpose));
    files.filter(|file| has_word(&file.text, name)).map(|file| file.path.clone()).collect()
}

/// `RTSP_URL (camera.py:28, required)`
pub(in crate::specialists) fn line(view: &View<'_>, variable: &Variable) -> String {
    let required = if variable.is_required { ", required" } else { "" };
    let at = variable.sites.first().map(|site| view.site(*site)).unwrap_or_default();
    format!("`{}` ({at}{required})", variable.name)
}
