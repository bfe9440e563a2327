//! The tests' text.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::stage::{Param, Passed, Stage};
use crate::shape::{Shape, quoted};

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
    let mut text =
        format!("\"\"\"Runs the stages of `{module}` for real: what they send, and that they end.\"\"\"\n\n");
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
    if drains {
        text.push_str(DRAIN);
    }
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

/// The longest line that black leaves as it is.
const WIDTH: usize = 88;

/// Lines, each with its end.
fn lines(all: impl Iterator<Item = String>) -> String {
    all.fold(String::new(), |text, line| text + &line + "\n")
}

/// An element of a list over several lines, as black would have it.
fn element(pattern: &str) -> String {
    let line = format!("    {pattern},\n");
    let inner = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(inner) if line.len() > WIDTH => {
            format!("    {{\n{}    }},\n", lines(split(inner).iter().map(|field| format!("        {field},"))))
        }
        _ => line,
    }
}

/// The fields of a dict as it was written: `"a": 1, "b, c": 2`.
fn split(inner: &str) -> Vec<&str> {
    let (mut fields, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, char) in inner.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                fields.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(inner[start..].trim());
    fields
}

/// `def name(parameters) -> returns:`, as black would have it.
fn header(name: &str, parameters: &[String], returns: &str) -> String {
    let line = format!("def {name}({}) -> {returns}:", parameters.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let inner = format!("    {}", parameters.join(", "));
    if inner.len() <= WIDTH {
        return format!("def {name}(\n{inner},\n) -> {returns}:").replace(",\n)", "\n)");
    }
    let parameters = lines(parameters.iter().map(|one| format!("    {one},")));
    format!("def {name}(\n{parameters}) -> {returns}:")
}

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
            patterns.iter().map(|pattern| element(pattern)).collect::<String>()
        );
    }
    for param in &stage.params {
        text.push_str(&fixture(stage, param, &own));
    }
    let given: Vec<&Param> = stage.params.iter().filter(|param| !matches!(param.passed, Passed::Value(_))).collect();
    let parameters: Vec<String> = given.iter().map(|param| format!("{}: Any", own(&param.name))).collect();
    let passed = stage.params.iter().map(|param| {
        let value = match &param.passed {
            Passed::Value(value) => value.clone(),
            _ => own(&param.name),
        };
        (param.name.as_str(), value)
    });
    let passed: Vec<(&str, String)> = passed.collect();
    let runner = own("stage");
    let maker = if stage.is_thread { "threading.Thread" } else { "CONTEXT.Process" };
    let made = if stage.is_class {
        let passed = passed.iter().map(|(name, value)| format!("        {name}={value},\n"));
        format!("    process = {}(\n{}    )\n    process.daemon = True\n", stage.name, passed.collect::<String>())
            .replace("(\n    )", "()")
    } else {
        let passed = lines(passed.iter().map(|(name, value)| format!("            {}: {value},", quoted(name))));
        let kwargs =
            if passed.is_empty() { String::new() } else { format!("        kwargs={{\n{passed}        }},\n") };
        format!("    process = {maker}(\n        target={},\n{kwargs}        daemon=True,\n    )\n", stage.name)
    };
    let _ = write!(
        text,
        "\n\n@pytest.fixture\n{}\n    \"\"\"`{}`, not started yet.\"\"\"\n{made}    yield process\n",
        header(&runner, &parameters, "Iterator[Any]"),
        stage.name,
    );
    if !stage.is_thread {
        text.push_str("    if process.is_alive():\n        process.terminate()\n        process.join(BOUND_S)\n");
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
        Passed::Missing(what) => format!(
            "\n\n@pytest.fixture\ndef {name}() -> Any:\n    pytest.skip({})\n",
            quoted(&format!("make {what} here"))
        ),
        Passed::Event => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Event()\n"),
        Passed::Lock => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Lock()\n"),
        Passed::Queue { class, of } => {
            let about = if of.is_empty() {
                String::new()
            } else {
                format!("    \"\"\"As the one that is made at {of}.\"\"\"\n")
            };
            // A process must not wait at its end for what nobody took.
            let end = if class.starts_with("CONTEXT") {
                "    channel.cancel_join_thread()\n    channel.close()\n"
            } else {
                ""
            };
            format!(
                "\n\n@pytest.fixture\ndef {name}() -> Iterator[Any]:\n{about}    channel = {class}()\n    yield channel\n{end}"
            )
        }
    }
}

/// The test of one stage.
fn test(stage: &Stage, own: &impl Fn(&str) -> String, runner: &str, names: &mut Vec<String>, text: &mut String) {
    let outs: Vec<String> = stage.puts.iter().map(|(param, _)| own(param)).collect();
    let with_shapes = stage.puts.iter().filter(|(_, shapes)| !shapes.is_empty());
    let known: Vec<(String, String)> = with_shapes.map(|(param, _)| (own(param), constant(&own(param)))).collect();
    let end = &stage.end;
    let what = match (&end.event, &end.message) {
        (Some(event), _) => format!("ends_when_{event}_is_set"),
        (None, Some((param, _))) => format!("ends_after_the_last_message_on_{param}"),
        (None, None) if end.by_itself => "ends_when_its_work_is_done".to_owned(),
        (None, None) => "sends_what_it_says".to_owned(),
    };
    let name = format!("test_{}_{what}", stage.name.trim_start_matches('_'));
    let mut used = vec![runner.to_owned()];
    let told = end.message.iter().map(|(param, _)| own(param)).chain(end.event.iter().map(|event| own(event)));
    for one in told.chain(outs.iter().cloned()) {
        if !used.contains(&one) {
            used.push(one);
        }
    }
    let parameters: Vec<String> = used.iter().map(|one| format!("{one}: Any")).collect();
    let _ = write!(text, "\n\n{}\n", header(&name, &parameters, "None"));
    names.push(name);
    let mut say = |line: &str| {
        let _ = writeln!(text, "    {line}");
    };
    if let Some((param, message)) = &end.message {
        say(&format!("{}.put({message})", own(param)));
    }
    say(&format!("{runner}.start()"));
    let fits = |constant: &str| format!("assert any(fits(message, shape) for shape in {constant}), message");
    if end.is_never() {
        say(&format!("message = {}.get(timeout=BOUND_S)", outs[0]));
        match known.iter().find(|(out, _)| *out == outs[0]) {
            Some((_, constant)) => say(&fits(constant)),
            None => say("assert message is not None"),
        }
        return;
    }
    let mut first = None;
    if let Some(event) = &end.event {
        // It has to be at work before it is told to end.
        if let (Some((out, _)), None) = (known.first(), &end.message) {
            say(&format!("first = {out}.get(timeout=BOUND_S)"));
            first = Some(out);
        }
        say(&format!("{}.set()", own(event)));
    }
    if !outs.is_empty() {
        let found: Vec<String> = outs.iter().map(|out| format!("from_{out}")).collect();
        let drained: Vec<String> = std::iter::once(runner.to_owned()).chain(outs.iter().cloned()).collect();
        let target = if found.len() == 1 { format!("[{}]", found[0]) } else { found.join(", ") };
        say(&format!("{target} = drain({})", drained.join(", ")));
    }
    say(&format!("{runner}.join(BOUND_S)"));
    let is_over = if stage.is_thread { format!("not {runner}.is_alive()") } else { format!("{runner}.exitcode == 0") };
    say(&format!("assert {is_over}, \"it failed, or did not end in time\""));
    if end.by_itself
        && let Some((out, _)) = known.first()
    {
        say(&format!("assert from_{out}, \"nothing was sent\""));
    }
    for (out, constant) in &known {
        let all = if first == Some(out) { format!("[first, *from_{out}]") } else { format!("from_{out}") };
        say(&format!("for message in {all}:"));
        say(&format!("    {}", fits(constant)));
    }
}
