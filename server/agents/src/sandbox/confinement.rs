//! How well a program is held: by what, and which ways out are open.

use serde::{Deserialize, Serialize};

/// What a program is held by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// Namespaces of its own, made by bubblewrap, and a filter of system calls.
    Bubblewrap,
    /// Landlock, and a stricter filter of system calls.
    Landlock,
    /// A profile of macOS's `sandbox-exec`.
    SandboxExec,
    /// Nothing.
    Nothing,
}

impl Mechanism {
    /// What may hold programs on this system, the best first.
    pub fn of_this_system() -> Vec<Self> {
        match std::env::consts::OS {
            "linux" => vec![Self::Bubblewrap, Self::Landlock],
            "macos" => vec![Self::SandboxExec],
            _ => Vec::new(),
        }
    }

    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Landlock => "Landlock and seccomp",
            Self::SandboxExec => "sandbox-exec",
            Self::Nothing => "nothing",
        }
    }
}

/// How well a program is held, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It can do what its user can.
    Not,
    /// It can write in its own folders alone, and some other ways out are open.
    Partly,
    /// No way out was found.
    Confined,
}

/// A way out of a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Writing files.
    Files,
    /// Changing permissions, owners and times of files.
    Modes,
    /// Reading files.
    Reading,
    /// Seeing which files there are, their sizes and what links lead to, and being told when they change.
    Names,
    /// Connecting to programs that listen on sockets of this machine.
    Sockets,
    /// Sending signals.
    Signals,
    /// Changing limits, priorities and processors of other processes.
    Limits,
    /// Seeing which processes there are.
    Processes,
    /// Reading and writing other processes' memory and environment.
    Memory,
    /// Reading from terminals and writing to them.
    Terminals,
    /// Shared memory, semaphores and message queues.
    SharedMemory,
    /// The kernel's keyrings.
    Keys,
    /// System calls that no agent needs: mounts, namespaces, `io_uring`, and what was dangerous before.
    Kernel,
    /// What `root` may do.
    Root,
    /// Leaving processes behind.
    Leftovers,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Files,
        Self::Modes,
        Self::Reading,
        Self::Names,
        Self::Sockets,
        Self::Signals,
        Self::Limits,
        Self::Processes,
        Self::Memory,
        Self::Terminals,
        Self::SharedMemory,
        Self::Keys,
        Self::Kernel,
        Self::Root,
        Self::Leftovers,
    ];

    /// What a program can do by it, after "it can".
    pub fn can(self) -> &'static str {
        match self {
            Self::Files => "write files anywhere you can",
            Self::Modes => "change permissions and times of your files",
            Self::Reading => "read your files",
            Self::Names => "see whether your files exist, their sizes and the targets of links",
            Self::Sockets => "talk to programs that listen on sockets of this machine, such as tmux or docker",
            Self::Signals => "kill your other programs",
            Self::Limits => "change limits and priorities of your other programs",
            Self::Processes => "see your other programs and their arguments",
            Self::Memory => "read the memory and environment of your other programs",
            Self::Terminals => "write to your other terminals and read from them",
            Self::SharedMemory => "use shared memory and message queues of your other programs",
            Self::Keys => "use your keyring in the kernel",
            Self::Kernel => "use system calls that no agent needs",
            Self::Root => "do what root can",
            Self::Leftovers => "leave processes running",
        }
    }

    /// Its name in a record and on the probe's output.
    pub(crate) fn word(self) -> String {
        serde_json::to_value(self).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The way of this name.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// How a program is held, as measured in the sandbox that it runs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// What holds it.
    pub by: Mechanism,
    /// The ways out that are open.
    pub open: Vec<Way>,
    /// Why nothing better holds it, where something could.
    pub note: Option<String>,
}

impl Confinement {
    /// Nothing holds it; `note` says why.
    pub fn none(note: Option<String>) -> Self {
        Self { by: Mechanism::Nothing, open: Way::ALL.to_vec(), note }
    }

    /// How well it is held.
    pub fn level(&self) -> Level {
        match self.by {
            Mechanism::Nothing => Level::Not,
            _ if self.open.contains(&Way::Files) => Level::Not,
            _ if self.open.is_empty() => Level::Confined,
            _ => Level::Partly,
        }
    }

    /// One sentence for it, without its end: how well, by what, and what does not hold.
    pub fn sentence(&self) -> String {
        let by = self.by.name();
        match self.level() {
            Level::Confined => {
                format!("confined by {by}: it can write to its copy, its home and its temporary directory")
            }
            Level::Partly => format!("partly confined by {by}: it can {}", self.openings()),
            Level::Not => format!("not confined: it can do what you can{}", self.because()),
        }
    }

    /// [`Confinement::sentence`], with why nothing better holds it.
    pub fn explanation(&self) -> String {
        match self.level() {
            Level::Partly => format!("{}{}", self.sentence(), self.because()),
            _ => self.sentence(),
        }
    }

    /// What a user can do where that is not enough.
    pub fn advice(&self) -> String {
        let setting = if self.level() == Level::Partly { "allow-partly" } else { "allow" };
        let install = if cfg!(target_os = "linux") && self.by != Mechanism::Bubblewrap {
            "Install bubblewrap, or set"
        } else {
            "Set"
        };
        format!(
            "{install} `[agents] unconfined = \"{setting}\"` in your user pyteam.toml to accept this (docs/security.md)"
        )
    }

    fn because(&self) -> String {
        self.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default()
    }

    /// What it can do by the ways that are open.
    fn openings(&self) -> String {
        let all: Vec<&str> = self.open.iter().map(|way| way.can()).collect();
        all.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(by: Mechanism, open: &[Way]) -> Confinement {
        Confinement { by, open: open.to_vec(), note: Some("bubblewrap is not installed".to_owned()) }
    }

    #[test]
    fn every_way_that_is_open_is_named() {
        let partly = held(Mechanism::Landlock, &[Way::Modes, Way::Terminals]);
        assert_eq!(partly.level(), Level::Partly);
        assert_eq!(
            partly.explanation(),
            "partly confined by Landlock and seccomp: it can change permissions and times of your files; write to your \
             other terminals and read from them (bubblewrap is not installed)"
        );
        assert_eq!(held(Mechanism::Bubblewrap, &[]).level(), Level::Confined);
        assert_eq!(held(Mechanism::Landlock, &[Way::Files]).level(), Level::Not);
        let none = Confinement::none(None);
        assert_eq!((none.level(), none.open.len()), (Level::Not, Way::ALL.len()));
        assert!(Level::Not < Level::Partly && Level::Partly < Level::Confined);
    }

    #[test]
    fn words_lead_back_to_their_way() {
        for way in Way::ALL {
            assert_eq!(Way::of_word(&way.word()), Some(way));
        }
        assert_eq!(Way::SharedMemory.word(), "shared-memory");
        assert_eq!(Way::of_word("other"), None);
    }
}
