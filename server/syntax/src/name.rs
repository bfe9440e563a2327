//! Interned names: four bytes that compare and hash as integers.
//!
//! Names live as long as the process. A workspace uses a bounded vocabulary (some 100,000 names in a tree of
//! 8,000 files), so nothing is ever freed.

use std::fmt;
use std::sync::LazyLock;

use dashmap::DashMap;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer};

/// An interned string: an identifier, a dotted path or a short literal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u32);

struct Interner {
    ids: DashMap<&'static str, u32, FxBuildHasher>,
    strings: boxcar::Vec<&'static str>,
}

static INTERNER: LazyLock<Interner> =
    LazyLock::new(|| Interner { ids: DashMap::with_hasher(FxBuildHasher), strings: boxcar::Vec::new() });

impl Name {
    /// Interns `text`.
    pub fn new(text: &str) -> Self {
        let interner = &*INTERNER;
        if let Some(id) = interner.ids.get(text) {
            return Self(*id);
        }
        let text: &'static str = Box::leak(Box::from(text));
        // The entry holds its shard's lock, so two threads cannot give one text two numbers.
        let id = *interner.ids.entry(text).or_insert_with(|| interner.strings.push(text) as u32);
        Self(id)
    }

    /// The text of this name.
    pub fn as_str(self) -> &'static str {
        INTERNER.strings[self.0 as usize]
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}
