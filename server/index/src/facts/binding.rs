//! Scopes, and what names and attributes are bound to.

use pyteam_syntax::visit::Part;
use pyteam_syntax::{ExprId, Name, StmtId};
use smallvec::SmallVec;

/// A scope of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The scope that the item's statement stands in: the module's, or for a method its class's.
    pub const OUTER: Self = Self(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What makes a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The module, or what the item stands in.
    Module,
    /// A class body, not seen from its methods.
    Class,
    /// A function.
    Function,
    /// A lambda.
    Lambda,
    /// A comprehension.
    Comprehension,
}

/// A scope.
#[derive(Debug)]
pub struct Scope {
    /// What makes it.
    pub kind: ScopeKind,
    /// The statement or expression that makes it; none for the outer scope.
    pub owner: Option<Part>,
    /// The scope around it.
    pub parent: ScopeId,
    /// Its bindings, as indices into [`super::ItemFacts::bindings`], in source order.
    pub bindings: Vec<u32>,
    /// Names declared `global`.
    pub globals: Vec<Name>,
    /// Names declared `nonlocal`.
    pub nonlocals: Vec<Name>,
}

/// A name bound in a scope.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The name.
    pub name: Name,
    /// Where it is bound.
    pub scope: ScopeId,
    /// What it is bound to.
    pub source: Source,
    /// How the name's part is reached inside the source, outermost first.
    pub path: Path,
    /// The statement that binds.
    pub stmt: StmtId,
}

/// Steps of unpacking.
pub type Path = SmallVec<[Step; 1]>;

/// One step of unpacking a tuple target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The n-th element.
    Index(u32),
    /// An element after a starred one: its place is not known from the left.
    Any,
    /// A starred target: a list of elements.
    Rest,
}

/// What a binding takes its value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// An assigned value.
    Value(ExprId),
    /// A declared type, with its value if there is one.
    Annotated(ExprId, Option<ExprId>),
    /// An element of what is iterated.
    Element(ExprId),
    /// What a context manager gives.
    Context(ExprId),
    /// The n-th parameter of a function.
    Param(StmtId, u32),
    /// The n-th parameter of a lambda.
    LambdaParam(ExprId, u32),
    /// A function.
    Function(StmtId),
    /// A class.
    Class(StmtId),
    /// `import path` (binding its first part) or `import path as name`.
    Import {
        /// The dotted path that the name stands for.
        path: Name,
    },
    /// `from module import name`
    ImportFrom {
        /// Leading dots.
        level: u32,
        /// The module after the dots.
        module: Option<Name>,
        /// The imported name.
        name: Name,
    },
    /// `name += value`
    Augmented(ExprId),
    /// `except kind as name`
    Caught(Option<ExprId>),
    /// Bound in a way that is not followed: a pattern, a `del`, a type alias.
    Opaque,
}

/// Something put into a container: `base.append(value)`, `base[key] = value`, `base.extend(value)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The container.
    pub base: ExprId,
    /// What is put in; with [`AdditionKind::All`], what is gone through.
    pub value: ExprId,
    /// How.
    pub kind: AdditionKind,
}

/// How something gets into a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AdditionKind {
    /// As one element.
    Element,
    /// Under a key; lists have them too.
    Keyed,
    /// Element by element.
    All,
}

/// `base.attr = ...`, or `setattr(base, "attr", ...)`
#[derive(Debug, Clone)]
pub struct AttributeWrite {
    /// The object.
    pub base: ExprId,
    /// The attribute.
    pub attr: Name,
    /// The whole target, or the whole call.
    pub target: ExprId,
    /// What is assigned.
    pub source: Source,
    /// How the part is reached inside the source.
    pub path: Path,
    /// The statement that assigns.
    pub stmt: StmtId,
}
