//! The tests' text.

mod layout;
mod parts;

use std::collections::BTreeSet;
use std::fmt::Write;

use self::parts::one_stage;
use super::stage::{Passed, Stage};
use crate::pattern::quoted;

/// A test file.
pub(super) struct Written {
    pub(super) text: String,
    /// The names of the tests.
    pub(super) names: Vec<String>,
}

/// `tests/conftest.py`, which lets the tests find the modules in `folder` of the root.
pub(super) fn conftest(folder: &str) -> String {
    format!(
        "\"\"\"Make the project's modules importable.\"\"\"\n\nimport sys\nfrom pathlib import Path\n\n{}\n",
        path_line(folder)
    )
}

fn path_line(folder: &str) -> String {
    let below = if folder.is_empty() { String::new() } else { format!(" / {}", quoted(folder)) };
    format!("sys.path.insert(0, str(Path(__file__).resolve().parent.parent{below}))")
}

/// The tests of `stages`, all of `module`. Where `folder` is said, they put it on the path themselves.
pub(super) fn tests(module: &str, stages: &[Stage], folder: Option<&str>) -> Written {
    let mut body = String::new();
    let mut names = Vec::new();
    for stage in stages {
        body.push_str(&one_stage(stage, stages.len() > 1, &mut names));
    }
    let signals = |stage: &Stage| stage.params.iter().any(|param| matches!(param.passed, Passed::Event | Passed::Lock));
    let has_queue = |stage: &Stage, module: &str| {
        let mut params = stage.params.iter();
        params.any(|param| matches!(&param.passed, Passed::Queue { class, .. } if class.starts_with(module)))
    };
    let makes = |stage: &Stage| !stage.is_class || signals(stage);
    let uses_context = stages.iter().any(|stage| (!stage.is_thread && makes(stage)) || has_queue(stage, "CONTEXT"));
    let has_thread = stages.iter().any(|stage| stage.is_thread && makes(stage));
    let shapes = stages.iter().any(|stage| stage.puts.iter().any(|(_, shapes)| !shapes.is_empty()));
    let drains = stages.iter().any(|stage| !stage.puts.is_empty() && !stage.end.is_never());
    let makes_queue = stages.iter().any(|stage| has_queue(stage, "queue."));
    let mut imports: BTreeSet<&str> =
        BTreeSet::from(["from collections.abc import Iterator", "from typing import Any"]);
    if drains || makes_queue {
        imports.insert("import queue");
    }
    if drains {
        imports.insert("import time");
    }
    if uses_context {
        imports.insert("import multiprocessing");
    }
    if has_thread {
        imports.insert("import threading");
    }
    if folder.is_some() {
        imports.extend(["import sys", "from pathlib import Path"]);
    }
    let (plain, from): (Vec<&str>, Vec<&str>) = imports.into_iter().partition(|line| line.starts_with("import"));
    let mut text = format!("\"\"\"Run the stages of `{module}` and check what they send and that they stop.\"\"\"\n\n");
    for line in plain.iter().chain(&from) {
        let _ = writeln!(text, "{line}");
    }
    text.push_str("\nimport pytest\n\n");
    if let Some(folder) = folder {
        let _ = writeln!(text, "{}\n", path_line(folder));
    }
    let mut functions: Vec<&str> = stages.iter().map(|stage| &*stage.name).collect();
    functions.sort_unstable();
    let noqa = if folder.is_some() { "  # noqa: E402" } else { "" };
    let _ = writeln!(text, "from {module} import {}{noqa}\n", functions.join(", "));
    text.push_str("# Longest time that a stage may take to stop, in seconds.\nBOUND_S = 20.0\n");
    if uses_context {
        text.push_str("CONTEXT = multiprocessing.get_context(\"spawn\")\n");
    }
    if drains {
        text.push_str(DRAIN);
    }
    if shapes {
        text.push_str(FITS);
    }
    text.push_str(&body);
    Written { text, names }
}

const DRAIN: &str = include_str!("drain.py");

const FITS: &str = include_str!("fits.py");
