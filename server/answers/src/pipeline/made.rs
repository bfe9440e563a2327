//! What runs beside the program and is no box of its drawing: pools, forks, other programs; and processes and queues
//! that are made, but could not be followed.

use std::collections::BTreeMap;

use pyteam_index::infer::Site;

use super::Pipeline;
use crate::calls::{Row, known_calls};
use crate::document::and_more;
use crate::view::View;

/// Places that are shown of one kind.
const MOST_PLACES: usize = 6;

/// What is made, and how that is called. What follows may be a box, where the index can follow it.
const MAKERS: &[Row<(&str, bool)>] = &[
    Row { path: "multiprocessing.Process", kind: ("process", true) },
    Row { path: "threading.Thread", kind: ("thread", true) },
    Row { path: "threading.Timer", kind: ("timer thread", true) },
    Row { path: "queue.Queue", kind: ("queue", true) },
    Row { path: "multiprocessing.Queue", kind: ("queue", true) },
    Row { path: "asyncio.Queue", kind: ("queue", true) },
    Row { path: "multiprocessing.Pipe", kind: ("pipe", true) },
    Row { path: "multiprocessing.pool.Pool", kind: ("pool of processes or threads", false) },
    Row { path: "multiprocessing.Pool", kind: ("pool of processes or threads", false) },
    Row { path: "multiprocessing.pool.ThreadPool", kind: ("pool of processes or threads", false) },
    Row { path: "concurrent.futures.ProcessPoolExecutor", kind: ("executor with processes", false) },
    Row { path: "concurrent.futures.ThreadPoolExecutor", kind: ("executor with threads", false) },
    Row { path: "os.fork", kind: ("fork of the process itself", false) },
    Row { path: "os.spawnv", kind: ("other program", false) },
    Row { path: "os.spawnvp", kind: ("other program", false) },
    Row { path: "os.posix_spawn", kind: ("other program", false) },
    Row { path: "subprocess.Popen", kind: ("other program", false) },
    Row { path: "asyncio.create_subprocess_exec", kind: ("other program", false) },
    Row { path: "asyncio.create_subprocess_shell", kind: ("other program", false) },
];

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
    for call in known_calls(view, &files, MAKERS, &[]) {
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
            format!("{what}: {}", and_more(&at, MOST_PLACES))
        })
        .collect()
}
