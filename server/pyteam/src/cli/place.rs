//! How files and places in them are named in output.

use anyhow::Context;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use pyteam_index::key_of;
use pyteam_syntax::position::{PositionEncoding, to_position};
use pyteam_syntax::{SourceText, TextSize};
use serde::Serialize;

/// A place as people count: from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct LineColumn {
    /// Column.
    pub(super) column: u32,
    /// Line.
    pub(super) row: u32,
}

impl LineColumn {
    /// The place of `offset`. A byte order mark is no character.
    pub(super) fn of(source: &SourceText, offset: TextSize) -> Self {
        let position = to_position(source, offset, PositionEncoding::Utf32);
        let mark = u32::from(position.line == 0 && position.character > 0 && source.as_str().starts_with('\u{feff}'));
        Self { row: position.line + 1, column: position.character + 1 - mark }
    }
}

/// Shortens paths below the current directory.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    folder: PathBuf,
}

impl Paths {
    /// Paths will be relative to the current directory.
    pub(super) fn here() -> anyhow::Result<Self> {
        Ok(Self::new(std::env::current_dir().context("the current directory does not exist")?))
    }

    /// Paths will be relative to `folder`.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder that paths are relative to.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How `path` is called in output.
    pub(super) fn shown(&self, path: &Path) -> String {
        self.short(&key_of(path)).to_owned()
    }

    /// `path`, or a message that starts with one, relative to the current directory if it is below it.
    pub(super) fn short<'a>(&self, path: &'a str) -> &'a str {
        let relative = path.strip_prefix(&*key_of(&self.folder));
        let relative = relative.and_then(|rest| rest.strip_prefix(MAIN_SEPARATOR));
        relative.filter(|relative| !relative.is_empty()).unwrap_or(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_but_no_byte_order_mark() {
        let source = SourceText::new("\u{feff}é = 1\nñ😀x");
        let place = |offset: u32| {
            let place = LineColumn::of(&source, TextSize::new(offset));
            (place.row, place.column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(3), (1, 1));
        assert_eq!(place(5), (1, 2));
        assert_eq!(place(source.len().into()), (2, 4));
    }
}
