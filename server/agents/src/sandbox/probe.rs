//! Tries the ways out of the sandbox that this process is in, on bait that was laid out for it, and says which are open.
//!
//! `pyteam jail probe` runs as an agent's program would. Nothing that it does is harmful: what it changes is bait.

use std::ffi::OsString;
use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustix::process::{Pid, setpriority_process, test_kill_process};

use super::Way;

/// What is said when all ways were tried.
pub(super) const DONE: &str = "done";

/// What is laid out.
#[derive(Debug, Default)]
pub(super) struct Bait {
    /// A file that may not be seen.
    pub(super) file: PathBuf,
    /// A file in shared memory.
    pub(super) shared: Option<PathBuf>,
    /// The other side of a terminal.
    pub(super) terminal: Option<PathBuf>,
    /// Sockets, by their paths.
    pub(super) sockets: Vec<PathBuf>,
    /// A socket without a path.
    pub(super) name: Option<OsString>,
    /// A socket that takes single messages.
    pub(super) datagram: Option<PathBuf>,
    /// A process.
    pub(super) process: Option<u32>,
    /// The namespace of shared memory outside.
    pub(super) namespace: OsString,
    /// Folders of the user's that may not be read.
    pub(super) private: Vec<PathBuf>,
}

impl Bait {
    /// The command line that says this.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["--file".into(), self.file.clone().into()];
        let mut add = |name: &str, value: OsString| words.extend([name.into(), value]);
        self.shared.iter().for_each(|path| add("--shared", path.into()));
        self.terminal.iter().for_each(|path| add("--terminal", path.into()));
        self.sockets.iter().for_each(|path| add("--socket", path.into()));
        self.name.iter().for_each(|name| add("--name", name.clone()));
        self.datagram.iter().for_each(|path| add("--datagram", path.into()));
        self.process.iter().for_each(|process| add("--process", process.to_string().into()));
        self.private.iter().for_each(|path| add("--private", path.into()));
        add("--namespace", self.namespace.clone());
        words
    }

    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut bait = Self::default();
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or("an argument has no value")?;
            match name.to_str() {
                Some("--file") => bait.file = value.into(),
                Some("--shared") => bait.shared = Some(value.into()),
                Some("--terminal") => bait.terminal = Some(value.into()),
                Some("--socket") => bait.sockets.push(value.into()),
                Some("--name") => bait.name = Some(value),
                Some("--datagram") => bait.datagram = Some(value.into()),
                Some("--process") => bait.process = value.to_str().and_then(|text| u32::from_str(text).ok()),
                Some("--namespace") => bait.namespace = value,
                Some("--private") => bait.private.push(value.into()),
                _ => return Err(format!("unknown argument `{}`", name.display())),
            }
        }
        Ok(bait)
    }

    /// The ways that are open.
    fn open(&self) -> Vec<Way> {
        let ways: [(Way, bool); 13] = [
            (Way::Files, self.can_write()),
            (Way::Modes, fs::set_permissions(&self.file, Permissions::from_mode(0o600)).is_ok()),
            (Way::Reading, self.can_read()),
            (Way::Names, fs::symlink_metadata(&self.file).is_ok()),
            (Way::Sockets, self.can_connect()),
            (Way::Signals, self.is_open(|process| test_kill_process(process).is_ok())),
            (Way::Limits, self.is_open(can_change)),
            (Way::Processes, self.process.is_some_and(|process| !of_process(process, "cmdline").is_empty())),
            (Way::Memory, self.process.is_some_and(|process| !of_process(process, "environ").is_empty())),
            (Way::Terminals, self.terminal.as_deref().is_some_and(can_open)),
            (Way::SharedMemory, self.shared.as_deref().is_some_and(can_open) || self.shares_memory()),
            // That a filter is there is seen here; that it refuses what it should, tests see.
            (Way::Keys, !is_filtered()),
            (Way::Kernel, !is_filtered()),
        ];
        let root = (Way::Root, has_capabilities());
        ways.into_iter().chain([root]).filter(|(_, is_open)| *is_open).map(|(way, _)| way).collect()
    }

    fn can_write(&self) -> bool {
        let beside = self.file.with_extension("new");
        can_open(&self.file) || fs::write(&beside, "").is_ok() || fs::hard_link(&self.file, "link").is_ok()
    }

    fn can_read(&self) -> bool {
        let lists = |folder: &PathBuf| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        fs::read(&self.file).is_ok() || self.private.iter().any(lists)
    }

    fn can_connect(&self) -> bool {
        self.sockets.iter().any(|path| UnixStream::connect(path).is_ok())
            || self.name.as_ref().is_some_and(connect_by_name)
            || self.datagram.as_deref().is_some_and(can_send)
    }

    fn is_open(&self, can: impl Fn(Pid) -> bool) -> bool {
        self.process.and_then(|process| Pid::from_raw(process.cast_signed())).is_some_and(can)
    }

    /// Numbers lead to shared memory in the same namespace, where no filter refuses them. That the filter refuses what it
    /// should, tests see: safe Rust has no such calls.
    fn shares_memory(&self) -> bool {
        !is_filtered() && fs::read_link("/proc/self/ns/ipc").is_ok_and(|own| own.as_os_str() == self.namespace)
    }
}

/// Says which ways are open, a line each.
#[expect(clippy::print_stdout, reason = "pyteam itself reads it")]
pub(super) fn probe(arguments: impl Iterator<Item = OsString>) -> Result<u8, String> {
    let bait = Bait::parse(arguments)?;
    bait.open().iter().for_each(|way| println!("{}", way.word()));
    println!("{DONE}");
    Ok(0)
}

fn can_open(path: &Path) -> bool {
    OpenOptions::new().write(true).open(path).is_ok()
}

fn of_process(process: u32, file: &str) -> Vec<u8> {
    fs::read(format!("/proc/{process}/{file}")).unwrap_or_default()
}

/// Whether a message arrives, from a socket of each way to get one.
fn can_send(path: &Path) -> bool {
    let sent = |socket: io::Result<UnixDatagram>| socket.is_ok_and(|socket| socket.send_to(b"bait", path).is_ok());
    sent(UnixDatagram::unbound()) || sent(UnixDatagram::pair().map(|(one, _)| one))
}

fn can_change(process: Pid) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, prlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if prlimit(Some(process), Resource::Core, none).is_ok() {
            return true;
        }
    }
    setpriority_process(Some(process), 19).is_ok()
}

#[cfg(target_os = "linux")]
fn connect_by_name(name: &OsString) -> bool {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;
    SocketAddr::from_abstract_name(name.as_encoded_bytes()).is_ok_and(|at| UnixStream::connect_addr(&at).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn connect_by_name(_name: &OsString) -> bool {
    false
}

/// A line of what the kernel says about this process.
fn status(name: &str) -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().to_owned())
}

/// Elsewhere than on Linux there is nothing of the kind.
fn is_filtered() -> bool {
    !cfg!(target_os = "linux") || status("Seccomp").as_deref() == Some("2")
}

fn has_capabilities() -> bool {
    let has = |name| status(name).is_some_and(|set| set.bytes().any(|digit| digit != b'0'));
    has("CapEff") || has("CapPrm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bait_survives_its_command_line() {
        let bait = Bait {
            file: "/f".into(),
            sockets: vec!["/s".into(), "/t".into()],
            process: Some(7),
            private: vec!["/home/u/.ssh".into()],
            ..Bait::default()
        };
        let read = Bait::parse(bait.arguments().into_iter()).unwrap();
        assert_eq!(format!("{bait:?}"), format!("{read:?}"));
        assert!(Bait::parse(["--file".into()].into_iter()).is_err());
    }
}
