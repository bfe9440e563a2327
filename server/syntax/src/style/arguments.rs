//! Passing an argument in a call: in place of the one that is there, or behind the last one.

use text_size::{TextRange, TextSize};

use crate::edit::TextEdit;
use crate::source::SourceText;
use crate::tree::{ArgKind, Expr, ExprId, Item};

/// Passes `value` as the argument `name` of `call`: what is passed already, by name or at `position`, is replaced,
/// and else a keyword argument is added. `shift` is how much further the call's lines will be indented by other
/// edits. Nothing where no argument can be added.
pub fn set_argument(
    source: &SourceText,
    item: &Item,
    start: TextSize,
    call: ExprId,
    (name, position): (&str, Option<usize>),
    value: &str,
    shift: &str,
) -> Option<TextEdit> {
    let Expr::Call { args, .. } = item.expr(call) else { return None };
    let mut positional = 0;
    for arg in args {
        let passes = match arg.kind {
            ArgKind::Keyword(keyword) => keyword == name,
            ArgKind::Positional => {
                positional += 1;
                position.is_some_and(|position| positional == position + 1)
            }
            ArgKind::Star | ArgKind::DoubleStar => false,
        };
        if passes {
            return Some(TextEdit::replace(item.expr_range(arg.value) + start, value));
        }
    }
    add(source, item, start, call, &format!("{name}={value}"), shift)
}

/// Adds the keyword argument `argument` (`timeout=1.0`) behind the last one of `call`, on a line of its own where
/// the call has one argument a line. Nothing where `call` is no call, its list does not close, or a bare
/// generator is its argument.
pub fn add_keyword(
    source: &SourceText,
    item: &Item,
    start: TextSize,
    call: ExprId,
    argument: &str,
) -> Option<TextEdit> {
    add(source, item, start, call, argument, "")
}

fn add(
    source: &SourceText,
    item: &Item,
    start: TextSize,
    call: ExprId,
    argument: &str,
    shift: &str,
) -> Option<TextEdit> {
    let Expr::Call { args, .. } = item.expr(call) else { return None };
    let parens: TextRange = item.call_parens(call) + start;
    let text = source.slice(parens);
    if !text.starts_with('(') || !text.ends_with(')') || text.len() < 2 {
        return None;
    }
    let close = parens.end() - TextSize::new(1);
    let Some(last) = args.iter().max_by_key(|arg| arg.range.end()) else {
        return Some(TextEdit::insert(close, argument));
    };
    // `f(x for x in y)` would need parentheses around its generator.
    let is_bare_generator = args.len() == 1 && last.range + start == parens;
    if is_bare_generator
        || (args.len() == 1
            && matches!(item.expr(last.value), Expr::Comprehension(_))
            && last.kind == ArgKind::Positional
            && !source.slice(last.range + start).starts_with(['[', '{', '(']))
    {
        return None;
    }
    // Behind `**kwargs` a keyword may stand, so the end is always the right place.
    let end = last.range.end() + start;
    let tail = source.slice(TextRange::new(end, close));
    let comma = tail.find(',').filter(|at| !tail[..*at].contains('#'));
    let lines = source.lines();
    let own_line = lines.line_of(end) != lines.line_of(close)
        && lines.line_of(last.range.start() + start) != lines.line_of(parens.start());
    match (comma, own_line) {
        (Some(comma), true) => {
            let comma = end + TextSize::new(comma as u32 + 1);
            // Behind a comment that belongs to the last argument.
            let line_end = lines.line_range(source.as_str(), lines.line_of(comma)).end();
            let rest = source.slice(TextRange::new(comma, line_end)).trim_start();
            let at = if rest.starts_with('#') { line_end } else { comma };
            let indent = super::indent_of(source, last.range.start() + start);
            Some(TextEdit::insert(at, format!("{}{shift}{indent}{argument},", super::newline(source))))
        }
        (Some(comma), false) => Some(TextEdit::insert(end + TextSize::new(comma as u32 + 1), format!(" {argument}"))),
        (None, _) => Some(TextEdit::insert(end, format!(", {argument}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ParseLimits, parse};
    use crate::edit::apply;

    fn add(text: &str) -> Option<String> {
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        let slot = &parsed.items[0];
        let call = slot.item.expr_ids().find(|id| matches!(slot.item.expr(*id), Expr::Call { .. }))?;
        let edit = add_keyword(&parsed.source, &slot.item, slot.start, call, "t=1")?;
        apply(text, &[edit]).ok()
    }

    fn set(text: &str) -> Option<String> {
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        let slot = &parsed.items[0];
        let call = slot.item.expr_ids().find(|id| matches!(slot.item.expr(*id), Expr::Call { .. }))?;
        let edit = set_argument(&parsed.source, &slot.item, slot.start, call, ("t", Some(1)), "1", "  ")?;
        apply(text, &[edit]).ok()
    }

    #[test]
    fn what_is_passed_is_replaced() {
        assert_eq!(set("f(t=None)\n").as_deref(), Some("f(t=1)\n"));
        assert_eq!(set("f(True, None)\n").as_deref(), Some("f(True, 1)\n"));
        assert_eq!(set("f(True)\n").as_deref(), Some("f(True, t=1)\n"));
        assert_eq!(set("f(\n  True,\n)\n").as_deref(), Some("f(\n  True,\n    t=1,\n)\n"));
    }

    #[test]
    fn layout_is_kept() {
        assert_eq!(add("f()\n").as_deref(), Some("f(t=1)\n"));
        assert_eq!(add("f( a )\n").as_deref(), Some("f( a, t=1 )\n"));
        assert_eq!(add("f(a,)\n").as_deref(), Some("f(a, t=1)\n"));
        assert_eq!(
            add("f(\n    a,  # first\n    b,\n)\n").as_deref(),
            Some("f(\n    a,  # first\n    b,\n    t=1,\n)\n")
        );
        assert_eq!(add("f(\n    a,\n    b,  # why\n)\n").as_deref(), Some("f(\n    a,\n    b,  # why\n    t=1,\n)\n"));
        assert_eq!(add("f(\n    a,\n    b\n)\n").as_deref(), Some("f(\n    a,\n    b, t=1\n)\n"));
        assert_eq!(add("f(x for x in y)\n"), None);
    }
}
