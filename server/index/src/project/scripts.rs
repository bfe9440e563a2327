//! Which modules of Python the scripts of a project import or run: `python3 -c 'import main'`, `python -m main`,
//! `runpy.run_module('main')`, `thing = "main:entry"`.

use std::collections::BTreeSet;
use std::path::Path;

/// Whether a file of this name holds commands: of a shell, of `make`, of a container or a scheduler.
pub(super) fn is_script(path: &Path) -> bool {
    const NAMES: &[&str] =
        &["makefile", "gnumakefile", "procfile", "justfile", "crontab", "jenkinsfile", "package.json"];
    const ENDS: &[&str] =
        &["bash", "bat", "cfg", "cmd", "cron", "fish", "ini", "ksh", "mk", "ps1", "service", "sh", "zsh"];
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.to_ascii_lowercase();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, ""));
    NAMES.contains(&name.as_str())
        || ENDS.contains(&end)
        || stem.contains("compose") && matches!(end, "yml" | "yaml")
        || stem.starts_with("dockerfile")
        || end == "dockerfile"
}

/// The modules that `text` names where it imports or runs one, each part of a dotted name by itself.
pub(super) fn modules(text: &str) -> BTreeSet<String> {
    const BEFORE: &[&str] = &["from", "import", "run_module", "import_module", "-m"];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    let is_between = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ',' | '[' | '\\');
    let mut found = BTreeSet::new();
    let mut before = "";
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let gap = &rest[..start];
        let word = &rest[start..];
        let (word, behind) = word.split_at(word.find(|c| !is_part(c)).unwrap_or(word.len()));
        let is_run =
            before.rsplit('.').next().is_some_and(|last| BEFORE.contains(&last)) && gap.chars().all(is_between);
        // `main:entry`, and no `key: value`.
        let is_entry =
            behind.strip_prefix(':').is_some_and(|next| next.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        if is_run || is_entry {
            found.extend(word.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
        }
        before = word;
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_a_module_names_it() {
        for text in [
            "python3 -c 'import main'",
            "python3 -c \"import runpy; runpy.run_module('main')\"",
            "exec python -m main --port 80",
            "CMD [\"python\", \"-m\", \"main\"]",
            "thing = \"main:entry\"",
            "web: gunicorn main:app",
            "python -c 'from main import entry'",
            "python -m package.main",
        ] {
            assert!(modules(text).contains("main"), "{text}");
        }
        for text in ["python3 main.py", "main: run", "echo main", "maintain -m other", "import mainly"] {
            assert!(!modules(text).contains("main"), "{text}");
        }
    }

    #[test]
    fn scripts_are_known_by_name() {
        for name in ["run.sh", "Makefile", "Dockerfile", "app.Dockerfile", "tox.ini", "docker-compose.yml", "Procfile"]
        {
            assert!(is_script(Path::new(name)), "{name}");
        }
        for name in ["notes.txt", "workflow.yml", "main.py", "x.toml", "README.md"] {
            assert!(!is_script(Path::new(name)), "{name}");
        }
    }
}
