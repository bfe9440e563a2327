//! How much of a program's shape is at a place: counted, and not described, for those who only weigh it.

use pyteam_syntax::TextRange;

use super::{is_made, kind_of};
use crate::objects::{Class, Object, Objects};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::known;
use pyteam_index::snapshot::{File, Snapshot};

/// How many channels, and how many processes and threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Queues and pipes.
    pub channels: usize,
    /// Processes and threads.
    pub processes: usize,
}

impl Tally {
    /// What is made or used in `file`, in `range` alone where one is given.
    pub fn of_place(snapshot: &Snapshot, file: &File, range: Option<TextRange>) -> Self {
        let is_here = |site: Site| {
            site.file == file.id
                && range.is_none_or(|range| {
                    let expr = file.item(site.item).expr_range(site.expr);
                    range.contains_range(file.absolute(site.item, expr))
                })
        };
        Self::count(snapshot, |_, origin, object| is_here(origin) || object.uses.iter().any(|one| is_here(one.call)))
    }

    /// What the whole workspace makes.
    pub fn of_workspace(snapshot: &Snapshot) -> Self {
        Self::count(snapshot, |inference, origin, _| is_made(inference, origin))
    }

    fn count(snapshot: &Snapshot, counts: impl Fn(&Inference<'_>, Site, &Object) -> bool) -> Self {
        let inference = Inference::new(snapshot);
        let mut tally = Self::default();
        for (origin, object) in Objects::of(snapshot).iter() {
            let is_a_channel = matches!(object.class, Class::External(class) if known::is_channel(class));
            let is_a_process = !is_a_channel && kind_of(&inference, object.class).is_some();
            if (is_a_channel || is_a_process) && counts(&inference, origin, object) {
                tally.channels += usize::from(is_a_channel);
                tally.processes += usize::from(is_a_process);
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pyteam_syntax::document::{ParseLimits, parse};
    use pyteam_syntax::{SourceText, TextRange, TextSize};

    use super::*;
    use pyteam_index::Workspace;

    #[test]
    fn a_place_has_what_is_made_or_used_in_it() {
        let text = "\
import queue
import threading

class Reader(threading.Thread):
    pass

def fill(jobs: queue.Queue):
    jobs.put(1)

def main():
    jobs = queue.Queue()
    fill(jobs)
    reader = Reader()
    reader.start()
";
        let mut workspace = Workspace::new();
        workspace.set_file("/w/main.py", Arc::new(parse(SourceText::new(text), &ParseLimits::default())));
        workspace.set_file("/w/other.py", Arc::new(parse(SourceText::new("x = 1\n"), &ParseLimits::default())));
        workspace.set_complete(true);
        let snapshot = workspace.snapshot();
        let file = snapshot.file_at("/w/main.py").unwrap();
        let all = Tally { channels: 1, processes: 1 };
        assert_eq!(Tally::of_workspace(&snapshot), all);
        assert_eq!(Tally::of_place(&snapshot, file, None), all);
        let at = |word: &str| TextSize::try_from(text.find(word).unwrap()).unwrap();
        let filling = TextRange::new(at("def fill"), at("def main"));
        assert_eq!(Tally::of_place(&snapshot, file, Some(filling)), Tally { channels: 1, processes: 0 });
        let other = snapshot.file_at("/w/other.py").unwrap();
        assert_eq!(Tally::of_place(&snapshot, other, None), Tally::default());
    }
}
