#![doc = include_str!("base_class_should_be_protocol.md")]

use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::definitions::ClassRef;
use pyteam_index::snapshot::is_test_path;
use pyteam_refactors::convert_to_protocol::{ClassUses, Interface, Plan, TITLE, drifted};
use pyteam_syntax::StmtId;

/// See the page.
pub struct BaseClassShouldBeProtocol;

/// A list of more implementers than this is not read.
const MAX_RELATED: usize = 12;

impl Rule for BaseClassShouldBeProtocol {
    fn page(&self) -> &Page {
        crate::page!("base_class_should_be_protocol")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let facts = cx.facts();
        if facts.classes.is_empty() || is_test_path(&cx.file.path) {
            return;
        }
        for stmt in &facts.classes {
            let class = ClassRef { file: cx.file.id, item: cx.item_index, stmt: *stmt };
            let Some(interface) = Interface::of(cx, class) else { continue };
            let children = cx.inference.subclasses(class);
            if children.is_empty() {
                continue;
            }
            // Any file may use the class in a way that forbids the change.
            cx.whole_workspace();
            let uses = ClassUses::of(cx, class, &children, &interface);
            if uses.forbid {
                continue;
            }
            let Some(definition) = cx.inference.class(class) else { continue };
            // What a reader of the code would argue about is whispered.
            let is_mixin = definition.name.as_str().ends_with("Mixin");
            let is_arguable = is_mixin
                || interface.abstract_init
                || !interface.no_ops.is_empty()
                || uses.dispatches
                || uses.type_tests.len() > 1;
            let plan = Plan::of(cx, class, &interface, &children, &uses);
            let offers = plan.is_some_and(|plan| plan.fix(cx).is_some());
            let mut finding = sink.report(
                cx.file.absolute(cx.item_index, definition.name_range),
                stmt.0,
                match interface.methods.len() {
                    1 => format!("`{}` does not implement its only method", definition.name),
                    more => format!("`{}` implements none of its {more} methods", definition.name),
                },
            );
            let methods = if interface.methods.len() == 1 { "this method" } else { "these methods" };
            finding = finding
                .note(format!(
                    "an interface by inheritance accepts subclasses alone; a `Protocol` accepts any class with {methods}"
                ))
                .help("declare it as a `typing.Protocol`");
            if is_arguable {
                finding = finding.severity(Severity::Hint);
            }
            for child in children.iter().take(MAX_RELATED) {
                let (Some(definition), Some(file)) = (cx.inference.class(*child), cx.inference.file(child.file)) else {
                    continue;
                };
                let range = file.absolute(child.item, definition.name_range);
                let drifted = drifted(cx, &interface, *child);
                let message = if drifted.is_empty() {
                    "implemented here".to_owned()
                } else {
                    format!("implemented here with a different signature: {}", drifted.join(", "))
                };
                finding = finding.related(Related::new(child.file, range, message));
            }
            if offers {
                finding.fix(TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let class = ClassRef { file: cx.file.id, item: cx.item_index, stmt: StmtId(finding.anchor.node) };
        let Some(interface) = Interface::of(cx, class) else { return Vec::new() };
        let children = cx.inference.subclasses(class);
        let uses = ClassUses::of(cx, class, &children, &interface);
        Plan::of(cx, class, &interface, &children, &uses).and_then(|plan| plan.fix(cx)).into_iter().collect()
    }
}
