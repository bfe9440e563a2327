//! Makes fixes in a project in memory, round after round (`engine::fixes`). Nothing is written here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use pyteam_engine::fixes::{self, MAX_ROUNDS, Made, Target, to_fixpoint};
use pyteam_engine::{Applicability, Finding, Fix, Severity};
use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::Parsed;

use super::project::{Checked, Project};

/// What the rounds came to.
pub(super) struct Repaired {
    /// Which fixes were made and which were not.
    pub(super) fixes: fixes::Repaired,
    /// Where secrets stand in the texts before, as rules say.
    secrets: BTreeMap<FileId, Vec<Range<usize>>>,
    /// What is still found at the end.
    pub(super) remaining: Checked,
}

impl Repaired {
    /// Where secrets stand in a file's text before.
    pub(super) fn secrets_in(&self, file: FileId) -> &[Range<usize>] {
        self.secrets.get(&file).map_or(&[], Vec::as_slice)
    }
}

/// A project whose files are changed in memory.
struct InMemory<'p> {
    project: &'p mut Project,
    /// Findings from here on are repaired: what is not shown is not rewritten.
    least: Severity,
    secrets: Option<BTreeMap<FileId, Vec<Range<usize>>>>,
    checked: Checked,
}

impl Target for InMemory<'_> {
    fn snapshot(&self) -> &Snapshot {
        self.project.snapshot()
    }

    fn is_editable(&self, file: FileId) -> bool {
        self.project.is_target(file)
    }

    fn find(&mut self) -> Vec<Finding> {
        let mut checked = self.project.check(true);
        self.secrets.get_or_insert_with(|| secrets(&checked.findings));
        self.checked.crashes.append(&mut checked.crashes);
        self.checked.findings = checked.findings;
        self.checked.findings.iter().filter(|finding| finding.severity >= self.least).cloned().collect()
    }

    fn fixes(&self, findings: &[Finding], wanted: &(dyn Fn(&Fix) -> bool + Sync)) -> Vec<Option<Fix>> {
        self.project.fixes(findings, wanted)
    }

    fn parse(&self, texts: Vec<(FileId, String)>) -> Vec<(FileId, Arc<Parsed>)> {
        self.project.parse(texts)
    }

    fn replace(&mut self, files: Vec<(FileId, Arc<Parsed>)>) {
        self.project.replace(files);
    }
}

fn secrets(findings: &[Finding]) -> BTreeMap<FileId, Vec<Range<usize>>> {
    let mut secrets: BTreeMap<FileId, Vec<Range<usize>>> = BTreeMap::new();
    for finding in findings {
        let ranges = finding.secrets.iter().map(|range| range.start().into()..range.end().into());
        secrets.entry(finding.file).or_default().extend(ranges);
    }
    secrets
}

/// Makes every fix up to `allowed` in the project, of findings from `least` on.
pub(super) fn repair(project: &mut Project, allowed: Applicability, least: Severity) -> Repaired {
    let mut target = InMemory { project, least, secrets: None, checked: Checked::default() };
    let fixes = to_fixpoint(&mut target, allowed, MAX_ROUNDS);
    Repaired { fixes, secrets: target.secrets.unwrap_or_default(), remaining: target.checked }
}

/// Why a fix was not made, for the user.
pub(super) fn refusal(project: &Project, refused: &Made) -> String {
    let path = project.snapshot().file(refused.file).map_or("", |file| &*file.path);
    format!(
        "{path}:{}: fix \"{}\" of `{}` not applied: it would break the syntax; please report it",
        refused.line + 1,
        refused.title,
        refused.code
    )
}
