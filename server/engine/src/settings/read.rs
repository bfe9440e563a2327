//! The settings' schema: which keys there are, what they hold, and what to say of everything else.

use std::ops::Range;

use super::blocking_calls::{BlockingCall, BlockingKind, KINDS, is_dotted};
use super::glob::{Glob, Globs};
use super::layer::Layer;
use super::node::{Key, Node, Value};
use super::problem::Lost;
use super::rule_names::{RuleNames, closest};
use super::timeouts::{Seconds, Timeouts};
use super::wording::{mistyped, unknown, unknown_spelled};
use super::{Level, PerFileIgnore};
use crate::builtin;
use crate::finding::Severity;

/// Where settings come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A file, which is for us alone.
    File,
    /// An editor, which keeps its own keys beside ours and spells ours in camelCase.
    Editor,
}

/// Something that does not make sense.
pub(super) struct Objection {
    pub(super) span: Option<Range<usize>>,
    pub(super) message: String,
    pub(super) lost: Lost,
}

/// The settings of a file that rules read, by their keys.
pub const KEYS: [&str; 9] = [
    "select",
    "ignore",
    "per-file-ignores",
    "severity",
    "exclude",
    "max-depth",
    "timeouts",
    "blocking-calls",
    "max-file-size",
];

/// What a table of `blocking-calls` says.
const BLOCKING_KEYS: [&str; 4] = ["timeout", "position", "raises", "kind"];

/// Keys of the same files that other parts of pyteam read.
const ELSEWHERE: [&str; 6] = ["agents", "backends", "docs", "server", "trace", "workflows"];

/// Keys that only an editor has, and that the language server reads.
const OF_EDITORS: [&str; 4] = ["docs-base", "code-lens", "ask-actions", "inlay-hints"];

const LEVELS: [&str; 5] = ["error", "warning", "information", "hint", "off"];

/// Larger numbers are mistakes: a day is no timeout.
const MAX_SECONDS: f64 = 86_400.0;

/// Reads a table of settings.
pub(super) fn read(node: Node, origin: Origin, rules: &RuleNames) -> (Layer, Vec<Objection>) {
    let mut reader = Reader { rules, origin, objections: Vec::new() };
    let mut layer = Layer::default();
    for (key, node) in reader.table("pyteam", node) {
        reader.setting(&mut layer, &key, node);
    }
    (layer, reader.objections)
}

struct Reader<'a> {
    rules: &'a RuleNames,
    origin: Origin,
    objections: Vec<Objection>,
}

impl Reader<'_> {
    fn setting(&mut self, layer: &mut Layer, key: &Key, node: Node) {
        // An editor sends null for what its user left alone.
        if matches!(node.value, Value::Null) {
            return;
        }
        let name = self.spelling(&key.text);
        match name.as_str() {
            "select" => layer.select = self.selection(node),
            "ignore" => layer.ignore = self.rule_list("ignore", node),
            "per-file-ignores" => layer.per_file_ignores = self.per_file_ignores(node),
            "severity" => self.severities(layer, node),
            "exclude" => layer.exclude = self.globs(node),
            "max-depth" => layer.max_depth = self.integer("max-depth", node, 1, 1000),
            "timeouts" => self.timeouts(layer, node),
            "blocking-calls" => self.blocking_calls(layer, node),
            "max-file-size" => layer.max_file_size = self.integer("max-file-size", node, 1, 1 << 30),
            name if ELSEWHERE.contains(&name) => {}
            name if self.origin == Origin::Editor => {
                if !OF_EDITORS.contains(&name) {
                    self.unknown("setting", name, key, &[&KEYS[..], &OF_EDITORS[..]].concat());
                }
            }
            name => self.unknown("setting", name, key, &KEYS),
        }
    }

    fn object(&mut self, span: Option<Range<usize>>, message: String) {
        self.objections.push(Objection { span, message, lost: Lost::Place });
    }

    fn wrong(&mut self, what: &str, wanted: &str, node: &Node) {
        self.object(node.span.clone(), mistyped(what, wanted, node.value.kind()));
    }

    /// A key as the file spells it: an editor's `maxDepth` is `max-depth`.
    fn spelling(&self, key: &str) -> String {
        if self.origin == Origin::File {
            return key.to_owned();
        }
        let mut name = String::with_capacity(key.len() + 4);
        for c in key.chars() {
            if c.is_ascii_uppercase() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        name
    }

    fn unknown(&mut self, what: &str, name: &str, key: &Key, known: &[&str]) {
        // An editor's settings may hold keys of its extension.
        let may_be_anothers = self.origin == Origin::Editor && what == "setting";
        if may_be_anothers && closest(name, known.iter().copied()).is_none() {
            return;
        }
        self.object(key.span.clone(), unknown_spelled(what, &key.text, name, known));
    }

    fn table(&mut self, what: &str, node: Node) -> Vec<(Key, Node)> {
        self.table_if_any(what, node).unwrap_or_default()
    }

    fn table_if_any(&mut self, what: &str, node: Node) -> Option<Vec<(Key, Node)>> {
        if let Value::Table(entries) = node.value {
            return Some(entries);
        }
        self.wrong(what, "a table", &node);
        None
    }

    fn text(&mut self, what: &str, node: Node) -> Option<(String, Option<Range<usize>>)> {
        if let Value::Text(text) = node.value {
            return Some((text, node.span));
        }
        self.wrong(what, "a string", &node);
        None
    }

    /// What `take` accepts of a list of strings. A list of which nothing is accepted says nothing at all: an empty one
    /// would mean something else than what was written.
    fn list<T>(
        &mut self,
        what: &str,
        node: Node,
        take: impl Fn(&mut Self, &str, Option<Range<usize>>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::List(nodes) = node.value else {
            self.wrong(what, "a list of strings", &node);
            return None;
        };
        let is_empty = nodes.is_empty();
        let texts: Vec<_> = nodes.into_iter().filter_map(|node| self.text(what, node)).collect();
        let accepted: Vec<T> = texts.into_iter().filter_map(|(text, span)| take(self, &text, span)).collect();
        (is_empty || !accepted.is_empty()).then_some(accepted)
    }

    /// What is to run. Without one of its words the list would mean less than was written, and a misspelled name must not
    /// switch rules off: a list with a fault says nothing at all, and what lies below holds.
    fn selection(&mut self, node: Node) -> Option<Vec<String>> {
        let before = self.objections.len();
        let words = self.rule_list("select", node);
        let faults = &mut self.objections[before..];
        faults.iter_mut().for_each(|fault| fault.lost = Lost::Selection);
        words.filter(|_| faults.is_empty())
    }

    /// Codes and families. The unknown ones are told and left out.
    fn rule_list(&mut self, what: &str, node: Node) -> Option<Vec<String>> {
        self.list(what, node, Self::rule)
    }

    fn rule(&mut self, word: &str, span: Option<Range<usize>>) -> Option<String> {
        let objection = self.rules.objection(word);
        let is_known = objection.is_none();
        if let Some(objection) = objection {
            self.object(span, objection);
        }
        is_known.then(|| builtin::current(word).to_owned())
    }

    fn glob(&mut self, pattern: &str, span: Option<Range<usize>>) -> Option<Glob> {
        match Glob::new(pattern) {
            Ok(glob) => Some(glob),
            Err(message) => {
                self.object(span, message);
                None
            }
        }
    }

    fn globs(&mut self, node: Node) -> Option<Globs> {
        self.list("exclude", node, Self::glob).map(Globs)
    }

    fn per_file_ignores(&mut self, node: Node) -> Option<Vec<PerFileIgnore>> {
        let entries = self.table_if_any("per-file-ignores", node)?;
        let mut ignores = Vec::new();
        for (key, node) in entries {
            let rules = self.rule_list("per-file-ignores", node);
            let files = self.glob(&key.text, key.span);
            if let (Some(files), Some(rules)) = (files, rules) {
                ignores.push(PerFileIgnore { files, rules });
            }
        }
        Some(ignores)
    }

    fn severities(&mut self, layer: &mut Layer, node: Node) {
        for (key, node) in self.table("severity", node) {
            let Some((text, span)) = self.text("severity", node) else { continue };
            let code = self.rule(&key.text, key.span);
            if let Some(level) = level(&text) {
                layer.severity.extend(code.map(|code| (code, level)));
                continue;
            }
            self.object(span, unknown("level", &text, &LEVELS));
        }
    }

    fn timeouts(&mut self, layer: &mut Layer, node: Node) {
        for (key, node) in self.table("timeouts", node) {
            let name = self.spelling(&key.text);
            if !Timeouts::KEYS.contains(&name.as_str()) {
                self.unknown("timeout", &name, &key, &Timeouts::KEYS);
                continue;
            }
            let seconds = match node.value {
                Value::Integer(value) => u32::try_from(value).ok().map(Seconds::whole),
                Value::Float(value) => Some(Seconds::fractional(value)),
                _ => {
                    self.wrong(&name, "a number of seconds", &node);
                    continue;
                }
            };
            if let Some(seconds) = seconds.filter(|seconds| seconds.value() > 0.0 && seconds.value() <= MAX_SECONDS) {
                layer.timeouts.insert(name, seconds);
            } else {
                let message = format!("`{name}`: expected seconds, greater than 0 and at most {MAX_SECONDS}");
                self.object(node.span, message);
            }
        }
    }

    fn blocking_calls(&mut self, layer: &mut Layer, node: Node) {
        for (key, node) in self.table("blocking-calls", node) {
            if !is_dotted(&key.text, 2) {
                let message = format!(
                    "`{}` is not a call; write the function or method with its module, in quotes: `\"mylib.Client.fetch\"`",
                    key.text
                );
                self.object(key.span, message);
                continue;
            }
            let (span, what) = (node.span.clone().or(key.span), key.text);
            let mut call = BlockingCall {
                path: what.clone(),
                kind: BlockingKind::Wait,
                timeout: String::new(),
                position: None,
                raises: None,
            };
            let is_table = matches!(node.value, Value::Table(_));
            let before = self.objections.len();
            for (key, node) in self.table(&what, node) {
                self.blocking_key(&mut call, &key, node);
            }
            if is_table && call.timeout.is_empty() && self.objections.len() == before {
                let message = format!("`{what}`: missing `timeout`, the name of the timeout parameter");
                self.object(span, message);
            } else if !call.timeout.is_empty() {
                layer.blocking_calls.push(call);
            }
        }
    }

    fn blocking_key(&mut self, call: &mut BlockingCall, key: &Key, node: Node) {
        let name = self.spelling(&key.text);
        match name.as_str() {
            "timeout" => {
                let Some((text, span)) = self.text("timeout", node) else { return };
                if is_dotted(&text, 1) && !text.contains('.') {
                    call.timeout = text;
                } else {
                    self.object(
                        span,
                        format!("`timeout`: expected a parameter name such as `timeout`, found {text:?}"),
                    );
                }
            }
            "position" => call.position = self.integer("position", node, 0, 50),
            "raises" => {
                let Some((text, span)) = self.text("raises", node) else { return };
                if is_dotted(&text, 1) {
                    call.raises = Some(text);
                } else {
                    self.object(
                        span,
                        format!("`raises`: expected an exception such as `mylib.Timeout`, found {text:?}"),
                    );
                }
            }
            "kind" => {
                let Some((text, span)) = self.text("kind", node) else { return };
                match KINDS.iter().find(|(name, _)| *name == text) {
                    Some((_, kind)) => call.kind = *kind,
                    None => self.object(span, unknown("kind", &text, &KINDS.map(|(name, _)| name))),
                }
            }
            name => self.unknown("key", name, key, &BLOCKING_KEYS),
        }
    }

    fn integer<T: TryFrom<i64>>(&mut self, what: &str, node: Node, least: i64, most: i64) -> Option<T> {
        let Value::Integer(value) = node.value else {
            self.wrong(what, "a whole number", &node);
            return None;
        };
        if (least..=most).contains(&value) {
            return T::try_from(value).ok();
        }
        self.object(node.span, format!("`{what}`: {value} is not between {least} and {most}"));
        None
    }
}

fn level(text: &str) -> Option<Level> {
    Some(match text {
        "off" => Level::Off,
        "hint" => Level::At(Severity::Hint),
        "information" => Level::At(Severity::Information),
        "warning" => Level::At(Severity::Warning),
        "error" => Level::At(Severity::Error),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
