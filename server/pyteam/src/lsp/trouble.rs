//! What is wrong with files that are not Python: settings, the user's own rules, agents' definitions.

use std::path::{Path, PathBuf};

use pyteam_agents::{Problem, Setup};
use pyteam_engine::settings::SettingsProblem;
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{SourceText, TextRange};
use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity, Position, Range};

use super::convert;

/// One thing that is wrong, as the client is told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The file; empty for settings that the editor gave.
    pub(super) path: PathBuf,
    place: Place,
    message: String,
    /// Whether something does not hold because of it. Else it is odd, and that is all.
    pub(super) is_serious: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Bytes(TextRange),
    /// From 1.
    Line(u32),
    File,
}

impl Trouble {
    /// The line that a message on the screen has of it.
    pub(super) fn line(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        if self.path.as_os_str().is_empty() {
            message.to_owned()
        } else {
            format!("{}: {message}", self.path.display())
        }
    }

    /// What stands in the file `path`, for the client. Others' troubles are left out.
    pub(super) fn diagnostics(path: &Path, troubles: &[Self], encoding: PositionEncoding) -> Vec<Diagnostic> {
        if troubles.is_empty() {
            return Vec::new();
        }
        let source = SourceText::new(std::fs::read_to_string(path).unwrap_or_default());
        let one = |trouble: &Self| Diagnostic {
            range: match trouble.place {
                Place::Bytes(range) => convert::range(&source, range, encoding),
                Place::Line(line) => {
                    let start = Position { line: line.saturating_sub(1), character: 0 };
                    Range { start, end: Position { line, character: 0 } }
                }
                Place::File => Range::default(),
            },
            severity: Some(if trouble.is_serious {
                DiagnosticSeverity::WARNING
            } else {
                DiagnosticSeverity::INFORMATION
            }),
            source: Some("pyteam".to_owned()),
            message: trouble.message.clone(),
            ..Diagnostic::default()
        };
        troubles.iter().map(one).collect()
    }

    /// What is wrong with the team of a workspace: its own files, and the user's settings. An oddity of a file that
    /// all of the user's workspaces share is for `pyteam agents` to tell.
    pub(super) fn of_team(setup: &Setup) -> Vec<Self> {
        let is_own = |problem: &Problem| setup.workspace.as_ref().is_some_and(|root| problem.path.starts_with(root));
        let files = setup.team.all_problems().filter(|problem| is_own(problem) && problem.path.is_file());
        files.chain(&setup.settings.problems).map(Self::from).collect()
    }
}

impl From<&SettingsProblem> for Trouble {
    fn from(problem: &SettingsProblem) -> Self {
        Self {
            path: problem.path.clone(),
            place: problem.range.map_or(Place::File, Place::Bytes),
            // The command line stops here; an editor goes on with what is left.
            message: format!("{}\nIt is ignored until this is mended.", problem.message),
            is_serious: true,
        }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let place = if problem.line > 0 { Place::Line(problem.line) } else { Place::File };
        Self { path: problem.path.clone(), place, message: problem.message.clone(), is_serious: problem.fatal }
    }
}
