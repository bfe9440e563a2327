//! Code actions that change files which are not open: what was analyzed must be what is on disk, whatever the client
//! tells of it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::client::{PATIENCE, capabilities, range_of};
use pyteam_tests::edits::{Columns, apply, edits_for};
use pyteam_tests::project::uri_of;
use pyteam_tests::{Client, Project};
use serde_json::{Value, json};

const BASE: &str = "from abc import ABC, abstractmethod\n\n\nclass Handler(ABC):\n    @abstractmethod\n    \
                    def handle(self, x: int) -> int: ...\n";
const TITLE: &str = "Convert to Protocol";
const CONTENT_MODIFIED: i64 = -32801;

fn implementer(number: usize) -> String {
    format!(
        "from base import Handler\n\n\nclass H{number}(Handler):\n    def handle(self, x: int) -> int:\n        return x\n"
    )
}

/// Three implementers on disk, and the base class in the editor.
struct Scene {
    project: Project,
    client: Client,
    base: String,
}

impl Scene {
    /// `watches` says whether the client promises to tell of files that change.
    fn new(capabilities: Value, watches: bool) -> Self {
        let project = Project::new(&[("base.py", BASE)]);
        (0..3).for_each(|number| project.write(&format!("impl{number}.py"), &implementer(number)));
        let path = ["workspace", "didChangeWatchedFiles", "dynamicRegistration"];
        let mut client = Client::open(&project, &capabilities::with(capabilities, &path, watches.into()));
        let base = project.uri("base.py");
        client.did_open(&base, 1, BASE);
        let mut scene = Self { project, client, base };
        let start = Instant::now();
        while scene.offered().is_none() {
            assert!(start.elapsed() < PATIENCE, "no repair");
            thread::sleep(Duration::from_millis(5));
        }
        // Its edit is about all files only when all files are in.
        while !scene.resolved().is_ok_and(|edit| edit["documentChanges"].as_array().is_none_or(|all| all.len() == 4)) {
            assert!(start.elapsed() < PATIENCE, "no repair of all files");
            thread::sleep(Duration::from_millis(5));
        }
        scene
    }

    fn offered(&mut self) -> Option<Value> {
        let params = json!({
            "textDocument": {"uri": self.base}, "range": range_of([3, 6, 3, 6]),
            "context": {"diagnostics": [], "only": ["quickfix"]},
        });
        let actions = self.client.request("textDocument/codeAction", &params);
        actions.as_array().expect("actions").iter().find(|action| action["title"] == TITLE).cloned()
    }

    /// The edit of the repair as it is offered now, or the code of the error.
    fn resolved(&mut self) -> Result<Value, i64> {
        let action = self.offered().ok_or(0)?;
        self.edit_of(&action)
    }

    fn edit_of(&mut self, action: &Value) -> Result<Value, i64> {
        if action["edit"].is_object() {
            return Ok(action["edit"].clone());
        }
        let id = self.client.ask("codeAction/resolve", action);
        let answer = self.client.answer(id).map_err(|error| error["code"].as_i64().expect("a code"))?;
        Ok(answer["edit"].clone())
    }

    fn told(&mut self, name: &str, kind: u32) {
        let changes = json!({"changes": [{"uri": self.project.uri(name), "type": kind}]});
        self.client.notify("workspace/didChangeWatchedFiles", &changes);
    }

    /// What a file is after `edit`; none where it is not changed.
    fn after(&self, edit: &Value, name: &str) -> Option<String> {
        let uri = self.project.uri(name);
        let text = fs::read_to_string(self.project.path(name)).expect("a text");
        edit.to_string().contains(&uri).then(|| apply(&text, edits_for(edit, &uri), Columns::Utf16))
    }
}

const MINE: &str = "# mine, and\n# not to be lost\n";

fn assert_right(scene: &Scene, edit: &Value) {
    let after = scene.after(edit, "impl0.py").expect("an edit of impl0.py");
    let wanted =
        format!("{MINE}{}", implementer(0).replace("from base import Handler\n\n\n", "").replace("(Handler)", ""));
    assert!(after.starts_with(MINE) && after.ends_with(wanted.trim_start_matches(MINE)), "{after}");
    assert_eq!(scene.after(edit, "impl1.py").map(|text| text.contains("(Handler)")), Some(false));
}

#[test]
fn a_client_that_promises_to_watch_and_says_nothing_loses_no_line() {
    for offered_before in [true, false] {
        let mut scene = Scene::new(capabilities::pull(), true);
        let before = scene.offered().expect("an offer");
        scene.project.write("impl0.py", &format!("{MINE}{}", implementer(0)));
        let first = if offered_before { scene.edit_of(&before) } else { scene.resolved() };
        assert_eq!(first, Err(CONTENT_MODIFIED));
        // The very next request is about the file as it is.
        let edit = if offered_before { scene.edit_of(&before) } else { scene.resolved() };
        assert_right(&scene, &edit.expect("an edit"));
    }
}

#[test]
fn a_change_that_was_told_of_just_now_is_known_or_refused() {
    for watches in [true, false] {
        let mut scene = Scene::new(capabilities::pull(), watches);
        scene.project.write("impl0.py", &format!("{MINE}{}", implementer(0)));
        if watches {
            scene.told("impl0.py", 2);
        }
        let edit = match scene.resolved() {
            Err(CONTENT_MODIFIED) => scene.resolved(),
            other => other,
        };
        assert_right(&scene, &edit.expect("an edit"));
    }
}

#[test]
fn a_client_that_takes_edits_at_once_is_not_offered_a_stale_one() {
    let mut scene = Scene::new(capabilities::push(), true);
    scene.project.write("impl0.py", &format!("{MINE}{}", implementer(0)));
    assert_eq!(scene.resolved(), Err(0));
    let edit = scene.resolved().expect("an edit");
    assert_right(&scene, &edit);
}

/// What happens to a file, and in words.
type Fate = (&'static str, fn(&Path));

/// What else can have become of a file: then it is no part of the repair, or there is no repair.
#[test]
fn a_file_that_is_no_python_text_any_more_is_not_edited() {
    let fates: [Fate; 5] = [
        ("deleted", |path| fs::remove_file(path).expect("a file")),
        ("renamed", |path| fs::rename(path, path.with_file_name("other.txt")).expect("a file")),
        ("not UTF-8", |path| fs::write(path, b"# \xff\n").expect("a file")),
        ("a folder", |path| {
            fs::remove_file(path).expect("a file");
            fs::create_dir(path).expect("a folder");
        }),
        ("a link", |path| {
            fs::remove_file(path).expect("a file");
            fs::write(path.with_file_name("elsewhere"), "x = 1\n").expect("a file");
            #[cfg(unix)]
            std::os::unix::fs::symlink("elsewhere", path).expect("a link");
        }),
    ];
    for (fate, happen) in fates {
        let mut scene = Scene::new(capabilities::pull(), true);
        let uri = scene.project.uri("impl0.py");
        happen(&scene.project.path("impl0.py"));
        assert_eq!(scene.resolved(), Err(CONTENT_MODIFIED), "{fate}");
        if let Ok(edit) = scene.resolved() {
            assert!(!edit.to_string().contains(&uri), "{fate}: {edit}");
        }
    }
}

#[test]
fn an_open_file_counts_as_the_editor_shows_it() {
    let mut scene = Scene::new(capabilities::pull(), true);
    let uri = scene.project.uri("impl0.py");
    scene.client.did_open(&uri, 7, &implementer(0));
    scene.project.write("impl0.py", "x = (\n");
    let edit = scene.resolved().expect("an edit");
    assert!(edit.to_string().contains("\"version\":7"), "{edit}");
}

/// A file's name is bytes, in URIs too.
#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_name_is_no_text_is_edited_under_its_own_name() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new(&[("base.py", BASE)]);
    let folder = project.root().join(std::ffi::OsStr::from_bytes(b"inv\xff"));
    fs::create_dir(&folder).expect("a folder");
    for number in 0..3 {
        fs::write(folder.join(format!("impl{number}.py")), implementer(number)).expect("a file");
    }
    fs::write(folder.join("base.py"), BASE).expect("a file");
    let base = uri_of(&folder.join("base.py"));
    assert!(base.contains("inv%FF/base.py"), "{base}");
    let mut client = Client::open(&project, &capabilities::pull());
    client.did_open(&base, 1, BASE);
    let mut scene = Scene { project, client, base: base.clone() };
    let start = Instant::now();
    let edit = loop {
        if let Ok(edit) = scene.resolved()
            && edit.to_string().contains("impl2.py")
        {
            break edit;
        }
        assert!(start.elapsed() < PATIENCE, "no repair");
        thread::sleep(Duration::from_millis(5));
    };
    assert!(edit.to_string().contains("inv%FF/impl0.py"), "{edit}");
    fs::write(folder.join("impl0.py"), format!("{MINE}{}", implementer(0))).expect("a file");
    assert!(matches!(scene.resolved(), Err(CONTENT_MODIFIED)));
    assert!(scene.resolved().is_ok());
}
