//! A repair of many files, and what ends the process in the middle of it: all of its files are written or none, and
//! nothing is left behind. `PYTEAM_MOMENTS=200` tries as many moments.

#![allow(clippy::print_stdout, reason = "a test prints what it measured")]
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use pyteam_tests::Scene;
use pyteam_tests::cli::Outcome;
use rustix::process::{Pid, Signal, kill_process};

const FILES: usize = 300;
const FIX: [&str; 6] =
    ["check", "--fix", "--unsafe-fixes", "--severity=hint", "--select=base-class-should-be-protocol", "."];

fn base() -> String {
    "from abc import ABC, abstractmethod\n\n\nclass Handler(ABC):\n    @abstractmethod\n    \
     def handle(self, x: int) -> int: ...\n"
        .to_owned()
}

fn implementer(number: usize) -> String {
    format!(
        "from base import Handler\n\n\nclass H{number}(Handler):\n    def handle(self, x: int) -> int:\n        \
         return x + {number}\n"
    )
}

/// The project, before and after its repair.
struct Bench {
    scene: Scene,
    before: Vec<(PathBuf, String)>,
    after: Vec<String>,
    /// How long a run takes, how long of that it has a journal, and how long it puts new files in the place of old ones.
    spans: [Duration; 3],
}

/// In which span of a run it is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    Run,
    Journal,
    Swaps,
}

impl Bench {
    fn new() -> Self {
        let scene = Scene::new(&[("base.py", &base())]);
        (0..FILES).for_each(|number| scene.project.write(&format!("impl{number}.py"), &implementer(number)));
        let path = |name: &str| scene.project.path(name);
        let mut before = vec![(path("base.py"), base())];
        before.extend((0..FILES).map(|number| (path(&format!("impl{number}.py")), implementer(number))));
        let mut bench = Self { scene, before, after: Vec::new(), spans: [Duration::MAX; 3] };
        // The shortest of three, on a machine that does other things as well. The first may have to build the program.
        bench.check();
        for _ in 0..3 {
            bench.reset();
            let spans = bench.measured();
            bench.spans = std::array::from_fn(|at| bench.spans[at].min(spans[at]));
        }
        bench.after = bench.before.iter().map(|(path, _)| fs::read_to_string(path).expect("a file")).collect();
        let changed = bench.before.iter().zip(&bench.after).filter(|((_, before), after)| before != *after);
        assert_eq!(changed.count(), FILES + 1, "the repair is not one of all files");
        bench
    }

    /// How long the spans of a run are.
    fn measured(&self) -> [Duration; 3] {
        let start = Instant::now();
        let mut child = self.spawn(&FIX);
        self.wait_for(Span::Journal, &mut child);
        let journal = Instant::now();
        self.wait_for(Span::Swaps, &mut child);
        let swaps = Instant::now();
        while self.has_journal() {
            thread::sleep(Duration::from_micros(100));
        }
        let end = Instant::now();
        child.wait().expect("the run ends");
        [start.elapsed(), end - journal, end - swaps]
    }

    fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.scene.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("pyteam starts")
    }

    fn has_journal(&self) -> bool {
        let entries = fs::read_dir(self.scene.user.path("state/journals")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name() != "lock" && entry.file_name() != "kept").count() > 0
    }

    /// Waits until a run is in `span`, or over.
    fn wait_for(&self, span: Span, child: &mut Child) {
        let is_there = || match span {
            Span::Run => true,
            Span::Journal => self.has_journal(),
            Span::Swaps => fs::metadata(&self.before[0].0).is_ok_and(|meta| meta.len() != base().len() as u64),
        };
        while !is_there() && child.try_wait().expect("a child").is_none() {
            thread::sleep(Duration::from_micros(100));
        }
    }

    /// How many files are as they were, and how many as they should be.
    fn count(&self) -> (usize, usize) {
        let mut count = (0, 0);
        for ((path, before), after) in self.before.iter().zip(&self.after) {
            let text = fs::read_to_string(path).expect("a file");
            count.0 += usize::from(text == *before);
            count.1 += usize::from(text == *after);
        }
        count
    }

    /// Whether all files are written or none, and nothing else is there.
    fn assert_whole(&self, when: &str) {
        let (before, after) = self.count();
        assert!(before == FILES + 1 || after == FILES + 1, "{when}: {before} files as before, {after} repaired");
        let names = fs::read_dir(self.scene.project.root()).expect("a folder").flatten();
        let others: BTreeSet<_> = names
            .map(|entry| entry.path())
            .filter(|path| !self.before.iter().any(|(known, _)| known == path))
            .collect();
        assert!(others.is_empty(), "{when}: {others:?} was left behind");
        assert!(!self.has_journal(), "{when}: a journal was left behind");
    }

    fn reset(&self) {
        for (path, text) in &self.before {
            if fs::read_to_string(path).is_ok_and(|found| found != *text) {
                fs::write(path, text).expect("a file");
            }
        }
    }

    fn check(&self) -> Outcome {
        self.scene.run(&["check", "--exit-zero", "."])
    }

    /// Sends `signal` to a run when it has done some part of a span.
    fn cut_off(&self, signal: Signal, span: Span, part: f64) -> ExitStatus {
        let mut child = self.spawn(&FIX);
        self.wait_for(span, &mut child);
        thread::sleep(self.spans[span as usize].mul_f64(part));
        let _ = kill_process(Pid::from_child(&child), signal);
        child.wait().expect("the run ends")
    }
}

#[test]
fn a_repair_of_many_files_is_whole_whatever_ends_it() {
    let moments: u32 = std::env::var("PYTEAM_MOMENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let bench = Bench::new();
    let (mut half, mut litter, mut undone, mut exits) = (0, 0, 0, BTreeSet::new());
    // A sequence that fills the whole of every span evenly, however many moments there are.
    let mut part = 0.5_f64;
    for moment in 0..moments {
        part = (part + 0.618_033_988_75).fract();
        let signal =
            [Signal::KILL, Signal::INT, Signal::KILL, Signal::TERM, Signal::KILL, Signal::HUP][moment as usize % 6];
        let span = [Span::Swaps, Span::Journal, Span::Swaps, Span::Run, Span::Swaps][moment as usize % 5];
        bench.reset();
        let status = bench.cut_off(signal, span, part);
        let when = format!("moment {moment}, {signal:?} in {span:?}, {status}");
        exits.insert(format!("{signal:?}: {status}"));
        if signal == Signal::KILL {
            let (before, after) = bench.count();
            half += u32::from(before > 0 && after > 0);
            litter += u32::from(bench.has_journal());
            undone += u32::from(bench.check().stderr.contains("was killed while it changed 301 files: undone in"));
        } else {
            // A shell says 128 and the signal's number, be it by an exit code or by the signal itself.
            let ended = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
            assert!([0, 1, 128 + signal.as_raw()].contains(&ended), "{when}");
        }
        bench.assert_whole(&when);
    }
    println!(
        "{moments} moments, run, journal and swaps taking {:?}: {half} left files half done, {litter} a journal, {undone} were \
         undone; {exits:?}",
        bench.spans
    );
    assert!(half > 0 && undone == half, "{half} of {moments} moments left something half done, {undone} were undone");
}

#[test]
fn several_runs_at_once_are_whole_too() {
    let bench = Bench::new();
    for round in 0..3 {
        bench.reset();
        let children: Vec<Child> = (0..3).map(|_| bench.spawn(&FIX)).collect();
        for (number, mut child) in children.into_iter().enumerate() {
            if round == number {
                bench.wait_for(Span::Journal, &mut child);
                let _ = child.kill();
            }
            child.wait().expect("the run ends");
        }
        bench.check();
        bench.assert_whole(&format!("round {round}"));
    }
}

#[test]
fn what_was_changed_after_a_kill_stays_and_the_rest_is_taken_back() {
    let bench = Bench::new();
    let mut part = 0.5;
    for _ in 0..50 {
        bench.reset();
        bench.cut_off(Signal::KILL, Span::Swaps, part);
        let (before, after) = bench.count();
        if before > 0 && after > 0 {
            break;
        }
        bench.check();
        part = (part + 0.618_033_988_75_f64).fract();
    }
    let changed = bench
        .before
        .iter()
        .zip(&bench.after)
        .position(|((path, _), after)| fs::read_to_string(path).expect("a file") == *after);
    let (path, before) = &bench.before[changed.expect("a run that was cut off")];
    fs::write(path, "mine = 1\n").expect("a file");
    let said = bench.check().stderr;
    assert_eq!(fs::read_to_string(path).expect("a file"), "mine = 1\n");
    let kept = said.lines().find(|line| line.contains("is kept as it is")).expect("a word on it");
    let kept = kept.rsplit_once(" is in ").expect("a place").1;
    assert_eq!(fs::read_to_string(kept).expect("the text"), *before);
    fs::write(path, before).expect("a file");
    bench.assert_whole("afterwards");
}
