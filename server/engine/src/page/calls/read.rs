//! Reading `calls` and `fix` blocks.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ArgumentTest, CallContext, CallPattern, Condition, DeclaredFix, Literal, Parameter};
use crate::finding::Severity;
use crate::page::error::PageError;
use crate::page::markdown::Block;
use crate::page::yaml;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    callee: Names,
    #[serde(default)]
    lacks: Vec<Parameter>,
    #[serde(default)]
    has: Vec<Parameter>,
    #[serde(default)]
    equals: BTreeMap<String, Written>,
    #[serde(default)]
    not_equals: BTreeMap<String, Written>,
    #[serde(default)]
    argument: Option<ArgumentEntry>,
    #[serde(default)]
    arguments: Vec<ArgumentEntry>,
    #[serde(default)]
    inside: Option<Names>,
    #[serde(default)]
    not_inside: Option<Names>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    help: Option<String>,
    #[serde(default)]
    severity: Option<Severity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ArgumentEntry {
    name: String,
    #[serde(default)]
    position: Option<u32>,
    #[serde(default)]
    is: Option<Written>,
    #[serde(default)]
    is_not: Option<Written>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a name or a list of names")]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// A value as it is written: YAML's own literals, or a string that is a Python literal.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a value: `true`, `false`, `null`, a whole number or a string")]
enum Written {
    Bool(bool),
    Int(i64),
    Text(String),
    None(()),
}

impl Written {
    fn test(self, wanted: bool) -> ArgumentTest {
        match (self, wanted) {
            (Self::Text(word), true) if word == "absent" => ArgumentTest::Absent,
            (Self::Text(word), true) if word == "present" => ArgumentTest::Present,
            (Self::Text(word), false) if word == "absent" => ArgumentTest::Present,
            (Self::Text(word), false) if word == "present" => ArgumentTest::Absent,
            (written, wanted) => ArgumentTest::Equals(written.literal(), wanted),
        }
    }

    fn literal(self) -> Literal {
        match self {
            Self::Bool(on) => Literal::Bool(on),
            Self::Int(value) => Literal::Int(value),
            Self::None(()) => Literal::None,
            Self::Text(text) => match text.as_str() {
                "True" => Literal::Bool(true),
                "False" => Literal::Bool(false),
                "None" => Literal::None,
                _ => Literal::Text(unquote(&text).to_owned()),
            },
        }
    }
}

/// `'"x"'` is the string that Python writes `"x"`.
fn unquote(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// Reads a ```` ```calls ```` block.
pub(in crate::page) fn read_patterns(
    text: &str,
    block: &Block,
    page_has_message: bool,
    errors: &mut Vec<PageError>,
) -> Option<Vec<CallPattern>> {
    let entries: Vec<Entry> = match yaml::read(text, block.content.clone()) {
        Ok(entries) => entries,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut object = |message: String| errors.push(PageError::at(text, block.range.clone(), message));
    if entries.is_empty() {
        object("the list of calls is empty; name at least one `callee`".to_owned());
    }
    let patterns: Vec<CallPattern> = entries.into_iter().map(|entry| pattern(entry, &mut object)).collect();
    if !page_has_message && patterns.iter().any(|pattern| pattern.message.is_none()) {
        object("every entry needs a `message`, unless the front matter has one".to_owned());
    }
    Some(patterns)
}

fn pattern(entry: Entry, object: &mut impl FnMut(String)) -> CallPattern {
    let callees = entry.callee.into_vec();
    for callee in &callees {
        let parts: Vec<&str> = callee.strip_suffix(".*").unwrap_or(callee).split('.').collect();
        if !parts.iter().all(|part| is_identifier(part)) {
            object(format!("`{callee}` is no dotted path such as `torch.hub.load`"));
        }
    }
    let mut conditions = Vec::new();
    let mut argument = |parameter, test| conditions.push(Condition::Argument(parameter, test));
    entry.lacks.into_iter().for_each(|one| argument(one, ArgumentTest::Absent));
    entry.has.into_iter().for_each(|one| argument(one, ArgumentTest::Present));
    for (name, written) in entry.equals {
        argument(Parameter::Name(name), ArgumentTest::Equals(written.literal(), true));
    }
    for (name, written) in entry.not_equals {
        argument(Parameter::Name(name), ArgumentTest::Equals(written.literal(), false));
    }
    for one in entry.argument.into_iter().chain(entry.arguments) {
        let parameter = match one.position {
            Some(position) => Parameter::Positional { name: one.name.clone(), position },
            None => Parameter::Name(one.name.clone()),
        };
        match (one.is, one.is_not) {
            (Some(written), None) => argument(parameter, written.test(true)),
            (None, Some(written)) => argument(parameter, written.test(false)),
            _ => object(format!("the argument `{}` needs either `is` or `is-not`", one.name)),
        }
    }
    for (places, wanted) in [(entry.inside, true), (entry.not_inside, false)] {
        let Some(places) = places else { continue };
        match places.into_vec().iter().map(|word| CallContext::named(word)).collect() {
            Ok(places) => conditions.push(Condition::Inside(places, wanted)),
            Err(message) => object(message),
        }
    }
    CallPattern {
        callees,
        conditions,
        message: entry.message,
        note: entry.note,
        help: entry.help,
        severity: entry.severity,
    }
}

/// Reads a ```` ```fix ```` block.
pub(in crate::page) fn read_fix(
    text: &str,
    block: &Block,
    is_query: bool,
    errors: &mut Vec<PageError>,
) -> Option<DeclaredFix> {
    let fix: DeclaredFix = match yaml::read(text, block.content.clone()) {
        Ok(fix) => fix,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut names = fix.set.keys().chain(&fix.remove).chain(&fix.rename);
    let message = if let Some(name) = names.find(|name| !is_identifier(name)) {
        format!("`{name}` is no Python name")
    } else if !is_query && fix.replace.is_some() {
        "`replace` is for a `query`; say what to do with a call by `set`, `remove` or `rename`".to_owned()
    } else if is_query && (!fix.set.is_empty() || !fix.remove.is_empty() || fix.rename.is_some()) {
        "`set`, `remove` and `rename` are for `calls`; say what to put in the place of `@report` by `replace`"
            .to_owned()
    } else if fix.set.is_empty() && fix.remove.is_empty() && fix.rename.is_none() && fix.replace.is_none() {
        "the fix does nothing; give it `set`, `remove` or `rename`, or `replace` for a query".to_owned()
    } else {
        return Some(fix);
    };
    errors.push(PageError::at(text, block.range.clone(), message));
    None
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_')
}
