//! The command line as a user runs it.

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::program;
use crate::project::Project;

/// Longer than any command may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

/// A rule of the test's own, so that these tests hold the command line and not the rules: `slow.fetch()` without a
/// timeout is a warning, with a safe fix.
pub const FETCH: (&str, &str) = (
    ".pyteam/rules/slow_fetch.md",
    "---\nseverity: warning\nfix: safe\nmessage: \"`{callee}` waits for ever\"\n---\n# A fetch that waits for ever\n\n\
     ## What it does\n\nFinds `slow.fetch` without a timeout.\n\n## Why\n\nIt waits.\n\n## What to do\n\nSay how long.\n\n\
     ## Detection\n\n```calls\n- callee: slow.fetch\n  lacks: [timeout]\n  help: pass `timeout`\n```\n\n\
     ```fix\ntitle: Add timeout\nset: {timeout: '5'}\n```\n\n## Examples\n\n\
     ```python\nimport slow\n\nslow.fetch()  # error: [slow-fetch]\n```\n\n```python\n# ok\nimport slow\n\nslow.fetch(timeout=1)\n```\n",
);

/// Another one: `slow.send()` is information, with an unsafe fix.
pub const SEND: (&str, &str) = (
    ".pyteam/rules/slow_send.md",
    "---\nseverity: information\nfix: unsafe\nmessage: \"`{callee}` is old\"\n---\n# A send of old\n\n\
     ## What it does\n\nFinds `slow.send`.\n\n## Why\n\nIt is old.\n\n## What to do\n\nUse `slow.post`.\n\n\
     ## Detection\n\n```calls\n- callee: slow.send\n```\n\n```fix\ntitle: Use post\nrename: post\n```\n\n## Examples\n\n\
     ```python\nimport slow\n\nslow.send()  # error: [slow-send]\n```\n\n```python\n# ok\nimport slow\n\nslow.post()\n```\n",
);

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; -1 for a process that was killed.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The codes of the findings in JSON output, in their order.
    pub fn codes(&self) -> Vec<String> {
        let json = self.json();
        let codes = json.as_array().into_iter().flatten().map(|finding| finding["code"].as_str().unwrap_or_default());
        codes.map(str::to_owned).collect()
    }
}

/// A project with the two rules and these files.
pub fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[FETCH, SEND]);
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

/// A command in `folder`, without anything of the user's environment that would change what it says.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program::pyteam());
    command.args(args).current_dir(folder);
    // Nothing is kept of a test, but for those that are about it.
    command.env("PYTEAM_CACHE_DIR", "");
    // Nor does a test that has no user of its own write into the user's.
    command.env("PYTEAM_STATE_DIR", program::pyteam().with_file_name("test-state"));
    for name in ["PYTEAM_LOG", "PYTEAM_UPDATE", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// Runs pyteam in `project`.
pub fn run(project: &Project, args: &[&str]) -> Outcome {
    run_with(command(project.root(), args), b"")
}

/// Runs pyteam in `project` with a user id that file modes apply to: the test's own, or 65534 where that is root.
/// `None` where that user id cannot run it.
#[cfg(unix)]
pub fn run_as_a_user(project: &Project, args: &[&str]) -> Option<Outcome> {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    /// The user and group that own nothing, by the same number on every system that has them.
    const NOBODY: u32 = 65534;
    let is_root = std::fs::metadata(project.root()).is_ok_and(|meta| meta.uid() == 0);
    let mut command = command(project.root(), args);
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let shown = format!("{command:?}");
    spawn(&mut command).ok().map(|child| end_of(child, b"", &shown))
}

/// Runs pyteam in `project` with a text on standard input.
pub fn run_on(project: &Project, args: &[&str], stdin: &str) -> Outcome {
    run_with(command(project.root(), args), stdin.as_bytes())
}

/// Runs a command to its end.
///
/// # Panics
/// If it does not end.
pub fn run_with(mut command: Command, stdin: &[u8]) -> Outcome {
    let shown = format!("{command:?}");
    end_of(spawn(&mut command).expect("pyteam starts"), stdin, &shown)
}

fn spawn(command: &mut Command) -> io::Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

fn end_of(mut child: Child, stdin: &[u8], shown: &str) -> Outcome {
    // A command that does not read its input closes it, which is its own affair.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin);
    let (sender, receiver) = mpsc::channel();
    let id = child.id();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else { panic!("process {id} hangs: {shown}") };
    let output = output.expect("pyteam's output");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
