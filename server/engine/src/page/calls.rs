//! The ```` ```calls ```` block of a declarative rule: which calls it objects to, and its ```` ```fix ```` block.
//!
//! ```yaml
//! - callee: torch.hub.load                 # or a list; `requests.*` is everything in a module
//!   lacks: [timeout]                       # none of these arguments is passed
//!   has: [verify]                          # all of these are passed
//!   equals: {verify: false}                # passed with this literal
//!   not-equals: {weights_only: true}       # passed with another literal
//!   argument: {name: weights_only, position: 4, is: absent}   # or is-not; several under `arguments`
//!   inside: async-function                 # or not-inside; see [`CallContext`]
//!   message: "..."                         # unless the front matter has one
//!   note: "..."
//!   help: "..."
//!   severity: error                        # unless it is the page's
//! ```
//! All conditions of an entry must hold, and every one answers yes, no or unknown: unknown is silence, even under
//! a negation. Entries are alternatives. An argument that can be passed by position needs its `position`, counted
//! from 0; by its name alone it is looked for among the keywords only.

mod read;

use serde::Deserialize;

use crate::finding::Severity;
use crate::settings::closest;

pub(super) use self::read::{read_fix, read_patterns};

/// One kind of call that a rule objects to.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPattern {
    /// Dotted paths of what is called; `.*` at the end stands for anything below.
    pub callees: Vec<String>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What is wrong; otherwise the page says it. `{callee}` stands for the path.
    pub message: Option<String>,
    /// Why it matters.
    pub note: Option<String>,
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
    Inside(Vec<CallContext>, bool),
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
pub enum CallContext {
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
const CALL_CONTEXTS: [(&str, CallContext); 8] = [
    ("async-function", CallContext::AsyncFunction),
    ("function", CallContext::Function),
    ("method", CallContext::Method),
    ("loop", CallContext::Loop),
    ("try", CallContext::Try),
    ("with", CallContext::With),
    ("test", CallContext::Test),
    ("module", CallContext::Module),
];

impl CallContext {
    /// The place of this name; the error says which there are.
    pub(in crate::page) fn named(word: &str) -> Result<Self, String> {
        if let Some((_, place)) = CALL_CONTEXTS.iter().find(|(name, _)| *name == word) {
            return Ok(*place);
        }
        let near = closest(word, CALL_CONTEXTS.iter().map(|(name, _)| *name));
        let known = || CALL_CONTEXTS.map(|(name, _)| format!("`{name}`")).join(", ");
        let hint = near.map_or_else(|| format!("there are {}", known()), |near| format!("did you mean `{near}`?"));
        Err(format!("nothing stands inside `{word}`; {hint}"))
    }
}

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

/// How a declarative rule repairs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredFix {
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
    /// For a `query`: what `@report` is replaced by, with `{capture}` for the captures' texts.
    #[serde(default)]
    pub replace: Option<String>,
}
