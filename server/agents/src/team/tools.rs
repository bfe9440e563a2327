//! What the names in an agent's `tools` allow.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::agent::Rights;

/// Tools of several programs, each with what it does: `read`, `edit`, `execute`, or `elsewhere` where it touches neither the
/// workspace's files nor its programs.
static KNOWN: LazyLock<HashMap<&str, Rights>> = LazyLock::new(|| {
    let rights = |does: &str| Rights { read: does == "read", edit: does == "edit", execute: does == "execute" };
    let rows = include_str!("tools.txt").lines().filter_map(|row| row.split_once(' '));
    rows.map(|(does, tool)| (tool, rights(does))).collect()
});

/// Everything. What an agent may do whose file names no tools: each of the programs that read these files gives such
/// an agent all it has.
pub(super) const ALL: Rights = Rights { read: true, edit: true, execute: true };

/// What one name allows; none where no such tool is known.
pub(super) fn rights_of(tool: &str) -> Option<Rights> {
    // `Bash(git status:*)` is Bash, with limits that its own program enforces.
    let name = tool.split('(').next().unwrap_or_default().trim();
    let lower = name.to_ascii_lowercase();
    if name == "*" || lower == "all" {
        return Some(ALL);
    }
    if let Some(known) = KNOWN.get(lower.as_str()) {
        return Some(*known);
    }
    // A tool of a server's (`mcp__github__search`, `github/search`) is for the server to allow.
    let of_a_server = lower.starts_with("mcp_") || lower.contains('/');
    of_a_server.then(Rights::default)
}

/// Either of two rights.
pub(super) fn either(a: Rights, b: Rights) -> Rights {
    Rights { read: a.read || b.read, edit: a.edit || b.edit, execute: a.execute || b.execute }
}

/// The first rights without the second ones.
pub(super) fn without(a: Rights, b: Rights) -> Rights {
    Rights { read: a.read && !b.read, edit: a.edit && !b.edit, execute: a.execute && !b.execute }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_says_what_one_tool_does() {
        let mut tools = std::collections::BTreeSet::new();
        for row in include_str!("tools.txt").lines() {
            let (does, tool) = row.split_once(' ').expect("two words");
            assert!(["read", "edit", "execute", "elsewhere"].contains(&does), "{row}");
            assert!(!tool.contains(' ') && tool == tool.to_ascii_lowercase() && tools.insert(tool), "{row}");
        }
    }

    #[test]
    fn names_of_several_programs_are_known() {
        let rights = |read, edit, execute| Some(Rights { read, edit, execute });
        assert_eq!(rights_of("Grep"), rights(true, false, false));
        assert_eq!(rights_of(" Bash(git status:*) "), rights(false, false, true));
        assert_eq!(rights_of("write_file"), rights(false, true, false));
        assert_eq!(rights_of("mcp__sequential-thinking__sequentialthinking"), rights(false, false, false));
        assert_eq!(rights_of("github/*"), rights(false, false, false));
        assert_eq!(rights_of("*"), Some(ALL));
        assert_eq!(rights_of("Raed"), None);
    }
}
