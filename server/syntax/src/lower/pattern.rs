//! `match` patterns, as far as pyteam reads them: which literals a case compares with and what it binds.

use super::Lowerer;
use crate::kinds::{Field, NodeKind};
use crate::tree::{Case, Expr, ExprId};

impl Lowerer<'_, '_> {
    /// A `case` clause.
    pub(super) fn case(&mut self) -> Case {
        let range = self.range();
        let mut case = Case { patterns: Box::default(), wildcard: false, guard: None, body: Box::default(), range };
        let mut patterns = Vec::new();
        let mut top = Vec::new();
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Guard, _) => case.guard = Some(this.only_child()),
            (Field::Consequence, _) => case.body = this.block(),
            (_, NodeKind::CasePattern) => {
                top.push(this.node_text().to_owned());
                this.pattern(&mut patterns);
            }
            _ => {}
        });
        // A lone name or `_` matches everything.
        case.wildcard = case.guard.is_none()
            && matches!(top.as_slice(), [one] if one.chars().all(|c| c.is_alphanumeric() || c == '_'))
            && matches!(patterns.as_slice(), [] | [_])
            && patterns.iter().all(|id: &ExprId| matches!(self.exprs[id.0 as usize].kind, Expr::Name(_)));
        case.patterns = patterns.into();
        case
    }

    fn pattern(&mut self, found: &mut Vec<ExprId>) {
        self.each_child(|this, kind| match kind {
            NodeKind::String
            | NodeKind::ConcatenatedString
            | NodeKind::Integer
            | NodeKind::Float
            | NodeKind::True
            | NodeKind::False => {
                found.push(this.expr());
            }
            NodeKind::None | NodeKind::DottedName | NodeKind::Identifier => found.push(this.expr()),
            _ if this.node().is_named() => this.pattern(found),
            _ => {}
        });
    }
}
