//! Findings that are kept from one check of a file to the next.
//!
//! They are kept by item: an edit leaves all items alone that it does not touch, so that the same `Arc` is there
//! again, at another place perhaps. Places are therefore kept relative to the item they lie in, be it the item
//! under inspection, another one, or one of another file. A finding that points to an item which is gone or was
//! changed is not taken over; its item is looked at again.
//!
//! What a rule can see beside the item is covered by one hash of what lies around, and by what its questions to the
//! inference looked at ([`Dependencies`]).

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use pyteam_index::infer::Dependencies;
use pyteam_index::{File, FileId, Snapshot};
use pyteam_syntax::{Item, Parsed, TextRange};
use rustc_hash::{FxHashMap, FxHasher};

use crate::finding::Finding;
use crate::settings::Settings;

/// The findings of one file, before suppression. Start with an empty one.
#[derive(Debug, Default)]
pub struct FindingCache {
    engine: u64,
    file: Option<FileId>,
    settings: Option<Settings>,
    /// What lies around the items.
    fingerprint: u64,
    /// By the item's address, which its weak reference keeps from being used again.
    items: FxHashMap<usize, CachedItem>,
}

#[derive(Debug)]
struct CachedItem {
    item: Weak<Item>,
    found: Option<CachedFindings>,
}

/// What was found, and what it rests on.
#[derive(Debug)]
struct CachedFindings {
    findings: Vec<CachedFinding>,
    dependencies: Dependencies,
}

/// A finding whose own places are out of date.
#[derive(Debug)]
struct CachedFinding {
    finding: Finding,
    at: MovingRange,
    related: Vec<MovingRange>,
}

/// A place that moves with what it lies in.
#[derive(Debug)]
enum MovingRange {
    /// In an item.
    Item { file: FileId, index: u32, item: Weak<Item>, range: TextRange },
    /// Between items: it holds as long as the file's text stays.
    Text { file: FileId, parsed: Weak<Parsed>, range: TextRange },
}

/// One check's use of the cache. What it does not ask for is dropped at its end.
pub(super) struct Update<'a> {
    cache: &'a mut FindingCache,
    snapshot: &'a Snapshot,
    file: &'a File,
    /// What the check has been through.
    seen: FxHashMap<usize, CachedItem>,
}

impl FindingCache {
    /// Begins a check.
    pub(super) fn update<'a>(
        &'a mut self,
        engine: u64,
        snapshot: &'a Snapshot,
        file: &'a File,
        settings: &Settings,
    ) -> Update<'a> {
        if (self.engine, self.file) != (engine, Some(file.id)) || self.settings.as_ref() != Some(settings) {
            *self = Self { engine, file: Some(file.id), settings: Some(settings.clone()), ..Self::default() };
        }
        let fingerprint = global_fingerprint(snapshot);
        if self.fingerprint != fingerprint {
            self.items.values_mut().for_each(|kept| kept.found = None);
        }
        self.fingerprint = fingerprint;
        Update { cache: self, snapshot, file, seen: FxHashMap::default() }
    }
}

impl Update<'_> {
    /// The findings on an item, where they still hold.
    pub(super) fn kept(&mut self, index: u32) -> Option<Vec<Finding>> {
        let item = &self.file.parsed.items[index as usize].item;
        let kept = self.entry(item);
        let found = kept.found.take()?;
        if !found.dependencies.is_up_to_date(self.snapshot) {
            return None;
        }
        let renewed: Option<Vec<Finding>> = found.findings.iter().map(|one| one.renew(self.snapshot, index)).collect();
        if renewed.is_some() {
            self.entry(item).found = Some(found);
        }
        renewed
    }

    /// Keeps the findings on an item, which rest on their `dependencies`.
    pub(super) fn keep(&mut self, index: u32, found: &[Finding], dependencies: Dependencies) {
        let item = &self.file.parsed.items[index as usize].item;
        let kept: Option<Vec<CachedFinding>> =
            found.iter().map(|finding| CachedFinding::of(finding, self.snapshot)).collect();
        self.entry(item).found = kept.map(|findings| CachedFindings { findings, dependencies });
    }

    /// Forgets the items that are gone.
    pub(super) fn finish(mut self) {
        self.cache.items = std::mem::take(&mut self.seen);
    }

    fn entry(&mut self, item: &Arc<Item>) -> &mut CachedItem {
        let address = Arc::as_ptr(item) as usize;
        let old = &mut self.cache.items;
        self.seen.entry(address).or_insert_with(|| {
            old.remove(&address).unwrap_or_else(|| CachedItem { item: Arc::downgrade(item), found: None })
        })
    }
}

impl Drop for Update<'_> {
    /// A check that was canceled leaves what it did not get to as it was.
    fn drop(&mut self) {
        self.cache.items.extend(self.seen.drain());
        self.cache.items.retain(|_, kept| kept.item.strong_count() > 0);
    }
}

impl CachedFinding {
    fn of(finding: &Finding, snapshot: &Snapshot) -> Option<Self> {
        let at = MovingRange::of(finding.file, finding.range, snapshot)?;
        let related = finding.related.iter().map(|one| MovingRange::of(one.file, one.range, snapshot));
        Some(Self { at, related: related.collect::<Option<_>>()?, finding: finding.clone() })
    }

    /// The finding with its places as they are now; `None` when one of them is gone.
    fn renew(&self, snapshot: &Snapshot, item: u32) -> Option<Finding> {
        let mut finding = self.finding.clone();
        finding.range = self.at.now(snapshot)?;
        let (before, now) = (self.finding.range.start(), finding.range.start());
        for secret in &mut finding.secrets {
            // Inside the finding's item, they move with it.
            *secret = (*secret + now).checked_sub(before)?;
        }
        finding.anchor.item = item;
        for (related, place) in finding.related.iter_mut().zip(&self.related) {
            related.range = place.now(snapshot)?;
        }
        Some(finding)
    }
}

impl MovingRange {
    fn of(id: FileId, range: TextRange, snapshot: &Snapshot) -> Option<Self> {
        let file = snapshot.file(id)?;
        let index = file.parsed.item_at(range.start());
        let slot = index.and_then(|index| Some((index, file.parsed.items.get(index as usize)?)));
        Some(match slot.filter(|(_, slot)| slot.range().contains_range(range)) {
            Some((index, slot)) => {
                Self::Item { file: id, index, item: Arc::downgrade(&slot.item), range: range - slot.start }
            }
            None => Self::Text { file: id, parsed: Arc::downgrade(&file.parsed), range },
        })
    }

    fn now(&self, snapshot: &Snapshot) -> Option<TextRange> {
        match self {
            Self::Item { file, index, item, range } => {
                let items = &snapshot.file(*file)?.parsed.items;
                let is_it = |slot: &&pyteam_syntax::ItemSlot| std::ptr::eq(Arc::as_ptr(&slot.item), item.as_ptr());
                // Mostly it is still the n-th; else something before it was added or removed.
                let slot = items.get(*index as usize).filter(is_it).or_else(|| items.iter().find(is_it))?;
                Some(*range + slot.start)
            }
            Self::Text { file, parsed, range } => {
                let is_same = std::ptr::eq(Arc::as_ptr(&snapshot.file(*file)?.parsed), parsed.as_ptr());
                is_same.then_some(*range)
            }
        }
    }
}

/// A hash of what every rule may look at, whatever its questions are.
fn global_fingerprint(snapshot: &Snapshot) -> u64 {
    let mut hasher = FxHasher::default();
    snapshot.requirements_revision().hash(&mut hasher);
    snapshot.is_complete().hash(&mut hasher);
    hasher.finish()
}
