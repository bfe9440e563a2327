//! Starts the agent, and sees to it that nothing of it is left.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::{env, process, thread};

use rustix::process::{Pid, WaitOptions, WaitStatus, getpid, set_child_subreaper, wait};

use super::{BROKEN, Order, descendants};

/// Ended because the server went away, or told so by closing the pipe.
const TOLD: i32 = 124;
/// How long the kernel may take to end processes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the agent to its end, and gives its exit code: 128 and the signal's number for one that was ended.
pub(super) fn supervise(order: &Order) -> Result<u8, String> {
    let own = getpid();
    // Orphans come to this process, not to the system's first one, whatever session they made for themselves.
    set_child_subreaper(Some(own)).map_err(|error| format!("cannot adopt orphans: {error}"))?;
    let confine = Order { control: None, ..order.copy() };
    let mut command = Command::new(env::current_exe().map_err(|error| error.to_string())?);
    command.args(leading_arguments()).arg("confine").args(confine.arguments()).process_group(0);
    let agent = command.spawn().map_err(|error| format!("cannot start the agent: {error}"))?;
    let agent = Pid::from_child(&agent);
    give_up_streams();
    if let Some(control) = order.control.clone() {
        thread::spawn(move || wait_for_the_end_of(control));
    }
    let code = wait_for(agent);
    descendants::end_all(PATIENCE);
    Ok(code)
}

impl Order {
    fn copy(&self) -> Self {
        Self { control: None, landlock: self.landlock, write: self.write.clone(), program: self.program.clone() }
    }
}

/// Leaves the standard input and output to the agent alone: whoever reads from it sees at once when it closes them. The
/// standard error stays, for what this process has to say.
fn give_up_streams() {
    if let Ok(nothing) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        // An output that stays open shows as silence later on, which has an end as well.
        let _ = rustix::stdio::dup2_stdin(&nothing);
        let _ = rustix::stdio::dup2_stdout(&nothing);
    }
}

/// What this program was called with up to `supervise`: it calls itself the same way.
fn leading_arguments() -> impl Iterator<Item = std::ffi::OsString> {
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

/// The server holds the pipe open as long as the agent is to run. Nobody ever writes to it.
fn wait_for_the_end_of(control: PathBuf) {
    if let Ok(mut pipe) = OpenOptions::new().read(true).open(control) {
        let mut byte = [0];
        while matches!(pipe.read(&mut byte), Err(error) if error.kind() == ErrorKind::Interrupted) {}
    }
    descendants::end_all(PATIENCE);
    process::exit(TOLD);
}
