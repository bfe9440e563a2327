#![doc = include_str!("deep_inheritance.md")]

mod chain;

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
            let name = |one: &ClassRef| cx.inference.class(*one).map_or("", |definition| definition.name.as_str());
            let names: Vec<&str> = chain.iter().map(name).collect();
            let mut finding = sink.report(
                cx.file.absolute(cx.item_index, definition.name_range),
                stmt.0,
                format!(
                    "`{}` stands on {edges} classes of this project (`{}`): to know what a method does, {} places have to be read",
                    definition.name,
                    names.join("` -> `"),
                    edges + 1
                ),
            );
            finding = finding.help("say what callers need in a `Protocol`, hold what is shared as a part, and let this class implement it directly");
            for (at, ancestor) in chain.iter().enumerate().skip(1) {
                let (Some(definition), Some(file)) = (cx.inference.class(*ancestor), cx.inference.file(ancestor.file))
                else {
                    continue;
                };
                let message = match names.get(at + 1) {
                    Some(next) => format!("`{}` derives from `{next}`", names[at]),
                    None => format!("`{}`, where the chain starts", names[at]),
                };
                finding = finding.related(Related {
                    file: ancestor.file,
                    range: file.absolute(ancestor.item, definition.name_range),
                    message,
                });
            }
        }
    }
}
