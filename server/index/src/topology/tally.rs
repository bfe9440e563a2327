//! How much of a program's shape is at a place: counted, and not described, for those who only weigh it.

use pyteam_syntax::TextRange;

use super::{is_channel, is_made, kind_of};
use crate::infer::{Inference, Site};
use crate::objects::{Class, Object, Objects};
use crate::snapshot::{File, Snapshot};

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
            let is_a_channel = matches!(object.class, Class::External(class) if is_channel(class.as_str()));
            let is_a_process = !is_a_channel && kind_of(&inference, object.class).is_some();
            if (is_a_channel || is_a_process) && counts(&inference, origin, object) {
                tally.channels += usize::from(is_a_channel);
                tally.processes += usize::from(is_a_process);
            }
        }
        tally
    }
}
