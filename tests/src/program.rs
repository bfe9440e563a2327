//! The program under test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The `pyteam` binary of the same profile and target folder as the tests, built now if need be. `PYTEAM_BINARY`
/// names another one.
///
/// # Panics
/// If it cannot be built.
pub fn pyteam() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("PYTEAM_BINARY") {
            return PathBuf::from(program);
        }
        // A test runs as `<target>/<profile>/deps/<test>`.
        let test = std::env::current_exe().expect("the path of the test");
        let profile = test.ancestors().nth(2).expect("the profile's folder");
        let target = profile.parent().expect("the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        // The whole workspace has a say in the features of dependencies, as it had for the tests: nothing is built twice.
        cargo.args(["build", "--quiet", "--workspace", "--bin", "pyteam", "--target-dir"]).arg(target);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
        assert!(built.success(), "the server does not build");
        profile.join(format!("pyteam{}", std::env::consts::EXE_SUFFIX))
    })
}
