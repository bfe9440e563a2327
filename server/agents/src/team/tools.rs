//! What the names in an agent's `tools` allow.

use crate::agent::Rights;

/// Everything. What an agent may do whose file names no tools: each of the programs that read these files gives such
/// an agent all it has.
pub(super) const ALL: Rights = Rights { read: true, edit: true, execute: true };

const READ: &[&str] = &[
    "read",
    "grep",
    "glob",
    "ls",
    "list",
    "search",
    "view",
    "codebase",
    "notebookread",
    "read_file",
    "read_many_files",
    "list_directory",
    "search_file_content",
    "grep_search",
    "textsearch",
    "filesearch",
    "readfile",
    "problems",
    "usages",
];

const EDIT: &[&str] = &[
    "edit",
    "write",
    "multiedit",
    "notebookedit",
    "write_file",
    "replace",
    "patch",
    "apply_patch",
    "editfiles",
    "createfile",
    "new",
];

const EXECUTE: &[&str] = &[
    "bash",
    "shell",
    "powershell",
    "execute",
    "run_shell_command",
    "runcommands",
    "runinterminal",
    "runtests",
    "killshell",
    "bashoutput",
    "terminal",
];

/// Tools that touch neither the workspace's files nor its programs.
const ELSEWHERE: &[&str] = &[
    "agent",
    "task",
    "web",
    "websearch",
    "webfetch",
    "web_fetch",
    "google_web_search",
    "fetch",
    "todo",
    "todos",
    "todowrite",
    "todoread",
    "write_todos",
    "skill",
    "slashcommand",
    "askuserquestion",
    "ask_user",
    "save_memory",
    "memory",
    "lsp",
    "githubrepo",
    "exitplanmode",
    "enterplanmode",
    "exitworktree",
    "enterworktree",
    "toolsearch",
    "listmcpresourcestool",
    "readmcpresourcetool",
    "taskcreate",
    "taskget",
    "tasklist",
    "taskupdate",
    "taskstop",
    "taskoutput",
    "cronlist",
    "croncreate",
    "crondelete",
    "sendmessage",
    "monitor",
    "activate_skill",
    "changes",
    "extensions",
    "vscodeapi",
    "opensimplebrowser",
    "question",
];

/// What one name allows; none where no such tool is known.
pub(super) fn rights_of(tool: &str) -> Option<Rights> {
    // `Bash(git status:*)` is Bash, with limits that its own program enforces.
    let name = tool.split('(').next().unwrap_or_default().trim();
    let lower = name.to_ascii_lowercase();
    let one_of = |names: &[&str]| names.contains(&lower.as_str());
    if name == "*" || lower == "all" {
        return Some(ALL);
    }
    if one_of(READ) {
        return Some(Rights { read: true, ..Rights::default() });
    }
    if one_of(EDIT) {
        return Some(Rights { edit: true, ..Rights::default() });
    }
    if one_of(EXECUTE) {
        return Some(Rights { execute: true, ..Rights::default() });
    }
    // A tool of a server's (`mcp__github__search`, `github/search`) is for the server to allow.
    let of_a_server = lower.starts_with("mcp_") || lower.contains('/');
    (of_a_server || one_of(ELSEWHERE)).then(Rights::default)
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
