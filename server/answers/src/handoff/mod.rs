//! What one agent hands to the next: what was changed and is new, which cases want a test, what it depends on, what must
//! be fast, and what came of the earlier steps.

mod changes;
mod needs;

use std::collections::BTreeSet;
use std::sync::Arc;

use pyteam_channels::objects::ObjectCall;
use pyteam_channels::topology::ChannelNode;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::{File, key_of};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{SourceText, Stmt};

use self::changes::shapes;
pub(crate) use self::needs::distribution;
use crate::code::{Public, is_public, public_methods, public_names, signature};
use crate::document::{and_more, count};
use crate::edge_cases::edge_cases;
use crate::pipeline::{self, Pipeline};
use crate::question::Before;
use crate::view::View;

/// Cases that are named of one function.
const MAX_CASES: usize = 4;

/// What is handed over.
pub(crate) struct HandoffFiles<'q> {
    /// The Python files that it is about, without tests, by path.
    pub(crate) files: Vec<&'q Arc<File>>,
    /// Whether the question lists the modified files.
    pub(crate) is_listed: bool,
}

impl<'q> HandoffFiles<'q> {
    pub(crate) fn of(view: &View<'q>) -> Self {
        let modified = &view.question.handoff.modified;
        let mut files: Vec<&Arc<File>> = if modified.is_empty() {
            view.files()
        } else {
            let full = |path: &std::path::Path| view.question.root.join(path);
            modified.iter().filter_map(|one| view.snapshot.file_at(&key_of(&full(&one.path)))).collect()
        };
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by_key(|file| file.id);
        if files.len() > 1 {
            files.retain(|file| !view.is_test(file));
        }
        Self { files, is_listed: !modified.is_empty() }
    }

    /// The public functions and methods that are new or changed; all of them where the text before is not known.
    pub(crate) fn functions(&self, view: &View<'_>) -> Vec<FunctionRef> {
        let mut found = Vec::new();
        for file in &self.files {
            let before = view.question.handoff.modified.iter().find_map(|one| match &one.before {
                Before::Text(text) if *key_of(&view.question.root.join(&one.path)) == *file.path => {
                    Some(shapes(&parse(SourceText::new(Arc::clone(text)), &ParseLimits::default())))
                }
                _ => None,
            });
            for public in public_names(view, file) {
                let functions = match public {
                    Public::Function(function) => vec![function],
                    Public::Class(class) => public_methods(view, class),
                };
                found.extend(functions.into_iter().filter(|function| {
                    let range = view.inference.item(function.file, function.item);
                    let is_asked = range.is_some_and(|(file, item, _)| {
                        let range = file.absolute(function.item, item.stmt_range(function.stmt));
                        self.is_listed || view.is_asked(function.file, range)
                    });
                    let shape = file.parsed.items[function.item as usize].item.shape();
                    let name = view.function_name(*function);
                    is_asked && before.as_ref().is_none_or(|before| before.get(&name) != Some(&shape))
                }));
            }
        }
        found
    }

    /// Cases that want a test: of channels and processes how they stop, then of each function what its signature and its
    /// body say, the function with the most branches first.
    pub(crate) fn cases(&self, view: &View<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        let pipeline = self.pipeline(view);
        let settings = view.question.settings.for_folder(&view.question.root);
        let seconds = settings.timeouts.join.value();
        for channel in &pipeline.channels {
            lines.extend(channel_cases(view, channel, seconds));
        }
        for process in &pipeline.processes {
            let (kind, name) = (pipeline::kind(process), pipeline::name(view, process));
            let stops = pipeline::endings(view, process);
            lines.push(if stops.is_empty() {
                format!("stop the {kind} `{name}` (no stop found): does it exit within {seconds} s?")
            } else {
                format!("stop the {kind} `{name}` ({}): does it exit within {seconds} s?", stops.join("; "))
            });
        }
        let mut functions = self.functions(view);
        functions.sort_by_cached_key(|function| std::cmp::Reverse(branches(view, *function)));
        lines.extend(functions.into_iter().filter_map(|function| {
            let mut cases = edge_cases(view, function);
            if cases.len() > MAX_CASES + 1 {
                let more = cases.len() - MAX_CASES;
                cases.truncate(MAX_CASES);
                cases.push(format!("{more} more by its signature"));
            }
            let name = view.function_name(function);
            (!cases.is_empty()).then(|| format!("`{name}` ({}): {}", view.function_at(function), cases.join("; ")))
        }));
        lines.dedup();
        lines
    }

    /// The processes and channels of these files.
    fn pipeline<'v>(&self, view: &'v View<'_>) -> Pipeline<'v> {
        let mut pipeline = Pipeline::of(view);
        if self.is_listed {
            let is_here = |site: pyteam_index::infer::Site| self.files.iter().any(|file| file.id == site.file);
            pipeline.channels = view.topology().channels.iter().collect();
            pipeline
                .channels
                .retain(|channel| channel.producers.iter().chain(&channel.consumers).any(|one| is_here(one.call)));
            pipeline.processes = view.topology().processes.iter().collect();
            pipeline.processes.retain(|process| {
                is_here(process.origin)
                    || process.target.is_some_and(|target| self.files.iter().any(|file| file.id == target.file))
            });
        }
        pipeline
    }

    /// What came of the earlier steps.
    pub(crate) fn steps(view: &View<'_>) -> Vec<String> {
        view.question.handoff.steps.iter().map(|step| format!("{}: {}", step.agent, step.result.trim())).collect()
    }

    /// The sentence that says what this is about.
    pub(crate) fn about(&self, view: &View<'_>) -> String {
        if self.is_listed {
            let number = view.question.handoff.modified.len();
            return if view.question.handoff.is_from_git {
                format!("Scope: {}.", count(number, "uncommitted file", "uncommitted files"))
            } else {
                format!("Scope: {}.", count(number, "modified file", "modified files"))
            };
        }
        let about = view.about().unwrap_or_else(|| "whole workspace".to_owned());
        let why =
            if view.question.handoff.is_from_git { "no uncommitted changes" } else { "narrow with `--modified FILE`" };
        format!("Scope: {about} ({why}).")
    }
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
        runners.map(|process| (pipeline::name(view, process), pipeline::kind(process))).collect()
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

/// Signatures of functions, one line each, for a list of what is new.
pub(crate) fn signatures(view: &View<'_>, functions: &[FunctionRef]) -> Vec<String> {
    let told = functions.iter().filter(|function| {
        view.inference.function(**function).is_some_and(|definition| is_public(definition.name.as_str()))
    });
    told.map(|function| {
        let class = view.inference.class_of(*function).map(|class| format!(" of `{}`", view.class_name(class)));
        format!("`{}`{} ({})", signature(view, *function), class.unwrap_or_default(), view.function_at(*function))
    })
    .collect()
}
