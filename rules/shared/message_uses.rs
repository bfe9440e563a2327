//! Who puts into a channel and who takes from it, in the whole workspace.
//!
//! The answer for one channel takes a look at all calls that might be its own, so it is worked out for all channels
//! at once, file by file, and kept with the workspace. What a file says holds until that file, a file whose channels
//! it uses, or anything that files see of one another changes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use pyteam_index::infer::{Inference, Site};
use pyteam_index::known::{self, Action};
use pyteam_index::{File, FileId, Snapshot};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item};
use rustc_hash::FxHashMap;

use super::{channel, message_links};

/// A call that puts into a channel or takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The call.
    pub call: Site,
    /// Whether it puts.
    pub puts: bool,
}

/// All channels of a snapshot by where they are made, each with its uses in the order of files and lines.
#[derive(Debug, Default)]
pub struct Uses {
    by_root: FxHashMap<Site, Vec<Use>>,
    /// Which channel each call uses.
    by_call: FxHashMap<Site, Site>,
    /// For a queue that is declared as a parameter: the one that all callers pass.
    passed: FxHashMap<Site, Site>,
}

impl Uses {
    /// The uses of the channel made at `origin`, under whatever names functions know it by.
    pub fn of(&self, origin: Site) -> &[Use] {
        self.by_root.get(&self.root(origin)).map_or(&[], Vec::as_slice)
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

/// All channels of `snapshot`.
pub fn uses(snapshot: &Snapshot) -> Arc<Uses> {
    let room = snapshot.memo().of::<Room>();
    let revision = {
        let mut latest = room.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(known) if known.number == snapshot.revision() => Arc::clone(known),
            before => {
                let revision = Arc::new(Revision::new(snapshot, before.as_deref()));
                *latest = Some(Arc::clone(&revision));
                revision
            }
        }
    };
    revision.all(snapshot)
}

#[derive(Default)]
struct Room(Mutex<Option<Arc<Revision>>>);

/// What is known at one revision.
struct Revision {
    number: u64,
    link: u64,
    files: FxHashMap<FileId, OnceLock<Arc<InFile>>>,
    order: Vec<FileId>,
    /// The first file that nobody works on yet: whoever waits for the whole takes part in the work.
    next: AtomicUsize,
    all: OnceLock<Arc<Uses>>,
}

/// What one file does to channels.
struct InFile {
    uses: Vec<(Site, Use)>,
    /// The file itself, and those in which its channels are made.
    holds_for: Vec<(FileId, Weak<File>)>,
}

impl Revision {
    fn new(snapshot: &Snapshot, before: Option<&Self>) -> Self {
        let link = snapshot.link().revision();
        let before = before.filter(|before| before.link == link);
        let mut files = FxHashMap::default();
        let mut order = Vec::new();
        for file in snapshot.files().filter(|file| !file.facts.channel_items.is_empty()) {
            let kept = before
                .and_then(|before| before.files.get(&file.id)?.get())
                .filter(|known| known.holds(snapshot))
                .map_or_else(OnceLock::new, |known| OnceLock::from(Arc::clone(known)));
            if kept.get().is_none() {
                order.push(file.id);
            }
            files.insert(file.id, kept);
        }
        Self { number: snapshot.revision(), link, files, order, next: AtomicUsize::new(0), all: OnceLock::new() }
    }

    fn all(&self, snapshot: &Snapshot) -> Arc<Uses> {
        if let Some(all) = self.all.get() {
            return Arc::clone(all);
        }
        while let Some(id) = self.order.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            self.file(snapshot, *id);
        }
        Arc::clone(self.all.get_or_init(|| {
            let mut uses: Vec<(Site, Use)> = Vec::new();
            for file in snapshot.files() {
                uses.extend(self.file(snapshot, file.id).iter().flat_map(|known| &known.uses).copied());
            }
            let mut all = Uses {
                passed: message_links::passed(snapshot, uses.iter().map(|(origin, _)| *origin)),
                ..Uses::default()
            };
            for (origin, one) in uses {
                let root = all.root(origin);
                all.by_root.entry(root).or_default().push(one);
                all.by_call.insert(one.call, root);
            }
            Arc::new(all)
        }))
    }

    fn file(&self, snapshot: &Snapshot, id: FileId) -> Option<&Arc<InFile>> {
        let file = snapshot.file(id)?;
        Some(self.files.get(&id)?.get_or_init(|| Arc::new(InFile::of(snapshot, file))))
    }
}

impl InFile {
    fn of(snapshot: &Snapshot, file: &Arc<File>) -> Self {
        let mut uses = Vec::new();
        for index in &file.facts.channel_items {
            // A budget for each item, as it has when it is checked.
            let inference = Inference::new(snapshot);
            let item = file.item(*index);
            for call in &file.facts.items[*index as usize].channel_calls {
                let Some((puts, methods)) = may_be(item, *call) else { continue };
                let site = Site { file: file.id, item: *index, expr: *call };
                if let Some(channel) = channel::of_call(&inference, site, methods) {
                    uses.push((channel.origin, Use { call: site, puts }));
                }
            }
        }
        uses.sort_by_key(|(_, one)| {
            file.absolute(one.call.item, file.item(one.call.item).expr_range(one.call.expr)).start()
        });
        let mut of: Vec<FileId> = uses.iter().map(|(origin, _)| origin.file).chain([file.id]).collect();
        of.sort_unstable();
        of.dedup();
        let holds_for = of.into_iter().filter_map(|id| Some((id, Arc::downgrade(snapshot.file(id)?)))).collect();
        Self { uses, holds_for }
    }

    fn holds(&self, snapshot: &Snapshot) -> bool {
        self.holds_for
            .iter()
            .all(|(id, was)| snapshot.file(*id).is_some_and(|is| std::ptr::eq(Arc::as_ptr(is), was.as_ptr())))
    }
}

/// Whether the call may put or take, by its arguments: most `.get(..)` of a program ask a dict, and none of these
/// needs a look at its receiver.
fn may_be(item: &Item, call: ExprId) -> Option<(bool, Action)> {
    let Expr::Call { func, args } = item.expr(call) else { return None };
    let Expr::Attribute { attr, .. } = item.expr(*func) else { return None };
    if known::actions(*attr).contains(&Action::Put) {
        return channel::message(item, call).map(|_| (true, Action::Put));
    }
    let takes = args.len() <= 2
        && args.iter().enumerate().all(|(at, arg)| match arg.kind {
            ArgKind::Keyword(name) => matches!(name.as_str(), "block" | "timeout"),
            ArgKind::Positional if at == 0 => match item.expr(arg.value) {
                Expr::Bool(_) | Expr::Int(_) => true,
                Expr::Name(name) | Expr::Attribute { attr: name, .. } => name.as_str().contains("block"),
                _ => false,
            },
            ArgKind::Positional => true,
            ArgKind::Star | ArgKind::DoubleStar => false,
        });
    takes.then_some((false, Action::Take))
}
