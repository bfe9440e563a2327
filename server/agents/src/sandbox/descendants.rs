//! Processes that come from another one, found in `/proc`.

use std::collections::HashMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpgid, getpgrp, getpid, kill_process, kill_process_group, wait};

/// For so long, children are ended as fast as they come.
const QUICK: Duration = Duration::from_millis(5);
/// So many times, descendants are looked for that were not there the time before.
const MAX_ROUNDS: usize = 20;
/// The longest time between two attempts.
const MAX_PAUSE: Duration = Duration::from_millis(100);

/// Ends all that descend from this process, which orphans come to, and from nothing else. It comes back when the kernel
/// says that this process has no child left.
pub(super) fn end_all() {
    let mut pause = Duration::from_millis(1);
    loop {
        // The orphan of a process that forks on and ends is a child of this one. One that lives shorter than a look through
        // `/proc` takes is met here.
        let quick = Instant::now();
        while quick.elapsed() < QUICK {
            children().into_iter().for_each(end);
            if !collect() {
                return;
            }
        }
        // A process that is stopped starts no other one while the rest is looked for.
        stop_all().into_iter().for_each(end);
        if !collect() {
            return;
        }
        sleep(pause);
        pause = MAX_PAUSE.min(pause * 2);
    }
}

/// Ends a process, and its process group: a signal to a group meets also what is just being forked.
fn end(process: Pid) {
    if let Ok(group) = getpgid(Some(process))
        && group != getpgrp()
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = kill_process(process, Signal::KILL);
}

/// Collects the children that have ended. Whether there are others.
fn collect() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// The children of this process, where the kernel lists them.
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let listed = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let number =
        |text: String| text.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<i32>>();
    listed.flat_map(number).filter_map(Pid::from_raw).collect()
}

/// Stops all descendants, also those that were started while others were being stopped, as long as that has an end.
fn stop_all() -> Vec<Pid> {
    let mut stopped: Vec<Pid> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let fresh: Vec<Pid> = of(getpid()).into_iter().filter(|process| !stopped.contains(process)).collect();
        if fresh.is_empty() {
            break;
        }
        for &process in &fresh {
            let _ = kill_process(process, Signal::STOP);
        }
        stopped.extend(fresh);
    }
    stopped
}

/// All living processes that descend from `ancestor`. One that has ended, with all of its threads, and waits to be
/// collected does not count.
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

/// Whether a process is there, and has not ended.
pub(crate) fn is_living(process: i32) -> bool {
    stat(process).is_some_and(|stat| !stat.has_ended)
}

/// All processes whose environment at their start held `entry` (`NAME=value`). An agent can clear it, so that this is
/// the last resort, for a supervisor that was killed.
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

/// What `/proc/<number>/stat` says.
fn stat(process: i32) -> Option<Stat> {
    parsed(&String::from_utf8_lossy(&fs::read(format!("/proc/{process}/stat")).ok()?))
}

/// A program's name stands there in brackets, and may hold brackets itself.
fn parsed(text: &str) -> Option<Stat> {
    let words: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    // A process whose first thread has ended is a zombie by its state, and its other threads go on. They are the eighteenth
    // of these words.
    let goes_on = words.get(17).is_some_and(|threads| threads.parse().is_ok_and(|threads: u32| threads > 1));
    let has_ended = matches!(*words.first()?, "Z" | "X") && !goes_on;
    Some(Stat { has_ended, parent: words.get(1)?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_ended_with_its_last_thread() {
        let line = |state: &str, threads: u32| {
            format!("7 (a) b)) {state} 5 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 {threads} 0 100 0 0 1844674407370955")
        };
        for (state, threads, has_ended) in [("S", 1, false), ("Z", 1, true), ("Z", 2, false), ("X", 1, true)] {
            let stat = parsed(&line(state, threads)).unwrap();
            assert_eq!((stat.parent, stat.has_ended), (5, has_ended), "{state} {threads}");
        }
        let own = stat(getpid().as_raw_nonzero().get()).unwrap();
        assert!(!own.has_ended && own.parent > 0);
    }
}
