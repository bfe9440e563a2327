//! The team behind the light bulb: whom it offers, and how a request goes until it is answered.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::client::{Manners, capabilities, range_of};
use pyteam_tests::desk::{Desk, LOADS, no_process_is_left, says, titles};
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

#[test]
fn the_light_bulb_names_the_owner_and_those_whom_the_place_speaks_for() {
    let mut desk = Desk::new(LOADS, None, &[]);
    let actions = desk.actions([4, 11, 4, 11]);
    let titles = titles(&actions);
    assert!(titles.contains(&"Ask python-security-reviewer about unsafe-model-load"), "{titles:?}");
    let about: Vec<_> = titles.iter().filter(|title| title.contains("about `restore`")).collect();
    assert!((2..=4).contains(&about.len()), "{titles:?}");
    assert_eq!(**about.last().expect("some"), "Ask another agent about `restore`...");
    // Nothing but a command each: it is worked out when it is chosen.
    assert!(actions.iter().filter(|action| says(action, "title").starts_with("Ask")).all(|action| {
        action.get("edit").is_none() && action.get("data").is_none() && action["command"]["command"].is_string()
    }));
}

#[test]
fn without_any_settings_the_index_answers() {
    let mut desk = Desk::with_windows(LOADS, None);
    let answer = desk.ask("Ask python-security-reviewer about unsafe-model-load");
    assert_eq!(answer, json!({"run": 1}));
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(document.contains("unsafe-model-load") && document.contains("a.py:5"), "{document}");
    assert!(desk.records().contains("\"built-in\""));
}

#[test]
fn an_answer_that_cannot_be_shown_is_said_to_be_somewhere() {
    let mut desk = Desk::new(LOADS, None, &[]);
    desk.ask("Ask python-security-reviewer about unsafe-model-load");
    let message = desk.told("answer of python-security-reviewer: ");
    let path = message.rsplit(' ').next().expect("a path");
    assert!(fs::read_to_string(path).expect("a document").contains("unsafe-model-load"));
}

#[test]
fn a_repair_is_asked_for_only_where_one_can_be_made() {
    // A wait in a `finally` that is no loop's has no repair.
    let text =
        "import queue\n\n\ndef drain(inbox: queue.Queue[int]) -> None:\n    print([inbox.get() for _ in range(3)])\n";
    for (scenario, verb) in [(None, "about"), (Some("edit"), "to fix")] {
        let mut desk = Desk::new(text, scenario, &[]);
        let settings = desk.user.path().join("pyteam.toml");
        if scenario.is_some() {
            let more = fs::read_to_string(&settings).expect("settings");
            fs::write(&settings, more + "[agents.rights.python-async-specialist]\nedit = true\n").expect("written");
        }
        let actions = desk.actions([4, 12, 4, 12]);
        let title = format!("Ask python-async-specialist {verb} blocking-get-without-timeout");
        assert!(titles(&actions).contains(&title.as_str()), "{title}: {:?}", titles(&actions));
    }
}

#[test]
fn a_request_is_canceled_by_its_bar_and_by_the_light_bulb() {
    for by_bar in [true, false] {
        let mut desk = Desk::with_windows(LOADS, Some("hang-turn"));
        desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
        desk.allow_progress();
        desk.works();
        if by_bar {
            desk.client.notify("window/workDoneProgress/cancel", &json!({"token": "pyteam/run/1"}));
        } else {
            let actions = desk.actions([0, 0, 0, 0]);
            let cancel = actions.iter().find(|action| says(action, "title").starts_with("Cancel request to"));
            let cancel = cancel.unwrap_or_else(|| panic!("{:?}", titles(&actions))).clone();
            desk.choose(&cancel);
        }
        desk.told("canceled; no files changed");
        assert!(desk.records().contains("canceled"));
        let left = desk.actions([0, 0, 0, 0]);
        assert!(!titles(&left).iter().any(|title| title.starts_with("Cancel")), "{:?}", titles(&left));
    }
}

#[test]
fn an_answer_of_the_index_is_about_all_of_it_or_canceled() {
    let files: Vec<(String, String)> = (0..150)
        .map(|n| (format!("m{n}.py"), "import torch\nmodel = torch.load(open('x', 'rb'))\n".repeat(3)))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    for canceled in [false, true] {
        let mut desk = Desk::with_windows(LOADS, None);
        for (name, text) in &files {
            desk.project.write(name, text);
        }
        let params = json!({"command": "pyteam.restartIndex"});
        desk.client.request("workspace/executeCommand", &params);
        let params = json!({"command": "pyteam.ask", "arguments": ["python-security-reviewer"]});
        desk.client.request("workspace/executeCommand", &params);
        if canceled {
            desk.client.request("workspace/executeCommand", &json!({"command": "pyteam.cancelRun", "arguments": [1]}));
            desk.allow_progress();
            desk.told("canceled; no files changed");
            continue;
        }
        desk.allow_progress();
        let document = fs::read_to_string(desk.shown_document()).expect("a document");
        assert!(document.contains("Scope: 151 files"), "{document}");
    }
}

#[test]
fn a_flood_of_an_agent_s_does_not_hold_up_an_edit() {
    let mut desk = Desk::with_windows(LOADS, Some("flood-updates"));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    let uri = desk.uri.clone();
    let mut slowest = Duration::ZERO;
    for version in 2..30 {
        let start = Instant::now();
        desk.client.did_change(&uri, version, Some([0, 0, 0, 0]), "#\n");
        assert!(!desk.client.pulled(&uri).is_empty());
        slowest = slowest.max(start.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}

#[test]
fn an_end_of_the_server_is_the_end_of_its_agents() {
    let word = format!("desk-{}", std::process::id());
    let mut desk = Desk::with_windows(LOADS, Some(&format!("hang-turn\", \"--token\", \"{word}")));
    desk.ask("Ask python-security-reviewer to fix unsafe-model-load");
    desk.allow_progress();
    desk.works();
    desk.client.vanish();
    desk.client.ended();
    no_process_is_left(&word);
}

#[test]
fn an_agent_that_cannot_be_asked_says_why() {
    let mut desk = Desk::new(LOADS, None, &[]);
    let params = json!({"command": "pyteam.ask", "arguments": ["no-such-agent", "do it"]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("unknown agent `no-such-agent`");
}

#[test]
fn a_workspace_that_names_commands_is_trusted_first() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/scripted_agent.py");
    let settings = format!(
        "[agents]\nbackend = \"theirs\"\n\n[agents.backends.theirs]\nkind = \"acp\"\ncommand = [\"python3\", {:?}, \"answer\"]\n",
        script.display().to_string()
    );
    for choice in ["Do Not Trust", "Trust"] {
        let mut desk = Desk::with_windows(LOADS, None);
        desk.project.write("pyteam.toml", &settings);
        let wish = json!({"agent": "python-security-reviewer", "document": desk.uri});
        let params = json!({"command": "pyteam.ask", "arguments": [wish]});
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.decide(choice);
        if choice == "Trust" {
            desk.allow_progress();
        }
        desk.shown_document();
        let is_theirs = desk.records().contains("\"acp\"");
        assert_eq!(is_theirs, choice == "Trust", "{}", desk.records());
        // Asked once, not at every request.
        desk.client.request("workspace/executeCommand", &params);
        desk.allow_progress();
        desk.shown_document();
    }
}

#[test]
fn the_question_for_trust_can_be_canceled() {
    let mut desk = Desk::with_windows(LOADS, None);
    let settings =
        "[agents]\nbackend = \"theirs\"\n\n[agents.backends.theirs]\nkind = \"acp\"\ncommand = [\"python3\"]\n";
    desk.project.write("pyteam.toml", settings);
    let wish = json!({"agent": "python-security-reviewer", "document": desk.uri});
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    let run = desk.client.request("workspace/executeCommand", &params)["run"].clone();
    desk.allow_progress();
    let (_, question) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&question, "message");
    assert!(question.contains("runs the command: python3; All other agents") && !question.contains(".;"), "{question}");
    let params = json!({"command": "pyteam.cancelRun", "arguments": [run]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("canceled; no files changed");
    assert!(!titles(&desk.actions([4, 11, 4, 11])).iter().any(|title| title.starts_with("Cancel")));
}

#[test]
fn a_session_is_gone_on_with() {
    let mut desk = Desk::with_windows(LOADS, Some("sessions"));
    let settings = desk.user.path().join("pyteam.toml");
    let home = desk.user.path().join("agent-home");
    fs::create_dir(&home).expect("a folder");
    let text = fs::read_to_string(&settings).expect("settings");
    let line = format!("kind = \"acp\"\nhome = {:?}\n", home.display().to_string());
    fs::write(&settings, text.replace("kind = \"acp\"\n", &line)).expect("written");
    desk.ask("Ask python-security-reviewer to fix");
    desk.allow_progress();
    desk.shown_document();
    let actions = desk.actions([4, 11, 4, 11]);
    let further = actions.iter().find(|action| says(action, "title").starts_with("Continue with "));
    let further = further.unwrap_or_else(|| panic!("{:?}", titles(&actions))).clone();
    desk.choose(&further);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(!document.trim().ends_with("None"), "it was not the earlier session: {document}");
}

#[test]
fn clients_can_let_their_users_choose() {
    let mut desk = Desk::with_windows(LOADS, None);
    let place = json!({"document": desk.uri, "about": {"place": range_of([4, 11, 4, 11])}});
    let params = json!({"command": "pyteam.agents", "arguments": [place]});
    let agents = desk.client.request("workspace/executeCommand", &params);
    let first = &agents[0];
    assert_eq!(says(first, "name"), "python-security-reviewer", "{agents}");
    assert!(!says(first, "reason").is_empty() && !says(first, "description").is_empty(), "{first}");
    assert_eq!(agents.as_array().map(Vec::len), Some(16));
    // An agent that is not named is chosen by the place.
    let mut wish = place.clone();
    wish["agent"] = json!("anyone");
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    desk.client.request("workspace/executeCommand", &params);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(document.contains("restore") && desk.records().contains("python-security-reviewer"), "{document}");
    let wish = json!({"agent": "python-architect", "document": desk.uri, "about": {"symbol": "gone"}});
    let params = json!({"command": "pyteam.ask", "arguments": [wish]});
    desk.client.request("workspace/executeCommand", &params);
    desk.told("`gone` not found in this file");
}

#[test]
fn an_agent_s_file_that_cannot_be_used_says_so_where_it_is() {
    let project = Project::new(&[("a.py", LOADS), (".claude/agents/broken.md", "---\nname: [\n---\nNothing.\n")]);
    let mut client = Client::start(Manners::Silent, &json!({}));
    client.initialize(&project, &capabilities::pull(), &Value::Null);
    client.did_open(&project.uri("a.py"), 1, LOADS);
    let uri = project.uri(".claude/agents/broken.md");
    let published = client.wait_for("the file's diagnostics", |message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == json!(uri)
    });
    let diagnostics = published["params"]["diagnostics"].as_array().expect("diagnostics").clone();
    assert_eq!(diagnostics[0]["severity"], 2, "{diagnostics:?}");
    assert!(!says(&diagnostics[0], "message").is_empty());
}

#[test]
fn lenses_stand_above_what_was_found() {
    let mut desk = Desk::new(LOADS, None, &[("textDocument.codeLens", json!({}))]);
    assert!(desk.client.capabilities["codeLensProvider"].is_object());
    let params = json!({"textDocument": {"uri": desk.uri}});
    let lenses = desk.client.request("textDocument/codeLens", &params);
    assert_eq!(lenses[0]["range"]["start"]["line"], 3, "{lenses}");
    assert_eq!(lenses[0]["command"]["title"], "1 finding: ask python-security-reviewer");
    assert_eq!(lenses[0]["command"]["command"], "pyteam.ask");
    assert_eq!(lenses.as_array().map(Vec::len), Some(1), "{lenses}");
}

#[test]
fn whom_to_ask_is_asked() {
    let mut desk = Desk::with_windows(LOADS, None);
    let actions = desk.actions([4, 11, 4, 11]);
    let other =
        actions.iter().find(|action| says(action, "title").starts_with("Ask another")).expect("offered").clone();
    desk.choose(&other);
    desk.decide("python-architect");
    desk.allow_progress();
    assert!(fs::read_to_string(desk.shown_document()).expect("a document").starts_with("# "));
}

/// What does not hold is asked about, once for each backend; what the user does not want is not started.
#[test]
fn less_than_confined_is_asked_about() {
    let windows = [("window.showDocument", json!({"support": true}))];
    let mut desk = Desk::held(LOADS, Some("answer"), &windows, "ask", Some("nothing"));
    desk.ask("Ask python-security-reviewer");
    let (id, params) = desk.client.server_asks("window/showMessageRequest");
    let question = says(&params, "message");
    assert!(question.contains("scripted would be not confined: it can do what you can"), "{question}");
    desk.client.reply(&id, &json!({"title": "Do Not Start"}));
    let told = desk.told("was not started");
    assert!(told.contains("unconfined = \"allow\""), "{told}");
    desk.ask("Ask python-security-reviewer");
    desk.decide("Start Anyway");
    desk.shown_document();
    assert!(desk.records().contains("\"level\":\"not\""), "{}", desk.records());
    // It has been accepted.
    desk.ask("Ask python-security-reviewer");
    desk.shown_document();
    let mut desk = Desk::held(LOADS, Some("answer"), &windows, "refuse", Some("nothing"));
    desk.ask("Ask python-security-reviewer");
    desk.told("was not started");
}

#[test]
fn words_that_the_index_cannot_read_are_said_not_to_be_read() {
    let mut desk = Desk::with_windows(LOADS, None);
    let params = json!({"command": "pyteam.ask", "arguments": ["python-architect", "Plan a party"]});
    desk.client.request("workspace/executeCommand", &params);
    desk.allow_progress();
    let document = fs::read_to_string(desk.shown_document()).expect("a document");
    assert!(
        document.starts_with("Built-in answer (no model): it did not read your request \"Plan a party\""),
        "{document}"
    );
}
