//! Running rules over a file.
//!
//! Rules see one item at a time, each call on its own under `catch_unwind`: a bug in a rule costs that rule's
//! findings on that item, and a line in the log. What was found in an item is kept, with places relative to it,
//! for as long as nothing changes that the rule can see (see [`FindingCache`]).

mod cache;
mod cancel;
mod not_analyzed;
mod syntax_error;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pyteam_index::context::ItemContext;
use pyteam_index::infer::Inference;
use pyteam_index::{File, FileRole, Snapshot};
use pyteam_syntax::{Item, Stmt, StmtId, TextRange};
use rustc_hash::FxHashMap;

pub use self::cache::FindingCache;
pub use self::cancel::{CancelToken, Canceled};

use crate::builtin;
use crate::context::{CheckContext, Sink};
use crate::finding::{Finding, Severity};
use crate::fix::Fix;
use crate::page::{Applies, Page};
use crate::rule::Rule;
use crate::settings::{RuleNames, Settings};
use crate::suppression::{self, Suppressions};

/// All rules, and how they are run.
pub struct Engine {
    rules: Vec<Box<dyn Rule>>,
    by_code: FxHashMap<Arc<str>, usize>,
    names: RuleNames,
    /// Tells engines apart, so that findings of one are not taken for those of another.
    id: u64,
}

static ENGINES: AtomicU64 = AtomicU64::new(1);

impl Engine {
    /// An engine with these rules. Of two rules with one code, the first one counts.
    pub fn new(rules: Vec<Box<dyn Rule>>) -> Self {
        let mut by_code = FxHashMap::default();
        for (at, rule) in rules.iter().enumerate() {
            by_code.entry(Arc::clone(&rule.page().code)).or_insert(at);
        }
        let names = RuleNames::new(rules.iter().map(|rule| rule.page()));
        Self { rules, by_code, names, id: ENGINES.fetch_add(1, Ordering::Relaxed) }
    }

    /// All rules.
    pub fn rules(&self) -> impl Iterator<Item = &dyn Rule> {
        self.rules.iter().map(|rule| &**rule)
    }

    /// The pages of all rules, and of the runner's own codes.
    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.rules().map(Rule::page).chain(builtin::pages())
    }

    /// The page of a code.
    pub fn page(&self, code: &str) -> Option<&Page> {
        let code = builtin::current(code);
        let rule = self.by_code.get(code).map(|at| self.rules[*at].page());
        rule.or_else(|| builtin::pages().iter().find(|page| *page.code == *code))
    }

    /// All codes and families.
    pub fn names(&self) -> &RuleNames {
        &self.names
    }

    /// All findings of one file after suppression, settings and severity, sorted by place. `cache` makes another
    /// check cost what changed; it must be the file's own.
    pub fn check_file(
        &self,
        snapshot: &Snapshot,
        file: &File,
        settings: &Settings,
        cache: Option<&mut FindingCache>,
        cancel: &CancelToken,
    ) -> Result<Vec<Finding>, Canceled> {
        if let Some(why) = &file.parsed.unanalyzed {
            let level = settings.severity_of(builtin::not_analyzed(), file.on_disk());
            return Ok(level.map(|severity| not_analyzed::finding(file, why, severity)).into_iter().collect());
        }
        let levels = self.levels(file, settings);
        let check = Check { engine: self, snapshot, file, settings, levels: &levels, cancel };
        let mut findings = check.all(cache)?;
        for finding in &mut findings {
            if let Some((own, level)) = self.level_of(&finding.code, &levels) {
                finding.severity = grade(finding.severity, own, level);
            }
        }
        self.suppress(snapshot, file, settings, &levels, &mut findings);
        match FileRole::of(snapshot, &file.path) {
            FileRole::Program => {}
            FileRole::Aside => findings.iter_mut().for_each(|one| one.severity = one.severity.lower()),
            FileRole::Vendored => findings.clear(),
        }
        findings.sort_by(|a, b| place(a).cmp(&place(b)));
        Ok(findings)
    }

    /// The finding where a file stops to parse, in one that does. Unlike those of rules, it is for the command line alone.
    pub fn syntax_error(&self, file: &File, settings: &Settings) -> Option<Finding> {
        let severity = settings.severity_of(builtin::syntax_error(), file.on_disk())?;
        let finding = syntax_error::finding(file, severity)?;
        let mut findings = vec![finding];
        Suppressions::of(file).filter(file, &mut findings);
        findings.pop()
    }

    /// The repairs on offer for a finding of this snapshot, the preferred one first; edits normalized.
    pub fn fixes(&self, snapshot: &Snapshot, settings: &Settings, finding: &Finding) -> Vec<Fix> {
        let Some(file) = snapshot.file(finding.file) else { return Vec::new() };
        if *finding.code == *suppression::UNUSED {
            return Suppressions::of(file).fix(file, finding).into_iter().collect();
        }
        let (Some(at), Some(slot)) =
            (self.by_code.get(&finding.code), file.parsed.items.get(finding.anchor.item as usize))
        else {
            return Vec::new();
        };
        let rule = &self.rules[*at];
        let fixes = catch_unwind(AssertUnwindSafe(|| {
            let inference = Inference::new(snapshot);
            let item_index = finding.anchor.item;
            let place = ItemContext { snapshot, file, item_index, item: &slot.item, inference: &inference };
            let cx = CheckContext { place, settings };
            rule.fixes(&cx, finding)
        }));
        let Ok(fixes) = fixes else {
            tracing::error!(
                code = &*finding.code,
                file = &*file.path,
                "the rule panicked while making a fix; its fixes are left out"
            );
            return Vec::new();
        };
        fixes.into_iter().map(Fix::finish).filter(|fix| fits(fix, snapshot, finding)).collect()
    }

    /// What each rule's findings are shown as in this file; `None` for rules that do not run.
    fn levels(&self, file: &File, settings: &Settings) -> Vec<Option<Severity>> {
        let level = |rule: &dyn Rule| {
            let page = rule.page();
            // Agent files have no items.
            settings.severity_of(page, file.on_disk()).filter(|_| page.applies == Applies::Python)
        };
        self.rules().map(level).collect()
    }

    /// The severity that a code's rule gives, and the one that the settings give.
    fn level_of(&self, code: &str, levels: &[Option<Severity>]) -> Option<(Severity, Severity)> {
        let at = *self.by_code.get(code)?;
        Some((self.rules[at].page().severity, levels[at]?))
    }

    fn suppress(
        &self,
        snapshot: &Snapshot,
        file: &File,
        settings: &Settings,
        levels: &[Option<Severity>],
        findings: &mut Vec<Finding>,
    ) {
        let suppressions = Suppressions::of(file);
        let used = suppressions.filter(file, findings);
        let Some(level) = settings.severity_of(builtin::unused_suppression(), file.on_disk()) else { return };
        let runs = |code: &str| self.by_code.get(code).is_some_and(|at| levels[*at].is_some());
        // Before all files are in, or where the parser gave up, findings are missing that suppressions wait for.
        let mistakes_only = !snapshot.is_complete() || file.parsed.has_error;
        let mut unused = suppressions.unused(file, &used, &self.names, runs, mistakes_only);
        for finding in &mut unused {
            finding.severity = level;
        }
        suppressions.filter_file(&mut unused);
        findings.append(&mut unused);
    }
}

/// One check of one file.
struct Check<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    file: &'a File,
    settings: &'a Settings,
    levels: &'a [Option<Severity>],
    cancel: &'a CancelToken,
}

impl Check<'_> {
    fn all(&self, cache: Option<&mut FindingCache>) -> Result<Vec<Finding>, Canceled> {
        let mut unkept = FindingCache::default();
        let keep = cache.is_some();
        let cache = cache.unwrap_or(&mut unkept);
        let mut update = cache.update(self.engine.id, self.snapshot, self.file, self.settings);
        let mut findings = Vec::new();
        // What one item's questions brought to light serves the next one's, unless each must know what it rests on.
        let mut shared = None;
        let mut looked_again = 0;
        for (index, slot) in self.file.parsed.items.iter().enumerate() {
            // What was made out inside a broken region says something to the index, but not to rules.
            if slot.recovered {
                continue;
            }
            self.cancel.check()?;
            let index = index as u32;
            let mut own = None;
            let inference = if keep { &mut own } else { &mut shared };
            inference.iter().for_each(Inference::renew_budget);
            if let Some(mut kept) = update.kept(index) {
                findings.append(&mut kept);
                continue;
            }
            looked_again += 1;
            let mut found = self.item(index, &slot.item, inference, keep)?;
            if keep {
                let dependencies = inference.as_ref().map(Inference::dependencies).unwrap_or_default();
                update.keep(index, &found, dependencies);
            }
            findings.append(&mut found);
        }
        update.finish();
        tracing::trace!(file = &*self.file.path, items = self.file.parsed.items.len(), looked_again, "rules were run");
        Ok(findings)
    }

    /// Runs the rules on one item.
    fn item<'s>(
        &'s self,
        index: u32,
        item: &Item,
        inference: &mut Option<Inference<'s>>,
        keep: bool,
    ) -> Result<Vec<Finding>, Canceled> {
        let mut findings = Vec::new();
        for (rule, level) in self.engine.rules.iter().zip(self.levels) {
            if level.is_none() {
                continue;
            }
            self.cancel.check()?;
            let before = findings.len();
            let page = rule.page();
            let ran = catch_unwind(AssertUnwindSafe(|| {
                let inference = &*inference.get_or_insert_with(|| {
                    if keep { Inference::recording(self.snapshot) } else { Inference::new(self.snapshot) }
                });
                let (snapshot, file) = (self.snapshot, self.file);
                let place = ItemContext { snapshot, file, item_index: index, item, inference };
                let cx = CheckContext { place, settings: self.settings };
                let mut sink = Sink {
                    code: Arc::clone(&page.code),
                    severity: page.severity,
                    file: self.file,
                    item_index: index,
                    findings: &mut findings,
                };
                rule.check(&cx, &mut sink);
            }));
            if ran.is_err() {
                // What it said before is no more to be trusted than the rest, nor is what it left half answered.
                findings.truncate(before);
                *inference = None;
                let line = self.file.source().lines().line_of(self.file.item_start(index)) + 1;
                tracing::error!(
                    code = &*page.code,
                    file = &*self.file.path,
                    line,
                    "the rule panicked; its findings here are left out"
                );
            }
        }
        if item.has_error() {
            let start = self.file.item_start(index);
            findings.retain(|finding| {
                let relative = finding.range.checked_sub(start);
                relative.is_none_or(|range| !is_in_broken_statement(item, range))
            });
        }
        Ok(findings)
    }
}

/// Whether the statement around `range` holds something that does not parse: half a call says nothing.
fn is_in_broken_statement(item: &Item, range: TextRange) -> bool {
    let around = |id: &StmtId| item.stmt_range(*id).contains_range(range);
    let Some(stmt) = item.stmt_ids().filter(around).min_by_key(|id| item.stmt_range(*id).len()) else { return true };
    if matches!(item.stmt(stmt), Stmt::Error) {
        return true;
    }
    let broken = |id| matches!(item.expr(id), pyteam_syntax::Expr::Error) && item.enclosing_stmt(id) == stmt;
    item.expr_ids().any(broken)
}

/// What a finding is shown as. The settings replace the rule's own severity; a finding that the rule graded
/// differently keeps its distance downward: it is never louder than the settings ask for.
fn grade(found: Severity, own: Severity, level: Severity) -> Severity {
    if level == own {
        found
    } else if found == own {
        level
    } else {
        found.min(level)
    }
}

fn place(finding: &Finding) -> (pyteam_syntax::TextSize, pyteam_syntax::TextSize, &str, &str) {
    (finding.range.start(), finding.range.end(), &finding.code, &finding.message)
}

/// Whether a fix does something and can be applied.
fn fits(fix: &Fix, snapshot: &Snapshot, finding: &Finding) -> bool {
    let fits = fix.edits.iter().all(|(id, edits)| {
        snapshot.file(*id).is_some_and(|file| pyteam_syntax::edit::apply(file.source().as_str(), edits).is_ok())
    });
    if !fits {
        tracing::error!(
            code = &*finding.code,
            title = fix.title,
            "the fix's edits overlap or do not fit; it is left out"
        );
    }
    fits && fix.edits.values().any(|edits| !edits.is_empty())
}

#[cfg(test)]
mod tests;
