#![doc = include_str!("deep_inheritance.md")]

mod chain;

use std::path::Path;

use pyteam_display::MAX_LINE;
use pyteam_engine::{CheckContext, Page, Related, Rule, Sink};
use pyteam_index::definitions::ClassRef;
use pyteam_syntax::tree::ArgKind;

use crate::shared::test_code;

/// See the page.
pub struct DeepInheritance;

impl Rule for DeepInheritance {
    fn page(&self) -> &Page {
        crate::page!("deep_inheritance")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for stmt in &cx.facts().classes {
            let class = ClassRef { file: cx.file.id, item: cx.item_index, stmt: *stmt };
            let Some(definition) = cx.inference.class(class) else { continue };
            if !definition.args.iter().any(|arg| arg.kind == ArgKind::Positional) {
                continue;
            }
            let Some(chain) = chain::longest(cx.inference, class) else { continue };
            let edges = chain.len() - 1;
            if edges < (cx.settings.max_depth as usize).max(1) || test_code::is_test(cx) {
                continue;
            }
            let names = names(cx, &chain);
            let mut finding = sink.report(
                cx.file.absolute(cx.item_index, definition.name_range),
                stmt.0,
                format!(
                    "`{}` inherits through {edges} {} of this project",
                    definition.name,
                    if edges == 1 { "class" } else { "classes" }
                ),
            );
            finding = finding
                .note(note(&names, cx.settings.max_depth))
                .help("describe what callers need in a `Protocol`, and replace shared base classes with composition");
            for (at, ancestor) in chain.iter().enumerate().skip(1) {
                let (Some(definition), Some(file)) = (cx.inference.class(*ancestor), cx.inference.file(ancestor.file))
                else {
                    continue;
                };
                let message = match names.get(at + 1) {
                    Some(next) => format!("`{}` inherits from `{next}`", names[at]),
                    None => "root of the chain".to_owned(),
                };
                finding = finding.related(Related::new(
                    ancestor.file,
                    file.absolute(ancestor.item, definition.name_range),
                    message,
                ));
            }
        }
    }
}

/// The classes' names, each with its module where two have the same one.
fn names(cx: &CheckContext<'_>, chain: &[ClassRef]) -> Vec<String> {
    let plain = |one: &ClassRef| cx.inference.class(*one).map_or("", |definition| definition.name.as_str());
    let qualified = |one: &ClassRef| {
        let name = plain(one);
        if chain.iter().filter(|other| plain(other) == name).count() == 1 {
            return name.to_owned();
        }
        let module = cx.inference.file(one.file).and_then(|file| Path::new(&*file.path).file_stem()?.to_str());
        module.map_or_else(|| name.to_owned(), |module| format!("{module}.{name}"))
    };
    chain.iter().map(qualified).collect()
}

/// The chain, and the limit where there is room for it.
fn note(names: &[String], max_depth: u32) -> String {
    let chain = shown(names);
    let whole = format!("{chain}; reported from `max-depth = {max_depth}` on");
    if whole.chars().count() <= MAX_LINE { whole } else { chain }
}

/// The chain for a note: where it is too long, its first classes and the last one.
fn shown(names: &[String]) -> String {
    const ROOM: usize = 75;
    let joined = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ");
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let [first @ .., last] = all.as_slice() else { return String::new() };
    let mut shown = joined(&all);
    for kept in (1..first.len()).rev() {
        if shown.len() <= ROOM {
            break;
        }
        shown = format!("{} -> ... -> `{last}`", joined(&first[..kept]));
    }
    shown
}
