//! To whom a finished piece of work is handed on.

use super::Choice;
use crate::agent::Agent;
use crate::profile::{HandoffRule, Profile};
use crate::team::Team;

/// What a piece of work came to, as far as the caller knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FinishedWork {
    /// The files that it changed or made, relative to the workspace, with `/`.
    pub files: Vec<String>,
    /// Functions, classes and routes that are new, as one would name them.
    pub new_functionality: Vec<String>,
    /// Whether routes of a web API changed.
    pub changes_api: bool,
    /// Whether it handles loads: APIs and data processing.
    pub needs_performance: bool,
    /// Packages that came in.
    pub new_packages: Vec<String>,
    /// Codes of rules whose findings are left in the files.
    pub findings_left: Vec<String>,
    /// Whether it has to do with authentication, authorisation or sensitive data.
    pub is_sensitive: bool,
    /// Whether processes, ports or variables of its environment changed.
    pub changes_environment: bool,
    /// Whether a package or a subsystem is new.
    pub is_new_package: bool,
}

/// What a page may ask of a piece of work (`handoffs`, `when`).
#[cfg(test)]
pub(super) const CONDITIONS: [&str; 13] = [
    "python files",
    "sources",
    "no tests",
    "new functionality",
    "load",
    "finding of its rules",
    "new package",
    "sensitive data",
    "requirements",
    "delivery",
    "environment",
    "api",
    "new subsystem",
];

/// Who comes next, in the order in which one would go on: quality, tests, security, deployment, documentation, and
/// version control at the end. Each has a reason; who has nothing to do is not named.
pub fn handoffs(team: &Team, work: &FinishedWork) -> Vec<Choice> {
    if work.files.is_empty() {
        return Vec::new();
    }
    let mut members: Vec<(&Agent, &Profile)> =
        team.in_use().filter_map(|agent| Some((agent, agent.profile.as_deref()?))).collect();
    members.sort_by_key(|(agent, profile)| (profile.order, &agent.name));
    let reason = |(agent, profile): &(&Agent, &Profile)| {
        let reason = profile.handoffs.iter().find_map(|rule| reason(agent, work, rule))?;
        Some(Choice { agent: agent.name.clone(), reason })
    };
    members.iter().filter_map(reason).collect()
}

/// Why work is handed to `agent` by one of its rules; none where that asks for something else.
fn reason(agent: &Agent, work: &FinishedWork, rule: &HandoffRule) -> Option<String> {
    let holding = rule.when.iter().map(|condition| holds(agent, work, condition)).collect::<Option<Vec<_>>>()?;
    let what = holding.into_iter().next().unwrap_or_default();
    Some(rule.reason.replace("{}", &what))
}

/// What holds of a condition, named for the user, where that has a name; none where it does not hold.
fn holds(agent: &Agent, work: &FinishedWork, condition: &str) -> Option<String> {
    let is_source = |path: &&String| is_python(path) && !is_test(path);
    let named = |name: Option<&String>| name.map(|name| format!("`{name}`"));
    let plain = |holds: bool| holds.then(String::new);
    match condition {
        "python files" => plain(work.files.iter().any(|path| is_python(path))),
        "sources" => several(&work.files.iter().filter(is_source).collect::<Vec<_>>()),
        "no tests" => plain(!work.files.iter().any(|path| is_python(path) && is_test(path))),
        "new functionality" => several(&work.new_functionality.iter().collect::<Vec<_>>()),
        "load" => plain(work.needs_performance),
        "finding of its rules" => named(work.findings_left.iter().find(|code| agent.rules.contains(code))),
        "new package" => named(work.new_packages.first()),
        "sensitive data" => plain(work.is_sensitive),
        "requirements" => named(work.files.iter().find(|path| is_requirements(path))),
        "delivery" => named(work.files.iter().find(|path| is_delivery(path))),
        "environment" => plain(work.changes_environment),
        "api" => plain(work.changes_api),
        "new subsystem" => plain(work.is_new_package),
        _ => None,
    }
}

/// The first of several names, and how many more there are; none of none.
fn several(names: &[&String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("`{one}`")),
        [one, rest @ ..] => Some(format!("`{one}` and {} more", rest.len())),
    }
}

pub(super) fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py"
}

pub(super) fn is_python(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "py" | "pyi"))
}

/// Whether it is a list of packages for pip: `requirements-dev.txt`, `requirements/base.txt`.
pub(super) fn is_requirements(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_list = name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "txt" | "in"));
    is_list && (name.starts_with("requirements") || folder == "requirements" || folder.ends_with("/requirements"))
}

pub(super) fn is_delivery(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("Dockerfile")
        || name.starts_with("docker-compose")
        || name == "Jenkinsfile"
        || name == ".gitlab-ci.yml"
        || name.rsplit_once('.').is_some_and(|(_, end)| end == "tf")
        || path.starts_with(".github/workflows/")
        || path.contains("/k8s/")
        || path.contains("/helm/")
}
