//! What may stand on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use pyteam_agents::settings::{LimitsChange, limits};
use pyteam_engine::Severity;

/// A team of Python specialists: finds what they would object to, and repairs what can be repaired mechanically.
#[derive(Debug, Parser)]
#[command(name = "pyteam", version, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check files and folders, and repair them with --fix
    Check(CheckArgs),
    /// Show what a rule does, why, and what to do about its findings
    Explain(ExplainArgs),
    /// List all rules, or try your own
    Rules(RulesArgs),
    /// Show processes, queues and messages, and who does what with them
    Topology(TopologyArgs),
    /// Ask an agent of the team, and see its change before it is made
    Ask(AskArgs),
    /// List the team: who can be asked, what each may do, and how each is reached
    Agents(AgentsArgs),
    /// Write settings, the team as agent files, or a specialist for this project
    Init(InitArgs),
    /// Trust a workspace to name commands and to bring agents that do more than read
    Trust(TrustArgs),
    /// Show which agents were asked, what they did, and what became of it
    Runs(RunsArgs),
    /// Empty the cache, or say where it is
    Cache(CacheArgs),
    /// Run the language server on standard input and output
    Server(ServerArgs),
    /// Say which pyteam this is
    Version(VersionArgs),
    /// Hold an agent's program: for pyteam's own use
    #[command(hide = true)]
    Jail(JailArgs),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal
    Auto,
    /// Also into a file or a pipe
    Always,
    /// Not at all
    Never,
}

/// Options of `pyteam check`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("repairs").multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct CheckArgs {
    /// Files and folders; `-` reads standard input
    #[arg(value_name = "PATHS", default_value = ".", hide_default_value = true)]
    pub(super) paths: Vec<PathBuf>,
    /// Repair what can be repaired safely
    #[arg(long, group = "repairs")]
    pub(super) fix: bool,
    /// With --fix or --diff: also repairs that a person should look at
    #[arg(long, requires = "repairs")]
    pub(super) unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, group = "repairs")]
    pub(super) diff: bool,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: CheckFormat,
    /// Show findings of this severity and worse [default: information]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) severity: Option<SeverityArg>,
    /// Exit with 1 for findings of this severity and worse [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<SeverityArg>,
    /// Only these rules or families
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these rules or families
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Exit with 0 even when there are findings
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Print findings and errors, nothing else
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Neither take the answer from the cache nor keep it there
    #[arg(long)]
    pub(super) no_cache: bool,
    /// What the text on standard input is called
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
}

/// Formats of `pyteam check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people
    Text,
    /// An array of findings, in ruff's shape
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

/// Formats of the other commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SeverityArg {
    /// Every finding
    Hint,
    /// Worth knowing
    #[value(alias = "info")]
    Information,
    /// Will hurt one day
    Warning,
    /// Broken or dangerous now
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
    /// The rule's code, such as `blocking-get-without-timeout`
    pub(super) code: String,
    /// How the page is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// What else to do than to list them
    #[command(subcommand)]
    pub(super) command: Option<RulesCommand>,
    /// How the result is printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Try your own rules by the examples on their pages
    Test(RulesTestArgs),
}

/// Options of `pyteam rules test`.
#[derive(Debug, Args)]
pub(super) struct RulesTestArgs {
    /// The folder of the pages, or one page [default: .pyteam/rules]
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

/// Options of `pyteam topology`.
#[derive(Debug, Args)]
pub(super) struct TopologyArgs {
    /// The project's folder, or one file of it
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) path: PathBuf,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: TopologyFormat,
}

/// Formats of `pyteam topology`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TopologyFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// A diagram that Markdown viewers draw
    Mermaid,
    /// A diagram for Graphviz
    Dot,
}

/// Options of `pyteam ask`.
#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// Whom to ask, such as `python-architect`; `pyteam agents` lists all, and `anyone` lets pyteam choose
    pub(super) agent: String,
    /// About what, and what for: `src/worker.py:Worker.run "Why does it hang?"`
    #[arg(value_name = "[PATH[:SYMBOL or LINE]] [GOAL]", num_args = 0..=2)]
    pub(super) words: Vec<String>,
    /// A file that was modified, for agents that work is handed to; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) modified: Vec<PathBuf>,
    /// Go on with the session that the agent had in this run, where it can
    #[arg(long, value_name = "RUN")]
    pub(super) resume: Option<String>,
    /// Make the change without asking, but for deletions and files that run by themselves
    #[arg(long)]
    pub(super) yes: bool,
    /// With --yes: also delete, empty and move files
    #[arg(long, requires = "yes")]
    pub(super) allow_deletions: bool,
    /// With --yes: also write files that something runs by itself, such as conftest.py, CI workflows and CLAUDE.md
    #[arg(long, requires = "yes")]
    pub(super) allow_autorun: bool,
    /// Print what the agent would be told, and ask nobody
    #[arg(long)]
    pub(super) brief: bool,
    /// How the answer is printed
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
    /// For the whole request: `90s`, `30m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) timeout: Option<Duration>,
    /// Without a word from the program; a command may be silent for 30m, an ACP agent for 5m
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) silence: Option<Duration>,
    /// Of the answer: `32MB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_answer_size: Option<u64>,
    /// How many files the change may touch
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
    /// The workspace's folder [default: the project around the working folder]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// Tell all about one agent: what it does, may, produces and owns
    #[arg(long, value_name = "NAME")]
    pub(super) show: Option<String>,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The project's folder
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(super) path: PathBuf,
    /// Write the team as .claude/agents/*.md, too
    #[arg(long)]
    pub(super) agents: bool,
    /// Write a specialist of this name for this project, too, with what it uses and consists of
    #[arg(long, value_name = "NAME")]
    pub(super) specialist: Option<String>,
    /// Replace files that are there
    #[arg(long)]
    pub(super) force: bool,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

/// Options of `pyteam trust`.
#[derive(Debug, Args)]
pub(super) struct TrustArgs {
    /// The workspace's folder [default: the project around the working folder]
    #[arg(value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// Show what the workspace asks for, and change nothing
    #[arg(long, conflicts_with_all = ["revoke", "list"])]
    pub(super) show: bool,
    /// Trust it no longer
    #[arg(long, conflicts_with = "list")]
    pub(super) revoke: bool,
    /// List all workspaces that are trusted
    #[arg(long)]
    pub(super) list: bool,
    /// How the result is printed
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
    /// What else to do than to list them
    #[command(subcommand)]
    pub(super) command: Option<RunsCommand>,
    /// How many are listed
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub(super) limit: usize,
    /// How the result is printed
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub(super) output_format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// Show everything that happened in one run
    Show(RunsShowArgs),
}

/// Options of `pyteam runs show`.
#[derive(Debug, Args)]
pub(super) struct RunsShowArgs {
    /// The run's name, as `pyteam runs` lists it
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
    /// What to do with it
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Remove everything in it
    Clean,
    /// Print its folder
    Dir,
}

/// Options of `pyteam server`.
#[derive(Debug, Args)]
pub(super) struct ServerArgs {}

/// Options of `pyteam version`.
#[derive(Debug, Args)]
pub(super) struct VersionArgs {
    /// How the version is printed
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
