//! Findings, told to a person: by rule, the worst first, what they share once.

use std::collections::BTreeMap;

use pyteam_engine::{Applicability, Finding, Page, Severity};

use crate::document::{Document, and_more, count, sentence};
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

/// The command that applies the fixes of some rules, as code: "`pyteam check --fix --select a,b src/app.py`".
pub(crate) fn command(view: &View<'_>, codes: &[&str], is_unsafe: bool) -> String {
    let path = view.question.subject.file().map_or_else(|| ".".to_owned(), |file| view.path(file));
    let path = if path.contains(' ') { format!("'{path}'") } else { path };
    let trust = if is_unsafe { " --unsafe-fixes" } else { "" };
    format!("`pyteam check --fix{trust} --select {} {path}`", codes.join(","))
}

/// The line with the command that applies the fixes of some findings; empty where none has one.
pub(crate) fn apply(view: &View<'_>, findings: &[&Finding]) -> String {
    let can = |finding: &&&Finding| finding.fix.is_some() && finding.severity > Severity::Hint;
    let fixes: Vec<&Finding> = findings.iter().filter(can).copied().collect();
    let codes: std::collections::BTreeSet<&str> = fixes.iter().map(|finding| &*finding.code).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    if codes.is_empty() {
        return String::new();
    }
    let needs_look = |one: &&Finding| one.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Unsafe);
    let is_unsafe = fixes.iter().any(needs_look);
    format!("Apply: {} (`--diff` to preview).", command(view, &codes, is_unsafe))
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
        (Severity::Information, "info", "info"),
        (Severity::Hint, "hint", "hints"),
    ];
    let told = words.iter().filter_map(|(severity, one, many)| {
        let number = findings.iter().filter(|finding| finding.severity == *severity).count();
        (number > 0).then(|| count(number, one, many))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Tells findings by rule: why they matter, what to do, how many have a fix, and where they are.
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
        let mut by_note: Vec<(Option<&str>, Vec<&Finding>)> = Vec::new();
        for finding in &group {
            let note = finding.note.as_deref();
            match by_note.iter_mut().find(|(known, _)| *known == note) {
                Some((_, alike)) => alike.push(finding),
                None => by_note.push((note, vec![finding])),
            }
        }
        let more = format!("{} More: `pyteam explain {code}`.", fixes_of(&group));
        if by_note.len() == 1 {
            document.say(format!("{} {}", said_of_all(&group), more.trim_start()));
            document.first(&lines(view, &group), MAX_PLACES);
            continue;
        }
        document.say(more);
        for (_, alike) in &by_note {
            document.say(said_of_all(alike));
            document.first(&lines(view, alike), MAX_PLACES);
        }
    }
}

/// The note and the help of findings with one note, as sentences; the help only where all have the same.
fn said_of_all(findings: &[&Finding]) -> String {
    let help = shared(findings, |finding| finding.help.as_deref());
    let said = shared(findings, |finding| finding.note.as_deref()).into_iter().chain(help);
    said.map(sentence).collect::<Vec<_>>().join(" ")
}

/// What all of these findings say, where they say the same.
fn shared<'f>(findings: &[&'f Finding], said: impl Fn(&'f Finding) -> Option<&'f str>) -> Option<&'f str> {
    let first = said(findings.first()?)?;
    findings.iter().all(|finding| said(finding) == Some(first)).then_some(first)
}

/// How many findings of one rule have a fix, and which: "2 of 4 have an unsafe fix (*Add a timeout*)."
fn fixes_of(findings: &[&Finding]) -> String {
    let mut fixes: BTreeMap<(Applicability, &str), usize> = BTreeMap::new();
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        *fixes.entry((fix.applicability, &fix.title)).or_default() += 1;
    }
    let told = fixes.iter().map(|((trust, title), number)| {
        let what = if *trust == Applicability::Safe { "a safe fix" } else { "an unsafe fix" };
        let who = match (*number, findings.len()) {
            (1, 1) => "It has".to_owned(),
            (number, all) if number == all => format!("All {all} have"),
            (number, all) => format!("{number} of {all} {}", if number == 1 { "has" } else { "have" }),
        };
        format!("{who} {what} (*{title}*).")
    });
    told.collect::<Vec<_>>().join(" ")
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

/// One line each. What one rule says of one channel, or says in the same words, is one line; what it says of several
/// pieces of code in otherwise the same words is one, too.
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
    let mut groups: Vec<Vec<(&Finding, Vec<String>)>> = Vec::new();
    for line in lines {
        let is_alike = |group: &&mut Vec<(&Finding, Vec<String>)>| {
            let known = group[0].0;
            let rest = said_of(&line.0.message).map(|(_, rest)| rest);
            known.code == line.0.code && rest.is_some() && said_of(&known.message).map(|(_, rest)| rest) == rest
        };
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push(line),
            None => groups.push(vec![line]),
        }
    }
    groups.into_iter().map(|group| line_of(view, group)).collect()
}

/// A message that begins with code, as that code and what is said of it: "`a.get()`" and "can block forever".
fn said_of(message: &str) -> Option<(&str, &str)> {
    let end = message.strip_prefix('`')?.find('`')? + 2;
    Some((&message[..end], message[end..].trim_end_matches('.').trim_start()))
}

/// `output.py:24: updates.get() can block forever`, or the places first where the same is said of several:
/// `updates.get() (output.py:24) and results.get() (pipeline.py:81): can block forever`.
fn line_of(view: &View<'_>, mut group: Vec<(&Finding, Vec<String>)>) -> String {
    let at = |finding: &Finding| view.at(finding.file, finding.range.start());
    if group.len() == 1 {
        let (first, more) = group.remove(0);
        let line = format!("{}: {}", at(first), first.message.trim_end_matches('.'));
        return if more.is_empty() { line } else { format!("{line}; also at {}", and_more(&more, 6)) };
    }
    let rest = said_of(&group[0].0.message).map_or("", |(_, rest)| rest);
    let places: Vec<String> = group
        .iter()
        .map(|(finding, more)| {
            let code = said_of(&finding.message).map_or("", |(code, _)| code);
            let mut all = vec![at(finding)];
            all.extend(more.iter().cloned());
            format!("{code} ({})", and_more(&all, 3))
        })
        .collect();
    let colon = if rest.starts_with(':') { "" } else { ": " };
    format!("{}{colon}{rest}", and_more(&places, 8))
}

/// Explains one finding at its own place: message, why, code, what belongs to it, what to do.
pub(crate) fn explain(document: &mut Document, view: &View<'_>, finding: &Finding) {
    document.say(sentence(&finding.message));
    document.say(finding.note.as_deref().map(sentence).unwrap_or_default());
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
    document
        .say(finding.help.as_deref().map(|help| format!("Help: {}.", help.trim_end_matches('.'))).unwrap_or_default());
    document.say(format!("More: `pyteam explain {}`.", finding.code));
}

/// A text without what all its lines begin with.
fn dedent(lines: &[&str]) -> String {
    let blank = |line: &&&str| !line.trim().is_empty();
    let indent = lines.iter().filter(blank).map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines.iter().map(|line| line.get(indent..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}
