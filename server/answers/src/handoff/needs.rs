//! What some files need: packages, other modules, channels, and how fast they have to be.

use std::collections::BTreeSet;

use super::HandoffFiles;
use crate::code::constants;
use crate::document::and_more;
use crate::packages::Imports;
use crate::pipeline;
use crate::view::View;

impl HandoffFiles<'_> {
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
            lines.push(format!("other modules of this workspace: {}", and_more(&own, 10)));
        }
        let pipeline = self.pipeline(view);
        for channel in &pipeline.channels {
            let put: BTreeSet<String> =
                channel.producers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
            let taken: BTreeSet<String> =
                channel.consumers.iter().map(|one| format!("`{}`", view.around(one.call))).collect();
            let told = |all: BTreeSet<String>| {
                let all: Vec<String> = all.into_iter().collect();
                if all.is_empty() { "none found".to_owned() } else { and_more(&all, 3) }
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
        let mut lines: Vec<String> = view.question.handoff.performance.clone();
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
                    "{}: `{}` is unbounded: measure its length while the consumer is slower than the producer",
                    view.site(channel.origin),
                    channel.name
                ));
            }
        }
        lines
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
