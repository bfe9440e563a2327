//! The typed tree: what the rest of pyteam sees of Python.
//!
//! An *item* is a top-level statement or a method of a top-level class. Each has an arena of its own with
//! ranges relative to its start, so that an edit elsewhere in the file moves an item by changing one offset.

use text_size::TextRange;

use crate::name::Name;

pub use crate::item::{ExprId, Item, Parent, StmtId};
pub(crate) use crate::item::{ExprNode, StmtNode};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// An identifier.
    Name(Name),
    /// `value.attr`
    Attribute {
        /// The object.
        value: ExprId,
        /// The attribute's name; it ends where the expression ends.
        attr: Name,
    },
    /// `func(args)`
    Call {
        /// What is called.
        func: ExprId,
        /// The arguments, in source order. [`Item::call_parens`] knows where their list stands.
        args: Box<[Arg]>,
    },
    /// `value[index]`; several indices are one [`Expr::Tuple`].
    Subscript {
        /// The object.
        value: ExprId,
        /// What stands between the brackets.
        index: ExprId,
    },
    /// A string or bytes literal without interpolation, concatenated parts included.
    Str(StrLit),
    /// An f-string (or a concatenation with one).
    FString(Box<[FStringPart]>),
    /// `1`
    Int(Option<i64>),
    /// `1.0`, `1j`
    Float,
    /// `True`, `False`
    Bool(bool),
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `(a, b)`, `a, b`
    Tuple(Box<[ExprId]>),
    /// `[a, b]`
    List(Box<[ExprId]>),
    /// `{a, b}`
    Set(Box<[ExprId]>),
    /// `{k: v, **rest}`
    Dict(Box<[DictEntry]>),
    /// `lambda x: body`
    Lambda(Box<Lambda>),
    /// A list, set, dict or generator comprehension.
    Comprehension(Box<Comprehension>),
    /// `left + right`
    Binary {
        /// Left operand.
        left: ExprId,
        /// `+`, `|`, `<<`, ...
        op: Name,
        /// Right operand.
        right: ExprId,
    },
    /// `left and right`, `left or right`
    Bool2 {
        /// Left operand.
        left: ExprId,
        /// Whether it is `and`.
        and: bool,
        /// Right operand.
        right: ExprId,
    },
    /// `not x`
    Not(ExprId),
    /// `-x`, `+x`, `~x`
    Unary(Name, ExprId),
    /// `a < b <= c`: operators between consecutive operands (`is not` and `not in` are one operator).
    Compare(Box<Compare>),
    /// `body if test else orelse`
    Conditional {
        /// Value when the test holds.
        body: ExprId,
        /// The test.
        test: ExprId,
        /// Value otherwise.
        orelse: ExprId,
    },
    /// `await x`
    Await(ExprId),
    /// `yield x`
    Yield(Option<ExprId>),
    /// `yield from x`
    YieldFrom(ExprId),
    /// `*x`
    Starred(ExprId),
    /// `x := value`
    Walrus {
        /// The name.
        target: ExprId,
        /// What it is bound to.
        value: ExprId,
    },
    /// `a:b:c`
    Slice(Box<[ExprId]>),
    /// Something that does not parse, or that stands too deep to be looked at. Its meaning is unknown.
    Error,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrLit {
    /// The value, where it is short (at most 200 bytes), on one line and known.
    pub value: Option<Name>,
    /// Whether it is a bytes literal.
    pub bytes: bool,
}

/// A part of an f-string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FStringPart {
    /// Constant text, as it stands in the source.
    Text(TextRange),
    /// `{expr}`
    Expr(ExprId),
}

/// An argument of a call, or a base or keyword of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// What kind it is.
    pub kind: ArgKind,
    /// The value, without `name=` or stars.
    pub value: ExprId,
    /// The whole argument, with `name=` or stars.
    pub range: TextRange,
}

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// `x`
    Positional,
    /// `name=x`
    Keyword(Name),
    /// `*x`
    Star,
    /// `**x`
    DoubleStar,
}

/// An entry of a dict display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DictEntry {
    /// `None` for `**value`.
    pub key: Option<ExprId>,
    /// The value, or what is spread.
    pub value: ExprId,
}

/// `a < b <= c`
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    /// At least two.
    pub operands: Box<[ExprId]>,
    /// One less than operands.
    pub ops: Box<[Name]>,
}

/// `lambda params: body`
#[derive(Debug, Clone, PartialEq)]
pub struct Lambda {
    /// Parameters.
    pub params: Box<[Param]>,
    /// The one expression.
    pub body: ExprId,
}

/// What a comprehension builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComprehensionKind {
    /// `[..]`
    List,
    /// `{..}`
    Set,
    /// `{k: v ..}`
    Dict,
    /// `(..)`
    Generator,
}

/// `[element for target in iter if cond]`
#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    /// What it builds.
    pub kind: ComprehensionKind,
    /// The key of a dict comprehension.
    pub key: Option<ExprId>,
    /// Element or value.
    pub element: ExprId,
    /// `for` clauses, outermost first.
    pub clauses: Box<[Clause]>,
}

/// `for target in iter if conditions`
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What is bound.
    pub target: ExprId,
    /// What is iterated.
    pub iter: ExprId,
    /// The `if` clauses after it.
    pub conditions: Box<[ExprId]>,
    /// `async for`
    pub is_async: bool,
}

/// A statement. Bodies are in source order.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    /// An expression on its own.
    Expr(ExprId),
    /// `a = b = value`
    Assign {
        /// At least one.
        targets: Box<[ExprId]>,
        /// What is assigned.
        value: ExprId,
    },
    /// `target: annotation = value`
    AnnAssign {
        /// What is declared.
        target: ExprId,
        /// The type, a quoted one unquoted.
        annotation: ExprId,
        /// The value, if any.
        value: Option<ExprId>,
    },
    /// `target += value`
    AugAssign {
        /// What is changed.
        target: ExprId,
        /// `+=`, ...
        op: Name,
        /// The operand.
        value: ExprId,
    },
    /// `return value`
    Return(Option<ExprId>),
    /// `raise exc from cause`
    Raise {
        /// What is raised; a bare `raise` has none.
        exc: Option<ExprId>,
        /// Its cause.
        cause: Option<ExprId>,
    },
    /// `assert test, message`
    Assert {
        /// The condition.
        test: ExprId,
        /// The message.
        message: Option<ExprId>,
    },
    /// `del a, b`
    Delete(Box<[ExprId]>),
    /// `pass`
    Pass,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `global a, b`
    Global(Box<[Name]>),
    /// `nonlocal a, b`
    Nonlocal(Box<[Name]>),
    /// `import a.b as c`
    Import(Box<[ImportName]>),
    /// `from ..a import b as c`
    ImportFrom(Box<ImportFrom>),
    /// `if`; an `elif` is an `If` alone in `orelse`.
    If {
        /// The condition.
        test: ExprId,
        /// When it holds.
        body: Box<[StmtId]>,
        /// Otherwise.
        orelse: Box<[StmtId]>,
    },
    /// `while`
    While {
        /// The condition.
        test: ExprId,
        /// The loop's body.
        body: Box<[StmtId]>,
        /// `else`
        orelse: Box<[StmtId]>,
    },
    /// `for`
    For {
        /// What is bound.
        target: ExprId,
        /// What is iterated.
        iter: ExprId,
        /// The loop's body.
        body: Box<[StmtId]>,
        /// `else`
        orelse: Box<[StmtId]>,
        /// `async for`
        is_async: bool,
    },
    /// `with`
    With {
        /// Context managers with their targets.
        items: Box<[WithItem]>,
        /// The block.
        body: Box<[StmtId]>,
        /// `async with`
        is_async: bool,
    },
    /// `try`
    Try(Box<Try>),
    /// `match`
    Match {
        /// What is matched.
        subject: ExprId,
        /// The cases.
        cases: Box<[Case]>,
    },
    /// `def`
    Function(Box<Function>),
    /// `class`
    Class(Box<Class>),
    /// A method of a top-level class, which is an item of its own: the n-th child of the class's item.
    Member(u32),
    /// `type X = ...`
    TypeAlias {
        /// The new name.
        name: Option<Name>,
        /// Its meaning.
        value: ExprId,
    },
    /// Something that does not parse. Whatever statements could be made out inside follow it as siblings.
    Error,
}

/// `a.b as c` in an import statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportName {
    /// The dotted path as written.
    pub path: Name,
    /// `as` name.
    pub alias: Option<Name>,
    /// Where it stands.
    pub range: TextRange,
}

/// `from module import names`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFrom {
    /// Leading dots.
    pub level: u32,
    /// The dotted module after the dots; empty for `from . import x`.
    pub module: Option<Name>,
    /// The names; empty with `star`.
    pub names: Box<[ImportName]>,
    /// `import *`
    pub star: bool,
}

/// `context as target`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WithItem {
    /// The context manager.
    pub context: ExprId,
    /// What it is bound to.
    pub target: Option<ExprId>,
}

/// `try`
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// The guarded block.
    pub body: Box<[StmtId]>,
    /// `except` clauses.
    pub handlers: Box<[Handler]>,
    /// `else`
    pub orelse: Box<[StmtId]>,
    /// `finally`
    pub finalbody: Box<[StmtId]>,
}

/// `except kind as name:`
#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    /// What it catches; a bare `except` has none.
    pub kind: Option<ExprId>,
    /// `as` name.
    pub name: Option<Name>,
    /// Its block.
    pub body: Box<[StmtId]>,
    /// The whole clause.
    pub range: TextRange,
}

/// `case pattern if guard:`
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The literals that the pattern compares with, and the names it binds, as expressions.
    pub patterns: Box<[ExprId]>,
    /// Whether it matches everything (`_` or a bare name).
    pub wildcard: bool,
    /// `if` guard.
    pub guard: Option<ExprId>,
    /// Its block.
    pub body: Box<[StmtId]>,
    /// The whole clause.
    pub range: TextRange,
}

/// `def name(params) -> returns: body`
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub name_range: TextRange,
    /// Parameters in source order.
    pub params: Box<[Param]>,
    /// The parenthesised parameter list.
    pub params_range: TextRange,
    /// Return annotation, a quoted one unquoted.
    pub returns: Option<ExprId>,
    /// The body.
    pub body: Box<[StmtId]>,
    /// The body's text, from its first statement to its last.
    pub body_range: TextRange,
    /// Decorators, outermost first.
    pub decorators: Box<[ExprId]>,
    /// `async def`
    pub is_async: bool,
    /// From `def` (or `async`) on, without decorators.
    pub def_range: TextRange,
}

/// How a parameter takes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// Before `/`
    PositionalOnly,
    /// By position or name.
    Normal,
    /// `*args`
    Star,
    /// After `*`
    KeywordOnly,
    /// `**kwargs`
    DoubleStar,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name, without stars.
    pub name: Name,
    /// The whole parameter.
    pub range: TextRange,
    /// How it takes arguments.
    pub kind: ParamKind,
    /// Annotation, a quoted one unquoted.
    pub annotation: Option<ExprId>,
    /// Default value.
    pub default: Option<ExprId>,
}

/// `class name(bases, keywords): body`
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: Name,
    /// Where the name stands.
    pub name_range: TextRange,
    /// Bases and keywords (`metaclass=`), in source order.
    pub args: Box<[Arg]>,
    /// The parenthesised list of bases, parentheses included.
    pub parens: Option<TextRange>,
    /// The body; methods of a top-level class are [`Stmt::Member`].
    pub body: Box<[StmtId]>,
    /// The body's text.
    pub body_range: TextRange,
    /// Decorators, outermost first.
    pub decorators: Box<[ExprId]>,
    /// From `class` on, without decorators.
    pub def_range: TextRange,
}
