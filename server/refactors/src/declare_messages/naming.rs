//! Names for message types: from the tag, or from the channel.

use std::collections::BTreeSet;

use pyteam_index::File;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_syntax::Stmt;

/// Keys that tell messages apart, most usual first.
pub(super) const TAG_KEYS: &[&str] =
    &["type", "msg_type", "kind", "op", "cmd", "command", "event", "action", "tag", "topic", "msg", "status", "name"];

/// Those of them that hold data as often: they tell messages apart that differ in other keys, too.
pub(super) const DATA_KEYS: &[&str] = &["topic", "msg", "status", "name"];

/// `frame` becomes `FrameMessage`, `new-frame` `NewFrameMessage`.
pub(super) fn from_tag(tag: &str) -> Option<String> {
    message(&camel(tag))
}

/// What a channel is about: `self.frame_queue` is about `frame`, `results` about `results`. A name that says no more
/// than that it is a channel leaves it to `owner`, the class or function that it belongs to.
pub(super) fn stem(name: &str, owner: Option<&str>) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let last = last.split(['[', '(']).next().unwrap_or(last);
    let word = last.trim_matches('_');
    let stem = SUFFIXES.iter().find_map(|suffix| word.strip_suffix(suffix)).unwrap_or(word).trim_matches('_');
    if stem.len() > 2 && !VAGUE.contains(&stem) && is_field(stem) {
        return stem.to_owned();
    }
    let short = Some(stem).filter(|stem| is_field(stem) && !VAGUE.contains(stem) && *stem != "q");
    owner.map(|owner| owner.trim_matches('_')).filter(|owner| owner.len() > 2).or(short).unwrap_or("queue").to_owned()
}

const SUFFIXES: &[&str] =
    &["_queue", "_q", "_pipe", "_conn", "_connection", "queue", "Queue", "_channel", "_writer", "_sender", "_remote"];

/// Names of channels that do not say what goes through them.
const VAGUE: &[&str] = &[
    "queue",
    "que",
    "pipe",
    "conn",
    "connection",
    "channel",
    "out",
    "input",
    "output",
    "ours",
    "theirs",
    "parent",
    "child",
    "remote",
    "writer",
    "sender",
    "self",
    "msg",
    "message",
    "messages",
    "item",
    "items",
    "data",
    "put",
    "recv",
];

/// `results` becomes `ResultsMessage`.
pub(super) fn from_stem(stem: &str) -> String {
    message(&camel(stem)).unwrap_or_else(|| "QueueMessage".to_owned())
}

/// One of several messages, told by a field that only it has: `ResultsErrorMessage`.
pub(super) fn from_stem_and_key(stem: &str, key: &str) -> Option<String> {
    message(&format!("{}{}", camel(stem), camel(key)))
}

/// The union of all messages of a channel: `frames` gives `FramesQueueMessage` where `FrameMessage` is one of them.
pub(super) fn union_of(stem: &str) -> String {
    let one = from_stem(stem);
    if one == "QueueMessage" { one } else { one.replace("Message", "QueueMessage") }
}

fn message(camel: &str) -> Option<String> {
    let stem = camel.strip_suffix("Message").or_else(|| camel.strip_suffix("Msg")).unwrap_or(camel);
    let is_name = stem.starts_with(|c: char| c.is_ascii_alphabetic()) && stem.len() <= 40;
    is_name.then(|| format!("{stem}Message"))
}

fn camel(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let (first, rest) = word.split_at(1);
        out.push_str(&first.to_ascii_uppercase());
        // `SHUTDOWN` is a word, `newFrame` are two.
        let is_shouted = rest.chars().all(|c| !c.is_ascii_lowercase());
        out.push_str(&if is_shouted { rest.to_ascii_lowercase() } else { rest.to_owned() });
    }
    out
}

/// Names that something new must not have. They are looked for and not collected: a large file has many, and each of its
/// queues asks for one or two.
pub(super) struct Taken<'a> {
    files: Vec<&'a File>,
    given: BTreeSet<String>,
}

impl<'a> Taken<'a> {
    /// All names bound anywhere in the files: a message must not be called like a local variable either.
    pub(super) fn in_files(files: Vec<&'a File>) -> Self {
        Self { files, given: BTreeSet::new() }
    }

    fn has(&self, name: &str) -> bool {
        let bindings = self.files.iter().flat_map(|file| &file.facts.items).flat_map(|facts| &facts.bindings);
        self.given.contains(name) || bindings.into_iter().any(|binding| binding.name == name)
    }

    /// `name`, or `name2`, ... where it is taken; what is given is taken from then on.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 2;
        while self.has(&candidate) {
            candidate = format!("{name}{number}");
            number += 1;
        }
        self.given.insert(candidate.clone());
        candidate
    }
}

/// Whether `name` can be a field of a class.
pub(super) fn is_field(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// What the channel is called where it is made.
pub(super) fn channel_name(cx: &ItemContext<'_>, origin: Site) -> String {
    let id = channel_id(cx, origin);
    id.rsplit([':', '.']).next().unwrap_or_default().to_owned()
}

/// A name that all findings of a channel share: where it is made, and what it is called there. No line number is in
/// it, so that it stays the same while the file is edited elsewhere.
pub fn channel_id(cx: &ItemContext<'_>, origin: Site) -> String {
    let Some((file, item, facts)) = cx.inference.item(origin.file, origin.item) else { return String::new() };
    let stmt = item.enclosing_stmt(origin.expr);
    let mut name = match item.stmt(stmt) {
        Stmt::Function(function) => function
            .params
            .iter()
            .find(|param| {
                param.annotation.is_some_and(|at| item.expr_range(at).contains_range(item.expr_range(origin.expr)))
            })
            .map_or(String::new(), |param| param.name.to_string()),
        _ => {
            let attribute = facts.writes.iter().find(|write| write.stmt == stmt).map(|write| write.attr);
            let local = facts.bindings.iter().find(|binding| binding.stmt == stmt).map(|binding| binding.name);
            attribute.or(local).map_or(String::new(), |name| name.to_string())
        }
    };
    let around = item.stmt_ancestors(stmt).chain([stmt]).filter_map(|outer| match item.stmt(outer) {
        Stmt::Function(function) => Some(function.name),
        Stmt::Class(class) => Some(class.name),
        _ => None,
    });
    around.for_each(|outer| name = format!("{outer}.{name}"));
    if let Some(class) = file.parsed.items.get(origin.item as usize).and_then(|slot| slot.parent) {
        let class = file.item(class);
        if let Stmt::Class(definition) = class.stmt(class.root()) {
            name = format!("{}.{name}", definition.name);
        }
    }
    format!("{}:{name}", file.path.rsplit('/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_a_person_would_choose_them() {
        assert_eq!(from_tag("frame").as_deref(), Some("FrameMessage"));
        assert_eq!(from_tag("NEW_FRAME").as_deref(), Some("NewFrameMessage"));
        assert_eq!(from_tag("shutdown-message").as_deref(), Some("ShutdownMessage"));
        assert_eq!(from_tag("1"), None);
        assert_eq!(from_stem(&stem("_result_queue", None)), "ResultMessage");
        assert_eq!(from_stem(&stem("self.q", None)), "QueueMessage");
        assert_eq!(from_stem(&stem("self.q", Some("Detector"))), "DetectorMessage");
        assert_eq!(from_stem_and_key("results", "error").as_deref(), Some("ResultsErrorMessage"));
    }
}
