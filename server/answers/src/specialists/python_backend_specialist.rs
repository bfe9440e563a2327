//! The backend specialist: routes, what they answer with, what blocks them, and how long sessions stay open.

use std::collections::BTreeSet;

use pyteam_agents::Answer;
use pyteam_engine::Topic;
use pyteam_index::infer::Site;
use pyteam_index::{facts, known};
use pyteam_syntax::{Expr, Name, Parent, Stmt};

use super::shared::routes::{Route, not_followed, routes};
use super::shared::{plain, scope, title};
use crate::calls::{Row, known_calls};
use crate::document::{Document, count};
use crate::findings;
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Backend"));
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let routes = routes(view, &files);
    let frameworks: BTreeSet<&str> = routes.iter().map(|route| route.framework).collect();
    let frameworks: Vec<&str> = frameworks.into_iter().collect();
    if routes.is_empty() {
        document.say(scope(view));
        document.clean("routes (FastAPI, Starlette, Flask, Quart, aiohttp, Sanic, Litestar, Django)");
    } else {
        document.say(format!(
            "{} ({}). {}",
            count(routes.len(), "route", "routes"),
            frameworks.join(", "),
            scope(view)
        ));
    }
    let rows: Vec<Vec<String>> = routes.iter().take(60).map(|route| row(view, route)).collect();
    document.section("Routes").table(&["method", "path", "handler", "response"], &rows);
    if routes.len() > 60 {
        document.say(format!("and {} more.", routes.len() - 60));
    }
    let lost = not_followed(view, &files, &routes);
    if !lost.is_empty() {
        document.say("More routes are added here, but not followed to their handlers:");
        document.first(&lost, 12);
    }
    let open: Vec<String> = routes
        .iter()
        .filter(|route| route.response.is_none() && route.framework == "FastAPI")
        .map(|route| format!("{} `{}` ({})", route.method, route.path, view.function_at(route.handler)))
        .collect();
    if !open.is_empty() {
        document.say("No `response_model` and no return annotation, so OpenAPI has no response schema:");
        document.first(&open, 15);
    }
    blocking(&mut document, view, &routes);
    sessions(&mut document, view, &files, &routes);
    plain(document)
}

fn row(view: &View<'_>, route: &Route) -> Vec<String> {
    let word = if route.is_async { "async " } else { "" };
    vec![
        route.method.clone(),
        format!("`{}`", route.path),
        format!("{word}`{}` ({})", view.function_name(route.handler), view.function_at(route.handler)),
        route.response.as_ref().map_or_else(|| "not declared".to_owned(), |text| format!("`{text}`")),
    ]
}

fn blocking(document: &mut Document, view: &View<'_>, routes: &[Route]) {
    if routes.is_empty() {
        return;
    }
    document.section("Blocking calls in handlers");
    let found = findings::of_program(view, |page| page.topics.contains(&Topic::Blocking));
    let is_in_route = |finding: &&pyteam_engine::Finding| {
        routes.iter().any(|route| {
            let Some((file, item, _)) = view.inference.item(route.handler.file, route.handler.item) else {
                return false;
            };
            let range = file.absolute(route.handler.item, item.stmt_range(route.handler.stmt));
            finding.file == route.handler.file && range.contains_range(finding.range)
        })
    };
    let (inside, outside): (Vec<&pyteam_engine::Finding>, Vec<_>) = found.iter().partition(|one| is_in_route(one));
    let lines: Vec<String> = findings::lines(view, &inside);
    document.first_or_clean(&lines, 15, "blocking calls in handlers");
    let lines: Vec<String> = findings::lines(view, &outside);
    if !lines.is_empty() {
        document.say("Outside the handlers:");
        document.first(&lines, 5);
    }
}

/// Sessions and connections: where they are made, and what closes them.
fn sessions(document: &mut Document, view: &View<'_>, files: &[&std::sync::Arc<pyteam_index::File>], routes: &[Route]) {
    document.section("Sessions and connections");
    let makers: Vec<_> =
        known::closed().into_iter().map(|(maker, closed_by)| Row { path: maker.as_str(), kind: closed_by }).collect();
    let calls = known_calls(view, files, &makers, &[]);
    let mut lines = Vec::new();
    for call in &calls {
        let function = view.inference.enclosing_function(call.site);
        let is_in_route = function.is_some_and(|function| routes.iter().any(|route| route.handler == function));
        let life = match closing(view, call.site, call.kind) {
            Closing::With => "closed by `with`",
            Closing::Named => "closed explicitly",
            Closing::Kept => "stored in an object",
            Closing::Returned => "returned; the caller has to close it",
            Closing::Module => "created at import, open until the process exits",
            Closing::Never => "**never closed here**",
        };
        let each = if is_in_route { "; created for each request" } else { "" };
        lines.push(format!("{}: `{}` in `{}`, {life}{each}", view.site(call.site), call.path, view.around(call.site)));
    }
    lines.sort_by_key(|line| !line.contains("**"));
    document.first_or_clean(&lines, 20, "database engines, sessions and HTTP clients of known libraries");
}

enum Closing {
    With,
    Named,
    Kept,
    Returned,
    Module,
    Never,
}

/// What closes what the call at `site` makes, by one of these methods or by `with`.
fn closing(view: &View<'_>, site: Site, closed_by: &[Name]) -> Closing {
    let Some((_, item, item_facts)) = view.inference.item(site.file, site.item) else { return Closing::Kept };
    let stmt = item.enclosing_stmt(site.expr);
    let is_whole = matches!(item.expr_parent(site.expr), Parent::Stmt(_))
        || matches!(item.expr_parent(site.expr), Parent::Expr(parent) if matches!(item.expr(parent), Expr::Await(_)));
    match item.stmt(stmt) {
        Stmt::With { .. } => return Closing::With,
        Stmt::Return(_) => return Closing::Returned,
        _ => {}
    }
    if view.inference.enclosing_function(site).is_none() {
        return Closing::Module;
    }
    // An argument of another call: what it is passed to keeps it.
    if !is_whole {
        return Closing::Kept;
    }
    let name = match item.stmt(stmt) {
        Stmt::Assign { targets, .. } => match item.expr(targets[0]) {
            Expr::Name(name) => *name,
            _ => return Closing::Kept,
        },
        Stmt::AnnAssign { target, .. } => match item.expr(*target) {
            Expr::Name(name) => *name,
            _ => return Closing::Kept,
        },
        _ => return Closing::Never,
    };
    if is_used_up(item, item_facts, name, closed_by) { Closing::Named } else { leaves(item, name) }
}

/// Whether `name` is closed, or entered by a `with`.
fn is_used_up(item: &pyteam_syntax::Item, item_facts: &facts::ItemFacts, name: Name, closed_by: &[Name]) -> bool {
    let closes = item_facts.calls.iter().any(|call| match item.expr(*call) {
        Expr::Call { func, .. } => match item.expr(*func) {
            Expr::Attribute { value, attr } => {
                closed_by.contains(attr) && matches!(item.expr(*value), Expr::Name(receiver) if *receiver == name)
            }
            _ => false,
        },
        _ => false,
    });
    let enters = item.stmt_ids().any(|stmt| match item.stmt(stmt) {
        Stmt::With { items, .. } => {
            items.iter().any(|one| matches!(item.expr(one.context), Expr::Name(entered) if *entered == name))
        }
        _ => false,
    });
    closes || enters
}

/// Whether `name` goes elsewhere: it is returned, yielded, stored or handed on.
fn leaves(item: &pyteam_syntax::Item, name: Name) -> Closing {
    let is_global = |stmt| matches!(item.stmt(stmt), Stmt::Global(names) if names.contains(&name));
    if item.stmt_ids().any(is_global) {
        return Closing::Kept;
    }
    let is_it = |expr| matches!(item.expr(expr), Expr::Name(used) if *used == name);
    for expr in item.expr_ids().filter(|expr| is_it(*expr)) {
        match item.expr_parent(expr) {
            Parent::Stmt(stmt) => match item.stmt(stmt) {
                Stmt::Return(_) => return Closing::Returned,
                Stmt::Assign { value, .. } if *value == expr => return Closing::Kept,
                _ => {}
            },
            Parent::Expr(parent) => match item.expr(parent) {
                Expr::Yield(_) | Expr::Tuple(_) => return Closing::Returned,
                Expr::Call { args, .. } if args.iter().any(|arg| arg.value == expr) => return Closing::Kept,
                Expr::Dict(_) | Expr::List(_) | Expr::Set(_) => return Closing::Kept,
                _ => {}
            },
            Parent::Root => {}
        }
    }
    Closing::Never
}
