//! A project, and a user whose settings and state are the test's.

use std::path::Path;
use std::process::Command;

use crate::cli::{Outcome, command, run_with};
use crate::project::Project;

/// Both.
#[derive(Debug)]
pub struct Scene {
    /// The workspace, which every command runs in.
    pub project: Project,
    /// What is the user's: `home`, `config` and `state`. At first there is nothing of them.
    pub user: Project,
}

impl Scene {
    /// A project of these files, and a user with nothing of their own.
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self { project: Project::new(files), user: Project::new(&[]) }
    }

    /// The backend of all agents is a scripted program, of the kind `acp` or `command`, by the user's settings. It is
    /// started however well this machine holds it.
    #[must_use]
    pub fn with_agent(self, kind: &str, scenario: &str) -> Self {
        self.with_unconfined_agent(kind, scenario, "allow")
    }

    /// The same, where `unconfined` is the user's choice.
    #[must_use]
    pub fn with_unconfined_agent(self, kind: &str, scenario: &str, unconfined: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents/scripted_agent.py");
        let settings = format!(
            "[agents]\nbackend = \"scripted\"\nunconfined = \"{unconfined}\"\n\n[agents.backends.scripted]\nkind = \"{kind}\"\ncommand = [\"python3\", {:?}, \"{scenario}\"]\n",
            script.display().to_string()
        );
        self.user.write("config/pyteam.toml", &settings);
        self
    }

    /// A project of these files, whose agent answers with this text.
    pub fn answering(files: &[(&str, &str)], answer: &str) -> Self {
        let scene = Self::new(files);
        scene.user.write("answer.md", answer);
        let path = scene.user.path("answer.md").display().to_string();
        scene.with_agent("command", &format!("command-answer\", {path:?}, \"--token\", \"x"))
    }

    /// A file's text; none where there is no such file.
    pub fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.project.path(path)).ok()
    }

    /// That user's command.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = command(self.project.root(), args);
        command.env("HOME", self.user.path("home")).env("USERPROFILE", self.user.path("home"));
        command.env("PYTEAM_CONFIG_DIR", self.user.path("config")).env("PYTEAM_STATE_DIR", self.user.path("state"));
        command
    }

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        run_with(self.command(args), b"")
    }
}
