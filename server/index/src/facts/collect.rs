//! Collecting an item's facts: one walk over its tree.

use std::hash::{Hash, Hasher};

use pyteam_syntax::tree::{Arg, ArgKind, Function, Param};
use pyteam_syntax::visit::{Part, expr_parts, stmt_parts};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use rustc_hash::FxHasher;

use super::binding::{Addition, AdditionKind, AttributeWrite, Binding, Path, Scope, ScopeId, ScopeKind, Source, Step};
use super::{FunctionFacts, ItemFacts, interface, last_name};
use crate::known;

pub(super) fn collect(item: &Item, text: &str) -> ItemFacts {
    let mut collector = Collector { item, text, facts: ItemFacts::default(), functions: Vec::new() };
    collector.scope(ScopeKind::Module, None, ScopeId::OUTER);
    collector.stmt(item.root(), ScopeId::OUTER);
    let mut facts = collector.facts;
    passed_on(item, &mut facts);
    facts.called.sort_unstable();
    facts.called.dedup();
    facts.interface = interface::of(item, &facts);
    facts.shrink();
    facts
}

/// Notes the names of what is passed on to be called later.
fn passed_on(item: &Item, facts: &mut ItemFacts) {
    let mut names: Vec<Name> = Vec::new();
    for call in &facts.calls {
        let Expr::Call { func, args } = item.expr(*call) else { continue };
        let callee = last_name(item, *func);
        for arg in args.iter().filter(|arg| super::is_to_be_called(callee, arg.kind)) {
            names.extend(super::callables(item, facts, arg.value).into_iter().filter_map(|one| last_name(item, one)));
        }
    }
    facts.called.extend(names);
}

struct Collector<'i> {
    item: &'i Item,
    /// As it stands in the source.
    text: &'i str,
    facts: ItemFacts,
    /// Indices of the functions around, innermost last.
    functions: Vec<usize>,
}

impl Collector<'_> {
    fn scope(&mut self, kind: ScopeKind, owner: Option<Part>, parent: ScopeId) -> ScopeId {
        let id = ScopeId(self.facts.scopes.len() as u32);
        let scope = Scope { kind, owner, parent, bindings: Vec::new(), globals: Vec::new(), nonlocals: Vec::new() };
        self.facts.scopes.push(scope);
        id
    }

    fn bind(&mut self, scope: ScopeId, stmt: StmtId, name: Name, source: Source, path: Path) {
        let index = self.facts.bindings.len() as u32;
        self.facts.bindings.push(Binding { name, scope, source, path, stmt });
        self.facts.scopes[scope.index()].bindings.push(index);
    }

    fn target(&mut self, scope: ScopeId, stmt: StmtId, target: ExprId, source: Source, path: &Path) {
        match self.item.expr(target) {
            Expr::Name(name) => self.bind(scope, stmt, *name, source, path.clone()),
            Expr::Attribute { value, attr } => {
                let (base, attr) = (*value, *attr);
                self.facts.writes.push(AttributeWrite { base, attr, target, source, path: path.clone(), stmt });
                self.expr(base, scope, stmt);
            }
            Expr::Tuple(items) | Expr::List(items) => {
                let mut starred = false;
                for (at, item) in items.iter().enumerate() {
                    let mut path = path.clone();
                    if let Expr::Starred(inner) = self.item.expr(*item) {
                        starred = true;
                        path.push(Step::Rest);
                        self.target(scope, stmt, *inner, source, &path);
                    } else {
                        path.push(if starred { Step::Any } else { Step::Index(at as u32) });
                        self.target(scope, stmt, *item, source, &path);
                    }
                }
            }
            Expr::Subscript { value: base, .. } => {
                if let (Source::Value(value), true) = (source, path.is_empty()) {
                    self.facts.additions.push(Addition { base: *base, value, kind: AdditionKind::Keyed });
                }
                self.expr(target, scope, stmt);
            }
            _ => self.expr(target, scope, stmt),
        }
    }

    /// Whether a name in a pattern is one that it binds: not that of a class, nor that of a keyword.
    fn is_capture(&self, pattern: ExprId) -> bool {
        let end = usize::from(self.item.expr_range(pattern).end());
        let mut rest = self.text.get(end..).unwrap_or_default();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
            match rest.strip_prefix('#') {
                Some(comment) => rest = comment.trim_start_matches(|c| c != '\n' && c != '\r'),
                None => return !rest.starts_with(['(', '=']),
            }
        }
    }

    fn stmts(&mut self, stmts: &[StmtId], scope: ScopeId) {
        stmts.iter().for_each(|stmt| self.stmt(*stmt, scope));
    }

    fn stmt(&mut self, id: StmtId, scope: ScopeId) {
        let none = Path::new();
        match self.item.stmt(id) {
            Stmt::Assign { targets, value } => {
                self.expr(*value, scope, id);
                targets.iter().for_each(|target| self.target(scope, id, *target, Source::Value(*value), &none));
            }
            Stmt::AnnAssign { target, annotation, value } => {
                value.iter().for_each(|value| self.expr(*value, scope, id));
                self.target(scope, id, *target, Source::Annotated(*annotation, *value), &none);
            }
            Stmt::AugAssign { target, value, .. } => {
                self.expr(*value, scope, id);
                self.target(scope, id, *target, Source::Augmented(*value), &none);
            }
            Stmt::For { target, iter, body, orelse, .. } => {
                self.expr(*iter, scope, id);
                self.target(scope, id, *target, Source::Element(*iter), &none);
                self.stmts(body, scope);
                self.stmts(orelse, scope);
            }
            Stmt::With { items, body, .. } => {
                for with in items {
                    self.expr(with.context, scope, id);
                    if let Some(target) = with.target {
                        self.target(scope, id, target, Source::Context(with.context), &none);
                    }
                }
                self.stmts(body, scope);
            }
            Stmt::Try(one) => {
                self.stmts(&one.body, scope);
                for handler in &one.handlers {
                    handler.kind.iter().for_each(|kind| self.expr(*kind, scope, id));
                    if let Some(name) = handler.name {
                        self.bind(scope, id, name, Source::Caught(handler.kind), none.clone());
                    }
                    self.stmts(&handler.body, scope);
                }
                self.stmts(&one.orelse, scope);
                self.stmts(&one.finalbody, scope);
            }
            Stmt::Match { subject, cases } => {
                self.expr(*subject, scope, id);
                for case in cases {
                    for pattern in &case.patterns {
                        if let Expr::Name(name) = self.item.expr(*pattern)
                            && self.is_capture(*pattern)
                        {
                            self.bind(scope, id, *name, Source::Opaque, none.clone());
                            let mut hasher = FxHasher::default();
                            (self.facts.captures, name, *pattern).hash(&mut hasher);
                            self.facts.captures = hasher.finish();
                        }
                    }
                    case.guard.iter().for_each(|guard| self.expr(*guard, scope, id));
                    self.stmts(&case.body, scope);
                }
            }
            Stmt::Delete(targets) => targets.iter().for_each(|target| self.expr(*target, scope, id)),
            Stmt::Global(names) => self.facts.scopes[scope.index()].globals.extend(names),
            Stmt::Nonlocal(names) => self.facts.scopes[scope.index()].nonlocals.extend(names),
            Stmt::Import(names) => {
                for import in names {
                    let first = import.path.as_str().split('.').next().unwrap_or_default();
                    let (name, path) = match import.alias {
                        Some(alias) => (alias, import.path),
                        None => (Name::new(first), Name::new(first)),
                    };
                    self.bind(scope, id, name, Source::Import { path }, none.clone());
                }
            }
            Stmt::ImportFrom(from) => {
                for import in &from.names {
                    let source = Source::ImportFrom { level: from.level, module: from.module, name: import.path };
                    self.bind(scope, id, import.alias.unwrap_or(import.path), source, none.clone());
                }
            }
            Stmt::TypeAlias { name, value } => {
                self.expr(*value, scope, id);
                name.iter().for_each(|name| self.bind(scope, id, *name, Source::Value(*value), none.clone()));
            }
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(*value, scope, id);
                    if let Some(function) = self.functions.last() {
                        self.facts.functions[*function].returns.push(*value);
                    }
                }
            }
            Stmt::Function(function) => {
                self.function(id, function, scope);
            }
            Stmt::Class(class) => {
                self.facts.classes.push(id);
                self.bind(scope, id, class.name, Source::Class(id), none);
                class.decorators.iter().for_each(|decorator| self.expr(*decorator, scope, id));
                class.args.iter().for_each(|arg| self.expr(arg.value, scope, id));
                let inner = self.scope(ScopeKind::Class, Some(Part::Stmt(id)), scope);
                self.stmts(&class.body, inner);
            }
            other => stmt_parts(other, &mut |part| match part {
                Part::Expr(expr) => self.expr(expr, scope, id),
                Part::Stmt(stmt) => self.stmt(stmt, scope),
            }),
        }
    }

    fn function(&mut self, id: StmtId, function: &Function, scope: ScopeId) {
        self.bind(scope, id, function.name, Source::Function(id), Path::new());
        function.decorators.iter().for_each(|decorator| self.expr(*decorator, scope, id));
        self.param_exprs(&function.params, scope, id);
        let inner = self.scope(ScopeKind::Function, Some(Part::Stmt(id)), scope);
        for (at, param) in function.params.iter().enumerate() {
            self.bind(inner, id, param.name, Source::Param(id, at as u32), Path::new());
        }
        self.functions.push(self.facts.functions.len());
        self.facts.functions.push(FunctionFacts { stmt: id, returns: Vec::new(), yields: false, yielded: Vec::new() });
        self.stmts(&function.body, inner);
        self.functions.pop();
    }

    fn addition(&mut self, func: ExprId, args: &[Arg]) {
        let Expr::Attribute { value: base, attr } = self.item.expr(func) else { return };
        let (kind, at) = match attr.as_str() {
            "append" | "appendleft" | "add" => (AdditionKind::Element, 0),
            "insert" => (AdditionKind::Element, 1),
            "setdefault" => (AdditionKind::Keyed, 1),
            "extend" | "extendleft" | "update" => (AdditionKind::All, 0),
            _ => return,
        };
        if args.len() == at + 1
            && let Some(arg) = args.get(at).filter(|arg| arg.kind == ArgKind::Positional)
        {
            self.facts.additions.push(Addition { base: *base, value: arg.value, kind });
        }
    }

    /// `setattr(base, "attr", value)`
    fn named_write(&mut self, call: ExprId, func: ExprId, args: &[Arg], stmt: StmtId) {
        let [base, attr, value] = args else { return };
        let is_it = matches!(self.item.expr(func), Expr::Name(name) if *name == "setattr")
            && args.iter().all(|arg| arg.kind == ArgKind::Positional);
        if let Expr::Str(text) = self.item.expr(attr.value)
            && let (Some(attr), true) = (text.value, is_it)
        {
            let (base, source) = (base.value, Source::Value(value.value));
            self.facts.writes.push(AttributeWrite { base, attr, target: call, source, path: Path::new(), stmt });
        }
    }

    fn param_exprs(&mut self, params: &[Param], scope: ScopeId, stmt: StmtId) {
        params.iter().filter_map(|param| param.default).for_each(|default| self.expr(default, scope, stmt));
    }

    fn expr(&mut self, id: ExprId, scope: ScopeId, stmt: StmtId) {
        match self.item.expr(id) {
            Expr::Call { func, args, .. } => {
                self.facts.calls.push(id);
                self.facts.called.extend(last_name(self.item, *func));
                self.addition(*func, args);
                self.named_write(id, *func, args, stmt);
                if let Expr::Attribute { attr, .. } = self.item.expr(*func)
                    && known::actions(*attr).iter().any(|one| one.is_of_channel())
                    && (*attr != "get" || super::may_take(self.item, args))
                {
                    self.facts.channel_calls.push(id);
                }
                if let Expr::Attribute { value, attr } = self.item.expr(*func)
                    && known::actions(*attr).iter().any(|one| !one.is_of_channel())
                    && !matches!(self.item.expr(*value), Expr::Str(_))
                {
                    self.facts.lifecycle_calls.push(id);
                }
            }
            Expr::Walrus { target, value } => {
                // A walrus binds in the scope around comprehensions.
                let mut outer = scope;
                while self.facts.scopes[outer.index()].kind == ScopeKind::Comprehension {
                    outer = self.facts.scopes[outer.index()].parent;
                }
                self.expr(*value, scope, stmt);
                self.target(outer, stmt, *target, Source::Value(*value), &Path::new());
                return;
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                if let Some(function) = self.functions.last() {
                    let function = &mut self.facts.functions[*function];
                    function.yields = true;
                    if let Expr::Yield(Some(value)) = self.item.expr(id) {
                        function.yielded.push(*value);
                    }
                }
            }
            Expr::Lambda(lambda) => {
                self.param_exprs(&lambda.params, scope, stmt);
                let inner = self.scope(ScopeKind::Lambda, Some(Part::Expr(id)), scope);
                for (at, param) in lambda.params.iter().enumerate() {
                    self.bind(inner, stmt, param.name, Source::LambdaParam(id, at as u32), Path::new());
                }
                self.expr(lambda.body, inner, stmt);
                return;
            }
            Expr::Comprehension(comprehension) => {
                let inner = self.scope(ScopeKind::Comprehension, Some(Part::Expr(id)), scope);
                for (at, clause) in comprehension.clauses.iter().enumerate() {
                    // The first iterable is evaluated outside.
                    self.expr(clause.iter, if at == 0 { scope } else { inner }, stmt);
                    self.target(inner, stmt, clause.target, Source::Element(clause.iter), &Path::new());
                    clause.conditions.iter().for_each(|condition| self.expr(*condition, inner, stmt));
                }
                comprehension.key.iter().for_each(|key| self.expr(*key, inner, stmt));
                self.expr(comprehension.element, inner, stmt);
                return;
            }
            _ => {}
        }
        let mut parts: smallvec::SmallVec<[ExprId; 8]> = smallvec::SmallVec::new();
        expr_parts(self.item.expr(id), &mut |part| parts.push(part));
        parts.into_iter().for_each(|part| self.expr(part, scope, stmt));
    }
}
