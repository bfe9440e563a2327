//! `pyteam runs`: which agents were asked, what they did, and what came of it.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use pyteam_agents::run::Recorded;
use pyteam_agents::run_log::{self, Line, Step, Summary};
use pyteam_agents::user_dirs::NO_STATE;
use pyteam_display::{Shown, shown};
use serde_json::{Value, json};

use super::Exit;
use super::args::{Format, RunsArgs, RunsCommand};
use super::console::{self, Console};
use super::report::{plural, shortened};
use crate::agent_request::with_hints;

const NAME: Style = AnsiColor::Green.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// How wide the columns are of what came of a run, and of who was asked.
const STATE: usize = 11;
const WHO: usize = 22;

/// Does what `args` say.
pub(super) fn run(args: &RunsArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let Some(folder) = run_log::folder() else {
        console::error(NO_STATE);
        return Ok(Exit::Failure);
    };
    match &args.command {
        Some(RunsCommand::Show(show)) => one(&folder, &show.id, args.output_format, console),
        None => match &args.id {
            Some(id) => one(&folder, id, args.output_format, console),
            None => all(&folder, args, console),
        },
    }
}

fn all(folder: &Path, args: &RunsArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let runs = run_log::runs(folder, args.limit);
    if args.output_format == Format::Json {
        let runs: Vec<Value> = runs.iter().map(to_json).collect();
        console.print_line(Shown::json(&runs)?)?;
        return Ok(Exit::Clean);
    }
    if runs.is_empty() {
        console.print_line("No runs yet.")?;
    }
    let width = console::width(120);
    if let Some(first) = runs.first() {
        let heads = shown!(
            "{}  {}  {}  request",
            Shown::line("run ID").padded(first.id.len()),
            Shown::line("outcome").padded(STATE),
            Shown::line("agent").padded(WHO)
        );
        console.print_line(console.paint(FAINT, heads))?;
    }
    for run in &runs {
        let who = match &run.workflow {
            Some(workflow) => format!("{workflow} ({})", plural(run.steps.len(), "step", "steps")),
            None => run.steps.first().map(|step| step.agent.clone()).unwrap_or_default(),
        };
        let state = console.paint(color_of(&run.state), Shown::line(&run.state).padded(STATE));
        let who = Shown::line(who).padded(WHO);
        let room = width.saturating_sub(run.id.len() + STATE + who.as_str().chars().count() + 6).max(20);
        let goal = shortened(&run.goal, room);
        let id = console.paint(NAME, Shown::line(&run.id));
        console.print_line(shown!("{}  {}  {}  {}", id, state, who, goal).trimmed())?;
    }
    Ok(Exit::Clean)
}

fn one(folder: &Path, id: &str, format: Format, console: &mut Console) -> anyhow::Result<Exit> {
    let Ok((run, lines)) = run_log::show(folder, id) else {
        console::error(shown!("unknown run `{}`; run `pyteam runs` for a list", id));
        return Ok(Exit::Failure);
    };
    if format == Format::Json {
        let mut json = to_json(&run);
        json["events"] = serde_json::to_value(&lines)?;
        console.print_line(Shown::json(&json)?)?;
        return Ok(Exit::Clean);
    }
    let state = console.paint(color_of(&run.state), Shown::line(&run.state));
    console.print_line(shown!("{}  {}", console.paint(NAME, Shown::line(&run.id)), state))?;
    console.print_line(shown!("{} in {}", run.goal, run.workspace))?;
    console.print("\n")?;
    for Line { at, happened } in &lines {
        if let Some(sentence) = sentence(happened) {
            let time = console.paint(FAINT, Shown::line(run_log::utc(*at)));
            console.print_line(shown!("{}  {}", time, sentence))?;
        }
    }
    Ok(Exit::Clean)
}

fn to_json(run: &Summary) -> Value {
    let step = |step: &Step| {
        json!({
            "agent": step.agent,
            "step": step.step,
            "state": step.state,
            "message": step.message,
            "files": step.files,
            "permissions": {"asked": step.permissions.0, "allowed": step.permissions.1},
            "milliseconds": step.milliseconds,
        })
    };
    json!({
        "id": run.id,
        "workflow": run.workflow,
        "state": run.state,
        "at": run_log::utc(run.at),
        "workspace": run.workspace,
        "goal": run.goal,
        "steps": run.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn color_of(state: &str) -> Style {
    match state {
        "answered" | "accepted" => AnsiColor::Green.on_default(),
        "failed" | "violation" => AnsiColor::Red.on_default(),
        "refused" | "interrupted" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    }
}

/// What happened, in a few words. The first line of a record is its heading.
fn sentence(happened: &Recorded) -> Option<String> {
    Some(match happened {
        Recorded::Opened { .. } => return None,
        Recorded::Began { agent, step, backend, program, bytes, redactions, .. } => {
            let step = step.as_ref().map(|step| format!(" for {step}")).unwrap_or_default();
            let secrets = plural(*redactions, "secret", "secrets");
            format!("{agent}{step} via {backend} ({program}): {bytes} bytes of prompt, {secrets} redacted")
        }
        Recorded::Copied { files, bytes, left_out } => {
            let files = plural(*files, "file", "files");
            let left_out = plural(*left_out, "entry", "entries");
            format!("copied {files} ({} KB), {left_out} left out", bytes.div_ceil(1024))
        }
        Recorded::Held { meaning, .. } => meaning.clone(),
        Recorded::Peer { name, mode, model, .. } => {
            let mode = mode.as_ref().map(|mode| format!(", mode {mode}")).unwrap_or_default();
            let model = model.as_ref().map(|model| format!(", model {model}")).unwrap_or_default();
            format!("program: {name}{mode}{model}")
        }
        Recorded::Permission(decision) => {
            let word = if decision.allowed { "allowed" } else { "refused" };
            format!("{word} {}: {} ({})", decision.tool, decision.title, decision.reason)
        }
        Recorded::Tool { tool, title, status } => format!("{tool} {status}: {title}"),
        Recorded::Note { text } => text.clone(),
        Recorded::Changed { files, .. } => format!("proposes {}", files.join(", ")),
        Recorded::Marked { files } => format!("marked: {}", files.join(", ")),
        Recorded::Checked { stage, gone, new, still, hints, broken } => {
            let list = |word: &str, all: &[String]| match all {
                [] => format!("0 {word}"),
                all => format!("{} {word} ({})", all.len(), all.join(", ")),
            };
            let broken =
                if broken.is_empty() { String::new() } else { format!("; does not parse: {}", broken.join(", ")) };
            let (gone, new) = (list("gone", gone), list("new", new));
            format!("findings, {stage}: {gone}, {new}, {} left{broken}", with_hints(*still, *hints))
        }
        Recorded::Ended { outcome, message, milliseconds, .. } => {
            let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
            let tenths = milliseconds / 100;
            format!("{outcome} after {}.{} s{message}", tenths / 10, tenths % 10)
        }
        Recorded::Decided { accepted, reason } => {
            format!("{} ({reason})", if *accepted { "applied" } else { "not applied" })
        }
    })
}
