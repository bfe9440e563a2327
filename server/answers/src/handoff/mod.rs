//! What one agent hands to the next: what was changed and is new, which cases want a test, what it depends on, what must
//! be fast, and what came of the earlier steps.

mod cases;
mod changes;
mod needs;

use std::sync::Arc;

use pyteam_index::definitions::FunctionRef;
use pyteam_index::{File, key_of};
use pyteam_syntax::SourceText;
use pyteam_syntax::document::{ParseLimits, parse};

use self::changes::shapes;
pub(crate) use self::needs::distribution;
use crate::code::{Public, is_public, public_methods, public_names, signature};
use crate::document::count;
use crate::pipeline::Pipeline;
use crate::question::Before;
use crate::view::View;

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
