//! What the typed tree says of functions, classes and modules: public names, signatures, docstrings.

use std::sync::Arc;

use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::{self, Source};
use pyteam_index::{File, facts::class as class_at};
use pyteam_syntax::{Expr, Item, Name, Stmt, StmtId};

use crate::view::View;

/// A public function or class of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Public {
    Function(FunctionRef),
    Class(ClassRef),
}

impl Public {
    pub(crate) fn name(self, view: &View<'_>) -> String {
        match self {
            Self::Function(function) => view.function_name(function),
            Self::Class(class) => view.class_name(class).to_owned(),
        }
    }

    pub(crate) fn at(self, view: &View<'_>) -> String {
        match self {
            Self::Function(function) => view.function_at(function),
            Self::Class(class) => view.class_at(class),
        }
    }
}

/// Whether a name is meant for others.
pub(crate) fn is_public(name: &str) -> bool {
    !name.starts_with('_')
}

/// The public functions and classes that a file defines at module level, in source order.
pub(crate) fn public_names(view: &View<'_>, file: &Arc<File>) -> Vec<Public> {
    let mut found: Vec<(u32, StmtId, Public)> = Vec::new();
    for (name, bound) in &file.facts.module {
        if !is_public(name.as_str()) {
            continue;
        }
        for one in bound {
            let Some((_, _, item_facts)) = view.inference.item(file.id, one.item) else { continue };
            let Some(binding) = item_facts.bindings.get(one.binding as usize) else { continue };
            let public = match binding.source {
                Source::Function(stmt) => Public::Function(FunctionRef { file: file.id, item: one.item, stmt }),
                Source::Class(stmt) => Public::Class(ClassRef { file: file.id, item: one.item, stmt }),
                _ => continue,
            };
            found.push((one.item, binding.stmt, public));
        }
    }
    found.sort_by_key(|(item, stmt, _)| (*item, *stmt));
    found.dedup_by_key(|(item, stmt, _)| (*item, *stmt));
    found.into_iter().map(|(_, _, public)| public).collect()
}

/// The public methods of a class itself, in source order.
pub(crate) fn public_methods(view: &View<'_>, class: ClassRef) -> Vec<FunctionRef> {
    let methods = view.inference.methods(class).into_iter();
    methods
        .filter(|method| view.inference.function(*method).is_some_and(|definition| is_public(definition.name.as_str())))
        .collect()
}

/// `def run(frames: Queue[Any], stop: Event) -> None`, on one line.
pub(crate) fn signature(view: &View<'_>, function: FunctionRef) -> String {
    let Some((file, item, _)) = view.inference.item(function.file, function.item) else { return String::new() };
    let Some(definition) = facts::function(item, function.stmt) else { return String::new() };
    let params = one_line(file.text_at(function.item, definition.params_range));
    let returns = definition.returns.map(|returns| one_line(file.text_at(function.item, item.expr_range(returns))));
    let returns = returns.map(|returns| format!(" -> {returns}")).unwrap_or_default();
    let word = if definition.is_async { "async def" } else { "def" };
    format!("{word} {}{params}{returns}", definition.name)
}

/// A text with runs of white space as one blank, and none behind `(` or before `)`.
pub(crate) fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("( ", "(").replace(", )", ")").replace(" )", ")")
}

/// Whether a body begins with a docstring.
fn has_docstring(item: &Item, body: &[StmtId]) -> bool {
    match body.first().map(|stmt| item.stmt(*stmt)) {
        Some(Stmt::Expr(expr)) => matches!(item.expr(*expr), Expr::Str(text) if !text.bytes),
        _ => false,
    }
}

/// Whether a public function or class says what it is for.
pub(crate) fn is_documented(view: &View<'_>, public: Public) -> bool {
    match public {
        Public::Function(function) => view.inference.item(function.file, function.item).is_some_and(|(_, item, _)| {
            facts::function(item, function.stmt).is_some_and(|definition| has_docstring(item, &definition.body))
        }),
        Public::Class(class) => view.inference.item(class.file, class.item).is_some_and(|(_, item, _)| {
            class_at(item, class.stmt).is_some_and(|definition| has_docstring(item, &definition.body))
        }),
    }
}

/// Whether a function has an annotation for all its parameters (but `self` and `cls`) and for what it returns.
pub(crate) fn is_annotated(view: &View<'_>, function: FunctionRef) -> bool {
    let Some(definition) = view.inference.function(function) else { return true };
    let is_method = view.inference.class_of(function).is_some();
    let is_static = definition.decorators.iter().any(|decorator| {
        let item = view.inference.item(function.file, function.item).map(|(_, item, _)| item);
        item.is_some_and(|item| matches!(item.expr(*decorator), Expr::Name(name) if *name == "staticmethod"))
    });
    let skipped = usize::from(is_method && !is_static);
    // A method without `-> None` is typed for mypy where it is `__init__` and has an annotated parameter.
    let params_are = definition.params.iter().skip(skipped).all(|param| param.annotation.is_some());
    let is_init = definition.name == "__init__" && definition.params.len() > skipped;
    params_are && (definition.returns.is_some() || is_init)
}

/// All functions of a file, methods and inner ones included, in source order.
pub(crate) fn functions(file: &File) -> impl Iterator<Item = FunctionRef> + '_ {
    file.facts.items.iter().enumerate().flat_map(move |(index, facts)| {
        facts.functions.iter().map(move |one| FunctionRef { file: file.id, item: index as u32, stmt: one.stmt })
    })
}

/// The dotted name under which a file is imported from the nearest folder that is no package: `app.workers.camera`,
/// with the folder that has to be on the path.
pub(crate) fn module_name(view: &View<'_>, file: &File) -> Option<(String, String)> {
    let path = file.path.replace('\\', "/");
    let (mut folder, name) = path.rsplit_once('/')?;
    let stem = name.strip_suffix(".py")?;
    let mut parts: Vec<&str> = if stem == "__init__" { Vec::new() } else { vec![stem] };
    while view.snapshot.file_at(&format!("{folder}/__init__.py")).is_some() {
        let (above, package) = folder.rsplit_once('/')?;
        parts.push(package);
        folder = above;
    }
    parts.reverse();
    let is_name = |part: &&str| {
        !part.is_empty()
            && !part.starts_with(|char: char| char.is_ascii_digit())
            && part.chars().all(|char| char.is_alphanumeric() || char == '_')
    };
    (!parts.is_empty() && parts.iter().all(is_name)).then(|| (parts.join("."), folder.to_owned()))
}

/// What an item assigns to a name at module level, as written: `QUEUE_SIZE = 16`.
pub(crate) fn constants(file: &File) -> Vec<(Name, u32, String)> {
    let mut found = Vec::new();
    for (index, slot) in file.parsed.items.iter().enumerate() {
        let item = &slot.item;
        let (target, value) = match item.stmt(item.root()) {
            Stmt::Assign { targets, value } if targets.len() == 1 => (targets[0], *value),
            Stmt::AnnAssign { target, value: Some(value), .. } => (*target, *value),
            _ => continue,
        };
        let Expr::Name(name) = item.expr(target) else { continue };
        if matches!(item.expr(value), Expr::Int(_) | Expr::Float) {
            let text = file.text_at(index as u32, item.expr_range(value)).to_owned();
            found.push((*name, file.source().lines().line_of(slot.start) + 1, text));
        }
    }
    found
}

/// A definition with each docstring of several lines cut to its first line.
pub(crate) fn cut_docstrings(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstrings_are_cut_to_their_first_line() {
        let text = "class A(Protocol):\n    \"\"\"\n    First.\n\n    Second.\n    \"\"\"\n\n    def f(self) -> None:\n        \"\"\"Does f.\n\n        At length.\n        \"\"\"\n        ...\n\n    def g(self) -> None:\n        \"\"\"Does g.\"\"\"";
        let short = "class A(Protocol):\n    \"\"\"First.\"\"\"\n\n    def f(self) -> None:\n        \"\"\"Does f.\"\"\"\n        ...\n\n    def g(self) -> None:\n        \"\"\"Does g.\"\"\"";
        assert_eq!(cut_docstrings(text), short);
    }
}
