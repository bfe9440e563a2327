//! What a change does to the findings: which are gone, which are new, and which stay. A finding is known again by its
//! rule, its file, the function or class around it and its text, whatever moves it up or down; never by a count, since
//! two that go may hide one that comes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyteam_agents::Change;
use pyteam_agents::change::Reason;
use pyteam_agents::run::Recorded;
use pyteam_answers::Subject;
use pyteam_display::path_line;
use pyteam_engine::{Finding, Severity};
use pyteam_index::Snapshot;
use pyteam_index::snapshot::File;

use super::target::subject_at;

/// So many findings of a kind are named.
const MAX_NAMED: usize = 5;

/// A finding, as far as it can be known again after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ComparedFinding {
    /// Relative to the workspace.
    path: PathBuf,
    code: Arc<str>,
    symbol: Option<String>,
    /// The code that it is about, with single blanks.
    text: String,
    severity: Severity,
    line: u32,
    message: String,
}

/// The findings of a workspace, and its files that do not parse.
#[derive(Clone, Debug, Default)]
pub struct Checkup {
    known: Vec<ComparedFinding>,
    broken: BTreeSet<PathBuf>,
}

impl Checkup {
    /// Takes up what was found in `snapshot`, the workspace at `root`.
    pub fn of<'f>(snapshot: &Snapshot, root: &Path, findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let known = findings.into_iter().filter_map(|finding| {
            let file = snapshot.file(finding.file)?;
            let symbol = match subject_at(file, finding.range) {
                Subject::Symbol(_, name) => Some(name),
                _ => None,
            };
            let source = file.source();
            let words: Vec<&str> = source.slice(finding.range).split_whitespace().collect();
            let before = &source.as_str()[..usize::from(finding.range.start())];
            Some(ComparedFinding {
                path: relative(file, root),
                code: Arc::clone(&finding.code),
                symbol,
                text: words.join(" "),
                severity: finding.severity,
                line: 1 + before.matches('\n').count() as u32,
                message: finding.message.clone(),
            })
        });
        let is_broken = |file: &&Arc<File>| file.parsed.has_error && file.parsed.unanalyzed.is_none();
        let broken = snapshot.files().filter(is_broken).map(|file| relative(file, root));
        Self { known: known.collect(), broken: broken.collect() }
    }

    /// What `change` does to them, if `after` is what is found then.
    pub fn compare(&self, after: &Self, change: &Change) -> Comparison {
        let moved = moves(change);
        let mut left: Vec<ComparedFinding> = self.known.clone();
        for known in &mut left {
            if let Some(path) = moved.get(&known.path) {
                known.path.clone_from(path);
            }
        }
        let mut new = after.known.clone();
        let total = left.len();
        let hints = |known: &[ComparedFinding]| known.iter().filter(|one| one.severity == Severity::Hint).count();
        let all_hints = hints(&left);
        // The same code first; then, of one rule in one symbol, code that was rewritten and still has the finding.
        pair(&mut left, &mut new, |known| {
            (known.path.clone(), known.code.clone(), known.symbol.clone(), known.text.clone())
        });
        pair(&mut left, &mut new, |known| (known.path.clone(), known.code.clone(), known.symbol.clone()));
        let was_broken = |path: &PathBuf| {
            self.broken.contains(path) || moved.iter().any(|(old, new)| new == path && self.broken.contains(old))
        };
        new.sort_by(|a, b| (b.severity, &a.path, a.line).cmp(&(a.severity, &b.path, b.line)));
        Comparison {
            still: total - left.len(),
            hints: all_hints - hints(&left),
            gone: left,
            new,
            broken: after.broken.iter().filter(|path| !was_broken(path)).cloned().collect(),
        }
    }
}

fn relative(file: &File, root: &Path) -> PathBuf {
    let path = &*file.on_disk();
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

/// Files that a change moves, with where to.
fn moves(change: &Change) -> BTreeMap<PathBuf, PathBuf> {
    let moved = |caution: pyteam_agents::change::Caution| match caution.reason {
        Reason::Gone { moved: Some(to), .. } => Some((caution.path, to)),
        _ => None,
    };
    change.cautions().into_iter().filter_map(moved).collect()
}

/// Takes out of both lists what has the same key, one for one.
fn pair<K: Ord>(
    left: &mut Vec<ComparedFinding>,
    right: &mut Vec<ComparedFinding>,
    key: impl Fn(&ComparedFinding) -> K,
) {
    let mut counts: BTreeMap<K, (usize, usize)> = BTreeMap::new();
    left.iter().for_each(|known| counts.entry(key(known)).or_default().0 += 1);
    right.iter().for_each(|known| counts.entry(key(known)).or_default().1 += 1);
    let mut pairs: BTreeMap<K, (usize, usize)> =
        counts.into_iter().map(|(key, (here, there))| (key, (here.min(there), here.min(there)))).collect();
    let mut take = |known: &ComparedFinding, is_left: bool| {
        let Some((here, there)) = pairs.get_mut(&key(known)) else { return true };
        let count = if is_left { here } else { there };
        let stays = *count == 0;
        *count = count.saturating_sub(1);
        stays
    };
    left.retain(|known| take(known, true));
    right.retain(|known| take(known, false));
}

/// What a change does to the findings.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    gone: Vec<ComparedFinding>,
    new: Vec<ComparedFinding>,
    still: usize,
    /// How many of them are hints.
    hints: usize,
    broken: Vec<PathBuf>,
}

impl Comparison {
    /// What is bad, a sentence each: files that do not parse, and new errors.
    pub fn alarms(&self) -> Vec<String> {
        let parse =
            |path: &PathBuf| format!("{} does not parse after this change: it has a syntax error", path_line(path));
        let mut alarms: Vec<String> = self.broken.iter().take(MAX_NAMED).map(parse).collect();
        let errors = self.new.iter().filter(|known| known.severity == Severity::Error);
        alarms.extend(errors.take(MAX_NAMED).map(|known| {
            format!(
                "this change brings a new error: {}:{}: {} ({})",
                path_line(&known.path),
                known.line,
                known.message,
                known.code
            )
        }));
        alarms
    }

    /// What is gone, new and still there, in one sentence without a stop.
    pub fn sentence(&self) -> String {
        if self.gone.is_empty() && self.new.is_empty() {
            return match self.still {
                0 => "findings: none, as before".to_owned(),
                still => format!("findings: {}, as before", with_hints(still, self.hints)),
            };
        }
        let mut parts = Vec::new();
        if !self.gone.is_empty() {
            parts.push(format!("{} no longer found ({})", self.gone.len(), named(&self.gone)));
        }
        if !self.new.is_empty() {
            parts.push(format!("{} new ({})", self.new.len(), named(&self.new)));
        }
        parts.push(format!("{} still there", with_hints(self.still, self.hints)));
        format!("findings: {}", parts.join(", "))
    }

    /// For the record. `stage` is `proposed` or `applied`.
    pub fn recorded(&self, stage: &str) -> Recorded {
        let list = |known: &[ComparedFinding]| known.iter().take(100).map(ComparedFinding::named).collect();
        Recorded::Checked {
            stage: stage.to_owned(),
            gone: list(&self.gone),
            new: list(&self.new),
            still: self.still,
            hints: self.hints,
            broken: self.broken.iter().map(|path| path_line(path)).collect(),
        }
    }
}

impl ComparedFinding {
    /// `blocking-get-without-timeout at output.py:24`
    fn named(&self) -> String {
        format!("{} at {}:{}", self.code, path_line(&self.path), self.line)
    }
}

/// `26 and 2 hints`: hints are counted apart, since `pyteam check` shows them on request only.
pub fn with_hints(all: usize, hints: usize) -> String {
    let others = all.saturating_sub(hints);
    let word = if hints == 1 { "hint" } else { "hints" };
    match (others, hints) {
        (_, 0) => others.to_string(),
        (0, _) => format!("{hints} {word}"),
        _ => format!("{others} and {hints} {word}"),
    }
}

fn named(all: &[ComparedFinding]) -> String {
    let mut names: Vec<String> = all.iter().take(MAX_NAMED).map(ComparedFinding::named).collect();
    if all.len() > MAX_NAMED {
        names.push(format!("and {} more", all.len() - MAX_NAMED));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(path: &str, code: &str, symbol: &str, text: &str, line: u32) -> ComparedFinding {
        let severity = match code {
            "bad" => Severity::Error,
            "lesser" => Severity::Hint,
            _ => Severity::Warning,
        };
        ComparedFinding {
            path: path.into(),
            code: code.into(),
            symbol: Some(symbol.to_owned()),
            text: text.to_owned(),
            severity,
            line,
            message: "it is bad".to_owned(),
        }
    }

    fn checkup(known: &[ComparedFinding]) -> Checkup {
        Checkup { known: known.to_vec(), broken: BTreeSet::new() }
    }

    #[test]
    fn a_finding_is_known_again_by_what_it_is_about() {
        let before = checkup(&[known("a.py", "get", "f", "q.get()", 3), known("a.py", "get", "f", "q.get()", 9)]);
        let moved = checkup(&[known("a.py", "get", "f", "q.get()", 30), known("a.py", "get", "f", "q.get()", 90)]);
        assert_eq!(before.compare(&moved, &Change::default()).sentence(), "findings: 2, as before");
        let rewritten =
            checkup(&[known("a.py", "get", "f", "self.q.get()", 3), known("a.py", "get", "f", "q.get()", 9)]);
        assert_eq!(before.compare(&rewritten, &Change::default()).sentence(), "findings: 2, as before");
        assert_eq!(checkup(&[]).compare(&checkup(&[]), &Change::default()).sentence(), "findings: none, as before");
    }

    #[test]
    fn hints_are_counted_apart_as_a_check_does_not_show_them() {
        let all = [
            known("a.py", "get", "f", "a", 1),
            known("a.py", "lesser", "f", "b", 2),
            known("a.py", "lesser", "f", "c", 3),
        ];
        let sentence = |before: &[ComparedFinding], after: &[ComparedFinding]| {
            checkup(before).compare(&checkup(after), &Change::default()).sentence()
        };
        assert_eq!(sentence(&all, &all), "findings: 1 and 2 hints, as before");
        assert_eq!(sentence(&all[1..], &all[1..]), "findings: 2 hints, as before");
        assert_eq!(
            sentence(&all, &all[..2]),
            "findings: 1 no longer found (lesser at a.py:3), 1 and 1 hint still there"
        );
    }

    #[test]
    fn one_that_comes_does_not_hide_behind_one_that_goes() {
        let before = checkup(&[known("a.py", "get", "f", "q.get()", 3), known("b.py", "put", "g", "q.put(1)", 1)]);
        let after = checkup(&[known("a.py", "bad", "f", "q.get(", 3), known("b.py", "put", "g", "q.put(1)", 5)]);
        let comparison = before.compare(&after, &Change::default());
        assert_eq!(
            comparison.sentence(),
            "findings: 1 no longer found (get at a.py:3), 1 new (bad at a.py:3), 1 still there"
        );
        assert_eq!(comparison.alarms(), ["this change brings a new error: a.py:3: it is bad (bad)"]);
    }

    #[test]
    fn a_file_that_does_not_parse_any_more_is_said() {
        let broken = |paths: &[&str]| Checkup { known: Vec::new(), broken: paths.iter().map(PathBuf::from).collect() };
        let comparison = broken(&["old.py"]).compare(&broken(&["old.py", "a.py"]), &Change::default());
        assert_eq!(comparison.alarms(), ["a.py does not parse after this change: it has a syntax error"]);
    }
}
