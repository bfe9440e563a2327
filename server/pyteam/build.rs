//! Builds the one piece that has to run before Rust's runtime (see `src/streams.c`).

#![allow(clippy::print_stdout, reason = "cargo reads it")]

fn main() {
    println!("cargo::rerun-if-changed=src/streams.c");
    if std::env::var_os("CARGO_CFG_UNIX").is_some() {
        // Nothing refers to it: it would be left out else.
        cc::Build::new()
            .file("src/streams.c")
            .link_lib_modifier("+whole-archive")
            .link_lib_modifier("-bundle")
            .compile("pyteam_streams");
    }
}
