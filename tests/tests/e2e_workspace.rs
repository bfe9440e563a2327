//! The workspace around open documents: files on disk, settings, folders, progress.

use std::thread;
use std::time::Duration;

use pyteam_tests::client::{PATIENCE, capabilities};
use pyteam_tests::{Client, Manners, Project};
use serde_json::{Value, json};

const LOAD: &str = "import torch\n\nmodel = torch.load(path)\n";

fn started(project: &Project, capabilities: &Value, options: &Value, settings: &Value) -> Client {
    let mut client = Client::start(Manners::Polite, settings);
    client.initialize(project, capabilities, options);
    client
}

/// Waits until the document has so many diagnostics. Publications before that are taken away.
fn await_count(client: &mut Client, uri: &str, count: usize) {
    let what = format!("a publication of {uri} with {count} diagnostics");
    let is_it =
        |message: &Value| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri;
    while client.wait_for(&what, is_it)["params"]["diagnostics"].as_array().is_none_or(|all| all.len() != count) {}
}

#[test]
fn progress_is_shown_while_indexing() {
    let project = Project::new(&[("a.py", LOAD), ("b.py", "import a\n"), ("c/d.py", "")]);
    let shown = capabilities::with(capabilities::push(), &["window", "workDoneProgress"], true.into());
    let mut client = Client::open(&project, &shown);
    let token = client.server_says("window/workDoneProgress/create")["token"].take();
    // A small project may be done before the client has made its bar; a restart is another chance.
    for _ in 0..20 {
        let Some(begin) = client.wait(Duration::from_millis(300), |message| message["method"] == "$/progress") else {
            client.request("workspace/executeCommand", &json!({"command": "pyteam.restartIndex"}));
            continue;
        };
        assert_eq!(begin["params"]["value"]["kind"], "begin");
        assert_eq!(begin["params"]["value"]["title"], "Indexing");
        let end = client.wait_for("the end", |message| {
            message["method"] == "$/progress" && message["params"]["value"]["kind"] == "end"
        });
        assert_eq!(end["params"]["token"], begin["params"]["token"]);
        assert!(token.is_string());
        return;
    }
    // Never slow enough to need a bar: nothing was left open either.
    assert_eq!(client.take_all().iter().filter(|message| message["method"] == "$/progress").count(), 0);
}

#[test]
fn settings_come_from_all_four_places() {
    let off = json!({"ignore": ["unsafe-model-load"]});
    let pulls = capabilities::with(capabilities::push(), &["workspace", "configuration"], true.into());
    // initializationOptions, plain and in a section of their own.
    for options in [off.clone(), json!({"pyteam": off})] {
        let project = Project::new(&[]);
        let mut client = started(&project, &capabilities::push(), &options, &json!({}));
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, LOAD);
        assert_eq!(client.published(&uri, 1).len(), 0);
    }
    // workspace/configuration.
    let project = Project::new(&[]);
    let mut client = started(&project, &pulls, &Value::Null, &json!({"pyteam": off}));
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    await_count(&mut client, &uri, 0);
    // workspace/didChangeConfiguration, to a client that is not asked.
    let project = Project::new(&[]);
    let mut client = started(&project, &capabilities::push(), &Value::Null, &json!({}));
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    await_count(&mut client, &uri, 1);
    client.notify("workspace/didChangeConfiguration", &json!({"settings": {"pyteam": off}}));
    await_count(&mut client, &uri, 0);
    // A file.
    for (name, text) in [
        ("pyteam.toml", "ignore = ['unsafe-model-load']"),
        ("pyproject.toml", "[tool.pyteam]\nignore = ['unsafe-model-load']"),
    ] {
        let project = Project::new(&[(name, text)]);
        let mut client = Client::open(&project, &capabilities::push());
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, LOAD);
        assert_eq!(client.published(&uri, 1).len(), 0, "{name}");
    }
}

#[test]
fn a_docs_base_gives_codes_a_link() {
    let project = Project::new(&[]);
    let linked = capabilities::with(
        capabilities::push(),
        &["textDocument", "publishDiagnostics", "codeDescriptionSupport"],
        true.into(),
    );
    let mut client = started(&project, &linked, &json!({"docsBase": "https://docs.example.org/rules/"}), &json!({}));
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    let found = client.published(&uri, 1);
    assert_eq!(found[0]["codeDescription"]["href"], "https://docs.example.org/rules/unsafe-model-load");
}

#[test]
fn malformed_settings_are_told_at_their_place_and_forgotten_when_mended() {
    let project = Project::new(&[("pyteam.toml", "select = ['all']\nignore = [\n")]);
    let uri = project.uri("pyteam.toml");
    let mut client = Client::open(&project, &capabilities::push());
    let problem = client.server_says("textDocument/publishDiagnostics");
    assert_eq!(problem["uri"], uri);
    let line = problem["diagnostics"][0]["range"]["start"]["line"].as_u64().expect("a line");
    assert!(line >= 1, "{problem}");
    let shown = client.server_says("window/showMessage")["message"].take();
    assert!(shown.as_str().expect("text").contains("pyteam.toml"), "{shown}");
    project.write("pyteam.toml", "select = ['all']\n");
    client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": uri, "type": 2}]}));
    await_count(&mut client, &uri, 0);
    let again = client.wait(Duration::from_millis(100), |message| message["method"] == "window/showMessage");
    assert_eq!(again, None);
}

#[test]
fn a_misspelled_select_switches_nothing_off_in_an_editor() {
    for (settings, count, value) in [
        ("select = ['unsafe-modle-load']\n", 1, json!({"select": ["unsafe-modle-load"]})),
        ("select = 'unsafe-model-load'\n", 1, json!({"select": "unsafe-model-load"})),
        ("select = ['architctur', 'architecture']\n", 1, json!({"select": ["architctur", "architecture"]})),
        ("[severity]\nunsafe-modle-load = 'off'\n", 1, json!({"severity": {"unsafe-modle-load": "off"}})),
        (
            "select = 3\nexclude = 'a.py'\nmax-depth = 'x'\n",
            1,
            json!({"select": 3, "exclude": "a.py", "maxDepth": "x"}),
        ),
    ] {
        let project = Project::new(&[("pyteam.toml", settings)]);
        let mut client = Client::open(&project, &capabilities::push());
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, LOAD);
        assert_eq!(client.published(&uri, 1).len(), count, "{settings}");
        let said = told(&mut client);
        let is_about_select = settings.starts_with("select");
        assert_eq!(said.contains("All of this `select` is ignored"), is_about_select, "{settings}: {said}");
        let on_file =
            client.wait_for("the diagnostics", |message| message["params"]["uri"] == project.uri("pyteam.toml"));
        let text = on_file["params"]["diagnostics"][0]["message"].as_str().expect("text");
        assert_eq!(text.contains("All of this `select` is ignored"), is_about_select, "{settings}: {text}");
        assert!(text.contains("is ignored until it is fixed") && !text.contains('\n'), "{settings}: {text}");
        // The same, said by the editor.
        let project = Project::new(&[]);
        let mut client = started(&project, &capabilities::push(), &value, &json!({}));
        let uri = project.uri("a.py");
        client.did_open(&uri, 1, LOAD);
        assert_eq!(client.published(&uri, 1).len(), count, "{settings} of the editor");
        let said = client.server_says("window/showMessage")["message"].take();
        assert!(said.as_str().is_some_and(|said| said.contains("the editor's settings")), "{said}");
    }
    // A right one selects.
    let project = Project::new(&[("pyteam.toml", "select = ['architecture']\n")]);
    let mut client = Client::open(&project, &capabilities::push());
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.published(&uri, 1).len(), 0);
}

/// The next message on the screen, and what it says of `uri`.
fn told(client: &mut Client) -> String {
    client.server_says("window/showMessage")["message"].as_str().expect("text").to_owned()
}

#[test]
fn all_errors_of_a_settings_file_are_told_at_once_and_again_when_one_is_new() {
    let three = "ignroe = ['x']\nmax-depth = 'x'\n[timeouts]\nget = -1\n";
    let project = Project::new(&[("pyteam.toml", three)]);
    let uri = project.uri("pyteam.toml");
    let mut client = Client::open(&project, &capabilities::push());
    let shown = client.server_says("textDocument/publishDiagnostics");
    assert_eq!(shown["uri"], uri);
    let lines = shown["diagnostics"].as_array().expect("diagnostics").iter();
    let ranges: Vec<(u64, u64)> = lines
        .map(|one| {
            (one["range"]["start"]["line"].as_u64().unwrap(), one["range"]["start"]["character"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(ranges, [(0, 0), (1, 12), (3, 6)]);
    let said = told(&mut client);
    assert!(said.starts_with("pyteam: 3 errors in pyteam.toml: line 1: unknown setting `ignroe`"), "{said}");
    assert!(said.contains("; line 2: ") && said.contains("; line 4: ") && !said.contains('\n'), "{said}");
    let mut change = |text: &str| {
        project.write("pyteam.toml", text);
        client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": uri, "type": 2}]}));
        let published = |message: &Value| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri.as_str()
        };
        let count = client.wait_for("the diagnostics", published)["params"]["diagnostics"].as_array().map(Vec::len);
        let said = client.wait(Duration::from_millis(300), |message| message["method"] == "window/showMessage");
        (count, said.map(|said| said["params"]["message"].as_str().expect("text").to_owned()))
    };
    // One is mended: nothing new. One moves: nothing new. One takes another's place: that is told.
    assert_eq!(change("max-depth = 'x'\n[timeouts]\nget = -1\n"), (Some(2), None));
    assert_eq!(change("# a comment\nmax-depth = 'x'\n"), (Some(1), None));
    let (count, said) = change("max-file-size = 0\n");
    assert_eq!(count, Some(1));
    assert!(said.is_some_and(|said| said.starts_with("pyteam: pyteam.toml:1: `max-file-size`: 0 is not between")));
    // What is no TOML is told with what is wrong beside it, and once.
    let (count, said) = change("max-dept = 3\nignore = [\n");
    assert_eq!(count, Some(2));
    assert!(said.is_some_and(|said| said.starts_with("pyteam: 2 errors in pyteam.toml: line 1: ")));
}

#[test]
fn settings_of_the_editor_alone_are_heeded_at_once() {
    let pulls = capabilities::with(capabilities::pull(), &["textDocument", "codeLens"], json!({}));
    let pulls = capabilities::with(pulls, &["workspace", "codeLens"], json!({"refreshSupport": true}));
    let text = "import torch\n\n\ndef load(path):\n    return torch.load(path)\n\n\nLIMIT = 1\n";
    let project = Project::new(&[("a.py", text)]);
    let uri = project.uri("a.py");
    let mut client = started(&project, &pulls, &Value::Null, &json!({}));
    client.did_open(&uri, 1, text);
    let mut offered = |settings: Option<Value>| {
        if let Some(settings) = settings {
            client.notify("workspace/didChangeConfiguration", &json!({"settings": {"pyteam": settings}}));
        }
        let document = json!({"uri": uri});
        let lenses = client.request("textDocument/codeLens", &json!({"textDocument": document}));
        let mut asks = |line: u32| {
            let at = json!({"line": line, "character": 0});
            let params =
                json!({"textDocument": document, "range": {"start": at, "end": at}, "context": {"diagnostics": []}});
            let actions = client.request("textDocument/codeAction", &params);
            let all = actions.as_array().expect("actions").iter();
            all.filter(|action| action["title"].as_str().is_some_and(|title| title.starts_with("Ask "))).count() > 0
        };
        (lenses.as_array().map_or(0, Vec::len), asks(4), asks(7))
    };
    assert_eq!(offered(None), (1, true, false));
    assert_eq!(offered(Some(json!({"askActions": "always"}))), (1, true, true));
    assert_eq!(offered(Some(json!({"ask-actions": "never", "codeLens": "never"}))), (0, false, false));
    assert_eq!(offered(Some(json!({"askActions": "nevr", "codeLens": true}))), (1, true, false));
    client.server_says("workspace/codeLens/refresh");
    let said = told(&mut client);
    assert!(said.starts_with("pyteam: 2 errors in the editor's settings:"), "{said}");
}

#[test]
fn a_settings_file_that_is_open_is_pulled_and_not_pushed() {
    let project = Project::new(&[("pyteam.toml", "ignore = [\n")]);
    let uri = project.uri("pyteam.toml");
    let mut client = Client::open(&project, &capabilities::pull());
    await_count(&mut client, &uri, 1);
    let document = json!({"uri": uri, "languageId": "toml", "version": 1, "text": "ignore = [\n"});
    client.notify("textDocument/didOpen", &json!({"textDocument": document}));
    assert_eq!(client.pulled(&uri).len(), 1);
    await_count(&mut client, &uri, 0);
}

#[test]
fn the_client_is_asked_to_watch_files() {
    let project = Project::new(&[]);
    let watches = capabilities::with(
        capabilities::push(),
        &["workspace", "didChangeWatchedFiles", "dynamicRegistration"],
        true.into(),
    );
    let mut client = Client::open(&project, &watches);
    let registered = client.server_says("client/registerCapability");
    let registration = &registered["registrations"][0];
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles");
    let globs = registration["registerOptions"]["watchers"].to_string();
    for name in ["py", "pyproject", "requirements", "uv", ".pyteam/rules"] {
        assert!(globs.contains(name), "{globs}");
    }
}

#[test]
fn files_that_change_on_disk_are_followed_without_the_client() {
    // Helix says that it watches files, and tells of none but those that it saves.
    for is_helix in [false, true] {
        let project = Project::new(&[("a.py", LOAD)]);
        let uri = project.uri("a.py");
        let mut client = if is_helix {
            let mut params = capabilities::real("helix");
            params["processId"] = std::process::id().into();
            params["rootPath"] = project.root().to_string_lossy().into();
            let mut client = Client::start(Manners::Polite, &json!({}));
            client.initialize_with(&params);
            client
        } else {
            Client::open(&project, &capabilities::push())
        };
        client.did_open(&uri, 1, LOAD);
        await_count(&mut client, &uri, 1);
        // The watcher starts with the index.
        let mut follows = |settings: &str, count: usize| {
            for _ in 0..40 {
                project.write("pyteam.toml", settings);
                let there = client.wait(Duration::from_millis(250), |message| {
                    message["method"] == "textDocument/publishDiagnostics"
                        && message["params"]["diagnostics"].as_array().is_some_and(|all| all.len() == count)
                });
                if there.is_some() {
                    return true;
                }
            }
            false
        };
        assert!(follows("ignore = ['unsafe-model-load']\n", 0), "helix: {is_helix}");
        assert!(follows("\n", 1), "helix: {is_helix}");
    }
}

#[test]
fn folders_come_and_go() {
    let (one, other) =
        (Project::new(&[]), Project::new(&[("pyteam.toml", "ignore = ['unsafe-model-load']\n"), ("b.py", LOAD)]));
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.initialize_with(&json!({
        "processId": null,
        "rootUri": null,
        "workspaceFolders": [{"uri": one.uri(""), "name": "one"}, {"uri": other.uri(""), "name": "other"}],
        "capabilities": capabilities::push(),
    }));
    let (a, b) = (one.uri("a.py"), other.uri("b.py"));
    client.did_open(&a, 1, LOAD);
    client.did_open(&b, 1, LOAD);
    assert_eq!(client.published(&a, 1).len(), 1);
    assert_eq!(client.published(&b, 1).len(), 0);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        &json!({
            "event": {"added": [], "removed": [{"uri": one.uri(""), "name": "one"}]},
        }),
    );
    client.did_change(&a, 2, Some([2, 0, 2, 0]), "#");
    assert_eq!(client.published(&a, 2).len(), 0);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        &json!({
            "event": {"added": [{"uri": one.uri(""), "name": "one"}], "removed": []},
        }),
    );
    client.did_change(&a, 3, Some([2, 0, 2, 1]), "");
    assert_eq!(client.published(&a, 3).len(), 1);
    assert_eq!(client.exit().0, 0);
}

#[test]
fn a_client_that_pulls_is_told_to_pull_again() {
    let project = Project::new(&[("a.py", LOAD)]);
    let mut client = Client::open(&project, &capabilities::pull());
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    assert_eq!(client.pulled(&uri).len(), 1);
    // Once when the index is complete, and again when settings change.
    client.server_says("workspace/diagnostic/refresh");
    project.write("pyteam.toml", "ignore = ['unsafe-model-load']\n");
    client.notify(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": [{"uri": project.uri("pyteam.toml"), "type": 1}]}),
    );
    client.wait(PATIENCE, |message| message["method"] == "workspace/diagnostic/refresh").expect("a refresh");
    assert_eq!(client.pulled(&uri).len(), 0);
}

#[test]
fn the_index_can_be_restarted() {
    let project = Project::new(&[("a.py", LOAD)]);
    let mut client = Client::open(&project, &capabilities::pull());
    let uri = project.uri("a.py");
    client.did_open(&uri, 1, LOAD);
    client.server_says("workspace/diagnostic/refresh");
    let answer = client.request("workspace/executeCommand", &json!({"command": "pyteam.restartIndex"}));
    assert_eq!(answer, Value::Null);
    client.server_says("workspace/diagnostic/refresh");
    assert_eq!(client.pulled(&uri).len(), 1);
}

const CHAIN: &str = "class A:\n    def a(self):\n        return 1\n\n\nclass B(A):\n    def b(self):\n        return 1\n\n\nclass C(B):\n    def c(self):\n        return 1\n";
const LEAF: &str = "from base import C\n\n\nclass D(C):\n    def d(self):\n        return 1\n";

#[test]
fn what_is_said_of_one_document_follows_edits_of_another() {
    let project = Project::new(&[("base.py", CHAIN), ("leaf.py", LEAF)]);
    let (base, leaf) = (project.uri("base.py"), project.uri("leaf.py"));
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&base, 1, CHAIN);
    client.did_open(&leaf, 1, LEAF);
    await_count(&mut client, &leaf, 1);
    // `class B(A)` becomes `class B`.
    client.did_change(&base, 2, Some([5, 7, 5, 10]), "");
    await_count(&mut client, &leaf, 0);
    client.did_change(&base, 3, Some([5, 7, 5, 7]), "(A)");
    await_count(&mut client, &leaf, 1);
    // What was typed and not saved does not outlive the document.
    client.did_change(&base, 4, Some([5, 7, 5, 10]), "");
    await_count(&mut client, &leaf, 0);
    client.did_close(&base);
    await_count(&mut client, &leaf, 1);
}

/// As an editor introduces itself that has no workspace: Neovim where no marker is found, Helix wherever it was started.
fn without_workspace(editor: &str, started_in: Option<&str>) -> Value {
    let mut params = capabilities::real(editor);
    params["processId"] = Value::Null;
    params["rootUri"] = Value::Null;
    params["workspaceFolders"] = if editor == "helix" { json!([]) } else { Value::Null };
    params["rootPath"] = started_in.map_or(Value::Null, Value::from);
    params
}

#[test]
fn a_folder_without_a_marker_is_read_as_a_folder() {
    let project = Project::new(&[("base.py", CHAIN), ("sub/other.py", "")]);
    let leaf = project.uri("leaf.py");
    let here = project.root().to_string_lossy().into_owned();
    for (editor, started_in) in [("neovim", None), ("helix", Some(here.as_str())), ("helix", Some("/"))] {
        let mut client = Client::start(Manners::Polite, &json!({}));
        client.initialize_with(&without_workspace(editor, started_in));
        client.did_open(&leaf, 1, LEAF);
        if editor == "helix" {
            await_count(&mut client, &leaf, 1);
        } else {
            // The folder itself brings one refresh, and the end of its index another.
            client.server_says("workspace/diagnostic/refresh");
            while client.pulled(&leaf).len() != 1 {
                client.server_says("workspace/diagnostic/refresh");
            }
        }
        assert_eq!(client.exit().0, 0, "{editor} in {started_in:?}");
    }
}

#[test]
fn a_file_of_a_package_is_read_with_what_imports_the_package() {
    let project = Project::new(&[("pkg/__init__.py", ""), ("pkg/sub/__init__.py", ""), ("base.py", CHAIN)]);
    let leaf = project.uri("pkg/sub/leaf.py");
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.initialize_with(&without_workspace("helix", None));
    client.did_open(&leaf, 1, LEAF);
    await_count(&mut client, &leaf, 1);
    // A second file elsewhere has its own folder, and the first one keeps its.
    let other = Project::new(&[("base.py", CHAIN)]);
    let second = other.uri("leaf.py");
    client.did_open(&second, 1, LEAF);
    await_count(&mut client, &second, 1);
    client.did_change(&leaf, 2, Some([0, 0, 0, 0]), "\n");
    assert_eq!(client.published(&leaf, 2).len(), 1);
}

#[test]
fn a_workspace_keeps_other_folders_out() {
    let (workspace, elsewhere) = (Project::new(&[]), Project::new(&[("base.py", CHAIN)]));
    let leaf = elsewhere.uri("leaf.py");
    let mut client = Client::open(&workspace, &capabilities::push());
    client.did_open(&leaf, 1, LEAF);
    assert_eq!(client.published(&leaf, 1).len(), 0);
    assert!(
        client
            .wait(Duration::from_millis(500), |message| message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["diagnostics"].as_array().is_some_and(|all| !all.is_empty()))
            .is_none()
    );
}

#[test]
fn a_folder_with_too_much_in_it_is_cut_and_that_is_said() {
    let project = Project::new(&[("base.py", CHAIN)]);
    for number in 0..=1000 {
        project.write(&format!("other/f{number}.py"), "");
    }
    let leaf = project.uri("leaf.py");
    let mut client = Client::start(Manners::Polite, &json!({}));
    client.initialize_with(&without_workspace("helix", None));
    client.did_open(&leaf, 1, LEAF);
    await_count(&mut client, &leaf, 1);
    let said = told(&mut client);
    assert!(
        said.contains("which has too many files to read all, so only the files directly in it were read"),
        "{said}"
    );
}

#[test]
fn what_is_said_of_a_document_follows_files_on_disk() {
    for watches in [false, true] {
        let project = Project::new(&[("package/__init__.py", ""), ("package/base.py", CHAIN)]);
        let (base, leaf) = (project.uri("package/base.py"), project.uri("leaf.py"));
        let path = ["workspace", "didChangeWatchedFiles", "dynamicRegistration"];
        let mut client = Client::open(&project, &capabilities::with(capabilities::push(), &path, watches.into()));
        client.did_open(&leaf, 1, &LEAF.replace("base", "package.base"));
        await_count(&mut client, &leaf, 1);
        let tell = |client: &mut Client, uri: &str, kind: u32| {
            if watches {
                client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": uri, "type": kind}]}));
            }
        };
        project.write("package/base.py", &CHAIN.replace("class B(A)", "class B"));
        tell(&mut client, &base, 2);
        await_count(&mut client, &leaf, 0);
        project.write("package/base.py", CHAIN);
        tell(&mut client, &base, 2);
        await_count(&mut client, &leaf, 1);
        project.remove("package/base.py");
        tell(&mut client, &base, 3);
        await_count(&mut client, &leaf, 0);
        project.write("package/base.py", CHAIN);
        tell(&mut client, &base, 1);
        await_count(&mut client, &leaf, 1);
    }
}

#[test]
fn a_new_folder_is_taken_in() {
    let project = Project::new(&[("a.py", "")]);
    let leaf = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&leaf, 1, &LEAF.replace("base", "new.deep.base"));
    client.published(&leaf, 1);
    // The watcher is there when the index is; until then the index itself sees new folders.
    thread::sleep(Duration::from_millis(500));
    project.write("new/deep/base.py", CHAIN);
    await_count(&mut client, &leaf, 1);
}

#[test]
fn manifests_that_change_on_disk_are_read_again() {
    let project = Project::new(&[("requirements.txt", "torch==2.7.1\n")]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, LOAD);
    await_count(&mut client, &uri, 0);
    project.write("requirements.txt", "torch==2.5.0\n");
    client.notify(
        "workspace/didChangeWatchedFiles",
        &json!({"changes": [{"uri": project.uri("requirements.txt"), "type": 2}]}),
    );
    await_count(&mut client, &uri, 1);
}

#[test]
fn rules_of_the_users_own_come_and_go() {
    let rule = "---\nseverity: warning\n---\n\n# No sleep\n\n## What it does\n\nFinds sleeps.\n\n```calls\n- callee: time.sleep\n  message: somebody sleeps here\n```\n\n## Why\n\nIt is late.\n\n## What to do\n\nWake up.\n\n## Examples\n\n```python\nimport time\n\ntime.sleep(1)  # error: [no-sleep]\n```\n\n```python\n# ok: awake\nx = 1\n```\n";
    let text = "import time\n\ntime.sleep(1)\n";
    let project = Project::new(&[("a.py", text)]);
    let uri = project.uri("a.py");
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&uri, 1, text);
    assert_eq!(client.published(&uri, 1).len(), 0);
    let page = project.uri(".pyteam/rules/no_sleep.md");
    project.write(".pyteam/rules/no_sleep.md", rule);
    client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": page, "type": 1}]}));
    await_count(&mut client, &uri, 1);
    project.write(".pyteam/rules/no_sleep.md", "---\nseverity: loud\n---\n");
    client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [{"uri": page, "type": 2}]}));
    let problem = client.wait_for("the page's problem", |message| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == page
    });
    assert!(!problem["params"]["diagnostics"].as_array().expect("diagnostics").is_empty());
    await_count(&mut client, &uri, 0);
}
