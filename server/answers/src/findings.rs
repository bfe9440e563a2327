//! Findings, told to a person: by rule, the worst first, each rule's reason once.

use std::collections::BTreeMap;

use pyteam_engine::{Applicability, Finding, Page, Severity};

use crate::document::{Document, and_more, count, first_paragraph};
use crate::view::View;

/// Places that are shown of one rule.
const MAX_PLACES: usize = 12;

/// The findings asked about whose page `wanted` accepts, the worst first, then by path and place.
pub(crate) fn asked<'q>(view: &View<'q>, wanted: impl Fn(&Page) -> bool) -> Vec<&'q Finding> {
    let mut found: Vec<&Finding> = view
        .question
        .findings
        .iter()
        .flat_map(|(_, findings)| findings.iter())
        .filter(|finding| view.is_asked(finding.file, finding.range))
        .filter(|finding| view.question.engine.page(&finding.code).is_some_and(&wanted))
        .collect();
    found.sort_by_cached_key(|finding| {
        (std::cmp::Reverse(finding.severity), view.path(finding.file), finding.range.start(), finding.code.to_string())
    });
    found
}

/// The same without those in tests, unless a file is asked about: what a report on the program is about.
pub(crate) fn of_program<'q>(view: &View<'q>, wanted: impl Fn(&Page) -> bool) -> Vec<&'q Finding> {
    let mut found = asked(view, wanted);
    if view.question.subject.file().is_none() {
        found.retain(|finding| view.snapshot.file(finding.file).is_none_or(|file| !view.is_test(file)));
    }
    found
}

/// The command that makes the repairs of some rules, as code: "`pyteam check --fix --select a,b src/app.py`".
pub(crate) fn command(view: &View<'_>, codes: &[&str], is_unsafe: bool) -> String {
    let path = view.question.subject.file().map_or_else(|| ".".to_owned(), |file| view.path(file));
    let path = if path.contains(' ') { format!("'{path}'") } else { path };
    let trust = if is_unsafe { " --unsafe-fixes" } else { "" };
    format!("`pyteam check --fix{trust} --select {} {path}`", codes.join(","))
}

/// A sentence on what to do next with findings that can be repaired; empty where none can.
fn next_step(view: &View<'_>, findings: &[&Finding]) -> String {
    let can = |finding: &&&Finding| finding.fix.is_some() && finding.severity > Severity::Hint;
    let fixes: Vec<&Finding> = findings.iter().filter(can).copied().collect();
    let codes: std::collections::BTreeSet<&str> = fixes.iter().map(|finding| &*finding.code).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    if codes.is_empty() {
        return String::new();
    }
    let needs_look = |one: &&Finding| one.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Unsafe);
    let is_unsafe = fixes.iter().any(needs_look);
    format!(
        "{} makes the repairs named above; `--diff` instead of `--fix` only shows them. In the editor, the code action at a line makes one.",
        command(view, &codes, is_unsafe)
    )
}

/// Whether the rule of `page` is `agent`'s: by its page, or by the agent's own list.
pub(crate) fn is_owned(view: &View<'_>, page: &Page) -> bool {
    let agent = view.question.agent;
    let name = agent.name.strip_prefix("python-").unwrap_or(&agent.name);
    let owner = page.agent.as_deref().map(|owner| owner.strip_prefix("python-").unwrap_or(owner));
    owner == Some(name) || agent.rules.iter().any(|code| *code == *page.code)
}

/// `2 errors, 1 warning`, the worst first.
pub(crate) fn tally(findings: &[&Finding]) -> String {
    let words = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Information, "remark", "remarks"),
        (Severity::Hint, "hint", "hints"),
    ];
    let told = words.iter().filter_map(|(severity, one, many)| {
        let number = findings.iter().filter(|finding| finding.severity == *severity).count();
        (number > 0).then(|| count(number, one, many))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// What is to be said of a finding, in one line: `output.py:24` and its message.
fn line(view: &View<'_>, finding: &Finding) -> String {
    let at = view.at(finding.file, finding.range.start());
    let fix = match &finding.fix {
        Some(fix) if fix.applicability == Applicability::Safe => format!(" *Repair: {}.*", fix.title),
        Some(fix) => format!(" *Repair, to be looked at: {}.*", fix.title),
        None => String::new(),
    };
    format!("{at}: {}.{fix}", finding.message.trim_end_matches('.'))
}

/// Tells findings by rule, each with why and what to do.
pub(crate) fn tell(document: &mut Document, view: &View<'_>, findings: &[&Finding]) {
    for (code, group) in by_rule(findings) {
        let Some(page) = view.question.engine.page(code) else { continue };
        // Some pages have no title but their code.
        let heading = if page.title == code {
            format!("`{code}` ({})", tally(&group))
        } else {
            format!("{} (`{code}`, {})", page.title, tally(&group))
        };
        document.part(&heading);
        document.say(first_paragraph(&page.why));
        document.say(format!("**Do:** {}", first_paragraph(&page.remedy)));
        document.first(&lines(view, &group), MAX_PLACES);
    }
    let next = next_step(view, findings);
    if !next.is_empty() {
        document.section("Next step").say(next);
    }
}

/// Findings by rule: the rule with the worst one first, then the one with the most.
fn by_rule<'f>(findings: &[&'f Finding]) -> Vec<(&'f str, Vec<&'f Finding>)> {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(&finding.code).or_default().push(finding);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(code, group)| {
        let worst = group.iter().map(|finding| finding.severity).max();
        (std::cmp::Reverse(worst), std::cmp::Reverse(group.len()), *code)
    });
    groups
}

/// One line each. What one rule says of one channel, or says in the same words, is one line.
pub(crate) fn lines(view: &View<'_>, findings: &[&Finding]) -> Vec<String> {
    let mut lines: Vec<(&Finding, Vec<String>)> = Vec::new();
    for finding in findings {
        let is_same = |known: &Finding| {
            let of_channel = finding.channel.is_some() && known.channel == finding.channel;
            known.code == finding.code && (of_channel || known.message == finding.message)
        };
        match lines.iter_mut().find(|(known, _)| is_same(known)) {
            Some((first, more)) => {
                let at = view.at(finding.file, finding.range.start());
                if view.at(first.file, first.range.start()) != at && !more.contains(&at) {
                    more.push(at);
                }
            }
            None => lines.push((finding, Vec::new())),
        }
    }
    let tell = |(first, more): (&Finding, Vec<String>)| {
        let line = line(view, first);
        if more.is_empty() { line } else { format!("{line} Also at {}.", and_more(&more, 6)) }
    };
    lines.into_iter().map(tell).collect()
}

/// Explains one finding at its own place: message, why, what to do, what belongs to it.
pub(crate) fn explain(document: &mut Document, view: &View<'_>, finding: &Finding) {
    document.say(format!("{}.", finding.message.trim_end_matches('.')));
    document.say(finding.note.as_deref().map(|note| format!("{note}.")).unwrap_or_default());
    if let Some(file) = view.snapshot.file(finding.file) {
        let lines = file.source().lines();
        let (first, last) = (lines.line_of(finding.range.start()), lines.line_of(finding.range.end()));
        let shown: Vec<&str> = (first..=last.min(first + 11)).map(|line| file.source().line_text(line)).collect();
        document.say(format!("{}:", view.at(finding.file, finding.range.start())));
        document.code("python", &dedent(&shown));
    }
    let related: Vec<String> = finding
        .related
        .iter()
        .map(|one| format!("{}: {}", view.at(one.file, one.range.start()), one.message))
        .collect();
    document.first(&related, MAX_PLACES);
    if let Some(page) = view.question.engine.page(&finding.code) {
        document.section("Why it matters").say(&page.why);
        document.section("What to do");
        document.say(finding.help.as_deref().map(|help| format!("Here: {help}.")).unwrap_or_default());
        document.say(&page.remedy);
    }
}

/// A text without what all its lines begin with.
fn dedent(lines: &[&str]) -> String {
    let blank = |line: &&&str| !line.trim().is_empty();
    let indent = lines.iter().filter(blank).map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
