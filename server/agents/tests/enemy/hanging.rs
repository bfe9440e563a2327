//! Agents that hang, flood, or do not listen.

use std::time::Duration;

use libtest_mimic::Trial;
use pyteam_agents::run::{Event, Outcome, Recorded};

use super::stage::{EDITOR, READER, Stage, answered, assert_says, failure, trial};

/// How much longer than its timeout a run may take on a busy machine, until all is gone.
const SLACK: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("hanging::at_the_start", || hangs("hang-start", "timed out: no answer within 1 s of its start")),
        trial("hanging::opening_a_session", || hangs("hang-session", "while opening a session")),
        trial("hanging::changing_its_mode", || hangs("hang-mode", "while changing its mode or model")),
        trial("hanging::in_its_turn", || hangs("hang-turn", "timed out after 1 s without output")),
        trial("hanging::without_an_end", drips),
        trial("hanging::not_reading", deaf),
        trial("hanging::canceled_in_time", canceled_in_time),
        trial("hanging::canceled_in_vain", canceled_in_vain),
        trial("hanging::canceled_at_the_start", canceled_at_the_start),
        trial("hanging::canceled_in_a_flood", canceled_in_a_flood),
        trial("hanging::without_a_sandbox", without_a_sandbox),
        trial("flood::one_line", || flood("flood-line", "sent a line of more than 8192 KB")),
        trial("flood::a_million_updates", || flood("flood-updates", "sent more than 500000 messages")),
        trial("flood::long_updates", || flood("flood-output", "sent more than 256 MB")),
        trial("flood::files", || refused("flood-files", "more than can be compared")),
        trial("flood::large_files", || refused("flood-large", "more than can be compared")),
        trial("flood::errors_are_put_up_with", flood_errors),
        trial("flood::tool_calls_are_not_all_written_down", flood_calls),
        trial("flood::a_command", || flood("command-flood", "wrote more than 8 MB")),
    ]
}

/// Time-outs of a second, but Python takes its time to start on a busy machine: the stages before get more.
fn hangs(scenario: &str, says: &str) {
    let second = Duration::from_secs(1);
    let mut stage = Stage::new(scenario, READER).limits(|limits| match scenario {
        "hang-start" => limits.start = second,
        "hang-turn" => limits.silence = second,
        _ => limits.session = second,
    });
    let message = failure(stage.run());
    assert_says(&message, &["scripted ", says, "Run it in a terminal"]);
    assert!(stage.took < SLACK, "{:?}", stage.took);
    stage.assert_untouched();
}

fn drips() {
    let mut stage = Stage::new("drip", READER).limits(|limits| limits.turn = Duration::from_secs(1));
    assert_says(&failure(stage.run()), &["timed out after 1 s"]);
    assert!(stage.took < SLACK, "{:?}", stage.took);
}

fn deaf() {
    let message = failure(Stage::new("deaf", READER).run());
    assert!(message.contains("does not read") || message.contains("asked for more than"), "{message}");
}

/// Cancels when the agent has said who it is: it works then.
fn canceling(scenario: &str) -> Stage {
    Stage::new(scenario, EDITOR).on_event(|event, cancel, _| {
        if let Event::Recorded(Recorded::Peer { .. }) = event {
            cancel.cancel();
        }
    })
}

fn canceled_in_time() {
    let mut stage = canceling("stoppable");
    assert_eq!(stage.run(), Outcome::Canceled);
    assert!(stage.took < SLACK, "{:?}", stage.took);
}

fn canceled_in_vain() {
    let mut stage = canceling("hang-turn").limits(|limits| limits.farewell = Duration::from_millis(300));
    assert_eq!(stage.run(), Outcome::Canceled);
    assert!(stage.took < SLACK, "{:?}", stage.took);
    stage.assert_untouched();
}

fn canceled_at_the_start() {
    let mut stage = Stage::new("hang-start", EDITOR).on_event(|event, cancel, _| {
        if let Event::Recorded(Recorded::Held { .. }) = event {
            cancel.cancel();
        }
    });
    assert_eq!(stage.run(), Outcome::Canceled);
    assert!(stage.took < SLACK, "{:?}", stage.took);
}

fn canceled_in_a_flood() {
    let mut stage = canceling("flood-updates").limits(|limits| limits.farewell = Duration::from_millis(100));
    assert_eq!(stage.run(), Outcome::Canceled);
}

fn without_a_sandbox() {
    let mut stage =
        Stage::new("hang-turn", READER).unsupervised().limits(|limits| limits.silence = Duration::from_secs(1));
    assert_says(&failure(stage.run()), &["timed out after 1 s without output"]);
}

fn flood(scenario: &str, says: &str) {
    let mut stage = Stage::new(scenario, EDITOR);
    assert_says(&failure(stage.run()), &["scripted ", says, "No changes were applied"]);
    let progress = stage.events.lock().unwrap().iter().filter(|event| matches!(event, Event::Progress(_))).count();
    assert!(progress < 500, "{progress} lines of progress");
    stage.assert_untouched();
}

fn refused(scenario: &str, says: &str) {
    let mut stage = Stage::new(scenario, EDITOR);
    match stage.run() {
        Outcome::Refused { message, .. } => assert_says(&message, &["rejected", says, "split the request"]),
        other => panic!("{other:?}"),
    }
    stage.assert_untouched();
}

fn flood_errors() {
    assert_eq!(answered(Stage::new("flood-errors", READER).run()).0, "done");
}

fn flood_calls() {
    let mut stage = Stage::new("flood-calls", READER);
    assert_eq!(answered(stage.run()).0, "done");
    let recorded = stage.recorded(|_| Some(())).len();
    assert!(recorded < 2100, "{recorded}");
}
