//! Annotations: what a declared type says about a value.

use std::rc::Rc;

use pyteam_syntax::{Expr, ExprId};

use super::types::{Type, Types};
use super::{Inference, Site};
use crate::known;

impl Inference<'_> {
    /// What a value annotated by `site` may be.
    pub fn annotation(&self, site: Site) -> Types {
        if self.depth.get() >= super::MAX_DEPTH {
            return self.given_up();
        }
        self.depth.set(self.depth.get() + 1);
        let types = self.annotation_types(site);
        self.depth.set(self.depth.get() - 1);
        types
    }

    fn annotation_types(&self, site: Site) -> Types {
        let Some((_, item, _)) = self.item(site.file, site.item) else { return Types::unknown() };
        let at = |expr: ExprId| Site { expr, ..site };
        match item.expr(site.expr) {
            Expr::None => Types::one(Type::None),
            Expr::Binary { left, op, right } if *op == "|" => {
                let mut all = self.annotation(at(*left));
                all.extend(self.annotation(at(*right)));
                all
            }
            Expr::Subscript { value, index } => {
                let args: Vec<ExprId> = match item.expr(*index) {
                    Expr::Tuple(items) => items.to_vec(),
                    _ => vec![*index],
                };
                self.generic(site, at(*value), &args)
            }
            Expr::Name(_) | Expr::Attribute { .. } => self.expr(site).flat_map(|one| self.declared(one, site, &[])),
            _ => Types::unknown(),
        }
    }

    /// An object of the class that an annotation names.
    fn declared(&self, named: &Type, site: Site, args: &[Types]) -> Types {
        match named {
            Type::Class(class) => Types::one(Type::Object(*class, Some(site))),
            Type::External(path) => {
                let path = known::canonical(*path);
                if let Some(builtin) = known::builtin_class(path.as_str()) {
                    return Types::one(builtin);
                }
                if known::is_opaque_annotation(path) {
                    return Types::unknown();
                }
                let class = known::annotated_class(path);
                Types::one(Type::Instance { class, origin: Some(site), args: args.iter().cloned().collect() })
            }
            // An alias: `FrameQueue = queue.Queue[Frame]`, seen through its value.
            Type::TypeExpression(alias) => self.annotation(*alias),
            // Stands for whatever is given.
            Type::Instance { class, .. } if class.as_str().ends_with(".TypeVar") => Types::unknown(),
            Type::Instance { .. } | Type::Object(..) | Type::None => Types::one(named.clone()),
            _ => Types::unknown(),
        }
    }

    fn generic(&self, site: Site, base: Site, args: &[ExprId]) -> Types {
        let named = self.expr(base);
        let arg =
            |at: usize| args.get(at).map_or_else(Types::unknown, |expr| self.annotation(Site { expr: *expr, ..site }));
        let path = match named.as_slice() {
            [Type::External(path)] => known::canonical(*path),
            [Type::Class(_)] => return named.flat_map(|one| self.declared(one, site, &[])),
            _ => return Types::unknown(),
        };
        match path.as_str() {
            "typing.Optional" => {
                let mut all = arg(0);
                all.push(Type::None);
                all
            }
            "typing.Union" => (0..args.len()).fold(Types::default(), |mut all, at| {
                all.extend(arg(at));
                all
            }),
            "typing.Annotated" | "typing.Final" | "typing.ClassVar" | "typing.Required" | "typing.NotRequired" => {
                arg(0)
            }
            "builtins.tuple" => {
                let variadic = args.get(1).is_some_and(|expr| {
                    self.item(site.file, site.item)
                        .is_some_and(|(_, item, _)| matches!(item.expr(*expr), Expr::Ellipsis))
                });
                if variadic {
                    Types::one(Type::Sequence(Rc::new(arg(0))))
                } else {
                    Types::one(Type::Tuple((0..args.len()).map(arg).collect()))
                }
            }
            _ if known::is_sequence(path) => Types::one(Type::Sequence(Rc::new(arg(0)))),
            _ if known::is_mapping(path) => Types::one(Type::Mapping(Rc::new(arg(1)))),
            "typing.Awaitable" | "typing.Coroutine" => {
                Types::one(Type::Awaitable(Rc::new(arg(args.len().saturating_sub(1)))))
            }
            "builtins.type" => arg(0).flat_map(|one| match one {
                Type::Object(class, _) => Types::one(Type::Class(*class)),
                Type::Instance { class, .. } => Types::one(Type::External(*class)),
                _ => Types::unknown(),
            }),
            _ => {
                let args: Vec<Types> = (0..args.len()).map(arg).collect();
                named.flat_map(|one| self.declared(one, site, &args))
            }
        }
    }
}
