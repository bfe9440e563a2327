//! The fixtures and the test of one stage.

use std::fmt::Write;

use super::layout::{element, header, lines};
use crate::pattern::{pattern, quoted};
use crate::specialists::python_test_writer::stage::{Param, Passed, Stage};

/// Fixtures and tests of one stage.
pub(super) fn one_stage(stage: &Stage, is_one_of_many: bool, names: &mut Vec<String>) -> String {
    let mut text = String::new();
    // Fixtures of several stages must not take each other's names.
    let own = |name: &str| if is_one_of_many { format!("{}_{name}", stage.name) } else { name.to_owned() };
    for (param, shapes) in stage.puts.iter().filter(|(_, shapes)| !shapes.is_empty()) {
        let patterns: Vec<String> = shapes.iter().map(pattern).collect();
        let _ = write!(
            text,
            "\n\n# Messages that `{}` puts into `{param}`.\n{}: list[Any] = [\n{}]\n",
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
        "\n\n@pytest.fixture\n{}\n    \"\"\"Return `{}`, not started.\"\"\"\n{made}    yield process\n",
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
            quoted(&format!("fill in this fixture: {what}"))
        ),
        Passed::Event => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Event()\n"),
        Passed::Lock => format!("\n\n@pytest.fixture\ndef {name}() -> Any:\n    return {module}.Lock()\n"),
        Passed::Queue { class, of } => {
            let about = if of.is_empty() {
                String::new()
            } else {
                format!("    \"\"\"Same class as the queue created at {of}.\"\"\"\n")
            };
            // A process must not wait at its end for messages that were not taken.
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
    say(&format!("assert {is_over}, \"failed, or did not exit within BOUND_S\""));
    if end.by_itself
        && let Some((out, _)) = known.first()
    {
        say(&format!("assert from_{out}, \"no message was sent\""));
    }
    for (out, constant) in &known {
        let all = if first == Some(out) { format!("[first, *from_{out}]") } else { format!("from_{out}") };
        say(&format!("for message in {all}:"));
        say(&format!("    {}", fits(constant)));
    }
}
