//! Comments that silence findings: `# pyteam: ignore[code] reason` for a line, `# pyteam: ignore-file[code]` at a
//! file's head for all of it. Without codes they silence everything.
//!
//! A comment behind code is for findings of that line; one that stands alone is for the line below it. A finding
//! is *of* the line it starts on, the line it ends on, and the lines that its statement starts and ends on (of a
//! block statement: its header), so that a call over several lines can be silenced where there is room for a
//! comment. What silences nothing is reported itself, as [`UNUSED`].

mod directive;
mod lines;
mod write;

use pyteam_index::File;
use pyteam_syntax::{TextEdit, TextRange};

use self::directive::{Code, Complaint, Directive, Scope};
use crate::finding::{Anchor, Finding, Severity};
use crate::fix::{Applicability, Fix};
use crate::settings::RuleNames;

pub use self::write::suppress;

/// The code of a finding about a suppression that suppresses nothing.
pub const UNUSED: &str = "unused-suppression";

/// The fix's title.
const REMOVE: &str = "Remove unused suppression";

/// All suppressions of a file.
#[derive(Debug)]
pub(crate) struct Suppressions {
    directives: Vec<Directive>,
}

/// Which codes of which directive silenced something: bit 0 for a directive without codes, else bit n for its
/// n-th code.
pub(crate) struct Used(Vec<u32>);

impl Used {
    fn note(&mut self, directive: usize, code: u32) {
        if let Some(bits) = self.0.get_mut(directive) {
            *bits |= bit(code);
        }
    }
}

/// Directives with more codes than bits are not written in practice; the last codes share a bit.
fn bit(code: u32) -> u32 {
    1 << code.min(31)
}

impl Suppressions {
    /// Reads a file's comments.
    pub(crate) fn of(file: &File) -> Self {
        Self { directives: directive::read(&file.parsed) }
    }

    /// Drops the findings that are silenced.
    pub(crate) fn filter(&self, file: &File, findings: &mut Vec<Finding>) -> Used {
        let mut used = Used(vec![0; self.directives.len()]);
        if !self.directives.is_empty() {
            findings.retain(|finding| !self.silences(file, finding, &mut used));
        }
        used
    }

    /// Drops the findings that are silenced for the whole file.
    pub(crate) fn filter_file(&self, findings: &mut Vec<Finding>) {
        let silences = |directive: &Directive, code: &str| {
            // A bare `ignore-file` that is itself unused must not hide that.
            directive.scope == Scope::File && directive.codes.is_some() && directive.names(code).is_some()
        };
        findings.retain(|finding| !self.directives.iter().any(|directive| silences(directive, &finding.code)));
    }

    fn silences(&self, file: &File, finding: &Finding, used: &mut Used) -> bool {
        let lines = lines::of(file, finding);
        let mut silenced = false;
        for (at, directive) in self.directives.iter().enumerate() {
            let holds = match directive.scope {
                Scope::File => true,
                Scope::Line(line) => lines.contains(&line),
                Scope::Nowhere => false,
            };
            if let Some(code) = directive.names(&finding.code).filter(|_| holds) {
                used.note(at, code);
                silenced = true;
            }
        }
        silenced
    }

    /// Reports what silenced nothing, and what could not be understood. `runs` tells whether a rule runs on this
    /// file: one that does not has nothing to be silenced, and its suppressions may be needed elsewhere. With
    /// `mistakes_only`, what silenced nothing is left alone, because not all findings are known yet.
    pub(crate) fn unused(
        &self,
        file: &File,
        used: &Used,
        rules: &RuleNames,
        runs: impl Fn(&str) -> bool,
        mistakes_only: bool,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (at, directive) in self.directives.iter().enumerate() {
            let unused = |code: u32| !mistakes_only && used.0[at] & bit(code) == 0;
            let (Complaint { says, help }, bits) = match (&directive.mistake, &directive.codes) {
                // A mistake is not fixed by removing the comment.
                (Some(mistake), _) => (mistake.clone(), 0),
                (None, None) if unused(0) => {
                    let says = "unused suppression: no finding to suppress here".to_owned();
                    (Complaint { says, help: Some("remove the comment".to_owned()) }, 1)
                }
                (None, None) => continue,
                (None, Some(codes)) => match judge(codes, rules, &runs, &unused) {
                    Some(judgement) => judgement,
                    None => continue,
                },
            };
            findings.push(Finding {
                code: UNUSED.into(),
                severity: Severity::Information,
                file: file.id,
                range: directive.range,
                message: pyteam_display::message(&says),
                note: directive.mistake.is_some().then(|| "nothing is suppressed".to_owned()),
                help,
                related: Vec::new(),
                secrets: Vec::new(),
                channel: None,
                fix: (bits != 0)
                    .then(|| crate::finding::FixOffer { title: REMOVE.to_owned(), applicability: Applicability::Safe }),
                anchor: Anchor { item: at as u32, node: bits },
            });
        }
        findings
    }

    /// The repair of a finding that [`Suppressions::unused`] made.
    pub(crate) fn fix(&self, file: &File, finding: &Finding) -> Option<Fix> {
        let directive = self.directives.get(finding.anchor.item as usize)?;
        if directive.range != finding.range || finding.anchor.node == 0 {
            return None;
        }
        let mut fix = Fix::new(REMOVE, Applicability::Safe);
        fix.push(file.id, removal(file, directive, finding.anchor.node));
        Some(fix.finish())
    }
}

/// What to say of a list of codes, and the bits of those that can go.
fn judge(
    codes: &[Code],
    rules: &RuleNames,
    runs: &impl Fn(&str) -> bool,
    unused: &impl Fn(u32) -> bool,
) -> Option<(Complaint, u32)> {
    if codes.iter().any(|code| code.current() == UNUSED) {
        return None;
    }
    let mut bits = 0;
    let mut silent = Vec::new();
    let mut unknown = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        let known = rules.is_empty() || rules.is_code(&code.text);
        if !known {
            unknown.extend(
                rules.objection(&code.text).or_else(|| Some(format!("`{}` is a family: name a rule", code.text))),
            );
        } else if runs(code.current()) && unused(at as u32) {
            bits |= bit(at as u32);
            silent.push(format!("`{}`", code.text));
        }
    }
    match (unknown.is_empty(), silent.is_empty()) {
        (true, true) => None,
        (true, false) => {
            let help = match silent.len() {
                all if all == codes.len() => "remove the comment",
                1 => "remove the code from the list",
                _ => "remove these codes from the list",
            };
            let says = format!("unused suppression of {}", silent.join(", "));
            Some((Complaint { says, help: Some(help.to_owned()) }, bits))
        }
        // Another code was meant, so nothing is offered to be removed.
        (false, _) => Some((Complaint { says: unknown.join("; "), help: None }, 0)),
    }
}

/// The edit that takes the codes of `bits` out of a directive, and the directive with the last of them.
fn removal(file: &File, directive: &Directive, bits: u32) -> TextEdit {
    if let (Some(codes), Some(list)) = (&directive.codes, directive.list) {
        let kept = codes.iter().enumerate().filter(|(at, _)| bits & bit(*at as u32) == 0);
        let kept: Vec<&str> = kept.map(|(_, code)| code.text.as_str()).collect();
        if !kept.is_empty() {
            return TextEdit::replace(list, kept.join(", "));
        }
    }
    let source = file.source();
    let line = source.lines().line_of(directive.range.start());
    let whole = source.lines().line_range(source.as_str(), line);
    let text = source.as_str();
    let before = &text[TextRange::new(whole.start(), directive.range.start())];
    let after = &text[TextRange::new(directive.range.end(), whole.end())];
    match (before.trim().is_empty(), after.trim().is_empty()) {
        (true, true) => TextEdit::delete(source.lines().full_line_range(text, line)),
        // What follows is a comment of its own and takes the directive's place.
        (_, false) => {
            let gap = after.len() - after.trim_start().len();
            TextEdit::delete(TextRange::new(directive.range.start(), directive.range.end() + size(gap)))
        }
        (false, true) => {
            let gap = before.len() - before.trim_end().len();
            TextEdit::delete(TextRange::new(directive.range.start() - size(gap), whole.end()))
        }
    }
}

fn size(length: usize) -> pyteam_syntax::TextSize {
    pyteam_syntax::TextSize::new(length as u32)
}

#[cfg(test)]
mod tests;
