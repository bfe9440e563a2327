//! What runs beside the program and is no box of its drawing: pools, forks, other programs; and processes and queues
//! that are made, but could not be followed.

use std::collections::BTreeMap;

use pyteam_index::infer::Site;
use pyteam_index::known::{self, ClassKind};

use super::Pipeline;
use crate::calls::{Row, known_calls};
use crate::document::and_more;
use crate::view::View;

/// Places that are shown of one kind.
const MAX_PLACES: usize = 6;

/// What is made, how that is called, and whether the index may follow it, so that it is a box.
const KINDS: &[(ClassKind, &str, bool)] = &[
    (ClassKind::Process, "process", true),
    (ClassKind::Thread, "thread", true),
    (ClassKind::Queue, "queue", true),
    (ClassKind::Pipe, "pipe", true),
    (ClassKind::Pool, "pool of processes or threads", false),
    (ClassKind::Executor, "executor", false),
    (ClassKind::Program, "subprocess", false),
];

/// Functions that make a process of their own kind.
const FORKS: &[Row<(&str, bool)>] = &[
    Row { path: "os.fork", kind: ("`os.fork`", false) },
    Row { path: "os.spawnv", kind: ("subprocess", false) },
    Row { path: "os.spawnvp", kind: ("subprocess", false) },
    Row { path: "os.posix_spawn", kind: ("subprocess", false) },
    Row { path: "asyncio.create_subprocess_exec", kind: ("subprocess", false) },
    Row { path: "asyncio.create_subprocess_shell", kind: ("subprocess", false) },
];

/// Everything that makes what runs beside the program, or what it speaks through.
fn makers() -> Vec<Row<(&'static str, bool)>> {
    let rows = |(class, what, is_followed): &(ClassKind, &'static str, bool)| {
        let (what, is_followed) = (*what, *is_followed);
        known::makers(*class).into_iter().map(move |path| {
            let what = match what {
                "executor" if path.as_str().contains("Process") => "executor with processes",
                "executor" if path.as_str().contains("Thread") => "executor with threads",
                what => what,
            };
            Row { path: path.as_str(), kind: (what, is_followed) }
        })
    };
    KINDS.iter().flat_map(rows).chain(FORKS.iter().copied()).collect()
}

/// What runs beside the program and is not drawn, a line for each kind; then what is made, and could not be followed.
pub(crate) fn made_besides(view: &View<'_>, pipeline: &Pipeline<'_>) -> (Vec<String>, Vec<String>) {
    let files = view.files().into_iter().filter(|file| !view.is_test(file) || view.question.subject.file().is_some());
    let files: Vec<_> = files.collect();
    let is_drawn = |site: Site| {
        let at = view.range_of(site);
        let mut known = pipeline
            .processes
            .iter()
            .map(|one| one.origin)
            .chain(pipeline.channels.iter().map(|one| one.origin))
            .chain(view.topology().processes.iter().map(|one| one.origin));
        // A field is where its factory stands, too: the places meet, but need not be the same.
        known.any(|one| {
            one.file == site.file && at.zip(view.range_of(one)).is_some_and(|(at, one)| at.intersect(one).is_some())
        })
    };
    let mut kinds: [BTreeMap<&str, Vec<String>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    for call in known_calls(view, &files, &makers(), &[]) {
        let (what, is_followed) = call.kind;
        if !is_followed || !is_drawn(call.site) {
            kinds[usize::from(is_followed)].entry(what).or_default().push(view.site(call.site));
        }
    }
    kinds.map(lines).into()
}

fn lines(kind: BTreeMap<&str, Vec<String>>) -> Vec<String> {
    kind.into_iter()
        .map(|(what, mut at)| {
            at.dedup();
            format!("{what}: {}", and_more(&at, MAX_PLACES))
        })
        .collect()
}
