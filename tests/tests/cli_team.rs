//! `agents`, `init` and `trust`.

use pyteam_tests::Scene;
use pyteam_tests::cli::run_with;
use serde_json::Value;

fn agent(scene: &Scene, name: &str, source: &str) -> Value {
    let outcome = scene.run(&["agents", "--output-format", "json"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let rows = outcome.json();
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["name"] == name && row["source"] == source).unwrap_or_else(|| panic!("{name}")).clone()
}

const EDITOR: &str = "---\nname: python-architect\ndescription: Ours.\ntools: Read, Edit\n---\nOurs.\n";

#[test]
fn the_team_is_listed() {
    let scene = Scene::new(&[]);
    let outcome = scene.run(&["agents"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:#?}");
    assert!(outcome.stdout.contains("\nBuilt in\n"), "{outcome:#?}");
    assert!(outcome.stdout.ends_with("16 agents, 16 available.\n"), "{outcome:#?}");
    assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 120), "{outcome:#?}");
    let row = agent(&scene, "python-architect", "built-in");
    for (key, value) in [("read", true), ("edit", false), ("execute", false), ("reachable", true)] {
        assert_eq!(row[key], value, "{row:#?}");
    }
    assert_eq!((&row["model"], &row["backend"], &row["reason"]), (&"opus".into(), &"built-in".into(), &Value::Null));
    assert_eq!(scene.run(&["agents", "no/such/folder"]).code, 2);
}

#[test]
fn one_agent_is_shown_whole() {
    let scene = Scene::new(&[]);
    let rows = scene.run(&["agents", "--output-format", "json"]).json();
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "python-async-specialist").unwrap();
    assert_eq!((&row["speed"], &row["owns"]), (&"medium".into(), &Value::Array(Vec::new())));
    assert!(row["rules"].as_array().unwrap().contains(&"fork-after-thread".into()), "{row:#?}");
    assert!(!row["produces"].as_array().unwrap().is_empty(), "{row:#?}");
    let outcome = scene.run(&["agents", "--show", "python-async-specialist"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    for text in ["permissions  read, edit, run programs", "speed        medium", "fork-after-thread", "## How to work"]
    {
        assert!(outcome.stdout.contains(text), "{text}: {outcome:#?}");
    }
    let outcome = scene.run(&["agents", "--show", "architect"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:#?}");
    assert!(outcome.stderr.contains("did you mean `python-architect`?"), "{outcome:#?}");
}

#[test]
fn a_workspace_is_listed_and_holds_once_it_is_trusted() {
    let scene = Scene::new(&[(".claude/agents/architect.md", EDITOR), ("pyproject.toml", "[project]\nname = 'x'\n")]);
    let row = agent(&scene, "python-architect", "workspace");
    assert_eq!((&row["edit"], &row["reachable"]), (&false.into(), &false.into()), "{row:#?}");
    assert!(row["reason"].as_str().unwrap().contains("pyteam trust"));
    assert_eq!(agent(&scene, "python-architect", "built-in")["reachable"], true);
    let shown = scene.run(&["trust", "--show"]);
    assert!(
        shown.stdout.contains(": not trusted\n") && shown.stdout.contains("agent python-architect may edit"),
        "{shown:#?}"
    );
    let trusted = scene.run(&["trust"]);
    assert_eq!(trusted.code, 0, "{trusted:#?}");
    assert!(trusted.stdout.contains(": trusted\n"), "{trusted:#?}");
    let row = agent(&scene, "python-architect", "workspace");
    assert_eq!((&row["edit"], &row["reachable"]), (&true.into(), &true.into()), "{row:#?}");
    assert_eq!(agent(&scene, "python-architect", "built-in")["in_use"], false);
    assert!(scene.run(&["trust", "--list"]).stdout.ends_with("1 workspace trusted.\n"));
    // From another folder of the project it is the same workspace.
    scene.project.write("src/a.py", "");
    let mut below = scene.command(&["agents", "--output-format", "json"]);
    below.current_dir(scene.project.path("src"));
    assert_eq!(run_with(below, b"").json()[0]["source"], "workspace");
    // Other rights ask again.
    scene.project.write(".claude/agents/architect.md", &EDITOR.replace("Edit", "Edit, Bash"));
    assert_eq!(agent(&scene, "python-architect", "workspace")["edit"], false);
    assert_eq!(scene.run(&["trust", "--show", "--output-format", "json"]).json()["trust"], "changed");
    let revoked = scene.run(&["trust", "--revoke", "--output-format", "json"]).json();
    assert_eq!(revoked["was_trusted"], true);
    assert_eq!(scene.run(&["trust", "--list", "--output-format", "json"]).json().as_array().unwrap().len(), 0);
}

#[cfg(unix)]
#[test]
fn backends_are_resolved_and_never_started() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new(&[(
        "pyteam.toml",
        "[agents]\nbackend = 'theirs'\n[agents.backends.theirs]\nkind = 'command'\ncommand = ['sh', '-c', 'touch started']\n",
    )]);
    for place in [&scene.user, &scene.project] {
        place.write("bin/my-agent", "#!/bin/sh\ntouch started\n");
        std::fs::set_permissions(place.path("bin/my-agent"), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    scene.user.write(
        "config/pyteam.toml",
        "[agents.backends.mine]\nkind = 'acp'\ncommand = ['my-agent']\n[agents.use]\npython-ml-specialist = 'mine'\n",
    );
    let row = |bin: std::path::PathBuf| {
        let mut command = scene.command(&["agents", "--output-format", "json"]);
        let outcome = run_with(
            {
                command.env("PATH", bin);
                command
            },
            b"",
        );
        let json = outcome.json();
        json.as_array().unwrap().iter().find(|row| row["name"] == "python-ml-specialist").unwrap().clone()
    };
    let found = row(scene.user.path("bin"));
    assert_eq!((&found["backend"], &found["reachable"]), (&"mine".into(), &true.into()), "{found:#?}");
    let inside = row(scene.project.path("bin"));
    assert!(inside["reason"].as_str().unwrap().contains("is in the workspace"), "{inside:#?}");
    let missing = row(scene.user.path("nowhere"));
    assert!(missing["reason"].as_str().unwrap().contains("not found on the PATH"), "{missing:#?}");
    assert_eq!(agent(&scene, "python-architect", "built-in")["backend"], "built-in");
    scene.run(&["trust"]);
    assert_eq!(agent(&scene, "python-architect", "built-in")["backend"], "theirs");
    for folder in [scene.project.root(), scene.user.root()] {
        assert!(!folder.join("started").exists());
    }
}

#[test]
fn settings_and_the_team_are_written_and_never_overwritten() {
    let scene = Scene::new(&[]);
    let outcome = scene.run(&["init"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "pyteam.toml: written\n"), "{outcome:#?}");
    assert_eq!(scene.run(&["init"]).code, 2);
    let check = scene.run(&["check"]);
    assert_eq!(check.code, 0, "{check:#?}");
    scene.project.write("pyteam.toml", "max-depth = 7\n");
    scene.project.write(".claude/agents/python-architect.md", EDITOR);
    let outcome = scene.run(&["init", "--agents", "--output-format", "json"]).json();
    let count = |what: &str| outcome.as_array().unwrap().iter().filter(|one| one["outcome"] == what).count();
    assert_eq!((count("written"), count("kept")), (15, 2));
    let read = |path: &str| std::fs::read_to_string(scene.project.path(path)).unwrap();
    assert_eq!(read("pyteam.toml"), "max-depth = 7\n");
    assert_eq!(read(".claude/agents/python-architect.md"), EDITOR);
    assert_eq!(scene.run(&["init", "--agents", "--force"]).code, 0);
    assert!(read(".claude/agents/python-architect.md").contains("tools: Read, Grep, Glob, Task"));
    // What was written is what is built in.
    scene.run(&["trust"]);
    let written = agent(&scene, "python-architect", "workspace");
    assert_eq!((&written["reachable"], &written["remarks"]), (&true.into(), &serde_json::json!([])));
}

const MAIN: &str = "import multiprocessing as mp\n\nimport torch\n\n\ndef work(inbox):\n    while True:\n        message = inbox.get(timeout=1)\n        \
    if message is None:\n            break\n\n\nif __name__ == '__main__':\n    inbox = mp.Queue(maxsize=4)\n    \
    worker = mp.Process(target=work, args=(inbox,))\n    worker.start()\n    inbox.put({'id': 1})\n    inbox.put(None)\n    worker.join(timeout=5)\n";

#[test]
fn a_specialist_knows_the_project() {
    let scene = Scene::new(&[
        ("camera/main.py", MAIN),
        ("camera/__init__.py", ""),
        ("flask.py", "x = 1\n"),
        ("use.py", "import flask\n"),
        ("tests/test_main.py", "import pytest\nimport multiprocessing\n\nq = multiprocessing.Queue()\nq.put(1)\n"),
    ]);
    let outcome = scene.run(&["init", "--specialist", "camera-specialist"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let path = scene.project.path(".claude/agents/camera-specialist.md");
    let text = std::fs::read_to_string(&path).unwrap();
    for line in [
        "name: camera-specialist\n",
        "It has 4 source files and 1 test file.",
        "- Machine learning: PyTorch (1 file)",
        "- process `work`, made at camera/main.py:15: started at camera/main.py:16, joined at camera/main.py:19",
        "- `inbox`, a `multiprocessing.queues.Queue` with bound `4`, made at camera/main.py:14: `the module` put, `work` take",
        "  - message `{\"id\": int}`",
        "They are written with pytest.",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    for line in ["rules:\n", "  - no-poison-pill\n", "  - unbounded-queue\n", "  - unsafe-model-load\n"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("deep-inheritance"), "nothing here speaks for it: {text}");
    assert_eq!(outcome.stderr.matches("`pyteam trust`").count(), 1, "{outcome:#?}");
    assert!(!text.contains("Flask"), "a module of the project's own: {text}");
    let row = agent(&scene, "camera-specialist", "workspace");
    assert_eq!((&row["read"], &row["edit"], &row["remarks"]), (&true.into(), &false.into(), &serde_json::json!([])));
    assert!(row["reason"].as_str().unwrap().contains("its rules are ignored until you trust"), "{row:#?}");
    scene.run(&["trust"]);
    assert_eq!(agent(&scene, "camera-specialist", "workspace")["reachable"], true);
    let again = scene.run(&["init", "--specialist", "camera-specialist", "--force"]);
    assert!(again.code == 0 && !again.stderr.contains("pyteam trust"), "{again:#?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    for name in ["../evil", "Camera", "python-architect", ""] {
        assert_eq!(scene.run(&["init", "--specialist", name]).code, 2, "{name}");
    }
}

#[test]
fn an_agent_that_cannot_be_used_says_why_where_it_is_asked() {
    let scene =
        Scene::new(&[("a.py", "a = 1\n"), (".claude/agents/bomb.md", "---\nname: bomb\ntools: [\n---\nNothing.\n")]);
    let listed = agent(&scene, "bomb", "workspace");
    let reason = listed["reason"].as_str().unwrap();
    let outcome = scene.run(&["ask", "bomb"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("cannot ask bomb: ") && outcome.stderr.contains(reason), "{outcome:#?}");
}

#[test]
fn files_that_say_what_pyteam_says_are_no_second_team() {
    let scene = Scene::new(&[("a.py", "a = 1\n")]);
    assert_eq!(scene.run(&["init", "--agents"]).code, 0);
    for trusted in [false, true] {
        if trusted {
            assert_eq!(scene.run(&["trust"]).code, 0);
        }
        let shown = scene.run(&["agents"]).stdout;
        assert!(!shown.contains("unavailable"), "{shown}");
        assert!(
            shown.contains("16 agents, 16 available.\n16 agent files are identical to the built-in agents."),
            "{shown}"
        );
    }
    // One that was changed is an agent of its own again.
    let path = ".claude/agents/git-helper.md";
    let text = std::fs::read_to_string(scene.project.path(path)).unwrap();
    scene.project.write(path, &format!("{text}\nAlways say please.\n"));
    scene.run(&["trust", "--revoke"]);
    let shown = scene.run(&["agents"]).stdout;
    assert!(shown.contains("This workspace, not trusted") && shown.contains("15 agent files are identical"), "{shown}");
}
