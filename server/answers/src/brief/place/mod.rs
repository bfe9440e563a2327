//! The place of what is asked about in the program: who calls it, which channels it feeds and empties, which processes
//! run it, what derives from it.

mod channels;

use pyteam_agents::Part;
use pyteam_index::File;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::{Base, Type};
use pyteam_syntax::{Name, TextRange};

use self::channels::{channel_line, channels};
use crate::document::and_more;
use crate::question::Subject;
use crate::references::{Reference, Used, references_of, run_by, subclasses};
use crate::symbol::SymbolKind;
use crate::view::View;

/// Lines that are shown of one kind.
const MAX_NAMED: usize = 12;

/// The place of the subject, a line each.
pub(crate) fn place(view: &View<'_>) -> Vec<Part> {
    let mut lines = Vec::new();
    match &view.question.subject {
        Subject::Workspace => workspace(view, &mut lines),
        Subject::Symbol(..) => {
            let Some(symbol) = view.symbol() else { return Vec::new() };
            match symbol.kind {
                SymbolKind::Function(function) => {
                    callers(view, Used::Function(function), &mut lines);
                    overrides(view, function, &mut lines);
                    runners(view, function, &mut lines);
                }
                SymbolKind::Class(class) => {
                    callers(view, Used::Class(class), &mut lines);
                    classes(view, class, &mut lines);
                    if let Some(run) = view.inference.method_named(class, Name::new("run")) {
                        runners(view, run, &mut lines);
                    }
                }
                SymbolKind::Variable => {}
            }
            channels(view, symbol.file, symbol.range, &mut lines);
        }
        Subject::File(id) => {
            if let Some(file) = view.snapshot.file(*id) {
                channels(view, *id, TextRange::up_to(file.source().len()), &mut lines);
            }
        }
        Subject::Finding(id, _) => {
            let Some((finding, file)) = view.finding().zip(view.snapshot.file(*id)) else { return Vec::new() };
            if let Some(function) = function_around(file, finding.anchor.item) {
                callers(view, Used::Function(function), &mut lines);
                runners(view, function, &mut lines);
            }
            let item = file.parsed.items.get(finding.anchor.item as usize);
            channels(view, *id, item.map_or(finding.range, pyteam_syntax::ItemSlot::range), &mut lines);
        }
    }
    if lines.is_empty() { Vec::new() } else { vec![Part::List(lines)] }
}

/// The function that an item is.
pub(crate) fn function_around(file: &File, item: u32) -> Option<FunctionRef> {
    let found = &file.parsed.items.get(item as usize)?.item;
    pyteam_index::facts::function(found, found.root())?;
    Some(FunctionRef { file: file.id, item, stmt: found.root() })
}

/// The lines that use what is asked about, as they stand.
pub(super) fn uses(view: &View<'_>) -> Vec<Part> {
    let used = match view.symbol().map(|symbol| symbol.kind) {
        Some(SymbolKind::Function(function)) => Used::Function(function),
        Some(SymbolKind::Class(class)) => Used::Class(class),
        _ => return Vec::new(),
    };
    let sources = references_of(view, used).into_iter().take(MAX_NAMED).filter_map(|one| {
        let file = view.snapshot.file(one.call.file)?;
        let range = view.range_of(one.call)?;
        let lines = file.source().lines();
        let first = lines.line_of(range.start());
        let last = lines.line_of(range.end()).min(first + 7);
        let text: Vec<&str> = (first..=last).map(|line| file.source().line_text(line)).collect();
        Some(Part::Source { path: view.short(&file.path), line: first + 1, text: text.join("\n") })
    });
    sources.collect()
}

fn workspace(view: &View<'_>, lines: &mut Vec<String>) {
    for process in &view.topology().processes {
        lines.push(format!(
            "{} `{}` is created at {}",
            process.kind.as_str(),
            crate::pipeline::name(view, process),
            view.site(process.origin)
        ));
    }
    lines.truncate(MAX_NAMED);
    let mut found: Vec<String> = view.topology().channels.iter().map(|channel| channel_line(view, channel)).collect();
    found.truncate(MAX_NAMED);
    lines.append(&mut found);
}

fn callers(view: &View<'_>, used: Used, lines: &mut Vec<String>) {
    let users = references_of(view, used);
    let told = |is_passed_on: bool| {
        let some: Vec<String> = users
            .iter()
            .filter(|one| one.is_passed_on == is_passed_on)
            .map(|Reference { call, .. }| format!("`{}` ({})", view.around(*call), view.site(*call)))
            .collect();
        (!some.is_empty()).then(|| and_more(&some, MAX_NAMED))
    };
    let word = if matches!(used, Used::Class(_)) { "Created by" } else { "Called by" };
    match told(false) {
        Some(callers) => lines.push(format!("{word} {callers}")),
        None if users.is_empty() => lines.push("No known callers in this workspace".to_owned()),
        None => {}
    }
    lines.extend(told(true).map(|who| format!("Passed on to be called later by {who}")));
}

fn overrides(view: &View<'_>, function: FunctionRef, lines: &mut Vec<String>) {
    let Some(class) = view.inference.class_of(function) else { return };
    let Some(name) = view.inference.function(function).map(|definition| definition.name) else { return };
    let own = |class| {
        view.inference
            .methods(class)
            .into_iter()
            .find(|method| view.inference.function(*method).is_some_and(|definition| definition.name == name))
    };
    let above: Vec<String> = view
        .inference
        .ancestors(class)
        .0
        .into_iter()
        .filter(|one| *one != class)
        .filter_map(own)
        .map(|one| told(view, one))
        .collect();
    if let Some(first) = above.first() {
        lines.push(format!("Overrides {first}"));
    }
    let below: Vec<String> = subclasses(view, class).into_iter().filter_map(own).map(|one| told(view, one)).collect();
    if !below.is_empty() {
        lines.push(format!("Overridden by {}", and_more(&below, MAX_NAMED)));
    }
}

fn told(view: &View<'_>, function: FunctionRef) -> String {
    format!("`{}` ({})", view.function_name(function), view.function_at(function))
}

fn classes(view: &View<'_>, class: pyteam_index::definitions::ClassRef, lines: &mut Vec<String>) {
    let bases: Vec<String> = view
        .inference
        .bases(class)
        .iter()
        .filter_map(|base| match base {
            Base::Class(base) => Some(format!("`{}` ({})", view.class_name(*base), view.class_at(*base))),
            Base::External(path) => Some(format!("`{path}`")),
            Base::Unknown => None,
        })
        .collect();
    if !bases.is_empty() {
        lines.push(format!("Inherits from {}", and_more(&bases, MAX_NAMED)));
    }
    let below: Vec<String> = subclasses(view, class)
        .into_iter()
        .map(|one| format!("`{}` ({})", view.class_name(one), view.class_at(one)))
        .collect();
    if !below.is_empty() {
        lines.push(format!("Subclasses: {}", and_more(&below, MAX_NAMED)));
    }
}

fn runners(view: &View<'_>, function: FunctionRef, lines: &mut Vec<String>) {
    let makers: Vec<String> = run_by(view, function)
        .into_iter()
        .map(|maker| {
            let is_thread = view
                .inference
                .expr(maker)
                .iter()
                .any(|one| matches!(one, Type::Instance { class, .. } if *class == "threading.Thread"));
            let word = if is_thread { "the thread" } else { "the process" };
            format!("{word} created at {}", view.site(maker))
        })
        .collect();
    if !makers.is_empty() {
        lines.push(format!("Runs in {}", and_more(&makers, MAX_NAMED)));
    }
}
