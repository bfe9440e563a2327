#![doc = include_str!("message_missing_literal_tag.md")]

mod construction;
mod repair;
mod taken;

use pyteam_channels::tags::{self, Record};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::infer::types::Type;
use pyteam_syntax::{Expr, ExprId, Name, Stmt};

/// See the page.
pub struct MessageMissingLiteralTag;

/// Why it matters: a `TypedDict` is a plain dict when the program runs.
const NOTE: &str = "a consumer cannot tell the messages apart";

impl Rule for MessageMissingLiteralTag {
    fn page(&self) -> &Page {
        crate::page!("message_missing_literal_tag")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for id in cx.item.expr_ids() {
            let Some(records) = untagged(cx, id) else { continue };
            // The tag that most of them have, if any has one.
            let tag = most_common(&records);
            let lacking: Vec<&Record> =
                records.iter().filter(|one| tag.is_none_or(|tag| one.literals(tag).is_none())).collect();
            let message = match tag {
                Some(tag) => {
                    let have = if lacking.len() == 1 { "has" } else { "have" };
                    format!("{} of {} message types {have} no `Literal` tag `{tag}`", lacking.len(), records.len())
                }
                None => format!("the {} message types share no `Literal` tag", records.len()),
            };
            let name = repair::name(&records, tag).map_or("type", Name::as_str);
            let help = format!("give each type a field such as `{name}: Literal[\"frame\"]`, each with its own value");
            let offers = repair::fix(cx, &records, tag).is_some();
            let mut finding = sink.report(cx.range(id), id.0, message).note(NOTE).help(help);
            for record in lacking {
                let Some((file, item, _)) = cx.inference.item(record.class.file, record.class.item) else { continue };
                if let Stmt::Class(class) = item.stmt(record.class.stmt) {
                    let range = file.absolute(record.class.item, class.name_range);
                    let message = "no tag here".to_owned();
                    finding = finding.related(Related::new(file.id, range, message));
                }
            }
            if offers {
                finding.fix(repair::TITLE, Applicability::Unsafe);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let Some(records) = untagged(cx, ExprId(finding.anchor.node)) else { return Vec::new() };
        repair::fix(cx, &records, most_common(&records)).into_iter().collect()
    }
}

/// The messages of the queue type `expr`, where there are several that have no tag in common.
fn untagged(cx: &CheckContext<'_>, expr: ExprId) -> Option<Vec<Record>> {
    let index = element(cx, expr)?;
    let types = cx.inference.annotation(cx.site(index));
    let records = tags::records(cx.inference, &types)?;
    (records.len() > 1 && tags::tag(&records).is_none()).then_some(records)
}

/// What the queue type `expr`, which is part of an annotation, says that it carries.
fn element(cx: &CheckContext<'_>, expr: ExprId) -> Option<ExprId> {
    let Expr::Subscript { value, index } = cx.item.expr(expr) else { return None };
    let (Expr::Name(name) | Expr::Attribute { attr: name, .. }) = cx.item.expr(*value) else { return None };
    if !name.as_str().ends_with("Queue") || !is_annotation(cx, expr) {
        return None;
    }
    let site = cx.site(expr);
    let types = cx.inference.annotation(site);
    let is_queue = matches!(types.as_slice(), [Type::Instance { class, .. }]
        if class.as_str().ends_with("Queue") && matches!(class.as_str().split('.').next(), Some("queue" | "multiprocessing" | "asyncio")));
    is_queue.then_some(*index)
}

fn is_annotation(cx: &CheckContext<'_>, expr: ExprId) -> bool {
    let stmt = cx.item.enclosing_stmt(expr);
    let inside = |annotation: ExprId| cx.item.expr_range(annotation).contains_range(cx.item.expr_range(expr));
    match cx.item.stmt(stmt) {
        Stmt::AnnAssign { annotation, .. } => inside(*annotation),
        Stmt::Function(function) => {
            function.params.iter().filter_map(|param| param.annotation).chain(function.returns).any(inside)
        }
        _ => false,
    }
}

fn most_common(records: &[Record]) -> Option<Name> {
    let mut tags: Vec<(usize, &str, Name)> = Vec::new();
    for (name, _) in records.iter().flat_map(|record| &record.fields).filter(|(_, literals)| literals.is_some()) {
        let count = records.iter().filter(|record| record.literals(*name).is_some()).count();
        tags.push((count, name.as_str(), *name));
    }
    tags.into_iter().max_by(|a, b| (a.0, b.1).cmp(&(b.0, a.1))).map(|(_, _, name)| name)
}
