//! How an agent's program is held, as its user sees it: what is asked, what is refused, and where it is said.

#![allow(clippy::print_stdout, reason = "a test prints what it measured")]

use pyteam_tests::Scene;
use pyteam_tests::cli::{Outcome, run_with};

/// A user whose agent edits its copy, where `sandbox` is all that may hold it.
struct Held {
    scene: Scene,
    sandbox: &'static str,
}

impl Held {
    fn new(unconfined: &str, sandbox: &'static str) -> Self {
        let scene = Scene::new(&[("a.py", "a = 1\n")]);
        Self { scene: scene.with_unconfined_agent("command", "command-edit", unconfined), sandbox }
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let mut command = self.scene.command(args);
        command.env("PYTEAM_SANDBOX", self.sandbox);
        run_with(command, b"")
    }

    fn ask(&self, more: &[&str]) -> Outcome {
        self.run(&[&["ask", "python-async-specialist", "a.py", "Make it 2"], more].concat())
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.scene.project.path("a.py")).expect("a.py")
    }
}

#[test]
fn only_the_users_own_settings_let_an_unconfined_program_start() {
    for (unconfined, starts) in [("ask", false), ("refuse", false), ("allow-partly", false), ("allow", true)] {
        let held = Held::new(unconfined, "nothing");
        // What a workspace says of it does not hold, trusted or not.
        held.scene.project.write("pyteam.toml", "[agents]\nunconfined = \"allow\"\n");
        held.run(&["trust"]);
        let outcome = held.ask(&["--yes"]);
        if starts {
            assert_eq!((outcome.code, held.text().as_str()), (0, "a = 2\n"), "{outcome:#?}");
            assert!(outcome.stderr.contains("not confined"), "{outcome:#?}");
            continue;
        }
        assert_eq!((outcome.code, held.text().as_str()), (2, "a = 1\n"), "{unconfined}: {outcome:#?}");
        for words in ["scripted was not started", "not confined: it can do what you can", "unconfined = \"allow\""] {
            assert!(outcome.stderr.contains(words), "{unconfined}: {words}: {outcome:#?}");
        }
        let without = held.ask(&[]);
        assert_eq!((without.code, without.stdout.as_str()), (2, ""), "{without:#?}");
        assert!(!held.scene.user.path("state/runs").exists(), "nobody was asked");
    }
}

/// What does not hold is named, one by one, by the answer, the record and the list of agents.
#[cfg(target_os = "linux")]
#[test]
fn what_does_not_hold_is_named_everywhere() {
    let held = Held::new("allow-partly", "landlock");
    let agents = held.run(&["agents", "--output-format", "json"]).json();
    let sandbox = &agents[0]["sandbox"];
    if sandbox["by"] != "landlock" {
        println!("left out: there is no Landlock here: {sandbox}");
        return;
    }
    assert_eq!(sandbox["level"], "partly", "{sandbox}");
    assert!(sandbox["open"].as_array().expect("a list").contains(&"modes".into()), "{sandbox}");
    let said = "partly confined by Landlock and seccomp: it can change permissions and times of your files";
    let agents = held.run(&["agents"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(agents.contains(&format!("scripted: {said}")), "{agents}");
    let outcome = held.ask(&["--yes", "--output-format", "json"]);
    assert_eq!((outcome.code, held.text().as_str()), (0, "a = 2\n"), "{outcome:#?}");
    assert!(outcome.stderr.contains(said), "{outcome:#?}");
    let json = outcome.json();
    assert_eq!(json["sandbox"]["level"], "partly", "{json}");
    let id = json["id"].as_str().expect("a run");
    let shown = held.run(&["runs", "show", id]);
    assert!(shown.stdout.contains(said), "{shown:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn confined_is_said_as_well_and_asked_about_nowhere() {
    let held = Held::new("refuse", "bubblewrap");
    let agents = held.run(&["agents", "--output-format", "json"]).json();
    if agents[0]["sandbox"]["by"] != "bubblewrap" {
        println!("left out: bubblewrap does not work here: {}", agents[0]["sandbox"]);
        let outcome = held.ask(&["--yes"]);
        assert_eq!(outcome.code, 2, "{outcome:#?}");
        return;
    }
    let outcome = held.ask(&["--yes"]);
    assert_eq!((outcome.code, held.text().as_str()), (0, "a = 2\n"), "{outcome:#?}");
    assert!(outcome.stderr.contains("scripted works confined by bubblewrap"), "{outcome:#?}");
}
