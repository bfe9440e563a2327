//! Finds the specialists, so that no code names them: each is a page of the team, `server/agents/team/<name>.md`, with its
//! answer in `src/specialists/<name>.rs`, whose name has underscores for hyphens. What is written: the macro `modules`, which
//! declares a module for each, and the list of their answers by the names of the agents.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

/// The pages of the team, seen from the crate's folder, in which cargo starts this.
const TEAM: &str = "../agents/team";
/// The answers.
const ANSWERS: &str = "src/specialists";
/// What stands beside the answers: the file that lists them, and the folder of what they share.
const OTHERS: [&str; 2] = ["mod", "shared"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={TEAM}");
    println!("cargo::rerun-if-changed={ANSWERS}");
    let pages: BTreeSet<String> = names(TEAM)?.iter().map(|page| page.replace('-', "_")).collect();
    let code: BTreeSet<String> = names(ANSWERS)?.into_iter().filter(|name| !OTHERS.contains(&&**name)).collect();
    complain(&pages, &code);
    let mut modules = String::from("macro_rules! modules {\n    () => {\n");
    let mut list = String::from("&[\n");
    for name in pages.intersection(&code) {
        let _ = writeln!(modules, "        mod {name};");
        let _ = writeln!(list, "    ({:?}, {name}::answer),", name.replace('_', "-"));
    }
    modules.push_str("    };\n}\n");
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("modules.rs"), modules)?;
    fs::write(Path::new(&out).join("specialists.rs"), list)
}

/// Fails the build for each page that has no answer, and for an answer that has no page.
fn complain(pages: &BTreeSet<String>, code: &BTreeSet<String>) {
    let page = |name: &str| format!("server/agents/team/{}.md", name.replace('_', "-"));
    for name in pages.difference(code) {
        println!("cargo::error={} has no answer: server/answers/{ANSWERS}/{name}.rs is missing", page(name));
    }
    for name in code.difference(pages) {
        println!(
            "cargo::error=server/answers/{ANSWERS}/{name}.rs has no page: {} is missing (what specialists share lives in \
             server/answers/{ANSWERS}/shared)",
            page(name)
        );
    }
}

/// The names of what is in the folder, without their endings.
fn names(folder: &str) -> io::Result<BTreeSet<String>> {
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    fs::read_dir(folder)?.map(|entry| Ok(name(&entry?.path()))).collect()
}
