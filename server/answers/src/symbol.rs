//! A symbol by its name: a class, a function, a method or a variable of a module.

use pyteam_index::FileId;
use pyteam_index::definitions::{ClassRef, FunctionRef};
use pyteam_index::facts::Source;
use pyteam_index::infer::Inference;
use pyteam_syntax::{Name, StmtId, TextRange};

/// A symbol, and where it is defined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) kind: SymbolKind,
    pub(crate) file: FileId,
    /// Its whole statement, decorators included, as a range of the file.
    pub(crate) range: TextRange,
}

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolKind {
    Function(FunctionRef),
    Class(ClassRef),
    Variable,
}

impl Symbol {
    /// The symbol of a dotted name in a file.
    pub(crate) fn find(inference: &Inference<'_>, file: FileId, dotted: &str) -> Option<Self> {
        let (first, rest) = dotted.split_once('.').map_or((dotted, None), |(first, rest)| (first, Some(rest)));
        let found = Self::at_module(inference, file, first)?;
        match (found.kind, rest) {
            (_, None) => Some(found),
            (SymbolKind::Class(class), Some(method)) => {
                let method = inference.method_named(class, Name::new(method))?;
                // One that is inherited stands elsewhere, and is asked about there.
                (method.file == file).then(|| Self::function(inference, method)).flatten()
            }
            _ => None,
        }
    }

    /// A function as a symbol.
    pub(crate) fn function(inference: &Inference<'_>, function: FunctionRef) -> Option<Self> {
        Self::of(inference, SymbolKind::Function(function), function.file, function.item, function.stmt)
    }

    fn at_module(inference: &Inference<'_>, id: FileId, name: &str) -> Option<Self> {
        let file = inference.file(id)?;
        // The last binding is the one that other files see.
        let bound = inference.bindings_in(file, Name::new(name))?.last()?;
        let (_, _, facts) = inference.item(id, bound.item)?;
        let binding = facts.bindings.get(bound.binding as usize)?;
        let kind = match binding.source {
            Source::Function(stmt) => SymbolKind::Function(FunctionRef { file: id, item: bound.item, stmt }),
            Source::Class(stmt) => SymbolKind::Class(ClassRef { file: id, item: bound.item, stmt }),
            _ => SymbolKind::Variable,
        };
        Self::of(inference, kind, id, bound.item, binding.stmt)
    }

    fn of(inference: &Inference<'_>, kind: SymbolKind, id: FileId, index: u32, stmt: StmtId) -> Option<Self> {
        let (file, item, _) = inference.item(id, index)?;
        let range = file.absolute(index, item.stmt_range(stmt));
        // A statement's own range may leave out its decorators; the item's has them.
        let range = if item.root() == stmt { file.parsed.items[index as usize].range() } else { range };
        Some(Self { kind, file: id, range })
    }
}
