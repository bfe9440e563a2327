//! Which module of a crate imports which, read from its source.
//!
//! A path that begins with `crate`, `self`, `super` or a child's name is an import of the module that defines what it names;
//! re-exports are followed to there. `mod x; pub use x::Y;` re-exports a child and imports nothing. Comments, strings and what
//! stands under `#[cfg(test)]` do not count, and nor do other crates: `layers.rs` holds those.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

mod resolve;

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
        graph.read_code(0, &parsed(generated, root), true, Places { own: folder, children: folder });
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
        let edges = self.edges();
        let reached: Vec<BTreeSet<usize>> = (0..edges.len()).map(|module| reached_from(&edges, module)).collect();
        let circle_of = |module: usize| {
            let circle = reached[module].iter().filter(|other| reached[**other].contains(&module));
            circle.map(|member| self.name(*member)).collect::<BTreeSet<&str>>()
        };
        let circles: BTreeSet<BTreeSet<&str>> = (0..edges.len()).map(circle_of).collect();
        circles.into_iter().filter(|circle| circle.len() > 1).map(|circle| circle.into_iter().collect()).collect()
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
        self.read_code(module, &parsed(&text, file), true, places);
    }

    /// Reads code of `module`: all of it, or what stands within brackets.
    fn read_code(&mut self, module: usize, code: &[TokenTree], is_top: bool, places: Places<'_>) {
        let mut at = 0;
        let mut is_public = false;
        let mut own_file = None;
        while at < code.len() {
            if let Some((attribute, end)) = attribute(code, at) {
                own_file = own_file.or_else(|| path_attribute(&attribute));
                at = if is_test_attribute(&attribute) { skip_item(code, end) } else { end };
                continue;
            }
            let next = code.get(at + 1);
            match &code[at] {
                TokenTree::Punct(mark) if mark.as_char() == ';' => is_public = false,
                TokenTree::Group(group) => self.read_code(module, &trees(group.stream()), false, places),
                TokenTree::Ident(word) if word == "pub" => {
                    is_public = is_top;
                    // `pub(in path)` names a module and imports nothing of it.
                    at += usize::from(group(next, Delimiter::Parenthesis).is_some());
                }
                TokenTree::Ident(word) if word == "mod" && is_top => {
                    if let Some(TokenTree::Ident(name)) = next {
                        let own_file = own_file.take().map(|file| places.own.join(file));
                        let body = group(code.get(at + 2), Delimiter::Brace);
                        self.read_child(module, &name.to_string(), body, places, own_file);
                        is_public = false;
                        at += 3;
                        continue;
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    let end = code[at..].iter().position(|one| is_mark(one, ';')).map_or(code.len(), |end| at + end);
                    self.read_use(module, &code[at + 1..end], is_public, is_top);
                    at = end;
                    continue;
                }
                TokenTree::Ident(word) if is_top && DEFINITIONS.iter().any(|one| word == one) => {
                    let name = code[at + 1..].iter().find_map(|one| match one {
                        TokenTree::Ident(name) if name != "fn" && name != "mut" => Some(name.to_string()),
                        _ => None,
                    });
                    self.modules[module].defines.extend(name);
                    is_public = false;
                }
                TokenTree::Ident(_) if is_separator(code, at + 1) && !is_continued(code, at) => {
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

    /// Reads the module `name` from its `body`, or else from its file.
    fn read_child(
        &mut self,
        parent: usize,
        name: &str,
        body: Option<&Group>,
        places: Places<'_>,
        own_file: Option<PathBuf>,
    ) {
        // What a build script adds to a module stands apart from its file.
        let known = self.modules[parent].children.get(name).copied();
        let child = known.unwrap_or_else(|| self.add(Some(parent), name));
        let below = places.children.join(name);
        if let Some(body) = body {
            self.read_code(child, &trees(body.stream()), true, Places { own: &below, children: &below });
            return;
        }
        let usual = [places.children.join(format!("{name}.rs")), below.join("mod.rs")];
        let file = own_file.into_iter().chain(usual).find(|file| file.is_file());
        let file =
            file.unwrap_or_else(|| panic!("there is no file for `mod {name};` in {}", places.children.display()));
        self.read_file(child, &file, &below);
    }

    /// Reads a `use`, without the word and the semicolon.
    fn read_use(&mut self, module: usize, tree: &[TokenTree], is_public: bool, is_top: bool) {
        let mut leaves = Vec::new();
        use_leaves(tree, &[], &mut leaves);
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

/// The nodes that a node leads to in the graph in which node `n` leads to `edges[n]`, with itself.
fn reached_from(edges: &[BTreeSet<usize>], node: usize) -> BTreeSet<usize> {
    let (mut reached, mut open) = (BTreeSet::from([node]), vec![node]);
    while let Some(node) = open.pop() {
        open.extend(edges[node].iter().filter(|next| reached.insert(**next)));
    }
    reached
}

/// The tokens of the code `text`, which is that of `file`.
fn parsed(text: &str, file: &Path) -> Vec<TokenTree> {
    let code: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    trees(code)
}

fn trees(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

fn group(tree: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match tree {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

fn is_mark(tree: &TokenTree, mark: char) -> bool {
    matches!(tree, TokenTree::Punct(one) if one.as_char() == mark)
}

/// Whether a `::` begins at `at`.
fn is_separator(code: &[TokenTree], at: usize) -> bool {
    matches!(code.get(at..), Some([TokenTree::Punct(first), second, ..])
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && is_mark(second, ':'))
}

/// The paths of a `use` tree, each with the name that it brings in.
fn use_leaves(tree: &[TokenTree], prefix: &[String], leaves: &mut Vec<(Vec<String>, String)>) {
    let mut path = prefix.to_vec();
    let mut alias = None;
    for (at, part) in tree.iter().enumerate() {
        match part {
            TokenTree::Ident(word) if word == "as" => {
                alias = tree.get(at + 1).map(ToString::to_string);
                break;
            }
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Group(group) => {
                let parts = trees(group.stream());
                let parts = parts.split(|one| is_mark(one, ',')).filter(|part| !part.is_empty());
                parts.for_each(|part| use_leaves(part, &path, leaves));
                return;
            }
            _ if is_mark(part, '*') => {
                leaves.push((path, "*".to_owned()));
                return;
            }
            _ => {}
        }
    }
    // `use x::{self}` brings `x` in.
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(last) = path.last().cloned() {
        leaves.push((path, alias.unwrap_or(last)));
    }
}

/// The path whose first word stands at `start`, and where the code goes on.
fn path_at(code: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = start;
    while let Some(TokenTree::Ident(word)) = code.get(at) {
        path.push(word.to_string());
        at += 1;
        if !is_separator(code, at) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether the word at `at` goes on with something before it: a path, or a member.
fn is_continued(code: &[TokenTree], at: usize) -> bool {
    (at > 0 && is_mark(&code[at - 1], '.')) || (at > 1 && is_separator(code, at - 2))
}

/// What stands in the attribute at `at`, and where the code goes on.
fn attribute(code: &[TokenTree], at: usize) -> Option<(Vec<TokenTree>, usize)> {
    if !is_mark(code.get(at)?, '#') {
        return None;
    }
    let at = at + 1 + usize::from(code.get(at + 1).is_some_and(|one| is_mark(one, '!')));
    group(code.get(at), Delimiter::Bracket).map(|group| (trees(group.stream()), at + 1))
}

/// `cfg(test)`, and any other condition that names `test` and no `not`.
fn is_test_attribute(attribute: &[TokenTree]) -> bool {
    fn has(trees: &[TokenTree], name: &str) -> bool {
        trees.iter().any(|tree| match tree {
            TokenTree::Ident(word) => word == name,
            TokenTree::Group(group) => has(&self::trees(group.stream()), name),
            _ => false,
        })
    }
    has(attribute, "cfg") && has(attribute, "test") && !has(attribute, "not")
}

/// The file of `path = "file"`.
fn path_attribute(attribute: &[TokenTree]) -> Option<String> {
    match attribute {
        [TokenTree::Ident(word), _, TokenTree::Literal(file)] if word == "path" => {
            Some(file.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    }
}

/// Behind the item at `at`, with its attributes. Where no item begins there, `at`.
fn skip_item(code: &[TokenTree], mut at: usize) -> usize {
    while let Some((_, end)) = attribute(code, at) {
        at = end;
    }
    let Some(TokenTree::Ident(word)) = code.get(at) else { return at };
    if !ITEMS.iter().any(|one| word == one) {
        return at;
    }
    let is_use = |at: usize| matches!(&code[at], TokenTree::Ident(word) if word == "use");
    let ends = |index: &usize| {
        is_mark(&code[*index], ';')
            || (group(code.get(*index), Delimiter::Brace).is_some() && !(at..*index).any(is_use))
    };
    (at..code.len()).find(ends).map_or(code.len(), |end| end + 1)
}
