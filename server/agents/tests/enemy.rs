//! Runs against an agent that follows a script, mostly a bad one: `tests/agents/scripted_agent.py`.
//!
//! This program is its own sandbox (`enemy jail ...`), as `pyteam` is, and its own server to be killed (`enemy serve ...`).
//! After every run nothing of the agent may be left: no process, no file; after all of them, this process may not have
//! grown by 100 MB.

#![allow(clippy::print_stdout, reason = "a test says what it measured")]

#[path = "enemy/good.rs"]
mod good;
#[path = "enemy/hanging.rs"]
mod hanging;
#[path = "enemy/lying.rs"]
mod lying;
#[path = "enemy/orphans.rs"]
mod orphans;
#[path = "enemy/returning.rs"]
mod returning;
#[path = "enemy/stage.rs"]
mod stage;
#[path = "enemy/trespassing.rs"]
mod trespassing;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use self::stage::memory;

/// What this process may grow by, all floods and side-by-side runs included.
const MAX_GROWTH: u64 = 100 << 20;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    match words.next().and_then(|word| word.into_string().ok()).as_deref() {
        Some("jail") => return pyteam_agents::sandbox::main(words),
        Some("serve") => orphans::serve(words.next().and_then(|word| word.into_string().ok())),
        _ => {}
    }
    let before = memory("VmRSS");
    let mut trials: Vec<Trial> = Vec::new();
    let lists = [
        good::trials(),
        hanging::trials(),
        lying::trials(),
        returning::trials(),
        trespassing::trials(),
        orphans::trials(),
    ];
    for list in lists {
        trials.extend(list);
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    if let (Some(before), Some(peak)) = (before, memory("VmHWM")) {
        let grown = peak.saturating_sub(before);
        println!("memory: {} MB at the start, {} MB at most", before >> 20, peak >> 20);
        if grown > MAX_GROWTH {
            println!("test memory_of_all_runs ... FAILED: {} MB more", grown >> 20);
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}
