//! YAML inside a page: errors come with their place in the page.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_saphyr::options;

use super::error::PageError;

/// Reads the YAML at `range` of the page's `text`.
pub(super) fn read<T: DeserializeOwned>(text: &str, range: Range<usize>) -> Result<T, PageError> {
    let yaml = &text[range.clone()];
    let options = options! { with_snippet: false };
    serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line().saturating_sub(1)) as usize;
        let (start, end) = line_range(yaml, line);
        PageError::at(text, range.start + start..range.start + end, message(&error.to_string()))
    })
}

/// The `wanted`-th line (from 0), or the last one.
fn line_range(text: &str, wanted: usize) -> (usize, usize) {
    let (mut start, mut end) = (0, 0);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        start = end;
        end += line.len();
        if at == wanted {
            break;
        }
    }
    (start, start + text[start..end].trim_end().len())
}

/// The parser's words without its line numbers, which count from the block's start.
fn message(error: &str) -> String {
    let words = error.split(" at line ").next().unwrap_or(error);
    // The parser's advice is for its caller, and of no use to the author of the page.
    let words = words.split(", set DuplicateKeyPolicy").next().unwrap_or(words);
    let words =
        words.split("line ").last().filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(words);
    words.trim().to_owned()
}
