//! Queues and pipes across files: `pyteam topology`, and what the editor shows of them.

use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::cli::run;
use pyteam_tests::client::{PATIENCE, capabilities};
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const WORKER: &str =
    "def work(tasks, results):\n    while True:\n        task = tasks.get()\n        results.put((task['id'], True))\n";
const MAIN: &str = "import multiprocessing as mp\nfrom worker import work\n\n\ndef main():\n    ctx = mp.get_context('spawn')\n    tasks = ctx.Queue(maxsize=8)\n    results = ctx.Queue()\n    process = ctx.Process(target=work, args=(tasks, results))\n    process.start()\n    tasks.put({'id': 1})\n    print(results.get(timeout=1))\n    process.join()\n";

fn pipeline() -> Project {
    Project::new(&[("worker.py", WORKER), ("main.py", MAIN), ("pyproject.toml", "[project]\nname = 'p'\n")])
}

#[test]
fn the_topology_names_processes_channels_and_messages() {
    let project = pipeline();
    let topology = run(&project, &["topology", "--output-format", "json"]).json();
    let process = &topology["processes"][0];
    assert_eq!(topology["processes"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&process["kind"], &process["target"], &process["start_method"]),
        (&json!("process"), &json!("work"), &json!("spawn"))
    );
    assert_eq!(process["started"][0]["location"]["row"], 10);
    assert_eq!(process["joined"][0]["function"], "main");
    let [tasks, results] = topology["channels"].as_array().expect("channels").as_slice() else {
        panic!("two channels: {topology}")
    };
    assert_eq!((&tasks["name"], &tasks["bound"]), (&json!("tasks"), &json!("8")));
    assert_eq!(tasks["messages"], json!(["{\"id\": int}"]));
    assert_eq!(tasks["consumers"][0]["filename"], "worker.py");
    assert_eq!(tasks["consumers"][0]["processes"], json!([0]));
    assert_eq!(tasks["producers"][0]["processes"], json!([]));
    assert_eq!(results["messages"], json!(["(?, bool)"]));
    let text = run(&project, &["topology"]);
    assert_eq!(text.code, 0);
    assert!(text.stdout.contains("get        worker.py:3 in work"), "{text:#?}");
    assert!(run(&project, &["topology", "--output-format", "mermaid"]).stdout.starts_with("flowchart LR\n"));
    assert!(run(&project, &["topology", "--output-format", "dot"]).stdout.starts_with("digraph topology {\n"));
    assert_eq!(run(&project, &["topology", "nowhere"]).code, 2);
}

#[test]
fn an_editor_is_given_the_topology_as_a_document() {
    let odd = "from multiprocessing import Process\n\n\ndef odd_():\n    pass\n\n\n\
               Process(target=odd_, name='<img src=x>\\n```').start()\n";
    let project = Project::new(&[("worker.py", WORKER), ("main.py", MAIN), ("<b>_odd.py", odd)]);
    let mut client = Client::open(&project, &capabilities::push());
    let command = json!({"command": "pyteam.topology", "arguments": [{}]});
    let start = Instant::now();
    let text = loop {
        let answer = client.request("workspace/executeCommand", &command);
        let text = answer.as_str().expect("a document").to_owned();
        if !text.contains("still being read") {
            break text;
        }
        assert!(start.elapsed() < PATIENCE, "{text}");
        thread::sleep(Duration::from_millis(20));
    };
    assert!(text.starts_with("# Topology\n\n2 processes, 0 threads, 2 channels.\n"), "{text}");
    let main = project.uri("main.py");
    let worker = project.uri("worker.py");
    for line in [
        &*format!("\nprocess `work`, created in [main.py:9]({main}#L9)\n"),
        &format!("\n- joined: [main.py:13]({main}#L13) in `main`\n"),
        &format!("\n`Queue` `tasks`, created in [main.py:7]({main}#L7)\n"),
        &format!("\n- received: [worker.py:3]({worker}#L3) in `work`\n"),
        "\n- message: `{\"id\": int}`\n",
        "    main -->|\"{&quot;id&quot;: int}\"| c0\n",
        "[\\<b\\>\\_odd.py:8](",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let fences = text.lines().filter(|line| line.starts_with("```")).count();
    assert!(fences == 2 && text.ends_with("\n```\n") && !text.contains("<img") && !text.contains("<b>"), "{text}");
    let nothing = Project::new(&[("a.py", "x = 1\n")]);
    let mut client = Client::open(&nothing, &capabilities::push());
    let answer = client.request("workspace/executeCommand", &command);
    assert!(answer.as_str().is_some_and(|text| text.contains("No process, thread, queue or pipe found.")), "{answer}");
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({
        "textDocument": {"uri": uri}, "position": {"line": line, "character": character},
        "context": {"includeDeclaration": true},
    })
}

/// File name and line of each place, sorted.
fn places(answer: &Value) -> Vec<String> {
    let place = |place: &Value| {
        let uri = place["uri"].as_str().unwrap_or_default();
        format!("{}:{}", uri.rsplit('/').next().unwrap_or_default(), place["range"]["start"]["line"])
    };
    let mut all: Vec<String> = answer.as_array().into_iter().flatten().map(place).collect();
    all.sort();
    all
}

#[test]
fn where_there_is_nothing_to_draw_that_is_said() {
    let project = Project::new(&[("README.md", "# x\n"), ("src/a.py", "x = 1\n"), ("src/b.py", "y = 1\n")]);
    std::fs::create_dir(project.path("empty")).expect("a folder");
    for (path, stdout, stderr) in [
        (".", "No process, thread, queue or pipe found in 2 files.\n", ""),
        ("src/a.py", "No process, thread, queue or pipe found in 1 file.\n", ""),
        ("empty", "", "warning: no Python files found under empty\n"),
        ("README.md", "", "warning: README.md: not a Python file; skipped\n"),
    ] {
        let outcome = run(&project, &["topology", path]);
        assert_eq!((outcome.code, &*outcome.stdout, &*outcome.stderr), (0, stdout, stderr), "{path}");
    }
    project.write("pyteam.toml", "slect = []\n");
    let outcome = run(&project, &["topology"]);
    assert!(outcome.code == 0 && outcome.stderr.contains("warning: pyteam.toml:1:1: unknown setting"), "{outcome:#?}");
}

#[test]
fn a_hover_counts_what_it_does_not_name_on_a_line_of_its_own() {
    let puts = "    tasks.put({'id': 1})\n".repeat(9);
    let main = MAIN.replace("    tasks.put({'id': 1})\n", &puts);
    let project = Project::new(&[("worker.py", WORKER), ("main.py", &main)]);
    let mut client = Client::open(&project, &capabilities::pull());
    let uri = project.uri("main.py");
    client.did_open(&uri, 1, &main);
    let start = Instant::now();
    let text = loop {
        let hover = client.request("textDocument/hover", &at(&uri, 10, 6));
        let text = hover["contents"]["value"].as_str().unwrap_or_default().to_owned();
        if text.contains("in process work") {
            break text;
        }
        assert!(start.elapsed() < PATIENCE, "the other file is never indexed: {text}");
        thread::sleep(Duration::from_millis(5));
    };
    let named = text.lines().filter(|line| line.starts_with("- **sent** in [main.py:")).count();
    let left = format!("- **sent** in {} more places", 9 - named);
    assert!(named < 8 && text.lines().any(|line| line == left), "{text}");
}

#[test]
fn an_editor_is_led_to_the_other_ends() {
    let project = pipeline();
    let mut client = Client::open(&project, &capabilities::pull());
    let (main, worker) = (project.uri("main.py"), project.uri("worker.py"));
    client.did_open(&worker, 1, WORKER);
    // `tasks` of `tasks.get()`, once the other file is in.
    let start = Instant::now();
    while client.request("textDocument/references", &at(&worker, 2, 16)) == Value::Null {
        assert!(start.elapsed() < PATIENCE, "the other file is never indexed");
        thread::sleep(Duration::from_millis(5));
    }
    let references = client.request("textDocument/references", &at(&worker, 2, 16));
    assert_eq!(places(&references), ["main.py:10", "main.py:6", "worker.py:2"]);
    let made = client.request("textDocument/definition", &at(&worker, 2, 16));
    assert_eq!(places(&made), ["main.py:6"], "a queue leads to where it is made");
    let puts = client.request("textDocument/definition", &at(&worker, 2, 22));
    assert_eq!(places(&puts), ["main.py:10"], "a get leads to the puts");
    client.did_open(&main, 1, MAIN);
    let gets = client.request("textDocument/definition", &at(&main, 10, 11));
    assert_eq!(places(&gets), ["worker.py:2"], "a put leads to the gets");
    let hover = client.request("textDocument/hover", &at(&main, 10, 6));
    let text = hover["contents"]["value"].as_str().expect("text");
    for part in [
        "**`tasks`**: `multiprocessing.queues.Queue`, maxsize 8",
        "[worker.py:3](file://",
        ", in process work",
        "`{\"id\": int}`",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // What is no channel leads nowhere.
    assert_eq!(client.request("textDocument/references", &at(&main, 0, 2)), Value::Null);
    assert_eq!(client.exit().0, 0);
}
