//! What is wrong with files that are not Python: settings, the user's own rules, agents' definitions.

use std::path::{Path, PathBuf};

use pyteam_agents::places::regular;
use pyteam_agents::{Problem, Setup};
use pyteam_engine::settings::SettingsProblem;
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{SourceText, TextRange};
use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity, Position, Range};

use super::convert;

/// So many of a file's troubles are told in one message. All of them stand in the file.
const MOST_TOLD: usize = 5;

/// One thing that is wrong, as the client is told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// The file; empty for settings that the editor gave.
    pub(super) path: PathBuf,
    place: Place,
    /// From 1; 0 for what concerns the whole file.
    line: u32,
    message: String,
    /// Whether something does not hold because of it. Else it is odd, and that is all.
    is_serious: bool,
    /// Whether the rest of the file holds.
    is_part: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Bytes(TextRange),
    Line,
    File,
}

impl Trouble {
    /// What is told on the screen of a file of which `before` was known and `now` holds: all that is serious, as soon as
    /// one of it is new. That something moved to another line is no news.
    pub(super) fn news(path: &Path, now: &[Self], before: &[Self], folders: &[PathBuf]) -> Option<String> {
        let is_new = |trouble: &&Self| !before.iter().any(|known| known.message == trouble.message);
        let serious: Vec<&Self> = now.iter().filter(|trouble| trouble.is_serious).collect();
        serious.iter().copied().find(is_new)?;
        let file = path_shown(path, folders);
        if let [only] = serious[..] {
            let line = if only.line > 0 { format!(":{}", only.line) } else { String::new() };
            return Some(format!("{file}{line}: {}", only.headline()));
        }
        let mut text = format!("{} errors in {file}:", serious.len());
        for trouble in serious.iter().take(MOST_TOLD) {
            let line = if trouble.line > 0 { format!("line {}: ", trouble.line) } else { String::new() };
            text.push_str(&format!("\n- {line}{}", trouble.headline()));
        }
        if serious.len() > MOST_TOLD {
            text.push_str(&format!("\n- and {} more", serious.len() - MOST_TOLD));
        }
        Some(text)
    }

    fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// What stands in the file `path`, for the client. Others' troubles are left out.
    pub(super) fn diagnostics(path: &Path, troubles: &[Self], encoding: PositionEncoding) -> Vec<Diagnostic> {
        if troubles.is_empty() {
            return Vec::new();
        }
        let source = SourceText::new(regular::read_text(path, regular::MOST).unwrap_or_default());
        let one = |trouble: &Self| Diagnostic {
            range: match trouble.place {
                Place::Bytes(range) => convert::range(&source, range, encoding),
                Place::Line => {
                    let start = Position { line: trouble.line.saturating_sub(1), character: 0 };
                    Range { start, end: Position { line: trouble.line, character: 0 } }
                }
                Place::File => Range::default(),
            },
            severity: Some(if trouble.is_serious {
                DiagnosticSeverity::WARNING
            } else {
                DiagnosticSeverity::INFORMATION
            }),
            source: Some("pyteam".to_owned()),
            // The command line stops here; an editor goes on with what is left.
            message: if trouble.is_part {
                format!("{}\nThis is left out until it is corrected; the rest holds.", trouble.message)
            } else {
                trouble.message.clone()
            },
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
        let SettingsProblem { path, range, line, message, is_part, .. } = problem;
        let place = range.map_or(Place::File, Place::Bytes);
        Self { path: path.clone(), place, line: *line, message: message.clone(), is_serious: true, is_part: *is_part }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let Problem { path, line, message, fatal } = problem;
        let place = if *line > 0 { Place::Line } else { Place::File };
        Self { path: path.clone(), place, line: *line, message: message.clone(), is_serious: *fatal, is_part: false }
    }
}

/// A file's name for a message: as it stands in the workspace, else in the home folder, else all of it.
fn path_shown(path: &Path, folders: &[PathBuf]) -> String {
    if path.as_os_str().is_empty() {
        return "the editor's settings".to_owned();
    }
    convert::short_path(path, folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(line: u32, message: &str, is_serious: bool) -> Trouble {
        let path = PathBuf::from("/w/pyteam.toml");
        Trouble { path, place: Place::Line, line, message: message.to_owned(), is_serious, is_part: true }
    }

    fn news(now: &[Trouble], before: &[Trouble]) -> Option<String> {
        Trouble::news(Path::new("/w/pyteam.toml"), now, before, &[PathBuf::from("/w")])
    }

    #[test]
    fn all_is_told_at_once_and_again_when_something_is_new() {
        let (one, other) = (trouble(2, "one\nmore", true), trouble(3, "other", true));
        assert_eq!(news(std::slice::from_ref(&one), &[]).as_deref(), Some("pyteam.toml:2: one"));
        let both = [one.clone(), other.clone()];
        let told = "2 errors in pyteam.toml:\n- line 2: one\n- line 3: other";
        assert_eq!(news(&both, &[]).as_deref(), Some(told));
        assert_eq!(news(&both, std::slice::from_ref(&one)).as_deref(), Some(told));
        // One of two was mended, or both stand elsewhere, or they are odd at most.
        assert_eq!(news(&[other], &both), None);
        assert_eq!(news(&[trouble(9, "one\nmore", true)], &both), None);
        assert_eq!(news(&[trouble(1, "odd", false)], &[]), None);
        assert_eq!(news(&[], &both), None);
    }

    #[test]
    fn a_message_has_an_end() {
        let many: Vec<Trouble> = (1..=9).map(|line| trouble(line, &format!("fault {line}"), true)).collect();
        let told = news(&many, &[]).expect("news");
        assert!(told.starts_with("9 errors in pyteam.toml:\n- line 1: fault 1\n"), "{told}");
        assert!(told.ends_with("- line 5: fault 5\n- and 4 more"), "{told}");
    }

    #[test]
    fn what_the_editor_gave_has_no_file() {
        let mut one = trouble(0, "wrong", true);
        one.path = PathBuf::new();
        let told = Trouble::news(Path::new(""), &[one], &[], &[]);
        assert_eq!(told.as_deref(), Some("the editor's settings: wrong"));
    }
}
