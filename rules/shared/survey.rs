//! Questions whether any file of the workspace does something, answered once for each revision.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyteam_engine::CheckContext;
use pyteam_index::infer::{Inference, Site};
use pyteam_index::{File, FileId, Snapshot};
use pyteam_syntax::Item;
use rustc_hash::FxHashMap;

/// A question to all files.
pub trait Question: 'static {
    /// Whether the file may answer yes, by its own text and facts: remembered for as long as the file stays as it is.
    fn may(file: &File) -> bool;
    /// Whether it does.
    fn is_yes(inference: &Inference<'_>, file: &File) -> bool;
}

/// Whether any file of the workspace answers yes.
pub fn any<Q: Question>(cx: &CheckContext<'_>) -> bool {
    let snapshot = cx.whole_workspace();
    let room = snapshot.memo().of::<Room<Q>>();
    let mut known = room.0.lock().unwrap_or_else(PoisonError::into_inner);
    match known.answer {
        Some((revision, answer)) if revision == snapshot.revision() => answer,
        _ => {
            let answer = known.ask(snapshot);
            known.answer = Some((snapshot.revision(), answer));
            answer
        }
    }
}

/// Whether any expression of the file is one that `wanted` looks for.
pub fn any_expr(file: &File, mut wanted: impl FnMut(&Item, Site) -> bool) -> bool {
    file.parsed
        .items
        .iter()
        .zip(0u32..)
        .any(|(slot, item)| slot.item.expr_ids().any(|expr| wanted(&slot.item, Site { file: file.id, item, expr })))
}

struct Room<Q>(Mutex<Known<Q>>);

impl<Q> Default for Room<Q> {
    fn default() -> Self {
        Self(Mutex::new(Known { answer: None, files: FxHashMap::default(), of: PhantomData }))
    }
}

struct Known<Q> {
    answer: Option<(u64, bool)>,
    /// Which files may answer yes.
    files: FxHashMap<FileId, (Weak<File>, bool)>,
    of: PhantomData<fn() -> Q>,
}

impl<Q: Question> Known<Q> {
    fn ask(&mut self, snapshot: &Snapshot) -> bool {
        snapshot.files().any(|file| {
            let may = match self.files.get(&file.id) {
                Some((known, may)) if std::ptr::eq(known.as_ptr(), Arc::as_ptr(file)) => *may,
                _ => {
                    let may = Q::may(file);
                    self.files.insert(file.id, (Arc::downgrade(file), may));
                    may
                }
            };
            // Each with a budget of its own, so that the answer does not depend on who was asked before.
            may && Q::is_yes(&Inference::new(snapshot), file)
        })
    }
}
