//! Diagnostics of configuration: settings files, the user's own rules, agents' definitions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyteam_agents::user_dirs::regular;
use pyteam_engine::SettingsResolver;
use pyteam_engine::settings::{Lost, SettingsProblem, followed};
use pyteam_syntax::position::PositionEncoding;
use pyteam_syntax::{SourceText, TextRange};
use tower_lsp::ls_types::{Diagnostic, DiagnosticSeverity, Position, Range};

use super::convert;

/// A message names so many of a file's problems. All of them stand in the file.
const MAX_NAMED: usize = 5;

/// One problem of a file of configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigDiagnostic {
    /// The file; empty for settings that the editor gave.
    pub(super) path: PathBuf,
    place: ProblemRange,
    /// From 1; 0 for what concerns the whole file.
    line: u32,
    message: String,
    /// Whether something does not hold because of it. Else it is odd, and that is all.
    is_serious: bool,
    /// What does not hold because of it; what belongs to no settings says so itself.
    lost: Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProblemRange {
    Bytes(TextRange),
    Line,
    File,
}

impl ConfigDiagnostic {
    /// The message about a file whose problems were `before` and are `now`: all serious ones, as soon as one of them is new.
    /// A problem that moved to another line is not new. The message is one line, since Helix shows no more and Neovim stops
    /// for a key where there are more.
    pub(super) fn summary(path: &Path, now: &[Self], before: &[Self], folders: &[PathBuf]) -> Option<String> {
        let is_new = |problem: &&Self| !before.iter().any(|known| known.message == problem.message);
        let serious: Vec<&Self> = now.iter().filter(|problem| problem.is_serious).collect();
        serious.iter().copied().find(is_new)?;
        let file = path_shown(path, folders);
        let text = if let [only] = serious[..] {
            let line = if only.line > 0 { format!(":{}", only.line) } else { String::new() };
            format!("{file}{line}: {}", only.headline())
        } else {
            let named = serious.iter().take(MAX_NAMED).map(|problem| {
                let line = if problem.line > 0 { format!("line {}: ", problem.line) } else { String::new() };
                format!("{line}{}", problem.headline())
            });
            let mut parts: Vec<String> = named.collect();
            if serious.len() > MAX_NAMED {
                parts.push(format!("and {} more", serious.len() - MAX_NAMED));
            }
            format!("{} errors in {file}: {}", serious.len(), parts.join("; "))
        };
        // That a file's other settings hold is expected; that rules run which the file does not name is not.
        let lost = serious.iter().find(|problem| problem.lost == Lost::Selection).and_then(|one| one.lost.sentence());
        Some(match lost {
            Some(sentence) => followed(&text, sentence),
            None => text,
        })
    }

    fn headline(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// The problems of the file at `path` as the client shows them.
    pub(super) fn diagnostics(path: &Path, problems: &[Self], encoding: PositionEncoding) -> Vec<Diagnostic> {
        if problems.is_empty() {
            return Vec::new();
        }
        let source = SourceText::new(regular::read_text(path, regular::MAX_BYTES).unwrap_or_default());
        let one = |problem: &Self| Diagnostic {
            range: match problem.place {
                ProblemRange::Bytes(range) => convert::range(&source, range, encoding),
                ProblemRange::Line => {
                    let start = Position { line: problem.line.saturating_sub(1), character: 0 };
                    Range { start, end: Position { line: problem.line, character: 0 } }
                }
                ProblemRange::File => Range::default(),
            },
            severity: Some(if problem.is_serious {
                DiagnosticSeverity::WARNING
            } else {
                DiagnosticSeverity::INFORMATION
            }),
            source: Some("pyteam".to_owned()),
            // The command line stops here; an editor goes on with what is left.
            message: match problem.lost.sentence() {
                Some(sentence) => followed(&problem.message, sentence),
                None => problem.message.clone(),
            },
            ..Diagnostic::default()
        };
        problems.iter().map(one).collect()
    }

    /// A problem of the file at `path`: of line `line`, from 1, or of the whole file where it is 0. With `is_serious`, the
    /// file does not hold because of it.
    pub(super) fn of_line(path: PathBuf, line: u32, message: String, is_serious: bool) -> Self {
        let place = if line > 0 { ProblemRange::Line } else { ProblemRange::File };
        Self { path, place, line, message, is_serious, lost: Lost::File }
    }
}

/// Problems that are found when configuration is read. Those of settings files are the resolver's, which reads them when a
/// file below them is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigProblems {
    /// Of what the editor set, with an empty path.
    pub(super) editor: Vec<SettingsProblem>,
    /// Of the user's own rules.
    pub(super) rules: Vec<SettingsProblem>,
    /// Of an extension's files.
    pub(super) extension: Vec<ConfigDiagnostic>,
}

impl ConfigProblems {
    /// All problems, with those of `settings`, by file.
    pub(super) fn by_file(&self, settings: &SettingsResolver) -> BTreeMap<PathBuf, Vec<ConfigDiagnostic>> {
        let settings = settings.problems();
        // A file that is no TOML is none for an extension's reader either, which need not be said twice.
        let is_unread =
            |one: &&ConfigDiagnostic| settings.iter().any(|problem| !problem.is_part() && problem.path == one.path);
        let extension = self.extension.iter().filter(|one| !is_unread(one)).cloned();
        let problems = settings.iter().chain(&self.editor).chain(&self.rules).map(ConfigDiagnostic::from);
        let mut by_file: BTreeMap<PathBuf, Vec<ConfigDiagnostic>> = BTreeMap::new();
        for problem in problems.chain(extension) {
            by_file.entry(problem.path.clone()).or_default().push(problem);
        }
        by_file
    }
}

impl From<&SettingsProblem> for ConfigDiagnostic {
    fn from(problem: &SettingsProblem) -> Self {
        let SettingsProblem { path, range, line, message, lost, .. } = problem;
        let place = range.map_or(ProblemRange::File, ProblemRange::Bytes);
        Self { path: path.clone(), place, line: *line, message: message.clone(), is_serious: true, lost: *lost }
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

    fn problem(line: u32, message: &str, is_serious: bool) -> ConfigDiagnostic {
        let path = PathBuf::from("/w/pyteam.toml");
        ConfigDiagnostic {
            path,
            place: ProblemRange::Line,
            line,
            message: message.to_owned(),
            is_serious,
            lost: Lost::Place,
        }
    }

    fn news(now: &[ConfigDiagnostic], before: &[ConfigDiagnostic]) -> Option<String> {
        ConfigDiagnostic::summary(Path::new("/w/pyteam.toml"), now, before, &[PathBuf::from("/w")])
    }

    #[test]
    fn all_is_told_at_once_and_again_when_something_is_new() {
        let (one, other) = (problem(2, "one\nmore", true), problem(3, "other", true));
        assert_eq!(news(std::slice::from_ref(&one), &[]).as_deref(), Some("pyteam.toml:2: one"));
        let both = [one.clone(), other.clone()];
        let told = "2 errors in pyteam.toml: line 2: one; line 3: other";
        assert_eq!(news(&both, &[]).as_deref(), Some(told));
        assert_eq!(news(&both, std::slice::from_ref(&one)).as_deref(), Some(told));
        // One of two was mended, or both stand elsewhere, or they are odd at most.
        assert_eq!(news(&[other], &both), None);
        assert_eq!(news(&[problem(9, "one\nmore", true)], &both), None);
        assert_eq!(news(&[problem(1, "odd", false)], &[]), None);
        assert_eq!(news(&[], &both), None);
    }

    #[test]
    fn a_message_has_an_end() {
        let many: Vec<ConfigDiagnostic> = (1..=9).map(|line| problem(line, &format!("fault {line}"), true)).collect();
        let told = news(&many, &[]).expect("news");
        assert!(told.starts_with("9 errors in pyteam.toml: line 1: fault 1; "), "{told}");
        assert!(told.ends_with("; line 5: fault 5; and 4 more"), "{told}");
    }

    #[test]
    fn a_message_is_one_line_and_says_that_a_selection_is_left_out() {
        let selection = ConfigDiagnostic {
            lost: Lost::Selection,
            ..problem(1, "unknown rule or family `x`; did you mean `y`?", true)
        };
        let one = news(std::slice::from_ref(&selection), &[]).expect("news");
        assert!(
            one.starts_with("pyteam.toml:1: unknown rule or family `x`; did you mean `y`? All of this `select` "),
            "{one}"
        );
        let all = news(&[selection, problem(2, "other", true)], &[]).expect("news");
        assert!(all.contains("; line 2: other. All of this `select` is ignored"), "{all}");
        assert!(!all.contains('\n'), "{all}");
    }

    #[test]
    fn what_the_editor_gave_has_no_file() {
        let mut one = problem(0, "wrong", true);
        one.path = PathBuf::new();
        let told = ConfigDiagnostic::summary(Path::new(""), &[one], &[], &[]);
        assert_eq!(told.as_deref(), Some("the editor's settings: wrong"));
    }
}
