//! Which tools a project has set up: type checker, formatter, linter, tests. Read from its settings, nothing is run.

use std::collections::BTreeMap;

use toml::Table;

use crate::project_files::{OtherFile, Purpose, Surroundings, line_where};
use crate::view::View;

/// How a tool is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    /// In this file, with a word on how.
    In { path: String, how: String },
    /// Nowhere.
    Nowhere,
}

/// A tool with how it is set up.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// How it is called for the gate.
    pub(crate) command: &'static str,
    pub(crate) set: Set,
    /// Files of the CI that call it.
    pub(crate) in_ci: Vec<String>,
    /// Whether mypy is asked for `strict`; true for the others.
    pub(crate) is_strict: bool,
}

/// The three tools of the quality gate.
pub(crate) fn gate(view: &View<'_>) -> Vec<Tool> {
    let around = view.project_files();
    let mypy = mypy(around);
    let is_strict = matches!(&mypy, Set::In { how, .. } if how == "strict");
    let tool = |name, command, set, is_strict| Tool { name, command, set, in_ci: in_ci(around, name), is_strict };
    vec![
        tool("mypy", "mypy --strict", mypy, is_strict),
        tool("black", "black --check", table(around, "black", &[]), true),
        tool("ruff", "ruff check", table(around, "ruff", &["ruff.toml", ".ruff.toml"]), true),
    ]
}

/// The settings of `tool` in `pyproject.toml` or in files of its own.
fn table(around: &Surroundings, tool: &str, own: &[&str]) -> Set {
    if let Some(file) = own.iter().find_map(|path| around.get(path)) {
        return Set::In { path: file.path.clone(), how: String::new() };
    }
    if tool_table(around, tool).is_some() {
        return Set::In { path: "pyproject.toml".to_owned(), how: format!("[tool.{tool}]") };
    }
    let hooks = around.get(".pre-commit-config.yaml").filter(|file| file.text.contains(tool));
    match hooks {
        Some(file) => Set::In { path: file.path.clone(), how: "as a hook".to_owned() },
        None => Set::Nowhere,
    }
}

/// `[tool.<name>]` of `pyproject.toml`.
fn tool_table(around: &Surroundings, name: &str) -> Option<Table> {
    let table: Table = around.get("pyproject.toml")?.text.parse().ok()?;
    table.get("tool")?.get(name)?.as_table().cloned()
}

fn mypy(around: &Surroundings) -> Set {
    let is_strict = |text: &str, section: &str| {
        let mut inside = false;
        text.lines().any(|line| {
            let line = line.trim();
            if line.starts_with('[') {
                inside = line.starts_with(section);
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            inside && key.trim() == "strict" && value.trim().eq_ignore_ascii_case("true")
        })
    };
    let word = |strict: bool| if strict { "strict" } else { "not strict" }.to_owned();
    if let Some(mypy) = tool_table(around, "mypy") {
        let strict = mypy.get("strict").and_then(toml::Value::as_bool).unwrap_or_default();
        return Set::In { path: "pyproject.toml".to_owned(), how: word(strict) };
    }
    for path in ["mypy.ini", ".mypy.ini", "setup.cfg"] {
        if let Some(file) = around.get(path).filter(|file| file.text.contains("[mypy")) {
            return Set::In { path: path.to_owned(), how: word(is_strict(&file.text, "[mypy]")) };
        }
    }
    table(around, "mypy", &[])
}

/// Where the CI calls `tool`: `.github/workflows/ci.yml:12`.
pub(crate) fn in_ci(around: &Surroundings, tool: &str) -> Vec<String> {
    let calls = |file: &&OtherFile| {
        let is_call = |line: &str| {
            let code = line.split('#').next().unwrap_or_default();
            crate::project_files::has_word(code, tool)
        };
        line_where(&file.text, is_call).map(|line| format!("{}:{line}", file.path))
    };
    around.of(Purpose::Ci).iter().filter_map(calls).collect()
}

/// What tests are written with, and the modules that show it.
const FRAMEWORKS: &[(&str, &[&str])] = &[
    ("pytest", &["pytest"]),
    ("unittest", &["unittest"]),
    ("FastAPI TestClient", &["fastapi.testclient", "starlette.testclient"]),
    ("httpx", &["httpx"]),
    ("hypothesis", &["hypothesis"]),
    ("Django's test client", &["django.test"]),
];

/// The test frameworks in use, each with what shows it.
pub(crate) fn test_frameworks(view: &View<'_>) -> Vec<String> {
    let around = view.project_files();
    let mut found = Vec::new();
    let mut importers: BTreeMap<&str, (String, usize)> = BTreeMap::new();
    for test in view.snapshot.files().filter(|file| view.is_test(file)) {
        let mut seen: Vec<&str> = Vec::new();
        for module in crate::calls::imported_at_top(test) {
            let is_one = |wanted: &&&str| {
                module.strip_prefix(**wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let known = FRAMEWORKS.iter().find(|(_, modules)| modules.iter().any(|one| is_one(&one)));
            if let Some((name, _)) = known.filter(|(name, _)| !seen.contains(name)) {
                seen.push(name);
                let path = view.short(&test.path);
                let entry = importers.entry(name).or_insert_with(|| (path.clone(), 0));
                entry.1 += 1;
                if path < entry.0 {
                    entry.0 = path;
                }
            }
        }
    }
    let configured = if tool_table(around, "pytest").is_some() {
        Some("pyproject.toml")
    } else if around.get("pytest.ini").is_some() {
        Some("pytest.ini")
    } else {
        around.get("tox.ini").filter(|file| file.text.contains("[pytest]")).map(|_| "tox.ini")
    };
    match (configured, importers.get("pytest")) {
        (Some(path), Some((first, count))) => {
            found.push(format!("pytest ({path}; imported by {first}{})", others(*count)));
        }
        (Some(path), None) => found.push(format!("pytest ({path})")),
        (None, Some((first, count))) => found.push(format!("pytest (imported by {first}{})", others(*count))),
        (None, None) => {}
    }
    for (name, _) in FRAMEWORKS.iter().filter(|(name, _)| *name != "pytest") {
        if let Some((first, count)) = importers.get(name) {
            found.push(format!("{name} (imported by {first}{})", others(*count)));
        }
    }
    found
}

fn others(count: usize) -> String {
    if count > 1 { format!(" and {} more", count - 1) } else { String::new() }
}

/// Whether pytest is what this project tests with, or would: nothing else is in use.
pub(crate) fn uses_pytest(frameworks: &[String]) -> bool {
    frameworks.iter().any(|one| one.starts_with("pytest")) || !frameworks.iter().any(|one| one.starts_with("unittest"))
}

/// The manifests, by path: those of the root, else those of the folders below.
pub(crate) fn manifests(view: &View<'_>) -> Vec<String> {
    let is_manifest = |file: &&OtherFile| pyteam_index::project::is_manifest(std::path::Path::new(&file.path));
    let mut found: Vec<String> =
        view.project_files().iter().filter(is_manifest).map(|file| file.path.clone()).collect();
    // Those of the root speak for all of it.
    found.sort_by_key(|path| (path.matches('/').count(), path.clone()));
    if found.iter().any(|path| !path.contains('/')) {
        found.retain(|path| !path.contains('/'));
    }
    found
}
