//! Glob patterns over paths, as in `.gitignore` and ruff.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

/// One pattern. Without a slash it matches a file or folder of that name at any depth, with one it is relative
/// to the settings' folder; what matches a folder matches everything in it.
#[derive(Clone, Debug)]
pub struct Glob {
    pattern: String,
    compiled: Vec<GlobMatcher>,
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Glob {}

impl Glob {
    /// Compiles `pattern`; the error says what is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let trimmed = pattern.trim();
        let bare = trimmed.trim_start_matches("./").trim_matches('/');
        if bare.is_empty() {
            return Err(format!("pattern `{pattern}` matches no file"));
        }
        let anchored = trimmed.starts_with('/') || bare.contains('/');
        let rooted = if anchored { bare.to_owned() } else { format!("**/{bare}") };
        let mut compiled = Vec::with_capacity(2);
        for text in [rooted.clone(), format!("{rooted}/**")] {
            let glob = GlobBuilder::new(&text).literal_separator(true).backslash_escape(true).build();
            let glob = glob.map_err(|error| format!("invalid pattern `{pattern}`: {}", error.kind()))?;
            compiled.push(glob.compile_matcher());
        }
        Ok(Self { pattern: pattern.to_owned(), compiled })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether `path` matches, with the settings at `root`.
    pub fn matches(&self, root: &Path, path: &Path) -> bool {
        let relative = path.strip_prefix(root).unwrap_or(path);
        self.compiled.iter().any(|one| one.is_match(relative))
    }
}

/// Several patterns; a path matches when one of them does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Globs(pub Vec<Glob>);

impl Globs {
    /// Whether `path` matches, with the settings at `root`.
    pub fn matches(&self, root: &Path, path: &Path) -> bool {
        self.0.iter().any(|glob| glob.matches(root, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Glob::new(pattern).unwrap().matches(Path::new("/w"), Path::new(path))
    }

    #[test]
    fn a_bare_name_matches_at_any_depth_and_a_path_from_the_root() {
        assert!(matches("*_pb2.py", "/w/a/b/x_pb2.py"));
        assert!(matches("vendor", "/w/src/vendor/deep/a.py"));
        assert!(matches("src/gen", "/w/src/gen/a.py"));
        assert!(!matches("src/gen", "/w/lib/src/gen/a.py"));
        assert!(matches("/top.py", "/w/top.py"));
        assert!(!matches("/top.py", "/w/src/top.py"));
        assert!(matches("src/*.py", "/w/src/a.py"));
        assert!(!matches("src/*.py", "/w/src/b/a.py"));
        assert!(matches("tests/", "/w/tests/a.py"));
        assert!(!matches("test", "/w/tests/a.py"));
    }

    #[test]
    fn a_broken_pattern_says_so() {
        assert!(Glob::new("a[").unwrap_err().contains("a["));
        assert!(Glob::new("  ").is_err());
    }
}
