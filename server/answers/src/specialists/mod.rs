//! What each specialist can say without a model. They look, count and compute; they never pretend to have thought.

mod ai_engineer;
mod devops_engineer;
mod environment;
mod finding;
mod git_helper;
mod python_architect;
mod python_async_specialist;
mod python_automation_specialist;
mod python_backend_specialist;
mod python_data_specialist;
mod python_ml_specialist;
mod python_quality_enforcer;
mod python_security_reviewer;
mod python_test_writer;
mod python_testing_specialist;
mod qa_engineer;
mod routes;
mod security_engineer;
mod settings;
mod tables;
mod technical_writer;

use pyteam_agents::{Answer, Change};
use pyteam_engine::{Finding, Severity};

use crate::document::{Document, and_more, count};
use crate::findings;
use crate::question::{Question, Subject};
use crate::repair;
use crate::view::View;

/// How a specialist answers.
type Specialist = fn(&View<'_>) -> Answer;

/// How each agent of the team answers, a row for each. An agent of the user's own, which has none, answers by the rules
/// that it owns.
const SPECIALISTS: &[(&str, Specialist)] = &[
    ("ai-engineer", ai_engineer::answer),
    ("devops-engineer", devops_engineer::answer),
    ("git-helper", git_helper::answer),
    ("python-architect", python_architect::answer),
    ("python-async-specialist", python_async_specialist::answer),
    ("python-automation-specialist", python_automation_specialist::answer),
    ("python-backend-specialist", python_backend_specialist::answer),
    ("python-data-specialist", python_data_specialist::answer),
    ("python-ml-specialist", python_ml_specialist::answer),
    ("python-quality-enforcer", python_quality_enforcer::answer),
    ("python-security-reviewer", python_security_reviewer::answer),
    ("python-test-writer", python_test_writer::answer),
    ("python-testing-specialist", python_testing_specialist::answer),
    ("qa-engineer", qa_engineer::answer),
    ("security-engineer", security_engineer::answer),
    ("technical-writer", technical_writer::answer),
];

/// The answer to a question, from the index and the rules alone. Where words were said, its first line says that they were
/// not read.
pub fn answer(question: &Question<'_>) -> Answer {
    let view = View::new(question);
    let mut answer = of_the_index(&view, question);
    if question.is_in_words && !question.goal.trim().is_empty() {
        let line = unread(&view, question, &answer.document);
        answer.document.insert_str(0, &line);
    }
    answer
}

/// What stands above an answer to words that nothing here can read.
fn unread(view: &View<'_>, question: &Question<'_>, document: &str) -> String {
    let goal = pyteam_display::sanitize(question.goal, 120);
    let about = view.about_or_workspace();
    let read = if git_helper::copies_goal(question, document) {
        "it copied your request without reading it"
    } else {
        "it did not read your request"
    };
    format!(
        "Built-in answer (no model): {read} \"{goal}\". It covers {about}; to have requests read, add a backend to your \
         user pyteam.toml.\n\n"
    )
}

fn of_the_index(view: &View<'_>, question: &Question<'_>) -> Answer {
    if let Subject::Symbol(file, name) = &question.subject
        && view.symbol().is_none()
    {
        let mut document = Document::new(&title(view, "Unknown symbol"));
        document.say(format!("`{name}` is not defined in `{}`.", view.path(*file)));
        return plain(document);
    }
    if let Subject::Finding(..) = &question.subject {
        return finding::answer(view);
    }
    let known = SPECIALISTS.iter().find(|(name, _)| *name == question.agent.name);
    known.map_or_else(|| rules_only(view), |(_, specialist)| specialist(view))
}

/// An agent that only its file knows: the findings of the rules that it owns.
fn rules_only(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, &view.question.agent.name));
    let found = findings::asked(view, |page| findings::is_owned(view, page));
    if found.is_empty() {
        let reason = if view.question.agent.rules.is_empty() {
            "This agent owns no rules and has no built-in answer; configure a backend for it."
        } else {
            "The rules of this agent found nothing; configure a backend for more."
        };
        document.say(reason);
        return plain(document);
    }
    document.say(format!("{} in {}.", findings::tally(&found), view.about_or_workspace()));
    findings::tell(&mut document, view, &found);
    with_repairs(view, document, &found)
}

/// `Architecture: pipeline.py`
fn title(view: &View<'_>, what: &str) -> String {
    view.about().map_or_else(|| what.to_owned(), |about| format!("{what}: {about}"))
}

/// An answer that changes nothing.
fn plain(document: Document) -> Answer {
    Answer { document: document.finish(), ..Answer::default() }
}

/// An answer that ends with the fixes of its findings, and brings them along where the agent may edit.
fn with_repairs(view: &View<'_>, mut document: Document, found: &[&Finding]) -> Answer {
    document.section("Fixes");
    let mut change = Change::default();
    if view.question.agent.rights.edit {
        let repairs = repair::compose(view, found);
        let offered = found.iter().filter(|one| one.severity > Severity::Hint && one.fix.is_some()).count();
        let left = offered.saturating_sub(repairs.titles.values().sum());
        if !repairs.change.is_empty() {
            document.say(format!("Proposed change: {}.", repairs.told().join(", ")));
        }
        if !repairs.change.is_empty() || left > 0 {
            document.say(not_fixed(view, found, left));
        }
        change = repairs.change;
    }
    document.say(findings::apply(view, found));
    Answer { document: document.finish(), change, ..Answer::default() }
}

/// Where no fix is proposed, by reason: `Not fixed: a.py:3 (no fix); b.py:4 (hint)`. Of the fixes there are, `left` could
/// not be applied together with the others.
fn not_fixed(view: &View<'_>, found: &[&Finding], left: usize) -> String {
    let places = |wanted: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        let found = found.iter().filter(|one| wanted(one));
        found.map(|one| view.at(one.file, one.range.start())).collect()
    };
    let hints = places(&|one| one.severity == Severity::Hint);
    let without = places(&|one| one.severity > Severity::Hint && one.fix.is_none());
    let told =
        |places: Vec<String>, why: &str| (!places.is_empty()).then(|| format!("{} ({why})", and_more(&places, 6)));
    let left =
        (left > 0).then(|| format!("{} with a fix that could not be applied", count(left, "finding", "findings")));
    let all = [told(without, "no fix"), told(hints, "hints are not fixed"), left];
    let all: Vec<String> = all.into_iter().flatten().collect();
    if all.is_empty() { String::new() } else { format!("Not fixed: {}.", all.join("; ")) }
}

/// `Scope: 31 files.`
fn scope(view: &View<'_>) -> String {
    format!("Scope: {}.", looked_at(view))
}

/// `31 files` that are asked about.
fn looked_at(view: &View<'_>) -> String {
    let files = view.files();
    let unread = files.iter().filter(|file| file.parsed.unanalyzed.is_some() || file.parsed.has_error).count();
    let mut text = count(files.len(), "file", "files");
    if unread > 0 {
        text.push_str(&format!(" ({unread} with syntax errors or unreadable)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_team_answers_and_no_other_agent() {
        let mut pages: Vec<_> = pyteam_agents::team::built_in::files().map(|(name, _)| name).collect();
        pages.sort_unstable();
        let names: Vec<_> = SPECIALISTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names, pages,
            "a row of SPECIALISTS for each page in server/agents/team, in the order of their names"
        );
    }
}
