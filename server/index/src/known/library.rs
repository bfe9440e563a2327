//! The tables, read once: classes, their methods, and functions by their names.

use std::sync::LazyLock;

use pyteam_syntax::Name;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::schema::{
    Action, Blocking, BlockingKind, Callbacks, ClassKind, KnownClass, KnownFunction, KnownMethod, Loader, Models,
    Passing, Storage, Stream, StreamKind, WorkKind,
};

/// Every file of rows.
const ROWS: [(&str, &str); 7] = [
    ("concurrency.toml", include_str!("concurrency.toml")),
    ("programs.toml", include_str!("programs.toml")),
    ("network.toml", include_str!("network.toml")),
    ("databases.toml", include_str!("databases.toml")),
    ("files.toml", include_str!("files.toml")),
    ("computing.toml", include_str!("computing.toml")),
    ("web.toml", include_str!("web.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    #[serde(default)]
    class: Vec<KnownClass>,
    #[serde(default)]
    function: Vec<KnownFunction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Loaders {
    loader: Vec<Loader>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Streams {
    stream: Vec<Stream>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    modules: FxHashMap<Name, Name>,
    names: FxHashMap<Name, Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Types {
    pub(super) sequences: FxHashSet<Name>,
    pub(super) mappings: FxHashSet<Name>,
    pub(super) opaque: FxHashSet<Name>,
    pub(super) empty_bases: FxHashSet<Name>,
    pub(super) returns: FxHashMap<Name, Vec<Name>>,
}

/// Which calls raise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failures {
    pub(super) likely: FxHashSet<Name>,
    pub(super) never: FxHashSet<Name>,
    pub(super) modules: FxHashSet<Name>,
}

/// All that is known of what is outside the workspace.
pub(super) struct Library {
    /// Prefixes of modules with the dot behind them, longest first, and what stands for each.
    pub(super) modules: Vec<(String, String)>,
    pub(super) names: FxHashMap<Name, Name>,
    pub(super) classes: FxHashMap<Name, KnownClass>,
    /// By class and name.
    pub(super) methods: FxHashMap<(Name, Name), KnownMethod>,
    pub(super) functions: FxHashMap<Name, KnownFunction>,
    /// What calling an outside function or class returns, where that is not its own name.
    pub(super) made: FxHashMap<Name, Vec<Name>>,
    /// What a built-in function returns.
    pub(super) returned: FxHashMap<Name, &'static str>,
    /// The last names of functions and methods that may wait for this.
    pub(super) waiting: FxHashMap<(BlockingKind, Name), Vec<Blocking>>,
    /// By the names of methods, what such a method of some class does.
    pub(super) actions: FxHashMap<Name, Vec<Action>>,
    /// By the names of methods, what such a method of some class spends its time on.
    pub(super) works: FxHashMap<Name, Vec<WorkKind>>,
    pub(super) callbacks: FxHashMap<Name, Passing>,
    /// The last names of what runs a coroutine.
    pub(super) coroutines: FxHashSet<Name>,
    pub(super) models: Models,
    pub(super) types: Types,
    pub(super) failures: Failures,
    /// What may run code from what it opens.
    pub(super) loaders: FxHashMap<Name, Loader>,
    /// What functions give a piece of.
    pub(super) pieces: FxHashMap<Name, StreamKind>,
    /// By a class, or a function that opens something, and a method: what the method gives a piece of.
    pub(super) streams: FxHashMap<(Name, Name), StreamKind>,
    /// What comes from what a function opens.
    pub(super) opened: FxHashMap<Name, StreamKind>,
    pub(super) storage: Storage,
}

pub(super) static LIBRARY: LazyLock<Library> = LazyLock::new(Library::read);

/// Notes what a method of that name does, each thing once.
fn note<T: PartialEq>(by_name: &mut FxHashMap<Name, Vec<T>>, name: Name, what: Option<T>) {
    let Some(what) = what else { return };
    let known = by_name.entry(name).or_default();
    if !known.contains(&what) {
        known.push(what);
    }
}

/// A table that is part of the program.
#[expect(clippy::panic, reason = "the tables are compiled in, and every test reads them")]
fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

impl Library {
    fn read() -> Self {
        let names: Names = parse("names.toml", include_str!("names.toml"));
        let callbacks: Callbacks = parse("callbacks.toml", include_str!("callbacks.toml"));
        let types: Types = parse("types.toml", include_str!("types.toml"));
        let loaders: Loaders = parse("loaders.toml", include_str!("loaders.toml"));
        let streams: Streams = parse("streams.toml", include_str!("streams.toml"));
        let mut modules: Vec<(String, String)> =
            names.modules.iter().map(|(alias, module)| (format!("{alias}."), format!("{module}."))).collect();
        modules.sort_unstable_by_key(|(alias, _)| std::cmp::Reverse(alias.len()));
        let mut library = Self {
            modules,
            names: names.names,
            classes: FxHashMap::default(),
            methods: FxHashMap::default(),
            functions: FxHashMap::default(),
            made: FxHashMap::default(),
            returned: FxHashMap::default(),
            waiting: FxHashMap::default(),
            actions: FxHashMap::default(),
            works: FxHashMap::default(),
            callbacks: FxHashMap::default(),
            coroutines: callbacks.coroutine.into_iter().collect(),
            models: parse("models.toml", include_str!("models.toml")),
            types,
            failures: parse("failures.toml", include_str!("failures.toml")),
            loaders: FxHashMap::default(),
            pieces: FxHashMap::default(),
            streams: FxHashMap::default(),
            opened: FxHashMap::default(),
            storage: parse("data.toml", include_str!("data.toml")),
        };
        for (passing, names) in callbacks.passing {
            library.callbacks.extend(names.into_iter().map(|name| (name, passing)));
        }
        for (class, functions) in &library.types.returns {
            library.returned.extend(functions.iter().map(|name| (*name, class.as_str())));
        }
        for loader in loaders.loader {
            library.loaders.extend(loader.names.iter().map(|name| (*name, loader.clone())));
        }
        streams.stream.iter().for_each(|stream| library.take_stream(stream));
        for (file, text) in ROWS {
            let rows: Rows = parse(file, text);
            rows.class.iter().for_each(|class| library.take_class(class));
            rows.function.iter().for_each(|function| library.take_function(function));
        }
        library
    }

    fn take_class(&mut self, class: &KnownClass) {
        for method in &class.method {
            for name in &method.names {
                self.take_blocking(*name, &method.blocking);
                note(&mut self.works, *name, method.blocking.blocks);
                note(&mut self.actions, *name, method.does);
                self.methods.extend(class.names.iter().map(|class| ((*class, *name), method.clone())));
            }
        }
        if let Some(first) = class.names.first() {
            self.made.extend(class.made_by.iter().map(|maker| (*maker, vec![*first])));
        }
        for name in &class.names {
            self.classes.insert(*name, class.clone());
        }
    }

    fn take_function(&mut self, function: &KnownFunction) {
        for path in &function.names {
            let last = path.as_str().rsplit('.').next().unwrap_or_default();
            self.take_blocking(Name::new(last), &function.blocking);
            if !function.makes.is_empty() {
                self.made.insert(*path, function.makes.clone());
            }
            self.functions.insert(*path, function.clone());
        }
    }

    fn take_stream(&mut self, stream: &Stream) {
        self.pieces.extend(stream.functions.iter().map(|path| (*path, stream.gives)));
        self.opened.extend(stream.opened_by.iter().map(|path| (*path, stream.gives)));
        for maker in stream.classes.iter().chain(&stream.opened_by) {
            self.streams.extend(stream.methods.iter().map(|method| ((*maker, *method), stream.gives)));
        }
    }

    fn take_blocking(&mut self, name: Name, blocking: &Blocking) {
        if let Some(kind) = blocking.waits {
            let known = self.waiting.entry((kind, name)).or_default();
            if known.iter().all(|one| one.timeout != blocking.timeout) {
                known.push(*blocking);
            }
        }
    }

    /// The kind of the class.
    pub(super) fn kind(&self, class: Name) -> Option<ClassKind> {
        self.classes.get(&class)?.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> impl Iterator<Item = (&'static str, Rows)> {
        ROWS.into_iter().map(|(file, text)| (file, parse(file, text)))
    }

    #[test]
    fn nothing_stands_in_the_tables_twice() {
        let mut seen = FxHashSet::default();
        for (file, rows) in rows() {
            for class in &rows.class {
                for name in &class.names {
                    assert!(seen.insert((*name, None)), "{file}: {name}");
                    for method in class.method.iter().flat_map(|method| &method.names) {
                        assert!(seen.insert((*name, Some(*method))), "{file}: {name}.{method}");
                    }
                }
            }
            for name in rows.function.iter().flat_map(|function| &function.names) {
                assert!(seen.insert((*name, Some(Name::new("()")))), "{file}: {name}()");
            }
        }
    }

    #[test]
    fn loaders_streams_and_data_are_known_by_their_canonical_names() {
        let loaders = LIBRARY.loaders.keys();
        let makers = LIBRARY.streams.keys().map(|(maker, _)| maker);
        let streams = LIBRARY.pieces.keys().chain(LIBRARY.opened.keys()).chain(makers);
        let storage = LIBRARY.storage.data.values().chain(LIBRARY.storage.models.values()).flatten();
        for name in loaders.chain(streams).chain(storage) {
            assert_eq!(super::super::canonical(*name), *name);
        }
    }

    #[test]
    fn names_are_canonical_and_what_is_made_is_a_class() {
        for (file, rows) in rows() {
            let classes = rows.class.iter().flat_map(|class| &class.names);
            let functions = rows.function.iter().flat_map(|function| &function.names);
            for name in classes.chain(functions) {
                assert_eq!(super::super::canonical(*name), *name, "{file}");
            }
            let made = rows.class.iter().flat_map(|class| class.method.iter().filter_map(|method| method.makes));
            for name in made.chain(rows.function.iter().flat_map(|function| function.makes.iter().copied())) {
                let last = name.as_str().rsplit('.').next().unwrap_or_default();
                assert!(last.starts_with(char::is_uppercase) || LIBRARY.classes.contains_key(&name), "{file}: {name}");
            }
        }
    }

    #[test]
    fn what_waits_says_how_it_is_bounded() {
        for (file, rows) in rows() {
            let methods = rows.class.iter().flat_map(|class| &class.method).map(|one| (&one.names, one.blocking));
            let functions = rows.function.iter().map(|one| (&one.names, one.blocking));
            for (names, blocking) in methods.chain(functions) {
                let is_whole = blocking.waits.is_some() == blocking.timeout.is_some()
                    && blocking.timeout.is_some() == blocking.on_timeout.is_some();
                assert!(is_whole, "{file}: {names:?}");
            }
        }
    }
}
