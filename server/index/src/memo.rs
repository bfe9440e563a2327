//! Results of other crates about a workspace as a whole, by their type: worked out once, and shared by all snapshots.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// One value of each type that asks for room. All snapshots of a workspace share it, so a value must itself know of
/// which revision it speaks, and what of it still holds at another one.
#[derive(Clone, Default)]
pub struct Memo(Arc<Mutex<FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Memo {
    /// The value of type `T`, an empty one at first.
    pub fn of<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        // A panic while the lock was held left the map as it was.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let value = Arc::clone(kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())));
        drop(kept);
        value.downcast().unwrap_or_default()
    }

    /// What was worked out about a revision, if it was.
    pub(crate) fn kept<T: Any + Send + Sync>(&self, revision: u64) -> Option<Arc<T>> {
        let latest = self.of::<Latest<T>>();
        let latest = latest.0.lock().unwrap_or_else(PoisonError::into_inner);
        latest.as_ref().filter(|(at, _)| *at == revision).map(|(_, value)| Arc::clone(value))
    }

    /// The same, worked out by `make` where it was not: once, while other threads that ask wait.
    pub(crate) fn kept_or<T: Any + Send + Sync>(&self, revision: u64, make: impl FnOnce() -> T) -> Arc<T> {
        let latest = self.of::<Latest<T>>();
        let mut latest = latest.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Some((at, value)) if *at == revision => Arc::clone(value),
            _ => {
                let value = Arc::new(make());
                *latest = Some((revision, Arc::clone(&value)));
                value
            }
        }
    }
}

/// The latest value of a type, and the revision that it speaks of.
struct Latest<T>(Mutex<Option<(u64, Arc<T>)>>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_value_is_worked_out_once_for_a_revision() {
        let mut workspace = crate::Workspace::new();
        let first = workspace.snapshot();
        assert_eq!(first.kept::<u32>(), None);
        assert_eq!((*first.kept_or(|| 1_u32), *first.kept_or(|| 2_u32)), (1, 1));
        workspace.set_complete(true);
        let second = workspace.snapshot();
        assert_eq!((second.kept::<u32>(), *second.kept_or(|| 3_u32)), (None, 3));
    }

    #[test]
    fn all_callers_share_one_value() {
        let memo = Memo::default();
        *memo.clone().of::<Mutex<u32>>().lock().unwrap() += 1;
        *memo.of::<Mutex<u32>>().lock().unwrap() += 1;
        assert_eq!(*memo.of::<Mutex<u32>>().lock().unwrap(), 2);
        assert_eq!(*memo.of::<Mutex<u64>>().lock().unwrap(), 0);
    }
}
