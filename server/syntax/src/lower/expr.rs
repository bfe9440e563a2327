//! Expressions.

use text_size::TextRange;

use super::Lowerer;
use crate::kinds::{Field, NodeKind};
use crate::name::Name;
use crate::tree::{Arg, ArgKind, Clause, Compare, Comprehension, ComprehensionKind, DictEntry, Expr, ExprId, Lambda};

impl Lowerer<'_, '_> {
    /// Lowers the expression at the cursor.
    pub(super) fn expr(&mut self) -> ExprId {
        let range = self.range();
        if self.depth >= super::MAX_DEPTH {
            return self.push(Expr::Error, range);
        }
        let kind = match self.kind() {
            NodeKind::Identifier | NodeKind::Underscore => Expr::Name(self.name()),
            NodeKind::DottedName => return self.dotted(),
            NodeKind::Integer => {
                let text = self.node_text().replace('_', "");
                Expr::Int(text.parse().ok())
            }
            NodeKind::Float => Expr::Float,
            NodeKind::True => Expr::Bool(true),
            NodeKind::False => Expr::Bool(false),
            NodeKind::None => Expr::None,
            NodeKind::Ellipsis => Expr::Ellipsis,
            NodeKind::String | NodeKind::ConcatenatedString => return self.string(),
            NodeKind::Attribute => self.attribute(),
            NodeKind::Call => self.call(),
            NodeKind::Subscript => self.subscript(),
            NodeKind::Parenthesized | NodeKind::Type | NodeKind::AsPatternTarget | NodeKind::ExpressionStatement => {
                return self.only_child();
            }
            NodeKind::Tuple | NodeKind::ExpressionList | NodeKind::PatternList | NodeKind::TuplePattern => {
                Expr::Tuple(self.items())
            }
            NodeKind::List | NodeKind::ListPattern => Expr::List(self.items()),
            NodeKind::Set => Expr::Set(self.items()),
            NodeKind::Dictionary => self.dict(),
            NodeKind::Pair => Expr::Error,
            NodeKind::ListSplat
            | NodeKind::ListSplatPattern
            | NodeKind::ParenthesizedListSplat
            | NodeKind::SplatType => Expr::Starred(self.only_child()),
            NodeKind::DictionarySplat => return self.only_child(),
            NodeKind::BinaryOperator => self.binary(),
            NodeKind::BooleanOperator => self.boolean(),
            NodeKind::NotOperator => Expr::Not(self.field_child(Field::Argument)),
            NodeKind::UnaryOperator => self.unary(),
            NodeKind::Comparison => self.compare(),
            NodeKind::Conditional => self.conditional(),
            NodeKind::Await => Expr::Await(self.only_child()),
            NodeKind::Yield => self.yield_(),
            NodeKind::Named => {
                let (target, value) = self.two(Field::Name, Field::Value);
                Expr::Walrus { target, value }
            }
            NodeKind::Slice => Expr::Slice(self.items()),
            NodeKind::Lambda => self.lambda(),
            NodeKind::ListComprehension => self.comprehension(ComprehensionKind::List),
            NodeKind::SetComprehension => self.comprehension(ComprehensionKind::Set),
            NodeKind::DictionaryComprehension => self.comprehension(ComprehensionKind::Dict),
            NodeKind::GeneratorExpression => self.comprehension(ComprehensionKind::Generator),
            NodeKind::GenericType => self.generic_type(),
            NodeKind::UnionType => self.union_type(),
            NodeKind::MemberType => self.member_type(),
            _ => Expr::Error,
        };
        self.push(kind, range)
    }

    /// The children that are expressions, whatever tokens stand between them.
    pub(super) fn items(&mut self) -> Box<[ExprId]> {
        let mut items = Vec::new();
        self.each_child(|this, _| {
            if this.node().is_named() {
                items.push(this.expr());
            }
        });
        items.into()
    }

    /// The one named child, or a tuple of several.
    pub(super) fn only_child(&mut self) -> ExprId {
        let range = self.range();
        let mut items = self.items().into_vec();
        match items.len() {
            0 => self.push(Expr::Error, range),
            1 => items.remove(0),
            _ => self.push(Expr::Tuple(items.into()), range),
        }
    }

    pub(super) fn field_child(&mut self, wanted: Field) -> ExprId {
        let mut found = None;
        self.each_field(|this, field, _| {
            if field == wanted && found.is_none() {
                found = Some(this.expr());
            }
        });
        self.or_error(found)
    }

    pub(super) fn two(&mut self, first: Field, second: Field) -> (ExprId, ExprId) {
        let (mut one, mut two) = (None, None);
        self.each_field(|this, field, _| {
            if field == first && one.is_none() {
                one = Some(this.expr());
            } else if field == second && two.is_none() {
                two = Some(this.expr());
            }
        });
        (self.or_error(one), self.or_error(two))
    }

    /// `a.b.c` where the grammar has it as one node (decorators, patterns).
    fn dotted(&mut self) -> ExprId {
        let start = self.range().start();
        let mut found: Option<ExprId> = None;
        self.each_child(|this, kind| {
            if kind == NodeKind::Identifier {
                let range = TextRange::new(start, this.range().end());
                let name = this.name();
                let next = match found {
                    None => Expr::Name(name),
                    Some(value) => Expr::Attribute { value, attr: name },
                };
                found = Some(this.push(next, range));
            }
        });
        self.or_error(found)
    }

    fn attribute(&mut self) -> Expr {
        let (mut value, mut attr) = (None, None);
        self.each_field(|this, field, _| match field {
            Field::Object => value = Some(this.expr()),
            Field::Attribute => attr = Some(this.name()),
            _ => {}
        });
        match attr {
            Some(attr) if !attr.as_str().is_empty() => Expr::Attribute { value: self.or_error(value), attr },
            _ => Expr::Error,
        }
    }

    fn call(&mut self) -> Expr {
        let (mut func, mut args, mut parens) = (None, Vec::new(), None);
        self.each_field(|this, field, kind| match field {
            Field::Function => func = Some(this.expr()),
            Field::Arguments => {
                parens = Some(this.range());
                if kind == NodeKind::GeneratorExpression {
                    let range = this.range();
                    let value = this.expr();
                    args.push(Arg { kind: ArgKind::Positional, value, range });
                } else {
                    args = this.arguments();
                }
            }
            _ => {}
        });
        let func = self.or_error(func);
        if let Some(parens) = parens {
            // The call itself is what is pushed next.
            self.parens.push((ExprId(self.exprs.len() as u32), parens));
        }
        Expr::Call { func, args: args.into() }
    }

    /// The arguments of a call or the bases of a class.
    pub(super) fn arguments(&mut self) -> Vec<Arg> {
        let mut args = Vec::new();
        self.each_child(|this, kind| {
            if !this.node().is_named() {
                return;
            }
            let range = this.range();
            let (kind, value) = match kind {
                NodeKind::KeywordArgument => this.keyword_argument(),
                NodeKind::ListSplat | NodeKind::ParenthesizedListSplat => (ArgKind::Star, this.only_child()),
                NodeKind::DictionarySplat => (ArgKind::DoubleStar, this.only_child()),
                _ => (ArgKind::Positional, this.expr()),
            };
            args.push(Arg { kind, value, range });
        });
        args
    }

    fn keyword_argument(&mut self) -> (ArgKind, ExprId) {
        let (mut name, mut value) = (None, None);
        self.each_field(|this, field, _| match field {
            Field::Name => name = Some(this.name()),
            Field::Value => value = Some(this.expr()),
            _ => {}
        });
        let kind = name.map_or(ArgKind::Positional, ArgKind::Keyword);
        (kind, self.or_error(value))
    }

    fn subscript(&mut self) -> Expr {
        let (mut value, mut indices, mut comma) = (None, Vec::new(), false);
        self.each_field(|this, field, kind| match field {
            Field::Value => value = Some(this.expr()),
            Field::Subscript if this.node().is_named() => indices.push(this.expr()),
            _ => comma |= kind == NodeKind::CommaToken,
        });
        let value = self.or_error(value);
        let index = self.index(indices, comma);
        Expr::Subscript { value, index }
    }

    fn index(&mut self, mut indices: Vec<ExprId>, comma: bool) -> ExprId {
        if let (1, false) = (indices.len(), comma) {
            return indices.remove(0);
        }
        let range = match (indices.first(), indices.last()) {
            (Some(first), Some(last)) => {
                TextRange::new(self.exprs[first.0 as usize].range.start(), self.exprs[last.0 as usize].range.end())
            }
            _ => return self.error(),
        };
        self.push(Expr::Tuple(indices.into()), range)
    }

    fn dict(&mut self) -> Expr {
        let mut entries = Vec::new();
        self.each_child(|this, kind| match kind {
            NodeKind::Pair => {
                let (key, value) = this.two(Field::Key, Field::Value);
                entries.push(DictEntry { key: Some(key), value });
            }
            NodeKind::DictionarySplat => {
                let value = this.only_child();
                entries.push(DictEntry { key: None, value });
            }
            _ => {}
        });
        Expr::Dict(entries.into())
    }

    fn operator(&mut self) -> (Option<ExprId>, Name, Option<ExprId>) {
        let (mut left, mut right, mut op) = (None, None, None);
        self.each_field(|this, field, _| match field {
            Field::Left => left = Some(this.expr()),
            Field::Right | Field::Argument => right = Some(this.expr()),
            Field::Operator => op = Some(this.name()),
            _ => {}
        });
        (left, op.unwrap_or_else(|| Name::new("")), right)
    }

    fn binary(&mut self) -> Expr {
        let (left, op, right) = self.operator();
        Expr::Binary { left: self.or_error(left), op, right: self.or_error(right) }
    }

    fn boolean(&mut self) -> Expr {
        let (left, op, right) = self.operator();
        Expr::Bool2 { left: self.or_error(left), and: op == "and", right: self.or_error(right) }
    }

    fn unary(&mut self) -> Expr {
        let (_, op, value) = self.operator();
        Expr::Unary(op, self.or_error(value))
    }

    fn compare(&mut self) -> Expr {
        let (mut operands, mut ops) = (Vec::new(), Vec::new());
        self.each_field(|this, field, _| {
            if field == Field::Operators {
                // `is not` and `not in` are one token with any blanks between.
                let words: Vec<&str> = this.node_text().split_whitespace().collect();
                ops.push(Name::new(&words.join(" ")));
            } else if this.node().is_named() {
                operands.push(this.expr());
            }
        });
        Expr::Compare(Box::new(Compare { operands: operands.into(), ops: ops.into() }))
    }

    fn conditional(&mut self) -> Expr {
        match *self.items() {
            [body, test, orelse] => Expr::Conditional { body, test, orelse },
            _ => Expr::Error,
        }
    }

    fn yield_(&mut self) -> Expr {
        let is_from = self.node_text().trim_start_matches("yield").trim_start().starts_with("from ");
        let mut items = self.items().into_vec();
        match (items.len(), is_from) {
            (0, _) => Expr::Yield(None),
            (1, true) => Expr::YieldFrom(items.remove(0)),
            (1, false) => Expr::Yield(Some(items.remove(0))),
            _ => {
                let range = self.range();
                Expr::Yield(Some(self.push(Expr::Tuple(items.into()), range)))
            }
        }
    }

    fn lambda(&mut self) -> Expr {
        let (mut params, mut body) = (Vec::new(), None);
        self.each_field(|this, field, _| match field {
            Field::Parameters => params = this.parameters(),
            Field::Body => body = Some(this.expr()),
            _ => {}
        });
        let body = self.or_error(body);
        Expr::Lambda(Box::new(Lambda { params: params.into(), body }))
    }

    fn comprehension(&mut self, kind: ComprehensionKind) -> Expr {
        let (mut key, mut element, mut clauses) = (None, None, Vec::<Clause>::new());
        self.each_field(|this, field, child| match (field, child) {
            (Field::Body, NodeKind::Pair) => {
                let (k, v) = this.two(Field::Key, Field::Value);
                (key, element) = (Some(k), Some(v));
            }
            (Field::Body, _) => element = Some(this.expr()),
            (_, NodeKind::ForInClause) => clauses.push(this.clause()),
            (_, NodeKind::IfClause) => {
                let condition = this.only_child();
                if let Some(last) = clauses.last_mut() {
                    let mut all = std::mem::take(&mut last.conditions).into_vec();
                    all.push(condition);
                    last.conditions = all.into();
                }
            }
            _ => {}
        });
        let element = self.or_error(element);
        Expr::Comprehension(Box::new(Comprehension { kind, key, element, clauses: clauses.into() }))
    }

    fn clause(&mut self) -> Clause {
        let (mut target, mut iters, mut is_async) = (None, Vec::new(), false);
        self.each_field(|this, field, kind| match field {
            Field::Left => target = Some(this.expr()),
            Field::Right if this.node().is_named() => iters.push(this.expr()),
            _ => is_async |= kind == NodeKind::AsyncToken,
        });
        let target = self.or_error(target);
        let iter = self.index(iters, false);
        Clause { target, iter, conditions: Box::default(), is_async }
    }

    /// `List[int]` in a type's place: a subscript like any other.
    fn generic_type(&mut self) -> Expr {
        let (mut value, mut indices) = (None, Vec::new());
        self.each_child(|this, kind| {
            if kind == NodeKind::TypeParameter {
                indices = this.items().into_vec();
            } else if this.node().is_named() {
                value = Some(this.expr());
            }
        });
        let value = self.or_error(value);
        let index = self.index(indices, false);
        Expr::Subscript { value, index }
    }

    fn union_type(&mut self) -> Expr {
        match *self.items() {
            [left, right] => Expr::Binary { left, op: Name::new("|"), right },
            _ => Expr::Error,
        }
    }

    fn member_type(&mut self) -> Expr {
        let (mut value, mut attr) = (None, None);
        self.each_child(|this, kind| {
            if kind == NodeKind::Identifier && value.is_some() {
                attr = Some(this.name());
            } else if this.node().is_named() {
                value = Some(this.expr());
            }
        });
        match (value, attr) {
            (Some(value), Some(attr)) => Expr::Attribute { value, attr },
            _ => Expr::Error,
        }
    }
}
