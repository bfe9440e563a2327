//! Problems of agents' files and of the user's settings of agents.

use std::path::PathBuf;

use pyteam_agents::{Problem, Setup};

use crate::agent_request;
use crate::lsp::config_diagnostics::ConfigDiagnostic;

/// The problems of the teams of `folders`, each once: two folders have the user's settings in common.
pub(super) fn problems(folders: &[PathBuf]) -> Vec<ConfigDiagnostic> {
    let mut all = Vec::new();
    for problem in folders.iter().flat_map(|folder| of_team(&agent_request::setup(Some(folder)))) {
        if !all.contains(&problem) {
            all.push(problem);
        }
    }
    all
}

/// What is wrong with the team of a workspace: its own files, and the user's settings. An oddity of a file that all of the
/// user's workspaces share is for `pyteam agents` to report.
fn of_team(setup: &Setup) -> Vec<ConfigDiagnostic> {
    let is_own = |problem: &Problem| setup.workspace.as_ref().is_some_and(|root| problem.path.starts_with(root));
    let files = setup.team.all_problems().filter(|problem| is_own(problem) && problem.path.is_file());
    let diagnostic = |problem: &Problem| {
        let Problem { path, line, message, fatal } = problem;
        ConfigDiagnostic::of_line(path.clone(), *line, message.clone(), *fatal)
    };
    files.chain(&setup.settings.problems).map(diagnostic).collect()
}
