//! What a queue carries, where that is one type that has a name already.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::Source;
use pyteam_index::infer::Site;
use pyteam_index::infer::types::Type;
use pyteam_syntax::{Expr, Parent, Stmt, TextEdit};

use super::annotation::Element;
use super::declare;
use crate::shared::channel::{self, Channel};
use crate::shared::message_uses::Use;

/// The edits, in the file that makes the queue, that declare the one type that is put. Nothing where that is not
/// known for each put, or where a consumer does more than to hold the message in a name of its own.
pub(in crate::messaging) fn declaration(
    cx: &CheckContext<'_>,
    channel: &Channel,
    uses: &[Use],
) -> Option<Vec<TextEdit>> {
    let home = cx.inference.file(channel.origin.file)?;
    let mut element: Option<String> = None;
    for put in uses.iter().filter(|one| one.puts) {
        let (_, item, _) = cx.inference.item(put.call.file, put.call.item)?;
        let message = channel::message(item, put.call.expr)?;
        let name = type_name(cx, home, channel.origin.item, Site { expr: message, ..put.call })?;
        if element.get_or_insert_with(|| name.clone()) != &name {
            return None;
        }
    }
    let element = element?;
    if !uses.iter().filter(|one| !one.puts).all(|one| is_simple(cx, one.call)) {
        return None;
    }
    declare::edits(cx, channel, Element { text: &element, old: false, unseen: false }, &[])
}

/// The name, at module level above `item` of `home`, of the one class that the value is of.
fn type_name(cx: &CheckContext<'_>, home: &File, item: u32, value: Site) -> Option<String> {
    let types = cx.inference.expr(value);
    let [Type::Object(class, Some(_))] = types.as_slice() else { return None };
    let name = cx.inference.class(*class)?.name;
    let [known] = home.facts.module.get(&name)?.as_slice() else { return None };
    let top = |at: u32| home.parsed.items[at as usize].parent.unwrap_or(at);
    if top(known.item) >= top(item) {
        return None;
    }
    let binding = &home.facts.items[known.item as usize].bindings[known.binding as usize];
    let is_it = match binding.source {
        Source::Class(_) => class.file == home.id && class.item == known.item,
        Source::ImportFrom { name: imported, .. } => {
            imported == name && binding.stmt == home.item(known.item).root() && class.file != home.id
        }
        _ => false,
    };
    is_it.then(|| name.to_string())
}

/// Whether a consumer only holds the message in a name that holds nothing else.
fn is_simple(cx: &CheckContext<'_>, take: Site) -> bool {
    let Some((_, item, facts)) = cx.inference.item(take.file, take.item) else { return false };
    let Parent::Stmt(stmt) = item.expr_parent(take.expr) else { return false };
    match item.stmt(stmt) {
        Stmt::Expr(_) => true,
        Stmt::Assign { targets, .. } => match targets[..] {
            [target] => match item.expr(target) {
                Expr::Name(name) => facts.bindings.iter().filter(|binding| binding.name == *name).count() == 1,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}
