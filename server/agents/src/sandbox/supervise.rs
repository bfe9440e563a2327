//! Starts the agent, and sees to it that nothing of it is left.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io, process, thread};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, WaitOptions, WaitStatus, getpid, set_child_subreaper, setsid, wait};

use super::{BROKEN, JailCommand, Mechanism, bubblewrap, confine, descendants, filter};

/// Ended because the server went away, or told so by closing the pipe.
const TOLD: i32 = 124;

/// Runs the agent to its end, and gives its exit code: 128 and the signal's number for one that was ended.
pub(super) fn supervise(jail: &JailCommand) -> Result<u8, String> {
    // Neither the agent nor this process has a terminal that a person types at.
    let _ = setsid();
    // Orphans come to this process, not to the system's first one, whatever session they made for themselves.
    set_child_subreaper(Some(getpid())).map_err(|error| format!("cannot adopt orphans: {error}"))?;
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let handed = if jail.by == Mechanism::Bubblewrap { Handed::of(jail)? } else { Handed::default() };
    let (filters, streams) = (numbers(&handed.filters), numbers(&handed.streams));
    // What an editor left open is not the agent's.
    close_fds::set_fds_cloexec(3, &[&filters[..], &streams].concat());
    let mut command = command(jail, &own, &filters, &streams);
    let agent = command.spawn().map_err(|error| format!("cannot start the agent: {error}"))?;
    drop(handed);
    let agent = Pid::from_child(&agent);
    give_up_streams();
    if let Some(control) = jail.control.clone() {
        thread::spawn(move || wait_for_the_end_of(control));
    }
    let code = wait_for(agent);
    descendants::end_all();
    Ok(code)
}

/// The second stage, in its sandbox.
fn command(jail: &JailCommand, own: &Path, filters: &[i32], streams: &[i32]) -> Command {
    let mut second = vec![OsString::from(own)];
    second.extend(leading_arguments());
    second.push("confine".into());
    let Some(bubblewrap) = jail.bubblewrap.as_ref().filter(|_| jail.by == Mechanism::Bubblewrap) else {
        let mut jail = JailCommand { control: None, ..jail.clone() };
        // Inside it is tried out what holds, by this very program.
        jail.policy.read.insert(own.to_owned());
        second.extend(jail.arguments());
        let mut command = Command::new(own);
        command.args(&second[1..]);
        return command;
    };
    second.extend(JailCommand { streams: streams.try_into().ok(), ..jail.inner() }.arguments());
    let mut command = Command::new(bubblewrap);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.args(bubblewrap::arguments(jail, filters, own)).arg("--").args(second);
    command
}

/// What bubblewrap inherits, by number.
#[derive(Default)]
struct Handed {
    /// Filters of system calls, as files in memory: bubblewrap puts them on all that it starts.
    filters: Vec<File>,
    /// This process's standard input and output, for the agent alone: bubblewrap's own processes live as long as the
    /// agent, and would hold open what the agent closes.
    streams: Vec<File>,
}

impl Handed {
    fn of(jail: &JailCommand) -> Result<Self, String> {
        let filters = filter::filters(confine::duty(jail))?;
        let handed = || -> io::Result<Self> {
            let filters: io::Result<Vec<File>> = filters.iter().map(|one| in_memory(&filter::bytes(one))).collect();
            let streams = vec![inherited(rustix::stdio::stdin())?, inherited(rustix::stdio::stdout())?];
            Ok(Self { filters: filters?, streams })
        };
        handed().map_err(|error| format!("cannot hand over what the sandbox needs: {error}"))
    }
}

fn in_memory(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create("filter", MemfdFlags::empty())?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

fn inherited(stream: BorrowedFd<'_>) -> io::Result<File> {
    let copy = stream.try_clone_to_owned()?;
    fcntl_setfd(&copy, FdFlags::empty())?;
    Ok(File::from(copy))
}

fn numbers(files: &[File]) -> Vec<i32> {
    files.iter().map(AsRawFd::as_raw_fd).collect()
}

/// Leaves the standard input and output to the agent alone: the reader of its output sees at once when it closes them.
/// The standard error stays, for what this process has to say.
fn give_up_streams() {
    if let Ok(nothing) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        // An output that stays open shows as silence later on, which has an end as well.
        let _ = rustix::stdio::dup2_stdin(&nothing);
        let _ = rustix::stdio::dup2_stdout(&nothing);
    }
}

/// What this program was called with up to `supervise`: it calls itself the same way.
fn leading_arguments() -> impl Iterator<Item = OsString> {
    env::args_os().skip(1).take_while(|argument| argument != "supervise")
}

/// Collects children until `agent` is among them, and those that have ended then.
fn wait_for(agent: Pid) -> u8 {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((child, status))) if child == agent => return code_of(status),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return BROKEN,
        }
    }
}

fn code_of(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(BROKEN)
}

/// The server holds the pipe open as long as the agent is to run, and never writes to it.
fn wait_for_the_end_of(control: PathBuf) {
    if let Ok(mut pipe) = OpenOptions::new().read(true).open(control) {
        let mut byte = [0];
        while matches!(pipe.read(&mut byte), Err(error) if error.kind() == ErrorKind::Interrupted) {}
    }
    descendants::end_all();
    process::exit(TOLD);
}
