//! The rules. Each is one literate page, `<family>/<name>.md`, with its code beside it in `<name>.rs`; the file's
//! name with hyphens is the rule's code, and in camel case that of its type. `build.rs` finds them.
//!
//! - `architecture`: how classes and interfaces are cut
//! - `concurrency`: processes, threads and what they wait for
//! - `messaging`: what processes say to one another
//! - `security`: what an attacker, or a careless log, could use

pub mod shared;

use std::collections::BTreeMap;

use pyteam_engine::Rule;

include!(concat!(env!("OUT_DIR"), "/families.rs"));
// A module for each family, with one for each rule in it.
families!();

/// Declares a rule: its page beside it, parsed once.
macro_rules! page {
    ($name:literal) => {{
        static PAGE: std::sync::LazyLock<pyteam_engine::Page> =
            std::sync::LazyLock::new(|| $crate::load(module_path!(), include_str!(concat!($name, ".md"))));
        &PAGE
    }};
}
pub(crate) use page;

/// All rules, by family and name.
pub fn all() -> Vec<Box<dyn Rule>> {
    include!(concat!(env!("OUT_DIR"), "/all.rs"))
}

/// The codes of the rules that each member of the team owns, by the member's name, as the rules' pages say it.
pub fn owners() -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in all() {
        let page = rule.page();
        if let Some(agent) = &page.agent {
            owners.entry(agent.clone()).or_default().push(page.code.to_string());
        }
    }
    owners
}

/// Parses one of our own pages. `module` is the rule's module, whose last two parts are family and name.
///
/// # Panics
/// Where the page is malformed, which a test over all pages rules out.
fn load(module: &str, text: &str) -> pyteam_engine::Page {
    pyteam_engine::Page::shipped(&format!("{}.md", module.replace("::", "/")), text)
}
