//! `pyteam ask` at a terminal: what counts as the user's consent, and what happens while the question stands.

#![cfg(unix)]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStderr, Stdio};

use pyteam_tests::{Project, Scene};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

const QUESTION: &str = "[y/N] ";
const ENGINEER: &str = "python-async-specialist";

/// A command that reads from a terminal.
struct AtTerminal {
    child: Child,
    keyboard: File,
    stderr: ChildStderr,
    said: String,
}

impl AtTerminal {
    /// Starts `pyteam ask`, for which `typed` waits already.
    fn ask(scene: &Scene, typed: &str) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let terminal: OwnedFd = open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let mut keyboard = File::from(keyboard);
        keyboard.write_all(typed.as_bytes()).unwrap();
        let mut command = scene.command(&["ask", ENGINEER, ".", "Mend it"]);
        command.stdin(terminal).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        Self { child, keyboard, stderr, said: String::new() }
    }

    /// Waits for the question.
    fn question(mut self) -> Self {
        let mut byte = [0];
        let mut said = Vec::new();
        while !said.ends_with(QUESTION.as_bytes()) {
            let read = self.stderr.read(&mut byte).unwrap();
            assert_eq!(read, 1, "it never asks: {}", String::from_utf8_lossy(&said));
            said.extend(byte);
        }
        self.said = String::from_utf8(said).unwrap();
        self
    }

    /// Types `answer`, and gives the exit code and what was said.
    fn answer(mut self, answer: &str) -> (i32, String) {
        self.keyboard.write_all(answer.as_bytes()).unwrap();
        self.stderr.read_to_string(&mut self.said).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), self.said)
    }
}

const EDIT: &str = "--- a/d/a.py\n+++ b/d/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n";
const FILES: [(&str, &str); 2] = [("d/a.py", "a = 1\n"), ("pyteam.toml", "")];

#[test]
fn an_answer_counts_only_if_it_was_typed_after_the_question() {
    let scene = Scene::answering(&FILES, EDIT);
    let (code, said) = AtTerminal::ask(&scene, "y\ny\n").question().answer("\n");
    assert_eq!((code, scene.text("d/a.py").as_deref()), (0, Some("a = 1\n")), "{said}");
    assert!(said.contains("change discarded"), "{said}");
    let (code, said) = AtTerminal::ask(&scene, "n\n").question().answer("y\n");
    assert_eq!((code, scene.text("d/a.py").as_deref()), (0, Some("a = 2\n")), "{said}");
}

/// What happens to the workspace while the question stands.
type Meanwhile<'m> = &'m dyn Fn(&Scene, &Path);

#[test]
fn no_link_that_comes_while_the_question_stands_leads_out_of_the_workspace() {
    let new = "--- /dev/null\n+++ b/sub/n.py\n@@ -0,0 +1 @@\n+n = 1\n";
    let cases: [(&str, Meanwhile<'_>); 3] = [
        (new, &|scene, outside| symlink(outside, scene.project.path("sub")).unwrap()),
        (EDIT, &|scene, outside| {
            fs::rename(scene.project.path("d"), scene.project.path("moved")).unwrap();
            symlink(outside, scene.project.path("d")).unwrap();
        }),
        (EDIT, &|scene, outside| {
            fs::remove_file(scene.project.path("d/a.py")).unwrap();
            symlink(outside.join("a.py"), scene.project.path("d/a.py")).unwrap();
        }),
    ];
    for (number, (diff, meanwhile)) in cases.into_iter().enumerate() {
        let scene = Scene::answering(&FILES, diff);
        let outside = Project::new(&[("a.py", "a = 1\n")]);
        let asked = AtTerminal::ask(&scene, "").question();
        meanwhile(&scene, outside.root());
        let (code, said) = asked.answer("y\n");
        assert!(code == 2 && said.contains("nothing was applied"), "{number}: {said}");
        assert_eq!(fs::read_to_string(outside.path("a.py")).unwrap(), "a = 1\n", "{number}: {said}");
        assert_eq!(fs::read_dir(outside.root()).unwrap().count(), 1, "{number}: {said}");
    }
}

#[test]
fn a_pipe_that_comes_in_a_files_place_is_not_waited_for() {
    let scene = Scene::answering(&FILES, EDIT);
    let asked = AtTerminal::ask(&scene, "").question();
    fs::remove_file(scene.project.path("d/a.py")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, scene.project.path("d/a.py"), Mode::RWXU).unwrap();
    let (code, said) = asked.answer("y\n");
    assert!(code == 2 && said.contains("changed by another program"), "{said}");
}
