//! A change is shown before it lands, by what the client can; then it is made with versions, and looked at again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pyteam_agents::Change;
use pyteam_agents::change::Most;
use pyteam_agents::record::Record;
use pyteam_agents::run::Recorded;
use pyteam_engine::CancelToken;
use tower_lsp::ls_types::{MessageType, WorkspaceEdit};

use super::conduct::{Conduct, PROMPT};
use super::dialog::{PATIENCE, choose};
use super::edit;
use crate::asking;
use crate::lsp::view::View;

/// How long the client may take to tell of what it has applied.
const SETTLE: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(50);

/// Shows `change`, makes it where the user wants it, records that, and says what came of it.
pub(super) async fn offer(conduct: &Conduct, change: &Change, record: &Record) {
    match make(conduct, change, record).await {
        Ok(before) => {
            record.add(&Recorded::Decided { accepted: true, reason: "the user wanted it".to_owned() });
            look_again(conduct, change, before).await;
        }
        Err(reason) => {
            record.add(&Recorded::Decided { accepted: false, reason: reason.clone() });
            conduct.say(MessageType::INFO, format!("nothing was changed: {reason}")).await;
        }
    }
}

/// Has the client make the change. How many findings there were before; an error says why it was not made.
async fn make(conduct: &Conduct, change: &Change, record: &Record) -> Result<usize, String> {
    let label = label(conduct, change);
    let confirms = conduct.work.features.confirms;
    if !confirms {
        // What cannot be made is not offered.
        let view = conduct.view().ok_or("the server is busy")?;
        checked(conduct, &view, change, None)?;
        let question = shown(conduct, change, record, &label).await?;
        // Where a stray Enter takes the first, it takes the one that changes nothing.
        let choices = ["Discard".to_owned(), "Apply".to_owned()];
        if choose(&conduct.client, question, &choices).await.as_deref() != Some("Apply") {
            return Err("it was discarded".to_owned());
        }
    }
    let view = conduct.view().ok_or("the server is busy")?;
    let edit = checked(conduct, &view, change, confirms.then_some(&*label))?;
    let before = tokio::task::block_in_place(|| found_in(&view, &conduct.made.root, change)).len();
    let answer = match tokio::time::timeout(PATIENCE, conduct.client.apply_edit(edit)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(format!("the editor could not apply it: {error}")),
        Err(_) => return Err("the editor did not say whether it applied it".to_owned()),
    };
    if !answer.applied {
        return Err(answer.failure_reason.unwrap_or_else(|| "the editor did not apply it".to_owned()));
    }
    Ok(before)
}

/// Shows the change as a diff; gives what to ask of it. Where the client shows nothing, it says where the diff is.
async fn shown(conduct: &Conduct, change: &Change, record: &Record, label: &str) -> Result<String, String> {
    if record.last_diff().is_none() {
        // What the index proposes was no run of a program's.
        record.keep_diff(&change.to_diff());
    }
    // Nothing lands that nobody could look at.
    let diff = record.preview(&change.to_preview()).filter(|diff| diff.is_file());
    let diff = diff.ok_or("it cannot be shown, since its diff could not be kept; the server's log says why")?;
    Ok(if conduct.open(&diff).await {
        format!("{label}?")
    } else {
        format!("{label}? The change is in {}", diff.display())
    })
}

fn label(conduct: &Conduct, change: &Change) -> String {
    let files: Vec<String> = change.files.iter().take(3).map(|file| file.path.display().to_string()).collect();
    let more = change.files.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Apply {}'s change to {}{more}", conduct.agent(), files.join(", "))
}

/// The edit, where the change still fits what is there.
fn checked(conduct: &Conduct, view: &View, change: &Change, confirm: Option<&str>) -> Result<WorkspaceEdit, String> {
    let root = &conduct.made.root;
    change.validate(root, Most::default(), &asking::has_placeholder).map_err(|objection| objection.to_string())?;
    let stale = change.stale(&|path| view.text_of(&root.join(path)));
    if let Some(path) = stale.first() {
        return Err(format!("{} was changed meanwhile. Ask again", path.display()));
    }
    edit::workspace_edit(view, root, change, confirm)
}

/// Says what became of the findings in the files that were changed.
async fn look_again(conduct: &Conduct, change: &Change, before: usize) {
    let root = &conduct.made.root;
    let mut waited = Duration::ZERO;
    let view = loop {
        let Some(view) = conduct.view() else { return };
        if change.files.iter().all(|file| view.text_of(&root.join(&file.path)) == file.after) {
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
    let left = tokio::task::block_in_place(|| found_in(&view, root, change));
    let after = left.len();
    let mut text = what_became(before, after);
    if let Some(next) = asking::next_steps(&conduct.made.setup.team, change, left).first() {
        text.push_str(&format!(". Next: {} ({})", next.agent, next.reason));
    }
    let kind = if after > before { MessageType::WARNING } else { MessageType::INFO };
    conduct.say(kind, text).await;
    if conduct.work.features.pull {
        // Neovim 0.12 pulls at a change only for documents in view, and may be showing the diff in place of this one.
        let refreshed = conduct.client.workspace_diagnostic_refresh();
        let _ = tokio::time::timeout(PROMPT, refreshed).await;
    }
}

/// What is told of the findings in the files that were changed, before and `after`.
fn what_became(before: usize, after: usize) -> String {
    let told = |how: String| format!("applied; findings in what was changed: {how}");
    match after {
        0 if before == 0 => "applied; there are no findings in what was changed".to_owned(),
        0 => format!("applied; no findings are left in what was changed ({before} before)"),
        _ if after < before => told(format!("{after} left of {before}")),
        _ if after == before => told(format!("{after}, as before")),
        _ => told(format!("{after}, and {before} before")),
    }
}

/// The rules of what is found in the files that the change is about, one for each finding.
fn found_in(view: &Arc<View>, root: &Path, change: &Change) -> Vec<String> {
    let token = CancelToken::default();
    let files = change.files.iter().filter_map(|file| view.snapshot.file_at(&root.join(&file.path).to_string_lossy()));
    files
        .filter_map(|file| {
            let settings = view.settings.for_path(&*file.path);
            view.engine.check_file(&view.snapshot, file, &settings, None, &token).ok()
        })
        .flatten()
        .map(|finding| finding.code.to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::what_became;

    #[test]
    fn what_is_told_can_be_read_aloud() {
        assert_eq!(what_became(0, 0), "applied; there are no findings in what was changed");
        assert_eq!(what_became(1, 0), "applied; no findings are left in what was changed (1 before)");
        assert_eq!(what_became(3, 1), "applied; findings in what was changed: 1 left of 3");
        assert_eq!(what_became(1, 1), "applied; findings in what was changed: 1, as before");
        assert_eq!(what_became(0, 2), "applied; findings in what was changed: 2, and 0 before");
    }
}
