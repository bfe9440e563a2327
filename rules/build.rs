//! Finds the rules, so that no code names them: each is a page, `<family>/<name>.md`, with its code beside it in
//! `<name>.rs`. What is written: the macro `families`, which declares a module for each family with those of its rules in
//! it, and the list of all rules. A macro's modules lie where it is called, and so no path is written.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folder of the rules, in which cargo starts this.
const RULES: &str = ".";
/// The folder of what rules share: code without pages.
const SHARED: &str = "shared";

fn main() -> io::Result<()> {
    // Of a folder, cargo looks at all that is in it, and sees what comes and goes.
    println!("cargo::rerun-if-changed={RULES}");
    let mut modules = String::from("macro_rules! families {\n    () => {\n");
    let mut list = String::from("vec![\n");
    for folder in entries(Path::new(RULES))?.iter().filter(|path| path.is_dir() && !path.ends_with(SHARED)) {
        let family = name(folder);
        let (pages, code) = (names(folder, "md")?, names(folder, "rs")?);
        complain(&family, &pages, &code);
        let _ = writeln!(modules, "/// The rules of `rules/{family}`.\npub mod {family} {{");
        for rule in pages.intersection(&code) {
            let _ = writeln!(modules, "    pub mod {rule};");
            let _ = writeln!(list, "    Box::new({family}::{rule}::{}),", camel_case(rule));
        }
        modules.push_str("}\n");
    }
    modules.push_str("    };\n}\n");
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no OUT_DIR"))?;
    fs::write(Path::new(&out).join("families.rs"), modules)?;
    fs::write(Path::new(&out).join("all.rs"), list)
}

/// Fails the build for each page that has no code, and for code that has no page.
fn complain(family: &str, pages: &BTreeSet<String>, code: &BTreeSet<String>) {
    for rule in pages.difference(code) {
        let page = format!("rules/{family}/{rule}.md");
        println!("cargo::error={page} has no code beside it: rules/{family}/{rule}.rs is missing");
    }
    for rule in code.difference(pages) {
        println!(
            "cargo::error=rules/{family}/{rule}.rs has no page beside it: rules/{family}/{rule}.md is missing (what \
             rules share lives in rules/{SHARED}, what one rule consists of in rules/{family}/<rule>/)"
        );
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for rule in pages.intersection(code).filter(|rule| !rule.chars().all(is_plain)) {
        println!(
            "cargo::error=rules/{family}/{rule}.md: a rule's files are named in lower case, with `_` between words"
        );
    }
}

/// The names of the folder's files with this ending, without it.
fn names(folder: &Path, ending: &str) -> io::Result<BTreeSet<String>> {
    let files = entries(folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == ending));
    Ok(files.map(|path| name(&path.with_extension(""))).collect())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `ForkAfterThread` of `fork_after_thread`.
fn camel_case(rule: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    rule.split('_').filter(|part| !part.is_empty()).map(word).collect()
}
