//! Runs as they should be.

use std::fs;

use libtest_mimic::Trial;
use pyteam_agents::run::{Outcome, Recorded};
use pyteam_agents::run_log;
use pyteam_agents::sandbox::{Level, Mechanism};
use pyteam_agents::workspace_copy::Buffer;

use super::stage::{EDITOR, READER, Stage, answered, trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("good::an_answer_is_read_and_the_brief_arrives", an_answer),
        trial("good::sessions_modes_and_models", sessions),
        trial("good::the_environment_is_clean_and_the_home_private", environment),
        trial("good::the_agent_sees_unsaved_text_and_no_settings", what_it_sees),
        trial("good::a_large_brief_arrives", large_brief),
        trial("good::a_command_answers_with_a_diff", command_diff),
        trial("good::a_command_edits_its_copy", command_edit),
        trial("good::twenty_side_by_side", twenty),
    ];
    for by in [Mechanism::Bubblewrap, Mechanism::Landlock, Mechanism::Nothing] {
        trials.push(trial(&format!("good::an_edit_is_proposed_{by:?}"), move || an_edit(by)));
    }
    trials.push(trial("good::an_edit_is_proposed_unsupervised", || {
        answered(Stage::new("edit", EDITOR).unsupervised().run());
    }));
    trials
}

fn an_answer() {
    let mut stage = Stage::new("answer", READER);
    let (document, change, remarks) = answered(stage.run());
    assert!(document.starts_with("# Answer\n\nMake it better.\n\n## Your copy"), "{document}");
    assert!(change.is_empty() && remarks.is_empty());
    stage.assert_untouched();
}

fn an_edit(by: Mechanism) {
    let mut stage = Stage::new("edit", EDITOR).held(by);
    let (document, change, _) = answered(stage.run());
    assert_eq!(document, "changed");
    assert_eq!(change.to_diff(), "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n");
    stage.assert_untouched();
    let decisions = stage.recorded(|happened| match happened {
        Recorded::Permission(decision) => Some(decision.allowed),
        _ => None,
    });
    assert_eq!(decisions, [true]);
    let held = stage.confinement();
    println!("{}", held.explanation());
    // Where it is not there, nothing holds it, and the run log says so.
    assert!(held.by == by || held.level() == Level::Not, "{held:?}");
    let run_log = stage.run_log.as_ref().unwrap();
    run_log.add(&Recorded::Decided { accepted: true, reason: "test".to_owned() });
    let (summary, _) = run_log::show(&stage.folder.path().join("state"), run_log.id()).unwrap();
    assert_eq!((summary.state.as_str(), summary.steps[0].permissions), ("accepted", (1, 1)));
    assert_eq!(summary.steps[0].files, ["~ a.py"]);
    assert_eq!(fs::read_to_string(run_log.last_diff().unwrap()).unwrap(), change.to_diff());
}

fn sessions() {
    // A reader gets the mode that only reads, without a request for it.
    let mut stage = Stage::new("sessions", READER);
    assert_eq!(answered(stage.run()).0, "plan None None");
    let mut stage = Stage::new("sessions", EDITOR);
    stage.launch().model = Some("big".to_owned());
    stage.request.resume = Some("earlier".to_owned());
    let home = tempfile::tempdir().unwrap();
    stage.launch().home = Some(home.path().to_owned());
    match stage.run() {
        // A session that is loaded offers nothing here, so that the wish is remarked on.
        Outcome::Answered { answer, session, remarks } => {
            assert_eq!((answer.document.as_str(), session.as_deref()), ("None None earlier", Some("earlier")));
            assert_eq!(remarks.len(), 1);
        }
        other => panic!("{other:?}"),
    }
    let mut stage = Stage::new("sessions", EDITOR);
    stage.launch().model = Some("big".to_owned());
    stage.launch().mode = Some("plan".to_owned());
    assert_eq!(answered(stage.run()).0, "plan big None");
    // One that finds out late that it has forgotten begins anew as well.
    let mut stage = Stage::new("forgetful", EDITOR);
    stage.request.resume = Some("earlier".to_owned());
    let (document, _, remarks) = answered(stage.run());
    assert_eq!((document.as_str(), remarks.len()), ("None None None", 1));
    // Its definition's model is a hint: taken where it is offered, and not missed elsewhere.
    let mut stage = Stage::new("sessions", READER);
    stage.request.model_hint = Some("BIG".to_owned());
    assert_eq!(answered(stage.run()).0, "plan big None");
    stage.request.model_hint = Some("opus".to_owned());
    let (document, _, remarks) = answered(stage.run());
    assert_eq!((document.as_str(), remarks.len()), ("plan None None", 0));
    // Its home goes with the run, and so does what it remembers.
    assert!(matches!(stage.run(), Outcome::Answered { session: None, .. }));
    let mut stage = Stage::new("sessions", EDITOR);
    stage.launch().mode = Some("careful".to_owned());
    let message = super::stage::failure(stage.run());
    super::stage::assert_says(&message, &["scripted does not offer the mode `careful`", "yolo, plan"]);
}

fn environment() {
    let mut stage = Stage::new("environment", READER);
    let (document, ..) = answered(stage.run());
    let environment: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&document).unwrap();
    let mut names: Vec<&str> = environment.keys().map(String::as_str).collect();
    // Python sets it where no language is said.
    names.sort_unstable();
    names.retain(|name| !["LANG", "LC_CTYPE", "PWD"].contains(name));
    assert_eq!(names, ["HOME", "PATH", "PYTEAM_RUN", "SCRIPTED", "TMPDIR"]);
    for name in ["HOME", "TMPDIR"] {
        assert!(environment[name].as_str().unwrap().contains("pyteam-run-"), "{document}");
    }
}

fn what_it_sees() {
    let mut stage = Stage::new("listing", READER);
    for (path, text) in [(".git/config", ""), (".env", "KEY=1"), (".claude/settings.json", "{}"), ("sub/b.py", "")] {
        let path = stage.request.workspace.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    stage.request.buffers = vec![Buffer { path: "typed.py".into(), text: "t = 1\n".into() }];
    let (document, ..) = answered(stage.run());
    assert_eq!(document, r#"["a.py", "sub", "sub/b.py", "typed.py"]"#);
}

fn large_brief() {
    let mut stage = Stage::new("answer", READER);
    stage.request.brief = "word ".repeat(100_000);
    let (document, ..) = answered(stage.run());
    assert!(document.len() > 500_000);
}

fn command_diff() {
    let mut stage = Stage::new("command-diff", EDITOR);
    let (document, change, _) = answered(stage.run());
    assert!(document.starts_with("Here you are:"));
    assert_eq!(change.files[0].after.as_deref(), Some("a = 2\nb = 3\n"));
    stage.assert_untouched();
}

fn command_edit() {
    let mut stage = Stage::new("command-edit", EDITOR);
    let (document, change, _) = answered(stage.run());
    assert_eq!(document, "\\u{1b}[1mdone\\u{1b}[0m\n");
    assert_eq!(change.list(), ["~ a.py"]);
    stage.assert_untouched();
}

fn twenty() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0..20 {
            runs.spawn(async {
                let mut stage = Stage::new("edit", EDITOR);
                let (document, change, _) = answered(stage.run_async().await);
                assert_eq!((document.as_str(), change.list().len()), ("changed", 1));
                stage.assert_untouched();
            });
        }
        while let Some(ended) = runs.join_next().await {
            ended.unwrap();
        }
    });
}
