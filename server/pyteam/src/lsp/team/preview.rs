//! A change is shown before it lands, by what the client can; then it is made with versions, and looked at again.

use std::path::PathBuf;
use std::time::Duration;

use pyteam_agents::change::executable;
use pyteam_agents::run::Recorded;
use pyteam_agents::run_log::RunLog;
use pyteam_agents::{Change, FileChange, UserDirs};
use pyteam_display::path_line;
use pyteam_index::key_of;
use tower_lsp::ls_types::{MessageType, WorkspaceEdit};

use super::agent_run::AgentRun;
use super::change_edit;
use super::context::PROMPT;
use super::dialog::{PATIENCE, choose};
use super::new_files::Created;
use super::recheck;
use super::review::{self, Decision};
use crate::agent_request::{self, Checkup, Comparison};
use crate::discover;
use crate::lsp::event::Event;
use crate::lsp::state_snapshot::StateSnapshot;

/// How long the client may take to tell of what it has applied.
const SETTLE: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(50);
/// So many new files are opened.
const MAX_OPENED: usize = 3;

/// What a change that was made has to be compared with.
struct Before {
    /// What was found.
    checkup: Checkup,
    /// The files that are new.
    created: Vec<PathBuf>,
}

/// What is chosen to make a change, and one that wants a look of its own.
const APPLY: &str = "Apply";
const APPLY_MARKED: &str = "Apply Anyway";

/// Shows `change`, makes it where the user wants it, records that, and says what came of it.
pub(super) async fn offer(run: &AgentRun, change: &Change, record: &RunLog) {
    match make(run, change, record).await {
        Ok(before) => {
            record.add(&Recorded::Decided { accepted: true, reason: "confirmed by the user".to_owned() });
            show_new(run, &before.created).await;
            look_again(run, change, &before, record).await;
        }
        Err(reason) => {
            record.add(&Recorded::Decided { accepted: false, reason: reason.clone() });
            run.show_message(MessageType::INFO, format!("change not applied: {reason}")).await;
        }
    }
}

/// Has the change made. An error says why it was not.
async fn make(run: &AgentRun, change: &Change, record: &RunLog) -> Result<Before, String> {
    // What cannot be made is not offered.
    let state = run.snapshot().ok_or("the server is busy")?;
    checked(run, &state, change)?;
    let root = run.root();
    let (checkup, comparison) = tokio::task::block_in_place(|| {
        let before = recheck::now(&state, root, change);
        let comparison = before.compare(&recheck::then(&state, root, change), change);
        (before, comparison)
    });
    record.add(&comparison.recorded("proposed"));
    match decided(run, change, record, &comparison).await? {
        Decision::Apply => {}
        Decision::Discard => return Err("discarded".to_owned()),
        Decision::Dismissed => return Err("closed without a choice".to_owned()),
    }
    let state = run.snapshot().ok_or("the server is busy")?;
    let edit = checked(run, &state, change)?;
    let state = UserDirs::of_user().state;
    let created = tokio::task::block_in_place(|| Created::of(root, change, state.as_deref()))?;
    if let Some(edit) = edit {
        apply(run, edit).await?;
    }
    let created = created.keep();
    set_modes(run, change).await;
    Ok(Before { checkup, created })
}

/// What the user decides, with what the change does to the findings in view. What is marked in it is asked about by
/// itself.
async fn decided(
    run: &AgentRun,
    change: &Change,
    record: &RunLog,
    comparison: &Comparison,
) -> Result<Decision, String> {
    let marks = marks(change);
    let summary = summary(comparison, &marks);
    let apply = if marks.is_empty() { APPLY } else { APPLY_MARKED };
    if !run.request.features.reviews {
        let question = shown(run, change, record, &label(run, change), &summary).await?;
        return Ok(chosen(run, question, apply).await);
    }
    let title = format!("{}? With it, {summary}", label(run, change));
    let decision = review::decision(run, change, title).await?;
    if decision != Decision::Apply || marks.is_empty() {
        return Ok(decision);
    }
    Ok(chosen(run, format!("Review before applying: {}", marks.join("; ")), apply).await)
}

/// What the user answers to `question`.
async fn chosen(run: &AgentRun, question: String, apply: &str) -> Decision {
    // Where a stray Enter takes the first, it takes the one that changes nothing.
    let choices = ["Discard".to_owned(), apply.to_owned()];
    match choose(run.client(), question, &choices).await.as_deref() {
        Some(choice) if choice == apply => Decision::Apply,
        Some(_) => Decision::Discard,
        None => Decision::Dismissed,
    }
}

/// Has the client make what is no new file.
async fn apply(run: &AgentRun, edit: WorkspaceEdit) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, run.client().apply_edit(edit)).await {
        Ok(Ok(answer)) if answer.applied => Ok(()),
        Ok(Ok(answer)) => Err(match answer.failure_reason {
            Some(reason) => format!("the editor refused the edit: {reason}"),
            None => "the editor refused the edit and gave no reason".to_owned(),
        }),
        Ok(Err(error)) => Err(format!("the editor failed: {error}")),
        Err(_) => Err("no reply from the editor".to_owned()),
    }
}

/// Opens new files, so that the user sees what there is now; the longest last, for it to stay in view.
async fn show_new(run: &AgentRun, created: &[PathBuf]) {
    // An editor that watches no files does not learn of them by itself.
    let _ = run.request.context.events.send(Event::PathsTouched(created.iter().cloned().collect()));
    let mut longest: Vec<&PathBuf> = created.iter().collect();
    longest.sort_by_cached_key(|path| path.metadata().map_or(0, |meta| meta.len()));
    for path in longest.into_iter().rev().take(MAX_OPENED).rev() {
        run.open(path).await;
    }
}

/// What in a change wants a look of its own: deletions, files that run by themselves, and modes, which no edit shows.
fn marks(change: &Change) -> Vec<String> {
    let mut marks: Vec<String> = change.cautions().iter().map(|caution| format!("it {caution}")).collect();
    marks.extend(change.files.iter().filter_map(|file| {
        let (before, after) = file.modes()?;
        let before = if file.before.is_some() { format!("{before} -> ") } else { String::new() };
        Some(format!("it sets the mode of {} to {before}{after}", path_line(&file.path)))
    }));
    marks
}

/// What the user reads of a change before it is made, the worst first.
fn summary(comparison: &Comparison, marks: &[String]) -> String {
    let mut parts = comparison.alarms();
    parts.extend(marks.iter().take(10).cloned());
    if marks.len() > 10 {
        parts.push(format!("and {} more", marks.len() - 10));
    }
    parts.push(comparison.sentence());
    parts.join("; ")
}

/// An edit carries no mode: it is set on disk, once the edit is applied.
async fn set_modes(run: &AgentRun, change: &Change) {
    for file in &change.files {
        let Some(wanted) = file.executable.filter(|_| file.before.is_some() && file.after.is_some()) else { continue };
        let path = run.root().join(&file.path);
        if let Err(error) = executable::set(&path, wanted) {
            let (name, sign) = (path_line(&file.path), if wanted { "+x" } else { "-x" });
            let text =
                format!("the mode of {name} is not set: {error}; once it is saved, `chmod {sign} {name}` sets it");
            run.show_message(MessageType::WARNING, text).await;
        }
    }
}

/// Shows the change as a diff; gives what to ask of it. Where the client shows nothing, it says where the diff is.
async fn shown(run: &AgentRun, change: &Change, record: &RunLog, label: &str, summary: &str) -> Result<String, String> {
    if record.last_diff().is_none() {
        // What the index proposes was no run of a program's.
        record.keep_diff(&change.to_diff());
    }
    // Nothing lands that could not be looked at.
    let diff = record.preview(&change.to_preview()).filter(|diff| diff.is_file());
    let diff = diff.ok_or("cannot save the diff to show it; see the log")?;
    Ok(if run.open(&diff).await {
        format!("{label}? With it, {summary}")
    } else {
        format!("{label}? With it, {summary}. Diff: {}", diff.display())
    })
}

fn label(run: &AgentRun, change: &Change) -> String {
    let files: Vec<String> = change.files.iter().take(3).map(|file| path_line(&file.path)).collect();
    let more = change.files.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Apply the change of {} to {}{more}", run.agent(), files.join(", "))
}

/// The edit, where the change still fits what is there; none where all files are new.
fn checked(run: &AgentRun, state: &StateSnapshot, change: &Change) -> Result<Option<WorkspaceEdit>, String> {
    let root = run.root();
    let limits = run.task.setup.settings.limits_of(run.agent());
    change.validate(root, limits.most(), &agent_request::has_placeholder).map_err(|objection| objection.to_string())?;
    let outdated = change.stale(&|path| state.text_of(&root.join(path)));
    if let Some(path) = outdated.first() {
        let changed = outdated.iter().map(|path| root.join(path)).collect();
        // The next request is answered from the files as they are.
        let _ = run.request.context.events.send(Event::PathsTouched(changed));
        return Err(format!("{} changed since the request; ask again", path_line(path)));
    }
    let is_in_the_way = |file: &&FileChange| file.before.is_none() && root.join(&file.path).symlink_metadata().is_ok();
    if let Some(file) = change.files.iter().find(is_in_the_way) {
        return Err(format!("{} already exists; ask again", path_line(&file.path)));
    }
    change_edit::workspace_edit(state, root, change)
}

/// Says what became of the findings.
async fn look_again(run: &AgentRun, change: &Change, before: &Before, record: &RunLog) {
    let root = run.root();
    let mut waited = Duration::ZERO;
    let state = loop {
        let Some(state) = run.snapshot() else { return };
        let is_there = change.files.iter().all(|file| state.text_of(&root.join(&file.path)) == file.after);
        let is_read = |path: &PathBuf| state.index.file_at(&key_of(path)).is_some();
        let mut new = before.created.iter().filter(|path| discover::is_python(path));
        if is_there && (new.all(is_read) || waited >= SETTLE) {
            break state;
        }
        if waited >= SETTLE {
            let text = "applied, but the files differ from the proposal (format on save?), so they were not checked";
            return run.show_message(MessageType::WARNING, text.to_owned()).await;
        }
        tokio::time::sleep(STEP).await;
        waited += STEP;
    };
    let (after, left) =
        tokio::task::block_in_place(|| (recheck::now(&state, root, change), recheck::rules_left(&state, root, change)));
    let comparison = before.checkup.compare(&after, change);
    record.add(&comparison.recorded("applied"));
    let alarms = comparison.alarms();
    let mut text = format!("applied; {}", [alarms.clone(), vec![comparison.sentence()]].concat().join("; "));
    if let Some(next) = agent_request::next_steps(&run.task.setup.team, change, left).first() {
        text.push_str(&format!(". Next: {} ({})", next.agent, next.reason));
    }
    let kind = if alarms.is_empty() { MessageType::INFO } else { MessageType::WARNING };
    run.show_message(kind, text).await;
    if run.request.features.pull {
        // Neovim 0.12 pulls at a change only for documents in view, and may be showing the diff in place of this one.
        let refreshed = run.client().workspace_diagnostic_refresh();
        let _ = tokio::time::timeout(PROMPT, refreshed).await;
    }
}
