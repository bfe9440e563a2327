//! `pyteam explain CODE`: a rule's page. `pyteam explain FILE:LINE`: the story of what was found there.

mod place;

use anstyle::Style;
use pyteam_display::{Shown, shown};
use pyteam_engine::page::{Example, ExampleFile};
use pyteam_engine::settings::closest;
use pyteam_engine::{Applicability, Page};
use serde_json::json;

use super::args::{ExplainArgs, Format};
use super::console::{self, Console};
use super::{Exit, markdown, rules};
use crate::pages;

pub(super) fn run(args: &ExplainArgs, console: &mut Console) -> anyhow::Result<Exit> {
    if let Some(place) = place::Place::parse(&args.code) {
        return Ok(if place.run(console)? { Exit::Clean } else { Exit::Failure });
    }
    let engine = rules::with_workspace_rules()?;
    // Copied from `[code]:`, or written with underscores, it means the code all the same.
    let code = args.code.trim_matches(['[', ']', ':', ' ']).replace('_', "-").to_lowercase();
    let Some(page) = engine.page(&code) else {
        let codes = engine.pages().map(|page| &*page.code);
        let help = match closest(&code, codes) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "run `pyteam rules` for a list".to_owned(),
        };
        console::error(shown!("unknown rule `{}`; {}", args.code, help));
        return Ok(Exit::Failure);
    };
    match args.output_format {
        Format::Text => {
            console.print_line(Shown::line(facts(page)))?;
            console.print("\n")?;
            if !page.on_by_default {
                console.print_line(shown!("Enable it in the settings: `select = [\"all\", \"{}\"]`.\n", page.code))?;
            }
            let text = Shown::text(for_readers(page));
            let rendered = markdown::render(text.as_str(), console::width(100).min(100), console.is_styled());
            console.print(console.rendered(&rendered))?;
            if example(page).is_some() {
                let all = match pages::on_disk(&engine, &page.code) {
                    Some(path) => shown!("All examples: {}", path),
                    None => shown!("`--output-format json` prints all examples."),
                };
                console.print_line(shown!("\n{}", console.paint(Style::new().dimmed(), all)))?;
            }
        }
        Format::Json => console.print_line(Shown::json(&to_json(page, true))?)?,
    }
    Ok(Exit::Clean)
}

/// The page as far as it tells of the rule: behind it come the rule's tests, of which the first that finds something is an
/// example.
fn for_readers(page: &Page) -> String {
    let mut text = page.prose().trim_end().to_owned();
    text.push('\n');
    let Some(example) = example(page) else { return text };
    text.push_str("\n## Example\n");
    for file in &example.files {
        if example.files.len() > 1 {
            text.push_str(&format!("\n`{}`:\n", file.path));
        }
        let language = if file.is_python() { "python" } else { "" };
        text.push_str(&format!("\n```{language}\n{}```\n", without_marks(file, &page.code)));
    }
    text
}

/// The first of the rule's tests in which it finds something. What pyteam says of files that it did not read has none.
fn example(page: &Page) -> Option<&Example> {
    let finds = |file: &ExampleFile| file.expected.iter().any(|expected| expected.code == *page.code);
    page.examples.iter().find(|example| example.files.iter().any(finds))
}

/// An example's code, with an arrow where the rule finds something.
fn without_marks(file: &ExampleFile, code: &str) -> String {
    let line = |(line, is_found): (&str, bool)| format!("{line}{}\n", if is_found { "  # <- here" } else { "" });
    file.plain_lines(code).map(line).collect()
}

/// `blocking-get-without-timeout · concurrency · warning · unsafe fix`
fn facts(page: &Page) -> String {
    let mut facts =
        vec![page.code.to_string(), page.family.clone(), page.severity.to_string(), fix_word(page).to_owned()];
    facts.push(if page.on_by_default { String::new() } else { "off by default".to_owned() });
    facts.extend(page.agent.as_ref().map(|agent| format!("owned by {agent}")));
    // A page of the workspace's own says nothing of it.
    facts.push(if page.since.is_empty() { String::new() } else { format!("since {}", page.since) });
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// Whether a rule repairs, and how far that can be trusted.
fn fix_word(page: &Page) -> &'static str {
    match page.fix {
        Some(Applicability::Safe) => "safe fix",
        Some(Applicability::Unsafe) => "unsafe fix",
        None => "no fix",
    }
}

/// A page as JSON, its text included if `whole`.
pub(super) fn to_json(page: &Page, whole: bool) -> serde_json::Value {
    let mut json = json!({
        "code": &*page.code,
        "family": page.family,
        "title": page.title,
        "severity": page.severity,
        "fix": page.fix,
        "agent": page.agent,
        "since": page.since,
        "applies": page.applies,
        "on-by-default": page.on_by_default,
    });
    if whole {
        json["what"] = json!(page.what);
        json["why"] = json!(page.why);
        json["remedy"] = json!(page.remedy);
        json["markdown"] = json!(page.markdown);
    }
    json
}
