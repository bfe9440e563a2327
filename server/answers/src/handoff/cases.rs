//! Cases that want a test: of channels and processes how they stop, of functions what their signature and their body say.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use pyteam_channels::objects::ObjectCall;
use pyteam_channels::topology::ChannelNode;
use pyteam_index::definitions::FunctionRef;
use pyteam_syntax::Stmt;

use super::HandoffFiles;
use crate::document::{Document, and_more, count};
use crate::edge_cases::edge_cases;
use crate::pipeline;
use crate::view::View;

/// Cases that are named of one function.
const MAX_CASES: usize = 4;
/// Lines about channels, and about shutdown.
const MAX_LINES: usize = 20;
/// Functions that are named in all.
const MAX_FUNCTIONS: usize = 40;

/// Cases that want a test, by what they are about.
#[derive(Default)]
pub(crate) struct Cases {
    /// Each message is handled, and an end that is gone is noticed.
    channels: Vec<String>,
    /// What is told to stop does.
    shutdown: Vec<String>,
    /// The function with the most branches first.
    functions: Vec<FunctionCases>,
}

/// What may happen in one function.
struct FunctionCases {
    name: String,
    path: String,
    line: String,
    cases: String,
}

impl HandoffFiles<'_> {
    /// Cases that want a test.
    pub(crate) fn cases(&self, view: &View<'_>) -> Cases {
        let pipeline = self.pipeline(view);
        let settings = view.question.settings.for_folder(view.question.root);
        let seconds = settings.timeouts.join.value();
        let mut cases = Cases::default();
        for channel in &pipeline.channels {
            cases.channels.extend(channel_cases(view, channel, seconds));
        }
        for process in &pipeline.processes {
            let (kind, name) = (process.kind.as_str(), pipeline::name(view, process));
            let stops = pipeline::endings(view, process);
            let how = if stops.is_empty() { "no stop found".to_owned() } else { stops.join("; ") };
            cases.shutdown.push(format!("stop the {kind} `{name}` ({how}): does it exit within {seconds} s?"));
        }
        cases.channels.dedup();
        cases.shutdown.dedup();
        let mut functions = self.functions(view);
        functions.sort_by_cached_key(|function| Reverse(branches(view, *function)));
        cases.functions = functions.into_iter().filter_map(|function| function_cases(view, function)).collect();
        cases
    }
}

impl Cases {
    /// All of them, each with its place.
    pub(crate) fn lines(self) -> Vec<String> {
        let functions = self.functions.into_iter();
        let functions = functions.map(|one| format!("`{}` ({}:{}): {}", one.name, one.path, one.line, one.cases));
        self.channels.into_iter().chain(self.shutdown).chain(functions).collect()
    }

    /// A section with a part for channels, one for shutdown, and one for each file.
    pub(crate) fn write(&self, document: &mut Document) {
        if self.channels.is_empty() && self.shutdown.is_empty() && self.functions.is_empty() {
            document.clean("test cases");
            return;
        }
        document.section("Test cases");
        for (title, lines) in [("Channels", &self.channels), ("Shutdown", &self.shutdown)] {
            if !lines.is_empty() {
                document.part(title).first(lines, MAX_LINES);
            }
        }
        let told = &self.functions[..self.functions.len().min(MAX_FUNCTIONS)];
        let mut paths: Vec<&str> = Vec::new();
        for one in told {
            if !paths.contains(&one.path.as_str()) {
                paths.push(&one.path);
            }
        }
        for path in paths {
            let here = told.iter().filter(|one| one.path == path);
            let lines: Vec<String> =
                here.map(|one| format!("`{}` (line {}): {}", one.name, one.line, one.cases)).collect();
            document.part(&format!("`{path}`")).list(&lines);
        }
        let left = self.functions.len() - told.len();
        if left > 0 {
            document.say(format!("And {} with fewer branches.", count(left, "more function", "more functions")));
        }
    }
}

/// What may happen in `function`, if it says anything of it.
fn function_cases(view: &View<'_>, function: FunctionRef) -> Option<FunctionCases> {
    let mut cases = edge_cases(view, function);
    if cases.len() > MAX_CASES + 1 {
        let more = cases.len() - MAX_CASES;
        cases.truncate(MAX_CASES);
        cases.push(format!("{more} more by its signature"));
    }
    let at = view.function_at(function);
    let (path, line) = at.rsplit_once(':')?;
    (!cases.is_empty()).then(|| FunctionCases {
        name: view.function_name(function),
        path: path.to_owned(),
        line: line.to_owned(),
        cases: cases.join("; "),
    })
}

/// What a channel's two ends have to do: handle each message, and exit when the other end does.
fn channel_cases(view: &View<'_>, channel: &ChannelNode, seconds: f64) -> Vec<String> {
    let shapes = channel.messages.len();
    if channel.producers.is_empty() || channel.consumers.is_empty() || shapes == 0 {
        return Vec::new();
    }
    let consumers: BTreeSet<String> =
        channel.consumers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
    let consumers: Vec<String> = consumers.into_iter().collect();
    let what = if shapes == 1 { "its message".to_owned() } else { format!("each of its {shapes} messages") };
    let mut lines = vec![format!("channel `{}`: {what} is handled by {}", channel.name, and_more(&consumers, 3))];
    let runs = |uses: &[ObjectCall]| -> BTreeSet<(String, &str)> {
        let runners = uses.iter().flat_map(|one| view.topology().who_runs(&view.inference, one.call));
        runners.map(|process| (pipeline::name(view, process), process.kind.as_str())).collect()
    };
    let waiting = runs(&channel.consumers);
    for (producer, kind) in runs(&channel.producers) {
        for (consumer, _) in waiting.iter().filter(|(consumer, _)| *consumer != producer) {
            // A thread cannot be killed.
            let ends = if kind == "process" { format!("kill `{producer}`") } else { format!("let `{producer}` raise") };
            lines.push(format!(
                "{ends} while `{consumer}` waits on `{}`: does `{consumer}` exit within {seconds} s?",
                channel.name
            ));
        }
    }
    lines
}

/// How many statements of a function branch.
fn branches(view: &View<'_>, function: FunctionRef) -> usize {
    let Some((_, item, _)) = view.inference.item(function.file, function.item) else { return 0 };
    let inside = item.stmt_ids().filter(|stmt| item.stmt_ancestors(*stmt).any(|around| around == function.stmt));
    inside.filter(|stmt| matches!(item.stmt(*stmt), Stmt::If { .. } | Stmt::While { .. } | Stmt::Try { .. })).count()
}
