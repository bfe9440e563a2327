//! *Add TypedDict message*: declares the messages of a channel and puts them instead of bare dicts and tuples.

use std::collections::BTreeMap;

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::shape::{self, Shape};
use pyteam_channels::uses::{Use, Uses};
use pyteam_engine::CheckContext;
use pyteam_index::FileId;
use pyteam_index::infer::Site;
use pyteam_index::known::Action;
use pyteam_index::project::Bound;
use pyteam_syntax::{Expr, Stmt, TextEdit};

use super::annotation::{self, Element};
use super::declare;
use super::definition::{self, Home, Message};
use super::ends;
use super::holders::{self, Holder};
use super::home::{self, Borrowed, Choice};
use super::naming::{self, Taken};
use super::readers::{self, Readers};
use super::rewrite::{self, How};
use super::writing;

/// The repair of a whole channel, decided on: whether there is one is known without writing it.
pub(super) struct Plan<'a> {
    pub(super) messages: Vec<Message>,
    pub(super) shapes: Vec<Shape>,
    pub(super) hows: Vec<How>,
    pub(super) union: Option<String>,
    /// There once the plan is settled.
    pub(super) home: Option<Choice<'a>>,
    pub(super) above: u32,
    /// What is declared to carry the messages: the queue itself, and who holds it.
    pub(super) annotated: BTreeMap<FileId, Vec<TextEdit>>,
    /// Files that import what the queue carries for type checkers alone, and the module as they write it.
    pub(super) unseen: BTreeMap<FileId, String>,
    pub(super) old_python: bool,
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
pub(super) fn plan<'a>(cx: &CheckContext<'a>, channel: &Channel, all: &Uses, name: &str, ask: Ask) -> Option<Plan<'a>> {
    let uses = all.at(channel.origin);
    if ends::is_duplex(cx, channel) {
        return None;
    }
    let mut puts: Vec<&Use> = uses.iter().filter(|one| one.puts).collect();
    let path = |id: FileId| (id != channel.origin.file, cx.inference.file(id).map(|file| &*file.path));
    puts.sort_by(|a, b| path(a.call.file).cmp(&path(b.call.file)));
    let mut shapes: Vec<Shape> = Vec::new();
    // Sentinels and typed values go on being put as they are; the queue's type must then say so too.
    let (mut nullable, mut others) = (false, false);
    // Whether typed messages can be put while all declarations stay as they are.
    let mut open = declare::accepts_anything(channel);
    for put in &puts {
        // A parameter may say more than the place where the queue is made.
        let known_as = channel::of_call(cx.inference, put.call, Action::Put)?;
        if known_as.declared {
            return None;
        }
        open &= declare::accepts_anything(&known_as);
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
    // Dicts without a tag cannot be told apart: a union of them would say nothing that a consumer can use.
    let wanted = messages_are_told_apart(&messages) && !others && readers.agree && !(open && ask == Ask::Whether);
    let holders = wanted.then(|| holders::of(cx, channel, all)).flatten();
    let held_in = holders.iter().flat_map(|holders| holders::files(holders));
    let mut named_in: Vec<FileId> = files.iter().copied().chain([channel.origin.file]).chain(held_in).collect();
    named_in.sort_unstable();
    named_in.dedup();
    let mut taken = Taken::in_files(named_in.into_iter().filter_map(|id| cx.inference.file(id)).collect());
    let stem = naming::stem(name, owner(cx, channel.origin).as_deref());
    definition::name(cx, &mut messages, &shapes, &readers, &stem, &mut taken);
    let old_python = files.iter().any(|id| is_old(cx, *id));
    let union = (messages.len() > 1).then(|| taken.unique(&naming::union_of(&stem)));
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
        annotated: BTreeMap::new(),
        unseen: BTreeMap::new(),
        old_python,
    };
    // The module that makes the queue comes first: it names what the queue carries.
    let mut wide = files.clone();
    wide.retain(|id| *id != channel.origin.file);
    wide.insert(0, channel.origin.file);
    if let Some(holders) = holders {
        let text = if nullable { format!("{} | None", plan.carried()) } else { plan.carried().to_owned() };
        let element = Element { text: &text, old: old_python, unseen: false };
        if let Some(edits) = declare::edits(cx, channel, element, &holders)
            && let Some(mut home) = home::choose(cx, &wide)
            && let Some(held) = plan.hold(cx, &mut home, &holders, element, all)
        {
            plan.annotated.entry(channel.origin.file).or_default().extend(edits);
            let named = held.iter().map(|holder| holder.at).chain([channel.origin]);
            if plan.settle(cx, home, named, &readers) {
                return Some(plan);
            }
        }
    }
    if !open {
        return None;
    }
    plan.union = None;
    plan.annotated.clear();
    plan.unseen.clear();
    let beside = home::choose(cx, &wide).filter(|choice| choice.file.id == channel.origin.file);
    let home = beside.or_else(|| home::choose(cx, &files))?;
    plan.settle(cx, home, [channel.origin].into_iter(), &readers).then_some(plan)
}

fn messages_are_told_apart(messages: &[Message]) -> bool {
    let mut dicts = messages.iter().filter(|message| !message.is_tuple);
    messages.len() < 2 || dicts.all(|message| message.tag().is_some())
}

impl<'a> Plan<'a> {
    /// What the channel carries, by name.
    pub(super) fn carried(&self) -> &str {
        self.union.as_deref().unwrap_or(&self.messages[0].name)
    }

    /// Declares those of `holders` that can import what they are declared to carry; nothing where one that has to
    /// cannot.
    fn hold(
        &mut self,
        cx: &CheckContext<'_>,
        home: &mut Choice<'_>,
        holders: &[Holder],
        element: Element<'_>,
        uses: &Uses,
    ) -> Option<Vec<Holder>> {
        let mut held = Vec::new();
        for holder in holders {
            let id = holder.at.file;
            if id != home.file.id && !home.spelled.contains_key(&id) && !self.unseen.contains_key(&id) {
                match home::borrowed(cx, id, home.file, uses) {
                    Some(Borrowed { module, unseen: false }) => drop(home.spelled.insert(id, module)),
                    Some(Borrowed { module, unseen: true }) => drop(self.unseen.insert(id, module)),
                    None if holder.must => return None,
                    None => continue,
                }
            }
            let element = Element { unseen: self.unseen.contains_key(&id), ..element };
            match annotation::retyped(cx, holder.class, holder.at, element) {
                Some(edits) => {
                    self.annotated.entry(id).or_default().extend(edits);
                    held.push(*holder);
                }
                None if holder.must => return None,
                None => {}
            }
        }
        Some(held)
    }

    /// Puts the definitions into `home`, if they can stand there. `named` are the places besides the puts that name
    /// what the channel carries.
    fn settle(
        &mut self,
        cx: &CheckContext<'_>,
        home: Choice<'a>,
        named: impl Iterator<Item = Site>,
        readers: &Readers,
    ) -> bool {
        let Some(need) = first_need(cx, &home, &self.shapes, named) else { return false };
        self.above = home::above(home.file, need);
        let place = Home { file: home.file, above: self.above };
        definition::types(cx, &mut self.messages, &self.shapes, readers, place);
        let fits = home::begins_line(home.file, self.above)
            && writing::can_write(&self.messages, can_not_require(cx, home.file.id));
        self.home = Some(home);
        fits
    }
}

/// The first item of the home module that names a message.
fn first_need(
    cx: &CheckContext<'_>,
    home: &Choice<'_>,
    shapes: &[Shape],
    named: impl Iterator<Item = Site>,
) -> Option<u32> {
    let id = home.file.id;
    let sites = shapes.iter().flat_map(|shape| [Some(shape.put), shape.display]).flatten().chain(named);
    sites
        .filter(|site| site.file == id)
        .filter(|site| cx.inference.item(site.file, site.item).is_some())
        .map(|site| site.item)
        .min()
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
pub(super) fn is_old(cx: &CheckContext<'_>, file: FileId) -> bool {
    let Some(file) = cx.inference.file(file) else { return true };
    let Some(requirements) = cx.snapshot.requirements_for(&file.path) else { return false };
    matches!(requirements.python_at_least((3, 10)), Bound::Excluded | Bound::Possible)
}

/// Whether `NotRequired` is there for certain.
pub(super) fn can_not_require(cx: &CheckContext<'_>, file: FileId) -> bool {
    cx.inference
        .file(file)
        .and_then(|file| cx.snapshot.requirements_for(&file.path))
        .is_some_and(|requirements| requirements.python_at_least((3, 11)) == Bound::Proved)
}
