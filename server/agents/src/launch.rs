//! How an agent is reached, and how its program is started.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How an agent is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackEnd {
    /// From the index and the rules, offline; the default.
    BuiltIn,
    /// A program that speaks the Agent Client Protocol on its standard streams.
    Acp(Launch),
    /// A program that reads the brief on its standard input, and writes text or a unified diff.
    Command(Launch),
}

/// How a backend's program is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The backend's name in the settings.
    pub name: String,
    /// The program, an absolute path outside the workspace.
    pub program: PathBuf,
    /// What it is called with.
    pub args: Vec<String>,
    /// All of its environment, but for `PATH`, `HOME`, `LANG` and `TMPDIR`, which are provided.
    pub environment: BTreeMap<String, String>,
    /// Its home; a private one that is gone after the run, where none is said.
    pub home: Option<PathBuf>,
    /// The session mode that is asked for, where the program offers it.
    pub mode: Option<String>,
    /// The model that is asked for, where the program offers it.
    pub model: Option<String>,
    /// Whether it may use the network. It has to, where its model is not on this machine.
    pub network: bool,
    /// Files and folders that it may read besides the system's, its own installation and its copy.
    pub read: Vec<PathBuf>,
}

/// A program that serves tools to an agent by the Model Context Protocol, on its standard streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolServer {
    /// What the agent calls it.
    pub name: String,
    /// An absolute path.
    pub program: PathBuf,
    /// What it is called with.
    pub args: Vec<String>,
    /// Its environment, as far as it is not the agent's.
    pub environment: Vec<(String, String)>,
}
