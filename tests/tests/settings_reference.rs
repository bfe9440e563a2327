//! The settings' keys and defaults are those of the code wherever they are written down: docs/settings.md, the file that
//! `pyteam init` writes, and the manifest of the VS Code extension.

use std::collections::BTreeMap;

use pyteam_engine::settings::{KEYS, Settings, Timeouts};
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/settings.md");
const TEMPLATE: &str = include_str!("../../server/pyteam/src/cli/init/pyteam.toml");
const MANIFEST: &str = include_str!("../../editors/vscode/package.json");

/// Timeouts that no fix inserts, and whose default the manifest leaves out.
const UNUSED: [&str; 2] = ["put", "wait"];

/// The defaults that are numbers, as TOML.
fn numbers() -> BTreeMap<&'static str, String> {
    let Settings { max_depth, max_file_size, .. } = Settings::default();
    BTreeMap::from([("max-depth", max_depth.to_string()), ("max-file-size", max_file_size.to_string())])
}

/// The defaults of `timeouts`, as TOML.
fn seconds() -> BTreeMap<&'static str, String> {
    let Timeouts { get, reply, put, wait, join, network, subprocess } = Timeouts::default();
    let all = [get, reply, put, wait, join, network, subprocess].map(|one| one.to_string());
    Timeouts::KEYS.into_iter().zip(all).collect()
}

/// The rows of the table below a heading of the page: key and default.
fn rows(heading: &str) -> BTreeMap<&str, &str> {
    let section = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        Some((cells.next()?.trim_matches('`'), cells.next()?.trim_matches('`')))
    };
    section.lines().filter_map(row).collect()
}

/// `maxDepth` of `max-depth`.
fn camel(key: &str) -> String {
    let mut words = key.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn the_page_has_every_setting_with_its_default() {
    let page = rows("Rules and files");
    let mut keys = KEYS.to_vec();
    keys.sort_unstable();
    assert_eq!(page.keys().copied().collect::<Vec<_>>(), keys);
    for (key, default) in numbers() {
        assert_eq!(page[key], default, "{key}");
    }
    let page = rows("Timeouts");
    assert_eq!(page, seconds().iter().map(|(key, default)| (*key, default.as_str())).collect());
}

#[test]
fn the_template_has_every_setting_with_its_default() {
    for key in KEYS {
        let is_there = TEMPLATE
            .lines()
            .any(|line| line.strip_prefix(&format!("# {key} = ")).is_some() || line == format!("# [{key}]"));
        assert!(is_there, "{key}");
    }
    for (key, default) in numbers().into_iter().chain(seconds()) {
        assert!(TEMPLATE.lines().any(|line| line == format!("# {key} = {default}")), "{key} = {default}");
    }
}

#[test]
fn the_manifest_has_every_setting_with_its_default() {
    let manifest: Value = serde_json::from_str(MANIFEST).expect("JSON");
    let properties = &manifest["contributes"]["configuration"]["properties"];
    let says = |property: &Value| property["markdownDescription"].as_str().unwrap_or_default().to_owned();
    // An editor has no place for a table of one's own calls.
    for key in KEYS.iter().filter(|key| **key != "blocking-calls") {
        assert!(properties[format!("pyteam.{}", camel(key))].is_object(), "{key}");
    }
    for (key, default) in numbers() {
        let said = says(&properties[format!("pyteam.{}", camel(key))]);
        assert!(said.ends_with(&format!("Default: {default}.")), "{key}: {said}");
    }
    for (key, default) in seconds() {
        let said = says(&properties["pyteam.timeouts"]["properties"][key]);
        let end = if UNUSED.contains(&key) {
            "no fix inserts it at present.".to_owned()
        } else {
            format!("Default: {default}.")
        };
        assert!(said.ends_with(&end), "{key}: {said}");
    }
}
