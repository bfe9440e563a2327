//! What is wrong with files that are not Python: settings, the user's own rules, agents' definitions.

use std::path::{Path, PathBuf};

use pyteam_agents::user_dirs::regular;
use pyteam_agents::{Problem, Setup};
use pyteam_engine::settings::{Lost, SettingsProblem, followed};
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
    /// What does not hold because of it; what belongs to no settings says so itself.
    lost: Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Bytes(TextRange),
    Line,
    File,
}

impl Trouble {
    /// What is told on the screen of a file of which `before` was known and `now` holds: all that is serious, as soon as
    /// one of it is new. That something moved to another line is no news. It is one line, since Helix shows no more and
    /// Neovim stops for a key where there are more.
    pub(super) fn news(path: &Path, now: &[Self], before: &[Self], folders: &[PathBuf]) -> Option<String> {
        let is_new = |trouble: &&Self| !before.iter().any(|known| known.message == trouble.message);
        let serious: Vec<&Self> = now.iter().filter(|trouble| trouble.is_serious).collect();
        serious.iter().copied().find(is_new)?;
        let file = path_shown(path, folders);
        let text = if let [only] = serious[..] {
            let line = if only.line > 0 { format!(":{}", only.line) } else { String::new() };
            format!("{file}{line}: {}", only.headline())
        } else {
            let told = serious.iter().take(MOST_TOLD).map(|trouble| {
                let line = if trouble.line > 0 { format!("line {}: ", trouble.line) } else { String::new() };
                format!("{line}{}", trouble.headline())
            });
            let mut parts: Vec<String> = told.collect();
            if serious.len() > MOST_TOLD {
                parts.push(format!("and {} more", serious.len() - MOST_TOLD));
            }
            format!("{} errors in {file}: {}", serious.len(), parts.join("; "))
        };
        // That a file's other settings hold is expected; that rules run which the file does not name is not.
        let lost = serious.iter().find(|trouble| trouble.lost == Lost::Selection).and_then(|one| one.lost.sentence());
        Some(match lost {
            Some(sentence) => followed(&text, sentence),
            None => text,
        })
    }

    fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// What stands in the file `path`, for the client. Others' troubles are left out.
    pub(super) fn diagnostics(path: &Path, troubles: &[Self], encoding: PositionEncoding) -> Vec<Diagnostic> {
        if troubles.is_empty() {
            return Vec::new();
        }
        let source = SourceText::new(regular::read_text(path, regular::MAX_BYTES).unwrap_or_default());
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
            message: match trouble.lost.sentence() {
                Some(sentence) => followed(&trouble.message, sentence),
                None => trouble.message.clone(),
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
        let SettingsProblem { path, range, line, message, lost, .. } = problem;
        let place = range.map_or(Place::File, Place::Bytes);
        Self { path: path.clone(), place, line: *line, message: message.clone(), is_serious: true, lost: *lost }
    }
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Self {
        let Problem { path, line, message, fatal } = problem;
        let place = if *line > 0 { Place::Line } else { Place::File };
        Self { path: path.clone(), place, line: *line, message: message.clone(), is_serious: *fatal, lost: Lost::File }
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
        Trouble { path, place: Place::Line, line, message: message.to_owned(), is_serious, lost: Lost::Place }
    }

    fn news(now: &[Trouble], before: &[Trouble]) -> Option<String> {
        Trouble::news(Path::new("/w/pyteam.toml"), now, before, &[PathBuf::from("/w")])
    }

    #[test]
    fn all_is_told_at_once_and_again_when_something_is_new() {
        let (one, other) = (trouble(2, "one\nmore", true), trouble(3, "other", true));
        assert_eq!(news(std::slice::from_ref(&one), &[]).as_deref(), Some("pyteam.toml:2: one"));
        let both = [one.clone(), other.clone()];
        let told = "2 errors in pyteam.toml: line 2: one; line 3: other";
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
        assert!(told.starts_with("9 errors in pyteam.toml: line 1: fault 1; "), "{told}");
        assert!(told.ends_with("; line 5: fault 5; and 4 more"), "{told}");
    }

    #[test]
    fn a_message_is_one_line_and_says_that_a_selection_is_left_out() {
        let selection =
            Trouble { lost: Lost::Selection, ..trouble(1, "there is no rule `x`; did you mean `y`?", true) };
        let one = news(std::slice::from_ref(&selection), &[]).expect("news");
        assert!(
            one.starts_with("pyteam.toml:1: there is no rule `x`; did you mean `y`? All of this `select` "),
            "{one}"
        );
        let all = news(&[selection, trouble(2, "other", true)], &[]).expect("news");
        assert!(all.contains("; line 2: other. All of this `select` is left out"), "{all}");
        assert!(!all.contains('\n'), "{all}");
    }

    #[test]
    fn what_the_editor_gave_has_no_file() {
        let mut one = trouble(0, "wrong", true);
        one.path = PathBuf::new();
        let told = Trouble::news(Path::new(""), &[one], &[], &[]);
        assert_eq!(told.as_deref(), Some("the editor's settings: wrong"));
    }
}
