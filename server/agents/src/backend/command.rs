//! A program that reads the brief on its standard input, and writes text, a unified diff or files of its copy.

use std::borrow::Cow;

use tokio::io::AsyncWriteExt;
use tokio::runtime::RuntimeFlavor;
use tokio::time::{Instant, sleep_until};

use super::lines::{Lines, Stop};
use super::program::Program;
use super::task::{BackendError, Said, Task, amount, spoken, too_slow};
use crate::change::patch::{self, Found};
use crate::event::Recorded;
use crate::settings::limits as limit;
use pyteam_display::visible;

/// Gives the brief to `program`, and collects what it writes. A diff in it is made to the copy.
pub(crate) async fn converse(task: &Task<'_>, program: &mut Program) -> Result<Said, BackendError> {
    let (Some(mut stdin), Some(stdout)) = (program.stdin.take(), program.stdout.take()) else {
        return Err(BackendError::Died("starting"));
    };
    let brief = task.brief.as_bytes().to_vec();
    // A program that answers without reading is no trouble, and one that never reads must not hold this up.
    let writing = tokio::spawn(async move {
        let _ = stdin.write_all(&brief).await;
        let _ = stdin.shutdown().await;
    });
    task.listener.stage("works");
    let read = read(task, Lines::new(stdout, task.limits.line, task.limits.output)).await;
    writing.abort();
    let (document, is_text) = read?;
    program.settle(task.limits.settle).await;
    let mut said = Said { document, ..Said::default() };
    for remark in take_changes(task, &said.document, is_text).await? {
        task.listener.record(Recorded::note(&remark));
        said.remarks.push(remark);
    }
    said.document = visible(&said.document.replace("\r\n", "\n"));
    Ok(said)
}

/// Makes the diffs and files in an answer to the copy, unless it had bytes that are no text. Gives what the user should know of it, a clause each.
async fn take_changes(task: &Task<'_>, document: &str, is_text: bool) -> Result<Vec<String>, BackendError> {
    let unusable = |problem: &str| {
        let name = &task.launch.name;
        BackendError::Failed(format!(
            "{name} answered with a diff that {problem}. No changes were applied; ask again, or have {name} edit its copy"
        ))
    };
    let dropped = || {
        let remark = "its answer contains a diff, which is ignored: this agent may not edit";
        Ok(vec![remark.to_owned()])
    };
    let found = match patch::read(document) {
        Ok(Found::Nothing) => return Ok(Vec::new()),
        // A reader shows code, and proposes nothing by that.
        Ok(Found::Files(_)) if !task.rights.edit || has_edited(task) => return Ok(Vec::new()),
        Ok(_) if task.rights.edit && !is_text => return Err(unusable("is not UTF-8")),
        // What a program that edits shows beside its diff, it has written.
        Ok(Found::Diffs(patches, files)) if !files.is_empty() && has_edited(task) => Found::Diffs(patches, Vec::new()),
        Ok(found) => found,
        Err(_) if !task.rights.edit => return dropped(),
        Err(problem) => return Err(unusable(&problem)),
    };
    let (root, most) = (task.copy.root().to_owned(), task.limits.room.file);
    let made = tokio::task::spawn_blocking(move || patch::make(&found, &root, most)).await;
    match made.unwrap_or_else(|_| Err("cannot be read".to_owned())) {
        Ok(made) => {
            task.listener.record(Recorded::note(format!("its answer changes {} files", made.files)));
            Ok(made.remarks)
        }
        Err(_) if !task.rights.edit => dropped(),
        Err(problem) => Err(unusable(&problem)),
    }
}

/// Whether the program has changed its copy itself.
fn has_edited(task: &Task<'_>) -> bool {
    let compare = || !task.copy.difference(task.limits.most, &|_| None).is_empty();
    // Where there is one thread, nothing else waits for it.
    match tokio::runtime::Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => compare(),
        _ => tokio::task::block_in_place(compare),
    }
}

/// What it writes, and whether all of that is text.
async fn read(task: &Task<'_>, mut lines: Lines<tokio::process::ChildStdout>) -> Result<(String, bool), BackendError> {
    let (limits, name) = (task.limits, &task.launch.name);
    let more = || format!("wrote more than {}", amount(limits.answer));
    let deadline = Instant::now() + limits.turn;
    let mut heard = Instant::now();
    let mut text = String::new();
    let mut is_text = true;
    let mut count: u64 = 0;
    loop {
        let until = deadline.min(heard + limits.silence);
        if task.cancel.is_canceled() {
            return Err(BackendError::Canceled);
        }
        if Instant::now() >= until {
            let (what, which) = if until == deadline {
                (format!("timed out after {}", spoken(limits.turn)), limit::RUN)
            } else {
                (format!("timed out after {} without output", spoken(limits.silence)), limit::SILENCE)
            };
            return Err(BackendError::Failed(too_slow(name, &what, which)));
        }
        let line = tokio::select! {
            biased;
            () = task.cancel.canceled() => continue,
            line = lines.next() => line,
            () = sleep_until(until) => continue,
        };
        heard = Instant::now();
        count += 1;
        let surplus = match line {
            Ok(line) => {
                let line = String::from_utf8_lossy(&line);
                is_text &= matches!(line, Cow::Borrowed(_));
                text.push_str(&line);
                text.push('\n');
                (text.len() > limits.answer).then(more)
            }
            Err(Stop::End) => return Ok((text, is_text)),
            Err(Stop::Line | Stop::Output) => Some(more()),
        };
        let surplus =
            surplus.or_else(|| (count > limits.messages).then(|| format!("wrote more than {} lines", limits.messages)));
        if let Some(surplus) = surplus {
            let advice = limit::ANSWER_SIZE.advice();
            return Err(BackendError::Failed(format!(
                "{name} {surplus}, and was stopped. No changes were applied; {advice}"
            )));
        }
        task.listener.progress(|| "receiving the answer".to_owned());
    }
}
