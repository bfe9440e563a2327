//! `pyteam rules test`: tries a workspace's own rules by the examples on their pages.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use pyteam_display::{Shown, shown};
use pyteam_engine::Page;
use pyteam_engine::page::PROJECT_FAMILY;
use pyteam_engine::trial::try_user_page;
use serde_json::json;

use super::Exit;
use super::args::{Format, RulesTestArgs};
use super::console::{self, Console};
use super::report::plural;
use super::rulebook;

/// `PYTEAM_UPDATE=1` rewrites snapshots instead of comparing them.
const UPDATE: &str = "PYTEAM_UPDATE";

/// What does not hold on a page; line 0 for the page as a whole.
struct Failure {
    page: PathBuf,
    line: u32,
    message: String,
}

pub(super) fn run(args: &RulesTestArgs, format: Format, console: &mut Console) -> anyhow::Result<Exit> {
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from(rulebook::FOLDER));
    let pages = pages(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if pages.is_empty() {
        console::error(shown!("no pages (*.md) in {}", folder));
        return Ok(Exit::Failure);
    }
    let mut failures = Vec::new();
    for page in &pages {
        try_page(page, &mut failures);
    }
    match format {
        Format::Json => {
            let failed = |page: &Path| {
                let own = failures.iter().filter(|failure| failure.page == page);
                own.map(|failure| json!({ "line": failure.line, "message": failure.message })).collect::<Vec<_>>()
            };
            let json: Vec<_> = pages.iter().map(|page| json!({ "page": page, "failures": failed(page) })).collect();
            console.print_line(Shown::json(&json)?)?;
        }
        Format::Text => {
            for Failure { page, line, message } in &failures {
                console.print_line(shown!("{}:{}: {}", page, *line, Shown::text(message)))?;
            }
            let bad = pages.iter().filter(|page| failures.iter().any(|failure| failure.page == **page)).count();
            let tested = plural(pages.len(), "page", "pages");
            console.print_line(match bad {
                0 => shown!("{} tested, all passed", tested),
                bad => shown!("{} tested, {} failed", tested, bad),
            })?;
        }
    }
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The pages in a folder, or the one that is named itself.
fn pages(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "md") && path.is_file()).collect();
    pages.sort();
    Ok(pages)
}

fn try_page(path: &Path, failures: &mut Vec<Failure>) {
    let mut fail = |line: u32, message: String| failures.push(Failure { page: path.to_owned(), line, message });
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return fail(0, format!("cannot read the page: {error}")),
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let page = match Page::parse(&format!("{PROJECT_FAMILY}/{stem}.md"), &text) {
        Ok(page) => page,
        Err(errors) => return errors.iter().for_each(|error| fail(error.line, error.message.clone())),
    };
    let trial = match try_user_page(&page) {
        Ok(trial) => trial,
        Err(message) => return fail(0, message),
    };
    for failure in &trial.failures {
        fail(failure.line, failure.message.clone());
    }
    if trial.snapshots.is_empty() {
        return;
    }
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        if let Err(error) = fs::write(path, trial.with_snapshots(&text)) {
            fail(0, format!("cannot write the snapshots: {error}"));
        }
        return;
    }
    for (range, snapshot) in &trial.snapshots {
        let line = text.get(..range.start).map_or(0, |before| before.lines().count() as u32 + 1);
        fail(line, format!("the snapshot is out of date ({UPDATE}=1 rewrites it); it is now:\n{snapshot}"));
    }
}
