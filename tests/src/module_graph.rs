//! Which module of a crate imports which, read from its source.
//!
//! A path that begins with `crate`, `self`, `super` or a child's name is an import of the module that defines what it names;
//! re-exports are followed to there. `mod x; pub use x::Y;` re-exports a child and imports nothing. Comments, strings and what
//! stands under `#[cfg(test)]` do not count, and nor do other crates: `layers.rs` holds those.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

mod circles;
mod resolve;
mod tokens;

use self::tokens::{Token, tokens};

/// The modules of one crate and their imports.
#[derive(Debug, Default)]
pub struct ModuleGraph {
    modules: Vec<Module>,
    /// Paths that stand in the code, by the module that they stand in.
    paths: Vec<(usize, Vec<String>)>,
}

/// One module, by what its code says at its top level.
#[derive(Debug, Default)]
struct Module {
    /// `lsp::team`; empty for the crate's root.
    name: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// What `use` brings in, by its name here.
    imports: BTreeMap<String, Vec<String>>,
    /// What `use x::*` brings in.
    globs: Vec<Vec<String>>,
    defines: BTreeSet<String>,
}

/// Where files of modules stand that a file declares.
#[derive(Clone, Copy)]
struct Places<'a> {
    /// The file's own folder, from which a `#[path]` leads.
    own: &'a Path,
    /// The folder of its children.
    children: &'a Path,
}

/// Keywords in front of a name that a module defines.
const DEFINITIONS: [&str; 9] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static", "macro_rules"];
/// With what an item can begin that `#[cfg(test)]` stands over.
const ITEMS: [&str; 13] =
    ["mod", "use", "fn", "impl", "struct", "enum", "const", "static", "type", "trait", "pub", "async", "unsafe"];

impl ModuleGraph {
    /// Reads the crate whose root is the file `root`, and into which a build script writes the code `generated`.
    ///
    /// # Panics
    /// Where a module's file cannot be read.
    pub fn read(root: &Path, generated: &str) -> Self {
        let folder = root.parent().unwrap_or(Path::new(""));
        let mut graph = Self::default();
        graph.add(None, "");
        graph.read_tokens(0, &tokens(generated), Places { own: folder, children: folder });
        graph.read_file(0, root, folder);
        graph
    }

    /// The names of all modules, the root's being `crate`, with the names of those that each imports.
    pub fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, targets) in self.edges().iter().enumerate() {
            all.insert(self.name(from), targets.iter().map(|to| self.name(*to)).collect());
        }
        all
    }

    /// The modules that import one another, in order, circle by circle.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let mut circles: Vec<Vec<&str>> = circles::strongly_connected(&self.edges())
            .into_iter()
            .filter(|circle| circle.len() > 1)
            .map(|circle| circle.into_iter().map(|module| self.name(module)).collect())
            .collect();
        circles.iter_mut().for_each(|circle| circle.sort_unstable());
        circles.sort();
        circles
    }

    fn name(&self, module: usize) -> &str {
        match self.modules[module].name.as_str() {
            "" => "crate",
            name => name,
        }
    }

    fn edges(&self) -> Vec<BTreeSet<usize>> {
        let mut edges = vec![BTreeSet::new(); self.modules.len()];
        for (from, path) in &self.paths {
            if let Some(to) = self.resolve(*from, path).filter(|to| to != from) {
                edges[*from].insert(to);
            }
        }
        edges
    }

    fn add(&mut self, parent: Option<usize>, name: &str) -> usize {
        let full = match parent.map(|parent| self.modules[parent].name.as_str()) {
            None | Some("") => name.to_owned(),
            Some(parent) => format!("{parent}::{name}"),
        };
        self.modules.push(Module { name: full, parent, ..Module::default() });
        let module = self.modules.len() - 1;
        if let Some(parent) = parent {
            self.modules[parent].children.insert(name.to_owned(), module);
        }
        module
    }

    fn read_file(&mut self, module: usize, file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let places = Places { own: file.parent().unwrap_or(Path::new("")), children: folder };
        self.read_tokens(module, &tokens(&text), places);
    }

    /// Reads the code of `module`.
    fn read_tokens(&mut self, module: usize, code: &[Token], places: Places<'_>) {
        let mut at = 0;
        let mut depth = 0_usize;
        let mut is_public = false;
        let mut own_file = None;
        while at < code.len() {
            let next = code.get(at + 1);
            match &code[at] {
                Token::Punct('#') => {
                    let end = attribute_end(code, at);
                    let is_test = is_test_attribute(&code[at..end]);
                    own_file = own_file.or_else(|| path_attribute(&code[at..end]));
                    at = if is_test { skip_item(code, end) } else { end };
                    continue;
                }
                Token::Punct('{') => depth += 1,
                Token::Punct('}') => depth = depth.saturating_sub(1),
                Token::Punct(';') => is_public = false,
                Token::Word(word) if word == "pub" => {
                    is_public = depth == 0;
                    // `pub(in path)` names a module and imports nothing of it.
                    if next == Some(&Token::Punct('(')) {
                        let end = code[at..].iter().position(|token| *token == Token::Punct(')'));
                        at += end.unwrap_or(0);
                    }
                }
                Token::Word(word) if word == "mod" && depth == 0 => {
                    if let (Some(Token::Word(name)), Some(Token::Punct(open))) = (next, code.get(at + 2)) {
                        let own_file = own_file.take().map(|file| places.own.join(file));
                        at = self.read_child(module, name, code, (at + 2, *open == '{'), (places, own_file));
                        is_public = false;
                        continue;
                    }
                }
                Token::Word(word) if word == "use" => {
                    let end = code[at..].iter().position(|one| *one == Token::Punct(';'));
                    let end = end.map_or(code.len(), |end| at + end);
                    self.read_use(module, &code[at + 1..end], is_public && depth == 0, depth == 0);
                    at = end;
                    continue;
                }
                Token::Word(word) if depth == 0 && DEFINITIONS.contains(&word.as_str()) => {
                    let name = code[at + 1..].iter().find_map(|one| match one {
                        Token::Word(name) if name != "fn" && name != "mut" => Some(name.clone()),
                        _ => None,
                    });
                    self.modules[module].defines.extend(name);
                    is_public = false;
                }
                Token::Word(_) if matches!(next, Some(Token::Path)) && !is_continued(code, at) => {
                    let (path, end) = path_at(code, at);
                    self.paths.push((module, path));
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads the module `name` that begins at a `;` or a `{`. Where the code goes on.
    fn read_child(
        &mut self,
        parent: usize,
        name: &str,
        code: &[Token],
        (at, is_inline): (usize, bool),
        (places, own_file): (Places<'_>, Option<PathBuf>),
    ) -> usize {
        let child = self.add(Some(parent), name);
        let below = places.children.join(name);
        if is_inline {
            let end = block_end(code, at);
            self.read_tokens(child, &code[at + 1..end - 1], Places { own: &below, children: &below });
            return end;
        }
        let usual = [places.children.join(format!("{name}.rs")), below.join("mod.rs")];
        let file = own_file.into_iter().chain(usual).find(|file| file.is_file());
        let file =
            file.unwrap_or_else(|| panic!("there is no file for `mod {name};` in {}", places.children.display()));
        self.read_file(child, &file, &below);
        at + 1
    }

    /// Reads a `use`, without the word and the semicolon.
    fn read_use(&mut self, module: usize, tree: &[Token], is_public: bool, is_top: bool) {
        let mut leaves = Vec::new();
        use_leaves(tree, &mut Vec::new(), &mut leaves);
        for (path, name) in leaves {
            // A re-exported child is no import: what names it through here is one of the child.
            let is_child = self.resolve_prefix_is_below(module, &path);
            if !(is_public && is_child) {
                self.paths.push((module, path.clone()));
            }
            if !is_top {
                continue;
            }
            if name == "*" {
                self.modules[module].globs.push(path);
            } else {
                self.modules[module].imports.insert(name, path);
            }
        }
    }

    /// Whether a `use` names something below its own module: by `self`, or by a child's name.
    fn resolve_prefix_is_below(&self, module: usize, path: &[String]) -> bool {
        path.first().is_some_and(|first| first == "self" || self.modules[module].children.contains_key(first))
    }
}

/// The paths of a `use` tree, each with the name that it brings in.
fn use_leaves(tree: &[Token], prefix: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    let before = prefix.len();
    let mut alias = None;
    let mut at = 0;
    while at < tree.len() {
        match &tree[at] {
            Token::Word(word) if word == "as" => {
                if let Some(Token::Word(name)) = tree.get(at + 1) {
                    alias = Some(name.clone());
                }
                break;
            }
            Token::Word(word) => prefix.push(word.clone()),
            Token::Punct('*') => {
                leaves.push((prefix.clone(), "*".to_owned()));
                prefix.truncate(before);
                return;
            }
            Token::Punct('{') => {
                let end = block_end(tree, at);
                for part in split_at_commas(&tree[at + 1..end - 1]) {
                    use_leaves(part, prefix, leaves);
                }
                prefix.truncate(before);
                return;
            }
            _ => {}
        }
        at += 1;
    }
    // `use x::{self}` brings `x` in.
    if prefix.len() > 1 && prefix.last().is_some_and(|last| last == "self") {
        prefix.pop();
    }
    if let Some(last) = prefix.last() {
        leaves.push((prefix.clone(), alias.unwrap_or_else(|| last.clone())));
    }
    prefix.truncate(before);
}

fn split_at_commas(tree: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, token) in tree.iter().enumerate() {
        match token {
            Token::Punct('{') => depth += 1,
            Token::Punct('}') => depth = depth.saturating_sub(1),
            Token::Punct(',') if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// The path whose first word stands at `start`, and where the code goes on.
fn path_at(code: &[Token], start: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = start;
    while let Some(Token::Word(word)) = code.get(at) {
        path.push(word.clone());
        at += 1;
        match code.get(at) {
            Some(Token::Path) => at += 1,
            _ => break,
        }
    }
    (path, at.max(start + 1))
}

/// Whether the word at `at` goes on with something before it: a path, or a member.
fn is_continued(code: &[Token], at: usize) -> bool {
    at > 0 && matches!(code[at - 1], Token::Path | Token::Punct('.'))
}

/// Behind the `}` of the `{` at `at`.
fn block_end(code: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in code.iter().enumerate().skip(at) {
        match token {
            Token::Punct('{') => depth += 1,
            Token::Punct('}') => {
                depth -= 1;
                if depth == 0 {
                    return index + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

/// Behind the `]` of the attribute at `at`.
fn attribute_end(code: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in code.iter().enumerate().skip(at + 1) {
        match token {
            Token::Punct('[') => depth += 1,
            Token::Punct(']') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index + 1;
                }
            }
            Token::Punct('!') => {}
            _ if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// `#[cfg(test)]`, and any other condition that names `test` and no `not`.
fn is_test_attribute(attribute: &[Token]) -> bool {
    let is = |name: &str| attribute.iter().any(|token| matches!(token, Token::Word(word) if word == name));
    is("cfg") && is("test") && !is("not")
}

/// The file of `#[path = "file"]`.
fn path_attribute(attribute: &[Token]) -> Option<String> {
    match attribute {
        [_, _, Token::Word(word), Token::Punct('='), Token::Text(file), ..] if word == "path" => Some(file.clone()),
        _ => None,
    }
}

/// Behind the item at `at`, with its attributes. Where no item begins there, `at`.
fn skip_item(code: &[Token], mut at: usize) -> usize {
    while code.get(at) == Some(&Token::Punct('#')) {
        at = attribute_end(code, at);
    }
    if !matches!(code.get(at), Some(Token::Word(word)) if ITEMS.contains(&word.as_str())) {
        return at;
    }
    for (index, token) in code.iter().enumerate().skip(at) {
        match token {
            Token::Punct(';') => return index + 1,
            Token::Punct('{') if !is_use(&code[at..index]) => return block_end(code, index),
            _ => {}
        }
    }
    code.len()
}

fn is_use(item: &[Token]) -> bool {
    item.iter().any(|token| matches!(token, Token::Word(word) if word == "use"))
}
