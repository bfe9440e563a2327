//! Which tools a project has set up: type checker, formatter, linter, tests. Read from its settings, nothing is run.

use toml::Table;

use crate::surroundings::{OtherFile, Purpose, Surroundings, line_where};
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
    let around = view.surroundings();
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
            crate::surroundings::has_word(code, tool)
        };
        line_where(&file.text, is_call).map(|line| format!("{}:{line}", file.path))
    };
    around.of(Purpose::Ci).iter().filter_map(calls).collect()
}

/// The test frameworks in use, each with what shows it.
pub(crate) fn test_frameworks(view: &View<'_>) -> Vec<String> {
    let around = view.surroundings();
    let mut found = Vec::new();
    let tests = crate::tests_of::tests(view);
    let importers = |wanted: &[&str]| {
        let is_one = |module: &str| wanted.iter().any(|one| module == *one || module.starts_with(&format!("{one}.")));
        let mut files = tests.iter().filter(|file| crate::calls::imported_at_top(file).any(is_one));
        files.next().map(|first| (view.short(&first.path), files.count() + 1))
    };
    let configured = if tool_table(around, "pytest").is_some() {
        Some("pyproject.toml")
    } else if around.get("pytest.ini").is_some() {
        Some("pytest.ini")
    } else {
        around.get("tox.ini").filter(|file| file.text.contains("[pytest]")).map(|_| "tox.ini")
    };
    match (configured, importers(&["pytest"])) {
        (Some(path), Some((first, count))) => {
            found.push(format!("pytest ({path}; imported by {first}{})", others(count)));
        }
        (Some(path), None) => found.push(format!("pytest ({path})")),
        (None, Some((first, count))) => found.push(format!("pytest (imported by {first}{})", others(count))),
        (None, None) => {}
    }
    let libraries: &[(&str, &[&str])] = &[
        ("unittest", &["unittest"]),
        ("FastAPI TestClient", &["fastapi.testclient", "starlette.testclient"]),
        ("httpx", &["httpx"]),
        ("hypothesis", &["hypothesis"]),
        ("Django's test client", &["django.test"]),
    ];
    for (name, modules) in libraries {
        if let Some((first, count)) = importers(modules) {
            found.push(format!("{name} (imported by {first}{})", others(count)));
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

/// The packages that the manifests of a file's folder name, for a sentence: `pyproject.toml`.
pub(crate) fn manifests(view: &View<'_>) -> Vec<String> {
    let is_manifest = |file: &&OtherFile| {
        pyteam_index::project::is_manifest(std::path::Path::new(&file.path)) && !file.path.contains('/')
    };
    view.surroundings().iter().filter(is_manifest).map(|file| file.path.clone()).collect()
}
