//! What was changed: files, and what is new, changed and gone in them.

use std::collections::BTreeMap;
use std::path::MAIN_SEPARATOR;
use std::sync::Arc;

use pyteam_index::{File, key_of};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Parsed, SourceText, Stmt};

use super::HandoffFiles;
use crate::code::public_names;
use crate::document::and_more;
use crate::question::Before;
use crate::view::View;

impl HandoffFiles<'_> {
    /// The modified files, one line each with what is new, changed and gone in it.
    pub(crate) fn modified(view: &View<'_>) -> Vec<String> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for one in &view.question.handoff.modified {
            let path = key_of(&one.path).replace(MAIN_SEPARATOR, "/");
            let now = view.snapshot.file_at(&key_of(&view.question.root.join(&one.path)));
            let line = match (&one.before, now) {
                (Before::Absent, _) => format!("`{path}` is new{}", defined(view, now)),
                (Before::Unknown, Some(_)) => format!("`{path}` was changed{}", defined(view, now)),
                (Before::Unknown, None) => format!("`{path}` was changed"),
                (Before::Text(before), Some(now)) => format!("`{path}` was changed{}", difference(before, now)),
                (Before::Text(_), None) if view.question.root.join(&one.path).exists() => {
                    format!("`{path}` was changed")
                }
                (Before::Text(_), None) => format!("`{path}` was removed"),
            };
            lines.push((path, line));
        }
        lines.sort();
        lines.dedup();
        lines.into_iter().map(|(_, line)| line).collect()
    }
}

/// Functions, methods and classes of a text by their dotted names, with a hash of what they say.
pub(super) fn shapes(parsed: &Parsed) -> BTreeMap<String, u64> {
    let name_of = |index: usize| {
        let item = &parsed.items[index].item;
        match item.stmt(item.root()) {
            Stmt::Function(function) => Some(function.name),
            Stmt::Class(class) => Some(class.name),
            _ => None,
        }
    };
    let named = parsed.items.iter().enumerate().filter_map(|(index, slot)| {
        let own = name_of(index)?;
        let name = match slot.parent.and_then(|parent| name_of(parent as usize)) {
            Some(class) => format!("{class}.{own}"),
            None => own.to_string(),
        };
        Some((name, slot.item.shape()))
    });
    named.collect()
}

fn defined(view: &View<'_>, file: Option<&Arc<File>>) -> String {
    let Some(file) = file else { return String::new() };
    let names: Vec<String> = public_names(view, file).into_iter().map(|one| format!("`{}`", one.name(view))).collect();
    if names.is_empty() { String::new() } else { format!("; defines {}", and_more(&names, 6)) }
}

fn difference(before: &Arc<str>, now: &File) -> String {
    let before = shapes(&parse(SourceText::new(Arc::clone(before)), &ParseLimits::default()));
    let after = shapes(&now.parsed);
    let told = |word: &str, names: Vec<&String>| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        (!names.is_empty()).then(|| format!("{word} {}", and_more(&names, 6)))
    };
    let parts = [
        told("new", after.keys().filter(|name| !before.contains_key(*name)).collect()),
        told(
            "changed",
            after
                .iter()
                .filter(|(name, shape)| before.get(*name).is_some_and(|old| old != *shape))
                .map(|(name, _)| name)
                .collect(),
        ),
        told("removed", before.keys().filter(|name| !after.contains_key(*name)).collect()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { ": no function or class changed".to_owned() } else { format!(": {}", parts.join("; ")) }
}
