//! The calls that put into a channel and that take from it, in the whole workspace.

use std::sync::Arc;

use pyteam_index::infer::Site;
use pyteam_index::{FileId, Snapshot};
use rustc_hash::FxHashMap;

use crate::calls::{self, Group, ItemCalls};
use crate::parameters;

/// A call that puts into a channel or takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelUse {
    /// The call.
    pub call: Site,
    /// Whether it puts.
    pub puts: bool,
}

/// All channels of a snapshot by where they are made, each with its uses in the order of files and lines.
#[derive(Debug, Default)]
pub struct ChannelUses {
    by_root: FxHashMap<Site, Vec<ChannelUse>>,
    /// Which channel each call uses.
    by_call: FxHashMap<Site, Site>,
    /// For a queue that is declared as a parameter: the one that all callers pass.
    passed: FxHashMap<Site, Site>,
}

impl ChannelUses {
    /// The channels of `snapshot`, worked out once for a revision.
    pub fn of(snapshot: &Snapshot) -> Arc<Self> {
        snapshot.kept().unwrap_or_else(|| {
            // Before others have to wait: threads that ask at once share the work.
            let calls = calls::of(snapshot, Group::Transfers);
            snapshot.kept_or(|| Self::new(snapshot, &calls))
        })
    }

    fn new(snapshot: &Snapshot, calls: &[Arc<ItemCalls>]) -> Self {
        let transfers =
            || calls.iter().flat_map(|item| &item.calls).filter_map(|call| Some((call.call, call.transfer.as_ref()?)));
        let origins = transfers().flat_map(|(_, (_, channels))| channels.iter().copied());
        let mut all = Self { passed: parameters::passed(snapshot, origins), ..Self::default() };
        for (call, (puts, channels)) in transfers() {
            let [channel] = channels[..] else { continue };
            let root = all.root(channel);
            all.by_root.entry(root).or_default().push(ChannelUse { call, puts: *puts });
            all.by_call.insert(call, root);
        }
        all
    }

    /// The uses of the channel made at `origin`, under whatever names functions know it by.
    pub fn at(&self, origin: Site) -> &[ChannelUse] {
        self.by_root.get(&self.root(origin)).map_or(&[], Vec::as_slice)
    }

    /// All channels by where they are made, each with its uses, in the order of files and lines.
    pub fn iter(&self) -> impl Iterator<Item = (Site, &[ChannelUse])> {
        let mut all: Vec<_> = self.by_root.iter().map(|(root, uses)| (*root, uses.as_slice())).collect();
        all.sort_unstable_by_key(|(root, _)| *root);
        all.into_iter()
    }

    /// Whether `call` is one of these uses.
    pub fn has(&self, origin: Site, call: Site) -> bool {
        self.by_call.get(&call) == Some(&self.root(origin))
    }

    /// Where the channel is really made: `origin` itself, unless that is a parameter for which all callers pass the
    /// same one.
    pub fn root(&self, origin: Site) -> Site {
        let mut at = origin;
        // Functions may pass it round in a circle.
        for _ in 0..8 {
            match self.passed.get(&at) {
                Some(next) => at = *next,
                None => break,
            }
        }
        at
    }

    /// Whether each of the two files puts into a channel that the other takes from.
    pub fn goes_both_ways(&self, one: FileId, other: FileId) -> bool {
        let goes = |from: FileId, to: FileId| {
            self.by_root.values().any(|uses| {
                uses.iter().any(|one| one.puts && one.call.file == from)
                    && uses.iter().any(|one| !one.puts && one.call.file == to)
            })
        };
        goes(one, other) && goes(other, one)
    }

    /// The parameters by which functions know the channel made at `root`.
    pub fn parameters(&self, root: Site) -> impl Iterator<Item = Site> + '_ {
        let mut all: Vec<Site> =
            self.passed.keys().copied().filter(|one| self.root(*one) == root && *one != root).collect();
        all.sort_unstable();
        all.into_iter()
    }
}
