//! Calls: what they give back.

use std::rc::Rc;

use pyteam_syntax::Name;
use pyteam_syntax::tree::{Arg, ArgKind};

use super::expr::{element, values};
use super::types::{Type, Types};
use super::{Base, Inference, Site};
use crate::definitions::FunctionRef;
use crate::facts::{FunctionFacts, last_name};
use crate::known;

impl Inference<'_> {
    /// What calling `callee` at `site` gives.
    pub(super) fn call(&self, site: Site, callee: &Types, args: &[Arg]) -> Types {
        callee.flat_map(|one| match one {
            Type::External(path) => self.external_call(site, known::canonical(*path), args),
            Type::Module { path, .. } => self.external_call(site, known::canonical(*path), args),
            Type::Method { class, name, .. } => self.method_call(site, *class, *name, args),
            Type::Class(class) => Types::one(Type::Object(*class, Some(site))),
            // `queue.Queue[int]()`
            Type::TypeExpression(at) => match self.item(at.file, at.item).map(|(_, item, _)| item.expr(at.expr)) {
                Some(pyteam_syntax::Expr::Subscript { value, .. }) => {
                    let class = self.expr(Site { expr: *value, ..*at });
                    declared_by(&self.call(site, &class, args), &self.annotation(*at))
                }
                _ => Types::unknown(),
            },
            Type::Function(function, _) => self.returns(*function, None),
            Type::None => Types::default(),
            _ => Types::unknown(),
        })
    }

    fn arg(&self, site: Site, args: &[Arg], at: usize) -> Option<Types> {
        let arg = args.get(at).filter(|arg| arg.kind == ArgKind::Positional)?;
        Some(self.expr(Site { expr: arg.value, ..site }))
    }

    fn external_call(&self, site: Site, path: Name, args: &[Arg]) -> Types {
        let text = path.as_str();
        match text {
            "builtins.list" | "builtins.set" | "builtins.sorted" | "builtins.reversed" | "builtins.iter"
            | "builtins.frozenset" | "builtins.tuple" | "collections.deque" => {
                let element = self.arg(site, args, 0).map(|types| element(&types)).unwrap_or_default();
                return Types::one(Type::Sequence(Rc::new(element)));
            }
            "builtins.enumerate" => {
                let element = self.arg(site, args, 0).map_or_else(Types::unknown, |types| element(&types));
                let pair = Type::Tuple(Rc::from([Types::one(Type::Builtin("int")), element]));
                return Types::one(Type::Sequence(Rc::new(Types::one(pair))));
            }
            "builtins.zip" => return self.zip(site, args),
            "builtins.dict" if args.is_empty() => return Types::one(Type::Mapping(Rc::default())),
            "builtins.next" => {
                return self.arg(site, args, 0).map_or_else(Types::unknown, |types| element(&types));
            }
            "typing.cast" => {
                let Some(arg) = args.first() else { return Types::unknown() };
                return self.annotation(Site { expr: arg.value, ..site });
            }
            "builtins.getattr" => return self.attribute_by_name(site, args),
            "builtins.super" if args.is_empty() => return self.parents(site),
            "builtins.round" if args.len() > 1 => return Types::one(Type::Builtin("float")),
            "functools.partial" => {
                // Calling it calls what it holds.
                return self.arg(site, args, 0).unwrap_or_else(Types::unknown);
            }
            "copy.copy" | "copy.deepcopy" => return self.arg(site, args, 0).unwrap_or_else(Types::unknown),
            _ => {}
        }
        known::call(path, site).map_or_else(Types::unknown, Types::one)
    }

    /// What `getattr(value, "name", default)` gives. A default of None is left out: it is there for objects without
    /// the attribute.
    fn attribute_by_name(&self, site: Site, args: &[Arg]) -> Types {
        let Some((_, item, _)) = self.item(site.file, site.item) else { return Types::unknown() };
        let [value, attr, rest @ ..] = args else { return Types::unknown() };
        let pyteam_syntax::Expr::Str(text) = item.expr(attr.value) else { return Types::unknown() };
        let (Some(attr), true) = (text.value, args.iter().all(|arg| arg.kind == ArgKind::Positional)) else {
            return Types::unknown();
        };
        let base = self.expr(Site { expr: value.value, ..site });
        let mut all = self.attribute(&base, attr);
        if let [default, ..] = rest {
            let default = self.expr(Site { expr: default.value, ..site });
            all.extend(default.non_none().cloned().collect());
        }
        all
    }

    /// What `super()` gives: an object of the one base of the class around that the workspace knows.
    fn parents(&self, site: Site) -> Types {
        let class = self.enclosing_function(site).and_then(|function| self.class_of(function));
        let bases = class.map(|class| self.bases(class)).unwrap_or_default();
        let known: Vec<_> = bases
            .iter()
            .filter_map(|base| match base {
                Base::Class(class) => Some(Type::Object(*class, None)),
                _ => None,
            })
            .collect();
        match (known.as_slice(), bases.as_slice()) {
            ([only], _) => Types::one(only.clone()),
            ([], [Base::External(path)]) => Types::one(Type::instance(path.as_str(), None)),
            _ => Types::unknown(),
        }
    }

    fn zip(&self, site: Site, args: &[Arg]) -> Types {
        // `strict=True` changes nothing about what comes out.
        let args: Vec<Arg> = args.iter().filter(|arg| !matches!(arg.kind, ArgKind::Keyword(_))).copied().collect();
        let args = args.as_slice();
        if let [Arg { kind: ArgKind::Star, value, .. }] = args {
            // `zip(*[Pipe() for _ in range(n)])`: a pair of sequences.
            let rows = element(&self.expr(Site { expr: *value, ..site }));
            return rows.flat_map(|row| match row {
                Type::Tuple(items) => {
                    let columns = items.iter().map(|item| Types::one(Type::Sequence(Rc::new(item.clone()))));
                    Types::one(Type::Tuple(columns.collect()))
                }
                _ => Types::unknown(),
            });
        }
        let elements =
            (0..args.len()).map(|at| self.arg(site, args, at).map_or_else(Types::unknown, |types| element(&types)));
        Types::one(Type::Sequence(Rc::new(Types::one(Type::Tuple(elements.collect())))))
    }

    fn method_call(&self, site: Site, class: Name, name: Name, args: &[Arg]) -> Types {
        if let Some(made) = known::method_call(class, name, site) {
            return Types::one(made);
        }
        // Containers hand out what they hold: ask for the receiver again, as a container.
        let Some((receiver, _)) = self.receiver(site) else { return Types::unknown() };
        match (class.as_str(), name.as_str()) {
            ("builtins.list", "pop") => element(&receiver),
            ("builtins.list" | "builtins.dict", "copy") => receiver,
            ("builtins.dict", "get" | "pop" | "setdefault") => {
                let mut all = values(&receiver);
                if let Some(default) = self.arg(site, args, 1) {
                    all.extend(default);
                }
                all
            }
            ("builtins.dict", "values") => Types::one(Type::Sequence(Rc::new(values(&receiver)))),
            ("builtins.dict", "items") => {
                let pair = Type::Tuple(Rc::from([Types::unknown(), values(&receiver)]));
                Types::one(Type::Sequence(Rc::new(Types::one(pair))))
            }
            ("builtins.str", "encode") => Types::one(Type::Builtin("bytes")),
            ("builtins.str", "format" | "join" | "strip" | "lower" | "upper" | "replace") => {
                Types::one(Type::Builtin("str"))
            }
            _ => Types::unknown(),
        }
    }

    /// What calling a function of the workspace gives: its declared type, else what its `return`s give.
    pub(super) fn returns(&self, function: FunctionRef, receiver: Option<&Type>) -> Types {
        let Some(definition) = self.function(function) else { return Types::unknown() };
        let Some((_, _, facts)) = self.item(function.file, function.item) else { return Types::unknown() };
        let Some(body) = facts.functions.iter().find(|one| one.stmt == function.stmt) else { return Types::unknown() };
        if body.yields && !definition.is_async {
            return self.yielded(function, body);
        }
        if body.yields || !definition.decorators.is_empty() && receiver.is_none() && !self.keeps_result(function) {
            return Types::unknown();
        }
        let site = |expr| Site { file: function.file, item: function.item, expr };
        let mut types = match definition.returns {
            Some(annotation) => self.annotation(site(annotation)),
            None => Types::unknown(),
        };
        if types.has_nested_unknown() && !body.returns.is_empty() {
            types = self.completed(types, || {
                body.returns.iter().fold(Types::default(), |mut all, value| {
                    all.extend(self.expr(site(*value)));
                    all
                })
            });
        } else if definition.returns.is_none() && body.returns.is_empty() {
            types = Types::one(Type::None);
        }
        if definition.is_async { Types::one(Type::Awaitable(Rc::new(types))) } else { types }
    }

    /// What calling a generator gives: a sequence of what it yields; with `@contextmanager`, one to be entered.
    fn yielded(&self, function: FunctionRef, body: &FunctionFacts) -> Types {
        let Some(definition) = self.function(function) else { return Types::unknown() };
        let Some((_, item, _)) = self.item(function.file, function.item) else { return Types::unknown() };
        let site = |expr| Site { file: function.file, item: function.item, expr };
        let of_yields = || {
            body.yielded.iter().fold(Types::default(), |mut all, value| {
                all.extend(self.expr(site(*value)));
                all
            })
        };
        let decorators: Vec<_> =
            definition.decorators.iter().filter_map(|decorator| last_name(item, *decorator)).collect();
        match decorators.as_slice() {
            [] if definition.decorators.is_empty() => Types::one(Type::Sequence(Rc::new(of_yields()))),
            [one] if *one == "contextmanager" => Types::one(Type::Manager(Rc::new(of_yields()))),
            _ => Types::unknown(),
        }
    }

    /// Whether the decorators leave the result as it is.
    fn keeps_result(&self, function: FunctionRef) -> bool {
        let Some(definition) = self.function(function) else { return false };
        let Some((_, item, _)) = self.item(function.file, function.item) else { return false };
        definition.decorators.iter().all(|decorator| match item.expr(*decorator) {
            pyteam_syntax::Expr::Name(name) | pyteam_syntax::Expr::Attribute { attr: name, .. } => matches!(
                name.as_str(),
                "staticmethod"
                    | "classmethod"
                    | "abstractmethod"
                    | "override"
                    | "cache"
                    | "lru_cache"
                    | "wraps"
                    | "final"
            ),
            _ => false,
        })
    }
}

/// What a call made, with the type arguments that its class is written with.
fn declared_by(made: &Types, written: &Types) -> Types {
    let arguments = |wanted: Name| {
        written.iter().find_map(|one| match one {
            Type::Instance { class, args, .. } if *class == wanted => Some(args.clone()),
            _ => None,
        })
    };
    made.flat_map(|one| match one {
        Type::Instance { class, origin, args } if args.is_empty() => {
            let args = arguments(*class).unwrap_or_default();
            Types::one(Type::Instance { class: *class, origin: *origin, args })
        }
        _ => Types::one(one.clone()),
    })
}
