//! The ```` ```query ```` block of a declarative rule: a tree-sitter query with predicates of ours.
//!
//! ```query
//! (call function: (_) @callee
//!   (#resolves-to? @callee "yaml.load")
//!   (#not-inside? @callee "test")) @report
//! ```
//! Tree-sitter's own predicates (`#eq?`, `#match?`, `#any-of?` and their negations) compare text. Ours ask the index
//! and answer yes, no or unknown; a `not-` in front negates, and unknown is silence either way:
//!
//! | predicate | holds when |
//! | --- | --- |
//! | `(#is-a? @x "queue.Queue" ..)` | the value is an object of one of these classes |
//! | `(#resolves-to? @x "torch.load" ..)` | the name or attribute stands for one of these |
//! | `(#inherits? @class "torch.nn.Module" ..)` | the class statement derives from one of these, across files |
//! | `(#lacks-argument? @call "timeout" ["3"])` | the call does not pass it, by name or at that position (from 0) |
//! | `(#inside? @x "loop" ..)` | it stands in one of these places, see [`CallContext`] |
//!
//! The finding is at `@report`, or at the first capture.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tree_sitter::{Language, Query, QueryError, QueryErrorKind, QueryPredicate, QueryPredicateArg};

use super::calls::{CallContext, Parameter};
use super::error::PageError;
use super::markdown::Block;
use crate::settings::closest;

/// The capture that findings are at.
const REPORT: &str = "report";

const NAMES: [&str; 5] = ["is-a?", "resolves-to?", "inherits?", "lacks-argument?", "inside?"];

/// A query, compiled.
#[derive(Clone)]
pub struct QueryPattern {
    text: String,
    query: Arc<Query>,
    /// By the query's patterns.
    predicates: Vec<Vec<Predicate>>,
    report: u32,
}

/// A predicate of ours on a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// The capture.
    pub capture: u32,
    /// What is asked.
    pub test: Test,
    /// Whether yes is wanted; otherwise no is.
    pub wanted: bool,
}

/// What a predicate asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Whether the value is an object of one of these classes.
    IsA(Vec<String>),
    /// Whether the expression stands for one of these.
    ResolvesTo(Vec<String>),
    /// Whether the class derives from one of these.
    Inherits(Vec<String>),
    /// Whether the call does not pass this argument.
    LacksArgument(Parameter),
    /// Whether it stands in one of these places.
    Inside(Vec<CallContext>),
}

impl QueryPattern {
    /// The compiled query.
    pub fn query(&self) -> &Query {
        &self.query
    }
    /// The predicates of the query's n-th pattern; all must hold.
    pub fn predicates(&self, pattern: usize) -> &[Predicate] {
        self.predicates.get(pattern).map(Vec::as_slice).unwrap_or_default()
    }
    /// The capture that findings are at.
    pub fn report(&self) -> u32 {
        self.report
    }
}

impl PartialEq for QueryPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for QueryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// The language that queries are written for.
pub(crate) fn language() -> Language {
    tree_sitter_python::LANGUAGE.into()
}

/// Reads a ```` ```query ```` block.
pub(super) fn read(text: &str, block: &Block, errors: &mut Vec<PageError>) -> Option<QueryPattern> {
    // The library slices what the user wrote while it makes up its message.
    let query = match std::panic::catch_unwind(|| Query::new(&language(), &block.text)) {
        Ok(Ok(query)) => query,
        Ok(Err(error)) => {
            errors.push(PageError::at(text, line(text, block, error.row), message(&error)));
            return None;
        }
        Err(_) => {
            errors.push(PageError::at(text, block.range.clone(), "this is no valid query"));
            return None;
        }
    };
    let mut object = |row: usize, message: String| errors.push(PageError::at(text, line(text, block, row), message));
    let mut predicates = Vec::new();
    for pattern in 0..query.pattern_count() {
        let row = block.text[..query.start_byte_for_pattern(pattern)].matches('\n').count();
        if query
            .property_settings(pattern)
            .iter()
            .chain(query.property_predicates(pattern).iter().map(|(one, _)| one))
            .next()
            .is_some()
        {
            object(row, format!("`#set!`, `#is?` and `#is-not?` mean nothing here; there are {}", known()));
        }
        let mut ours = Vec::new();
        for general in query.general_predicates(pattern) {
            match predicate(general) {
                Ok(predicate) => ours.push(predicate),
                Err(message) => object(row, message),
            }
        }
        predicates.push(ours);
    }
    let report = query.capture_index_for_name(REPORT).or((!query.capture_names().is_empty()).then_some(0));
    let Some(report) = report else {
        object(0, "the query captures nothing; put `@report` behind what the finding is at".to_owned());
        return None;
    };
    Some(QueryPattern { text: block.text.clone(), query: Arc::new(query), predicates, report })
}

/// Where the block's `row`-th line (from 0) stands in the page.
fn line(text: &str, block: &Block, row: usize) -> std::ops::Range<usize> {
    let before = text[block.content.clone()].split_inclusive('\n').take(row).map(str::len).sum::<usize>();
    let start = block.content.start + before;
    start..block.content.end.max(start)
}

fn message(error: &QueryError) -> String {
    let name = error.message.trim_matches('"');
    match error.kind {
        QueryErrorKind::NodeType => format!("Python's grammar has no node `{name}`"),
        QueryErrorKind::Field => format!("Python's grammar has no field `{name}`"),
        QueryErrorKind::Capture => format!("the query has no capture `{name}`"),
        QueryErrorKind::Predicate => error.message.clone(),
        QueryErrorKind::Structure => "nothing can ever look like this: the grammar does not allow it".to_owned(),
        QueryErrorKind::Syntax | QueryErrorKind::Language => {
            "this is no valid query; are all parentheses closed?".to_owned()
        }
    }
}

fn known() -> String {
    NAMES.map(|name| format!("`#{name}`")).join(", ")
}

fn predicate(general: &QueryPredicate) -> Result<Predicate, String> {
    let operator: &str = &general.operator;
    let (name, wanted) = operator.strip_prefix("not-").map_or((operator, true), |name| (name, false));
    let (capture, words) = arguments(operator, &general.args)?;
    let test = match name {
        "is-a?" => Test::IsA(words),
        "resolves-to?" => Test::ResolvesTo(words),
        "inherits?" => Test::Inherits(words),
        "lacks-argument?" => Test::LacksArgument(parameter(words)?),
        "inside?" => Test::Inside(words.iter().map(|word| CallContext::named(word)).collect::<Result<_, _>>()?),
        _ => {
            let near = closest(name, NAMES);
            let hint = near.map_or_else(|| format!("there are {}", known()), |near| format!("did you mean `#{near}`?"));
            return Err(format!("there is no predicate `#{operator}`; {hint}"));
        }
    };
    Ok(Predicate { capture, test, wanted })
}

/// A capture and at least one string.
fn arguments(operator: &str, args: &[QueryPredicateArg]) -> Result<(u32, Vec<String>), String> {
    let wrong = || format!("`#{operator}` takes a capture and then strings: `(#{operator} @x \"...\")`");
    let Some((QueryPredicateArg::Capture(capture), rest)) = args.split_first() else { return Err(wrong()) };
    let words = rest.iter().map(|arg| match arg {
        QueryPredicateArg::String(word) => Ok(word.to_string()),
        QueryPredicateArg::Capture(_) => Err(wrong()),
    });
    let words: Vec<String> = words.collect::<Result<_, _>>()?;
    if words.is_empty() { Err(wrong()) } else { Ok((*capture, words)) }
}

fn parameter(words: Vec<String>) -> Result<Parameter, String> {
    let wrong = || {
        "`#lacks-argument?` takes a name and perhaps a position: `(#lacks-argument? @call \"timeout\" \"3\")`"
            .to_owned()
    };
    let mut words = words.into_iter();
    let (name, position, more) = (words.next().ok_or_else(wrong)?, words.next(), words.next());
    match (position, more) {
        (None, _) => Ok(Parameter::Name(name)),
        (Some(position), None) => Ok(Parameter::Positional { name, position: position.parse().map_err(|_| wrong())? }),
        (Some(_), Some(_)) => Err(wrong()),
    }
}

/// Fills `{capture}` in a template with the captures' texts; a name that is no capture stays as it is.
pub(crate) fn fill(template: &str, captures: &BTreeMap<&str, &str>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let after = &rest[open + 1..];
        let filled = after.find('}').and_then(|close| Some((captures.get(&after[..close])?, close)));
        out.push_str(&rest[..open]);
        if let Some((text, close)) = filled {
            out.push_str(text);
            rest = &after[close + 1..];
        } else {
            out.push('{');
            rest = after;
        }
    }
    out + rest
}
