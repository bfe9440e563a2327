#![doc = include_str!("protocol_not_satisfied.md")]

mod judge;
mod passes;
mod repair;

use pyteam_display::MAX_HEADLINE;
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Severity, Sink};
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::infer::Type;
use pyteam_syntax::{Expr, ExprId};

use self::judge::Lack;
use self::passes::Pass;
use crate::shared::test_code;

/// See the page.
pub struct ProtocolNotSatisfied;

/// More missing methods than this are counted, and not named.
const MAX_METHODS: usize = 3;

impl Rule for ProtocolNotSatisfied {
    fn page(&self) -> &Page {
        crate::page!("protocol_not_satisfied")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let mut said: Vec<(ClassRef, ClassRef)> = Vec::new();
        for pass in passes::of(cx) {
            let Some((class, lacks)) = lacking(cx, &pass) else { continue };
            // One finding for a class says it; and a line that silences the type checker is meant so.
            if said.contains(&(class, pass.protocol)) || is_silenced(cx, pass.value) {
                continue;
            }
            said.push((class, pass.protocol));
            // The repair asks what names mean in the files of the class and the protocol.
            cx.whole_workspace();
            let severity = if test_code::is_test(cx) { Severity::Hint } else { Severity::Warning };
            let offers = repair::repair(cx, class, &lacks).is_some();
            let mut finding = sink
                .report(cx.range(pass.value), pass.value.0, message(cx, class, pass.protocol, &lacks))
                .severity(severity)
                .note(note(&lacks))
                .help(help(cx, class, &lacks));
            for lack in lacks.iter().take(5) {
                let (function, said) = match lack {
                    Lack::Missing(wanted) => (*wanted, "required here"),
                    Lack::Arity { own, .. } => (*own, "defined here"),
                };
                if let (Some(definition), Some(file)) =
                    (cx.inference.function(function), cx.inference.file(function.file))
                {
                    let range = file.absolute(function.item, definition.name_range);
                    finding = finding.related(Related::new(file.id, range, said));
                }
            }
            if offers {
                finding.fix(repair::TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let value = ExprId(finding.anchor.node);
        let pass = passes::of(cx).into_iter().find(|pass| pass.value == value && lacking(cx, pass).is_some());
        let found = pass.and_then(|pass| lacking(cx, &pass));
        found.and_then(|(class, lacks)| repair::repair(cx, class, &lacks)).into_iter().collect()
    }
}

/// What the value lacks, where it is certainly made by calling one class.
fn lacking(cx: &CheckContext<'_>, pass: &Pass) -> Option<(ClassRef, Vec<Lack>)> {
    let types = cx.inference.expr(cx.site(pass.value));
    let mut all = types.non_none();
    let (Some(Type::Object(class, Some(made))), None) = (all.next(), all.next()) else { return None };
    // What is only declared may be an object of a class derived from it.
    let (_, item, _) = cx.inference.item(made.file, made.item)?;
    if !matches!(item.expr(made.expr), Expr::Call { .. }) {
        return None;
    }
    let lacks = judge::lacks(cx, *class, pass.protocol)?;
    (!lacks.is_empty()).then_some((*class, lacks))
}

/// `# type: ignore` in the value's lines.
fn is_silenced(cx: &CheckContext<'_>, value: ExprId) -> bool {
    let (source, range) = (cx.file.source(), cx.range(value));
    let lines = source.lines();
    (lines.line_of(range.start())..=lines.line_of(range.end())).any(|line| {
        let text = source.line_text(line);
        text.contains("type: ignore") || text.contains("pyright: ignore") || text.contains("ty: ignore")
    })
}

fn message(cx: &CheckContext<'_>, class: ClassRef, protocol: ClassRef, lacks: &[Lack]) -> String {
    let name = |class: ClassRef| cx.inference.class(class).map_or("", |one| one.name.as_str());
    let called = |function: &FunctionRef| {
        let name = cx.inference.function(*function).map_or("", |one| one.name.as_str());
        format!("`{name}`")
    };
    let missing: Vec<String> =
        lacks.iter().filter_map(|lack| if let Lack::Missing(one) = lack { Some(called(one)) } else { None }).collect();
    let other: Vec<String> = lacks
        .iter()
        .filter_map(|lack| if let Lack::Arity { own, says, .. } = lack { Some((own, says)) } else { None })
        .map(|(own, says)| format!("{} {says}", called(own)))
        .collect();
    let mut parts = Vec::new();
    if !missing.is_empty() {
        let methods = if missing.len() == 1 { "method" } else { "methods" };
        let more = missing.len().saturating_sub(MAX_METHODS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(format!("missing {methods} {}{more}", missing[..missing.len().min(MAX_METHODS)].join(", ")));
    }
    parts.extend(other);
    let mut text = format!("`{}` does not satisfy `{}`: {}", name(class), name(protocol), parts[0]);
    for (at, part) in parts.iter().enumerate().skip(1) {
        let rest = format!("; and {} more", parts.len() - at);
        let is_last = at + 1 == parts.len();
        if text.len() + 2 + part.len() + if is_last { 0 } else { rest.len() } > MAX_HEADLINE {
            text.push_str(&rest);
            break;
        }
        text.push_str(&format!("; {part}"));
    }
    text
}

/// What happens, as far as it is certain: a caller may leave out an argument that the protocol allows.
fn note(lacks: &[Lack]) -> String {
    let is_missing = |lack: &&Lack| matches!(lack, Lack::Missing(_));
    let them = if lacks.len() == 1 { "it" } else { "them" };
    let raises = match lacks.iter().filter(is_missing).count() {
        0 => "can raise `TypeError`",
        all if all == lacks.len() => "raises `AttributeError`",
        _ => "raises `AttributeError`, or can raise `TypeError`",
    };
    format!("calling {them} through the protocol {raises}")
}

fn help(cx: &CheckContext<'_>, class: ClassRef, lacks: &[Lack]) -> String {
    let name = cx.inference.class(class).map_or("", |one| one.name.as_str());
    if lacks.iter().any(|lack| matches!(lack, Lack::Arity { .. })) {
        "match the protocol's parameters, or change the protocol".to_owned()
    } else {
        let methods = if lacks.len() == 1 { "method" } else { "methods" };
        format!("add the missing {methods} to `{name}`, or accept a smaller protocol here")
    }
}
