//! The place of what is asked about in the program: who calls it, which channels it feeds and empties, which processes
//! run it, what derives from it.

use std::collections::BTreeSet;

use pyteam_agents::Part;
use pyteam_index::infer::{Base, Site, Type};
use pyteam_index::link::FunctionRef;
use pyteam_index::topology::{self, Channel, PUTS, TAKES};
use pyteam_index::{File, FileId};
use pyteam_syntax::{Expr, Name, Stmt, TextRange};

use crate::document::and_more;
use crate::packages::Imports;
use crate::question::Subject;
use crate::shape::Shape;
use crate::symbol::Kind;
use crate::users::{Use, Used, run_by, subclasses, users_of};
use crate::view::View;

/// Lines that are shown of one kind.
const MOST: usize = 12;
/// Files that are looked into for the other ends of a channel.
const MOST_FILES: usize = 40;

/// The place of the subject, a line each.
pub(crate) fn place(view: &View<'_>) -> Vec<Part> {
    let mut lines = Vec::new();
    match &view.question.subject {
        Subject::Workspace => workspace(view, &mut lines),
        Subject::Symbol(..) => {
            let Some(symbol) = view.symbol() else { return Vec::new() };
            match symbol.kind {
                Kind::Function(function) => {
                    callers(view, Used::Function(function), &mut lines);
                    overrides(view, function, &mut lines);
                    runners(view, function, &mut lines);
                }
                Kind::Class(class) => {
                    callers(view, Used::Class(class), &mut lines);
                    classes(view, class, &mut lines);
                    if let Some(run) = view.inference.method_named(class, Name::new("run")) {
                        runners(view, run, &mut lines);
                    }
                }
                Kind::Variable => {}
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
        Some(Kind::Function(function)) => Used::Function(function),
        Some(Kind::Class(class)) => Used::Class(class),
        _ => return Vec::new(),
    };
    let sources = users_of(view, used).into_iter().take(MOST).filter_map(|one| {
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
            "{} `{}` is made at {}",
            crate::pipeline::kind(process),
            process.name,
            view.site(process.origin)
        ));
    }
    lines.truncate(MOST);
    let mut found: Vec<String> = view.topology().channels.iter().map(|channel| channel_line(view, channel)).collect();
    found.truncate(MOST);
    lines.append(&mut found);
}

fn callers(view: &View<'_>, used: Used, lines: &mut Vec<String>) {
    let users = users_of(view, used);
    let told = |handed_on: bool| {
        let some: Vec<String> = users
            .iter()
            .filter(|one| one.handed_on == handed_on)
            .map(|Use { call, .. }| format!("`{}` ({})", view.around(*call), view.site(*call)))
            .collect();
        (!some.is_empty()).then(|| and_more(&some, MOST))
    };
    let word = if matches!(used, Used::Class(_)) { "Made by" } else { "Called by" };
    match told(false) {
        Some(callers) => lines.push(format!("{word} {callers}")),
        None if users.is_empty() => lines.push("Nothing in this workspace is known to call it".to_owned()),
        None => {}
    }
    lines.extend(told(true).map(|who| format!("Handed on to be called later by {who}")));
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
        lines.push(format!("Overridden by {}", and_more(&below, MOST)));
    }
}

fn told(view: &View<'_>, function: FunctionRef) -> String {
    format!("`{}` ({})", view.function_name(function), view.function_at(function))
}

fn classes(view: &View<'_>, class: pyteam_index::link::ClassRef, lines: &mut Vec<String>) {
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
        lines.push(format!("Derives from {}", and_more(&bases, MOST)));
    }
    let below: Vec<String> = subclasses(view, class)
        .into_iter()
        .map(|one| format!("`{}` ({})", view.class_name(one), view.class_at(one)))
        .collect();
    if !below.is_empty() {
        lines.push(format!("Subclasses: {}", and_more(&below, MOST)));
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
            format!("{word} made at {}", view.site(maker))
        })
        .collect();
    if !makers.is_empty() {
        lines.push(format!("Runs in {}", and_more(&makers, MOST)));
    }
}

/// The channels that the calls within `range` put into and take from.
fn channels(view: &View<'_>, id: FileId, range: TextRange, lines: &mut Vec<String>) {
    let Some(file) = view.snapshot.file(id) else { return };
    let mut origins: Vec<(Site, Name)> = Vec::new();
    for (call, origin, class) in channel_calls(view, file) {
        let is_inside = view.range_of(call).is_some_and(|at| range.contains_range(at));
        if is_inside && !origins.iter().any(|(known, _)| *known == origin) {
            origins.push((origin, class));
        }
    }
    origins.sort_by_cached_key(|(origin, _)| view.sort_key(*origin));
    lines.extend(origins.into_iter().take(MOST).map(|(origin, class)| near_channel_line(view, file, origin, class)));
}

/// The calls of a file that put into a channel or take from one, each with where that is made and its class.
fn channel_calls(view: &View<'_>, file: &File) -> Vec<(Site, Site, Name)> {
    let mut found = Vec::new();
    for index in &file.facts.channel_items {
        let Some((_, item, facts)) = view.inference.item(file.id, *index) else { continue };
        view.inference.renew_budget();
        for call in &facts.channel_calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { value, attr } = item.expr(*func) else { continue };
            if !(PUTS.contains(&attr.as_str()) || TAKES.contains(&attr.as_str())) {
                continue;
            }
            let site = |expr| Site { file: file.id, item: *index, expr };
            for one in &view.inference.expr(site(*value)) {
                if let Type::Instance { class, origin: Some(origin), .. } = one
                    && topology::is_channel(class.as_str())
                {
                    found.push((site(*call), *origin, *class));
                }
            }
        }
    }
    found
}

/// The files in which the other ends of a channel are looked for: where it is made and used, what these import, and
/// what stands beside them.
fn neighbours(view: &View<'_>, file: &File, origin: Site) -> Vec<FileId> {
    let mut found = vec![file.id, origin.file];
    let known: Vec<_> = found.iter().filter_map(|id| view.snapshot.file(*id)).collect();
    found.extend(Imports::of(view, &known).own.into_values());
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let home = view.snapshot.file(origin.file).map(|file| folder(&file.path)).unwrap_or_default();
    let beside = view.snapshot.files().filter(|one| {
        one.path.strip_prefix(&*home).is_some_and(|rest| rest.rfind('/') == Some(0))
            && !one.facts.channel_items.is_empty()
    });
    let mut beside: Vec<FileId> = beside.map(|one| one.id).collect();
    beside.sort_by_cached_key(|id| view.path(*id));
    found.extend(beside);
    let mut seen = BTreeSet::new();
    found.retain(|id| seen.insert(*id));
    found.truncate(MOST_FILES);
    found
}

/// What the code calls the object made at `origin`: the target of its assignment, with a blank behind it.
fn called(view: &View<'_>, origin: Site) -> String {
    let Some((_, item, _)) = view.inference.item(origin.file, origin.item) else { return String::new() };
    let target = match item.stmt(item.enclosing_stmt(origin.expr)) {
        Stmt::Assign { targets, .. } => targets[0],
        Stmt::AnnAssign { target, .. } => *target,
        _ => return String::new(),
    };
    let text = view.text_of(Site { expr: target, ..origin });
    if text.len() > 60 || text.contains('\n') { String::new() } else { format!("`{text}` ") }
}

/// A channel, by the ends of it that are near.
fn near_channel_line(view: &View<'_>, file: &File, origin: Site, class: Name) -> String {
    let (mut puts, mut takes) = (Vec::new(), Vec::new());
    for id in neighbours(view, file, origin) {
        let Some(near) = view.snapshot.file(id) else { continue };
        for (call, of, _) in channel_calls(view, near) {
            let is_put = view.inference.receiver(call).is_some_and(|(_, name)| PUTS.contains(&name.as_str()));
            if of == origin {
                if is_put { &mut puts } else { &mut takes }.push(call);
            }
        }
    }
    let shapes: BTreeSet<String> =
        puts.iter().filter_map(|put| Shape::of_put(view, *put)).map(|shape| format!("`{}`", shape.pattern())).collect();
    let shapes: Vec<String> = shapes.into_iter().collect();
    let told = |mut calls: Vec<Site>| {
        calls.sort_by_cached_key(|site| view.sort_key(*site));
        let calls: Vec<String> =
            calls.into_iter().map(|site| format!("`{}` ({})", view.around(site), view.site(site))).collect();
        if calls.is_empty() { "nobody nearby".to_owned() } else { and_more(&calls, 4) }
    };
    let messages = if shapes.is_empty() { String::new() } else { format!("; messages: {}", and_more(&shapes, 5)) };
    format!(
        "{} {}made at {}: put by {}; taken by {}{messages}",
        class.as_str().rsplit('.').next().unwrap_or_default(),
        called(view, origin),
        view.site(origin),
        told(puts),
        told(takes)
    )
}

/// `queue self._frames (pipeline.py:32): put by run_camera (camera.py:76); taken by ...; messages: ...`
fn channel_line(view: &View<'_>, channel: &Channel) -> String {
    let told = |uses: &[pyteam_index::objects::Use]| {
        let mut uses: Vec<Site> = uses.iter().map(|one| one.call).collect();
        uses.sort_by_key(|site| view.sort_key(*site));
        let uses: Vec<String> =
            uses.into_iter().map(|site| format!("`{}` ({})", view.around(site), view.site(site))).collect();
        if uses.is_empty() { "nobody that is known".to_owned() } else { and_more(&uses, 4) }
    };
    let messages = if channel.messages.is_empty() {
        String::new()
    } else {
        let messages: Vec<String> = channel.messages.iter().map(|message| format!("`{message}`")).collect();
        format!("; messages: {}", and_more(&messages, 5))
    };
    let bound = channel.bound.as_ref().map(|bound| format!(", at most {bound}")).unwrap_or_default();
    format!(
        "{} `{}` ({}{bound}): put by {}; taken by {}{messages}",
        crate::pipeline::class(channel),
        channel.name,
        view.site(channel.origin),
        told(&channel.producers),
        told(&channel.consumers)
    )
}
