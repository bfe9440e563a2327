//! The specialist for inference: where models are loaded and run, and the findings of its family with their repairs.

use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_engine::{Page, Topic};
use pyteam_index::File;
use pyteam_index::known::ModelUse;

use super::shared::tables::models;
use super::shared::{looked_at, scope, title, with_repairs};
use crate::calls::{Call, Row, arguments, is_in_loop, keyword, known_calls};
use crate::document::{Document, and_more};
use crate::findings;
use crate::references::run_by;
use crate::view::View;

/// Arrays that are made anew each time a loop comes round.
const ALLOCATIONS: &[Row<()>] = &[
    Row { path: "numpy.zeros", kind: () },
    Row { path: "numpy.empty", kind: () },
    Row { path: "numpy.ones", kind: () },
    Row { path: "torch.zeros", kind: () },
    Row { path: "torch.empty", kind: () },
    Row { path: "torch.ones", kind: () },
    Row { path: "torch.tensor", kind: () },
    Row { path: "torch.from_numpy", kind: () },
];

/// Whether a rule is about models.
pub(super) fn is_about_models(view: &View<'_>, page: &Page) -> bool {
    findings::is_owned(view, page) || is_model_rule(page)
}

/// Whether a rule is about models, whichever agent is asked.
pub(super) fn is_model_rule(page: &Page) -> bool {
    page.topics.contains(&Topic::Models)
        || page.agent.as_deref() == Some("python-ml-specialist")
        || matches!(&*page.family, "inference" | "ml" | "machine_learning" | "models")
}

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Models and inference"));
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let found = findings::asked(view, |page| is_about_models(view, page));
    let lines = model_lines(view, &files);
    if found.is_empty() {
        document.say(format!("No findings. {}", scope(view)));
    } else {
        document.say(format!("{} in {}.", findings::tally(&found), looked_at(view)));
    }
    document.section("Findings");
    findings::tell(&mut document, view, &found);
    document.section("Model loads and saves").first_or_clean(
        &lines,
        20,
        "model loads and saves (torch, ONNX Runtime, TensorFlow, Keras, transformers, safetensors, joblib and others)",
    );
    document.section("Allocations in loops").first(&allocations(view, &files), 15);
    with_repairs(view, document, &found)
}

/// Where models are loaded and saved, a line each.
pub(super) fn model_lines(view: &View<'_>, files: &[&Arc<File>]) -> Vec<String> {
    models(view, files).iter().map(|call| model_line(view, call)).collect()
}

fn model_line(view: &View<'_>, call: &Call<ModelUse>) -> String {
    let mut told = format!(
        "{}: `{}` in `{}`",
        view.site(call.site),
        call.path.as_str().trim_start_matches("?."),
        view.around(call.site)
    );
    let args = arguments(view, call.site);
    for (word, name) in
        [("device", "map_location"), ("device", "device"), ("providers", "providers"), ("type", "torch_dtype")]
    {
        if let Some(value) = keyword(args, name) {
            let text = crate::code::one_line(view.text_of(pyteam_index::infer::Site { expr: value, ..call.site }));
            if text.len() <= 60 {
                told.push_str(&format!(", {word} `{text}`"));
            }
        }
    }
    if call.kind == ModelUse::LoadsCode {
        told.push_str("; the file can contain code");
    }
    if let Some(item) = view.inference.item(call.site.file, call.site.item).map(|(_, item, _)| item)
        && call.kind != ModelUse::Saves
        && is_in_loop(item, call.site.expr)
    {
        told.push_str("; **in a loop**");
    }
    let runners: Vec<String> = view
        .inference
        .enclosing_function(call.site)
        .map(|function| run_by(view, function))
        .unwrap_or_default()
        .into_iter()
        .map(|maker| view.site(maker))
        .collect();
    if !runners.is_empty() {
        told.push_str(&format!("; in the process created at {}", and_more(&runners, 3)));
    }
    told
}

/// Arrays and tensors that loops make.
fn allocations(view: &View<'_>, files: &[&Arc<File>]) -> Vec<String> {
    let calls = known_calls(view, files, ALLOCATIONS, &[]);
    let in_loop = calls.iter().filter(|call| {
        view.inference.item(call.site.file, call.site.item).is_some_and(|(_, item, _)| is_in_loop(item, call.site.expr))
    });
    in_loop.map(|call| format!("{}: `{}` in `{}`", view.site(call.site), call.path, view.around(call.site))).collect()
}
