//! Method calls on objects, item by item: the ground for [`Objects`](crate::objects::Objects) and
//! [`ChannelUses`](crate::uses::ChannelUses).
//!
//! What one item does is inferred once and kept for as long as everything that was looked at for it looks the same, so
//! that a new revision costs what changed. Threads that ask at once share the work.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use pyteam_index::infer::{Dependencies, Inference, Site, Type};
use pyteam_index::known::Action;
use pyteam_index::snapshot::{File, Snapshot};
use pyteam_index::{FileId, facts};
use pyteam_syntax::{Expr, Item, Name};
use rustc_hash::FxHashMap;

use crate::channel;
use crate::objects::Class;

/// A method call, and the objects that it may go to.
pub(crate) struct MethodCall {
    pub(crate) call: Site,
    pub(crate) method: Name,
    /// By where they are made.
    pub(crate) receivers: Vec<(Site, Class)>,
    /// Whether there is no other receiver, known or not.
    pub(crate) is_sure: bool,
    /// Whether it puts, and where the channels are made that it goes to; `None` unless each receiver is a known channel.
    pub(crate) transfer: Option<(bool, Vec<Site>)>,
}

/// The calls of one item.
pub(crate) struct ItemCalls {
    item: Weak<Item>,
    dependencies: Dependencies,
    pub(crate) calls: Vec<MethodCall>,
    /// Calls on objects that are not known: the last name of the object, the method, and the call.
    pub(crate) unresolved: Vec<(Name, Name, Site)>,
}

/// Which methods are called, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// `put`, `get`, `send`, ...
    Transfers,
    /// `start`, `join`, `set`, ...
    Lifecycles,
}

/// The calls of a group in `snapshot`, in the order of files and items.
pub(crate) fn of(snapshot: &Snapshot, group: Group) -> Arc<[Arc<ItemCalls>]> {
    let cache = snapshot.memo().of::<Cache>();
    let latest = match group {
        Group::Transfers => &cache.transfers,
        Group::Lifecycles => &cache.lifecycles,
    };
    let revision = {
        let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some(known) if known.number == snapshot.revision() => Arc::clone(known),
            before => {
                let revision = Arc::new(Revision::new(snapshot, group, before.as_deref()));
                *latest = Some(Arc::clone(&revision));
                revision
            }
        }
    };
    revision.all(snapshot, group)
}

#[derive(Default)]
struct Cache {
    transfers: Mutex<Option<Arc<Revision>>>,
    lifecycles: Mutex<Option<Arc<Revision>>>,
}

/// The calls at one revision.
struct Revision {
    number: u64,
    slots: Vec<Slot>,
    /// The first slot that no thread works on yet.
    next: AtomicUsize,
    all: OnceLock<Arc<[Arc<ItemCalls>]>>,
}

/// An item, and its calls as soon as they are known.
struct Slot {
    at: (FileId, u32),
    /// What was known of it at the revision before.
    before: Option<Arc<ItemCalls>>,
    calls: OnceLock<Arc<ItemCalls>>,
}

impl Revision {
    fn new(snapshot: &Snapshot, group: Group, before: Option<&Self>) -> Self {
        let mut before: FxHashMap<(FileId, u32), Arc<ItemCalls>> = before
            .into_iter()
            .flat_map(|before| &before.slots)
            .filter_map(|slot| Some((slot.at, Arc::clone(slot.calls.get()?))))
            .collect();
        let mut slots = Vec::new();
        for file in snapshot.files() {
            let items = match group {
                Group::Transfers => &file.facts.channel_items,
                Group::Lifecycles => &file.facts.lifecycle_items,
            };
            slots.extend(items.iter().map(|item| {
                let at = (file.id, *item);
                Slot { at, before: before.remove(&at), calls: OnceLock::new() }
            }));
        }
        Self { number: snapshot.revision(), slots, next: AtomicUsize::new(0), all: OnceLock::new() }
    }

    fn all(&self, snapshot: &Snapshot, group: Group) -> Arc<[Arc<ItemCalls>]> {
        if let Some(all) = self.all.get() {
            return Arc::clone(all);
        }
        let calls = |slot: &Slot| Arc::clone(slot.calls.get_or_init(|| slot.renewed(snapshot, group)));
        while let Some(slot) = self.slots.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            calls(slot);
        }
        Arc::clone(self.all.get_or_init(|| self.slots.iter().map(calls).collect()))
    }
}

impl Slot {
    fn renewed(&self, snapshot: &Snapshot, group: Group) -> Arc<ItemCalls> {
        let (file, index) = self.at;
        let Some(file) = snapshot.file(file) else { return Arc::new(ItemCalls::none()) };
        let item = &file.parsed.items[index as usize].item;
        let kept = self.before.as_ref().filter(|known| {
            known.item.strong_count() > 0
                && std::ptr::eq(known.item.as_ptr(), Arc::as_ptr(item))
                && known.dependencies.is_up_to_date(snapshot)
        });
        kept.map_or_else(|| Arc::new(ItemCalls::of(snapshot, file, index, group)), Arc::clone)
    }
}

impl ItemCalls {
    fn none() -> Self {
        Self { item: Weak::new(), dependencies: Dependencies::default(), calls: Vec::new(), unresolved: Vec::new() }
    }

    fn of(snapshot: &Snapshot, file: &File, index: u32, group: Group) -> Self {
        let inference = Inference::recording(snapshot);
        let item = &file.parsed.items[index as usize].item;
        let item_facts = &file.facts.items[index as usize];
        let mut exprs = match group {
            Group::Transfers => item_facts.channel_calls.clone(),
            Group::Lifecycles => item_facts.lifecycle_calls.clone(),
        };
        exprs.sort_unstable_by_key(|call| item.expr_range(*call).start());
        let (mut calls, mut unresolved) = (Vec::new(), Vec::new());
        for expr in exprs {
            let Expr::Call { func, .. } = item.expr(expr) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            let call = Site { file: file.id, item: index, expr };
            let receiver = inference.expr(Site { expr: *value, ..call });
            let receivers: Vec<(Site, Class)> = receiver
                .non_none()
                .filter_map(|one| match one {
                    Type::Instance { class, origin: Some(origin), .. } => Some((*origin, Class::External(*class))),
                    Type::Object(class, Some(origin)) => Some((*origin, Class::Own(*class))),
                    _ => None,
                })
                .collect();
            if receiver.has_unknown()
                && let Some(name) = facts::last_name(item, *value)
            {
                unresolved.push((name, *attr, call));
            }
            if receivers.is_empty() {
                continue;
            }
            let transfer = channel::may_transfer(item, expr).filter(|_| group == Group::Transfers).and_then(|puts| {
                let action = if puts { Action::Put } else { Action::Take };
                let channels = channel::all_of_call(&inference, call, action)?;
                Some((puts, channels.into_iter().map(|channel| channel.origin).collect()))
            });
            let is_sure = receiver.non_none().count() == 1;
            calls.push(MethodCall { call, method: *attr, receivers, is_sure, transfer });
        }
        Self { item: Arc::downgrade(item), dependencies: inference.dependencies(), calls, unresolved }
    }
}
