//! Every rule is tried by its own page: `cargo test -p pyteam-tests --test rule_pages [CODE]`.
//!
//! `PYTEAM_UPDATE=1` rewrites the pages' snapshots instead of comparing them; read the diff before you keep it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pyteam_engine::{Engine, Page, trial};

/// The folder of all rules.
const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../rules");
/// The folder of the pages for the runner's own codes.
const BUILTIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/engine/src/builtin");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let engine = Arc::new(Engine::new(pyteam_rules::all()));
    let pages = pages(Path::new(RULES));
    let mut tests: Vec<Trial> = pages.iter().cloned().map(|path| page_test(&engine, path, true)).collect();
    tests.extend(entries(Path::new(BUILTIN)).into_iter().map(|path| page_test(&engine, path, false)));
    tests.push(Trial::test("registry::pages_and_rules_agree", move || agree(&engine, &pages)));
    libtest_mimic::run(&arguments, tests).exit_code()
}

/// All pages: `<family>/<name>.md`.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for family in entries(folder).into_iter().filter(|path| path.is_dir()) {
        let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
        pages.extend(entries(&family).into_iter().filter(is_page));
    }
    pages
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// `concurrency/missing_main_guard.md`
fn relative(path: &Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy().into_owned()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn page_test(engine: &Arc<Engine>, path: PathBuf, has_owner: bool) -> Trial {
    let engine = Arc::clone(engine);
    let name = relative(&path).trim_end_matches(".md").replace('/', "::");
    Trial::test(name, move || {
        let shown = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/../")).unwrap_or(&path);
        let shown = shown.to_string_lossy();
        let text = fs::read_to_string(&path)?;
        let page = Page::parse(&shown, &text).map_err(|errors| {
            let errors: Vec<String> = errors.iter().map(|error| format!("{shown}:{error}")).collect();
            Failed::from(errors.join("\n"))
        })?;
        for (what, missing) in [("since", page.since.is_empty()), ("agent", has_owner && page.agent.is_none())] {
            if missing {
                return Err(format!("{shown}:1: the front matter needs `{what}`").into());
            }
        }
        let tried = trial::try_page(&engine, &page);
        let failures: Vec<String> = tried.failures.iter().map(|failure| format!("{shown}:{failure}")).collect();
        if !failures.is_empty() {
            return Err(failures.join("\n\n").into());
        }
        if tried.snapshots.is_empty() {
            return Ok(());
        }
        if std::env::var_os("PYTEAM_UPDATE").is_some_and(|value| value == "1") {
            fs::write(&path, tried.with_snapshots(&text))?;
            return Ok(());
        }
        let now: Vec<&str> = tried.snapshots.iter().map(|(_, text)| text.as_str()).collect();
        let now = now.join("\n----\n");
        Err(format!("{shown}: snapshots are out of date (PYTEAM_UPDATE=1 rewrites them). They are now:\n{now}").into())
    })
}

/// Each rule has the page beside it, and that as it is now.
fn agree(engine: &Engine, pages: &[PathBuf]) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    let on_disk: BTreeSet<String> = pages.iter().map(|path| relative(path)).collect();
    let mut registered: BTreeMap<String, u32> = BTreeMap::new();
    for rule in engine.rules() {
        let page = rule.page();
        let path = format!("{}/{}.md", page.family, page.code.replace('-', "_"));
        *registered.entry(path).or_default() += 1;
    }
    for (path, times) in &registered {
        if *times > 1 {
            complaints.push(format!("rules/{path} is registered {times} times"));
        }
        if !on_disk.contains(path) {
            complaints.push(format!("a rule is registered whose page rules/{path} is not there"));
        }
    }
    for path in on_disk.iter().filter(|path| !registered.contains_key(*path)) {
        complaints.push(format!("rules/{path} is no rule's page: `crate::page!` in the code beside it names another"));
    }
    // A rule that runs with the page of another version would explain what it does not do.
    for path in pages {
        let text = fs::read_to_string(path)?;
        let code = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
        let compiled = engine.page(&code).map(|page| page.markdown.as_str()).unwrap_or_default();
        if !text.ends_with(compiled) {
            complaints.push(format!("rules/{} was read from another place than its own", relative(path)));
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}
