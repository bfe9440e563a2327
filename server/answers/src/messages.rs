//! Definitions that repairs would write: the messages of untyped channels, the protocols of interfaces.

use std::collections::BTreeSet;

use pyteam_agents::Change;
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::tree::{ArgKind, Class};
use pyteam_syntax::{Expr, Item, Parsed, SourceText, Stmt};

/// A definition that is not there yet, or not in this way.
#[derive(Debug)]
pub(crate) struct Proposal {
    /// The file that it would stand in, relative to the root.
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `TypedDict`, or the union of some.
    Message,
    /// A `Protocol`.
    Protocol,
}

/// The messages and protocols that `change` would define, in the order of files and places.
pub(crate) fn proposals(change: &Change) -> Vec<Proposal> {
    let mut found = Vec::new();
    for file in &change.files {
        let read =
            |text: &Option<String>| parse(SourceText::new(text.clone().unwrap_or_default()), &ParseLimits::default());
        let (before, after) = (read(&file.before), read(&file.after));
        let known: BTreeSet<&str> = (0..before.items.len()).map(|index| text_at(&before, index)).collect();
        let path = file.path.to_string_lossy().replace('\\', "/");
        let mut messages: BTreeSet<String> = BTreeSet::new();
        for (index, slot) in after.items.iter().enumerate() {
            let text = text_at(&after, index);
            if slot.parent.is_some() || known.contains(text) {
                continue;
            }
            let proposal = match slot.item.stmt(slot.item.root()) {
                Stmt::Class(class) => match class_kind(&slot.item, class, &messages) {
                    Some(kind) => (class.name.to_string(), kind),
                    None => continue,
                },
                Stmt::Assign { targets, value } => {
                    // A union of messages under one name.
                    let Some(Expr::Name(name)) = targets.first().map(|target| slot.item.expr(*target)) else {
                        continue;
                    };
                    let range = slot.item.expr_range(*value) + slot.start;
                    let value = after.source.slice(range);
                    if !messages.iter().any(|message| crate::project_files::has_word(value, message)) {
                        continue;
                    }
                    (name.to_string(), Kind::Message)
                }
                _ => continue,
            };
            let (name, kind) = proposal;
            if kind == Kind::Message {
                messages.insert(name.clone());
            }
            found.push(Proposal { path: path.clone(), name, text: shortened(text.trim_end()), kind });
        }
    }
    found
}

/// A definition with each docstring of several lines cut to its first one: what it says in full stands in the code.
fn shortened(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut inside: Option<&str> = None;
    for line in text.lines() {
        if let Some(quotes) = inside {
            // The first line of all that says something belongs to the opening quotes.
            let (said, closes) = (line.trim().trim_end_matches(quotes).trim(), line.contains(quotes));
            if let Some(open) = out.last_mut().filter(|open| open.trim_start() == quotes)
                && !said.is_empty()
            {
                open.push_str(said);
            }
            if closes {
                inside = None;
                if let Some(open) = out.last_mut() {
                    open.push_str(quotes);
                }
            }
            continue;
        }
        out.push(line.trim_end().to_owned());
        let start = line.trim_start();
        inside = ["\"\"\"", "'''"]
            .into_iter()
            .find(|quotes| start.strip_prefix(quotes).is_some_and(|rest| !rest.contains(quotes)));
    }
    out.join("\n")
}

fn text_at(parsed: &Parsed, index: usize) -> &str {
    parsed.source.slice(parsed.items[index].range())
}

fn class_kind(item: &Item, class: &Class, messages: &BTreeSet<String>) -> Option<Kind> {
    let bases = class.args.iter().filter(|arg| arg.kind == ArgKind::Positional);
    let mut names = bases.filter_map(|arg| {
        let mut expr = arg.value;
        while let Expr::Subscript { value, .. } = item.expr(expr) {
            expr = *value;
        }
        pyteam_index::facts::last_name(item, expr)
    });
    names.find_map(|name| match name.as_str() {
        "Protocol" => Some(Kind::Protocol),
        "TypedDict" => Some(Kind::Message),
        other => messages.contains(other).then_some(Kind::Message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_are_cut_to_their_first_line() {
        let text = "class A(Protocol):\n    \"\"\"\n    First.\n\n    Second.\n    \"\"\"\n\n    def f(self) -> None:\n        \"\"\"Does f.\n\n        At length.\n        \"\"\"\n        ...\n\n    def g(self) -> None:\n        \"\"\"Does g.\"\"\"";
        let short = "class A(Protocol):\n    \"\"\"First.\"\"\"\n\n    def f(self) -> None:\n        \"\"\"Does f.\"\"\"\n        ...\n\n    def g(self) -> None:\n        \"\"\"Does g.\"\"\"";
        assert_eq!(shortened(text), short);
    }
}
