//! What one agent hands to the next: what was changed and is new, which cases want a test, what it depends on, what must
//! be fast, and what came of the earlier steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pyteam_index::File;
use pyteam_index::link::FunctionRef;
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Parsed, SourceText, Stmt};

use crate::cases::cases_of;
use crate::code::{Public, constants, is_public, public_methods, public_names, signature};
use crate::document::{and_more, count};
use crate::packages::Imports;
use crate::pipeline::{self, Pipeline};
use crate::question::Before;
use crate::view::View;

/// What is handed over.
pub(crate) struct Work<'q> {
    /// The Python files that it is about, without tests, by path.
    pub(crate) files: Vec<&'q Arc<File>>,
    /// Whether somebody said which files were modified.
    pub(crate) is_listed: bool,
}

impl<'q> Work<'q> {
    pub(crate) fn of(view: &View<'q>) -> Self {
        let modified = &view.question.hand_off.modified;
        let mut files: Vec<&Arc<File>> = if modified.is_empty() {
            view.files()
        } else {
            let full = |path: &std::path::Path| view.question.root.join(path);
            modified.iter().filter_map(|one| view.snapshot.file_at(&full(&one.path).to_string_lossy())).collect()
        };
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by_key(|file| file.id);
        if files.len() > 1 {
            files.retain(|file| !view.is_test(file));
        }
        Self { files, is_listed: !modified.is_empty() }
    }

    /// The modified files, one line each with what is new, changed and gone in it.
    pub(crate) fn modified(view: &View<'_>) -> Vec<String> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for one in &view.question.hand_off.modified {
            let path = one.path.to_string_lossy().replace('\\', "/");
            let now = view.snapshot.file_at(&view.question.root.join(&one.path).to_string_lossy());
            let line = match (&one.before, now) {
                (Before::Absent, _) => format!("`{path}` is new{}", defined(view, now)),
                (Before::Unknown, Some(_)) => format!("`{path}` was changed{}", defined(view, now)),
                (Before::Unknown, None) => format!("`{path}` was changed"),
                (Before::Text(before), Some(now)) => format!("`{path}` was changed{}", difference(before, now)),
                (Before::Text(_), None) if view.question.root.join(&one.path).exists() => {
                    format!("`{path}` was changed")
                }
                (Before::Text(_), None) => format!("`{path}` is gone"),
            };
            lines.push((path, line));
        }
        lines.sort();
        lines.dedup();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// The public functions and methods that are new or changed; all of them where nobody knows what was before.
    pub(crate) fn functions(&self, view: &View<'_>) -> Vec<FunctionRef> {
        let mut found = Vec::new();
        for file in &self.files {
            let before = view.question.hand_off.modified.iter().find_map(|one| match &one.before {
                Before::Text(text) if *view.question.root.join(&one.path).to_string_lossy() == *file.path => {
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

    /// Cases that want a test: of each function what its signature and its body say.
    pub(crate) fn cases(&self, view: &View<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        let pipeline = self.pipeline(view);
        for channel in &pipeline.channels {
            let shapes = channel.messages.len();
            if channel.producers.is_empty() || channel.consumers.is_empty() || shapes == 0 {
                continue;
            }
            let takers: BTreeSet<String> =
                channel.consumers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
            let takers: Vec<String> = takers.into_iter().collect();
            lines.push(format!(
                "channel `{}`: {} handled by {}; what happens when the other side is gone",
                channel.name,
                if shapes == 1 { "its message is".to_owned() } else { format!("each of its {shapes} messages is") },
                and_more(&takers, 3),
            ));
        }
        for process in &pipeline.processes {
            lines.push(format!(
                "{} `{}`: ends within a bound after it was told to",
                pipeline::kind(process),
                process.name
            ));
        }
        let functions = self.functions(view).into_iter();
        lines.extend(functions.filter_map(|function| {
            let cases = cases_of(view, function);
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

    /// What these files need to run: packages, other modules, channels and processes.
    pub(crate) fn dependencies(&self, view: &View<'_>) -> Vec<String> {
        let imports = Imports::of(view, &self.files);
        let mut lines = Vec::new();
        if !imports.outside.is_empty() {
            let told: Vec<String> = imports
                .outside
                .iter()
                .map(|(name, at)| {
                    let version = self.files.first().and_then(|file| view.snapshot.requirements_for(&file.path));
                    let version = version.and_then(|known| known.version(distribution(name)));
                    version.map_or_else(|| format!("`{name}` ({at})"), |version| format!("`{name}` {version} ({at})"))
                })
                .collect();
            lines.push(format!("packages: {}", told.join(", ")));
        }
        let mut own: Vec<String> = imports.own.keys().map(|path| format!("`{path}`")).collect();
        own.retain(|path| !self.files.iter().any(|file| *path == format!("`{}`", view.short(&file.path))));
        if !own.is_empty() {
            lines.push(format!("modules of this workspace that are not part of it: {}", and_more(&own, 10)));
        }
        let pipeline = self.pipeline(view);
        for channel in &pipeline.channels {
            let put: BTreeSet<String> =
                channel.producers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
            let taken: BTreeSet<String> =
                channel.consumers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
            let told = |all: BTreeSet<String>| {
                let all: Vec<String> = all.into_iter().collect();
                if all.is_empty() { "nobody that is known".to_owned() } else { and_more(&all, 3) }
            };
            lines.push(format!(
                "{} `{}` ({}): from {} to {}",
                pipeline::class(channel).to_lowercase(),
                channel.name,
                view.site(channel.origin),
                told(put),
                told(taken)
            ));
        }
        lines
    }

    /// What must be fast, said or set in the code.
    pub(crate) fn performance(&self, view: &View<'_>) -> Vec<String> {
        let mut lines: Vec<String> = view.question.hand_off.performance.clone();
        for file in &self.files {
            for (name, line, value) in constants(file) {
                let lower = name.as_str().to_ascii_lowercase();
                let is_budget = [
                    "fps",
                    "per_second",
                    "timeout",
                    "latency",
                    "interval",
                    "rate",
                    "queue_size",
                    "maxsize",
                    "batch_size",
                    "deadline",
                    "_hz",
                ];
                if is_budget.iter().any(|word| lower.contains(word)) {
                    lines.push(format!("{}:{line}: `{name} = {value}`", view.short(&file.path)));
                }
            }
        }
        for channel in self.pipeline(view).channels {
            let is_queue = pipeline::class(channel).ends_with("Queue");
            if is_queue && channel.bound.is_none() && !channel.producers.is_empty() {
                lines.push(format!(
                    "{}: `{}` has no bound: measure its length while the consumer is slower than the producer",
                    view.site(channel.origin),
                    channel.name
                ));
            }
        }
        lines
    }

    /// What came of the earlier steps.
    pub(crate) fn steps(view: &View<'_>) -> Vec<String> {
        view.question.hand_off.steps.iter().map(|step| format!("{}: {}", step.agent, step.result.trim())).collect()
    }

    /// The sentence that says what this is about.
    pub(crate) fn about(&self, view: &View<'_>) -> String {
        if self.is_listed {
            return format!("{} modified.", count(view.question.hand_off.modified.len(), "file was", "files were"));
        }
        format!("Nobody said which files were modified, so this is about {}.", view.about_or_workspace())
    }
}

/// The name on the package index of what is imported under another one.
pub(crate) fn distribution(module: &str) -> &str {
    match module {
        "cv2" => "opencv-python-headless",
        "sklearn" => "scikit-learn",
        "PIL" => "pillow",
        "yaml" => "pyyaml",
        "dotenv" => "python-dotenv",
        "bs4" => "beautifulsoup4",
        "jwt" => "pyjwt",
        "dateutil" => "python-dateutil",
        other => other,
    }
}

/// Functions, methods and classes of a text by their dotted names, with a hash of what they say.
fn shapes(parsed: &Parsed) -> BTreeMap<String, u64> {
    let name_of = |index: usize| {
        let item = &parsed.items[index].item;
        match item.stmt(item.root()) {
            Stmt::Function(function) => Some(function.name),
            Stmt::Class(class) => Some(class.name),
            _ => None,
        }
    };
    let named = parsed.items.iter().enumerate().filter_map(|(index, slot)| {
        let own = name_of(index)?;
        let name = match slot.parent.and_then(|parent| name_of(parent as usize)) {
            Some(class) => format!("{class}.{own}"),
            None => own.to_string(),
        };
        Some((name, slot.item.shape()))
    });
    named.collect()
}

fn defined(view: &View<'_>, file: Option<&Arc<File>>) -> String {
    let Some(file) = file else { return String::new() };
    let names: Vec<String> = public_names(view, file).into_iter().map(|one| format!("`{}`", one.name(view))).collect();
    if names.is_empty() { String::new() } else { format!("; it has {}", and_more(&names, 6)) }
}

fn difference(before: &Arc<str>, now: &File) -> String {
    let before = shapes(&parse(SourceText::new(Arc::clone(before)), &ParseLimits::default()));
    let after = shapes(&now.parsed);
    let told = |word: &str, names: Vec<&String>| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{word} {}", and_more(&names, 6)))
    };
    let parts = [
        told("new", after.keys().filter(|name| !before.contains_key(*name)).collect()),
        told(
            "changed",
            after
                .iter()
                .filter(|(name, shape)| before.get(*name).is_some_and(|old| old != *shape))
                .map(|(name, _)| name)
                .collect(),
        ),
        told("gone", before.keys().filter(|name| !after.contains_key(*name)).collect()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        ": no function or class is other than it was".to_owned()
    } else {
        format!(": {}", parts.join("; "))
    }
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
