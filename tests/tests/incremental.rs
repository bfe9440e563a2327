//! Whatever is typed, in whatever order, the findings are those of a fresh start on the same texts.
//!
//! `PROPTEST_CASES=8000 cargo test -p pyteam-tests --test incremental` makes some hundred thousand edits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use pyteam_engine::runner::FindingCache;
use pyteam_engine::{CancelToken, Engine, Finding, Settings};
use pyteam_index::{Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Document, Parsed, SourceText, TextRange};
use pyteam_tests::typing::{PROGRAMS, Typing, cases, typing};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(pyteam_rules::all()));

/// The examples of all rules' pages, each a project.
static EXAMPLES: LazyLock<Vec<Vec<(String, String)>>> = LazyLock::new(|| {
    let examples = ENGINE.pages().flat_map(|page| &page.examples);
    let files =
        examples.map(|example| example.files.iter().map(|file| (format!("/w/{}", file.path), file.text.clone())));
    files
        .map(|files| {
            files.filter(|(path, _)| Path::new(path).extension().is_some_and(|end| end == "py")).collect::<Vec<_>>()
        })
        .filter(|files| !files.is_empty())
        .collect()
});

/// Everything that a finding says, independent of numbers that differ between workspaces.
fn say(snapshot: &Snapshot, finding: &Finding) -> String {
    let path = |id| snapshot.file(id).map(|file| file.path.to_string());
    let related: Vec<_> = finding.related.iter().map(|one| (path(one.file), one.range, &one.message)).collect();
    format!(
        "{} {} {:?} {:?} {} {related:?} {:?} {:?}",
        finding.code,
        finding.severity,
        path(finding.file),
        finding.range,
        finding.message,
        finding.channel,
        finding.fix
    )
}

fn findings(engine: &Engine, snapshot: &Snapshot, caches: &mut BTreeMap<String, FindingCache>) -> Vec<String> {
    let settings = Settings::default();
    let mut all = Vec::new();
    for file in snapshot.files() {
        let cache = caches.entry(file.path.to_string()).or_default();
        let found = engine.check_file(snapshot, file, &settings, Some(cache), &CancelToken::default());
        let found = found.unwrap_or_else(|_| panic!("nobody canceled"));
        all.extend(found.iter().map(|finding| say(snapshot, finding)));
    }
    all.sort();
    all
}

fn shapes(parsed: &Parsed) -> Vec<(TextRange, Option<u32>, bool, u64)> {
    parsed.items.iter().map(|slot| (slot.range(), slot.parent, slot.recovered, slot.item.shape())).collect()
}

/// Makes the edits, and compares what is found along the way with what is found from scratch.
fn ends_as_a_fresh_start(programs: &[(String, String)], edits: &[Typing]) -> Result<(), TestCaseError> {
    let limits = ParseLimits::default();
    let lines: Vec<String> =
        programs.iter().flat_map(|(_, text)| text.split_inclusive('\n').map(str::to_owned)).collect();
    let mut documents: Vec<Document> = programs.iter().map(|(_, text)| Document::new(text.clone())).collect();
    let mut workspace = Workspace::new();
    let mut caches = BTreeMap::new();
    for (document, (path, _)) in documents.iter_mut().zip(programs) {
        workspace.set_file(path, document.parse(&limits));
    }
    workspace.set_complete(true);
    findings(&ENGINE, &workspace.snapshot(), &mut caches);
    for edit in edits {
        let at = edit.file % programs.len();
        let document = &mut documents[at];
        edit.apply(document, &lines);
        // Every other edit is followed by a look, so that edits arrive one by one and in heaps.
        if edit.deleted % 2 == 0 {
            let parsed = document.reparse_full(&limits);
            let fresh = parse(SourceText::new(document.text()), &limits);
            prop_assert_eq!(shapes(&parsed), shapes(&fresh), "{:?}", document.text());
            prop_assert_eq!(&parsed.comments, &fresh.comments);
            workspace.set_file(&programs[at].0, parsed);
            findings(&ENGINE, &workspace.snapshot(), &mut caches);
        }
    }
    let mut fresh = Workspace::new();
    for (document, (path, _)) in documents.iter_mut().zip(programs) {
        workspace.set_file(path, document.parse(&limits));
        fresh.set_file(path, Arc::new(parse(SourceText::new(document.text()), &limits)));
    }
    fresh.set_complete(true);
    let incremental = findings(&ENGINE, &workspace.snapshot(), &mut caches);
    let from_scratch = findings(&ENGINE, &fresh.snapshot(), &mut BTreeMap::new());
    let texts: Vec<_> = documents.iter().map(Document::text).collect();
    prop_assert_eq!(incremental, from_scratch, "{:#?}", texts);
    Ok(())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn edits_of_a_project(edits in prop::collection::vec(typing(), 1..25)) {
        let programs: Vec<_> = PROGRAMS.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        ends_as_a_fresh_start(&programs, &edits)?;
    }

    #[test]
    fn edits_of_what_the_rules_show(which in 0..1000usize, edits in prop::collection::vec(typing(), 1..25)) {
        ends_as_a_fresh_start(&EXAMPLES[which % EXAMPLES.len()], &edits)?;
    }
}
