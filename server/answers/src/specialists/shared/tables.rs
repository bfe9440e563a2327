//! Calls from outside that several specialists look for: what reads and writes data, what loads and saves models.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyteam_index::File;
use pyteam_index::known::{self, DataUse, ModelUse};
use pyteam_syntax::Name;

use crate::calls::{Call, Row, known_calls};
use crate::view::View;

/// All reads and writes of data in `files`.
pub(in crate::specialists) fn data(view: &View<'_>, files: &[&Arc<File>]) -> Vec<Call<DataUse>> {
    known_calls(view, files, &rows(&known::storage().data), &frame_packages())
}

/// Packages of which a file imports one where `?.to_csv` writes a frame.
pub(in crate::specialists) fn frame_packages() -> Vec<&'static str> {
    texts(&known::storage().frame_packages)
}

/// All loads and saves of models in `files`.
pub(in crate::specialists) fn models(view: &View<'_>, files: &[&Arc<File>]) -> Vec<Call<ModelUse>> {
    let known = known::storage();
    known_calls(view, files, &rows(&known.models), &texts(&known.model_packages))
}

fn rows<K: Copy>(table: &BTreeMap<K, Vec<Name>>) -> Vec<Row<K>> {
    let row = |kind: K| move |path: &Name| Row { path: path.as_str(), kind };
    table.iter().flat_map(|(kind, paths)| paths.iter().map(row(*kind))).collect()
}

fn texts(names: &[Name]) -> Vec<&'static str> {
    names.iter().map(|name| name.as_str()).collect()
}
