//! Parameters and annotations.

use text_size::{TextRange, TextSize};

use super::Lowerer;
use crate::annotation::{self, Annotation, AnnotationKind};
use crate::kinds::{Field, NodeKind};
use crate::name::Name;
use crate::tree::{Expr, ExprId, Param, ParamKind, StrLit};

impl Lowerer<'_, '_> {
    /// The parameters of a function or lambda.
    pub(super) fn parameters(&mut self) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        let mut keyword_only = false;
        self.each_child(|this, kind| {
            match kind {
                NodeKind::PositionalSeparator => {
                    params.iter_mut().for_each(|param| param.kind = ParamKind::PositionalOnly);
                    return;
                }
                NodeKind::KeywordSeparator => {
                    keyword_only = true;
                    return;
                }
                _ if !this.node().is_named() || kind == NodeKind::Error => return,
                _ => {}
            }
            let mut param = this.parameter(kind);
            keyword_only |= param.kind == ParamKind::Star;
            if keyword_only && param.kind == ParamKind::Normal {
                param.kind = ParamKind::KeywordOnly;
            }
            params.push(param);
        });
        params
    }

    fn parameter(&mut self, kind: NodeKind) -> Param {
        let range = self.range();
        let mut param = Param { name: Name::new(""), range, kind: ParamKind::Normal, annotation: None, default: None };
        match kind {
            NodeKind::Identifier => param.name = self.name(),
            NodeKind::ListSplatPattern | NodeKind::DictionarySplatPattern => {
                param.kind = splat(kind);
                param.name = self.inner_name();
            }
            _ => self.each_field(|this, field, kind| match (field, kind) {
                (Field::Type, _) => param.annotation = Some(this.annotation()),
                (Field::Value, _) => param.default = Some(this.expr()),
                (_, NodeKind::Identifier) => param.name = this.name(),
                (_, NodeKind::ListSplatPattern | NodeKind::DictionarySplatPattern) => {
                    param.kind = splat(kind);
                    param.name = this.inner_name();
                }
                _ => {}
            }),
        }
        param
    }

    fn inner_name(&mut self) -> Name {
        let mut name = Name::new("");
        self.each_child(|this, kind| {
            if kind == NodeKind::Identifier {
                name = this.name();
            }
        });
        name
    }

    /// An annotation: like an expression, but strings in it are types too.
    pub(super) fn annotation(&mut self) -> ExprId {
        let expr = self.expr();
        self.unquote(expr, 0)
    }

    /// Replaces quoted types in `expr` by what they say.
    fn unquote(&mut self, expr: ExprId, depth: u32) -> ExprId {
        if depth > 20 {
            return expr;
        }
        let range = self.exprs[expr.0 as usize].range;
        match self.exprs[expr.0 as usize].kind.clone() {
            Expr::Str(StrLit { value: Some(value), bytes: false }) => {
                let text = value.as_str();
                // The value's place is known only where it stands in the source letter by letter.
                let written = &self.text[self.base + usize::from(range.start())..self.base + usize::from(range.end())];
                match (annotation::parse(text), written.find(text)) {
                    (Some(parsed), Some(at)) => self.place(&parsed, range.start() + TextSize::new(at as u32)),
                    _ => expr,
                }
            }
            Expr::Subscript { value, index } if !self.is_literal(value) => {
                let index = match self.exprs[index.0 as usize].kind.clone() {
                    Expr::Tuple(items) => {
                        let items = items.iter().map(|item| self.unquote(*item, depth + 1)).collect();
                        self.exprs[index.0 as usize].kind = Expr::Tuple(items);
                        index
                    }
                    _ => self.unquote(index, depth + 1),
                };
                self.exprs[expr.0 as usize].kind = Expr::Subscript { value, index };
                expr
            }
            Expr::Binary { left, op, right } => {
                let (left, right) = (self.unquote(left, depth + 1), self.unquote(right, depth + 1));
                self.exprs[expr.0 as usize].kind = Expr::Binary { left, op, right };
                expr
            }
            _ => expr,
        }
    }

    /// Whether `expr` is `Literal`, whose strings are values.
    fn is_literal(&self, expr: ExprId) -> bool {
        match self.exprs[expr.0 as usize].kind {
            Expr::Name(name) | Expr::Attribute { attr: name, .. } => name == "Literal",
            _ => false,
        }
    }

    fn place(&mut self, parsed: &Annotation, offset: TextSize) -> ExprId {
        let range: TextRange = parsed.range + offset;
        let kind = match &parsed.kind {
            AnnotationKind::Name(name) => Expr::Name(*name),
            AnnotationKind::Attribute(value, attr) => Expr::Attribute { value: self.place(value, offset), attr: *attr },
            AnnotationKind::Subscript(value, items) => {
                let value = self.place(value, offset);
                let mut items: Vec<ExprId> = items.iter().map(|item| self.place(item, offset)).collect();
                let index =
                    if items.len() == 1 { items.remove(0) } else { self.push(Expr::Tuple(items.into()), range) };
                Expr::Subscript { value, index }
            }
            AnnotationKind::Union(left, right) => {
                let (left, right) = (self.place(left, offset), self.place(right, offset));
                Expr::Binary { left, op: Name::new("|"), right }
            }
            AnnotationKind::List(items) => Expr::List(items.iter().map(|item| self.place(item, offset)).collect()),
            AnnotationKind::Str(text) => Expr::Str(StrLit { value: Some(*text), bytes: false }),
            AnnotationKind::Int(value) => Expr::Int(Some(*value)),
            AnnotationKind::None => Expr::None,
            AnnotationKind::Ellipsis => Expr::Ellipsis,
        };
        self.push(kind, range)
    }
}

fn splat(kind: NodeKind) -> ParamKind {
    if kind == NodeKind::ListSplatPattern { ParamKind::Star } else { ParamKind::DoubleStar }
}
