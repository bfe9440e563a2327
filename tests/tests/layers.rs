//! Who may import whom. What is not in this table may not be imported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Our crates, each with those of ours that it may import in what it ships. Tests may import everything below
/// them; `pyteam-tests` itself may import all.
const LAYERS: [(&str, &[&str]); 10] = [
    ("pyteam-display", &[]),
    ("pyteam-syntax", &[]),
    ("pyteam-index", &["pyteam-syntax"]),
    ("pyteam-channels", &["pyteam-index", "pyteam-syntax"]),
    ("pyteam-engine", &["pyteam-display", "pyteam-index", "pyteam-syntax"]),
    ("pyteam-refactors", &["pyteam-channels", "pyteam-engine", "pyteam-index", "pyteam-syntax"]),
    (
        "pyteam-rules",
        &["pyteam-channels", "pyteam-display", "pyteam-engine", "pyteam-index", "pyteam-refactors", "pyteam-syntax"],
    ),
    ("pyteam-agents", &["pyteam-display"]),
    (
        "pyteam-answers",
        &["pyteam-agents", "pyteam-channels", "pyteam-display", "pyteam-engine", "pyteam-index", "pyteam-syntax"],
    ),
    (
        "pyteam",
        &[
            "pyteam-agents",
            "pyteam-answers",
            "pyteam-channels",
            "pyteam-display",
            "pyteam-engine",
            "pyteam-index",
            "pyteam-rules",
            "pyteam-syntax",
        ],
    ),
];

/// Of the crates from outside, the ones that belong into one place only.
const AT_HOME: [(&str, &[&str]); 4] = [
    ("tower-lsp-server", &["pyteam"]),
    ("tree-sitter", &["pyteam-syntax", "pyteam-engine"]),
    ("tree-sitter-python", &["pyteam-syntax", "pyteam-engine"]),
    ("tokio", &["pyteam", "pyteam-agents"]),
];

fn packages() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    let shipped = |dependency: &&Value| dependency["kind"].as_str() != Some("dev");
    let packages = metadata["packages"].as_array().expect("a list of packages").iter();
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("a list").iter().filter(shipped);
            (text(&package["name"]), dependencies.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn nothing_imports_upward() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let packages = packages();
    for (package, dependencies) in &packages {
        if package == "pyteam-tests" {
            continue;
        }
        let allowed = layers.get(package.as_str());
        let allowed = allowed
            .unwrap_or_else(|| panic!("`{package}` has no layer: say in tests/tests/layers.rs what it may import"));
        for dependency in dependencies.iter().filter(|name| packages.contains_key(*name)) {
            assert!(
                allowed.contains(&dependency.as_str()),
                "`{package}` imports `{dependency}`, which is not below it"
            );
        }
    }
}

#[test]
fn some_crates_stay_at_home() {
    for (package, dependencies) in packages() {
        for (guest, homes) in AT_HOME {
            let is_home = homes.contains(&package.as_str()) || package == "pyteam-tests";
            assert!(
                is_home || !dependencies.contains(guest),
                "`{package}` imports `{guest}`, which belongs to {homes:?}"
            );
        }
    }
}

/// The files below `folder` with this ending.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the repository").flatten();
    let below = entries.flat_map(|entry| match entry.path() {
        path if path.is_dir() => files_below(&path, ending),
        path => vec![path],
    });
    below.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// What `text`, a file at `path` below the folder of rules, imports of the inside of other rules.
fn imports_of_rules(path: &Path, text: &str, rules: &BTreeSet<(String, String)>) -> Vec<String> {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let (family, own) = (parts[0], parts[1].trim_end_matches(".rs"));
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let words = |line: &str| -> Vec<String> {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        line.split(|c| !is_path(c)).map(str::to_owned).collect()
    };
    code.flat_map(words)
        .filter(|path| {
            let mut steps = path.split("::");
            let (first, second, third) = (steps.next(), steps.next(), steps.next());
            let named = match (first, second) {
                // `super` leads from a rule's own file to its family.
                (Some("super"), Some(rule)) if parts.len() == 2 => (family, Some(rule)),
                (Some("super"), Some("super")) if parts.len() == 3 => (family, third),
                (Some("crate"), Some(family)) => (family, third),
                _ => return false,
            };
            let (family, Some(rule)) = named else { return false };
            rule != own && rules.contains(&(family.to_owned(), rule.to_owned()))
        })
        .collect()
}

#[test]
fn no_rule_imports_the_inside_of_another() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    let relative = |path: &Path| path.strip_prefix(&root).expect("a file of a rule").to_owned();
    let name = |path: PathBuf| {
        let path = relative(&path).with_extension("");
        let mut parts = path.iter().map(|part| part.to_string_lossy().into_owned());
        Some((parts.next()?, parts.next()?))
    };
    let rules: BTreeSet<(String, String)> = files_below(&root, ".md").into_iter().filter_map(name).collect();
    assert!(rules.len() > 20, "{rules:?}");
    let mut found = Vec::new();
    for path in files_below(&root, ".rs") {
        let relative = relative(&path);
        let is_of_rule = relative.iter().count() > 1 && !relative.starts_with("shared");
        if is_of_rule {
            let text = fs::read_to_string(&path).expect("a file of a rule");
            let imports = imports_of_rules(&relative, &text, &rules).into_iter();
            found.extend(imports.map(|import| format!("{} imports `{import}`", relative.display())));
        }
    }
    assert!(found.is_empty(), "what rules share belongs below them: {found:#?}");
}

#[test]
fn imports_of_other_rules_are_seen() {
    let rules = [("messaging", "one"), ("messaging", "other")];
    let rules = rules.into_iter().map(|(family, rule)| (family.to_owned(), rule.to_owned())).collect();
    let of = |path: &str, text: &str| imports_of_rules(Path::new(path), text, &rules).len();
    assert_eq!(of("messaging/one.rs", "use super::other::Thing;\n// super::other::Thing\nuse super::one::x;\n"), 1);
    assert_eq!(of("messaging/one/inner.rs", "use super::other;\nuse super::super::other::Thing;\n"), 1);
    assert_eq!(of("concurrency/this.rs", "use crate::messaging::{x};\ncrate::messaging::other::f();\n"), 1);
}
