//! What may be in a shadow, by name.

use std::path::{Component, Path};

/// Entries with a dot that are a project's own and make no tool run anything by being there.
const WITH_A_DOT: [&str; 16] = [
    ".coveragerc",
    ".dockerignore",
    ".editorconfig",
    ".flake8",
    ".gitattributes",
    ".gitignore",
    ".github",
    ".gitlab-ci.yml",
    ".ignore",
    ".isort.cfg",
    ".mypy.ini",
    ".pre-commit-config.yaml",
    ".pylintrc",
    ".python-version",
    ".ruff.toml",
    ".style.yapf",
];

/// Entries without a dot from which an agent runs code or takes its settings.
const SETTINGS: [&str; 3] = ["opencode.json", "opencode.jsonc", "mcp.json"];

/// Whether a path of the workspace, relative to it, may be in a shadow, and be changed by an agent, by its name alone.
/// Names are compared without regard to case, as some file systems do.
pub fn is_admitted(path: &Path) -> bool {
    let mut above: Option<String> = None;
    for part in path.components() {
        let Component::Normal(name) = part else { return false };
        // A name that is no text cannot be shown, nor be compared with what is kept out.
        let Some(name) = name.to_str() else { return false };
        // Windows drops dots and spaces at the end of a name, and what follows a colon.
        let name = name.trim_end_matches(['.', ' ']).to_lowercase();
        if name.is_empty() || name.contains([':', '\\']) || name.chars().any(char::is_control) {
            return false;
        }
        let with_a_dot = name.starts_with('.');
        if (with_a_dot && !WITH_A_DOT.contains(&&*name)) || SETTINGS.contains(&&*name) || name == "git~1" {
            return false;
        }
        // Of `.github`, what CI runs; agents take instructions and definitions from the rest.
        if above.as_deref() == Some(".github") && name != "workflows" && name != "dependabot.yml" {
            return false;
        }
        above = Some(name);
    }
    above.is_some()
}

#[cfg(test)]
mod tests {
    use super::is_admitted;
    use std::path::Path;

    #[test]
    fn what_runs_code_stays_out() {
        for path in [
            ".git",
            ".GIT",
            ".git/hooks/pre-commit",
            "sub/.git/config",
            ".claude/settings.json",
            ".mcp.json",
            ".gemini",
            ".qwen",
            ".opencode",
            "opencode.json",
            ".codex",
            ".cursor",
            ".vscode/tasks.json",
            ".env",
            ".env.local",
            ".github/agents/x.agent.md",
            "../x.py",
            "/etc/passwd",
            "a/../../x",
            "",
            ".git ",
            ".git.",
            "git~1/config",
            ".git::$INDEX_ALLOCATION",
            "a\nb",
        ] {
            assert!(!is_admitted(Path::new(path)), "{path:?}");
        }
        for path in
            ["a.py", "src/a.py", ".gitignore", ".github/workflows/ci.yml", "env/a.py", "Dockerfile", "a.b/c d.py"]
        {
            assert!(is_admitted(Path::new(path)), "{path:?}");
        }
    }
}
