//! What the seeds call bad is found, and what they call good is clean: see `tests/seeds/README.md`.
//!
//! The pages' blocks are read as those of rule pages are, written into a folder of their own, and checked by all
//! rules. What is found at the severity that a user sees must be what is announced, code by code and line by line.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_engine::page::Example;
use pyteam_engine::{CancelToken, Engine, Page, SettingsResolver, Severity};
use pyteam_index::{Workspace, project};
use pyteam_syntax::SourceText;
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_tests::Project;

/// The folder of the pages.
const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
/// What the command line shows unless it is asked for more.
const SHOWN: Severity = Severity::Information;
/// What every rule page has before its examples. A seed's page has nothing but examples.
const HEAD: &str =
    "---\nseverity: hint\n---\n# Seed\n\n## What it does\n\n-\n\n## Why\n\n-\n\n## What to do\n\n-\n\n## Examples\n";

#[test]
fn every_block_comes_to_what_its_page_says() {
    let engine = Engine::new(pyteam_rules::all());
    let mut failures = String::new();
    for path in pages() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a page");
        for failure in try_page(&engine, &text) {
            let _ = write!(failures, "\ntests/seeds/{name}:{failure}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_list_names_every_page() {
    let list = fs::read_to_string(Path::new(SEEDS).join("README.md")).expect("the list");
    let links = list.split("](").skip(1).filter_map(|link| link.split(')').next());
    let listed: BTreeSet<PathBuf> =
        links.filter(|link| !link.contains('/')).map(|link| Path::new(SEEDS).join(link)).collect();
    assert_eq!(listed, pages().into_iter().collect());
}

/// A test of the test: each way in which a page can be wrong is told, at its line.
#[test]
fn what_a_page_gets_wrong_is_told() {
    let engine = Engine::new(pyteam_rules::all());
    let try_body = |body: &str| try_page(&engine, &format!("# Page\n\n{body}"));
    let code = "import queue\n\njobs: queue.Queue[int] = queue.Queue()\njob = jobs.get()";
    let found = "# error: [blocking-get-without-timeout]";
    let block = |heading: &str, comment: &str| format!("{heading}\n\n```python\n{code}  {comment}\n```\n");
    let right = block("## BAD get", found);
    assert_eq!(try_body(&right), [""; 0]);
    for (body, expected) in [
        (block("## BAD get", "# later: [no-such-rule]"), "9: not announced: warning `blocking-get-without-timeout`"),
        (block("## BAD get", &format!("{found} # error: [deep-inheritance]")), "9: `deep-inheritance` is not found"),
        (
            block("## BAD get", &format!("{found} # later: [deep-inheritance]")),
            "9: the rule `deep-inheritance` has come",
        ),
        (block("## BAD get", &format!("{found} # hint: [deep-inheritance]")), "9: hints are not shown"),
        (block("## GOOD get", found), "6: what is good is clean"),
        (block("## get", found), "6: the heading above begins with neither BAD nor GOOD"),
        ("## BAD get\n\n```python\nprint(1)\n```\n".to_owned(), "6: what is bad has something"),
        ("## GOOD get\n\n```python\nprint(1\n```\n".to_owned(), "6: `example.py` is not valid Python"),
        (format!("{right}\n## Exceptions\n\n{}", block("### GOOD get", found)), "17: an exception needs its reason"),
        (block("## BAD get", &format!("{found} # missed: [deep-inheritance]")), "9: only an exception"),
        (
            format!("{right}\n## Exceptions\n\n### GOOD get\n\nSo it is.\n{}", block("", "# missed: [no-such-rule]")),
            "no rule has the code `no-such-rule`",
        ),
    ] {
        let failures = try_body(&body);
        assert!(failures.iter().any(|failure| failure.contains(expected)), "{expected}: {failures:#?}\n{body}");
    }
    let exception = format!("{right}\n## Exceptions\n\n### GOOD get\n\nSo it is.\n{}", block("", found));
    assert_eq!(try_body(&exception), [""; 0]);
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(SEEDS).expect("the pages").flatten().map(|entry| entry.path());
    let is_page = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "md") && path.file_stem().is_some_and(|stem| stem != "README")
    };
    let mut pages: Vec<PathBuf> = entries.filter(is_page).collect();
    pages.sort();
    pages
}

/// What does not hold, each with its line.
fn try_page(engine: &Engine, text: &str) -> Vec<String> {
    let offset = HEAD.matches('\n').count() as u32;
    let page = match Page::parse("seeds/seed.md", &as_rule_page(text)) {
        Ok(page) => page,
        Err(errors) => {
            return errors.iter().map(|error| format!("{}: {}", error.line - offset, error.message)).collect();
        }
    };
    let exceptions = text.lines().position(|line| line == "## Exceptions").map_or(u32::MAX, |at| at as u32 + 1);
    let mut failures = Vec::new();
    for mut example in page.examples {
        example.line -= offset;
        example.files.iter_mut().for_each(|file| file.line -= offset);
        let is_exception = example.line > exceptions;
        try_example(engine, &example, is_exception, &mut failures);
        if is_exception && !has_reason(text, example.line) {
            failures.push(format!("{}: an exception needs its reason, between heading and program", example.line));
        }
    }
    failures
}

/// The page as a rule's page. Headings go a level or two down below *Examples*, and blocks in which nothing is
/// announced are marked as clean. Lines stay lines.
fn as_rule_page(text: &str) -> String {
    let mut page = HEAD.to_owned();
    let mut in_block = false;
    for (at, line) in text.lines().enumerate() {
        let is_fence = line.starts_with("```");
        if is_fence && !in_block {
            let mut block = text.lines().skip(at + 1).take_while(|line| !line.starts_with("```"));
            page.push_str(line);
            if line == "```python" && !block.any(announces) {
                page.push_str(" ok");
            }
        } else if !in_block && line.starts_with('#') {
            page.push_str(if line.starts_with("# ") { "##" } else { "#" });
            page.push_str(line);
        } else {
            page.push_str(line);
        }
        page.push('\n');
        in_block ^= is_fence;
    }
    page
}

/// Whether a line has an annotation that rule pages have, too.
fn announces(line: &str) -> bool {
    ["error", "warning", "information", "hint"].iter().any(|word| !codes(line, word).is_empty())
}

/// The codes in a line's `# word: [code, code]`.
fn codes(line: &str, word: &str) -> Vec<String> {
    let opening = format!("# {word}: [");
    let marks = line.split(&opening).skip(1).filter_map(|rest| rest.split_once(']'));
    marks.flat_map(|(codes, _)| codes.split(',')).map(|code| code.trim().to_owned()).collect()
}

/// Whether prose stands between the heading above `line` and the program: a sentence, not just a file's name.
fn has_reason(text: &str, line: u32) -> bool {
    let above: Vec<&str> = text.lines().take(line as usize - 1).collect();
    let after_heading = above.iter().rposition(|line| line.starts_with("## ") || line.starts_with("### "));
    let between = above[after_heading.map_or(0, |at| at + 1)..].iter().take_while(|line| !line.starts_with("```"));
    between.into_iter().any(|line| line.contains(' '))
}

/// Checks one program, and holds what is found against what is announced.
fn try_example(engine: &Engine, example: &Example, is_exception: bool, failures: &mut Vec<String>) {
    let lines = || {
        let files = example.files.iter();
        files.flat_map(|file| file.text.lines().enumerate().map(|(at, line)| (file.line + at as u32, line)))
    };
    for (at, line) in lines() {
        for code in codes(line, "later").iter().filter(|code| engine.page(code).is_some()) {
            failures.push(format!("{at}: the rule `{code}` has come: make its `later` an `error`"));
        }
        for code in codes(line, "missed") {
            if !is_exception {
                failures.push(format!("{at}: only an exception, with its reason, may miss `{code}`"));
            }
            if engine.page(&code).is_none() {
                failures.push(format!("{at}: no rule has the code `{code}`; `later` is for those to come"));
            }
        }
    }
    let mut expected: Vec<(u32, &str)> = Vec::new();
    for file in &example.files {
        for one in &file.expected {
            let line = file.line + one.line;
            if one.severity == Some(Severity::Hint) {
                failures.push(format!("{line}: hints are not shown, and not announced here"));
            }
            expected.push((line, &one.code));
        }
    }
    let announced = !expected.is_empty() || lines().any(|(_, line)| !codes(line, "later").is_empty());
    match example.title.split(' ').next() {
        Some("BAD") if !announced && !is_exception => {
            failures.push(format!("{}: what is bad has something that is found, now or later", example.line));
        }
        Some("GOOD") if announced && !is_exception => {
            failures.push(format!("{}: what is good is clean, unless it is an exception", example.line));
        }
        Some("BAD" | "GOOD") => {}
        _ => failures.push(format!("{}: the heading above begins with neither BAD nor GOOD", example.line)),
    }
    for (line, code, severity) in check(engine, example, failures) {
        match expected.iter().position(|one| *one == (line, &code)) {
            Some(at) => drop(expected.remove(at)),
            None => failures.push(format!("{line}: not announced: {severity} `{code}`")),
        }
    }
    failures.extend(expected.iter().map(|(line, code)| format!("{line}: `{code}` is not found")));
}

/// What all rules find in a program, as a user sees it: the page's line, the code, the severity.
fn check(engine: &Engine, example: &Example, failures: &mut Vec<String>) -> Vec<(u32, String, Severity)> {
    let mut files: Vec<(&str, &str)> = example.files.iter().map(|file| (&*file.path, &*file.text)).collect();
    // What is off by default is asked for.
    let late = engine.pages().filter(|page| !page.on_by_default).map(|page| format!("\"{}\"", page.code));
    let all =
        format!("select = [{}]\n", std::iter::once("\"all\"".to_owned()).chain(late).collect::<Vec<_>>().join(", "));
    if !files.iter().any(|(path, _)| *path == "pyteam.toml") {
        files.push(("pyteam.toml", &all));
    }
    let project = Project::new(&files);
    let mut workspace = Workspace::new();
    let mut parsed = Vec::new();
    for file in example.files.iter().filter(|file| file.is_python()) {
        let path = project.path(&file.path);
        let text = fs::read_to_string(&path).expect("a file");
        let tree = Arc::new(parse(SourceText::new(text.as_str()), &ParseLimits::default()));
        if tree.has_error {
            failures.push(format!("{}: `{}` is not valid Python", file.line, file.path));
        }
        parsed.push((file, workspace.set_file(&path.to_string_lossy(), tree)));
    }
    let paths = example.files.iter().map(|file| project.path(&file.path));
    let manifests: Vec<PathBuf> = paths.filter(|path| project::is_manifest(path)).collect();
    workspace.set_requirements(project::read(&manifests));
    workspace.set_complete(true);
    let snapshot = workspace.snapshot();
    let settings = SettingsResolver::new(engine.names().clone()).with_roots(vec![project.root().to_owned()]);
    let mut found = Vec::new();
    for (file, id) in parsed {
        let checked = snapshot.file(id).expect("the file");
        let settings = settings.for_path(project.path(&file.path));
        let findings = engine.check_file(&snapshot, checked, &settings, None, &CancelToken::new());
        for finding in findings.expect("nobody cancels") {
            let line = file.line + checked.source().lines().line_of(finding.range.start());
            found.push((line, finding.code.to_string(), finding.severity));
        }
    }
    failures.extend(settings.problems().iter().map(|problem| format!("{}: {problem:?}", example.line)));
    found.retain(|(_, _, severity)| *severity >= SHOWN);
    found
}
