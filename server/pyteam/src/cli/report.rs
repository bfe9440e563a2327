//! What a check found, as the output formats see it.

use std::cell::OnceCell;
use std::sync::Arc;

use pyteam_display::secrets_in;
use pyteam_engine::{Applicability, Engine, Finding, Fix, Page, Severity};
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, Snapshot};
use rustc_hash::FxHashSet;

use super::place::Paths;

/// Findings to be shown, with what is needed to show them.
pub(super) struct Report<'a> {
    /// All files.
    pub(super) snapshot: &'a Snapshot,
    /// The rules.
    pub(super) engine: &'a Engine,
    /// How files are named.
    pub(super) paths: &'a Paths,
    /// In the order of files and places.
    pub(super) findings: &'a [Finding],
    /// The preferred repair of each finding; empty for formats that do not show repairs.
    pub(super) fixes: &'a [Option<Fix>],
    /// Texts of the files that are secrets, once they were asked for.
    pub(super) secrets: OnceCell<Vec<&'a str>>,
}

impl<'a> Report<'a> {
    /// The file `id`. Findings are only in files that are there.
    pub(super) fn file(&self, id: FileId) -> Option<&'a Arc<File>> {
        self.snapshot.file(id)
    }
    /// The page of a finding's rule.
    pub(super) fn page(&self, finding: &Finding) -> Option<&'a Page> {
        self.engine.page(&finding.code)
    }
    /// The repair of the `index`-th finding. One that would write a secret is left out: masked it would destroy the
    /// secret, and unmasked it would show it.
    pub(super) fn fix(&self, index: usize) -> Option<&'a Fix> {
        self.fixes.get(index)?.as_ref().filter(|fix| !self.writes_secret(fix))
    }

    fn writes_secret(&self, fix: &Fix) -> bool {
        let known = self.secrets.get_or_init(|| {
            let of = |finding: &'a Finding| {
                let file = self.file(finding.file);
                finding.secrets.iter().filter_map(move |range| Some(file?.source().slice(*range)))
            };
            self.findings.iter().flat_map(of).collect()
        });
        let mut texts = fix.edits.values().flatten().map(|edit| edit.text.as_str());
        texts.any(|text| !secrets_in(text).is_empty() || known.iter().any(|secret| text.contains(*secret)))
    }
}

/// How many findings there are of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    errors: usize,
    warnings: usize,
    information: usize,
    hints: usize,
    safe: usize,
    not_safe: usize,
    files: usize,
}

impl Counts {
    /// Counts `findings`, in whatever order.
    pub(super) fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        let mut files = FxHashSet::default();
        for finding in findings {
            let count = match finding.severity {
                Severity::Error => &mut counts.errors,
                Severity::Warning => &mut counts.warnings,
                Severity::Information => &mut counts.information,
                Severity::Hint => &mut counts.hints,
            };
            *count += 1;
            match finding.fix.as_ref().map(|fix| fix.applicability) {
                Some(Applicability::Safe) => counts.safe += 1,
                Some(Applicability::Unsafe) => counts.not_safe += 1,
                None => {}
            }
            files.insert(finding.file);
        }
        counts.files = files.len();
        counts
    }

    /// `3 errors, 5 warnings in 7 of 40 files; 6 fixable with --fix, 4 more with --fix --unsafe-fixes`; `None` without
    /// findings. So many files were `checked`.
    pub(super) fn summary(&self, checked: usize, unsafe_wanted: bool) -> Option<String> {
        let kinds = [
            (self.errors, "error", "errors"),
            (self.warnings, "warning", "warnings"),
            (self.information, "info", "info"),
            (self.hints, "hint", "hints"),
        ];
        let kinds: Vec<String> =
            kinds.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| plural(*count, one, many)).collect();
        if kinds.is_empty() {
            return None;
        }
        let files = match checked {
            checked if checked > self.files => format!("{} of {}", self.files, plural(checked, "file", "files")),
            1 => "1 file".to_owned(),
            _ => format!("all {}", plural(self.files, "file", "files")),
        };
        let mut summary = format!("{} in {files}", kinds.join(", "));
        let (with_fix, more, option) = if unsafe_wanted {
            (self.safe + self.not_safe, 0, "--fix --unsafe-fixes")
        } else {
            (self.safe, self.not_safe, "--fix")
        };
        let parts = match (with_fix, more) {
            (0, 0) => return Some(summary),
            (0, more) => format!("{more} fixable with --fix --unsafe-fixes"),
            (some, 0) => format!("{some} fixable with {option}"),
            (some, more) => format!("{some} fixable with {option}, {more} more with --fix --unsafe-fixes"),
        };
        summary.push_str("; ");
        summary.push_str(&parts);
        Some(summary)
    }
}

/// `1 file`, `2 files`
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first `room` characters, up to the end of a word.
pub(super) fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let start: String = text.chars().take(room.saturating_sub(1)).collect();
    let end = start.rfind(' ').unwrap_or(start.len());
    format!("{}…", start[..end].trim_end_matches([',', ';', ':', '-', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_fix_would_do() {
        let counts = Counts { errors: 3, warnings: 5, safe: 6, not_safe: 4, files: 7, ..Counts::default() };
        assert_eq!(
            counts.summary(40, false).as_deref(),
            Some("3 errors, 5 warnings in 7 of 40 files; 6 fixable with --fix, 4 more with --fix --unsafe-fixes")
        );
        assert_eq!(
            counts.summary(7, true).as_deref(),
            Some("3 errors, 5 warnings in all 7 files; 10 fixable with --fix --unsafe-fixes")
        );
        let counts = Counts { hints: 1, files: 1, ..Counts::default() };
        assert_eq!(counts.summary(1, false).as_deref(), Some("1 hint in 1 file"));
        assert_eq!(counts.summary(2, false).as_deref(), Some("1 hint in 1 of 2 files"));
        assert_eq!(Counts::default().summary(1, false), None);
    }
}
