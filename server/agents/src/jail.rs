//! The jail: what keeps an agent's program in its shadow, and what ends all that it started.
//!
//! `pyteam jail` is two small programs in one. The **supervisor** makes itself the parent that orphans go to, starts the
//! agent, and ends every descendant when the agent ends, or when the pipe to the server closes: that happens also when
//! the server is killed. Between the two, **confine** takes from itself the right to write anywhere but in a few
//! folders, and then becomes the agent. It is confined one level deeper than the supervisor, so that the agent can send
//! no signal to whoever watches it.
//!
//! On a kernel without Landlock the agent is supervised and not confined; where there is no `/proc`, neither.

#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
pub(crate) mod descendants;
#[cfg(target_os = "linux")]
mod supervise;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use pyteam_display::Visible;

/// Ended because the jail could not be set up.
const BROKEN: u8 = 125;

/// How agents' programs are jailed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Jail {
    /// What calls [`main`]: `["/usr/bin/pyteam", "jail"]`. If empty, agents are not supervised.
    pub command: Vec<OsString>,
    /// Confine with Landlock where the kernel has it.
    pub landlock: bool,
}

impl Jail {
    /// The running program, called with `jail`: for `pyteam` itself.
    pub fn of_this_program() -> Self {
        let command = std::env::current_exe().map(|program| vec![program.into(), "jail".into()]).unwrap_or_default();
        Self { command, landlock: true }
    }

    /// How well an agent's program will be held here.
    pub fn hold(&self) -> Hold {
        if self.command.is_empty() || !cfg!(target_os = "linux") {
            return Hold::Group;
        }
        if self.landlock && kernel_has_landlock() { Hold::Confined } else { Hold::Supervised }
    }
}

/// How well an agent's program is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// Its process group is ended; a process that leaves the group stays.
    Group,
    /// All that it starts is ended.
    Supervised,
    /// And the kernel lets it write in its shadow, its home and its temporary folder alone.
    Confined,
}

impl Hold {
    /// What a record says about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Group => "its process group is ended; nothing keeps it from writing elsewhere",
            Self::Supervised => {
                "all that it starts is ended; this kernel has no Landlock, nothing keeps it from writing elsewhere"
            }
            Self::Confined => "all that it starts is ended; the kernel lets it write in its copy alone",
        }
    }
}

/// What stands behind `pyteam jail`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Order {
    control: Option<PathBuf>,
    landlock: bool,
    write: Vec<PathBuf>,
    program: Vec<OsString>,
}

impl Order {
    fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut order = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--landlock") => order.landlock = true,
                Some("--write") => order.write.extend(arguments.next().map(PathBuf::from)),
                Some("--control") => order.control = arguments.next().map(PathBuf::from),
                Some("--") => order.program = arguments.by_ref().collect(),
                _ => return Err(format!("unknown argument `{}`", argument.display())),
            }
        }
        if order.program.is_empty() { Err("no program to start".to_owned()) } else { Ok(order) }
    }

    #[cfg(target_os = "linux")]
    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(control) = &self.control {
            arguments.extend(["--control".into(), control.clone().into()]);
        }
        if self.landlock {
            arguments.push("--landlock".into());
        }
        for folder in &self.write {
            arguments.extend(["--write".into(), folder.clone().into()]);
        }
        arguments.push("--".into());
        arguments.extend(self.program.iter().cloned());
        arguments
    }
}

/// The command line by which `jail` has a program supervised; `write` are the folders that it may write in.
#[cfg(target_os = "linux")]
pub(crate) fn supervised(jail: &Jail, control: PathBuf, write: Vec<PathBuf>, program: Vec<OsString>) -> Vec<OsString> {
    let landlock = jail.hold() == Hold::Confined;
    let mut command = jail.command.clone();
    command.push("supervise".into());
    command.extend(Order { control: Some(control), landlock, write, program }.arguments());
    command
}

/// `pyteam jail ...`: called by pyteam itself with what follows `jail`. Gives the agent's own exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut arguments = arguments.into_iter();
    let part = arguments.next().unwrap_or_default();
    let ended = Order::parse(arguments).and_then(|order| run(part.to_str().unwrap_or_default(), &order));
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            say(&problem);
            ExitCode::from(BROKEN)
        }
    }
}

#[cfg(target_os = "linux")]
fn run(part: &str, order: &Order) -> Result<u8, String> {
    match part {
        "supervise" => supervise::supervise(order),
        "confine" => confine::confine(order),
        _ => Err("this is for pyteam's own use".to_owned()),
    }
}

#[cfg(not(target_os = "linux"))]
fn run(_part: &str, _order: &Order) -> Result<u8, String> {
    Err("there is no jail on this system".to_owned())
}

/// Whether the running kernel can confine.
pub fn kernel_has_landlock() -> bool {
    #[cfg(target_os = "linux")]
    {
        confine::is_possible()
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Says what keeps the agent's program from starting: the run reads it as the program's last words.
#[expect(clippy::disallowed_methods, reason = "what is written is marked")]
fn say(problem: &dyn std::fmt::Display) {
    // Where there is no standard error, there is no place to say so.
    let _ = writeln!(Visible(std::io::stderr()), "pyteam jail: {problem}");
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn what_belongs_to_the_program_is_left_alone() {
        let words = ["--control", "/c", "--landlock", "--write", "/a", "--write", "/b", "--", "x", "--landlock", "--"];
        let order = Order::parse(words.into_iter().map(Into::into)).unwrap();
        assert_eq!(order.program, ["x", "--landlock", "--"]);
        assert_eq!(order.write.len(), 2);
        assert!(order.landlock);
        #[cfg(target_os = "linux")]
        assert_eq!(Order::parse(order.arguments().into_iter()).unwrap(), order);
        assert!(Order::parse(["--write", "/a"].into_iter().map(Into::into)).is_err());
        assert!(Order::parse(["--other", "--", "x"].into_iter().map(Into::into)).is_err());
    }
}
