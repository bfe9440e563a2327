//! What is asked for where the user has pointed at something and said nothing: an editor's light bulb has no place for
//! words.

use pyteam_agents::Agent;
use pyteam_answers::Subject;
use pyteam_engine::Finding;

/// The goal of a request without words. `finding` is the one that is pointed at.
pub fn goal_for(agent: &Agent, subject: &Subject, finding: Option<&Finding>) -> String {
    if let Some(finding) = finding {
        let what = if agent.rights.edit { "Fix this" } else { "Judge this, and say how to fix it" };
        return format!("{what}: {} ({})", finding.message, finding.code);
    }
    let verb = agent.profile.as_ref().and_then(|profile| profile.verb.as_deref());
    let otherwise = if agent.rights.edit { "Review, and fix where needed," } else { "Review" };
    let what = verb.unwrap_or(otherwise);
    match subject {
        Subject::Workspace => format!("{what} this workspace"),
        Subject::File(_) => format!("{what} this file"),
        Subject::Symbol(_, name) => format!("{what} `{name}`"),
        Subject::Finding(..) => format!("{what} this place"),
    }
}
