//! The table of attempts in `docs/security.md`, which says what was measured.

use std::fs;

use pyteam_agents::sandbox::Mechanism;

use super::outer::Part;
use super::tried::all_attempts;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/security.md");
const BEGIN: &str = "<!-- attempts: written by PYTEAM_UPDATE=1 cargo test -p pyteam-agents --test escape -->\n";
const END: &str = "<!-- end of attempts -->";
const COLUMNS: [(Mechanism, &str); 3] = [
    (Mechanism::Bubblewrap, "bubblewrap"),
    (Mechanism::Landlock, "Landlock and seccomp"),
    (Mechanism::Nothing, "nothing"),
];

/// What of the table is not so. It is about a user and root, about all sandboxes, and about one kernel: where one of these
/// is another here, it is left alone.
pub(crate) fn faults(parts: &[Part]) -> Vec<String> {
    let page = fs::read_to_string(PAGE).unwrap();
    let tried = || parts.iter().flat_map(|part| &part.tried);
    let is_whole = parts.len() == 2 && tried().all(|tried| tried.by == tried.wanted);
    let is_of_this_kernel = tried().filter(|tried| tried.by == Mechanism::Landlock).all(|tried| {
        let sentence = page.split_whitespace().collect::<Vec<_>>().join(" ");
        sentence.contains(&tried.explanation)
    });
    let update = std::env::var_os("PYTEAM_UPDATE").is_some();
    if !is_whole || !(is_of_this_kernel || update) {
        println!("the table in docs/security.md is not compared: it is about another system");
        return Vec::new();
    }
    let (before, rest) = page.split_once(BEGIN).expect("the page has a table");
    let (old, after) = rest.split_once(END).expect("the table ends");
    let new = table(parts);
    if update {
        fs::write(PAGE, format!("{before}{BEGIN}{new}{END}{after}")).unwrap();
        return Vec::new();
    }
    // What nothing holds depends on what else the machine has.
    let held = |line: &str| line.rsplit_once(" | ").map(|(held, _)| held.to_owned());
    let old: Vec<_> = old.lines().map(held).collect();
    let differ = new.lines().filter(|line| !old.contains(&held(line)));
    differ.map(|line| format!("docs/security.md does not say: {line}")).collect()
}

fn table(parts: &[Part]) -> String {
    let titles: Vec<&str> = COLUMNS.iter().map(|(_, title)| *title).collect();
    let mut text = format!("| attempt | {} |\n| --- | --- | --- | --- |\n", titles.join(" | "));
    for (name, attempt) in all_attempts() {
        let cells: Vec<String> = COLUMNS.iter().map(|(by, _)| cell(parts, *by, &name, &attempt.way)).collect();
        text.push_str(&format!("| {} | {} |\n", attempt.what, cells.join(" | ")));
    }
    text
}

/// What came of an attempt: the same by both kinds of backends.
fn cell(parts: &[Part], by: Mechanism, name: &str, way: &str) -> String {
    let out = |part: &Part| {
        let mut tried = part.tried.iter().filter(|tried| tried.wanted == by);
        tried.any(|tried| tried.named.contains(name) || tried.silent.contains(name))
    };
    let open = if way == "network" { "allowed: the network is shared" } else { "**open**, named" };
    let who: Vec<bool> = parts.iter().filter(|part| out(part)).map(|part| part.is_root).collect();
    match who[..] {
        [] => "stopped".to_owned(),
        [true] => format!("{open} (as root)"),
        [false] => format!("{open} (as a user)"),
        _ => open.to_owned(),
    }
}
