//! What declaring the messages of a channel comes to: which there are, where they stand, and which places name them.

use std::collections::BTreeMap;

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::shape::{self, Shape};
use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_index::FileId;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_index::known::Action;
use pyteam_index::project::Bound;
use pyteam_syntax::{Expr, ExprId, Stmt, TextEdit};

use super::annotated_params;
use super::annotation::{self, AnnotatedParam, Element};
use super::call_rewrite::{self, Rewrite};
use super::class_text;
use super::consumers::{self, Readers};
use super::definition::{self, Home};
use super::message::Message;
use super::module_placement::{self, Borrowed, Choice};
use super::naming::{self, Taken};
use super::pipe_ends;
use super::queue_declaration;

/// As the editor's menu shows it.
pub const TITLE: &str = "Declare the message type";

/// The declaration of one channel's messages, decided on: whether it is possible is known without writing it.
pub struct Plan<'a> {
    /// The message types that are declared.
    pub messages: Vec<Message>,
    /// The values that are put, each of which becomes one of the messages.
    pub shapes: Vec<Shape>,
    /// How each of them is rewritten.
    pub(super) rewrites: Vec<Rewrite>,
    /// The name of the union of all messages, where there are several.
    pub union: Option<String>,
    /// The module that the messages are declared in; there once the plan is settled.
    pub(super) home: Option<Choice<'a>>,
    /// The item of that module that they stand above.
    pub(super) above: u32,
    /// The annotations that name the messages: the queue's own, and those of the parameters that are given it.
    pub(super) annotated: BTreeMap<FileId, Vec<TextEdit>>,
    /// Files that import what the queue carries for type checkers alone, and the module as they write it.
    pub(super) unseen: BTreeMap<FileId, String>,
    /// Whether `X | Y` may be no expression.
    pub(super) old_python: bool,
}

/// How much of a plan is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Whether there is one: whether it declares the queue, too, which takes a look at all callers, is left open where it
    /// makes no difference.
    Probe,
    /// All of it.
    Full,
}

fn is_discriminated_union(messages: &[Message]) -> bool {
    let mut dicts = messages.iter().filter(|message| !message.is_tuple);
    messages.len() < 2 || dicts.all(|message| message.tag().is_some())
}

impl<'a> Plan<'a> {
    /// The plan for the channel that the call `put` puts into, or for the one that is passed for it.
    pub fn at(cx: &ItemContext<'a>, put: ExprId) -> Option<Self> {
        let channel = channel::of_call(cx.inference, cx.site(put), Action::Put)?;
        let all = ChannelUses::of(cx.whole_workspace());
        Self::of(cx, &made(cx, channel, &all)?, &all, Mode::Full)
    }

    /// The plan for `channel`, where every put site can be rewritten.
    pub fn of(cx: &ItemContext<'a>, channel: &Channel, all: &ChannelUses, mode: Mode) -> Option<Self> {
        let name = naming::channel_name(cx, channel.origin);
        let uses = all.at(channel.origin);
        if pipe_ends::is_duplex(cx, channel) {
            return None;
        }
        let mut puts: Vec<&ChannelUse> = uses.iter().filter(|one| one.puts).collect();
        let path = |id: FileId| (id != channel.origin.file, cx.inference.file(id).map(|file| &*file.path));
        puts.sort_by(|a, b| path(a.call.file).cmp(&path(b.call.file)));
        let mut shapes: Vec<Shape> = Vec::new();
        // Sentinels and typed values go on being put as they are; the queue's type must then say so too.
        let (mut nullable, mut others) = (false, false);
        // Whether typed messages can be put while all declarations stay as they are.
        let mut open = queue_declaration::accepts_anything(channel);
        for put in &puts {
            // A parameter may say more than the place where the queue is made.
            let known_as = channel::of_call(cx.inference, put.call, Action::Put)?;
            if known_as.declared {
                return None;
            }
            open &= queue_declaration::accepts_anything(&known_as);
            let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
            let message = channel::message(item, put.call.expr)?;
            match shape::of(cx.inference, Site { expr: message, ..put.call }) {
                Some(shape) => shapes.push(shape),
                None if matches!(item.expr(message), Expr::None) => nullable = true,
                None => others = true,
            }
        }
        let mut messages = definition::messages(cx, &shapes)?;
        let readers = consumers::of(cx, uses, &messages, nullable);
        let mut files: Vec<FileId> = Vec::new();
        puts.iter().map(|put| put.call.file).for_each(|id| {
            if !files.contains(&id) {
                files.push(id);
            }
        });
        // Dicts without a tag cannot be told apart: a union of them would say nothing that a consumer can use.
        let annotates = is_discriminated_union(&messages) && !others && readers.agree && !(open && mode == Mode::Probe);
        let params = annotates.then(|| annotated_params::of(cx, channel, all)).flatten();
        let held_in = params.iter().flat_map(|params| annotated_params::files(params));
        let mut named_in: Vec<FileId> = files.iter().copied().chain([channel.origin.file]).chain(held_in).collect();
        named_in.sort_unstable();
        named_in.dedup();
        let mut taken = Taken::in_files(named_in.into_iter().filter_map(|id| cx.inference.file(id)).collect());
        let stem = naming::stem(&name, owner(cx, channel.origin).as_deref());
        definition::name(cx, &mut messages, &shapes, &readers, &stem, &mut taken);
        let old_python = files.iter().any(|id| is_old(cx, *id));
        let union = (messages.len() > 1).then(|| taken.unique(&naming::union_of(&stem)));
        let rewrites: Vec<Rewrite> = shapes
            .iter()
            .map(|shape| {
                let (file, item, _) = cx.inference.item(shape.put.file, shape.put.item)?;
                Some(call_rewrite::how(file, item, shape))
            })
            .collect::<Option<_>>()?;
        let mut plan = Self {
            messages,
            shapes,
            rewrites,
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
        if let Some(params) = params {
            let text = if nullable { format!("{} | None", plan.carried()) } else { plan.carried().to_owned() };
            let element = Element { text: &text, old: old_python, unseen: false };
            if let Some(edits) = queue_declaration::edits(cx, channel, element, &params)
                && let Some(mut home) = module_placement::choose(cx, &wide)
                && let Some(held) = plan.hold(cx, &mut home, &params, element, all)
            {
                plan.annotated.entry(channel.origin.file).or_default().extend(edits);
                let named = held.iter().map(|param| param.at).chain([channel.origin]);
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
        let beside = module_placement::choose(cx, &wide).filter(|choice| choice.file.id == channel.origin.file);
        let home = beside.or_else(|| module_placement::choose(cx, &files))?;
        plan.settle(cx, home, [channel.origin].into_iter(), &readers).then_some(plan)
    }

    /// What the channel carries, by name.
    pub fn carried(&self) -> &str {
        self.union.as_deref().unwrap_or(&self.messages[0].name)
    }

    /// Declares those of `params` that can import what they are declared to carry; nothing where one that has to
    /// cannot.
    fn hold(
        &mut self,
        cx: &ItemContext<'_>,
        home: &mut Choice<'_>,
        params: &[AnnotatedParam],
        element: Element<'_>,
        uses: &ChannelUses,
    ) -> Option<Vec<AnnotatedParam>> {
        let mut held = Vec::new();
        for param in params {
            let id = param.at.file;
            if id != home.file.id && !home.spelled.contains_key(&id) && !self.unseen.contains_key(&id) {
                match module_placement::borrowed(cx, id, home.file, uses) {
                    Some(Borrowed { module, unseen: false }) => drop(home.spelled.insert(id, module)),
                    Some(Borrowed { module, unseen: true }) => drop(self.unseen.insert(id, module)),
                    None if param.must => return None,
                    None => continue,
                }
            }
            let element = Element { unseen: self.unseen.contains_key(&id), ..element };
            match annotation::retyped(cx, param.class, param.at, element) {
                Some(edits) => {
                    self.annotated.entry(id).or_default().extend(edits);
                    held.push(*param);
                }
                None if param.must => return None,
                None => {}
            }
        }
        Some(held)
    }

    /// Puts the definitions into `home`, if they can stand there. `named` are the places besides the puts that name
    /// what the channel carries.
    fn settle(
        &mut self,
        cx: &ItemContext<'_>,
        home: Choice<'a>,
        named: impl Iterator<Item = Site>,
        readers: &Readers,
    ) -> bool {
        let Some(need) = first_need(cx, &home, &self.shapes, named) else { return false };
        self.above = module_placement::above(home.file, need);
        let place = Home { file: home.file, above: self.above };
        definition::types(cx, &mut self.messages, &self.shapes, readers, place);
        let fits = module_placement::begins_line(home.file, self.above)
            && class_text::can_write(&self.messages, can_not_require(cx, home.file.id));
        self.home = Some(home);
        fits
    }
}

/// The channel where it is made, which `channel` may be a parameter for.
pub fn made(cx: &ItemContext<'_>, channel: Channel, all: &ChannelUses) -> Option<Channel> {
    let origin = all.root(channel.origin);
    if origin == channel.origin { Some(channel) } else { channel::made_at(cx.inference, origin) }
}

/// The first item of the home module that names a message.
fn first_need(
    cx: &ItemContext<'_>,
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
fn owner(cx: &ItemContext<'_>, origin: Site) -> Option<String> {
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
pub(super) fn is_old(cx: &ItemContext<'_>, file: FileId) -> bool {
    let Some(file) = cx.inference.file(file) else { return true };
    let Some(requirements) = cx.snapshot.requirements_for(&file.path) else { return false };
    matches!(requirements.python_at_least((3, 10)), Bound::Excluded | Bound::Possible)
}

/// Whether `NotRequired` is there for certain.
pub(super) fn can_not_require(cx: &ItemContext<'_>, file: FileId) -> bool {
    cx.inference
        .file(file)
        .and_then(|file| cx.snapshot.requirements_for(&file.path))
        .is_some_and(|requirements| requirements.python_at_least((3, 11)) == Bound::Proved)
}
