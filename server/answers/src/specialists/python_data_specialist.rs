//! The data specialist: who reads and writes frames, arrays and images, and what is done row by row.

use std::collections::BTreeSet;
use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_index::known::{DataUse, ModelUse};
use pyteam_syntax::{Item, Stmt};

use super::shared::tables::{data, frame_packages, models};
use super::shared::{plain, scope, title};
use crate::calls::{Call, Row, is_in_loop, known_calls};
use crate::document::Document;
use crate::project_files::has_word;
use crate::view::View;

/// What is slow where it is done for each row.
const BY_ROW: &[Row<&str>] = &[
    Row { path: "?.iterrows", kind: "creates a Series for each row: use column operations or `itertuples`" },
    Row {
        path: "pandas.concat",
        kind: "copies the whole frame each time: collect the parts in a list and concatenate once",
    },
    Row {
        path: "numpy.append",
        kind: "copies the array each time: collect in a list, or fill an array of the final size",
    },
    Row { path: "numpy.vstack", kind: "copies the array each time: collect in a list, and stack once" },
    Row { path: "numpy.hstack", kind: "copies the array each time: collect in a list, and stack once" },
    Row { path: "numpy.concatenate", kind: "copies the array each time: collect in a list, and concatenate once" },
];

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Data"));
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let data = data(view, &files);
    let models = models(view, &files);
    document.say(scope(view));
    if data.is_empty() && models.is_empty() {
        document.clean("reads and writes of frames, arrays, images, video and models");
    }
    for (heading, kinds) in [
        ("Read", &[DataUse::ReadsFrame, DataUse::ReadsArray, DataUse::Dataset][..]),
        ("Written", &[DataUse::WritesFrame, DataUse::WritesArray][..]),
        ("Images and video", &[DataUse::Video][..]),
    ] {
        let lines: Vec<String> =
            data.iter().filter(|call| kinds.contains(&call.kind)).map(|call| line(view, call)).collect();
        document.section(heading).first(&lines, 20);
    }
    let lines: Vec<String> = models
        .iter()
        .map(|call| {
            let what = if call.kind == ModelUse::Saves { "saved" } else { "loaded" };
            format!("{} ({what})", line(view, call))
        })
        .collect();
    document.section("Models").first(&lines, 20);
    loops(&mut document, view, &files);
    pipelines(&mut document, view, &data);
    plain(document)
}

/// `load.py:12: pandas.read_csv in load, in a loop`
fn line<K>(view: &View<'_>, call: &Call<K>) -> String {
    let path = call.path.as_str().trim_start_matches("?.");
    let again = view
        .inference
        .item(call.site.file, call.site.item)
        .is_some_and(|(_, item, _)| is_in_loop(item, call.site.expr));
    let again = if again { ", in a loop" } else { "" };
    format!("{}: `{path}` in `{}`{again}", view.site(call.site), view.around(call.site))
}

fn loops(document: &mut Document, view: &View<'_>, files: &[&Arc<File>]) {
    document.section("Row-wise loops");
    let calls = known_calls(view, files, BY_ROW, &frame_packages());
    let slow: Vec<String> = calls
        .iter()
        .filter(|call| {
            let item = view.inference.item(call.site.file, call.site.item).map(|(_, item, _)| item);
            let is_grown = || item.is_some_and(|item| is_in_loop(item, call.site.expr) && grows(view, item, call));
            call.path == "?.iterrows" || is_grown()
        })
        .map(|call| {
            format!("{}: `{}` {}", view.site(call.site), call.path.as_str().trim_start_matches("?."), call.kind)
        })
        .collect();
    let uses = files.iter().any(|file| crate::calls::imports_any(file, &["pandas", "numpy", "polars"]));
    if uses || !slow.is_empty() {
        document.first_or_clean(&slow, 20, "row-wise loops");
    }
}

/// Whether what a call makes is bound to what goes into it: `all = concat([all, part])`.
fn grows(view: &View<'_>, item: &Item, call: &Call<&str>) -> bool {
    let Stmt::Assign { targets, value } = item.stmt(item.enclosing_stmt(call.site.expr)) else { return false };
    let target = view.text_of(Site { expr: targets[0], ..call.site });
    *value == call.site.expr && has_word(view.text_of(call.site), target)
}

/// Functions that both read and write, or read in one place what another writes.
fn pipelines(document: &mut Document, view: &View<'_>, data: &[Call<DataUse>]) {
    document.section("Functions that read and write files");
    let functions = |kinds: &[DataUse]| -> BTreeSet<String> {
        let of = data
            .iter()
            .filter(|call| kinds.contains(&call.kind) && view.inference.enclosing_function(call.site).is_some());
        of.map(|call| format!("`{}` ({})", view.around(call.site), view.path(call.site.file))).collect()
    };
    let read = functions(&[DataUse::ReadsFrame, DataUse::ReadsArray]);
    let written = functions(&[DataUse::WritesFrame, DataUse::WritesArray]);
    let both: Vec<String> = read.intersection(&written).map(|one| format!("{one} reads and writes")).collect();
    document.first(&both, 20);
}
