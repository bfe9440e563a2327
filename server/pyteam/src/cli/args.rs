//! What may stand on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use pyteam_agents::settings::{LimitsChange, limits};
use pyteam_engine::Severity;

/// Find and fix concurrency, messaging and model-loading bugs in Python programs.
#[derive(Debug, Parser)]
#[command(
    name = "pyteam",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 no warnings or errors (see check --fail-on), 1 findings, 2 error. Settings: pyteam.toml or [tool.pyteam] in pyproject.toml."
)]
pub(super) struct Cli {
    /// Subcommand.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// When to color the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check files and directories, and fix them with --fix
    Check(CheckArgs),
    /// Explain a rule, or the findings of a line
    Explain(ExplainArgs),
    /// List all rules, or test your own
    Rules(RulesArgs),
    /// Show processes, channels and messages
    Topology(TopologyArgs),
    /// Ask an agent, and review its change before it is applied
    Ask(AskArgs),
    /// List agents, their permissions and backends
    Agents(AgentsArgs),
    /// Create pyteam.toml, agent files or a project specialist
    Init(InitArgs),
    /// Trust the commands and agents of a workspace
    Trust(TrustArgs),
    /// List agent runs and their results
    Runs(RunsArgs),
    /// Clear the cache, or print its location
    Cache(CacheArgs),
    /// Run the language server over standard input and output
    Server(ServerArgs),
    /// Print the version
    Version(VersionArgs),
    /// Confine an agent's program: for pyteam's own use
    #[command(hide = true)]
    Jail(JailArgs),
}

/// When to color the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// Color on a terminal
    Auto,
    /// Always color
    Always,
    /// Never color
    Never,
}

/// Options of `pyteam check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 no finding at or above --fail-on, 1 such findings, 2 error.

Examples:
  pyteam check src
  pyteam check --diff --unsafe-fixes src/worker.py
  pyteam check --output-format sarif --exit-zero > pyteam.sarif")]
#[command(group = ArgGroup::new("repairs").multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct CheckArgs {
    /// Files or directories to check; `-` for standard input [default: .]
    #[arg(value_name = "PATHS", default_value = ".", hide_default_value = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Apply safe fixes
    #[arg(long, group = "repairs")]
    pub(super) fix: bool,
    /// Include fixes that may change behavior; use with --fix or --diff
    #[arg(long, requires = "repairs")]
    pub(super) unsafe_fixes: bool,
    /// Print the fixes as a diff without applying them
    #[arg(long, group = "repairs")]
    pub(super) diff: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: CheckFormat,
    /// Order of findings: by file and line, or by severity and evidence [default: rank for text, place for others]
    #[arg(long, value_name = "ORDER")]
    pub(super) sort: Option<Sort>,
    /// Lowest severity to show [default: information]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) severity: Option<SeverityArg>,
    /// Lowest severity that makes the exit code 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<SeverityArg>,
    /// Rules or families to enable, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Rules or families to disable, separated by commas
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Exit with code 0 even if there are findings
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Print only findings and errors
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Do not read or write the cache
    #[arg(long)]
    pub(super) no_cache: bool,
    /// File name to assume for standard input
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
}

/// Orders of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Sort {
    /// By file and line
    Place,
    /// By severity, then by how much is shown of what goes wrong
    Rank,
}

/// Formats of `pyteam check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// Human-readable
    Text,
    /// JSON array, with the field names of ruff
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub Actions annotations
    Github,
}

/// Formats of the other commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Human-readable
    Text,
    /// JSON
    Json,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SeverityArg {
    /// Minor or unlikely
    Hint,
    /// Worth knowing
    #[value(alias = "info")]
    Information,
    /// Likely to hang, leak or fail
    Warning,
    /// Broken or exploitable
    Error,
}

impl From<SeverityArg> for Severity {
    fn from(arg: SeverityArg) -> Self {
        match arg {
            SeverityArg::Hint => Self::Hint,
            SeverityArg::Information => Self::Information,
            SeverityArg::Warning => Self::Warning,
            SeverityArg::Error => Self::Error,
        }
    }
}

/// Options of `pyteam explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Rule code, such as `blocking-get-without-timeout`, or a place with findings, such as `worker.py:12`
    #[arg(value_name = "CODE|FILE:LINE")]
    pub(super) code: String,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// Subcommand
    #[command(subcommand)]
    pub(super) command: Option<RulesCommand>,
    /// Output format
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Run the examples on your own rules' pages as tests
    Test(RulesTestArgs),
}

/// Options of `pyteam rules test`.
#[derive(Debug, Args)]
pub(super) struct RulesTestArgs {
    /// Directory of rule pages, or one page [default: .pyteam/rules]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

/// Options of `pyteam topology`.
#[derive(Debug, Args)]
pub(super) struct TopologyArgs {
    /// Project directory, or one of its files [default: .]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) path: PathBuf,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: TopologyFormat,
}

/// Formats of `pyteam topology`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TopologyFormat {
    /// Human-readable
    Text,
    /// JSON
    Json,
    /// Mermaid diagram
    Mermaid,
    /// Graphviz diagram
    Dot,
}

/// Options of `pyteam ask`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pyteam ask anyone \"Where can this pipeline hang?\"
  pyteam ask python-architect src/worker.py:Worker.run \"Explain how it stops\"")]
pub(super) struct AskArgs {
    /// Agent name, or `anyone` to let pyteam choose; see `pyteam agents`
    pub(super) agent: String,
    /// TARGET: path, `path:line` or `path:symbol` [default: .]; REQUEST: what to do, in quotes
    #[arg(value_name = "TARGET] [REQUEST", num_args = 0..=2)]
    pub(super) words: Vec<String>,
    /// Changed file to review (repeatable) [default: uncommitted files]
    #[arg(long, value_name = "FILE")]
    pub(super) modified: Vec<PathBuf>,
    /// Continue the agent's session from an earlier run
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<String>,
    /// Apply the change without confirmation, except deletions and files that run by themselves
    #[arg(long)]
    pub(super) yes: bool,
    /// With --yes: also delete, empty and move files
    #[arg(long, requires = "yes")]
    pub(super) allow_deletions: bool,
    /// With --yes: also write files that run by themselves, such as conftest.py, CI workflows and CLAUDE.md
    #[arg(long, requires = "yes")]
    pub(super) allow_autorun: bool,
    /// Print the agent's prompt and exit
    #[arg(long)]
    pub(super) print_prompt: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
    /// Limits of this request.
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

/// Limits of `pyteam ask`, above those of the settings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits (see [agents.limits] in the settings)")]
pub(super) struct LimitArgs {
    /// Of the whole request: `90s`, `30m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) timeout: Option<Duration>,
    /// Without output from the program [default: 30m for a command, 5m for an ACP agent]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) silence: Option<Duration>,
    /// Of the answer: `32MB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_answer_size: Option<u64>,
    /// Number of files that the change may touch
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_files: Option<u64>,
    /// Of one file, in the agent's copy of the workspace and in its change
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_file_size: Option<u64>,
    /// Of the agent's copy of the workspace
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_copy_size: Option<u64>,
}

impl LimitArgs {
    /// What is set.
    pub(super) fn change(&self) -> LimitsChange {
        LimitsChange {
            run: self.timeout,
            silence: self.silence,
            answer_size: self.max_answer_size,
            files: self.max_files,
            file_size: self.max_file_size,
            copy_size: self.max_copy_size,
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    limits::time(text).filter(|time| !time.is_zero()).ok_or_else(|| "say `90s`, `30m` or `2h`".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    limits::size(text).filter(|size| *size > 0).ok_or_else(|| "say `512KB`, `4MB` or `1GB`".to_owned())
}

/// Options of `pyteam agents`.
#[derive(Debug, Args)]
pub(super) struct AgentsArgs {
    /// Workspace directory [default: the enclosing project]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// Show one agent in detail
    #[arg(long, value_name = "NAME")]
    pub(super) show: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Project directory [default: .]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) path: PathBuf,
    /// Also write the agents as .claude/agents/*.md
    #[arg(long)]
    pub(super) agents: bool,
    /// Also write a specialist for this project, with this name
    #[arg(long, value_name = "NAME")]
    pub(super) specialist: Option<String>,
    /// Overwrite existing files
    #[arg(long)]
    pub(super) force: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam trust`.
#[derive(Debug, Args)]
pub(super) struct TrustArgs {
    /// Workspace directory [default: the enclosing project]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// Show what trust would allow
    #[arg(long, conflicts_with_all = ["revoke", "list"])]
    pub(super) show: bool,
    /// Revoke trust
    #[arg(long, conflicts_with = "list")]
    pub(super) revoke: bool,
    /// List trusted workspaces
    #[arg(long)]
    pub(super) list: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam runs`.
#[derive(Debug, Args)]
#[command(subcommand_precedence_over_arg = true)]
pub(super) struct RunsArgs {
    /// Show this run, like `pyteam runs show`
    #[arg(value_name = "RUN")]
    pub(super) id: Option<String>,
    /// Subcommand
    #[command(subcommand)]
    pub(super) command: Option<RunsCommand>,
    /// Number of runs to list
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(super) limit: usize,
    /// Output format
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// Show one run in detail
    Show(RunsShowArgs),
}

/// Options of `pyteam runs show`.
#[derive(Debug, Args)]
pub(super) struct RunsShowArgs {
    /// Run ID, as printed by `pyteam runs`
    pub(super) id: String,
}

/// What `pyteam jail` is told by pyteam.
#[derive(Debug, Args)]
pub(super) struct JailArgs {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(super) arguments: Vec<OsString>,
}

/// Options of `pyteam cache`.
#[derive(Debug, Args)]
pub(super) struct CacheArgs {
    /// Subcommand
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Delete all cached results
    Clean,
    /// Print the cache directory
    Dir,
}

/// Options of `pyteam server`.
#[derive(Debug, Args)]
pub(super) struct ServerArgs {}

/// Options of `pyteam version`.
#[derive(Debug, Args)]
pub(super) struct VersionArgs {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn unsafe_fixes_alone_are_refused() {
        let parse = |words: &[&str]| Cli::try_parse_from(["pyteam", "check"].iter().chain(words));
        assert!(parse(&["--unsafe-fixes"]).is_err());
        for words in [&["--fix", "--unsafe-fixes"][..], &["--unsafe-fixes", "--diff"], &["--fix", "--diff"]] {
            assert!(parse(words).is_ok(), "{words:?}");
        }
    }

    #[test]
    fn a_run_is_shown_with_and_without_the_word() {
        for words in
            [&["runs", "1-a"][..], &["runs", "show", "1-a"], &["runs", "--output-format", "json", "show", "1-a"]]
        {
            let cli = Cli::try_parse_from(["pyteam"].iter().chain(words)).unwrap();
            let Some(Command::Runs(runs)) = cli.command else { panic!("runs") };
            let shown = runs.command.map(|RunsCommand::Show(show)| show.id).or(runs.id);
            assert_eq!(shown.as_deref(), Some("1-a"), "{words:?}");
        }
    }

    #[test]
    fn lists_are_separated_by_commas() {
        let cli = Cli::try_parse_from(["pyteam", "check", "--select", "a,b", "--select=c", "x.py"]).unwrap();
        let Some(Command::Check(check)) = cli.command else { panic!("check") };
        assert_eq!(check.select, ["a", "b", "c"]);
        assert_eq!(check.paths, [PathBuf::from("x.py")]);
    }
}
