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
    fn all_callers_share_one_value() {
        let memo = Memo::default();
        *memo.clone().of::<Mutex<u32>>().lock().unwrap() += 1;
        *memo.of::<Mutex<u32>>().lock().unwrap() += 1;
        assert_eq!(*memo.of::<Mutex<u32>>().lock().unwrap(), 2);
        assert_eq!(*memo.of::<Mutex<u64>>().lock().unwrap(), 0);
    }
}
