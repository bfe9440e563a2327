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

use super::conduct::{Conduct, PROMPT};
use super::dialog::{PATIENCE, choose};
use super::edit;
use super::new_files::Created;
use super::recheck;
use super::review::{self, Decision};
use crate::agent_request::{self, Checkup, Comparison};
use crate::discover;
use crate::lsp::event::Event;
use crate::lsp::view::View;

/// How long the client may take to tell of what it has applied.
const SETTLE: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(50);
/// So many new files are opened.
const MOST_OPENED: usize = 3;

/// What a change that was made has to be compared with.
struct Before {
    /// What was found.
    checkup: Checkup,
    /// The files that are new.
    created: Vec<PathBuf>,
}

/// What is chosen to make a change, and one that wants a look of its own.
const APPLY: &str = "Apply";
const APPLY_MARKED: &str = "Apply all the same";

/// Shows `change`, makes it where the user wants it, records that, and says what came of it.
pub(super) async fn offer(conduct: &Conduct, change: &Change, record: &RunLog) {
    match make(conduct, change, record).await {
        Ok(before) => {
            record.add(&Recorded::Decided { accepted: true, reason: "the user wanted it".to_owned() });
            show_new(conduct, &before.created).await;
            look_again(conduct, change, &before, record).await;
        }
        Err(reason) => {
            record.add(&Recorded::Decided { accepted: false, reason: reason.clone() });
            conduct.say(MessageType::INFO, format!("nothing was changed: {reason}")).await;
        }
    }
}

/// Has the change made. An error says why it was not.
async fn make(conduct: &Conduct, change: &Change, record: &RunLog) -> Result<Before, String> {
    // What cannot be made is not offered.
    let view = conduct.view().ok_or("the server is busy")?;
    checked(conduct, &view, change)?;
    let root = &conduct.made.root;
    let (checkup, comparison) = tokio::task::block_in_place(|| {
        let before = recheck::now(&view, root, change);
        let comparison = before.compare(&recheck::then(&view, root, change), change);
        (before, comparison)
    });
    record.add(&comparison.recorded("proposed"));
    match decided(conduct, change, record, &comparison).await? {
        Decision::Apply => {}
        Decision::Discard => return Err("you discarded it".to_owned()),
        Decision::Dismissed => return Err("the question was closed without a choice".to_owned()),
    }
    let view = conduct.view().ok_or("the server is busy")?;
    let edit = checked(conduct, &view, change)?;
    let state = UserDirs::of_user().state;
    let created = tokio::task::block_in_place(|| Created::of(root, change, state.as_deref()))?;
    if let Some(edit) = edit {
        apply(conduct, edit).await?;
    }
    let created = created.keep();
    set_modes(conduct, change).await;
    Ok(Before { checkup, created })
}

/// What the user decides, who is told first what the change does to the findings. What is marked in it is asked about by
/// itself.
async fn decided(
    conduct: &Conduct,
    change: &Change,
    record: &RunLog,
    comparison: &Comparison,
) -> Result<Decision, String> {
    let marks = marks(change);
    let told = told(comparison, &marks);
    let apply = if marks.is_empty() { APPLY } else { APPLY_MARKED };
    if !conduct.work.features.reviews {
        let question = shown(conduct, change, record, &label(conduct, change), &told).await?;
        return Ok(chosen(conduct, question, apply).await);
    }
    let title = format!("{}? With it, {told}", label(conduct, change));
    let decision = review::decision(conduct, change, title).await?;
    if decision != Decision::Apply || marks.is_empty() {
        return Ok(decision);
    }
    Ok(chosen(conduct, format!("Look at this once more: {}", marks.join("; ")), apply).await)
}

/// What the user answers to `question`.
async fn chosen(conduct: &Conduct, question: String, apply: &str) -> Decision {
    // Where a stray Enter takes the first, it takes the one that changes nothing.
    let choices = ["Discard".to_owned(), apply.to_owned()];
    match choose(&conduct.client, question, &choices).await.as_deref() {
        Some(choice) if choice == apply => Decision::Apply,
        Some(_) => Decision::Discard,
        None => Decision::Dismissed,
    }
}

/// Has the client make what is no new file.
async fn apply(conduct: &Conduct, edit: WorkspaceEdit) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, conduct.client.apply_edit(edit)).await {
        Ok(Ok(answer)) if answer.applied => Ok(()),
        Ok(Ok(answer)) => Err(match answer.failure_reason {
            Some(reason) => format!("the editor refused the edit: {reason}"),
            None => "the editor refused the edit and gave no reason".to_owned(),
        }),
        Ok(Err(error)) => Err(format!("the editor could not apply it: {error}")),
        Err(_) => Err("the editor did not say whether it applied it".to_owned()),
    }
}

/// Opens new files, so that the user sees what there is now; the longest last, for it to stay in view.
async fn show_new(conduct: &Conduct, created: &[PathBuf]) {
    // An editor that watches no files does not learn of them by itself.
    let _ = conduct.events.send(Event::PathsTouched(created.iter().cloned().collect()));
    let mut longest: Vec<&PathBuf> = created.iter().collect();
    longest.sort_by_cached_key(|path| path.metadata().map_or(0, |meta| meta.len()));
    for path in longest.into_iter().rev().take(MOST_OPENED).rev() {
        conduct.open(path).await;
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

/// What is told of a change before it is made, the worst first.
fn told(comparison: &Comparison, marks: &[String]) -> String {
    let mut told = comparison.alarms();
    told.extend(marks.iter().take(10).cloned());
    if marks.len() > 10 {
        told.push(format!("and {} more", marks.len() - 10));
    }
    told.push(comparison.sentence());
    told.join("; ")
}

/// An edit carries no mode: it is set on disk, once the edit is applied.
async fn set_modes(conduct: &Conduct, change: &Change) {
    for file in &change.files {
        let Some(wanted) = file.executable.filter(|_| file.before.is_some() && file.after.is_some()) else { continue };
        let path = conduct.made.root.join(&file.path);
        if let Err(error) = executable::set(&path, wanted) {
            let (name, sign) = (path_line(&file.path), if wanted { "+x" } else { "-x" });
            let text =
                format!("the mode of {name} is not set: {error}; once it is saved, `chmod {sign} {name}` sets it");
            conduct.say(MessageType::WARNING, text).await;
        }
    }
}

/// Shows the change as a diff; gives what to ask of it. Where the client shows nothing, it says where the diff is.
async fn shown(conduct: &Conduct, change: &Change, record: &RunLog, label: &str, told: &str) -> Result<String, String> {
    if record.last_diff().is_none() {
        // What the index proposes was no run of a program's.
        record.keep_diff(&change.to_diff());
    }
    // Nothing lands that nobody could look at.
    let diff = record.preview(&change.to_preview()).filter(|diff| diff.is_file());
    let diff = diff.ok_or("it cannot be shown, since its diff could not be kept; the server's log says why")?;
    Ok(if conduct.open(&diff).await {
        format!("{label}? With it, {told}")
    } else {
        format!("{label}? With it, {told}. The change is in {}", diff.display())
    })
}

fn label(conduct: &Conduct, change: &Change) -> String {
    let files: Vec<String> = change.files.iter().take(3).map(|file| path_line(&file.path)).collect();
    let more = change.files.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Apply {}'s change to {}{more}", conduct.agent(), files.join(", "))
}

/// The edit, where the change still fits what is there; none where all files are new.
fn checked(conduct: &Conduct, view: &View, change: &Change) -> Result<Option<WorkspaceEdit>, String> {
    let root = &conduct.made.root;
    let limits = conduct.made.setup.settings.limits_of(conduct.agent());
    change.validate(root, limits.most(), &agent_request::has_placeholder).map_err(|objection| objection.to_string())?;
    let stale = change.stale(&|path| view.text_of(&root.join(path)));
    if let Some(path) = stale.first() {
        let changed = stale.iter().map(|path| root.join(path)).collect();
        // The next request is answered from the files as they are.
        let _ = conduct.events.send(Event::PathsTouched(changed));
        return Err(format!("{} was changed meanwhile. Ask again", path_line(path)));
    }
    let is_in_the_way = |file: &&FileChange| file.before.is_none() && root.join(&file.path).symlink_metadata().is_ok();
    if let Some(file) = change.files.iter().find(is_in_the_way) {
        return Err(format!("{} is there already. Ask again", path_line(&file.path)));
    }
    edit::workspace_edit(view, root, change)
}

/// Says what became of the findings.
async fn look_again(conduct: &Conduct, change: &Change, before: &Before, record: &RunLog) {
    let root = &conduct.made.root;
    let mut waited = Duration::ZERO;
    let view = loop {
        let Some(view) = conduct.view() else { return };
        let is_there = change.files.iter().all(|file| view.text_of(&root.join(&file.path)) == file.after);
        let is_read = |path: &PathBuf| view.snapshot.file_at(&key_of(path)).is_some();
        let mut new = before.created.iter().filter(|path| discover::is_python(path));
        if is_there && (new.all(is_read) || waited >= SETTLE) {
            break view;
        }
        if waited >= SETTLE {
            let text =
                "applied, as the editor says; but its text is not what was proposed, so that nothing is said of it";
            return conduct.say(MessageType::WARNING, text.to_owned()).await;
        }
        tokio::time::sleep(STEP).await;
        waited += STEP;
    };
    let (after, left) =
        tokio::task::block_in_place(|| (recheck::now(&view, root, change), recheck::rules_left(&view, root, change)));
    let comparison = before.checkup.compare(&after, change);
    record.add(&comparison.recorded("applied"));
    let alarms = comparison.alarms();
    let mut text = format!("applied; {}", [alarms.clone(), vec![comparison.sentence()]].concat().join("; "));
    if let Some(next) = agent_request::next_steps(&conduct.made.setup.team, change, left).first() {
        text.push_str(&format!(". Next: {} ({})", next.agent, next.reason));
    }
    let kind = if alarms.is_empty() { MessageType::INFO } else { MessageType::WARNING };
    conduct.say(kind, text).await;
    if conduct.work.features.pull {
        // Neovim 0.12 pulls at a change only for documents in view, and may be showing the diff in place of this one.
        let refreshed = conduct.client.workspace_diagnostic_refresh();
        let _ = tokio::time::timeout(PROMPT, refreshed).await;
    }
}
