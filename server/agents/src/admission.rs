//! What may be in the copy of a workspace: by name, and by where links lead.

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

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

/// Whether a path of the workspace, relative to it, may be in a copy, and be changed by an agent, by its name alone.
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

/// Whether `place`, absolute or relative to `root`, is `root` or in it after all `..` and links, and nothing that is kept
/// from agents. `root` is canonical.
pub fn is_inside(root: &Path, place: &Path) -> bool {
    if place.as_os_str().is_empty() {
        return false;
    }
    let Ok(real) = real_path(&root.join(place)) else { return false };
    match real.strip_prefix(root) {
        Ok(inside) => inside.as_os_str().is_empty() || is_admitted(inside),
        Err(_) => false,
    }
}

/// `path` as the kernel would go there. What does not exist yet cannot be a link, but may go up again.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir => real.push(part),
            Component::Normal(name) => {
                real.push(name);
                match fs::symlink_metadata(&real) {
                    Ok(meta) if meta.is_symlink() => {
                        // Also fails for a link to nowhere: whatever is written there would be made there.
                        real = fs::canonicalize(&real)?;
                    }
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(real)
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
