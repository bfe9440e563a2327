//! To whom a finished piece of work is handed on.

use super::Choice;
use crate::team::Team;

/// What a piece of work came to. Whoever knows it fills it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
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

/// Who comes next, in the order in which one would go on: quality, tests, security, deployment, documentation, and
/// version control at the end. Each has a reason; who has nothing to do is not named.
pub fn hand_offs(team: &Team, work: &Work) -> Vec<Choice> {
    if work.files.is_empty() {
        return Vec::new();
    }
    let mut choices = Vec::new();
    let mut next = |agent: &str, reason: String| {
        if team.get(agent).is_some() {
            choices.push(Choice { agent: agent.to_owned(), reason });
        }
    };
    let (tests, sources): (Vec<&String>, Vec<&String>) =
        work.files.iter().filter(|path| is_python(path)).partition(|path| is_test(path));
    if !tests.is_empty() || !sources.is_empty() {
        next("python-quality-enforcer", "Python files changed: mypy --strict, black and ruff come first".to_owned());
    }
    if !sources.is_empty() && tests.is_empty() {
        next("python-test-writer", format!("{} changed, and no test with it", several(&sources)));
    }
    if !sources.is_empty() {
        let mut reason = if work.new_functionality.is_empty() {
            "what changed has to be tested".to_owned()
        } else {
            format!("{} can be used for the first time", several(&work.new_functionality.iter().collect::<Vec<_>>()))
        };
        if work.needs_performance {
            reason.push_str(", and must bear a load");
        }
        next("qa-engineer", reason);
    }
    let security = team.get("python-security-reviewer").map(|agent| &agent.rules);
    let found = work.findings_left.iter().find(|code| security.is_some_and(|rules| rules.contains(code)));
    if let Some(code) = found {
        next("python-security-reviewer", format!("`{code}` was found in what changed"));
    }
    if let Some(package) = work.new_packages.first() {
        next("security-engineer", format!("`{package}` is new among the dependencies"));
    } else if work.is_sensitive {
        next("security-engineer", "it handles access or sensitive data".to_owned());
    } else if let Some(path) = work.files.iter().find(|path| is_requirements(path)) {
        next("security-engineer", format!("`{path}` changed: other packages may come in"));
    }
    if let Some(path) = work.files.iter().find(|path| is_delivery(path)) {
        next("devops-engineer", format!("`{path}` changes how it is built or deployed"));
    } else if work.changes_environment {
        next("devops-engineer", "what it needs from its environment changed".to_owned());
    }
    if work.changes_api {
        next("technical-writer", "the API changed: its documentation has to follow".to_owned());
    } else if work.is_new_package {
        next("technical-writer", "something new has to be introduced to those who will use it".to_owned());
    }
    next("git-helper", "the work is ready to be put up for review".to_owned());
    choices
}

/// The first of several names, and how many more there are.
fn several(names: &[&String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
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
