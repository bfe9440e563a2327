//! Repairs: edits, by file, with a word on how far they can be trusted.

use std::collections::BTreeMap;

use pyteam_index::FileId;
use pyteam_syntax::TextEdit;
use serde::{Deserialize, Serialize};

/// How far a fix can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Keeps the meaning in every case.
    Safe,
    /// Right in most cases; a person should look. Never part of fix-all unless asked for.
    Unsafe,
}

/// One repair. Edits in several files are one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// As the editor's menu shows it: `Add timeout`.
    pub title: String,
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// Edits by file, each normalized (see [`pyteam_syntax::edit::normalize`]).
    pub edits: BTreeMap<FileId, Vec<TextEdit>>,
    /// The types that the edits declare.
    pub declares: Vec<Declaration>,
}

/// A type that a fix declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The file that it will stand in.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// How it will be written there, without blank lines around it.
    pub text: String,
    /// What it is.
    pub kind: DeclarationKind,
}

/// What a declared type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// A message of a channel (`TypedDict`, `NamedTuple`), or the union of several.
    Message,
    /// An interface (`Protocol`).
    Protocol,
}

impl Fix {
    /// A fix without edits yet.
    pub fn new(title: impl Into<String>, applicability: Applicability) -> Self {
        Self {
            title: pyteam_display::message(&title.into()),
            applicability,
            edits: BTreeMap::new(),
            declares: Vec::new(),
        }
    }
    /// Adds an edit.
    pub fn push(&mut self, file: FileId, edit: TextEdit) {
        self.edits.entry(file).or_default().push(edit);
    }
    /// Sorts and deduplicates the edits of every file.
    #[must_use]
    pub fn finish(mut self) -> Self {
        for edits in self.edits.values_mut() {
            pyteam_syntax::edit::normalize(edits);
        }
        self
    }
}
