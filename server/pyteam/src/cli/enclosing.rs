//! The function that a finding stands in.

use pyteam_engine::Finding;
use pyteam_index::snapshot::File;
use pyteam_syntax::{Stmt, TextRange};

/// The function and the classes that a finding stands in: `Pool.start`, `main.work`.
pub(super) fn function(file: &File, finding: &Finding) -> Option<String> {
    let at = finding.range;
    let (index, item) = file.parsed.items.iter().enumerate().find_map(|(index, slot)| {
        let index = u32::try_from(index).ok()?;
        let range = file.absolute(index, slot.item.stmt_range(slot.item.root()));
        let is_member = slot.parent.is_some();
        // A method is an item of its own, inside the range of its class.
        (range.contains_range(at) && (is_member || !has_member(file, index, at))).then_some((index, &slot.item))
    })?;
    let mut names: Vec<String> = Vec::new();
    if let Some(parent) = file.parsed.items.get(index as usize)?.parent
        && let Stmt::Class(class) = file.item(parent).stmt(file.item(parent).root())
    {
        names.push(class.name.to_string());
    }
    let mut around: Vec<_> = item
        .stmt_ids()
        .filter(|stmt| file.absolute(index, item.stmt_range(*stmt)).contains_range(at))
        .filter_map(|stmt| match item.stmt(stmt) {
            Stmt::Function(function) => Some((item.stmt_range(stmt).len(), function.name.to_string())),
            Stmt::Class(class) => Some((item.stmt_range(stmt).len(), class.name.to_string())),
            _ => None,
        })
        .collect();
    around.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    names.extend(around.into_iter().map(|(_, name)| name));
    (!names.is_empty()).then(|| names.join("."))
}

fn has_member(file: &File, class: u32, at: TextRange) -> bool {
    file.parsed.items.iter().enumerate().any(|(index, slot)| {
        slot.parent == Some(class)
            && u32::try_from(index)
                .is_ok_and(|index| file.absolute(index, slot.item.stmt_range(slot.item.root())).contains_range(at))
    })
}
