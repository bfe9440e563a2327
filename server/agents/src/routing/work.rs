//! What a piece of work came to, as far as the files that it changed tell.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::FinishedWork;
use super::handoffs::{is_python, is_requirements, is_test};
use crate::change::{Change, FileChange};

/// Words of a path or a name that speak of access and of sensitive data.
const SENSITIVE: [&str; 24] = [
    "auth",
    "authenticate",
    "authentication",
    "authenticator",
    "authorisation",
    "authorise",
    "authorization",
    "authorize",
    "credential",
    "credentials",
    "jwt",
    "login",
    "logins",
    "logout",
    "oauth",
    "oauth2",
    "passwd",
    "password",
    "passwords",
    "permissions",
    "secret",
    "secrets",
    "token",
    "tokens",
];

impl FinishedWork {
    /// What the names of changed files tell, relative to the workspace. Names do not tell what is new in a file, nor
    /// whether the file is: where the texts are known, [`FinishedWork::of_texts`] tells more.
    pub fn of_change(files: &[PathBuf]) -> Self {
        let files: Vec<String> = files.iter().map(|path| with_slashes(path)).collect();
        Self {
            is_sensitive: files.iter().any(|path| speaks_of_access(path)),
            changes_environment: files.iter().any(|path| is_environment(path)),
            files,
            ..Self::default()
        }
    }

    /// What a change tells, with the texts before and after it: also what is new.
    pub fn of_texts(change: &Change) -> Self {
        let paths: Vec<PathBuf> = change.files.iter().map(|file| file.path.clone()).collect();
        let mut work = Self::of_change(&paths);
        work.changes_environment = false;
        for (file, path) in change.files.iter().zip(work.files.clone()) {
            work.new_packages
                .extend(new_in(&packages(&path, file.before.as_deref()), packages(&path, file.after.as_deref())));
            work.changes_environment |= match name_of(&path) {
                // Most of what stands there is settings of tools, which change nothing where it runs.
                "pyproject.toml" => project_tables(file.before.as_deref()) != project_tables(file.after.as_deref()),
                _ => is_environment(&path),
            };
            if is_python(&path) && !is_test(&path) {
                let names = new_names(&path, file);
                work.is_sensitive |= names.iter().any(|name| speaks_of_access(name));
                work.new_functionality.extend(names);
                work.is_new_package |= file.before.is_none() && name_of(&path) == "__init__.py";
            }
        }
        work.changes_api =
            change.files.iter().any(|file| routes_of(file.before.as_deref()) != routes_of(file.after.as_deref()));
        work.needs_performance =
            work.changes_api || change.files.iter().any(|file| file.after.as_deref().is_some_and(handles_data));
        let mut seen = BTreeSet::new();
        work.new_packages.retain(|name| seen.insert(name.clone()));
        work
    }
}

fn with_slashes(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file says what runs, and in what.
fn is_environment(path: &str) -> bool {
    let name = name_of(path);
    let known = [
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "environment.yml",
        "environment.yaml",
        "Pipfile",
        "Pipfile.lock",
        "poetry.lock",
        "uv.lock",
        ".python-version",
        "Procfile",
    ];
    known.contains(&name)
        || is_requirements(path)
        || super::handoffs::is_delivery(path)
        || path.starts_with(".circleci/")
        || name == "azure-pipelines.yml"
        || name == ".env"
        || name.starts_with(".env.")
}

/// Whether one of its words is of access or sensitive data. A `tokenizer` is none.
fn speaks_of_access(name: &str) -> bool {
    let mut words = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        // `LoginForm` has two words.
        if letter.is_ascii_uppercase() && after_small {
            words.push(' ');
        }
        after_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        words.push(if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' });
    }
    words.split(' ').any(|word| SENSITIVE.contains(&word))
}

fn new_in(before: &[String], after: Vec<String>) -> Vec<String> {
    after.into_iter().filter(|name| !before.contains(name)).collect()
}

/// Public functions and classes that a change brings; of a new file without any, the file.
fn new_names(path: &str, file: &FileChange) -> Vec<String> {
    let Some(after) = &file.after else { return Vec::new() };
    let before = file.before.as_deref().map(public_names).unwrap_or_default();
    let names = new_in(&before, public_names(after));
    if names.is_empty() && file.before.is_none() && !after.trim().is_empty() {
        return vec![path.to_owned()];
    }
    names
}

fn public_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut in_text: Option<&str> = None;
    for line in text.lines() {
        let was_in_text = in_text.is_some();
        let mut rest = line;
        while let Some((at, quotes)) = next_quotes(rest, in_text) {
            in_text = if in_text.is_some() { None } else { Some(quotes) };
            rest = &rest[at + 3..];
        }
        let head = ["def ", "async def ", "class "].iter().find_map(|word| line.strip_prefix(word));
        if let Some(head) = head.filter(|_| !was_in_text) {
            let name: String = head.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() && !name.starts_with('_') && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// What stands above the functions that answer requests: `@app.get("/tracks")`. Django's lists of paths count as well.
fn routes_of(text: Option<&str>) -> BTreeSet<&str> {
    const METHODS: [&str; 9] = [
        ".get(",
        ".post(",
        ".put(",
        ".patch(",
        ".delete(",
        ".route(",
        ".api_route(",
        ".websocket(",
        ".websocket_route(",
    ];
    let is_route = |line: &&str| {
        let is_decorator = line.starts_with('@') && METHODS.iter().any(|method| line.contains(method));
        let names_a_path = line.contains("(\"/") || line.contains("('/") || line.ends_with('(');
        let is_entry = ["path(", "re_path("].iter().any(|start| line.starts_with(start));
        is_decorator && names_a_path || is_entry
    };
    text.unwrap_or_default().lines().map(str::trim).filter(is_route).collect()
}

/// Whether a file works on tables of data.
fn handles_data(text: &str) -> bool {
    const PACKAGES: [&str; 5] = ["pandas", "polars", "dask", "pyspark", "pyarrow"];
    text.lines().any(|line| {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        matches!(words.next(), Some("import" | "from")) && words.next().is_some_and(|name| PACKAGES.contains(&name))
    })
}

/// The next triple quotes that begin or end a text.
fn next_quotes(line: &str, open: Option<&str>) -> Option<(usize, &'static str)> {
    ["\"\"\"", "'''"]
        .into_iter()
        .filter(|quotes| open.is_none_or(|open| open == *quotes))
        .filter_map(|quotes| Some((line.find(quotes)?, quotes)))
        .min()
}

/// The tables of a `pyproject.toml` that say what it is built of and needs.
fn project_tables(text: Option<&str>) -> Option<[Option<toml::Value>; 4]> {
    let mut table: toml::Table = text?.parse().ok()?;
    let poetry = table.get("tool").and_then(|tool| tool.get("poetry")).cloned();
    Some([table.remove("project"), table.remove("build-system"), table.remove("dependency-groups"), poetry])
}

/// The packages that a file asks for, as an index of packages spells them.
fn packages(path: &str, text: Option<&str>) -> Vec<String> {
    let Some(text) = text else { return Vec::new() };
    if is_requirements(path) {
        return text.lines().filter_map(package).collect();
    }
    if name_of(path) != "pyproject.toml" {
        return Vec::new();
    }
    let Some([project, _, groups, poetry]) = project_tables(Some(text)) else { return Vec::new() };
    let mut found = Vec::new();
    let listed = |value: Option<&toml::Value>| -> Vec<String> {
        let entries = value.and_then(toml::Value::as_array).into_iter().flatten();
        entries.filter_map(toml::Value::as_str).filter_map(package).collect()
    };
    let tables = |value: Option<&toml::Value>| value.and_then(toml::Value::as_table).cloned().unwrap_or_default();
    if let Some(project) = &project {
        found.extend(listed(project.get("dependencies")));
        found.extend(tables(project.get("optional-dependencies")).values().flat_map(|list| listed(Some(list))));
    }
    found.extend(tables(groups.as_ref()).values().flat_map(|list| listed(Some(list))));
    if let Some(poetry) = &poetry {
        let keys =
            |value: Option<&toml::Value>| tables(value).keys().filter_map(|key| package(key)).collect::<Vec<_>>();
        found.extend(keys(poetry.get("dependencies")));
        found.extend(tables(poetry.get("group")).values().flat_map(|group| keys(group.get("dependencies"))));
        found.retain(|name| name != "python");
    }
    found
}

/// The package that a requirement names; none where it is an option, a path or an address.
fn package(requirement: &str) -> Option<String> {
    let requirement = requirement.trim();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let end = requirement.find(|c| !is_part(c)).unwrap_or(requirement.len());
    let (name, rest) = requirement.split_at(end);
    let ends_well = rest.chars().next().is_none_or(|c| c.is_whitespace() || "=<>!~;[@,(#".contains(c));
    let is_file = [".whl", ".zip", ".gz"].iter().any(|end| name.ends_with(end));
    if !ends_well || is_file || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let parts: Vec<&str> = name.split(['.', '_', '-']).filter(|part| !part.is_empty()).collect();
    Some(parts.join("-").to_lowercase())
}

#[cfg(test)]
mod tests;
