//! The command line of `pyteam jail`: pyteam calls itself by it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Mechanism;
use super::policy::Policy;

/// What stands behind `pyteam jail supervise` and `pyteam jail confine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JailCommand {
    /// The pipe by which the supervisor knows that it is still wanted.
    pub(super) control: Option<PathBuf>,
    /// What holds the program.
    pub(super) by: Mechanism,
    /// The program `bwrap`.
    pub(super) bubblewrap: Option<PathBuf>,
    /// Folders that it may write in.
    pub(super) write: Vec<PathBuf>,
    /// Its folder for temporary files, which also stands in for those of the system.
    pub(super) temporary: Option<PathBuf>,
    /// What it sees and reaches.
    pub(super) policy: Policy,
    /// Whether it may make sockets of this machine.
    pub(super) unix: bool,
    /// The numbers of the program's own standard input and output, where those of this process are others'.
    pub(super) streams: Option<[i32; 2]>,
    /// Bytes of the largest file that it may write.
    pub(super) largest: Option<u64>,
    /// The program, and what it is called with.
    pub(super) program: Vec<OsString>,
}

impl Default for JailCommand {
    fn default() -> Self {
        Self {
            control: None,
            by: Mechanism::Nothing,
            bubblewrap: None,
            write: Vec::new(),
            temporary: None,
            policy: Policy::default(),
            unix: false,
            streams: None,
            largest: None,
            program: Vec::new(),
        }
    }
}

impl JailCommand {
    pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut jail = Self::default();
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut path = || arguments.next().map(PathBuf::from).ok_or("an argument has no value");
            match argument.to_str() {
                Some("--bubblewrap") => (jail.by, jail.bubblewrap) = (Mechanism::Bubblewrap, Some(path()?)),
                Some("--landlock") => jail.by = Mechanism::Landlock,
                Some("--control") => jail.control = Some(path()?),
                Some("--write") => jail.write.push(path()?),
                Some("--temporary") => jail.temporary = Some(path()?),
                Some("--read") => drop(jail.policy.read.insert(path()?)),
                Some("--link") => drop(jail.policy.links.insert(path()?, path()?)),
                Some("--passed") => drop(jail.policy.passed.insert(path()?)),
                Some("--hide") => drop(jail.policy.hidden.insert(path()?)),
                Some("--network") => jail.policy.network = true,
                Some("--unix") => jail.unix = true,
                Some("--streams") => jail.streams = Some([number(&path()?)?, number(&path()?)?]),
                Some("--largest") => jail.largest = path()?.to_str().and_then(|bytes| bytes.parse().ok()),
                Some("--") => jail.program = arguments.by_ref().collect(),
                _ => return Err(format!("unknown argument `{}`", argument.display())),
            }
        }
        if jail.program.is_empty() { Err("no program to start".to_owned()) } else { Ok(jail) }
    }

    /// The command line that says this. What is wide was decided upon before.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        match (self.by, &self.bubblewrap) {
            (Mechanism::Bubblewrap, Some(program)) => words.extend(["--bubblewrap".into(), program.into()]),
            (Mechanism::Landlock, _) => words.push("--landlock".into()),
            _ => {}
        }
        let mut named = |name: &str, paths: &mut dyn Iterator<Item = &PathBuf>| {
            paths.for_each(|path| words.extend([name.into(), path.into()]));
        };
        named("--control", &mut self.control.iter());
        named("--write", &mut self.write.iter());
        named("--temporary", &mut self.temporary.iter());
        named("--read", &mut self.policy.read.iter());
        named("--passed", &mut self.policy.passed.iter());
        named("--hide", &mut self.policy.hidden.iter());
        for (at, target) in &self.policy.links {
            words.extend(["--link".into(), at.into(), target.into()]);
        }
        words.extend(self.policy.network.then(|| "--network".into()));
        words.extend(self.unix.then(|| "--unix".into()));
        if let Some([input, output]) = self.streams {
            words.extend(["--streams".into(), input.to_string().into(), output.to_string().into()]);
        }
        if let Some(largest) = self.largest {
            words.extend(["--largest".into(), largest.to_string().into()]);
        }
        words.push("--".into());
        words.extend(self.program.iter().cloned());
        words
    }

    /// The same for what is done inside bubblewrap's sandbox, where folders are held already.
    pub(super) fn inner(&self) -> Self {
        let policy = Policy { network: self.policy.network, ..Policy::default() };
        Self { control: None, policy, ..self.clone() }
    }
}

fn number(text: &Path) -> Result<i32, &'static str> {
    text.to_str().and_then(|text| text.parse().ok()).ok_or("an argument is not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> impl Iterator<Item = OsString> {
        text.split(' ').map(OsString::from)
    }

    #[test]
    fn an_order_survives_its_command_line() {
        let text = "--bubblewrap /usr/bin/bwrap --control /c --write /a --write /b --temporary /b --read /usr --passed /x --hide \
                    /usr/src/app --link /bin usr/bin --network --unix --streams 4 5 --largest 100 -- x --landlock -- y";
        let jail = JailCommand::parse(words(text)).unwrap();
        assert_eq!(jail.program, ["x", "--landlock", "--", "y"]);
        assert_eq!((jail.by, jail.write.len(), jail.largest), (Mechanism::Bubblewrap, 2, Some(100)));
        assert!(jail.unix && jail.policy.network);
        assert_eq!(JailCommand::parse(jail.arguments().into_iter()).unwrap(), jail);
        assert!(jail.inner().policy.read.is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["--write /a", "--other -- x", "--write", "--link /a"] {
            assert!(JailCommand::parse(words(text)).is_err(), "{text}");
        }
    }
}
