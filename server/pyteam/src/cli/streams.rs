//! Standard streams that are not there. `src/streams.c` marks them before anything else runs.

use std::io;

/// An error where standard input is closed. Reading it would say that it is empty.
#[cfg(unix)]
pub(super) fn check_input() -> io::Result<()> {
    usable(&io::stdin(), rustix::fs::OFlags::WRONLY, "standard input is closed")
}

/// An error where standard output is closed. Writing to it would seem to work.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "nothing is written to it here")]
pub(super) fn check_output() -> io::Result<()> {
    usable(&io::stdout(), rustix::fs::OFlags::RDONLY, "standard output is closed")
}

#[cfg(unix)]
fn usable(stream: &impl std::os::fd::AsFd, useless: rustix::fs::OFlags, message: &str) -> io::Result<()> {
    let mode = rustix::fs::fcntl_getfl(stream)?.bits() & rustix::fs::OFlags::RWMODE.bits();
    if mode == useless.bits() { Err(io::Error::new(io::ErrorKind::NotConnected, message)) } else { Ok(()) }
}

/// Elsewhere, the system says so itself.
#[cfg(not(unix))]
pub(super) fn check_input() -> io::Result<()> {
    Ok(())
}

/// Elsewhere, the system says so itself.
#[cfg(not(unix))]
pub(super) fn check_output() -> io::Result<()> {
    Ok(())
}
