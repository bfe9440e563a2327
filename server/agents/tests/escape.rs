//! What an agent can do in its sandbox and what not: `tests/agents/escape.py` tries some seventy ways out, as a user and as
//! root, in each sandbox that this machine can have, by both kinds of backends. Each is stopped, or named in the run log.
//!
//! `PYTEAM_UPDATE=1` as root writes the table in `docs/security.md` anew.

#![allow(clippy::print_stdout, reason = "a test prints what it measured")]

#[path = "escape/outer.rs"]
mod outer;
#[path = "enemy/stage.rs"]
#[allow(dead_code, reason = "shared with the other tests of agents")]
mod stage;
#[path = "escape/table.rs"]
mod table;
#[path = "escape/tried.rs"]
mod tried;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let word = words.next().and_then(|word| word.into_string().ok());
    match word.as_deref() {
        Some("jail") => pyteam_agents::sandbox::main(words),
        // One user's part: what came of each attempt goes to a file.
        Some("try") => tried::try_all(words.next().map(Into::into)),
        _ => outer::run(),
    }
}
