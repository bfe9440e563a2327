//! The edits of a bound.

use pyteam_engine::{Applicability, Fix};
use pyteam_index::context::ItemContext;
use pyteam_syntax::TextEdit;
use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::style::{self, statement};

use super::name_check;
use super::plan::{AtEnd, Plan, TITLE};
use crate::imports::import_name;

impl Plan {
    /// The edits; `None` where the call cannot be edited so, or a type checker would object.
    pub fn fix(&self, cx: &ItemContext<'_>) -> Option<Fix> {
        fix(cx, self)
    }
}

fn fix(cx: &ItemContext<'_>, plan: &Plan) -> Option<Fix> {
    let unit = style::indent_unit(&cx.file.parsed);
    let receiver = cx.receiver_text(plan.call).map_or("", |(receiver, _)| receiver);
    let mut edits = Vec::new();
    let mut shift = "";
    match plan.at_end {
        AtEnd::Raise => {}
        AtEnd::NextTurn(exception) => {
            let (module, name) = exception.as_str().rsplit_once('.')?;
            let (exception, import) = import_name(cx, module, name);
            let (before, after) = (["try:".to_owned()], [format!("except {exception}:"), format!("{unit}continue")]);
            let (start, stmt) = (cx.file.item_start(cx.item_index), cx.item.enclosing_stmt(plan.call));
            edits = statement::wrap(cx.file.source(), cx.item, start, stmt, &unit, &before, &after);
            edits.extend(import);
            shift = &unit;
        }
        AtEnd::Kill => edits.push(below(
            cx,
            plan,
            &[
                format!("if {receiver}.is_alive():"),
                format!("{unit}{receiver}.kill()"),
                format!("{unit}{receiver}.join()"),
            ],
        )),
    }
    let editor = ArgumentEditor::of_call(&cx.file.parsed, cx.item_index, plan.call)?.shifted(shift);
    edits.push(editor.set((plan.argument.as_str(), plan.position), &plan.seconds.to_string())?);
    if name_check::is_mentioned_again(cx, plan.call, receiver, &edits) {
        return None;
    }
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    edits.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
    Some(fix.finish())
}

/// Puts `lines` below the statement of the call.
fn below(cx: &ItemContext<'_>, plan: &Plan, lines: &[String]) -> TextEdit {
    let source = cx.file.source();
    let range = cx.stmt_range(cx.item.enclosing_stmt(plan.call));
    let (indent, newline) = (style::indent_of(source, range.start()), style::newline(source));
    let text = lines.iter().fold(String::new(), |text, line| text + newline + indent + line);
    let last = source.lines().line_of(range.end());
    TextEdit::insert(source.lines().line_range(source.as_str(), last).end(), text)
}
