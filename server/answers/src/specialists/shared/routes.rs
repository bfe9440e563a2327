//! Routes of web applications: `FastAPI`, Starlette, Flask, aiohttp, Sanic by decorator; Django by `urlpatterns`.

use std::sync::Arc;

use pyteam_index::File;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::{self, last_name};
use pyteam_index::infer::{Site, Type};
use pyteam_index::known;
use pyteam_syntax::{Expr, ExprId, Item, Stmt};

use crate::calls::{Row, imports_any, keyword, known_calls, literal, positional};
use crate::view::View;

/// One route.
pub(in crate::specialists) struct Route {
    pub(in crate::specialists) method: String,
    pub(in crate::specialists) path: String,
    pub(in crate::specialists) handler: FunctionRef,
    /// What it is declared to answer with: `response_model`, else the return annotation.
    pub(in crate::specialists) response: Option<String>,
    pub(in crate::specialists) framework: &'static str,
    pub(in crate::specialists) is_async: bool,
    /// Whether something is checked before it runs: `Depends`, `Security`, another decorator.
    pub(in crate::specialists) is_guarded: bool,
}

const METHODS: &[&str] =
    &["get", "post", "put", "patch", "delete", "head", "options", "route", "websocket", "api_route"];

/// The routes among what is asked about, in the order of paths and places.
pub(in crate::specialists) fn routes(view: &View<'_>, files: &[&Arc<File>]) -> Vec<Route> {
    let mut found = Vec::new();
    for file in files {
        for function in crate::code::functions(file) {
            let Some((_, item, _)) = view.inference.item(function.file, function.item) else { continue };
            let Some(definition) = facts::function(item, function.stmt) else { continue };
            let range = file.absolute(function.item, item.stmt_range(function.stmt));
            if !view.is_asked(file.id, range) {
                continue;
            }
            view.inference.renew_budget();
            for decorator in &definition.decorators {
                found.extend(by_decorator(view, item, function, *decorator));
            }
        }
    }
    found.extend(by_django(view, files));
    found
}

fn by_decorator(view: &View<'_>, item: &Item, function: FunctionRef, decorator: ExprId) -> Option<Route> {
    let Expr::Call { func, args } = item.expr(decorator) else { return None };
    let Expr::Attribute { value, attr } = item.expr(*func) else { return None };
    if !METHODS.contains(&attr.as_str()) {
        return None;
    }
    let site = |expr| Site { file: function.file, item: function.item, expr };
    let receiver = view.inference.expr(site(*value));
    let framework = receiver.iter().find_map(|one| match one {
        Type::Instance { class, .. } => known::class(*class)?.routes,
        _ => None,
    })?;
    let definition = facts::function(item, function.stmt)?;
    let path = positional(args, 0).or_else(|| keyword(args, "path")).or_else(|| keyword(args, "rule"));
    let path = path.map_or_else(String::new, |path| {
        literal(item, path).map_or_else(|| view.text_of(site(path)).to_owned(), str::to_owned)
    });
    let methods = keyword(args, "methods").map(|value| match item.expr(value) {
        Expr::List(items) | Expr::Tuple(items) | Expr::Set(items) => {
            items.iter().filter_map(|one| literal(item, *one)).collect::<Vec<_>>().join(", ")
        }
        _ => "?".to_owned(),
    });
    let method = match attr.as_str() {
        "route" | "api_route" => methods.unwrap_or_else(|| "GET".to_owned()),
        other => other.to_uppercase(),
    };
    let response =
        keyword(args, "response_model").or(definition.returns).map(|expr| view.text_of(site(expr)).to_owned());
    Some(Route {
        method,
        path,
        handler: function,
        response: response.map(|text| crate::code::one_line(&text)),
        framework: framework.as_str(),
        is_async: definition.is_async,
        is_guarded: is_guarded(item, function, decorator, args),
    })
}

/// Whether a route depends on something, or is decorated by more than routes: what that does is not followed.
fn is_guarded(item: &Item, function: FunctionRef, route: ExprId, args: &[pyteam_syntax::tree::Arg]) -> bool {
    let Some(definition) = facts::function(item, function.stmt) else { return false };
    let depends = |expr: ExprId| {
        let mut found = false;
        pyteam_syntax::visit::walk(item, pyteam_syntax::visit::Part::Expr(expr), &mut |part| {
            if let pyteam_syntax::visit::Part::Expr(one) = part
                && let Expr::Call { func, .. } = item.expr(one)
            {
                found |= last_name(item, *func).is_some_and(|name| matches!(name.as_str(), "Depends" | "Security"));
            }
            true
        });
        found
    };
    let parameters = definition.params.iter().flat_map(|param| param.default.into_iter().chain(param.annotation));
    let is_route = |decorator: ExprId| match item.expr(decorator) {
        Expr::Call { func, .. } => last_name(item, *func).is_some_and(|name| METHODS.contains(&name.as_str())),
        _ => false,
    };
    keyword(args, "dependencies").is_some()
        || parameters.into_iter().any(depends)
        || definition.decorators.iter().any(|one| *one != route && !is_route(*one))
}

/// `path("orders/", views.orders)`
fn by_django(view: &View<'_>, files: &[&Arc<File>]) -> Vec<Route> {
    let table = ["django.urls.path", "django.urls.re_path", "django.conf.urls.url"].map(|path| Row { path, kind: () });
    let calls = known_calls(view, files, &table, &[]);
    let routes = calls.into_iter().filter_map(|call| {
        let (_, item, _) = view.inference.item(call.site.file, call.site.item)?;
        let args = crate::calls::arguments(view, call.site);
        let path = literal(item, positional(args, 0)?)?;
        let views = view.inference.expr(Site { expr: positional(args, 1)?, ..call.site });
        let handler = views.iter().find_map(|one| match one {
            Type::Function(function, _) => Some(*function),
            _ => None,
        })?;
        let (file, handler_item, _) = view.inference.item(handler.file, handler.item)?;
        let Stmt::Function(definition) = handler_item.stmt(handler.stmt) else { return None };
        let returns =
            definition.returns.map(|expr| file.text_at(handler.item, handler_item.expr_range(expr)).to_owned());
        Some(Route {
            method: "any".to_owned(),
            path: format!("/{path}"),
            handler,
            response: returns,
            framework: "Django",
            is_async: definition.is_async,
            is_guarded: !definition.decorators.is_empty(),
        })
    });
    routes.collect()
}

/// Packages without which a call of these names has nothing to do with routes.
const FRAMEWORKS: &[&str] = &["fastapi", "starlette", "flask", "quart", "aiohttp", "sanic", "litestar", "django"];

/// Where routes come in that could not be followed to their handlers, a line each: routers from outside, routes that a
/// call adds, class-based views.
pub(in crate::specialists) fn not_followed(view: &View<'_>, files: &[&Arc<File>], routes: &[Route]) -> Vec<String> {
    let mut found = Vec::new();
    let table = ["django.urls.path", "django.urls.re_path", "django.conf.urls.url"].map(|path| Row { path, kind: () });
    let entries = known_calls(view, files, &table, &[]);
    let followed = routes.iter().filter(|route| route.framework == "Django").count();
    if entries.len() > followed {
        let first = entries.first().map(|call| view.site(call.site)).unwrap_or_default();
        found.push(format!(
            "{} of {} entries of `urlpatterns` are an `include`, a class-based view or otherwise not a plain function (first entry: {first}); paths are relative to the `include` around them",
            entries.len() - followed,
            entries.len()
        ));
    }
    for file in files.iter().filter(|file| imports_any(file, FRAMEWORKS)) {
        for name in ["include_router", "register_blueprint", "mount", "add_url_rule", "add_api_route", "add_route"] {
            for index in file.facts.called.get(&pyteam_syntax::Name::new(name)).into_iter().flatten() {
                let Some((_, item, item_facts)) = view.inference.item(file.id, *index) else { continue };
                view.inference.renew_budget();
                for call in &item_facts.calls {
                    let Expr::Call { func, args } = item.expr(*call) else { continue };
                    let site = Site { file: file.id, item: *index, expr: *call };
                    if last_name(item, *func).is_none_or(|last| last != name) || !view.is_asked_site(site) {
                        continue;
                    }
                    // HTTP sessions mount adapters by that name, under URLs.
                    let path = args.first().and_then(|arg| literal(item, arg.value));
                    if name == "mount" && !path.is_some_and(|path| path.is_empty() || path.starts_with('/')) {
                        continue;
                    }
                    let is_own = name.starts_with("include") || name.starts_with("register");
                    let known = is_own
                        && args.first().is_some_and(|arg| {
                            let types = view.inference.expr(Site { expr: arg.value, ..site });
                            types.iter().any(|one| matches!(one, Type::Instance { origin: Some(_), .. }))
                        });
                    if !known {
                        let what = args.first().map(|arg| view.text_of(Site { expr: arg.value, ..site }));
                        let what = what.filter(|text| text.len() <= 40 && !text.contains(['\n', '`']));
                        let what = what.map(|text| format!("({text})")).unwrap_or_default();
                        found.push(format!("{}: `{name}{what}`", view.site(site)));
                    }
                }
            }
        }
    }
    found
}
