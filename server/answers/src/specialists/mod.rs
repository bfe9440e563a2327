//! What each specialist can say without a model. They look, count and compute; they never pretend to have thought.

// What the build script finds: `modules!` declares each specialist's file.
include!(concat!(env!("OUT_DIR"), "/modules.rs"));
modules!();
mod shared;

use pyteam_agents::Answer;

use self::shared::{plain, title, with_repairs};
use crate::document::Document;
use crate::findings;
use crate::question::{Question, Subject};
use crate::view::View;

/// How a specialist answers.
type Specialist = fn(&View<'_>) -> Answer;

/// How each agent of the team answers, by its name. An agent of the user's own, which is not in it, answers by the rules
/// that it owns.
const SPECIALISTS: &[(&str, Specialist)] = include!(concat!(env!("OUT_DIR"), "/specialists.rs"));

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
        return shared::finding::answer(view);
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
