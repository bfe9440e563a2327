//! Pyteam's own team: the six of the Python team, four specialists of a whole field each, and the six that work is
//! handed on to.

use std::path::Path;
use std::sync::LazyLock;

use super::Member;
use super::file::{self, Format};
use crate::agent::Origin;

/// Names and files, in the order in which a piece of work comes to them.
const FILES: [(&str, &str); 16] = [
    ("python-architect", include_str!("../../team/python-architect.md")),
    ("python-async-specialist", include_str!("../../team/python-async-specialist.md")),
    ("python-ml-specialist", include_str!("../../team/python-ml-specialist.md")),
    ("python-backend-specialist", include_str!("../../team/python-backend-specialist.md")),
    ("python-data-specialist", include_str!("../../team/python-data-specialist.md")),
    ("python-automation-specialist", include_str!("../../team/python-automation-specialist.md")),
    ("python-testing-specialist", include_str!("../../team/python-testing-specialist.md")),
    ("python-quality-enforcer", include_str!("../../team/python-quality-enforcer.md")),
    ("python-security-reviewer", include_str!("../../team/python-security-reviewer.md")),
    ("python-test-writer", include_str!("../../team/python-test-writer.md")),
    ("ai-engineer", include_str!("../../team/ai-engineer.md")),
    ("qa-engineer", include_str!("../../team/qa-engineer.md")),
    ("security-engineer", include_str!("../../team/security-engineer.md")),
    ("devops-engineer", include_str!("../../team/devops-engineer.md")),
    ("technical-writer", include_str!("../../team/technical-writer.md")),
    ("git-helper", include_str!("../../team/git-helper.md")),
];

static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, text)| file::read(Path::new(&format!("{name}.md")), text, Format::Claude, Origin::BuiltIn))
        .collect()
});

/// The team, in the order in which a piece of work comes to it.
pub fn members() -> Vec<Member> {
    MEMBERS.clone()
}

/// The team's files: names and texts, in the order in which a piece of work comes to them.
pub fn files() -> &'static [(&'static str, &'static str)] {
    &FILES
}

/// Whether this is one of the team, whom the built-in back end can answer for.
pub fn is_member(name: &str) -> bool {
    order(name).is_some()
}

/// Whether the file at `path` says of the agent `name` what pyteam itself says, to the letter.
pub fn is_written_out(name: &str, path: &Path) -> bool {
    let own = FILES.iter().find(|(one, _)| *one == name).map(|(_, text)| *text);
    // Git may have turned the ends of its lines.
    let is_file = || std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= super::MAX_BYTES);
    own.filter(|_| is_file())
        .is_some_and(|own| std::fs::read_to_string(path).is_ok_and(|text| text.replace('\r', "") == own))
}

/// When a piece of work comes to this one, of the team.
pub(crate) fn order(name: &str) -> Option<usize> {
    FILES.iter().position(|(one, _)| *one == name)
}
