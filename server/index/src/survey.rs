//! Questions whether any file that may be part of one program with another does something, answered once for each
//! revision.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pyteam_syntax::Item;
use rustc_hash::FxHashMap;

use crate::context::ItemContext;
use crate::file_id::FileId;
use crate::infer::{Inference, Site};
use crate::programs::Programs;
use crate::snapshot::{File, Snapshot};

/// A question to files.
pub trait Question: 'static {
    /// What the file's own text and facts say, remembered for as long as the file stays as it is. Nothing where only types
    /// can tell.
    fn by_itself(file: &File) -> Option<bool>;
    /// What types say, where the file by itself does not tell.
    fn by_types(inference: &Inference<'_>, file: &File) -> bool;
}

/// Whether any file that may be part of one program with the one of `cx` answers yes.
pub fn any<Q: Question>(cx: &ItemContext<'_>) -> bool {
    let snapshot = cx.whole_workspace();
    let programs = Programs::of(cx);
    let cache = snapshot.memo().of::<Cache<Q>>();
    let mut known = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
    if known.revision != Some(snapshot.revision()) {
        known.revision = Some(snapshot.revision());
        known.answers.clear();
    }
    if let Some(answer) = known.answers.get(&cx.file.id) {
        return *answer;
    }
    let answer = snapshot.files().any(|file| programs.may_meet(cx.file.id, file.id) && known.ask(snapshot, file));
    known.answers.insert(cx.file.id, answer);
    answer
}

/// Whether any expression of the file is one that `wanted` looks for.
pub fn any_expr(file: &File, mut wanted: impl FnMut(&Item, Site) -> bool) -> bool {
    file.parsed
        .items
        .iter()
        .zip(0u32..)
        .any(|(slot, item)| slot.item.expr_ids().any(|expr| wanted(&slot.item, Site { file: file.id, item, expr })))
}

struct Cache<Q>(Mutex<CachedAnswers<Q>>);

impl<Q> Default for Cache<Q> {
    fn default() -> Self {
        let known = CachedAnswers {
            revision: None,
            answers: FxHashMap::default(),
            typed: FxHashMap::default(),
            files: FxHashMap::default(),
            of: PhantomData,
        };
        Self(Mutex::new(known))
    }
}

struct CachedAnswers<Q> {
    revision: Option<u64>,
    /// At this revision: about the program of each file.
    answers: FxHashMap<FileId, bool>,
    /// What types said of a file, at which revision.
    typed: FxHashMap<FileId, (u64, bool)>,
    /// What each file said by itself.
    files: FxHashMap<FileId, (Weak<File>, Option<bool>)>,
    of: PhantomData<fn() -> Q>,
}

impl<Q: Question> CachedAnswers<Q> {
    fn ask(&mut self, snapshot: &Snapshot, file: &Arc<File>) -> bool {
        let by_itself = match self.files.get(&file.id) {
            Some((known, said)) if std::ptr::eq(known.as_ptr(), Arc::as_ptr(file)) => *said,
            _ => {
                let said = Q::by_itself(file);
                self.files.insert(file.id, (Arc::downgrade(file), said));
                said
            }
        };
        if let Some(said) = by_itself {
            return said;
        }
        match self.typed.get(&file.id) {
            Some((revision, said)) if *revision == snapshot.revision() => *said,
            _ => {
                // Each with a budget of its own, so that the answer does not depend on who was asked before.
                let said = Q::by_types(&Inference::new(snapshot), file);
                self.typed.insert(file.id, (snapshot.revision(), said));
                said
            }
        }
    }
}
