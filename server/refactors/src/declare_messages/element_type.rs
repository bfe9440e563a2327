//! What a queue carries, where that are types that have names already.

use pyteam_channels::channel::Channel;
use pyteam_channels::uses::{ChannelUse, ChannelUses};
use pyteam_engine::{Applicability, Fix};
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::ClassRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::Site;
use pyteam_index::{File, FileId};
use pyteam_syntax::{Name, TextEdit, TextRange};

use super::annotated_params;
use super::annotation::{self, Element};
use super::carried::Carried;
use super::consumer_check;
use super::module_placement::{self, Borrowed};
use super::plan::is_old;
use super::queue_declaration;
use crate::imports::unused;

/// The title of the repair.
pub const TITLE: &str = "Add the message type";

/// The repair of the annotation `at`, which names the queue class `class`: what all producers put, where the queue is
/// made; what it is declared to carry there, where a parameter holds it.
pub fn repair(cx: &ItemContext<'_>, at: Site, class: &'static str, origin: Option<Site>) -> Option<Fix> {
    let all = pyteam_channels::uses::ChannelUses::of(cx.whole_workspace());
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let given = annotated_params::given(cx, at);
    let (carried, is_made_here) = match (&given, origin) {
        (Some(given), _) => {
            let channel = annotated_params::declared(cx, given, &all)?;
            let uses: Vec<ChannelUse> = all
                .at(channel.origin)
                .iter()
                .filter(|one| (one.call.file, one.call.item) == (at.file, at.item))
                .copied()
                .collect();
            let carried = Carried::of(channel.element.as_ref()?)?;
            (fits(cx, &uses, &carried) && is_held(cx, &uses, &carried)).then_some((carried, false))?
        }
        (None, Some(origin)) => {
            let uses = all.at(origin);
            let carried = Carried::of_puts(cx, uses)?;
            is_held(cx, uses, &carried).then_some((carried, true))?
        }
        (None, None) => return None,
    };
    let file = cx.inference.file(at.file)?;
    let Spelled { text, unseen, mut edits, typing } = spelled(cx, file, at, &carried, &all)?;
    let element = Element { text: &text, old: is_old(cx, at.file), unseen };
    let annotated = match origin.filter(|_| is_made_here) {
        Some(origin) => {
            queue_declaration::edits(cx, &Channel { class, origin, declared: false, element: None }, element, &[])?
        }
        None => annotation::retyped(cx, class, at, element)?,
    };
    let replaced: Vec<TextRange> = annotated.iter().map(|edit| edit.range).collect();
    let unused = unused(cx, file, &replaced, "");
    edits.extend(file.imports().exchange("typing", &typing, &unused, None)?);
    edits.into_iter().chain(annotated).for_each(|edit| fix.push(at.file, edit));
    Some(fix.finish())
}

/// Whether all that is put may be.
fn fits(cx: &ItemContext<'_>, uses: &[ChannelUse], carried: &Carried) -> bool {
    let puts: Vec<ChannelUse> = uses.iter().filter(|one| one.puts).copied().collect();
    puts.is_empty()
        || Carried::of_puts(cx, &puts).is_some_and(|put| {
            put.classes.iter().all(|class| carried.classes.contains(class)) && (carried.nullable || !put.nullable)
        })
}

fn is_held(cx: &ItemContext<'_>, uses: &[ChannelUse], carried: &Carried) -> bool {
    uses.iter().filter(|one| !one.puts).all(|one| consumer_check::is_held(cx, one.call, carried))
}

/// How a type is written in a file, and what it takes there.
struct Spelled {
    text: String,
    unseen: bool,
    edits: Vec<TextEdit>,
    /// Names of `typing` that are missing.
    typing: Vec<String>,
}

fn spelled(cx: &ItemContext<'_>, file: &File, at: Site, carried: &Carried, uses: &ChannelUses) -> Option<Spelled> {
    let mut all = Spelled { text: String::new(), unseen: false, edits: Vec::new(), typing: Vec::new() };
    let mut parts: Vec<String> = Vec::new();
    let mut missing: Vec<(FileId, Borrowed, Vec<String>)> = Vec::new();
    for class in &carried.classes {
        let name = cx.inference.class(*class)?.name;
        match standing(file, at, *class, name) {
            Some(true) => {}
            Some(false) => return None,
            None => match missing.iter_mut().find(|(home, ..)| *home == class.file) {
                Some((_, _, names)) => names.push(name.to_string()),
                None => {
                    let home = cx.inference.file(class.file).filter(|home| home.id != file.id)?;
                    missing.push((
                        home.id,
                        module_placement::borrowed(cx, file.id, home, uses)?,
                        vec![name.to_string()],
                    ));
                }
            },
        }
        parts.push(name.to_string());
    }
    for (_, from, mut names) in missing {
        names.sort();
        if from.unseen {
            let block = file.imports().add_for_checkers(&from.module, &names)?;
            all.unseen = true;
            all.edits.extend(block.edits);
            all.typing.extend(block.missing.map(str::to_owned));
        } else {
            all.edits.extend(file.imports().add_names(&from.module, &names));
        }
    }
    parts.extend(carried.nullable.then(|| "None".to_owned()));
    all.text = parts.join(" | ");
    Some(all)
}

/// Whether the file knows the class by its name where the annotation stands; nothing where the name is free.
fn standing(file: &File, at: Site, class: ClassRef, name: Name) -> Option<bool> {
    let Some(bound) = file.facts.module.get(&name) else {
        let taken = file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| binding.name == name);
        return taken.then_some(false);
    };
    let [known] = bound.as_slice() else { return Some(false) };
    let binding = &file.facts.items[known.item as usize].bindings[known.binding as usize];
    let top = |at: u32| file.parsed.items[at as usize].parent.unwrap_or(at);
    let is_it = match binding.source {
        Source::Class(_) => class.file == file.id && class.item == known.item,
        Source::ImportFrom { name: imported, .. } => imported == name && class.file != file.id,
        _ => false,
    };
    Some(is_it && binding.stmt == file.item(known.item).root() && top(known.item) < top(at.item))
}
