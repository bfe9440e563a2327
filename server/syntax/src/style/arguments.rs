//! The one editor of arguments: of a call, or of the bases of a class. Quotes, comments and the layout stay.

use text_size::{TextRange, TextSize};

use crate::document::Parsed;
use crate::edit::TextEdit;
use crate::tree::{Arg, ArgKind, Class, Expr, ExprId, Item};

/// Passes, replaces and drops arguments of one list.
pub struct ArgumentEditor<'a> {
    parsed: &'a Parsed,
    item: &'a Item,
    /// Where the item starts.
    start: TextSize,
    args: &'a [Arg],
    /// The list with its parentheses, in the file.
    parens: TextRange,
    /// How much further other edits will indent the list's lines.
    shift: &'a str,
}

impl<'a> ArgumentEditor<'a> {
    /// The arguments of `call`, an expression of the `index`-th item; `None` unless it is a call.
    pub fn of_call(parsed: &'a Parsed, index: u32, call: ExprId) -> Option<Self> {
        let slot = parsed.items.get(index as usize)?;
        let Expr::Call { args, .. } = slot.item.expr(call) else { return None };
        let parens = slot.item.call_parens(call) + slot.start;
        Some(Self { parsed, item: &slot.item, start: slot.start, args, parens, shift: "" })
    }

    /// The bases and keywords of a class of the `index`-th item; `None` where it has no parentheses.
    pub fn of_class(parsed: &'a Parsed, index: u32, class: &'a Class) -> Option<Self> {
        let slot = parsed.items.get(index as usize)?;
        let parens = class.parens? + slot.start;
        Some(Self { parsed, item: &slot.item, start: slot.start, args: &class.args, parens, shift: "" })
    }

    /// The same for lines that other edits indent by `shift` more.
    #[must_use]
    pub fn shifted(self, shift: &'a str) -> Self {
        Self { shift, ..self }
    }

    /// Passes `value` as the argument `name`: what is passed already, by name or at `position`, is replaced, and else a
    /// keyword argument is added. `None` where none can be added.
    pub fn set(&self, (name, position): (&str, Option<usize>), value: &str) -> Option<TextEdit> {
        let mut positional = 0;
        for arg in self.args {
            let passes = match arg.kind {
                ArgKind::Keyword(keyword) => keyword == name,
                ArgKind::Positional => {
                    positional += 1;
                    position.is_some_and(|position| positional == position + 1)
                }
                ArgKind::Star | ArgKind::DoubleStar => false,
            };
            if passes {
                return Some(TextEdit::replace(self.item.expr_range(arg.value) + self.start, value));
            }
        }
        self.insert(&format!("{name}={value}"))
    }

    /// Adds `argument` (`timeout=1.0`) behind the last one, on a line of its own where there is one argument a line.
    /// `None` where the list does not close, or a bare generator is its argument.
    pub fn insert(&self, argument: &str) -> Option<TextEdit> {
        let (source, start) = (&self.parsed.source, self.start);
        let text = source.slice(self.parens);
        if !text.starts_with('(') || !text.ends_with(')') || text.len() < 2 {
            return None;
        }
        let close = self.parens.end() - TextSize::new(1);
        let Some(last) = self.args.iter().max_by_key(|arg| arg.range.end()) else {
            return Some(TextEdit::insert(close, argument));
        };
        if self.is_bare_generator(last) {
            return None;
        }
        // Behind `**kwargs` a keyword may stand, so the end is always the right place.
        let end = last.range.end() + start;
        let tail = source.slice(TextRange::new(end, close));
        let comma = tail.find(',').filter(|at| !tail[..*at].contains('#'));
        let lines = source.lines();
        let closes_below = lines.line_of(end) != lines.line_of(close);
        let own_line = closes_below && lines.line_of(last.range.start() + start) != lines.line_of(self.parens.start());
        Some(match (comma, own_line) {
            (Some(comma), true) => {
                let comma = end + TextSize::new(comma as u32 + 1);
                // Behind a comment that belongs to the last argument.
                let line_end = lines.line_range(source.as_str(), lines.line_of(comma)).end();
                let rest = source.slice(TextRange::new(comma, line_end)).trim_start();
                let at = if rest.starts_with('#') { line_end } else { comma };
                let indent = super::indent_of(source, last.range.start() + start);
                TextEdit::insert(at, format!("{}{}{indent}{argument},", super::newline(source), self.shift))
            }
            // The last comma stays the last.
            (Some(_), false) if closes_below => TextEdit::insert(end, format!(", {argument}")),
            (Some(comma), false) => TextEdit::insert(end + TextSize::new(comma as u32 + 1), format!(" {argument}")),
            (None, _) => TextEdit::insert(end, format!(", {argument}")),
        })
    }

    /// `f(x for x in y)` takes no second argument without parentheses of its own.
    fn is_bare_generator(&self, last: &Arg) -> bool {
        let range = last.range + self.start;
        let is_comprehension = matches!(self.item.expr(last.value), Expr::Comprehension(_));
        self.args.len() == 1
            && (range == self.parens
                || is_comprehension
                    && last.kind == ArgKind::Positional
                    && !self.parsed.source.slice(range).starts_with(['[', '{', '(']))
    }

    /// Drops the `at`-th argument with one of its commas; of a single one, all that is between the parentheses. `None`
    /// where a comment would go with it.
    pub fn remove(&self, at: usize) -> Option<TextEdit> {
        let arg = self.args.get(at)?;
        let range = if let Some(before) = at.checked_sub(1) {
            TextRange::new(self.args[before].range.end(), arg.range.end()) + self.start
        } else if let Some(next) = self.args.get(1) {
            TextRange::new(arg.range.start(), next.range.start()) + self.start
        } else {
            TextRange::new(self.parens.start() + TextSize::new(1), self.parens.end() - TextSize::new(1))
        };
        let has_comment = self.parsed.comments.iter().any(|comment| range.intersect(*comment).is_some());
        (!has_comment).then(|| TextEdit::delete(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ParseLimits, parse};
    use crate::edit::apply;
    use crate::source::SourceText;

    fn edited(text: &str, edit: impl Fn(ArgumentEditor<'_>) -> Option<TextEdit>) -> Option<String> {
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        let item = &parsed.items[0].item;
        let call = item.expr_ids().find(|id| matches!(item.expr(*id), Expr::Call { .. }))?;
        apply(text, &[edit(ArgumentEditor::of_call(&parsed, 0, call)?)?]).ok()
    }

    fn insert(text: &str) -> Option<String> {
        edited(text, |editor| editor.insert("t=1"))
    }

    fn set(text: &str) -> Option<String> {
        edited(text, |editor| editor.shifted("  ").set(("t", Some(1)), "1"))
    }

    fn remove(text: &str, at: usize) -> Option<String> {
        edited(text, |editor| editor.remove(at))
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
        assert_eq!(insert("f()\n").as_deref(), Some("f(t=1)\n"));
        assert_eq!(insert("f( a )\n").as_deref(), Some("f( a, t=1 )\n"));
        assert_eq!(insert("f(a,)\n").as_deref(), Some("f(a, t=1)\n"));
        assert_eq!(
            insert("f(\n    a,  # first\n    b,\n)\n").as_deref(),
            Some("f(\n    a,  # first\n    b,\n    t=1,\n)\n")
        );
        assert_eq!(
            insert("f(\n    a,\n    b,  # why\n)\n").as_deref(),
            Some("f(\n    a,\n    b,  # why\n    t=1,\n)\n")
        );
        assert_eq!(insert("f(\n    a,\n    b\n)\n").as_deref(), Some("f(\n    a,\n    b, t=1\n)\n"));
        assert_eq!(insert("f(a,  # why\n)\n").as_deref(), Some("f(a, t=1,  # why\n)\n"));
        assert_eq!(insert("f(x for x in y)\n"), None);
    }

    #[test]
    fn an_argument_goes_with_one_of_its_commas() {
        assert_eq!(remove("f(a)\n", 0).as_deref(), Some("f()\n"));
        assert_eq!(remove("f(a,)\n", 0).as_deref(), Some("f()\n"));
        assert_eq!(remove("f(a, b, c)\n", 0).as_deref(), Some("f(b, c)\n"));
        assert_eq!(remove("f(a, b, c)\n", 1).as_deref(), Some("f(a, c)\n"));
        assert_eq!(remove("f(\n    a,\n    b=1,\n)\n", 1).as_deref(), Some("f(\n    a,\n)\n"));
        assert_eq!(remove("f(\n    a,  # why\n    b,\n)\n", 1), None);
    }
}
