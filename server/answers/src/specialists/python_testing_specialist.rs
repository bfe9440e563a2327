//! The testing specialist: what no test mentions, and which tests are slow or assert nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::{File, infer::Site};
use pyteam_syntax::{Expr, Name, Stmt};

use super::shared::{plain, title};
use crate::calls::{Row, arguments, known_calls, positional};
use crate::code::{Public, functions, public_names};
use crate::configured::test_frameworks;
use crate::document::{Document, and, count};
use crate::test_lookup::{mentioned, tests};
use crate::view::View;

/// Seconds that a test may sleep without being told.
const LONG_SLEEP: f64 = 0.1;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Tests"));
    let tests = tests(view);
    let frameworks = test_frameworks(view);
    if tests.is_empty() {
        document.say(format!(
            "No tests in {} (by name: `test_*.py`, `*_test.py` or a directory `tests`).",
            count(view.all_files().len(), "file", "files")
        ));
    } else {
        let used = if frameworks.is_empty() { "no known test framework".to_owned() } else { and(&frameworks) };
        document.say(format!("{}, with {used}.", count(tests.len(), "test file", "test files")));
    }
    untested(&mut document, view);
    slow(&mut document, view, &tests);
    unasserting(&mut document, view, &tests);
    plain(document)
}

fn untested(document: &mut Document, view: &View<'_>) {
    let mentioned: BTreeSet<Name> = mentioned(view);
    let mut all = 0;
    let mut files: Vec<(String, Vec<String>)> = Vec::new();
    for file in view.files().into_iter().filter(|file| !view.is_test(file)) {
        let names = public_names(view, file);
        // An overload is the same name again.
        let mut asked: Vec<Public> = names.into_iter().filter(|public| is_asked(view, file, *public)).collect();
        asked.dedup_by_key(|public| public.name(view));
        all += asked.len();
        let open = asked.into_iter().filter(|public| !mentioned.contains(&Name::new(&public.name(view))));
        let open: Vec<String> = open.map(|public| format!("`{}`", public.name(view))).collect();
        if !open.is_empty() {
            files.push((view.short(&file.path), open));
        }
    }
    let open: usize = files.iter().map(|(_, names)| names.len()).sum();
    document.section("Untested public API");
    if all == 0 {
        document.clean("public functions and classes");
        return;
    }
    if open == 0 {
        document.clean(&format!(
            "untested names among {}",
            count(all, "public function or class", "public functions and classes")
        ));
        return;
    }
    let has_tests = !tests(view).is_empty();
    let indirect = if has_tests { " Tests may still reach them indirectly." } else { "" };
    let order = if files.len() > 1 { " Files with the most first:" } else { "" };
    document.say(format!("No test mentions {open} of {all} public functions and classes.{indirect}{order}"));
    files.sort_by(|(a, more), (b, less)| less.len().cmp(&more.len()).then(a.cmp(b)));
    let lines: Vec<String> =
        files.iter().map(|(path, names)| format!("{path}: {}", crate::document::and_more(names, 8))).collect();
    // Where there are no tests, each name is one that none mentions.
    document.first(&lines, if has_tests { 20 } else { 8 });
}

fn is_asked(view: &View<'_>, file: &File, public: Public) -> bool {
    let (index, stmt) = match public {
        Public::Function(function) => (function.item, function.stmt),
        Public::Class(class) => (class.item, class.stmt),
    };
    let item = &file.parsed.items[index as usize].item;
    view.is_asked(file.id, file.absolute(index, item.stmt_range(stmt)))
}

/// Tests that sleep, the longest first.
fn slow(document: &mut Document, view: &View<'_>, tests: &[&Arc<File>]) {
    document.section("Tests that sleep");
    let table = [Row { path: "time.sleep", kind: () }, Row { path: "asyncio.sleep", kind: () }];
    let mut found: Vec<(f64, String)> = Vec::new();
    // All tests are looked at, whatever is asked about: they are the ones that tell.
    for call in every(view, tests, &table) {
        let Some(value) = positional(arguments(view, call), 0) else { continue };
        let text = view.text_of(Site { expr: value, ..call });
        let Ok(seconds) = text.parse::<f64>() else { continue };
        if seconds >= LONG_SLEEP {
            found.push((seconds, format!("{}: {seconds} s in `{}`", view.site(call), view.around(call))));
        }
    }
    if tests.is_empty() {
        return;
    }
    found.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    let total: f64 = found.iter().map(|(seconds, _)| seconds).sum();
    if found.is_empty() {
        document.clean("tests that sleep for a fixed time");
        return;
    }
    document.say(format!(
        "{}, {total:.1} s in total if each runs once. Wait for the expected result instead, with a timeout:",
        count(found.len(), "place", "places")
    ));
    let lines: Vec<String> = found.into_iter().map(|(_, line)| line).collect();
    document.first(&lines, 15);
}

/// The calls of a table in some files, whatever is asked about.
fn every(view: &View<'_>, files: &[&Arc<File>], table: &[Row<()>]) -> Vec<Site> {
    if view.question.subject == crate::Subject::Workspace {
        return known_calls(view, files, table, &[]).into_iter().map(|call| call.site).collect();
    }
    let Some(asked) = view.question.subject.file() else { return Vec::new() };
    let own: Vec<&Arc<File>> = files.iter().copied().filter(|file| file.id == asked).collect();
    known_calls(view, &own, table, &[]).into_iter().map(|call| call.site).collect()
}

/// Test functions in which nothing is asserted, and which call nothing that might assert for them.
fn unasserting(document: &mut Document, view: &View<'_>, tests: &[&Arc<File>]) {
    document.section("Tests that assert nothing");
    let asked = tests.iter().filter(|file| view.question.subject.file().is_none_or(|asked| asked == file.id));
    let lines: Vec<String> = asked
        .flat_map(|file| functions(file).collect::<Vec<_>>())
        .filter(|function| asserts_nothing(view, *function))
        .map(|function| format!("{} `{}`", view.function_at(function), view.function_name(function)))
        .collect();
    if !tests.is_empty() {
        document.first_or_clean(&lines, 15, "tests that assert nothing");
    }
}

fn asserts_nothing(view: &View<'_>, function: FunctionRef) -> bool {
    let Some((_, item, item_facts)) = view.inference.item(function.file, function.item) else { return false };
    let Some(definition) = facts::function(item, function.stmt) else { return false };
    let is_test = definition.name.as_str().starts_with("test_") && item.root() == function.stmt;
    if !is_test || !definition.decorators.is_empty() {
        return false;
    }
    let asserts = item.stmt_ids().any(|stmt| {
        // `with pytest.raises(...)`, and whatever else a context manager may hold.
        matches!(item.stmt(stmt), Stmt::Assert { .. } | Stmt::Raise { .. } | Stmt::With { .. })
    });
    let calls_a_check = item_facts.calls.iter().any(|call| match item.expr(*call) {
        Expr::Call { func, .. } => facts::last_name(item, *func).is_none_or(|name| {
            let name = name.as_str().to_ascii_lowercase();
            [
                "assert", "check", "expect", "verify", "raises", "fail", "ensure", "validate", "compare", "_test",
                "test_", "run",
            ]
            .iter()
            .any(|word| name.contains(word))
        }),
        _ => false,
    });
    // Names of the workspace may assert inside; only what is plainly without a check is told.
    let calls_own = item_facts.calls.iter().any(|call| {
        let callee = view.inference.callee(Site { file: function.file, item: function.item, expr: *call });
        callee.iter().any(|one| match one {
            pyteam_index::infer::Type::Function(helper, _) => {
                view.snapshot.file(helper.file).is_some_and(|file| view.is_test(file))
            }
            _ => false,
        })
    });
    !asserts && !calls_a_check && !calls_own
}
