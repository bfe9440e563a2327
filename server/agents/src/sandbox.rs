//! The sandbox: what keeps an agent's program to its copy of the workspace, and what ends all that it started.
//!
//! `pyteam jail` is several small programs in one. The **supervisor** makes itself the parent that orphans go to, starts
//! the program in a sandbox, and ends every descendant when the program ends, or when the pipe to the server closes: that
//! happens also when the server is killed. The sandbox is made by **bubblewrap** where that works: namespaces in which
//! only the system, the program's own installation and its copy are seen. Else the kernel's **Landlock** holds it, with a
//! filter of system calls for what Landlock does not know. Inside, **confine** takes the last rights from itself and becomes
//! the program.
//!
//! What that keeps out is measured and not believed: before a run, the **probe** tries the ways out in the very sandbox
//! ([`Sandbox::measure`]). What is open is named in the run log, and asked about.

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod confine;
mod confinement;
#[cfg(target_os = "linux")]
pub(crate) mod descendants;
#[cfg(target_os = "linux")]
mod filter;
#[cfg(unix)]
mod jail_command;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(unix)]
mod measure;
#[cfg(unix)]
mod policy;
#[cfg(unix)]
mod probe;
#[cfg(any(target_os = "macos", test))]
mod sandbox_exec;
#[cfg(target_os = "linux")]
mod supervise;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;
use std::process::ExitCode;

use pyteam_display::Visible;

pub use self::confinement::{Confinement, Level, Mechanism, Way};
#[cfg(unix)]
use self::jail_command::JailCommand;
#[cfg(unix)]
pub(crate) use self::policy::Policy;
use crate::launch::Launch;
#[cfg(unix)]
use crate::user_dirs;

/// Ended because the sandbox could not be set up.
const BROKEN: u8 = 125;

/// How agents' programs are kept to their copies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Sandbox {
    /// What calls [`main`]: `["/usr/bin/pyteam", "jail"]`. If empty, programs are neither supervised nor confined.
    pub command: Vec<OsString>,
    /// What may hold programs, the best first.
    pub mechanisms: Vec<Mechanism>,
    /// Bytes of the largest file that a program may write.
    pub largest: Option<u64>,
}

impl Sandbox {
    /// The running program, called with `jail`: for `pyteam` itself. `PYTEAM_SANDBOX` names the one mechanism that may be
    /// used, for those who want to see what another one does.
    pub fn of_this_program() -> Self {
        let command = std::env::current_exe().map(|program| vec![program.into(), "jail".into()]).unwrap_or_default();
        let mechanisms = match std::env::var("PYTEAM_SANDBOX").as_deref() {
            Ok("bubblewrap") => vec![Mechanism::Bubblewrap],
            Ok("landlock") => vec![Mechanism::Landlock],
            Ok("nothing") => Vec::new(),
            _ => Mechanism::of_this_system(),
        };
        Self { command, mechanisms, largest: Some(2 << 30) }
    }

    /// How well `launch` will be held while it works on a copy of `workspace`: tried out in the same sandbox, the first
    /// time, and remembered. This starts processes: not for an async thread.
    pub fn measure(&self, launch: &Launch, workspace: &Path) -> Confinement {
        self.hold(launch, workspace).confinement
    }

    /// [`Sandbox::measure`], with the policy that it was measured under and that the program is started under.
    pub(crate) fn hold(&self, launch: &Launch, workspace: &Path) -> Hold {
        #[cfg(unix)]
        if !self.command.is_empty() {
            let workspace = workspace.canonicalize().unwrap_or_else(|_| workspace.to_owned());
            let policy = policy_for(launch, &workspace);
            return Hold { confinement: measure::measure(self, &policy, &workspace), policy: Some(policy) };
        }
        let _ = (launch, workspace);
        Hold::none(Some("no sandbox on this system".to_owned()))
    }

    /// Whether a supervisor ends what a program leaves behind.
    pub(crate) fn is_supervised(&self) -> bool {
        cfg!(target_os = "linux") && !self.command.is_empty()
    }

    /// Whether `by` is there at all; an error says what is missing.
    #[cfg(unix)]
    fn is_possible(by: Mechanism) -> Result<(), String> {
        match by {
            #[cfg(target_os = "linux")]
            Mechanism::Bubblewrap if bubblewrap::find().is_none() => Err("bubblewrap is not installed".to_owned()),
            #[cfg(target_os = "linux")]
            Mechanism::Landlock if !landlock::is_possible() => Err("this kernel has no Landlock".to_owned()),
            #[cfg(target_os = "linux")]
            Mechanism::Bubblewrap | Mechanism::Landlock => Ok(()),
            #[cfg(target_os = "macos")]
            Mechanism::SandboxExec => Ok(()),
            _ => Err(format!("{} does not exist on this system", by.name())),
        }
    }

    /// The command line that starts `program` held by `by`. It may write in `write`; `temporary` is among these.
    #[cfg(unix)]
    pub(crate) fn line(
        &self,
        by: Mechanism,
        policy: &Policy,
        control: Option<PathBuf>,
        write: &[PathBuf],
        temporary: &Path,
        program: Vec<OsString>,
    ) -> Vec<OsString> {
        #[cfg(target_os = "linux")]
        if self.is_supervised() {
            let jail = JailCommand {
                control,
                by,
                bubblewrap: bubblewrap::find(),
                write: write.to_vec(),
                temporary: Some(temporary.to_owned()),
                unix: may_make_sockets(by, policy),
                policy: policy.clone(),
                streams: None,
                largest: self.largest,
                program,
            };
            let mut line = self.command.clone();
            line.push("supervise".into());
            line.extend(jail.arguments());
            return line;
        }
        #[cfg(target_os = "macos")]
        if by == Mechanism::SandboxExec {
            return sandbox_exec::line(policy, write, program);
        }
        let _ = (by, policy, control, write, temporary);
        program
    }
}

/// How a program will be held.
pub(crate) struct Hold {
    /// As it was measured.
    pub(crate) confinement: Confinement,
    /// What the program sees; none where nothing holds it.
    #[cfg(unix)]
    pub(crate) policy: Option<Policy>,
}

impl Hold {
    /// Nothing holds the program; `note` says why.
    pub(crate) fn none(note: Option<String>) -> Self {
        Self {
            confinement: Confinement::none(note),
            #[cfg(unix)]
            policy: None,
        }
    }
}

/// What `launch` sees while it works on a copy of `workspace`.
#[cfg(unix)]
fn policy_for(launch: &Launch, workspace: &Path) -> Policy {
    let may_write_home = launch.home.as_deref().is_none_or(|home| user_dirs::may_write_home(workspace, home));
    Policy::of(launch, workspace, may_write_home)
}

/// Whether a program may make sockets of this machine: only where it reaches none but its own.
#[cfg(target_os = "linux")]
fn may_make_sockets(by: Mechanism, policy: &Policy) -> bool {
    match by {
        Mechanism::Nothing => true,
        _ if landlock::holds_sockets() => true,
        // None but its own are in sight; those without a path belong to the network.
        Mechanism::Bubblewrap => !policy.is_wide && (!policy.network || landlock::holds_abstract_sockets()),
        _ => false,
    }
}

/// `pyteam jail ...`: called by pyteam itself with what follows `jail`. Gives the agent's own exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let part = arguments.next().unwrap_or_default();
    match run(part.to_str().unwrap_or_default(), arguments) {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            say(&problem);
            ExitCode::from(BROKEN)
        }
    }
}

#[cfg(unix)]
fn run(part: &str, arguments: impl Iterator<Item = OsString>) -> Result<u8, String> {
    match part {
        #[cfg(target_os = "linux")]
        "supervise" => supervise::supervise(&JailCommand::parse(arguments)?),
        #[cfg(target_os = "linux")]
        "confine" => confine::confine(&JailCommand::parse(arguments)?),
        "probe" => probe::probe(arguments),
        "bait" => Ok(measure::wait()),
        _ => Err("internal command of pyteam".to_owned()),
    }
}

#[cfg(not(unix))]
fn run(_part: &str, _arguments: impl Iterator<Item = OsString>) -> Result<u8, String> {
    Err("no sandbox on this system".to_owned())
}

/// Says what keeps the agent's program from starting: the run reads it as the program's last words.
#[expect(clippy::disallowed_methods, reason = "what is written is marked")]
fn say(problem: &dyn std::fmt::Display) {
    // Where there is no standard error, there is no place to say so.
    let _ = writeln!(Visible(std::io::stderr()), "pyteam jail: {problem}");
}
