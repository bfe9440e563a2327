//! Standard streams that are closed or full.
#![cfg(unix)]

use std::process::{Command, Stdio};

use pyteam_tests::cli::{Outcome, project, run_with};
use pyteam_tests::{Project, program};

/// Runs `pyteam ARGS` by a shell, with `redirected` behind it.
fn shell(project: &Project, args: &str, redirected: &str) -> Outcome {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("\"$0\" {args} {redirected}")).arg(program::pyteam()).current_dir(project.root());
    command.env("PYTEAM_CACHE_DIR", "");
    run_with(command, b"")
}

#[test]
fn a_closed_stream_is_an_error() {
    let project = project(&[("a.py", "import slow\n\nslow.fetch()\n"), ("b.py", "x = 1\n")]);
    for (args, redirected, message) in [
        ("check -", "<&-", "error: standard input is closed"),
        ("check - --fix", "<&-", "error: standard input is closed"),
        ("check a.py", ">&-", "error: standard output is closed"),
        ("check b.py", ">&-", "error: standard output is closed"),
        ("check a.py --output-format json", ">&-", "error: standard output is closed"),
        ("check a.py --diff", ">&-", "error: standard output is closed"),
        ("rules", ">&- <&-", "error: standard output is closed"),
        ("--help", ">&-", "error: standard output is closed"),
    ] {
        let outcome = shell(&project, args, redirected);
        assert_eq!((outcome.code, outcome.stderr.trim_end()), (2, message), "{args} {redirected}");
    }
    // What is not needed may be closed.
    assert_eq!(shell(&project, "check b.py", "<&-").code, 0);
    assert_eq!(shell(&project, "check b.py -q", ">&-").code, 0);
    assert_eq!(shell(&project, "check b.py", "2>&-").code, 0);
}

/// Other programs that start this one open it for reading and writing.
#[test]
fn the_null_device_is_no_closed_stream() {
    let project = project(&[("b.py", "x = 1\n")]);
    let null = || std::fs::File::options().read(true).write(true).open("/dev/null").expect("the null device");
    let mut command = Command::new(program::pyteam());
    command.args(["check", "b.py"]).current_dir(project.root()).stdin(null()).stdout(null()).stderr(Stdio::piped());
    let output = command.output().expect("pyteam runs");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_and_a_reader_that_has_seen_enough_is_none() {
    let project = project(&[("a.py", &"import slow\nslow.fetch()\n".repeat(2000))]);
    for args in ["check a.py", "check a.py --output-format json", "rules", "version", "--help"] {
        let outcome = shell(&project, args, ">/dev/full");
        let message = "error: cannot write to standard output: No space left on device";
        assert_eq!((outcome.code, outcome.stderr.trim_end()), (2, message), "{args}");
        let outcome = shell(&project, args, "| head -1");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{args}");
    }
}
