//! The tests' text.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::shape::{Shape, quoted};
use super::stage::{End, Param, Passed, Stage};

/// A test file.
pub(super) struct Written {
    pub(super) text: String,
    /// The names of the tests.
    pub(super) names: Vec<String>,
}

/// `tests/conftest.py`, which lets the tests find the modules in `folder` of the root.
pub(super) fn conftest(folder: &str) -> String {
    format!(
        "\"\"\"Lets the tests import the modules of this project.\"\"\"\n\nimport sys\nfrom pathlib import Path\n\n{}\n",
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
    let uses_context = stages.iter().any(|stage| {
        !stage.is_thread || stage.params.iter().any(|param| matches!(&param.passed, Passed::Queue { class, .. } if class.starts_with("CONTEXT")))
    });
    let has_thread = stages.iter().any(|stage| stage.is_thread);
    let shapes = stages.iter().any(|stage| stage.puts.iter().any(|(_, shapes)| !shapes.is_empty()));
    let mut imports: BTreeSet<&str> = BTreeSet::from(["import queue", "import time", "from collections.abc import Iterator", "from typing import Any"]);
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
    let mut text = format!("\"\"\"Runs the stages of `{module}` for real: what they send, and that they end.\"\"\"\n\n");
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
    text.push_str("# A stage that has not ended by then hangs.\nBOUND_S = 20.0\n");
    if uses_context {
        text.push_str("CONTEXT = multiprocessing.get_context(\"spawn\")\n");
    }
    text.push_str(DRAIN);
    if shapes {
        text.push_str(FITS);
    }
    text.push_str(&body);
    Written { text, names }
}

const DRAIN: &str = r#"

def drain(stage: Any, *channels: Any) -> list[list[Any]]:
    """What the channels bring until the stage has ended, or the bound is over."""
    found: list[list[Any]] = [[] for _ in channels]
    last = time.monotonic() + BOUND_S
    while time.monotonic() < last:
        is_alive = stage.is_alive()
        is_quiet = True
        for channel, messages in zip(channels, found):
            try:
                messages.append(channel.get(timeout=0.1))
                is_quiet = False
            except queue.Empty:
                continue
        if is_quiet and not is_alive:
            break
        if not channels:
            stage.join(timeout=0.1)
    return found
"#;

const FITS: &str = r#"

def fits(message: Any, shape: Any) -> bool:
    """Whether a message is of a shape: classes stand for what is of them, all else for itself."""
    if isinstance(shape, dict):
        return (
            isinstance(message, dict)
            and message.keys() == shape.keys()
            and all(fits(message[key], shape[key]) for key in shape)
        )
    if isinstance(shape, tuple):
        return (
            isinstance(message, tuple)
            and len(message) == len(shape)
            and all(fits(*pair) for pair in zip(message, shape))
        )
    if isinstance(shape, type):
        return isinstance(message, (int, float) if shape is float else shape)
    return bool(message == shape)
"#;

/// Fixtures and tests of one stage.
fn one_stage(stage: &Stage, is_one_of_many: bool, names: &mut Vec<String>) -> String {
    let mut text = String::new();
    // Fixtures of several stages must not take each other's names.
    let own = |name: &str| if is_one_of_many { format!("{}_{name}", stage.name) } else { name.to_owned() };
    for (param, shapes) in stage.puts.iter().filter(|(_, shapes)| !shapes.is_empty()) {
        let patterns: Vec<String> = shapes.iter().map(Shape::pattern).collect();
        let _ = write!(
            text,
            "\n\n# What `{}` puts into `{param}`.\n{}: list[Any] = [\n{}]\n",
            stage.name,
            constant(&own(param)),
            patterns.iter().map(|pattern| format!("    {pattern},\n")).collect::<String>()
        );
    }
    for param in &stage.params {
        text.push_str(&fixture(stage, param, &own));
    }
    let given: Vec<&Param> = stage.params.iter().filter(|param| !matches!(param.passed, Passed::Value(_))).collect();
    let parameters: Vec<String> = given.iter().map(|param| format!("{}: Any", own(&param.name))).collect();
    let passed: Vec<String> = stage
        .params
        .iter()
        .map(|param| {
            let value = match &param.passed {
                Passed::Value(value) => value.clone(),
                _ => own(&param.name),
            };
            format!("            {}: {value},\n", quoted(&param.name))
        })
        .collect();
    let runner = own("stage");
    let maker = if stage.is_thread { "threading.Thread" } else { "CONTEXT.Process" };
    let _ = write!(
        text,
        "\n\n@pytest.fixture\ndef {runner}({}) -> Iterator[Any]:\n    \"\"\"`{}`, not started yet.\"\"\"\n    stage = {maker}(\n        target={},\n        kwargs={{\n{}        }},\n        daemon=True,\n    )\n    yield stage\n",
        parameters.join(", "),
        stage.name,
        stage.name,
        passed.concat()
    );
    if !stage.is_thread {
        text.push_str("    if stage.is_alive():\n        stage.terminate()\n        stage.join(BOUND_S)\n");
    }
    test(stage, &own, &runner, names, &mut text);
    text
}

fn constant(name: &str) -> String {
    format!("{}_MESSAGES", name.trim_start_matches('_').to_uppercase())
}

fn fixture(stage: &Stage, param: &Param, own: &impl Fn(&str) -> String) -> String {
    let name = own(&param.name);
    let module = if stage.is_thread { "threading" } else { "CONTEXT" };
    match &param.passed {
        Passed::Value(_) => String::new(),
        Passed::Event => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Event()\n"),
        Passed::Lock => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Lock()\n"),
        Passed::Queue { class, of } => {
            let about = if of.is_empty() { String::new() } else { format!("    \"\"\"As the one that is made at {of}.\"\"\"\n") };
            // A process must not wait at its end for what nobody took.
            let end = if class.starts_with("CONTEXT") { "    channel.cancel_join_thread()\n    channel.close()\n" } else { "" };
            format!("\n\n@pytest.fixture\ndef {name}() -> Iterator[Any]:\n{about}    channel = {class}()\n    yield channel\n{end}")
        }
    }
}

/// The test of one stage.
fn test(stage: &Stage, own: &impl Fn(&str) -> String, runner: &str, names: &mut Vec<String>, text: &mut String) {
    let outs: Vec<String> = stage.puts.iter().map(|(param, _)| own(param)).collect();
    let known: Vec<(String, String)> = stage
        .puts
        .iter()
        .filter(|(_, shapes)| !shapes.is_empty())
        .map(|(param, _)| (own(param), constant(&own(param))))
        .collect();
    let (what, mut used): (String, Vec<String>) = match &stage.end {
        End::Message { param, .. } => (format!("ends_after_the_last_message_on_{param}"), vec![own(param)]),
        End::Event(event) => (format!("ends_when_{event}_is_set"), vec![own(event)]),
        End::Itself => ("ends_when_its_work_is_done".to_owned(), Vec::new()),
        End::Never => ("sends_what_it_says".to_owned(), Vec::new()),
    };
    let name = format!("test_{}_{what}", stage.name.trim_start_matches('_'));
    used.extend(outs.iter().cloned());
    let mut seen = BTreeSet::new();
    used.retain(|one| seen.insert(one.clone()));
    let parameters: Vec<String> =
        std::iter::once(runner.to_owned()).chain(used).map(|one| format!("{one}: Any")).collect();
    let _ = write!(text, "\n\ndef {name}({}) -> None:\n", parameters.join(", "));
    if let End::Message { param, text: message } = &stage.end {
        let _ = writeln!(text, "    {}.put({message})", own(param));
    }
    let _ = writeln!(text, "    {runner}.start()");
    if stage.end == End::Never {
        let _ = writeln!(text, "    message = {}.get(timeout=BOUND_S)", outs[0]);
        match known.iter().find(|(out, _)| *out == outs[0]) {
            Some((_, constant)) => {
                let _ = writeln!(text, "    assert any(fits(message, shape) for shape in {constant}), message");
            }
            None => text.push_str("    assert message is not None\n"),
        }
        names.push(name);
        return;
    }
    let mut first = None;
    if let End::Event(event) = &stage.end {
        // It has to be at work before it is told to end.
        if let Some((out, _)) = known.first() {
            let _ = writeln!(text, "    first = {out}.get(timeout=BOUND_S)");
            first = Some(out.clone());
        }
        let _ = writeln!(text, "    {}.set()", own(event));
    }
    let found: Vec<String> = outs.iter().map(|out| format!("from_{out}")).collect();
    let drained = std::iter::once(runner.to_owned()).chain(outs.iter().cloned()).collect::<Vec<_>>().join(", ");
    if outs.is_empty() {
        let _ = writeln!(text, "    {runner}.join(BOUND_S)");
    } else {
        let _ = writeln!(text, "    {}, = drain({drained})", found.join(", "));
    }
    let end = if stage.is_thread { "not {}.is_alive()" } else { "{}.exitcode == 0" };
    if !stage.is_thread && !outs.is_empty() {
        let _ = writeln!(text, "    {runner}.join(BOUND_S)");
    }
    let _ = writeln!(text, "    assert {}, \"it failed, or did not end in time\"", end.replace("{}", runner));
    for (out, constant) in &known {
        let more = if first.as_ref() == Some(out) { "first, *" } else { "*" };
        let _ = writeln!(text, "    for message in [{more}from_{out}]:");
        let _ = writeln!(text, "        assert any(fits(message, shape) for shape in {constant}), message");
    }
    if stage.end == End::Itself && let Some((out, _)) = known.first() {
        let _ = writeln!(text, "    assert from_{out}, \"nothing was sent\"");
    }
    names.push(name);
}
