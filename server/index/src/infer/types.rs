//! What a value may be.

use std::rc::Rc;

use pyteam_syntax::Name;
use smallvec::{SmallVec, smallvec};

use super::Site;
use crate::definitions::{ClassRef, FunctionRef};
use crate::file_id::FileId;

/// One thing that a value may be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Something that could not be followed.
    Unknown,
    /// `None`
    None,
    /// A module, package or prefix of one, as imported by a file.
    Module {
        /// Dotted path.
        path: Name,
        /// Who imports it.
        importer: FileId,
    },
    /// A module, class or function from outside the workspace, by its dotted path.
    External(Name),
    /// An object of a class from outside.
    Instance {
        /// Dotted path of the class, canonical (see [`crate::known::canonical`]).
        class: Name,
        /// Where it was made: a call, or the annotation that declares it.
        origin: Option<Site>,
        /// What it holds, where that is declared or known: an element, or key and value.
        args: Rc<[Types]>,
    },
    /// A method of an object from outside.
    Method {
        /// Dotted path of the class.
        class: Name,
        /// The method.
        name: Name,
        /// Where the object was made.
        origin: Option<Site>,
    },
    /// A class of the workspace.
    Class(ClassRef),
    /// An object of a class of the workspace, and where it was made.
    Object(ClassRef, Option<Site>),
    /// A function of the workspace; the flag tells whether it is bound to an object or class.
    Function(FunctionRef, bool),
    /// A coroutine or other call result that gives this when awaited.
    Awaitable(Rc<Types>),
    /// What gives this when it is entered by `with`.
    Manager(Rc<Types>),
    /// A tuple with known elements.
    Tuple(Rc<[Types]>),
    /// A list, set, generator or other sequence of such elements.
    Sequence(Rc<Types>),
    /// A dict with such values.
    Mapping(Rc<Types>),
    /// A type written as a value: `A | B`, `Optional[A]`, `list[A]`. Aliases are made of these.
    TypeExpression(Site),
    /// A literal or other value of a built-in class: `int`, `str`, `bytes`, `float`, `bool`, `dict`, ...
    Builtin(&'static str),
}

/// A set of [`Type`]s, small and without repetition. Empty: nothing is known to flow here yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Types(SmallVec<[Type; 1]>);

/// More alternatives than this are no knowledge.
const MAX_ALTERNATIVES: usize = 12;

impl Types {
    /// Nothing that can be followed.
    pub fn unknown() -> Self {
        Self(smallvec![Type::Unknown])
    }
    /// One alternative.
    pub fn one(one: Type) -> Self {
        Self(smallvec![one])
    }
    /// Adds an alternative.
    pub fn push(&mut self, one: Type) {
        if self.0.len() >= MAX_ALTERNATIVES {
            if !self.has_unknown() {
                self.0.push(Type::Unknown);
            }
        } else if !self.0.contains(&one) {
            self.0.push(one);
        }
    }
    /// Adds all alternatives of `other`.
    pub fn extend(&mut self, other: Types) {
        if self.0.is_empty() {
            *self = other;
        } else {
            other.0.into_iter().for_each(|one| self.push(one));
        }
    }
    /// The alternatives.
    pub fn as_slice(&self) -> &[Type] {
        &self.0
    }
    /// The alternatives.
    pub fn iter(&self) -> std::slice::Iter<'_, Type> {
        self.0.iter()
    }
    /// Whether anything among it could not be followed, or nothing is known at all.
    pub fn has_unknown(&self) -> bool {
        self.0.is_empty() || self.0.contains(&Type::Unknown)
    }
    /// Whether anything in it, however deep, could not be followed: `list[Any]` is vague, and not unsure.
    pub fn has_nested_unknown(&self) -> bool {
        let within = |one: &Type| match one {
            Type::Awaitable(inner) | Type::Manager(inner) | Type::Sequence(inner) | Type::Mapping(inner) => {
                inner.has_nested_unknown()
            }
            Type::Tuple(items) => items.iter().any(Types::has_nested_unknown),
            _ => false,
        };
        self.has_unknown() || self.0.iter().any(within)
    }
    /// This declared type, with what it leaves open taken from what flows. What it says for sure stays, and where the
    /// two contradict one another nothing is added.
    #[must_use]
    pub fn completed_by(self, flow: &Types) -> Types {
        if flow.0.is_empty() {
            return self;
        }
        if self.has_unknown() {
            // `Optional[Any]`: that it may be None is certain.
            let mut all = flow.clone();
            all.extend(self.0.into_iter().filter(|one| *one == Type::None).collect());
            return all;
        }
        let fits = |one: &Type| *one == Type::None || self.0.iter().any(|said| said.is_kind_of(one));
        if !flow.0.iter().all(fits) {
            // An Unknown fits nothing, either.
            return self;
        }
        let complete = |said: &Type| {
            let given: Vec<&Type> = flow.0.iter().filter(|one| said.is_kind_of(one)).collect();
            if given.is_empty() || !Types::one(said.clone()).has_nested_unknown() {
                return Types::one(said.clone());
            }
            given.into_iter().map(|one| said.completed_by(one)).collect()
        };
        self.flat_map(complete)
    }
    /// The alternatives but `None`: what is left where code uses the value.
    pub fn non_none(&self) -> impl Iterator<Item = &Type> {
        self.0.iter().filter(|one| **one != Type::None)
    }
    /// The dotted path, where this is one thing from outside (a `None` beside it does not count).
    pub fn single_external(&self) -> Option<Name> {
        let mut found = self.non_none();
        let path = match found.next()? {
            Type::External(path) => crate::known::canonical(*path),
            Type::Method { class, name, .. } => Name::new(&format!("{class}.{name}")),
            _ => return None,
        };
        found.next().is_none().then_some(path)
    }
    /// The classes of the objects from outside, where every alternative (but `None`) is one.
    pub fn instances(&self) -> Option<Vec<(Name, Option<Site>)>> {
        let found: Option<Vec<_>> = self
            .non_none()
            .map(|one| match one {
                Type::Instance { class, origin, .. } => Some((*class, *origin)),
                _ => None,
            })
            .collect();
        found.filter(|found| !found.is_empty())
    }
    /// Applies `change` to each alternative and unites the answers.
    #[must_use]
    pub fn flat_map(&self, mut change: impl FnMut(&Type) -> Types) -> Types {
        let mut all = Types::default();
        self.0.iter().for_each(|one| all.extend(change(one)));
        all
    }
}

impl<'t> IntoIterator for &'t Types {
    type Item = &'t Type;
    type IntoIter = std::slice::Iter<'t, Type>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Type> for Types {
    fn from_iter<I: IntoIterator<Item = Type>>(iter: I) -> Self {
        let mut all = Self::default();
        iter.into_iter().for_each(|one| all.push(one));
        all
    }
}

impl Type {
    /// An object of the outside class `class`, made at `origin`.
    pub fn instance(class: &str, origin: Option<Site>) -> Self {
        Self::Instance { class: Name::new(class), origin, args: Rc::from([]) }
    }

    /// Whether a value that is `given` may be meant by this declared one, as far as containers go.
    fn is_kind_of(&self, given: &Type) -> bool {
        match (self, given) {
            (Self::Awaitable(_), Self::Awaitable(_))
            | (Self::Manager(_), Self::Manager(_))
            | (Self::Mapping(_), Self::Mapping(_))
            | (Self::Sequence(_), Self::Sequence(_) | Self::Tuple(_)) => true,
            (Self::Tuple(said), Self::Tuple(given)) => said.len() == given.len(),
            _ => self == given,
        }
    }

    /// This declared container, with what it leaves open taken from one that `is_kind_of` it.
    fn completed_by(&self, given: &Type) -> Type {
        let inner = |said: &Types, given: &Types| {
            // What nothing was put into yet holds what is put in later.
            let is_empty = given.as_slice().is_empty() && said.has_unknown();
            Rc::new(if is_empty { Types::default() } else { said.clone().completed_by(given) })
        };
        match (self, given) {
            (Self::Awaitable(said), Self::Awaitable(given)) => Self::Awaitable(inner(said, given)),
            (Self::Manager(said), Self::Manager(given)) => Self::Manager(inner(said, given)),
            (Self::Mapping(said), Self::Mapping(given)) => Self::Mapping(inner(said, given)),
            (Self::Sequence(said), Self::Sequence(given)) => Self::Sequence(inner(said, given)),
            (Self::Sequence(said), Self::Tuple(items)) => {
                Self::Tuple(items.iter().map(|item| said.as_ref().clone().completed_by(item)).collect())
            }
            (Self::Tuple(said), Self::Tuple(given)) => Self::Tuple(
                said.iter().zip(given.iter()).map(|(said, given)| said.clone().completed_by(given)).collect(),
            ),
            _ => self.clone(),
        }
    }
}
