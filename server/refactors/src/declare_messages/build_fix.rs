//! The edits of every file concerned, as one fix.

use std::collections::BTreeSet;

use pyteam_engine::{Applicability, Declaration, DeclarationKind, Fix};
use pyteam_index::FileId;
use pyteam_index::context::ItemContext;
use pyteam_syntax::{Name, TextEdit, TextRange};

use super::call_rewrite::{self, Rewrite};
use super::class_text::Definitions;
use super::module_placement::Choice;
use super::plan::{Plan, TITLE, can_not_require};
use crate::imports::unused;

impl Plan<'_> {
    /// The edits of all files; `None` where a place cannot be edited without a loss.
    pub fn fix(&self, cx: &ItemContext<'_>) -> Option<Fix> {
        fix(cx, self)
    }
}

fn fix(cx: &ItemContext<'_>, plan: &Plan<'_>) -> Option<Fix> {
    let home = plan.home.as_ref()?;
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let annotated = |id: FileId| plan.annotated.get(&id).map_or(&[][..], Vec::as_slice);
    let casts_in = |id: FileId| {
        plan.shapes.iter().zip(&plan.rewrites).any(|(shape, how)| *how == Rewrite::Cast && shape.put.file == id)
    };
    let definitions = Definitions {
        file: home.file,
        above: plan.above,
        messages: &plan.messages,
        union: plan.union.as_deref(),
        declared: !plan.annotated.is_empty(),
        old_python: plan.old_python,
        not_required: can_not_require(cx, home.file.id),
        cast: casts_in(home.file.id),
    };
    let written = definitions.write(cx, annotated(home.file.id));
    let (file, kind) = (home.file.id, DeclarationKind::Message);
    fix.declares = written.declared.into_iter().map(|(name, text)| Declaration { file, name, text, kind }).collect();
    let mut casts: Vec<(FileId, String)> = written.cast.map(|cast| (home.file.id, cast)).into_iter().collect();
    written.edits.into_iter().for_each(|edit| fix.push(home.file.id, edit));
    let others: BTreeSet<FileId> = home.spelled.keys().chain(plan.unseen.keys()).copied().collect();
    for id in others {
        let (edits, cast) = imports(cx, plan, home, id, casts_in(id))?;
        edits.into_iter().for_each(|edit| fix.push(id, edit));
        casts.extend(cast.map(|cast| (id, cast)));
    }
    for (id, edits) in &plan.annotated {
        edits.iter().for_each(|edit| fix.push(*id, edit.clone()));
    }
    for (index, (shape, how)) in plan.shapes.iter().zip(&plan.rewrites).enumerate() {
        let Some((file, item, _)) = cx.inference.item(shape.put.file, shape.put.item) else { continue };
        let Some(message) = plan.messages.iter().find(|message| message.shapes.contains(&index)) else { continue };
        let cast = casts.iter().find(|(id, _)| *id == file.id).map_or("cast", |(_, text)| text);
        call_rewrite::rewrite(&mut fix, file, item, shape, *how, message, cast);
    }
    Some(fix.finish())
}

/// The imports of a file other than the home of the messages, and how `cast` is written there.
fn imports(
    cx: &ItemContext<'_>,
    plan: &Plan<'_>,
    home: &Choice<'_>,
    id: FileId,
    casts: bool,
) -> Option<(Vec<TextEdit>, Option<String>)> {
    let file = cx.inference.file(id)?;
    let put_here =
        plan.messages.iter().filter(|message| message.shapes.iter().any(|at| plan.shapes[*at].put.file == id));
    let mut names: BTreeSet<String> = put_here.map(|message| message.name.clone()).collect();
    let annotated = plan.annotated.get(&id).map_or(&[][..], Vec::as_slice);
    if !annotated.is_empty() {
        names.insert(plan.carried().to_owned());
    }
    let names: Vec<String> = names.into_iter().collect();
    let mut edits = Vec::new();
    let mut typing: Vec<String> = Vec::new();
    if let Some(module) = home.spelled.get(&id).filter(|_| !names.is_empty()) {
        edits.extend(file.imports().add_names(module, &names));
    } else if let Some(module) = plan.unseen.get(&id).filter(|_| !names.is_empty()) {
        let block = file.imports().add_for_checkers(module, &names)?;
        edits.extend(block.edits);
        typing.extend(block.missing.map(str::to_owned));
    }
    let cast = casts.then(|| {
        let bound = |name: Name| {
            let bindings = file.facts.items.iter().flat_map(|facts| &facts.bindings);
            bindings.into_iter().any(|binding| binding.name == name && !file.facts.module.contains_key(&name))
        };
        let (text, edit) = file.imports().ensure("typing", "cast", bound);
        match edit {
            Some(_) if text == "cast" => typing.push("cast".to_owned()),
            edit => edits.extend(edit),
        }
        text
    });
    let replaced: Vec<TextRange> = annotated.iter().map(|edit| edit.range).collect();
    let unused = if replaced.is_empty() { Vec::new() } else { unused(cx, file, &replaced, "") };
    edits.extend(file.imports().exchange("typing", &typing, &unused, None)?);
    Some((edits, cast))
}
