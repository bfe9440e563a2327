//! No modules of one crate import one another in a circle: each can be read, moved and tested without the others.

use std::fs;
use std::path::{Path, PathBuf};

use pyteam_tests::module_graph::ModuleGraph;

/// The circles of one crate that are known, each by one of its modules and their number, and why they are there.
struct Known {
    krate: &'static str,
    circles: &'static [(&'static str, usize)],
    reason: &'static str,
}

/// What is to become less. A circle that is smaller than it says here, or gone, has to be changed or taken off.
const KNOWN: &[Known] = &[
    Known {
        krate: "agents",
        circles: &[
            ("backend::acp", 2),
            ("routing", 3),
            ("run_log", 2),
            ("sandbox", 3),
            ("sandbox::policy", 3),
            ("settings", 2),
            ("team", 4),
            ("workspace_copy", 2),
        ],
        reason: "types that a folder's files share stand in its own file, and not in one below them",
    },
    Known {
        krate: "answers",
        circles: &[("brief::place", 2), ("handoff", 2)],
        reason: "parts of a brief take the types that they share from the file that puts them together",
    },
    Known {
        krate: "channels",
        circles: &[("objects", 3)],
        reason: "what is called on an object is known by its calls, and those by the object",
    },
    Known {
        krate: "display",
        circles: &[("redaction", 8), ("redaction::literals::calls", 2)],
        reason: "the parts of the search for secrets share the parent's types",
    },
    Known {
        krate: "engine",
        circles: &[("page", 7), ("settings::layer", 3), ("trial", 3)],
        reason: "settings name rules, and a page's front matter has settings",
    },
    Known {
        krate: "index",
        circles: &[("infer", 19)],
        reason: "an expression's type is that of names, calls and containers, whose types are those of expressions",
    },
    Known {
        krate: "pyteam",
        circles: &[("around", 2), ("cli", 21), ("write_back", 7)],
        reason: "commands take what they share from the file that dispatches to them",
    },
    Known {
        krate: "rules",
        circles: &[("concurrency::process_not_joined", 2)],
        reason: "the steps of a rule ask the rule's own file for what it found",
    },
    Known {
        krate: "syntax",
        circles: &[("item", 2)],
        reason: "an item has statements, and a class among them has items",
    },
];

fn root_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// The root files of all crates that ship, by their folders' names.
fn crates() -> Vec<(String, PathBuf)> {
    let root = root_folder();
    let server = fs::read_dir(root.join("server")).expect("the folder server").filter_map(Result::ok);
    let mut crates: Vec<(String, PathBuf)> = server
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().join("src/lib.rs")))
        .filter(|(_, file)| file.is_file())
        .collect();
    crates.push(("rules".to_owned(), root.join("rules/lib.rs")));
    crates.sort();
    assert!(crates.len() > 5, "{crates:?}");
    crates
}

/// The modules of the rules and what names them all, as `rules/build.rs` writes them beside `lib`.
fn families(lib: &Path) -> String {
    let mut code = String::new();
    let folders = fs::read_dir(lib.parent().expect("a folder")).expect("the folder of rules").flatten();
    for folder in folders.map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let family = folder.file_name().unwrap_or_default().to_string_lossy();
        let files = fs::read_dir(&folder).expect("a family").flatten().map(|entry| entry.path());
        let pages = files.filter(|path| path.extension().is_some_and(|end| end == "md"));
        let rules: Vec<_> = pages.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
        if !rules.is_empty() {
            let modules: String = rules.iter().map(|rule| format!("pub mod {rule}; ")).collect();
            let named: String = rules.iter().map(|rule| format!("{family}::{rule}::it(); ")).collect();
            code += &format!("pub mod {family} {{ {modules} }} fn all() {{ {named} }}\n");
        }
    }
    assert!(code.contains("concurrency::fork_after_thread"), "{code}");
    code
}

/// The specialists and what lists them all, as `server/answers/build.rs` writes them beside `lib`.
fn specialists(lib: &Path) -> String {
    let folder = lib.with_file_name("specialists");
    let files = fs::read_dir(folder).expect("the folder of specialists").flatten().map(|entry| entry.path());
    let names = files.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    let names: Vec<_> = names.filter(|name| name != "mod" && name != "shared").collect();
    let modules: String = names.iter().map(|name| format!("mod {name}; ")).collect();
    let listed: String = names.iter().map(|name| format!("{name}::answer; ")).collect();
    assert!(listed.contains("python_architect"), "{listed}");
    format!("mod specialists {{ {modules} fn all() {{ {listed} }} }}")
}

#[test]
fn no_modules_import_one_another() {
    let mut wrong = Vec::new();
    for (krate, root) in crates() {
        let generated = match krate.as_str() {
            "rules" => families(&root),
            "answers" => specialists(&root),
            _ => String::new(),
        };
        let graph = ModuleGraph::read(&root, &generated);
        let known = KNOWN.iter().find(|known| known.krate == krate);
        let mut left: Vec<(&str, usize)> = known.map_or(Vec::new(), |known| known.circles.to_vec());
        for circle in graph.circles() {
            let at = left.iter().position(|(member, _)| circle.contains(member));
            let (member, size) = at.map_or(("", 0), |at| left.swap_remove(at));
            if size != circle.len() {
                let reason = known.map_or("", |known| known.reason);
                let was = if at.is_some() {
                    format!(", known with {size} as that of `{member}` ({reason})")
                } else {
                    String::new()
                };
                wrong.push(format!(
                    "{krate}: a circle of {} modules{was}:{}",
                    circle.len(),
                    described(&graph, &circle)
                ));
            }
        }
        wrong.extend(left.iter().map(|(member, _)| format!("{krate}: there is no circle with `{member}` any more")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The modules of a circle, each with those in it that it imports.
fn described(graph: &ModuleGraph, circle: &[&str]) -> String {
    let imports = graph.imports();
    let line = |module: &&str| {
        let targets: Vec<&str> = imports[module].iter().copied().filter(|to| circle.contains(to)).collect();
        format!("\n    {module} -> {}", targets.join(", "))
    };
    circle.iter().map(line).collect()
}

/// A crate of these files, `lib.rs` among them.
fn planted(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let folder = planted(files);
    let graph = ModuleGraph::read(&folder.path().join("lib.rs"), "");
    graph.circles().into_iter().map(|circle| circle.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_planted_circle_is_found() {
    let direct = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use super::b::B; pub struct A(B);"),
        ("b.rs", "mod c; pub use self::c::B;"),
        ("b/c.rs", "pub struct B(Option<Box<crate::a::A>>);"),
    ];
    // `b` re-exports what `c` defines: the circle is that of `a` and `b::c`.
    assert_eq!(circles_of(&direct), [["a", "b::c"]]);
    let inside = [("lib.rs", "pub mod a { pub fn f() { super::g() } } pub fn g() { a::f() }")];
    assert_eq!(circles_of(&inside), [["a", "crate"]]);
    let within_a_macro = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn f() { println!(\"{}\", crate::b::g()) }"),
        ("b/mod.rs", "pub fn g() -> u8 { use crate::a::{self, f as h}; h(); 1 }"),
    ];
    assert_eq!(circles_of(&within_a_macro), [["a", "b"]]);
}

#[test]
fn what_is_no_import_makes_no_circle() {
    let none = [
        (
            "lib.rs",
            "mod a; mod b; pub use self::a::A; pub(crate) use b::{self, B};
             #[cfg(test)] mod tests { use super::a::f; }",
        ),
        (
            "a.rs",
            "//! `crate::b::B`
             pub struct A; /* super::b::B */ const TEXT: &str = \"super::b::B\";
             #[cfg(test)] use super::b::B;
             #[cfg(all(test, unix))] fn f() { super::b::g() }
             fn a(x: u8) { x.b::<u8>(); std::mem::drop(x) }",
        ),
        ("b.rs", "use crate::A; pub struct B(A); pub(in crate::a) fn g(b: &B) { Self::x(); }"),
    ];
    assert_eq!(circles_of(&none), Vec::<Vec<String>>::new());
}

#[test]
fn what_is_imported_is_named() {
    let folder = planted(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::*; fn f() -> Thing { c() } use super::c::inner::deep as d;"),
        ("b.rs", "pub use crate::c::Thing; pub fn c() {}"),
        ("c.rs", "pub struct Thing; pub mod inner { pub fn deep() {} }"),
    ]);
    let graph = ModuleGraph::read(&folder.path().join("lib.rs"), "");
    let imports = graph.imports();
    assert_eq!(imports["a"].iter().copied().collect::<Vec<_>>(), ["b", "c::inner"]);
    assert_eq!(imports["b"].iter().copied().collect::<Vec<_>>(), ["c"]);
    assert!(imports["c"].is_empty() && imports["crate"].is_empty());
}
