//! Lock files: exact versions. They are long and written by machines, so a scan of their lines replaces a parse.

use serde_json::Value;

use super::requirement::Requirement;

/// `uv.lock`, `poetry.lock`, `pdm.lock`, `pylock.toml`: tables `[[package]]` (`[[packages]]`) with `name` and
/// `version`.
pub(super) fn from_toml(text: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut name: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim_end();
        if line.starts_with('[') {
            inside = matches!(line, "[[package]]" | "[[packages]]");
            name = None;
        } else if inside && let Some(value) = string_value(line, "name") {
            name = Some(value);
        } else if inside && let (Some(value), Some(name)) = (string_value(line, "version"), name) {
            found.push(Requirement::constrained(name, &format!("=={value}")));
        }
    }
    found
}

/// The `requires-python` line at the head of a `uv.lock` or `pylock.toml`.
pub(super) fn python(text: &str) -> Option<&str> {
    text.lines().take_while(|line| !line.starts_with('[')).find_map(|line| string_value(line, "requires-python"))
}

fn string_value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim_start();
    rest.strip_prefix('"')?.split('"').next()
}

/// `Pipfile.lock`: JSON with `default` and `develop`.
pub(super) fn from_pipfile_lock(text: &str) -> Result<Vec<Requirement>, String> {
    let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let groups = ["default", "develop"].into_iter().filter_map(|group| root.get(group)?.as_object());
    Ok(groups
        .flatten()
        .map(|(name, entry)| match entry.get("version").and_then(Value::as_str) {
            Some(version) => Requirement::constrained(name, version),
            None => Requirement::any(name),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uv_and_poetry_locks_give_versions() {
        let lock = "version = 1\nrequires-python = \">=3.10\"\n\n[[package]]\nname = \"torch\"\nversion = \"2.1.0+cu118\"\n\
                    source = { registry = \"https://pypi.org/simple\" }\ndependencies = [\n    { name = \"sympy\" },\n]\n\n\
                    [package.optional-dependencies]\nname = \"trap\"\nversion = \"9\"\n\n\
                    [[package]]\nname = \"here\"\nsource = { editable = \".\" }\n";
        let found = from_toml(lock);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].ranges[0].to_string().as_str()), ("torch", "==2.1"));
        assert_eq!(python(lock), Some(">=3.10"));
    }

    #[test]
    fn pipfile_locks_give_versions() {
        let lock = r#"{"_meta": {}, "default": {"torch": {"version": "==1.13.1"}, "x": {"git": "y"}}, "develop": {}}"#;
        let found = from_pipfile_lock(lock).unwrap();
        assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["torch", "x"]);
        assert!(from_pipfile_lock("{").is_err());
    }
}
