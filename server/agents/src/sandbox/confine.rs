//! The second stage: runs inside the sandbox, takes the last rights from itself, and becomes the agent's program.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, geteuid, setrlimit, setsid};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::{JailCommand, Mechanism, filter, landlock};

/// Becomes the program of `jail`. Comes back only with a mistake.
pub(super) fn confine(jail: &JailCommand) -> Result<u8, String> {
    // A session of its own, so that nothing of it can join the supervisor's process group, which is not ended with it.
    let _ = setsid();
    limit(jail);
    take_streams(jail).map_err(|error| format!("cannot take over the streams: {error}"))?;
    landlock::restrict(jail).map_err(|error| format!("cannot confine the agent: {error}"))?;
    if jail.by == Mechanism::Landlock {
        give_up_root().map_err(|error| format!("cannot drop root privileges: {error}"))?;
        // Inside bubblewrap's sandbox they hold already.
        for filter in filter::filters(duty(jail))? {
            seccompiler::apply_filter(&filter).map_err(|error| format!("cannot filter system calls: {error}"))?;
        }
    }
    let (program, arguments) = jail.program.split_first().ok_or("no program to start")?;
    let error = Command::new(program).args(arguments).exec();
    Err(format!("cannot start {}: {error}", Path::new(program).display()))
}

/// Takes over the program's own standard streams, of which no other process of the sandbox knows.
fn take_streams(jail: &JailCommand) -> io::Result<()> {
    let Some([input, output]) = jail.streams else { return Ok(()) };
    rustix::stdio::dup2_stdin(File::open(format!("/proc/self/fd/{input}"))?)?;
    rustix::stdio::dup2_stdout(OpenOptions::new().write(true).open(format!("/proc/self/fd/{output}"))?)?;
    close_fds::set_fds_cloexec(3, &[]);
    Ok(())
}

/// What the filters have to hold.
pub(super) fn duty(jail: &JailCommand) -> filter::Duty {
    let is_alone = jail.by == Mechanism::Landlock;
    // A network namespace of its own has no other process in it.
    let network = jail.policy.network || !is_alone;
    filter::Duty { unix: jail.unix, network, is_alone, own: std::process::id() }
}

/// A dump of memory would be written by the system, outside of all this.
fn limit(jail: &JailCommand) {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    if let Some(largest) = jail.largest {
        let _ = setrlimit(Resource::Fsize, Rlimit { current: Some(largest), maximum: Some(largest) });
    }
}

/// What makes root more than the owner of some files. No program that is started from here gets it back.
fn give_up_root() -> rustix::io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    if !geteuid().is_root() {
        return Ok(());
    }
    rustix::thread::clear_ambient_capability_set()?;
    for bit in 0..64 {
        let one = CapabilitySet::from_bits_retain(1 << bit);
        if rustix::thread::capability_is_in_bounding_set(one) == Ok(true) {
            rustix::thread::remove_capability_from_bounding_set(one)?;
        }
    }
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}
