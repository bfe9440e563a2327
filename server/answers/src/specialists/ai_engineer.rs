//! The handoff to the agent that implements models: which there are, where they run, and what stays infrastructure.

use pyteam_agents::Answer;

use super::python_ml_specialist::{is_model_rule, model_lines};
use super::shared::{plain, title};
use crate::document::Document;
use crate::findings;
use crate::handoff::{HandoffFiles, signatures};
use crate::pipeline::Pipeline;
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: AI"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 30);
    let models = model_lines(view, &work.files);
    document.section("Models").first_or_clean(&models, 20, "model loads and saves");
    let code: Vec<_> = work
        .functions(view)
        .into_iter()
        .filter(|function| {
            let Some(definition) = view.inference.function(*function) else { return false };
            let name = definition.name.as_str().to_ascii_lowercase();
            [
                "infer",
                "predict",
                "detect",
                "train",
                "forward",
                "embed",
                "preprocess",
                "postprocess",
                "load_model",
                "classify",
                "track",
            ]
            .iter()
            .any(|word| name.contains(word))
        })
        .collect();
    document.section("Model functions (by name)").first(&signatures(view, &code), 20);
    let found = findings::asked(view, is_model_rule);
    let lines: Vec<String> = findings::lines(view, &found);
    document.section("Open findings").first(&lines, 15);
    document.section("Performance requirements").first_or_clean(
        &work.performance(view),
        15,
        "performance requirements (stated, or as rate, timeout or batch size in the code)",
    );
    if let Some((drawing, _)) = Pipeline::of(view).drawing(view) {
        document.section("Infrastructure around the model (not part of this handoff)").code("mermaid", &drawing);
    }
    document.section("Dependencies").first(&work.dependencies(view), 20);
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}
