//! What becomes of an agent's answer, and in which words it is told.

use std::fmt::Write as _;

use pyteam_display::path_line;

use super::disk::Excess;
use super::{Outcome, Request, Workspace};
use crate::answer::Answer;
use crate::back_end::program::Ended;
use crate::back_end::task::{Said, amount};
use crate::change::patch::{self, Found};
use crate::change::{Change, Objection};
use crate::launch::BackEnd;
use crate::sandbox::Confinement;
use crate::settings::limits;
use crate::workspace_copy::{Difference, Reason, Refusal, Refused, WorkspaceCopy};

/// So many entries that are not in the copy are named to the agent, and so many that are not taken over to the user.
const MAX_NAMED: usize = 40;

/// The brief, with what the agent must know about its copy of the workspace.
pub(super) fn brief_for(brief: &str, copy: &WorkspaceCopy) -> String {
    let mut text = brief.trim_end().to_owned();
    text.push_str("\n\n## Your copy of the workspace\n\n");
    text.push_str(
        "You work in a copy of the workspace. Files that you change in it are shown to the user as a proposal.\n",
    );
    // Virtual environments and the like are not missed.
    let left_out: Vec<_> = copy.left_out().iter().filter(|left| left.reason != Reason::Installed).collect();
    if !left_out.is_empty() {
        text.push_str("In the workspace, but not in the copy:\n\n");
        for left in left_out.iter().take(MAX_NAMED) {
            let path = pyteam_display::sanitize(&left.path.to_string_lossy(), 200).replace('`', "'");
            let _ = writeln!(text, "- `{path}` ({})", left.reason);
        }
        if left_out.len() > MAX_NAMED {
            let _ = writeln!(text, "- and {} more", left_out.len() - MAX_NAMED);
        }
    }
    text
}

/// Judges what an agent said and did. `files` is how many it was given.
pub(super) fn verdict(
    request: &Request,
    name: &str,
    workspace: &dyn Workspace,
    said: Said,
    difference: Difference,
    files: usize,
    ended: &Ended,
) -> Outcome {
    let Said { document, session, mut remarks, is_unfinished } = said;
    if !request.rights.edit
        && let Some(what) = edits(&difference)
    {
        let agent = &request.agent;
        return Outcome::Violation {
            message: format!(
                "VIOLATION: {agent} may not edit, but {name} did: {what}. Only its copy was edited; no changes were \
                 applied. Choose another backend for {agent}, or a read-only mode of {name}"
            ),
            document,
        };
    }
    if ended.has_lost_its_keeper {
        return Outcome::Violation {
            message: format!(
                "VIOLATION: {name} killed the process that supervises it. No changes were applied. Check what {name} \
                 starts, or choose another backend"
            ),
            document,
        };
    }
    // A command is done when it has ended: what one has made that had to be ended may be half of it.
    if matches!(request.back_end, BackEnd::Command(_)) && ended.code != Some(0) {
        return Outcome::Failed { message: death(name, "working", ended) };
    }
    let refuse = |objection: &Objection, document: String| Outcome::Refused {
        message: format!("change of {name} rejected: {objection}"),
        document,
    };
    if difference.is_too_much {
        let what = format!("more than can be compared; split the request, or {}", limits::FILES.advice());
        return refuse(&Objection::TooMuch(what), document);
    }
    if !difference.stale.is_empty() {
        return refuse(&Objection::Stale(difference.stale), document);
    }
    if !difference.unseen.is_empty() {
        return refuse(&Objection::Unseen(difference.unseen), document);
    }
    let is_beside = |refused: &&Refused| !request.rights.edit || refused.reason.is_beside();
    let (beside, refused): (Vec<&Refused>, Vec<&Refused>) = difference.refused.iter().partition(is_beside);
    if !refused.is_empty() {
        // A part of a change may be worse than none of it.
        let refused = refused.into_iter().map(|refused| why_refused(refused, request)).collect();
        return refuse(&Objection::Unusable(refused), document);
    }
    let placeholder = |text: &str| workspace.has_placeholder(text);
    if let Err(objection) = difference.change.validate(&request.workspace, request.limits.most, &placeholder) {
        return refuse(&objection, document);
    }
    for refused in beside.iter().take(MAX_NAMED) {
        remarks.push(format!("not applied: {} {}", path_line(&refused.path), refused.reason));
    }
    if beside.len() > MAX_NAMED {
        remarks.push(format!("not applied: {} more files", beside.len() - MAX_NAMED));
    }
    remarks.extend(deletes_much(&difference.change, files));
    if matches!(request.back_end, BackEnd::Acp(_)) && request.rights.edit && difference.change.is_empty() {
        remarks.extend(unused_diff(&document));
    }
    Outcome::Answered { answer: Answer { document, change: difference.change, is_unfinished }, session, remarks }
}

/// `big.bin is too large (1 MB at most: ...)`
fn why_refused(refused: &Refused, request: &Request) -> String {
    let reason = match refused.reason {
        Refusal::Large => {
            let most = usize::try_from(request.limits.room.file).unwrap_or(usize::MAX);
            format!("is too large (limit {}): {}", amount(most), limits::FILE_SIZE.advice())
        }
        reason => reason.to_string(),
    };
    format!("{} {reason}", path_line(&refused.path))
}

/// A word about a change that removes most of what the agent was given.
fn deletes_much(change: &Change, files: usize) -> Option<String> {
    let gone = change.files.iter().filter(|file| file.after.is_none()).count();
    match files {
        _ if gone < 2 || gone * 2 <= files => None,
        _ if gone == files => Some(format!("it deletes all {gone} files that it was given")),
        _ => Some(format!("it deletes {gone} of the {files} files that it was given")),
    }
}

/// An agent that speaks the protocol edits its copy: a diff in its words would be made twice where it did both.
fn unused_diff(document: &str) -> Option<String> {
    let holds = !matches!(patch::read(document), Ok(Found::Nothing | Found::Files(_)));
    holds.then(|| "its answer contains a diff, which was not applied: it changed no file of its copy".to_owned())
}

/// What an agent edited. Its own settings, which some write to the folder that they work in, do not count.
fn edits(difference: &Difference) -> Option<String> {
    let mut paths: Vec<String> = difference.change.list();
    paths.extend(difference.stale.iter().chain(&difference.unseen).map(|path| format!("~ {}", path_line(path))));
    let others =
        difference.refused.iter().filter(|refused| refused.reason != Refusal::Private && !refused.reason.is_beside());
    paths.extend(others.map(|refused| format!("~ {}", path_line(&refused.path))));
    if paths.is_empty() && !difference.is_too_much {
        return None;
    }
    let more = paths.len().saturating_sub(5);
    paths.truncate(5);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{}{more}", paths.join(", ")))
}

/// Says that a program was not started because of how it would be held.
pub(super) fn not_held(name: &str, confinement: &Confinement) -> String {
    format!("{name} was not started: it would be {}. {}", confinement.explanation(), confinement.advice())
}

/// Says that a program has filled its folders, or that it hides whether it does.
pub(super) fn overflow(name: &str, excess: Excess, most: u64) -> String {
    let what = match excess {
        Excess::Bytes => format!("wrote more than {} MB to its directories", most >> 20),
        Excess::Closed => "closed directories, so that its output cannot be measured".to_owned(),
    };
    format!("{name} {what}, and was stopped. No changes were applied")
}

/// Says that a program ended before it was done.
pub(super) fn death(name: &str, stage: &str, ended: &Ended) -> String {
    if ended.code.is_none() {
        let words =
            if ended.last_words.is_empty() { String::new() } else { format!(" Last output: {}", ended.last_words) };
        return format!(
            "{name} closed its output while {stage} but kept running, and was stopped. No changes were applied. \
             Run it in a terminal to see why.{words}"
        );
    }
    let how = match ended.code {
        Some(code @ 129..=192) => format!(" by signal {}", code - 128),
        Some(0) | None => String::new(),
        Some(code) => format!(" with code {code}"),
    };
    let words = if ended.last_words.is_empty() {
        "It gave no reason; run it in a terminal to see why".to_owned()
    } else {
        format!("Last output: {}", ended.last_words)
    };
    format!("{name} exited{how} while {stage}. No changes were applied. {words}")
}
