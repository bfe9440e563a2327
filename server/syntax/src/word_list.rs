//! Lists of words that are data: a file beside the code that asks for them, one word a line.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;

/// A list of words, which is read when it is asked for the first time.
#[derive(Debug)]
pub struct WordList {
    text: &'static str,
    words: OnceLock<FxHashSet<&'static str>>,
}

impl WordList {
    /// The words of `text`, one a line.
    pub const fn new(text: &'static str) -> Self {
        Self { text, words: OnceLock::new() }
    }

    /// Whether `word` is one of them.
    pub fn contains(&self, word: &str) -> bool {
        self.words.get_or_init(|| self.text.lines().collect()).contains(word)
    }
}
