//! The handoff to the technical writer: what is public and says nothing of itself, what the README does not mention.

use pyteam_agents::Answer;

use super::shared::environment::{line, variables};
use super::shared::routes::routes;
use super::shared::{plain, title};
use crate::calls::{Row, arguments, keyword, known_calls, literal, positional};
use crate::code::{Public, is_documented, public_methods, public_names};
use crate::document::{Document, count};
use crate::handoff::{HandoffFiles, signatures};
use crate::pipeline::Pipeline;
use crate::project_files::{Purpose, has_word};
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: documentation"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 30);
    if work.is_listed {
        document.section("New functionality").first(&signatures(view, &work.functions(view)), 30);
    }
    let around = view.project_files();
    let pages = around.of(Purpose::Documentation);
    document.section("Documentation");
    let names: Vec<String> = pages.iter().map(|page| format!("`{}`", page.path)).collect();
    document.first_or_clean(&names, 12, "documentation (README; Markdown and reStructuredText in `docs`)");
    documented(&mut document, view, &work);
    let routes = routes(view, &work.files);
    let rows: Vec<String> = routes
        .iter()
        .filter(|route| !is_documented(view, Public::Function(route.handler)) || route.response.is_none())
        .map(|route| {
            let mut lacks = Vec::new();
            if !is_documented(view, Public::Function(route.handler)) {
                lacks.push("no description");
            }
            if route.response.is_none() {
                lacks.push("no response model");
            }
            format!("{} `{}` ({}): {}", route.method, route.path, view.function_at(route.handler), lacks.join(", "))
        })
        .collect();
    document.section("Routes with an incomplete OpenAPI description").first(&rows, 30);
    let text: String = pages.iter().map(|page| page.text.as_str()).collect::<Vec<_>>().join("\n");
    let options: Vec<String> = options(view, &work)
        .into_iter()
        .filter(|(name, _)| !text.contains(name))
        .map(|(name, at)| format!("`{name}` ({at})"))
        .collect();
    // Without any page, each option and variable would be one that no page mentions.
    let most = if pages.is_empty() { 8 } else { 30 };
    document.section("Undocumented command-line options").first(&options, most);
    let unknown: Vec<String> = variables(view, &work.files)
        .iter()
        .filter(|one| !has_word(&text, &one.name))
        .map(|one| line(view, one))
        .collect();
    document.section("Undocumented environment variables").first(&unknown, most);
    if let Some((drawing, _)) = Pipeline::of(view).drawing(view) {
        document.section("Architecture").code("mermaid", &drawing);
    }
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}

/// Public names without a docstring.
fn documented(document: &mut Document, view: &View<'_>, work: &HandoffFiles<'_>) {
    let mut all = 0;
    let mut bare = Vec::new();
    for file in &work.files {
        for public in public_names(view, file) {
            let mut names = vec![public];
            if let Public::Class(class) = public {
                names.extend(public_methods(view, class).into_iter().map(Public::Function));
            }
            for one in names {
                all += 1;
                if !is_documented(view, one) {
                    bare.push(format!("{} `{}`", one.at(view), one.name(view)));
                }
            }
        }
    }
    document.section("Missing docstrings");
    if bare.is_empty() {
        document.clean(&format!("missing docstrings among {}", count(all, "public name", "public names")));
        return;
    }
    document.say(format!("{} of {all} public names:", bare.len()));
    document.first(&bare, 25);
}

/// The options that argparse, click or typer are told of, with where.
fn options(view: &View<'_>, work: &HandoffFiles<'_>) -> Vec<(String, String)> {
    let table = [
        Row { path: "?.add_argument", kind: () },
        Row { path: "click.option", kind: () },
        Row { path: "typer.Option", kind: () },
    ];
    let calls = known_calls(view, &work.files, &table, &["argparse", "configargparse"]);
    let mut found = Vec::new();
    for call in calls {
        let Some((_, item, _)) = view.inference.item(call.site.file, call.site.item) else { continue };
        let args = arguments(view, call.site);
        let names = (0..args.len()).filter_map(|index| literal(item, positional(args, index)?));
        let long = names.filter(|name| name.starts_with("--")).max_by_key(|name| name.len());
        let is_hidden = keyword(args, "help").is_some_and(|help| {
            view.text_of(pyteam_index::infer::Site { expr: help, ..call.site }).contains("SUPPRESS")
        });
        if let Some(name) = long.filter(|_| !is_hidden) {
            found.push((name.to_owned(), view.site(call.site)));
        }
    }
    found
}
