//! Lists the pages of the team, so that no code names them. What else a new one takes: CONTRIBUTING.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

/// The folder of the pages, below the crate's own, in which cargo starts this.
const TEAM: &str = "team";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={TEAM}");
    let mut names = Vec::new();
    for entry in fs::read_dir(TEAM)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(stem) = stem.filter(|_| path.extension().is_some_and(|end| end == "md")) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        // The folder is named where the list is compiled: a target folder may be copied to another checkout.
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{TEAM}/{name}.md\")");
        let _ = writeln!(list, "    ({name:?}, include_str!({path})),");
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("team.rs"), list)
}
