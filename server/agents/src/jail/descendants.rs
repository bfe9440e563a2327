//! Processes that come from another one, found in `/proc`.

use std::collections::HashMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process};

/// Ends all that descend from this process, and from nothing else; gives how many are left after `patience`.
///
/// They are stopped first: a process that is stopped starts no other one while the rest is looked for.
pub(super) fn end_all(patience: Duration) -> usize {
    let deadline = Instant::now() + patience;
    loop {
        let found = stop_all(deadline);
        for &process in &found {
            let _ = kill_process(process, Signal::KILL);
        }
        if found.is_empty() || Instant::now() > deadline {
            return found.len();
        }
        sleep(Duration::from_millis(2));
    }
}

/// Stops all descendants, also those that were started while others were being stopped.
fn stop_all(deadline: Instant) -> Vec<Pid> {
    let mut stopped: Vec<Pid> = Vec::new();
    loop {
        let fresh: Vec<Pid> = of(getpid()).into_iter().filter(|process| !stopped.contains(process)).collect();
        if fresh.is_empty() || Instant::now() > deadline {
            return stopped;
        }
        for &process in &fresh {
            let _ = kill_process(process, Signal::STOP);
        }
        stopped.extend(fresh);
    }
}

/// All living processes that descend from `ancestor`. One that has ended and waits to be collected does not count.
pub(crate) fn of(ancestor: Pid) -> Vec<Pid> {
    let parents: HashMap<i32, Stat> = processes().filter_map(|process| Some((process, stat(process)?))).collect();
    let ancestor = ancestor.as_raw_nonzero().get();
    let descends = |process: i32| {
        let mut at = process;
        // A chain of parents has an end; a number that was given anew meanwhile might make it a ring.
        for _ in 0..parents.len() {
            match parents.get(&at) {
                Some(stat) if stat.parent == ancestor => return true,
                Some(stat) => at = stat.parent,
                None => return false,
            }
        }
        false
    };
    let living = parents.iter().filter(|(_, stat)| !stat.has_ended).map(|(&process, _)| process);
    living.filter(|&process| descends(process)).filter_map(Pid::from_raw).collect()
}

/// All processes whose environment at their start held `entry` (`NAME=value`). An agent can clear it, so that this is
/// the last resort, for when somebody ended the supervisor.
pub(crate) fn with_environment(entry: &str) -> Vec<Pid> {
    let holds = |process: &i32| {
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|held| held == entry.as_bytes())
    };
    processes().filter(holds).filter_map(Pid::from_raw).filter(|&process| process != getpid()).collect()
}

fn processes() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

struct Stat {
    parent: i32,
    has_ended: bool,
}

/// What `/proc/<number>/stat` says. A program's name stands in it in brackets, and may hold brackets itself.
fn stat(process: i32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{process}/stat")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mut words = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = words.next()?;
    Some(Stat { has_ended: matches!(state, "Z" | "X"), parent: words.next()?.parse().ok()? })
}
