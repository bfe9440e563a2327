//! Expressions.

use std::rc::Rc;

use pyteam_syntax::tree::ComprehensionKind;
use pyteam_syntax::{Expr, ExprId, Name};

use super::types::{Type, Types};
use super::{Inference, Site};
use crate::facts::Step;

impl Inference<'_> {
    pub(super) fn infer(&self, site: Site) -> Types {
        let Some((_, item, _)) = self.item(site.file, site.item) else { return Types::unknown() };
        let at = |expr: ExprId| Site { expr, ..site };
        let one = Types::one;
        match item.expr(site.expr) {
            Expr::Name(name) => self.name(site, *name),
            Expr::Attribute { value, attr } => {
                let base = self.expr(at(*value));
                self.attribute(&base, *attr)
            }
            Expr::Call { func, args, .. } => {
                let callee = self.expr(at(*func));
                self.call(site, &callee, args)
            }
            Expr::Subscript { value, index } => self.subscript(site, at(*value), at(*index)),
            Expr::Str(literal) => one(Type::Builtin(if literal.bytes { "bytes" } else { "str" })),
            Expr::FString(_) => one(Type::Builtin("str")),
            Expr::Int(_) => one(Type::Builtin("int")),
            Expr::Float => one(Type::Builtin("float")),
            Expr::Bool(_) | Expr::Not(_) | Expr::Compare(_) => one(Type::Builtin("bool")),
            Expr::None => one(Type::None),
            Expr::Tuple(items) => one(Type::Tuple(items.iter().map(|item| self.expr(at(*item))).collect())),
            Expr::List(items) | Expr::Set(items) => one(Type::Sequence(Rc::new(self.union(site, items)))),
            Expr::Dict(entries) => {
                let values: Vec<ExprId> = entries.iter().map(|entry| entry.value).collect();
                one(Type::Mapping(Rc::new(self.union(site, &values))))
            }
            Expr::Comprehension(comprehension) => {
                let element = Rc::new(self.expr(at(comprehension.element)));
                one(match comprehension.kind {
                    ComprehensionKind::Dict => Type::Mapping(element),
                    _ => Type::Sequence(element),
                })
            }
            Expr::Conditional { body, orelse, .. } => self.union(site, &[*body, *orelse]),
            Expr::Bool2 { left, right, and } => {
                // `a or b` is `b` where `a` is None; `a and b` is `b`, or something false.
                let mut all = self.expr(at(*right));
                let left = self.expr(at(*left));
                if *and {
                    // Of objects, only what may be false comes through.
                    let may_be_false = |one: &&Type| matches!(one, Type::None | Type::Builtin(_));
                    all.extend(left.iter().filter(may_be_false).cloned().collect());
                } else {
                    all.extend(left.non_none().cloned().collect());
                }
                all
            }
            Expr::Binary { left, op, right } => self.binary(site, at(*left), *op, at(*right)),
            Expr::Await(value) => self.awaited(at(*value)),
            Expr::Walrus { value, .. } => self.expr(at(*value)),
            Expr::Starred(value) => self.expr(at(*value)),
            Expr::Ellipsis => one(Type::Builtin("ellipsis")),
            Expr::Unary(..) | Expr::Lambda(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Slice(_) | Expr::Error => {
                Types::unknown()
            }
        }
    }

    fn union(&self, site: Site, items: &[ExprId]) -> Types {
        // A display with hundreds of elements says no more than its first dozen.
        items.iter().take(16).fold(Types::default(), |mut all, item| {
            all.extend(self.expr(Site { expr: *item, ..site }));
            all
        })
    }

    fn binary(&self, site: Site, left: Site, op: Name, right: Site) -> Types {
        let (left, right) = (self.expr(left), self.expr(right));
        let is_sequence = |types: &Types| matches!(types.as_slice(), [Type::Sequence(_)]);
        if is_sequence(&left) && (op == "*" || (op == "+" && is_sequence(&right))) {
            let mut all = element(&left);
            if op == "+" {
                all.extend(element(&right));
            }
            return Types::one(Type::Sequence(Rc::new(all)));
        }
        let is_type = |types: &Types| {
            let named =
                |one: &Type| matches!(one, Type::Class(_) | Type::External(_) | Type::TypeExpression(_) | Type::None);
            !types.as_slice().is_empty() && types.iter().all(named)
        };
        if op == "|" && is_type(&left) && is_type(&right) {
            return Types::one(Type::TypeExpression(site));
        }
        match (left.as_slice(), right.as_slice()) {
            ([Type::Builtin("int")], [Type::Builtin("int")]) if op == "/" => Types::one(Type::Builtin("float")),
            ([Type::Builtin(a)], [Type::Builtin(b)]) if a == b => left,
            ([Type::Builtin("str" | "bytes")], _) if op == "%" => left,
            ([Type::Builtin("int" | "float")], [Type::Builtin("int" | "float")]) => Types::one(Type::Builtin("float")),
            _ => Types::unknown(),
        }
    }

    fn subscript(&self, site: Site, value: Site, index: Site) -> Types {
        let types = self.expr(value);
        let Some((_, item, _)) = self.item(index.file, index.item) else { return Types::unknown() };
        let number = match item.expr(index.expr) {
            Expr::Int(Some(number)) => usize::try_from(*number).ok(),
            _ => None,
        };
        let is_slice = matches!(item.expr(index.expr), Expr::Slice(_));
        types.flat_map(|one| match one {
            Type::Tuple(items) => match number {
                Some(number) => items.get(number).cloned().unwrap_or_else(Types::unknown),
                None => element(&Types::one(one.clone())),
            },
            Type::Sequence(_) if is_slice => Types::one(one.clone()),
            Type::Sequence(element) | Type::Mapping(element) => (**element).clone(),
            // `queue.Queue[int]` and `Optional[C]` are types, and may be called or named in annotations.
            Type::External(_) | Type::Class(_) => Types::one(Type::TypeExpression(site)),
            _ => Types::unknown(),
        })
    }

    fn awaited(&self, site: Site) -> Types {
        self.expr(site).flat_map(|one| match one {
            Type::Awaitable(result) => (**result).clone(),
            _ => Types::unknown(),
        })
    }

    /// What `with context as x` binds.
    pub(super) fn entered(&self, site: Site) -> Types {
        self.expr(site).flat_map(|one| match one {
            Type::Instance { .. } => Types::one(one.clone()),
            Type::Manager(given) => (**given).clone(),
            Type::Object(class, _) => {
                let enter = self.class_attribute(*class, Name::new("__enter__"));
                match enter.as_slice() {
                    [Type::Function(function, _)] => self.returns(*function, Some(one)),
                    _ => Types::unknown(),
                }
            }
            _ => Types::unknown(),
        })
    }
}

/// What a mapping holds.
pub(super) fn values(receiver: &Types) -> Types {
    receiver.flat_map(|one| match one {
        Type::Mapping(value) => (**value).clone(),
        _ => Types::unknown(),
    })
}

/// What iterating over a value gives.
pub(super) fn element(types: &Types) -> Types {
    types.flat_map(|one| match one {
        Type::Sequence(element) => (**element).clone(),
        Type::Tuple(items) => items.iter().fold(Types::default(), |mut all, item| {
            all.extend(item.clone());
            all
        }),
        Type::Builtin("str") => Types::one(Type::Builtin("str")),
        Type::Builtin("range" | "bytes") => Types::one(Type::Builtin("int")),
        _ => Types::unknown(),
    })
}

/// The part of a value that a path of unpacking leads to.
pub(super) fn unpack(mut types: Types, path: &[Step]) -> Types {
    for step in path {
        types = match step {
            Step::Index(at) => types.flat_map(|one| match one {
                Type::Tuple(items) => items.get(*at as usize).cloned().unwrap_or_else(Types::unknown),
                other => element(&Types::one(other.clone())),
            }),
            Step::Any => element(&types),
            Step::Rest => Types::one(Type::Sequence(std::rc::Rc::new(element(&types)))),
        };
    }
    types
}
