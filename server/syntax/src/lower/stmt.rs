//! Statements.

use text_size::TextRange;

use super::Lowerer;
use crate::kinds::{Field, NodeKind};
use crate::name::Name;
use crate::tree::{Class, Expr, ExprId, Function, Handler, ImportFrom, ImportName, Stmt, StmtId, Try, WithItem};

/// Longest chain of `elif` clauses.
const MAX_ELIFS: usize = 1000;

impl Lowerer<'_, '_> {
    /// Lowers the statement at the cursor.
    pub(super) fn stmt(&mut self) -> StmtId {
        let range = self.range();
        let kind = match self.kind() {
            NodeKind::ExpressionStatement => self.expression_statement(),
            NodeKind::Assignment | NodeKind::AugmentedAssignment => self.assignment(),
            NodeKind::Return => Stmt::Return(self.optional_child()),
            NodeKind::Raise => self.raise(),
            NodeKind::Assert => match *self.items() {
                [test] => Stmt::Assert { test, message: None },
                [test, message, ..] => Stmt::Assert { test, message: Some(message) },
                [] => Stmt::Error,
            },
            NodeKind::Delete => {
                let found = self.only_child();
                match self.exprs[found.0 as usize].kind.clone() {
                    Expr::Tuple(items) => Stmt::Delete(items),
                    _ => Stmt::Delete([found].into()),
                }
            }
            NodeKind::Pass => Stmt::Pass,
            NodeKind::Break => Stmt::Break,
            NodeKind::Continue => Stmt::Continue,
            NodeKind::Global => Stmt::Global(self.names()),
            NodeKind::Nonlocal => Stmt::Nonlocal(self.names()),
            NodeKind::Import => Stmt::Import(self.import_names().into()),
            NodeKind::ImportFrom | NodeKind::FutureImport => self.import_from(),
            NodeKind::If | NodeKind::Elif => self.if_(),
            NodeKind::While => self.while_(),
            NodeKind::For => self.for_(),
            NodeKind::With => self.with(),
            NodeKind::Try => self.try_(),
            NodeKind::Match => self.match_(),
            NodeKind::Function | NodeKind::Class | NodeKind::Decorated => self.definition(),
            NodeKind::TypeAlias => self.type_alias(),
            // Python 2: keep what is printed or run, so that calls in it are still seen.
            NodeKind::Print | NodeKind::Exec => Stmt::Expr(self.only_child()),
            _ => Stmt::Error,
        };
        self.push_stmt(kind, range)
    }

    /// The statements of a block.
    pub(super) fn block(&mut self) -> Box<[StmtId]> {
        let mut body = Vec::new();
        self.statements(&mut body);
        body.into()
    }

    fn statements(&mut self, body: &mut Vec<StmtId>) {
        let split = std::mem::take(&mut self.in_class_body);
        self.each_child(|this, kind| match kind {
            NodeKind::Function if split => this.member(body),
            NodeKind::Decorated if split && !this.decorates_class() => this.member(body),
            // What the parser could make out inside an error is worth having.
            NodeKind::Error => {
                let range = this.range();
                let error = this.push_stmt(Stmt::Error, range);
                body.push(error);
                this.statements(body);
            }
            _ if is_statement(kind) => {
                let stmt = this.stmt();
                body.push(stmt);
            }
            _ => {}
        });
    }

    fn member(&mut self, body: &mut Vec<StmtId>) {
        let range = self.range();
        let index = self.members.len() as u32;
        self.members.push(self.node());
        let stmt = self.push_stmt(Stmt::Member(index), range);
        body.push(stmt);
    }

    fn decorates_class(&self) -> bool {
        self.node()
            .child_by_field_name("definition")
            .is_none_or(|definition| crate::kinds::kind(definition) == NodeKind::Class)
    }

    fn expression_statement(&mut self) -> Stmt {
        let mut assignment = None;
        let mut exprs = Vec::new();
        self.each_child(|this, kind| match kind {
            NodeKind::Assignment | NodeKind::AugmentedAssignment => assignment = Some(this.assignment()),
            _ if this.node().is_named() => exprs.push(this.expr()),
            _ => {}
        });
        if let Some(assignment) = assignment {
            return assignment;
        }
        match exprs.as_slice() {
            [] => Stmt::Error,
            [one] => Stmt::Expr(*one),
            _ => {
                let range = self.range();
                Stmt::Expr(self.push(Expr::Tuple(exprs.into()), range))
            }
        }
    }

    fn assignment(&mut self) -> Stmt {
        let mut targets = Vec::new();
        let mut value = None;
        let mut annotation = None;
        let mut op = None;
        self.assignment_parts(&mut targets, &mut annotation, &mut op, &mut value);
        let Some(target) = targets.first().copied() else { return Stmt::Error };
        match (annotation, op, value) {
            (Some(annotation), _, value) => Stmt::AnnAssign { target, annotation, value },
            (None, Some(op), value) => Stmt::AugAssign { target, op, value: self.or_error(value) },
            (None, None, value) => Stmt::Assign { targets: targets.into(), value: self.or_error(value) },
        }
    }

    fn assignment_parts(
        &mut self,
        targets: &mut Vec<ExprId>,
        annotation: &mut Option<ExprId>,
        op: &mut Option<Name>,
        value: &mut Option<ExprId>,
    ) {
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Left, _) => targets.push(this.expr()),
            (Field::Type, _) => *annotation = Some(this.annotation()),
            (Field::Operator, _) => *op = Some(this.name()),
            // `a = b = c` is an assignment on the right of an assignment.
            (Field::Right, NodeKind::Assignment) => this.assignment_parts(targets, annotation, op, value),
            (Field::Right, _) => *value = Some(this.expr()),
            _ => {}
        });
    }

    fn optional_child(&mut self) -> Option<ExprId> {
        let range = self.range();
        let mut items = self.items().into_vec();
        match items.len() {
            0 => None,
            1 => Some(items.remove(0)),
            _ => Some(self.push(Expr::Tuple(items.into()), range)),
        }
    }

    fn raise(&mut self) -> Stmt {
        let (mut exc, mut cause) = (None, None);
        self.each_field(|this, field, _| {
            if field == Field::Cause {
                cause = Some(this.expr());
            } else if this.node().is_named() {
                exc = Some(this.expr());
            }
        });
        Stmt::Raise { exc, cause }
    }

    fn names(&mut self) -> Box<[Name]> {
        let mut names = Vec::new();
        self.each_child(|this, kind| {
            if kind == NodeKind::Identifier {
                names.push(this.name());
            }
        });
        names.into()
    }

    fn import_names(&mut self) -> Vec<ImportName> {
        let mut names = Vec::new();
        self.each_field(|this, field, kind| {
            if field != Field::Name {
                return;
            }
            let range = this.range();
            if kind == NodeKind::AliasedImport {
                let (mut path, mut alias) = (Name::new(""), None);
                this.each_field(|this, field, _| match field {
                    Field::Name => path = this.dotted_text(),
                    Field::Alias => alias = Some(this.name()),
                    _ => {}
                });
                names.push(ImportName { path, alias, range });
            } else {
                names.push(ImportName { path: this.dotted_text(), alias: None, range });
            }
        });
        names
    }

    /// A dotted name without the blanks that may stand around its dots.
    fn dotted_text(&self) -> Name {
        let text = self.node_text();
        if text.contains(char::is_whitespace) {
            return Name::new(&text.split_whitespace().collect::<String>());
        }
        Name::new(text)
    }

    fn import_from(&mut self) -> Stmt {
        let is_future = self.kind() == NodeKind::FutureImport;
        let mut import = ImportFrom {
            level: 0,
            module: is_future.then(|| Name::new("__future__")),
            names: Box::default(),
            star: false,
        };
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::ModuleName, NodeKind::RelativeImport) => this.each_child(|this, kind| match kind {
                NodeKind::ImportPrefix => import.level = this.node_text().matches('.').count() as u32,
                NodeKind::DottedName => import.module = Some(this.dotted_text()),
                _ => {}
            }),
            (Field::ModuleName, _) => import.module = Some(this.dotted_text()),
            (_, NodeKind::WildcardImport) => import.star = true,
            _ => {}
        });
        import.names = self.import_names().into();
        Stmt::ImportFrom(Box::new(import))
    }

    fn if_(&mut self) -> Stmt {
        let (mut test, mut body) = (None, Box::default());
        let mut alternatives: Vec<StmtId> = Vec::new();
        let mut orelse: Box<[StmtId]> = Box::default();
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Condition, _) => test = Some(this.expr()),
            (Field::Consequence, _) => body = this.block(),
            (_, NodeKind::Elif) => {
                let elif = this.stmt();
                alternatives.push(elif);
            }
            (_, NodeKind::Else) => orelse = this.else_block(),
            _ => {}
        });
        let orelse = self.chained(&alternatives, orelse);
        let test = self.or_error(test);
        Stmt::If { test, body, orelse }
    }

    /// `elif` clauses are siblings in the grammar; each becomes the `orelse` of the one before. Of very many, what is
    /// behind [`MAX_ELIFS`] becomes statements side by side: each walk of the tree would overflow the stack.
    fn chained(&mut self, alternatives: &[StmtId], last: Box<[StmtId]>) -> Box<[StmtId]> {
        let chains: Vec<&[StmtId]> = alternatives.chunks(MAX_ELIFS).collect();
        let heads: Box<[StmtId]> = chains.iter().skip(1).map(|chain| chain[0]).collect();
        let mut orelse = last;
        for (at, chain) in chains.iter().enumerate().rev() {
            if at + 1 < chains.len() {
                orelse = if at == 0 { heads.clone() } else { Box::default() };
            }
            for elif in chain.iter().rev() {
                if let Stmt::If { orelse: inner, .. } = &mut self.stmts[elif.0 as usize].kind {
                    *inner = orelse;
                }
                orelse = [*elif].into();
            }
        }
        orelse
    }

    fn else_block(&mut self) -> Box<[StmtId]> {
        let mut body = Box::default();
        self.each_child(|this, kind| {
            if kind == NodeKind::Block {
                body = this.block();
            }
        });
        body
    }

    fn while_(&mut self) -> Stmt {
        let (mut test, mut body, mut orelse) = (None, Box::default(), Box::default());
        self.each_field(|this, field, _| match field {
            Field::Condition => test = Some(this.expr()),
            Field::Body => body = this.block(),
            Field::Alternative => orelse = this.else_block(),
            _ => {}
        });
        let test = self.or_error(test);
        Stmt::While { test, body, orelse }
    }

    fn for_(&mut self) -> Stmt {
        let (mut target, mut iter, mut body, mut orelse) = (None, None, Box::default(), Box::default());
        let mut is_async = false;
        self.each_field(|this, field, kind| match field {
            Field::Left => target = Some(this.expr()),
            Field::Right => iter = Some(this.expr()),
            Field::Body => body = this.block(),
            Field::Alternative => orelse = this.else_block(),
            _ => is_async |= kind == NodeKind::AsyncToken,
        });
        let (target, iter) = (self.or_error(target), self.or_error(iter));
        Stmt::For { target, iter, body, orelse, is_async }
    }

    fn with(&mut self) -> Stmt {
        let (mut items, mut body, mut is_async) = (Vec::new(), Box::default(), false);
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Body, _) => body = this.block(),
            (_, NodeKind::WithClause) => this.each_child(|this, kind| {
                if kind == NodeKind::WithItem {
                    this.each_field(|this, field, kind| {
                        if field == Field::Value {
                            this.with_item(kind, &mut items);
                        }
                    });
                }
            }),
            (_, found) => is_async |= found == NodeKind::AsyncToken,
        });
        Stmt::With { items: items.into(), body, is_async }
    }

    fn with_item(&mut self, kind: NodeKind, items: &mut Vec<WithItem>) {
        match kind {
            NodeKind::AsPattern => {
                let (mut context, mut target) = (None, None);
                self.each_field(|this, field, _| {
                    if field == Field::Alias {
                        target = Some(this.expr());
                    } else if this.node().is_named() {
                        context = Some(this.expr());
                    }
                });
                let context = self.or_error(context);
                items.push(WithItem { context, target });
            }
            // `with (open(a) as f, open(b) as g):` reaches us as a tuple of as-patterns.
            NodeKind::Tuple | NodeKind::Parenthesized if self.has_as_pattern() => {
                self.each_child(|this, kind| {
                    if this.node().is_named() {
                        this.with_item(kind, items);
                    }
                });
            }
            _ => {
                let context = self.expr();
                items.push(WithItem { context, target: None });
            }
        }
    }

    fn has_as_pattern(&self) -> bool {
        let node = self.node();
        (0..node.named_child_count() as u32)
            .filter_map(|at| node.named_child(at))
            .any(|child| crate::kinds::kind(child) == NodeKind::AsPattern)
    }

    fn try_(&mut self) -> Stmt {
        let mut one =
            Try { body: Box::default(), handlers: Box::default(), orelse: Box::default(), finalbody: Box::default() };
        let mut handlers = Vec::new();
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Body, _) => one.body = this.block(),
            (_, NodeKind::Except | NodeKind::ExceptGroup) => handlers.push(this.handler()),
            (_, NodeKind::Else) => one.orelse = this.else_block(),
            (_, NodeKind::Finally) => one.finalbody = this.else_block(),
            _ => {}
        });
        one.handlers = handlers.into();
        Stmt::Try(Box::new(one))
    }

    fn handler(&mut self) -> Handler {
        let range = self.range();
        let mut handler = Handler { kind: None, name: None, body: Box::default(), range };
        let mut kinds = Vec::new();
        self.each_field(|this, field, kind| match (field, kind) {
            (_, NodeKind::Block) => handler.body = this.block(),
            (Field::Alias, _) => handler.name = Some(this.name()),
            (_, NodeKind::AsPattern) => this.each_field(|this, field, _| {
                if field == Field::Alias {
                    handler.name = Some(this.name());
                } else if this.node().is_named() {
                    kinds.push(this.expr());
                }
            }),
            _ if this.node().is_named() => kinds.push(this.expr()),
            _ => {}
        });
        handler.kind = match kinds.as_slice() {
            [] => None,
            [one] => Some(*one),
            // Python 2: `except A, e`.
            [first, ..] => Some(*first),
        };
        handler
    }

    fn match_(&mut self) -> Stmt {
        let (mut subjects, mut cases) = (Vec::new(), Vec::new());
        self.each_field(|this, field, kind| match (field, kind) {
            (Field::Subject, _) => subjects.push(this.expr()),
            (Field::Body, _) => this.each_child(|this, kind| {
                if kind == NodeKind::CaseClause {
                    cases.push(this.case());
                }
            }),
            _ => {}
        });
        let subject = match subjects.as_slice() {
            [one] => *one,
            _ => self.error(),
        };
        Stmt::Match { subject, cases: cases.into() }
    }

    fn type_alias(&mut self) -> Stmt {
        let (mut name, mut value) = (None, None);
        self.each_field(|this, field, _| match field {
            Field::Left => name = Some(this.name()),
            Field::Right => value = Some(this.annotation()),
            _ => {}
        });
        let value = self.or_error(value);
        Stmt::TypeAlias { name, value }
    }

    /// `def` or `class`, with or without decorators.
    fn definition(&mut self) -> Stmt {
        let mut decorators = Vec::new();
        let mut found = None;
        match self.kind() {
            NodeKind::Function => found = Some(self.function()),
            NodeKind::Class => found = Some(self.class()),
            _ => self.each_field(|this, field, kind| match (field, kind) {
                (_, NodeKind::Decorator) => decorators.push(this.only_child()),
                (Field::Definition, NodeKind::Function) => found = Some(this.function()),
                (Field::Definition, NodeKind::Class) => found = Some(this.class()),
                _ => {}
            }),
        }
        match &mut found {
            Some(Stmt::Function(function)) => function.decorators = decorators.into(),
            Some(Stmt::Class(class)) => class.decorators = decorators.into(),
            _ => {}
        }
        found.unwrap_or(Stmt::Error)
    }

    fn function(&mut self) -> Stmt {
        let range = self.range();
        let empty = TextRange::empty(range.end());
        let mut function = Function {
            name: Name::new(""),
            name_range: empty,
            params: Box::default(),
            params_range: empty,
            returns: None,
            body: Box::default(),
            body_range: empty,
            decorators: Box::default(),
            is_async: false,
            def_range: range,
        };
        // Methods are split off only one level down.
        self.in_class_body = false;
        self.split_methods = false;
        self.each_field(|this, field, kind| match field {
            Field::Name => {
                function.name = this.name();
                function.name_range = this.range();
            }
            Field::Parameters => {
                function.params_range = this.range();
                function.params = this.parameters().into();
            }
            Field::ReturnType => function.returns = Some(this.annotation()),
            Field::Body => {
                function.body_range = this.range();
                function.body = this.block();
            }
            _ => function.is_async |= kind == NodeKind::AsyncToken,
        });
        Stmt::Function(Box::new(function))
    }

    fn class(&mut self) -> Stmt {
        let range = self.range();
        let empty = TextRange::empty(range.end());
        let mut class = Class {
            name: Name::new(""),
            name_range: empty,
            args: Box::default(),
            parens: None,
            body: Box::default(),
            body_range: empty,
            decorators: Box::default(),
            def_range: range,
        };
        let split = std::mem::take(&mut self.split_methods);
        self.each_field(|this, field, _| match field {
            Field::Name => {
                class.name = this.name();
                class.name_range = this.range();
            }
            Field::Superclasses => {
                class.parens = Some(this.range());
                class.args = this.arguments().into();
            }
            Field::Body => {
                class.body_range = this.range();
                this.in_class_body = split;
                class.body = this.block();
            }
            _ => {}
        });
        Stmt::Class(Box::new(class))
    }
}

/// Whether a node of this kind is a statement.
pub(crate) fn is_statement(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::ExpressionStatement
            | NodeKind::Return
            | NodeKind::Raise
            | NodeKind::Assert
            | NodeKind::Delete
            | NodeKind::Pass
            | NodeKind::Break
            | NodeKind::Continue
            | NodeKind::Global
            | NodeKind::Nonlocal
            | NodeKind::Import
            | NodeKind::ImportFrom
            | NodeKind::FutureImport
            | NodeKind::If
            | NodeKind::While
            | NodeKind::For
            | NodeKind::With
            | NodeKind::Try
            | NodeKind::Match
            | NodeKind::Function
            | NodeKind::Class
            | NodeKind::Decorated
            | NodeKind::TypeAlias
            | NodeKind::Print
            | NodeKind::Exec
    )
}
