//! The standard library's modules.

use crate::WordList;

/// Whether a module belongs to the standard library, by its first part. Modules that some version between 3.8 and 3.14 has
/// count for all.
pub fn is_standard(module: &str) -> bool {
    let first = module.split('.').next().unwrap_or_default();
    STANDARD.contains(first)
}

/// Top-level modules.
static STANDARD: WordList = WordList::new(include_str!("standard.txt"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_known() {
        assert!(is_standard("multiprocessing.queues") && !is_standard("torch"));
    }
}
