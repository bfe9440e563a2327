//! Manifests in which people declare what they need: `pyproject.toml`, `Pipfile`, `setup.cfg`, `requirements.txt`,
//! conda's `environment.yml`.

use toml::{Table, Value};

use super::requirement::Requirement;

/// The key under which Python itself stands among the packages.
pub(super) const PYTHON: &str = "python";

/// `pyproject.toml`: PEP 621 with extras, PEP 735 groups, Poetry, PDM and uv.
pub(super) fn from_pyproject(text: &str) -> Result<Vec<Requirement>, String> {
    let root: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut found = Vec::new();
    if let Some(project) = table(&root, &["project"]) {
        if let Some(python) = project.get("requires-python").and_then(Value::as_str) {
            found.push(Requirement::constrained(PYTHON, python));
        }
        push_lines(project.get("dependencies"), &mut found);
        push_groups(project.get("optional-dependencies"), &mut found);
    }
    push_groups(root.get("dependency-groups"), &mut found);
    push_groups(table(&root, &["tool", "pdm"]).and_then(|pdm| pdm.get("dev-dependencies")), &mut found);
    push_lines(table(&root, &["tool", "uv"]).and_then(|uv| uv.get("dev-dependencies")), &mut found);
    if let Some(poetry) = table(&root, &["tool", "poetry"]) {
        push_table(poetry.get("dependencies"), &mut found);
        push_table(poetry.get("dev-dependencies"), &mut found);
        for group in poetry.get("group").and_then(Value::as_table).into_iter().flat_map(Table::values) {
            push_table(group.get("dependencies"), &mut found);
        }
    }
    Ok(found)
}

/// `Pipfile`: tables like Poetry's.
pub(super) fn from_pipfile(text: &str) -> Result<Vec<Requirement>, String> {
    let root: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut found = Vec::new();
    for (name, value) in &root {
        match (name.as_str(), value) {
            ("requires", Value::Table(requires)) => {
                let version = requires.get("python_full_version").or_else(|| requires.get("python_version"));
                if let Some(version) = version.and_then(Value::as_str) {
                    found.push(Requirement::constrained(PYTHON, &format!("={version}")));
                }
            }
            ("source" | "pipenv" | "scripts", _) => {}
            _ => push_table(Some(value), &mut found),
        }
    }
    Ok(found)
}

fn table<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(root, |at, key| at.get(*key)?.as_table())
}

/// A list of PEP 508 lines.
fn push_lines(value: Option<&Value>, found: &mut Vec<Requirement>) {
    let lines = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    found.extend(lines.filter_map(Requirement::parse));
}

/// A table of such lists.
fn push_groups(value: Option<&Value>, found: &mut Vec<Requirement>) {
    for group in value.and_then(Value::as_table).into_iter().flat_map(Table::values) {
        push_lines(Some(group), found);
    }
}

/// A table of `name = "constraint"`, `name = { version = "constraint" }` or a list of such tables.
fn push_table(value: Option<&Value>, found: &mut Vec<Requirement>) {
    for (name, value) in value.and_then(Value::as_table).into_iter().flatten() {
        let variants = match value {
            Value::Array(variants) => variants.as_slice(),
            one => std::slice::from_ref(one),
        };
        found.extend(variants.iter().map(
            |one| match one.as_str().or_else(|| one.get("version").and_then(Value::as_str)) {
                Some(constraint) => Requirement::constrained(name, constraint),
                None => Requirement::any(name),
            },
        ));
    }
}

/// What a `requirements.txt` says, and which files it includes.
#[derive(Debug, Default)]
pub(super) struct RequirementsTxt {
    pub(super) found: Vec<Requirement>,
    /// As written after `-r`: relative to the file.
    pub(super) includes: Vec<String>,
}

/// `requirements.txt` with comments, line continuations, options and hashes.
pub(super) fn from_requirements(text: &str) -> RequirementsTxt {
    let mut result = RequirementsTxt::default();
    let mut pending = String::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        if let Some(start) = line.trim_end().strip_suffix('\\') {
            pending.push_str(start);
            continue;
        }
        pending.push_str(line);
        let line = std::mem::take(&mut pending);
        let line = without_comment(&line);
        if let Some(file) = option(line, "-r").or_else(|| option(line, "--requirement")) {
            result.includes.push(file.to_owned());
        } else if let Some(location) = option(line, "-e").or_else(|| option(line, "--editable")) {
            result.found.extend(Requirement::parse(location));
        } else if !line.starts_with('-') {
            // Options may follow on the line: `--hash=sha256:...`.
            let line = line.find(" --").map_or(line, |at| &line[..at]);
            result.found.extend(Requirement::parse(line));
        }
    }
    result
}

/// A `#` starts a comment at the line's start or after white space; inside a URL it does not.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return line[..at].trim();
        }
        before = c;
    }
    line.trim()
}

fn option<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?;
    let rest = rest.strip_prefix('=').or_else(|| rest.starts_with(char::is_whitespace).then_some(rest))?;
    Some(rest.trim().trim_matches('"'))
}

/// `setup.cfg`: `install_requires`, `python_requires` and the extras.
pub(super) fn from_setup_cfg(text: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut section = "";
    let mut reading = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            section = trimmed;
            reading = false;
        } else if line.starts_with(char::is_whitespace) {
            if reading {
                found.extend(Requirement::parse(without_comment(trimmed)));
            }
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            let key = key.trim();
            reading = section == "[options]" && key == "install_requires" || section == "[options.extras_require]";
            if reading {
                found.extend(Requirement::parse(without_comment(value)));
            } else if section == "[options]" && key == "python_requires" {
                found.push(Requirement::constrained(PYTHON, without_comment(value)));
            }
        }
    }
    found
}

/// conda's `environment.yml`. Its shape is so narrow that lines do instead of a YAML parser: entries under
/// `dependencies:`, and a list under `- pip:` among them.
pub(super) fn from_conda(text: &str) -> Vec<Requirement> {
    let mut found = Vec::new();
    let mut inside = false;
    // Indentation of the `- pip:` entry, whose own entries stand deeper.
    let mut pip: Option<usize> = None;
    for line in text.lines() {
        let line = line.find(" #").map_or(line, |at| &line[..at]).trim_end();
        let entry = line.trim_start();
        let indent = line.len() - entry.len();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        let Some(entry) = entry.strip_prefix('-').filter(|rest| rest.starts_with(char::is_whitespace)) else {
            if indent == 0 {
                inside = entry == "dependencies:";
                pip = None;
            }
            continue;
        };
        if !inside {
            continue;
        }
        let entry = entry.trim().trim_matches(['"', '\'']);
        if entry == "pip:" {
            pip = Some(indent);
        } else if pip.is_some_and(|outer| indent > outer) {
            found.extend(Requirement::parse(entry));
        } else {
            pip = None;
            found.extend(Requirement::parse_conda(entry));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: &[Requirement]) -> Vec<String> {
        found.iter().map(|one| format!("{} {}", one.name, one.ranges[0])).collect()
    }

    #[test]
    fn every_place_of_a_pyproject_is_read() {
        let text = r#"
            [project]
            requires-python = ">=3.9"
            dependencies = ["numpy", "torch>=2.0,<3"]
            [project.optional-dependencies]
            gpu = ["cupy==12.0"]
            [dependency-groups]
            dev = ["pytest>=8", { include-group = "docs" }]
            [tool.uv]
            dev-dependencies = ["ruff"]
            [tool.pdm.dev-dependencies]
            test = ["tox>4"]
            [tool.poetry.dependencies]
            python = "^3.10"
            onnx = { version = "~1.15", optional = true }
            local = { path = "../local" }
            scipy = [{ version = "<1.10", python = "<3.8" }, { version = ">=1.10", python = ">=3.8" }]
            [tool.poetry.group.lint.dependencies]
            mypy = "*"
        "#;
        assert_eq!(
            shown(&from_pyproject(text).unwrap()),
            [
                "python >=3.9",
                "numpy any version",
                "torch >=2.0,<3.0",
                "cupy ==12.0",
                "pytest >=8.0",
                "tox >4.0",
                "ruff any version",
                "local any version",
                "onnx >=1.15,<1.16",
                "python >=3.10,<4.0",
                "scipy <1.10",
                "scipy >=1.10",
                "mypy any version",
            ]
        );
        assert!(from_pyproject("[project\n").is_err());
        assert_eq!(shown(&from_pyproject("project = 3\ntool = []").unwrap()), [""; 0]);
    }

    #[test]
    fn a_pipfile_is_read() {
        let text = "[[source]]\nurl = 'x'\n[packages]\ntorch = '==1.13.1'\nflask = '*'\nx = {git = 'y'}\n\
                    [dev-packages]\npytest = '>=7'\n[requires]\npython_version = '3.10'\n";
        let mut found = shown(&from_pipfile(text).unwrap());
        found.sort();
        assert_eq!(
            found,
            ["flask any version", "pytest >=7.0", "python >=3.10,<3.11", "torch ==1.13.1", "x any version"]
        );
    }

    #[test]
    fn requirements_have_comments_hashes_and_includes() {
        let text = "\u{feff}# head\n--index-url https://x\n-r base.txt\n--requirement=dev.txt # why\n-c constraints.txt\n\
                    torch==2.1.2 \\\n    --hash=sha256:abc \\\n    --hash=sha256:def\nnumpy>=1.20  # comment\r\n\
                    -e git+https://x/y.git#egg=y\nz @ https://x/z-1.0.tar.gz#sha1=abc ; python_version < '3'\n\n";
        let result = from_requirements(text);
        assert_eq!(shown(&result.found), ["torch ==2.1.2", "numpy >=1.20", "y any version", "z ==1.0"]);
        assert_eq!(result.includes, ["base.txt", "dev.txt"]);
    }

    #[test]
    fn a_setup_cfg_is_read() {
        let text = "[metadata]\nname = x\n[options]\npython_requires = >=3.8\ninstall_requires =\n    torch>=1.8\n    # no\n    numpy\n\
                    packages = find:\n    trap\n[options.extras_require]\ngpu =\n    cupy>10; sys_platform == 'linux'\nall = %(gpu)s\n";
        assert_eq!(shown(&from_setup_cfg(text)), ["python >=3.8", "torch >=1.8", "numpy any version", "cupy >10.0"]);
    }

    #[test]
    fn a_conda_environment_is_read() {
        let text = "name: x\nchannels:\n  - pytorch\ndependencies:\n  - python=3.10\n  - pytorch::pytorch=2.1 # why\n  - pip\n  - pip:\n    \
                    - torchvision==0.16\n    - \"tqdm>4\"\n  - numpy\nprefix: /x\n- trap=1\n";
        assert_eq!(
            shown(&from_conda(text)),
            [
                "python >=3.10,<3.11",
                "torch >=2.1,<2.2",
                "pip any version",
                "torchvision ==0.16",
                "tqdm >4.0",
                "numpy any version"
            ]
        );
    }
}
