//! The ```` ```calls ```` block of a declarative rule: which calls it objects to, and its ```` ```fix ```` block.
//!
//! ```yaml
//! - callee: torch.hub.load                 # or a list; `requests.*` is everything in a module
//!   lacks: [timeout]                       # none of these arguments is passed
//!   has: [verify]                          # all of these are passed
//!   equals: {verify: false}                # passed with this literal
//!   not-equals: {weights_only: true}       # passed with another literal
//!   argument: {name: weights_only, position: 4, is: absent}   # or is-not; several under `arguments`
//!   inside: async-function                 # or not-inside; see [`Place`]
//!   message: "..."                         # unless the front matter has one
//!   help: "..."
//!   severity: error                        # unless it is the page's
//! ```
//! All conditions of an entry must hold, and every one answers yes, no or unknown: unknown is silence, even under
//! a negation. Entries are alternatives. An argument that can be passed by position needs its `position`, counted
//! from 0; by its name alone it is looked for among the keywords only.

use serde::Deserialize;

use super::error::PageError;
use super::markdown::Block;
use super::yaml;
use crate::finding::Severity;
use crate::settings::closest;

/// One kind of call that a rule objects to.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPattern {
    /// Dotted paths of what is called; `.*` at the end stands for anything below.
    pub callees: Vec<String>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What is wrong; otherwise the page says it. `{callee}` stands for the path.
    pub message: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// The severity; otherwise the page's.
    pub severity: Option<Severity>,
}

/// A condition on a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// On an argument.
    Argument(Parameter, ArgumentTest),
    /// The call stands inside one of these; `false` for: inside none of them.
    Inside(Vec<Place>, bool),
}

/// A parameter of what is called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected an argument, a name or `{name: ..., position: ...}`")]
pub enum Parameter {
    /// Passed by this name.
    Name(String),
    /// Passed by this name or at this position, counted from 0.
    Positional {
        /// Its name.
        name: String,
        /// Its position.
        position: u32,
    },
}

/// What an argument must be.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentTest {
    /// Passed, with whatever value.
    Present,
    /// Not passed.
    Absent,
    /// Passed with this literal; `false` for: passed with another literal.
    Equals(Literal, bool),
}

/// Something a call can stand in. Lambdas and nested functions start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `async def`
    AsyncFunction,
    /// `def`, not `async def`
    Function,
    /// A method of a class.
    Method,
    /// The body of `for` or `while`, or a comprehension.
    Loop,
    /// The guarded block of a `try`.
    Try,
    /// The block of a `with`.
    With,
    /// A file that is a test by its name or folder.
    Test,
    /// No function at all.
    Module,
}

/// What `inside` and `not-inside` know.
const PLACES: [(&str, Place); 8] = [
    ("async-function", Place::AsyncFunction),
    ("function", Place::Function),
    ("method", Place::Method),
    ("loop", Place::Loop),
    ("try", Place::Try),
    ("with", Place::With),
    ("test", Place::Test),
    ("module", Place::Module),
];

/// A literal value, written as in Python.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// `1`
    Int(i64),
    /// `"text"`
    Text(String),
}

/// What a declarative rule does to a call's arguments.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentFix {
    /// As the editor's menu shows it.
    pub title: String,
    /// Keyword arguments to pass, with their value as Python source. One that is passed is given the new value.
    #[serde(default)]
    pub set: std::collections::BTreeMap<String, String>,
    /// Keyword arguments to drop.
    #[serde(default)]
    pub remove: Vec<String>,
    /// A new last part for the callee: `safe_load` turns `yaml.load(...)` into `yaml.safe_load(...)`. A call
    /// through a bare name is left alone, because the new name may not be imported.
    #[serde(default)]
    pub rename: Option<String>,
}

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
    equals: std::collections::BTreeMap<String, Written>,
    #[serde(default)]
    not_equals: std::collections::BTreeMap<String, Written>,
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
    ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(text)
}

/// Reads a ```` ```calls ```` block.
pub(super) fn read_patterns(
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
        let places = places.into_vec().into_iter().filter_map(|word| place(&word, object)).collect();
        conditions.push(Condition::Inside(places, wanted));
    }
    CallPattern { callees, conditions, message: entry.message, help: entry.help, severity: entry.severity }
}

fn place(word: &str, object: &mut impl FnMut(String)) -> Option<Place> {
    let found = PLACES.iter().find(|(name, _)| *name == word);
    if found.is_none() {
        let near = closest(word, PLACES.iter().map(|(name, _)| *name));
        let known = || PLACES.map(|(name, _)| format!("`{name}`")).join(", ");
        let hint = near.map_or_else(|| format!("there are {}", known()), |near| format!("did you mean `{near}`?"));
        object(format!("a call cannot stand inside `{word}`; {hint}"));
    }
    found.map(|(_, place)| *place)
}

/// Reads a ```` ```fix ```` block.
pub(super) fn read_fix(text: &str, block: &Block, errors: &mut Vec<PageError>) -> Option<ArgumentFix> {
    let fix: ArgumentFix = match yaml::read(text, block.content.clone()) {
        Ok(fix) => fix,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let mut names = fix.set.keys().chain(&fix.remove).chain(&fix.rename);
    let message = if let Some(name) = names.find(|name| !is_identifier(name)) {
        format!("`{name}` is no Python name")
    } else if fix.set.is_empty() && fix.remove.is_empty() && fix.rename.is_none() {
        "the fix does nothing; give it `set`, `remove` or `rename`".to_owned()
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
