//! *Add TypedDict message*: declares the messages of a channel and puts them instead of bare dicts and tuples.

use std::collections::BTreeSet;

use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::FileId;
use pyteam_index::infer::Site;
use pyteam_index::project::Bound;
use pyteam_syntax::{Expr, Name, Stmt, TextEdit};

use super::declare;
use super::definition::{self, Home, Message};
use super::home::{self, Choice};
use super::naming;
use super::readers::{self, Readers};
use super::rewrite::{self, How};
use super::shape::{self, Shape};
use super::writing::{self, Definitions};
use crate::shared::channel::{self, Channel};
use crate::shared::imports::import_name_in;
use crate::shared::message_uses::Use;

/// The repair of a whole channel, decided on: whether there is one is known without writing it.
pub(super) struct Plan<'a> {
    messages: Vec<Message>,
    shapes: Vec<Shape>,
    hows: Vec<How>,
    union: Option<String>,
    /// There once the plan is settled.
    home: Option<Choice<'a>>,
    above: u32,
    declaration: Vec<TextEdit>,
    declared_in: FileId,
    declared: bool,
    old_python: bool,
}

/// How much is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Whether there is a repair: whether it declares the queue, too, which takes a look at all callers, is left open
    /// where it makes no difference.
    Whether,
    /// The repair.
    All,
}

/// Decides on the repair of a channel, where every put site can be repaired.
pub(super) fn plan<'a>(
    cx: &CheckContext<'a>,
    channel: &Channel,
    uses: &[Use],
    name: &str,
    ask: Ask,
) -> Option<Plan<'a>> {
    let mut puts: Vec<&Use> = uses.iter().filter(|one| one.puts).collect();
    let path = |id: FileId| (id != channel.origin.file, cx.inference.file(id).map(|file| &*file.path));
    puts.sort_by(|a, b| path(a.call.file).cmp(&path(b.call.file)));
    let mut shapes: Vec<Shape> = Vec::new();
    // Sentinels and typed values go on being put as they are; the queue's type must then say so too.
    let (mut nullable, mut others) = (false, false);
    for put in &puts {
        // Under another name, a worker's parameter, it must take typed messages as it stands.
        let known_as = channel::of_call(cx.inference, put.call, channel::PUTS)?;
        if known_as.origin != channel.origin && (known_as.declared || !declare::accepts_anything(&known_as)) {
            return None;
        }
        let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
        let message = channel::message(item, put.call.expr)?;
        match shape::of(cx.inference, Site { expr: message, ..put.call }) {
            Some(shape) => shapes.push(shape),
            None if matches!(item.expr(message), Expr::None) => nullable = true,
            None => others = true,
        }
    }
    let mut messages = definition::messages(cx, &shapes)?;
    let readers = readers::of(cx, uses, &messages, nullable);
    let mut files: Vec<FileId> = Vec::new();
    puts.iter().map(|put| put.call.file).for_each(|id| {
        if !files.contains(&id) {
            files.push(id);
        }
    });
    let mut taken = names_in(cx, files.iter().copied().chain([channel.origin.file]));
    let stem = naming::stem(name, owner(cx, channel.origin).as_deref());
    definition::name(cx, &mut messages, &shapes, &readers, &stem, &mut taken);
    let old_python = files.iter().any(|id| is_old(cx, *id));
    let union = (messages.len() > 1).then(|| naming::unique(&naming::union_of(&stem), &mut taken));
    let element = union.as_deref().unwrap_or(&messages[0].name).to_owned();
    let element = if nullable { format!("{element} | None") } else { element };
    let hows: Vec<How> = shapes
        .iter()
        .map(|shape| {
            let (file, item, _) = cx.inference.item(shape.put.file, shape.put.item)?;
            Some(rewrite::how(file, item, shape))
        })
        .collect::<Option<_>>()?;
    let mut plan = Plan {
        messages,
        shapes,
        hows,
        union,
        home: None,
        above: 0,
        declaration: Vec::new(),
        declared_in: channel.origin.file,
        declared: false,
        old_python,
    };
    // The module that makes the queue comes first: it names what the queue carries.
    let mut wide = files.clone();
    wide.retain(|id| *id != channel.origin.file);
    wide.insert(0, channel.origin.file);
    let open = declare::accepts_anything(channel);
    // Dicts without a tag cannot be told apart: a union of them would say nothing that a consumer can use.
    let told = messages_are_told_apart(&plan.messages);
    let wanted = told && !others && readers.agree && !(open && ask == Ask::Whether);
    if wanted
        && let Some(edits) = declare::edits(cx, channel, &element, old_python)
        && let Some(home) = home::choose(cx, &wide)
        && plan.settle(cx, home, channel.origin, Some(edits), &readers)
    {
        return Some(plan);
    }
    if !open {
        return None;
    }
    plan.union = None;
    let beside = home::choose(cx, &wide).filter(|choice| choice.file.id == channel.origin.file);
    let home = beside.or_else(|| home::choose(cx, &files))?;
    plan.settle(cx, home, channel.origin, None, &readers).then_some(plan)
}

fn messages_are_told_apart(messages: &[Message]) -> bool {
    let mut dicts = messages.iter().filter(|message| !message.is_tuple);
    messages.len() < 2 || dicts.all(|message| message.tag().is_some())
}

impl<'a> Plan<'a> {
    /// Puts the definitions into `home`, if they can stand there.
    fn settle(
        &mut self,
        cx: &CheckContext<'_>,
        home: Choice<'a>,
        origin: Site,
        declaration: Option<Vec<TextEdit>>,
        readers: &Readers,
    ) -> bool {
        let Some(need) = first_need(cx, &home, &self.shapes, origin) else { return false };
        self.above = home::above(home.file, need);
        let place = Home { file: home.file, above: self.above };
        definition::types(cx, &mut self.messages, &self.shapes, readers, place);
        let fits = home::begins_line(home.file, self.above)
            && writing::can_write(&self.messages, can_not_require(cx, home.file.id));
        self.declared = declaration.is_some();
        self.declaration = declaration.unwrap_or_default();
        self.home = Some(home);
        fits
    }
}

/// The first item of the home module that names a message.
fn first_need(cx: &CheckContext<'_>, home: &Choice<'_>, shapes: &[Shape], origin: Site) -> Option<u32> {
    let id = home.file.id;
    let sites = shapes.iter().flat_map(|shape| [Some(shape.put), shape.display]).flatten().chain([origin]);
    sites
        .filter(|site| site.file == id)
        .filter(|site| cx.inference.item(site.file, site.item).is_some())
        .map(|site| site.item)
        .min()
}

/// All names bound anywhere in the files: a message must not be called like a local variable either.
fn names_in(cx: &CheckContext<'_>, files: impl Iterator<Item = FileId>) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    for file in files.filter_map(|id| cx.inference.file(id)) {
        for facts in &file.facts.items {
            taken.extend(facts.bindings.iter().map(|binding| binding.name.to_string()));
        }
    }
    taken
}

/// The class or function that a channel belongs to.
fn owner(cx: &CheckContext<'_>, origin: Site) -> Option<String> {
    let (file, item, _) = cx.inference.item(origin.file, origin.item)?;
    let class = file.parsed.items.get(origin.item as usize)?.parent.map(|at| file.item(at));
    if let Some(class) = class
        && let Stmt::Class(class) = class.stmt(class.root())
    {
        return Some(class.name.to_string());
    }
    match item.stmt(item.root()) {
        Stmt::Class(class) => Some(class.name.to_string()),
        Stmt::Function(function) => Some(function.name.to_string()).filter(|name| name != "main" && name != "run"),
        _ => None,
    }
}

/// Whether the project still runs on a Python that has no `X | Y` for types.
fn is_old(cx: &CheckContext<'_>, file: FileId) -> bool {
    let Some(file) = cx.inference.file(file) else { return true };
    let Some(requirements) = cx.snapshot.requirements_for(&file.path) else { return false };
    matches!(requirements.python_at_least((3, 10)), Bound::Excluded | Bound::Possible)
}

/// Whether `NotRequired` is there for certain.
fn can_not_require(cx: &CheckContext<'_>, file: FileId) -> bool {
    cx.inference
        .file(file)
        .and_then(|file| cx.snapshot.requirements_for(&file.path))
        .is_some_and(|requirements| requirements.python_at_least((3, 11)) == Bound::Proved)
}

/// Writes the repair.
pub(super) fn fix(cx: &CheckContext<'_>, plan: &Plan<'_>) -> Option<Fix> {
    let home = plan.home.as_ref()?;
    let mut fix = Fix::new("Add TypedDict message", Applicability::Unsafe);
    let message_of = |index: usize| plan.messages.iter().find(|message| message.shapes.contains(&index));
    let mut casts: Vec<(FileId, String)> = Vec::new();
    let mut cast_edits: Vec<(FileId, TextEdit)> = Vec::new();
    for (shape, how) in plan.shapes.iter().zip(&plan.hows) {
        let Some((file, _, facts)) = cx.inference.item(shape.put.file, shape.put.item) else { continue };
        if *how == How::Cast && !casts.iter().any(|(id, _)| *id == file.id) && file.id != home.file.id {
            let hidden = |name: Name| facts.bindings.iter().any(|binding| binding.name == name);
            let (text, edit) = import_name_in(file, hidden, "typing", "cast");
            cast_edits.extend(edit.map(|edit| (file.id, edit)));
            casts.push((file.id, text));
        }
    }
    let home_casts =
        plan.shapes.iter().zip(&plan.hows).any(|(shape, how)| *how == How::Cast && shape.put.file == home.file.id);
    let definitions = Definitions {
        file: home.file,
        above: plan.above,
        messages: &plan.messages,
        union: plan.union.as_deref(),
        declared: plan.declared,
        old_python: plan.old_python,
        not_required: can_not_require(cx, home.file.id),
        cast: home_casts,
    };
    let written = definitions.write(&plan.declaration, plan.declared_in == home.file.id);
    casts.extend(written.cast.map(|cast| (home.file.id, cast)));
    for edit in written.edits {
        fix.push(home.file.id, edit);
    }
    for (id, edit) in cast_edits {
        fix.push(id, edit);
    }
    for (file, module) in &home.spelled {
        let mut names: Vec<String> = Vec::new();
        for message in &plan.messages {
            if message.shapes.iter().any(|at| plan.shapes[*at].put.file == *file) {
                names.push(message.name.clone());
            }
        }
        if *file == plan.declared_in && plan.declared {
            names.push(plan.union.clone().unwrap_or_else(|| plan.messages[0].name.clone()));
        }
        names.sort();
        names.dedup();
        if let Some(file) = cx.inference.file(*file) {
            home::import(file, module, &names).into_iter().for_each(|edit| fix.push(file.id, edit));
        }
    }
    for edit in &plan.declaration {
        fix.push(plan.declared_in, edit.clone());
    }
    for (index, (shape, how)) in plan.shapes.iter().zip(&plan.hows).enumerate() {
        let Some((file, item, _)) = cx.inference.item(shape.put.file, shape.put.item) else { continue };
        let Some(message) = message_of(index) else { continue };
        let cast = casts.iter().find(|(id, _)| *id == file.id).map_or("cast", |(_, text)| text);
        rewrite::rewrite(&mut fix, file, item, shape, *how, message, cast);
    }
    Some(fix.finish())
}
