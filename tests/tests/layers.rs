//! Who may import whom. What is not in this table may not be imported.

use std::collections::{BTreeMap, BTreeSet};
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
