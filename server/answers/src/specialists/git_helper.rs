//! The handoff to the git helper: a branch, commits by subject, and what a pull request should say. git itself is not
//! asked: the question brings the modified files.

use std::collections::BTreeMap;

use pyteam_agents::Answer;

use super::shared::{plain, title};
use crate::configured::{Set, gate, test_frameworks, uses_pytest};
use crate::document::{Document, and_more, count};
use crate::findings;
use crate::handoff::HandoffFiles;
use crate::question::{Before, Question};
use crate::test_lookup::importers;
use crate::view::View;

/// Whether the answer has the first line of the request as the subject of a commit, which is all it makes of the words.
pub(super) fn copies_goal(question: &Question<'_>, document: &str) -> bool {
    let first = question.goal.trim().lines().next().unwrap_or_default();
    question.agent.name == "git-helper" && document.contains(first)
}

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: version control"));
    let work = HandoffFiles::of(view);
    if !work.is_listed && view.question.handoff.is_from_git {
        document.say("No uncommitted changes.");
        return plain(document);
    }
    if !work.is_listed {
        document.say("Not a git repository; name the files: `pyteam ask git-helper --modified FILE`");
        checks(&mut document, view, &work);
        return plain(document);
    }
    document.section("Modified files").first(&HandoffFiles::modified(view), 60);
    let commits = commits(view);
    let kind = commits.first().map_or("chore", |(kind, ..)| *kind);
    document.section("Branch").say(format!("`{}/{}`", branch(kind), slug(view.question.goal)));
    document.section("Commits");
    for (kind, scope, paths) in &commits {
        let scope = if scope.is_empty() { String::new() } else { format!("({scope})") };
        document.code("text", &format!("{kind}{scope}: {}", subject(view, kind)));
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        document.first(&paths, 20);
    }
    checks(&mut document, view, &work);
    document.section("Pull request description");
    let mut lines = vec![format!("What: {}", first_line(view.question.goal))];
    lines.extend(HandoffFiles::steps(view));
    document.list(&lines);
    plain(document)
}

/// What has to pass before the commit.
fn checks(document: &mut Document, view: &View<'_>, work: &HandoffFiles<'_>) {
    document.section("Checks before the pull request");
    let mut lines: Vec<String> = gate(view)
        .into_iter()
        .filter(|tool| tool.set != Set::Nowhere)
        .map(|tool| format!("`{}`", tool.command))
        .collect();
    let mut tests: Vec<String> = work.files.iter().flat_map(|file| importers(view, file.id)).collect();
    tests.sort();
    tests.dedup();
    let runner = if uses_pytest(&test_frameworks(view)) { "pytest" } else { "python -m unittest" };
    if tests.is_empty() {
        lines.push("no test imports these modules".to_owned());
    } else {
        lines.push(format!("`{runner} {}`", tests.iter().take(6).cloned().collect::<Vec<_>>().join(" ")));
    }
    let open: Vec<_> = findings::asked(view, |_| true)
        .into_iter()
        .filter(|finding| work.files.iter().any(|file| file.id == finding.file))
        .filter(|finding| finding.severity >= pyteam_engine::Severity::Warning)
        .collect();
    lines.push(if open.is_empty() {
        "`pyteam check`: no warnings in these files".to_owned()
    } else {
        let places: Vec<String> = open.iter().map(|finding| view.at(finding.file, finding.range.start())).collect();
        format!("`pyteam check`: {} in these files ({})", findings::tally(&open), and_more(&places, 3))
    });
    document.list(&lines);
    document.say(format!("{}; no tool was run.", count(work.files.len(), "Python file", "Python files")));
}

/// Kind, scope and files of each commit, the code first.
fn commits(view: &View<'_>) -> Vec<(&'static str, String, Vec<String>)> {
    let mut groups: BTreeMap<(u8, &'static str), Vec<String>> = BTreeMap::new();
    let goal = view.question.goal.to_ascii_lowercase();
    let is_fix = ["fix", "bug", "repair", "crash", "broken", "regression"].iter().any(|word| goal.contains(word));
    for one in &view.question.handoff.modified {
        let path = one.path.to_string_lossy().replace('\\', "/");
        let is_new = one.before == Before::Absent;
        let lower = path.to_ascii_lowercase();
        let kind = if pyteam_index::snapshot::is_test_path(&path) {
            (2, "test")
        } else if [".md", ".rst"].iter().any(|end| lower.ends_with(end)) {
            (3, "docs")
        } else if path.starts_with(".github/") || path.starts_with(".circleci/") || path == ".gitlab-ci.yml" {
            (4, "ci")
        } else if lower.contains("dockerfile")
            || [".toml", ".cfg", "requirements.txt"].iter().any(|end| lower.ends_with(end))
        {
            (5, "build")
        } else if is_fix && !is_new {
            (0, "fix")
        } else {
            (1, "feat")
        };
        groups.entry(kind).or_default().push(path);
    }
    let grouped = groups.into_iter().map(|((_, kind), mut paths)| {
        paths.sort();
        paths.dedup();
        (kind, scope(&paths), paths)
    });
    grouped.collect()
}

/// The folder or module that all paths have in common.
fn scope(paths: &[String]) -> String {
    let first = |path: &String| {
        let path = path.strip_prefix("src/").unwrap_or(path);
        let word = path.split('/').next().unwrap_or_default();
        word.rsplit_once('.').map_or(word, |(stem, _)| stem).to_owned()
    };
    let mut scopes: Vec<String> = paths.iter().map(first).collect();
    scopes.dedup();
    if scopes.len() == 1 && !matches!(&*scopes[0], "tests" | "test" | "docs" | "") {
        scopes.remove(0)
    } else {
        String::new()
    }
}

fn subject(view: &View<'_>, kind: &str) -> String {
    let goal = first_line(view.question.goal);
    let mut text: String = goal.trim_end_matches('.').chars().take(60).collect();
    if let Some(first) = text.chars().next() {
        text.replace_range(..first.len_utf8(), &first.to_lowercase().to_string());
    }
    match kind {
        "test" => format!("cover: {text}"),
        "docs" => format!("describe: {text}"),
        _ => text,
    }
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or("(no request)")
}

fn branch(kind: &str) -> &str {
    if kind == "feat" { "feature" } else { kind }
}

/// `Add a health check!` is `add-a-health-check`.
fn slug(goal: &str) -> String {
    let words = first_line(goal).split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(6).map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_words() {
        assert_eq!(slug("Add a health check!\nmore"), "add-a-health-check");
        assert_eq!(slug("  "), "no-request");
        assert_eq!(scope(&["src/app/a.py".to_owned(), "src/app/b.py".to_owned()]), "app");
        assert_eq!(scope(&["a.py".to_owned(), "b.py".to_owned()]), "");
    }
}
