//! pyteam's own team: each page in `server/agents/team` is one of it.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::Member;
use super::file::{self, Format};
use crate::agent::Origin;
use crate::problem::Problem;
use crate::profile::Profile;

/// Names and texts of the pages, by name; `build.rs` lists the folder.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/team.rs"));

/// The key of the front matter that is pyteam's alone, and the last one.
const ROUTING: &str = "routing:";

static TEAM: LazyLock<Vec<(Member, String)>> = LazyLock::new(|| of_pages(PAGES));

/// The team of these pages, in the order in which a piece of work comes to it, each with the page as other programs read
/// it: without its routing.
pub(crate) fn of_pages(pages: &[(&str, &str)]) -> Vec<(Member, String)> {
    let mut team: Vec<_> = pages
        .iter()
        .map(|(name, text)| {
            let path = format!("{name}.md");
            let mut member = file::read(Path::new(&path), text, Format::Claude, Origin::BuiltIn);
            let (yaml, written) = without_routing(text);
            match Profile::read(yaml) {
                Ok(profile) => member.agent.profile = profile.map(Arc::new),
                Err(message) => {
                    member.problems.push(Problem::fatal(Path::new(&path), 0, message.clone()));
                    member.agent.unusable = Some(message);
                }
            }
            (member, written)
        })
        .collect();
    let order = |member: &Member| member.agent.profile.as_ref().map_or(u32::MAX, |profile| profile.order);
    team.sort_by_key(|(member, _)| (order(member), member.agent.name.clone()));
    team
}

/// A page's routing with its key, and the page without it.
fn without_routing(text: &str) -> (&str, String) {
    let head = text.find("\n---\n").map_or(text.len(), |end| end + 1);
    let start = text[..head].find(&format!("\n{ROUTING}\n")).map_or(head, |at| at + 1);
    (&text[start..head], format!("{}{}", &text[..start], &text[head..]))
}

/// The team, in the order in which a piece of work comes to it.
pub fn members() -> Vec<Member> {
    TEAM.iter().map(|(member, _)| member.clone()).collect()
}

/// The team's files as other programs read them: names and texts, in the order in which a piece of work comes to them.
pub fn files() -> impl ExactSizeIterator<Item = (&'static str, &'static str)> {
    TEAM.iter().map(|(member, text)| (&*member.agent.name, &**text))
}

/// Whether this is one of the team, whom the built-in backend can answer for.
pub fn is_member(name: &str) -> bool {
    files().any(|(one, _)| one == name)
}

/// Whether the file at `path` says of the agent `name` what pyteam itself says, to the letter.
pub fn is_written_out(name: &str, path: &Path) -> bool {
    let own = files().find(|(one, _)| *one == name).map(|(_, text)| text);
    // Git may have turned the ends of its lines.
    let is_file = || std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= super::MAX_BYTES);
    own.filter(|_| is_file())
        .is_some_and(|own| std::fs::read_to_string(path).is_ok_and(|text| text.replace('\r', "") == own))
}
