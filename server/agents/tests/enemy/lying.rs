//! Agents that die, speak something else, or are none.

use libtest_mimic::Trial;
use pyteam_agents::sandbox::Mechanism;

use super::stage::{EDITOR, READER, Stage, answered, assert_says, failure, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let cases: [(&str, &[&str]); 12] = [
        ("die-start", &["exited with code 3 while starting", "Last output: \\u{1b}[31mno such key\\u{1b}[0m"]),
        ("die-turn", &["exited with code 9 while working", "No changes were applied", "out of memory"]),
        ("die-signal", &["exited by signal 11 while working"]),
        ("version-two", &["uses version 2", "pyteam supports version 1", "install a version"]),
        ("version-word", &["does not report its version"]),
        ("stops-oddly", &["`enlightenment`", "No changes were applied"]),
        ("refuses", &["scripted refused", "I would rather not."]),
        ("wants-login", &["requires a login", "Authentication required", "Log in with its own program"]),
        ("model-error", &["rejected the prompt: Internal error (quota exceeded)"]),
        ("no-agent", &["without using the Agent Client Protocol", "usage: tool"]),
        ("babbles", &["does not use the Agent Client Protocol", "la la la"]),
        ("command-fail", &["exited with code 1", "Last output: no network"]),
    ];
    let mut trials: Vec<Trial> = cases
        .into_iter()
        .map(|(scenario, says)| {
            trial(&format!("lying::{}", scenario.replace('-', "_")), move || {
                let mut stage = Stage::new(scenario, EDITOR);
                assert_says(&failure(stage.run()), says);
                stage.assert_untouched();
            })
        })
        .collect();
    trials.push(trial("lying::close_output", close_output));
    trials.push(trial("lying::a_command_that_closes_its_output_and_goes_on", close_and_go_on));
    trials.push(trial("lying::dies_without_a_sandbox", dies_without_a_sandbox));
    trials.push(trial("lying::greets_and_tells_unknown_things", greets));
    trials.push(trial("lying::is_not_there", is_not_there));
    trials.push(trial("lying::stands_in_the_workspace", stands_in_the_workspace));
    trials.push(trial("lying::cannot_be_run", cannot_be_run));
    trials
}

/// The pipe has no other end but the agent's: what it closes is closed, under each of the mechanisms.
fn close_output() {
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        let silence = std::time::Duration::from_mins(1);
        let mut stage = Stage::new("close-output", EDITOR).held(by).limits(|limits| {
            (limits.silence, limits.turn) = (silence, silence);
        });
        assert_says(&failure(stage.run()), &["closed its output while working", "No changes were applied"]);
        assert!(stage.took < silence / 3, "{by:?}: {:?}", stage.took);
        stage.assert_untouched();
    }
}

/// What a command makes after it has closed its output is half of something, unless it ends well.
fn close_and_go_on() {
    let short = std::time::Duration::from_millis(500);
    let mut stage = Stage::new("command-close-and-write", EDITOR).limits(|limits| limits.settle = short);
    assert_says(&failure(stage.run()), &["closed its output while working", "kept running", "No changes were applied"]);
    stage.assert_untouched();
    let mut stage = Stage::new("command-close-and-fail", EDITOR);
    assert_says(&failure(stage.run()), &["exited with code 1", "no network"]);
    stage.assert_untouched();
}

fn dies_without_a_sandbox() {
    let mut stage = Stage::new("die-turn", EDITOR).unsupervised();
    assert_says(&failure(stage.run()), &["exited with code 9 while working", "out of memory"]);
}

fn greets() {
    let mut stage = Stage::new("greets", READER);
    let (document, ..) = answered(stage.run());
    assert_eq!(document, "-32601 -32601 -32601 -32601");
    stage.assert_untouched();
}

fn is_not_there() {
    let mut stage = Stage::new("answer", READER);
    stage.launch().program = "/nowhere/agent".into();
    assert_says(&failure(stage.run()), &["program not found: /nowhere/agent", "install scripted"]);
    let mut stage = Stage::new("answer", READER);
    stage.launch().program = "agent".into();
    assert_says(&failure(stage.run()), &["is not an absolute path"]);
}

fn stands_in_the_workspace() {
    let mut stage = Stage::new("answer", READER);
    let program = stage.request.workspace.join("a.py");
    stage.launch().program = program;
    assert_says(&failure(stage.run()), &["is in the workspace"]);
}

fn cannot_be_run() {
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        let mut stage = Stage::new("answer", READER).held(by);
        let program = stage.folder.path().join("data.bin");
        std::fs::write(&program, "no program").unwrap();
        stage.launch().program = program;
        let message = failure(stage.run());
        assert!(message.contains("cannot start"), "{message}");
    }
}
