//! What a request is about, as a user names or points at it.

use std::path::PathBuf;

use pyteam_answers::Subject;
use pyteam_index::snapshot::File;
use pyteam_syntax::{Item, Stmt, TextRange};

/// `PATH[:SYMBOL]`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// A file or a folder.
    pub path: PathBuf,
    /// A class, a function, or a method as `Class.method`.
    pub symbol: Option<String>,
    /// A line, from 1: the finding that is there, else what is around it.
    pub line: Option<u32>,
}

impl Named {
    /// Takes `text` apart at its last colon, where what follows may be a symbol. A drive's letter is none.
    pub fn parse(text: &str) -> Self {
        let is_symbol = |name: &str| {
            !name.is_empty()
                && name.split('.').all(|part| {
                    part.chars()
                        .enumerate()
                        .all(|(at, c)| c == '_' || c.is_alphabetic() || at > 0 && c.is_alphanumeric())
                        && !part.is_empty()
                })
        };
        match text.rsplit_once(':') {
            Some((path, symbol)) if !path.is_empty() && is_symbol(symbol) && !is_drive(path) => {
                Self { path: path.into(), symbol: Some(symbol.to_owned()), line: None }
            }
            Some((path, line)) if !path.is_empty() && line.parse::<u32>().is_ok() => {
                Self { path: path.into(), symbol: None, line: line.parse().ok() }
            }
            _ => Self { path: text.into(), symbol: None, line: None },
        }
    }

    /// Whether `text` is meant as a target, though there may be no such file: it looks like a path, and not like words.
    pub fn is_meant(text: &str) -> bool {
        let named = Self::parse(text);
        named.path.exists()
            || !text.contains(char::is_whitespace)
                && (named.symbol.is_some()
                    || named.line.is_some()
                    || text.contains(['/', '\\'])
                    || named.path.extension().is_some_and(|end| end == "py"))
    }
}

/// `C`, of `C:folder`.
fn is_drive(path: &str) -> bool {
    path.len() == 1 && path.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The names of a file's classes, functions and methods, in the order of their places.
pub fn symbols_of(file: &File) -> Vec<String> {
    (0..file.parsed.items.len()).filter_map(|index| name_of(file, index)).collect()
}

/// Where the class, function or method `name` stands.
pub fn range_of(file: &File, name: &str) -> Option<TextRange> {
    let index = (0..file.parsed.items.len()).find(|index| name_of(file, *index).as_deref() == Some(name))?;
    Some(file.absolute(index as u32, TextRange::up_to(file.item(index as u32).len())))
}

/// The innermost class, function or method around `range`, else the file.
pub fn subject_at(file: &File, range: TextRange) -> Subject {
    let around = |index: usize| file.absolute(index as u32, TextRange::up_to(file.item(index as u32).len()));
    let candidates = (0..file.parsed.items.len()).filter(|index| around(*index).contains_range(range));
    let named = candidates.filter_map(|index| Some((around(index).len(), name_of(file, index)?)));
    let innermost = named.min_by_key(|(length, _)| *length);
    innermost.map_or(Subject::File(file.id), |(_, name)| Subject::Symbol(file.id, name))
}

/// What an item is called: `function`, `Class`, `Class.method`.
fn name_of(file: &File, index: usize) -> Option<String> {
    let name = |item: &Item| match item.stmt(item.root()) {
        Stmt::Class(class) => Some(class.name),
        Stmt::Function(function) => Some(function.name),
        _ => None,
    };
    let own = name(file.item(index as u32))?;
    let class = file.parsed.items[index].parent.and_then(|parent| name(file.item(parent)));
    Some(class.map_or_else(|| own.to_string(), |class| format!("{class}.{own}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_does_not_look_like_words() {
        for text in ["camra.py:Foo", "src/x", "camera.py:12", "gone.py"] {
            assert!(Named::is_meant(text), "{text}");
        }
        for text in ["Why does it hang?", "note: see a/b", "review"] {
            assert!(!Named::is_meant(text), "{text}");
        }
    }

    #[test]
    fn a_symbol_stands_behind_the_last_colon() {
        let of = |text: &str| {
            let Named { path, symbol, .. } = Named::parse(text);
            (path.to_string_lossy().into_owned(), symbol)
        };
        assert_eq!(of("a/b.py"), ("a/b.py".to_owned(), None));
        assert_eq!(of("a/b.py:Worker.run"), ("a/b.py".to_owned(), Some("Worker.run".to_owned())));
        assert_eq!(of("C:worker"), ("C:worker".to_owned(), None));
        assert_eq!(of(".:Worker"), (".".to_owned(), Some("Worker".to_owned())));
        assert_eq!((of("a.py:12"), Named::parse("a.py:12").line), (("a.py".to_owned(), None), Some(12)));
        assert_eq!(of("."), (".".to_owned(), None));
    }
}
