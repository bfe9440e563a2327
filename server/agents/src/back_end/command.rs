//! A program that reads the brief on its standard input, and writes text, a unified diff or files of its copy.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep_until};

use super::lines::{Lines, Stop};
use super::program::Program;
use super::task::{Said, Task, Trouble, spoken};
use crate::change::patch;
use crate::run::Recorded;
use pyteam_display::visible;

/// After its output a program may take so long to end; a few write their last file then.
const TO_END: Duration = Duration::from_secs(10);

/// Gives the brief to `program`, and collects what it writes. A diff in it is made to the shadow.
pub(crate) async fn converse(task: &Task<'_>, program: &mut Program) -> Result<Said, Trouble> {
    let (Some(mut stdin), Some(stdout)) = (program.stdin.take(), program.stdout.take()) else {
        return Err(Trouble::Died("starting"));
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
    let document = read?;
    program.settle(TO_END).await;
    let mut said = Said { document, ..Said::default() };
    let patches = patch::read(&said.document);
    if !patches.is_empty() {
        let (root, rights) = (task.shadow.root().to_owned(), task.rights);
        let applied = tokio::task::spawn_blocking(move || patch::apply(&patches, &root, 1 << 20)).await;
        match applied.unwrap_or_else(|_| Err("cannot be read".to_owned())) {
            Ok(files) => task.listener.record(Recorded::note(format!("its answer holds a diff of {files} files"))),
            // A reader's diff is dropped in any case.
            Err(_) if !rights.edit => {}
            Err(problem) => {
                return Err(Trouble::Failed(format!(
                    "{} answered with a diff that {problem}. Nothing of it is used; ask again",
                    task.launch.name
                )));
            }
        }
    }
    said.document = visible(&said.document);
    Ok(said)
}

async fn read(task: &Task<'_>, mut lines: Lines<tokio::process::ChildStdout>) -> Result<String, Trouble> {
    let (limits, name) = (task.limits, &task.launch.name);
    let deadline = Instant::now() + limits.turn;
    let mut heard = Instant::now();
    let mut text = String::new();
    let mut count: u64 = 0;
    loop {
        let until = deadline.min(heard + limits.silence);
        if task.cancel.is_cancelled() {
            return Err(Trouble::Cancelled);
        }
        if Instant::now() >= until {
            let what = if until == deadline {
                format!("was not done within {}", spoken(limits.turn))
            } else {
                format!("said nothing for {}", spoken(limits.silence))
            };
            return Err(Trouble::Failed(format!(
                "{name} {what}, and was ended. Start it in a terminal to see what holds it up, or allow it more time"
            )));
        }
        let line = tokio::select! {
            biased;
            () = task.cancel.cancelled() => continue,
            line = lines.next() => line,
            () = sleep_until(until) => continue,
        };
        heard = Instant::now();
        count += 1;
        let surplus = match line {
            Ok(line) => {
                text.push_str(&String::from_utf8_lossy(&line));
                text.push('\n');
                (text.len() > limits.line).then(|| format!("wrote more than {} MB", limits.line >> 20))
            }
            Err(Stop::End) => return Ok(text),
            Err(Stop::Line) => Some(format!("wrote a line of more than {} KB", limits.line >> 10)),
            Err(Stop::Output) => Some(format!("wrote more than {} MB", limits.output >> 20)),
        };
        let surplus =
            surplus.or_else(|| (count > limits.messages).then(|| format!("wrote more than {} lines", limits.messages)));
        if let Some(surplus) = surplus {
            return Err(Trouble::Failed(format!("{name} {surplus}, and was ended. Nothing of it is used")));
        }
        task.listener.progress(|| "writes its answer".to_owned());
    }
}
