//! What each specialist answers about the example, and that answers stay themselves.

mod common;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use common::{Loaded, agent_named, team};
use pyteam_agents::Answer;
use pyteam_answers::{Before, Handoff, ModifiedFile, Step, Subject};

fn example() -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples/camera_pipeline");
    Loaded::new(&root.canonicalize().unwrap())
}

/// The document, and after it what would change.
fn whole(answer: &Answer) -> String {
    let mut text = answer.document.clone();
    for file in &answer.change.files {
        let path = file.path.display();
        match (&file.before, &file.after) {
            (None, Some(after)) => {
                let _ = write!(text, "\n=== {path} (new)\n{after}");
            }
            (Some(before), Some(after)) => {
                let lines = after.lines().filter(|line| !before.lines().any(|known| known == *line));
                let _ = write!(text, "\n=== {path}\n{}\n", lines.collect::<Vec<_>>().join("\n"));
            }
            (_, None) => {
                let _ = writeln!(text, "\n=== {path} (gone)");
            }
        }
    }
    text
}

#[test]
fn every_specialist_answers_about_the_example() {
    let example = example();
    for agent in team() {
        insta::assert_snapshot!(agent, whole(&example.answer(agent, Subject::Workspace)));
    }
}

#[test]
fn the_subject_narrows_the_answer() {
    let example = example();
    let file = example.file("output.py");
    insta::assert_snapshot!("file", whole(&example.answer("python-architect", Subject::File(file))));
    let symbol = Subject::Symbol(file, "run_output".to_owned());
    insta::assert_snapshot!("symbol", whole(&example.answer("python-async-specialist", symbol)));
    let at = example.findings.iter().find(|(id, _)| *id == file).map(|(_, findings)| {
        findings.iter().position(|finding| &*finding.code == "blocking-get-without-timeout").unwrap()
    });
    insta::assert_snapshot!(
        "finding",
        whole(&example.answer("python-async-specialist", Subject::Finding(file, at.unwrap())))
    );
}

#[test]
fn a_symbol_that_is_not_there_is_said_so() {
    let example = example();
    let subject = Subject::Symbol(example.file("output.py"), "run_away".to_owned());
    let answer = example.answer("python-architect", subject);
    assert!(answer.document.contains("`run_away` is not defined in `output.py`"), "{}", answer.document);
    assert!(answer.change.is_empty());
}

fn handoff(example: &Loaded) -> Handoff {
    let now = example.snapshot.file(example.file("aggregator.py")).unwrap().source().as_str().to_owned();
    let before = now.replace("def draw_lane(", "def draw_track(");
    let file = |path: &str, before| ModifiedFile { path: PathBuf::from(path), before };
    Handoff {
        modified: vec![
            file("websocket.py", Before::Unknown),
            file("aggregator.py", Before::Text(before.into())),
            file("processors.py", Before::Absent),
            file("README.md", Before::Text("old".into())),
            file("gone.py", Before::Text("x = 1\n".into())),
        ],
        steps: vec![Step {
            agent: "python-architect".to_owned(),
            result: "Four processes, typed messages.".to_owned(),
        }],
        performance: vec!["20 frames a second on one core".to_owned()],
        is_from_git: false,
    }
}

#[test]
fn handoffs_say_what_was_done() {
    let example = example();
    for agent in team().into_iter().filter(|agent| agent_named(agent).takes_handoffs()) {
        let goal = "Draw lanes instead of tracks.\nThe viewer needs them.";
        let answer =
            example.with(&agent_named(agent), goal, Subject::Workspace, handoff(&example), pyteam_answers::answer);
        insta::assert_snapshot!(format!("handoff-{agent}"), whole(&answer));
    }
}

#[test]
fn the_same_question_gives_the_same_bytes() {
    let (one, other) = (example(), example());
    for agent in team() {
        let first = whole(&one.answer(agent, Subject::Workspace));
        assert_eq!(first, whole(&one.answer(agent, Subject::Workspace)), "{agent}, asked twice");
        assert_eq!(first, whole(&other.answer(agent, Subject::Workspace)), "{agent}, after another load");
        let brief = |loaded: &Loaded| format!("{:#?}", loaded.brief(agent, Subject::Workspace));
        assert_eq!(brief(&one), brief(&other), "the brief for {agent}");
    }
}

#[test]
fn only_who_may_edit_changes_anything() {
    let example = example();
    for agent in team() {
        let answer = example.answer(agent, Subject::Workspace);
        assert!(agent_named(agent).rights.edit || answer.change.is_empty(), "{agent}");
        for file in &answer.change.files {
            assert!(!file.path.is_absolute() && !file.path.starts_with(".."), "{}", file.path.display());
            if let Some(before) = &file.before {
                assert_eq!(before, &std::fs::read_to_string(example.root.join(&file.path)).unwrap());
            }
        }
    }
    let edits = |agent: &str| !example.answer(agent, Subject::Workspace).change.is_empty();
    assert!(edits("python-async-specialist") && edits("python-ml-specialist") && edits("python-test-writer"));
}

#[test]
fn passwords_do_not_reach_a_document() {
    let example = example();
    let camera = example.file("camera.py");
    for agent in team() {
        assert!(!example.answer(agent, Subject::Workspace).document.contains("Nordtor"), "{agent}");
    }
    for index in 0..example.findings.iter().find(|(id, _)| *id == camera).unwrap().1.len() {
        let answer = example.answer("python-security-reviewer", Subject::Finding(camera, index));
        assert!(!answer.document.contains("Nordtor"), "{}", answer.document);
    }
}

#[test]
fn odd_workspaces_are_answered_for() {
    let folder = tempfile::tempdir().unwrap();
    let check = |loaded: &Loaded| {
        for agent in team() {
            let mut subjects = vec![Subject::Workspace];
            for file in loaded.snapshot.files() {
                subjects.push(Subject::File(file.id));
                subjects.push(Subject::Finding(file.id, 0));
                subjects.push(Subject::Symbol(file.id, "f".to_owned()));
                subjects.push(Subject::Symbol(file.id, "A.f".to_owned()));
            }
            for subject in subjects {
                assert!(loaded.answer(agent, subject.clone()).document.starts_with("# "), "{agent}, {subject:?}");
                loaded.brief(agent, subject);
            }
        }
    };
    check(&Loaded::new(folder.path()));
    let odd: [(&str, &[u8]); 10] = [
        ("empty.py", b""),
        ("broken.py", b"def f(:\n  q = Queue(\nclass A\n  def f(self\n"),
        ("no_text.py", b"\xff\xfe\x00"),
        ("crlf.py", b"class A:\r\n    def f(self) -> None:\r\n        '''\xc3\xa9'''\r\n"),
        ("1number.py", b"import threading\nthreading.Thread(target=lambda: 1).start()\n"),
        (
            "self_run.py",
            b"import threading\ndef f(q, *a, **k):\n    f(q)\nt = threading.Thread(target=f, args=(1,))\nt.start()\n",
        ),
        ("queues.py", b"import queue\nq = queue.Queue(maxsize=(1 +\n  2))\nq.put({'type': 'a\"b|c', **{}})\nq.get()\n"),
        ("cycle.py", b"class A(B):\n    pass\nclass B(A):\n    def f(self): return f\n"),
        ("pyproject.toml", b"[tool\nbroken"),
        ("Dockerfile", b"FROM\nCMD\nUSER\n"),
    ];
    for (path, bytes) in odd {
        std::fs::write(folder.path().join(path), bytes).unwrap();
    }
    check(&Loaded::new(folder.path()));
}
