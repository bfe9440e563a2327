//! What in a change wants a look of its own: files that go, and files that something runs without being told to.

mod names;

use std::fmt;
use std::path::PathBuf;

use pyteam_display::path_line;

use self::names::{BY_NAME, OURS, PLUGINS};
use super::{Change, FileChange};

/// Why a file's change is not covered by a consent that was given before it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The file would be gone, or empty.
    Gone {
        /// Whether the file stays, with nothing in it.
        empty: bool,
        /// Where its text goes, if it goes to a new file as it is.
        moved: Option<PathBuf>,
    },
    /// Something takes the file up by itself: what, as a clause.
    Runs(&'static str),
}

/// A file of a change that wants a look of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// Relative to the workspace.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

impl Caution {
    /// Whether it is about text that goes.
    pub fn is_deletion(&self) -> bool {
        matches!(self.reason, Reason::Gone { .. })
    }

    /// What happens to the file, without its name: `deletes this file`.
    pub fn what(&self) -> String {
        match &self.reason {
            Reason::Gone { moved: Some(path), .. } => format!("moves this file to {}", path_line(path)),
            Reason::Gone { empty: true, .. } => "empties this file".to_owned(),
            Reason::Gone { .. } => "deletes this file".to_owned(),
            Reason::Runs(why) => format!("runs automatically: {why}"),
        }
    }
}

impl fmt::Display for Caution {
    /// `deletes a.py`, `writes conftest.py (pytest imports it before any test)`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = path_line(&self.path);
        match &self.reason {
            Reason::Gone { moved: Some(moved), .. } => write!(out, "moves {path} to {}", path_line(moved)),
            Reason::Gone { empty: true, .. } => write!(out, "empties {path}"),
            Reason::Gone { .. } => write!(out, "deletes {path}"),
            Reason::Runs(why) => write!(out, "writes {path} ({why})"),
        }
    }
}

impl Change {
    /// The files that want a look of their own, by path; a file may be among them twice.
    pub fn cautions(&self) -> Vec<Caution> {
        let mut cautions = Vec::new();
        for file in &self.files {
            let mut add = |reason| cautions.push(Caution { path: file.path.clone(), reason });
            if let Some(reason) = self.gone(file) {
                add(reason);
            }
            if file.after.is_some()
                && let Some(why) = runs_by_itself(file)
            {
                add(Reason::Runs(why));
            }
        }
        cautions
    }

    fn gone(&self, file: &FileChange) -> Option<Reason> {
        let before = file.before.as_deref()?;
        let is_blank = |text: &str| text.trim().is_empty();
        match &file.after {
            Some(after) => (is_blank(after) && !is_blank(before)).then_some(Reason::Gone { empty: true, moved: None }),
            None => {
                let takes = |other: &&FileChange| other.before.is_none() && other.after.as_deref() == Some(before);
                let moved = self.files.iter().find(takes).filter(|_| !is_blank(before)).map(|other| other.path.clone());
                Some(Reason::Gone { empty: false, moved })
            }
        }
    }
}

/// What takes `file` up by itself, if anything does.
fn runs_by_itself(file: &FileChange) -> Option<&'static str> {
    if file.before == file.after && file.executable.is_none() {
        return None;
    }
    let path = file.path.to_str()?.replace('\\', "/").to_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == "pyproject.toml" {
        return runs_by_pyproject(file);
    }
    // A package runs its `__init__.py` where a module runs itself.
    let package = path.strip_suffix("/__init__.py").map(|package| format!("{package}.py"));
    let module = package.as_deref().and_then(|package| package.rsplit('/').next());
    let is_meant = |known: &str| match (known.strip_suffix('/'), known.split_once('*')) {
        (Some(folder), _) => path.split_once('/').is_some_and(|(first, _)| first == folder),
        (None, Some((start, end))) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        (None, None) => name == known || module == Some(known),
    };
    BY_NAME.iter().find(|(known, _)| is_meant(known)).map(|(_, why)| *why)
}

/// Tables of a `pyproject.toml` that make nothing run. What is not known here may name plugins, hooks or scripts.
const QUIET: [&str; 6] = ["project", "tool.black", "tool.isort", "tool.mypy", "tool.pyright", "tool.ruff"];

/// `pyproject.toml` is many tools' file: what matters is which tables change.
fn runs_by_pyproject(file: &FileChange) -> Option<&'static str> {
    const ENTRY_POINTS: &str = "pytest and other tools load the entry points that it names";
    const UNREAD: &str = "installations and tools run what it names";
    let read = |text: &Option<String>| toml::from_str::<toml::Table>(text.as_deref().unwrap_or_default());
    let (Ok(before), Ok(after)) = (read(&file.before), read(&file.after)) else { return Some(UNREAD) };
    let tables = |table: &toml::Table| {
        let mut flat = std::collections::BTreeMap::new();
        for (key, value) in table {
            match value.as_table().filter(|_| key == "tool") {
                Some(tools) => flat.extend(tools.iter().map(|(tool, value)| (format!("tool.{tool}"), value.clone()))),
                None => drop(flat.insert(key.clone(), value.clone())),
            }
        }
        flat
    };
    let entry_points =
        |table: &toml::Table| table.get("project").and_then(|project| project.get("entry-points").cloned());
    let are_entry_points_the_same = entry_points(&before) == entry_points(&after);
    let (before, after) = (tables(&before), tables(&after));
    // What is gone made something else run, or kept it from running.
    let mut changed = before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key));
    let plugins = |tables: &std::collections::BTreeMap<String, toml::Value>| {
        tables.get("tool.mypy").and_then(|mypy| mypy.get("plugins").cloned())
    };
    if before.get("tool.pyteam") != after.get("tool.pyteam") {
        return Some(OURS);
    }
    if plugins(&before) != plugins(&after) {
        return Some(PLUGINS);
    }
    if !are_entry_points_the_same {
        return Some(ENTRY_POINTS);
    }
    changed.any(|key| !QUIET.contains(&key.as_str())).then_some(UNREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cautions(files: &[(&str, Option<&str>, Option<&str>)]) -> Vec<String> {
        let file = |(path, before, after): &(&str, Option<&str>, Option<&str>)| FileChange {
            path: path.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            ..FileChange::default()
        };
        let change = Change { files: files.iter().map(file).collect() };
        change.cautions().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_goes_is_named() {
        assert_eq!(cautions(&[("a.py", Some("a\n"), None)]), ["deletes a.py"]);
        assert_eq!(cautions(&[("a.py", Some("a\n"), Some(" \n"))]), ["empties a.py"]);
        assert_eq!(cautions(&[("a.py", Some("a\n"), None), ("b.py", None, Some("a\n"))]), ["moves a.py to b.py"]);
        assert!(cautions(&[("a.py", Some("a\n"), Some("b\n")), ("b.py", None, Some("c\n"))]).is_empty());
        assert_eq!(cautions(&[("conftest.py", Some("a\n"), None)]), ["deletes conftest.py"]);
    }

    #[test]
    fn what_runs_by_itself_is_known_by_its_name_and_place() {
        for path in [
            "sitecustomize.py",
            "src/usercustomize.py",
            "lib/x.pth",
            "tests/unit/conftest.py",
            ".github/workflows/ci.yml",
            ".github/dependabot.yml",
            "CLAUDE.md",
            "docs/claude.local.md",
            "AGENTS.md",
            "Agents.override.md",
            "GEMINI.md",
            ".pre-commit-config.yaml",
            "pyteam.toml",
            "sub/pyteam.toml",
            "setup.py",
            "azure-pipelines.yaml",
            "azure-pipelines-release.yml",
            "sitecustomize/__init__.py",
            "lib/usercustomize/__init__.py",
            "tests/conftest/__init__.py",
            "tox.toml",
            "pytest.toml",
            "pylintrc.toml",
            "pdm_build.py",
            "hatch.toml",
            "lefthook.toml",
            "lefthook-local.yml",
            "binding.gyp",
            "appveyor.yml",
            "cloudbuild.yaml",
            "buildspec.yml",
            "AGENT.md",
            "jupyter_notebook_config.py",
        ] {
            assert_eq!(cautions(&[(path, None, Some("x = 1\n"))]).len(), 1, "{path}");
        }
        for path in [
            "a.py",
            "my_conftest.py",
            "claude.py",
            "github/x.yml",
            "docs/setup.md",
            "Makefile",
            "agents/a.md",
            "pkg/__init__.py",
            "azure.yml",
            "sitecustomize/a.py",
        ] {
            assert!(cautions(&[(path, None, Some("x = 1\n"))]).is_empty(), "{path}");
        }
    }

    #[test]
    fn the_page_about_security_names_each_of_them() {
        let page = include_str!("../../../../docs/security.md");
        let (_, table) = page.split_once("| runs by itself | what does |\n| --- | --- |\n").unwrap();
        let rows = table.lines().take_while(|line| line.starts_with('|'));
        let names = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
        let mut told: Vec<String> = names.map(str::to_lowercase).filter(|name| name != "pyproject.toml").collect();
        let mut known: Vec<&str> = names::BY_NAME.iter().map(|(name, _)| *name).collect();
        told.sort();
        known.sort_unstable();
        assert_eq!(told, known);
    }

    #[test]
    fn of_a_pyproject_the_tables_count() {
        let before = "[project]\nname = 'x'\n[tool.mypy]\nstrict = true\n";
        let with = |more: &str| cautions(&[("pyproject.toml", Some(before), Some(&format!("{before}{more}")))]);
        assert!(with("[tool.ruff]\nline-length = 88\n").is_empty());
        for more in [
            "plugins = ['evil']\n",
            "[tool.pyteam.agents]\nback-end = 'x'\n",
            "[build-system]\nrequires = []\n",
            "[tool.pytest.ini_options]\naddopts = '-p evil'\n",
            "[tool.unheard-of]\nhook = 'x'\n",
            "[project.entry-points.pytest11]\nevil = 'evil'\n",
            "not toml",
        ] {
            assert_eq!(with(more).len(), 1, "{more}");
        }
        // A table that goes changes as much as one that comes.
        for more in ["[build-system]\nrequires = []\n", "[tool.pytest.ini_options]\naddopts = '-p good'\n"] {
            let gone = cautions(&[("pyproject.toml", Some(&format!("{before}{more}")), Some(before))]);
            assert_eq!(gone.len(), 1, "{more}");
        }
    }
}
