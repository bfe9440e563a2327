//! Files whose names are no UTF-8: each is a file of its own, from the walk to the repair.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use pyteam_tests::Project;
use pyteam_tests::cli::{command, project, run, run_with};

const BEFORE: &str = "import slow\n\nslow.fetch()\n";
const AFTER: &str = "import slow\n\nslow.fetch(timeout=5)\n";

/// Names, and how they are shown.
const NAMES: [(&[u8], &str); 5] = [
    (b"inv\xff.py", r"inv\xff.py"),
    (b"inv\xfe.py", r"inv\xfe.py"),
    ("inv\u{fffd}.py".as_bytes(), "inv\u{fffd}.py"),
    (br"inv\xff.py", r"inv\x5cxff.py"),
    (b"fol\xffder/in\xff\xfev.py", r"fol\xffder/in\xff\xfev.py"),
];

fn paths(project: &Project) -> Vec<PathBuf> {
    NAMES.iter().map(|(name, _)| project.root().join(OsStr::from_bytes(name))).collect()
}

fn scene() -> Project {
    let project = project(&[]);
    for path in paths(&project) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, BEFORE).expect("a file");
    }
    project
}

#[test]
fn each_is_found_and_shown_by_its_own_name() {
    let project = scene();
    let outcome = run(&project, &["check", "--output-format", "json"]);
    let json = outcome.json();
    let root = project.root().to_str().expect("text");
    let found: BTreeSet<String> = json
        .as_array()
        .expect("findings")
        .iter()
        .map(|one| one["filename"].as_str().expect("a name").to_owned())
        .collect();
    let wanted: BTreeSet<String> = NAMES.iter().map(|(_, shown)| format!("{root}/{shown}")).collect();
    assert_eq!(found, wanted);
    let text = run(&project, &["check"]);
    for (_, shown) in NAMES {
        assert!(text.stdout.contains(&format!("--> {shown}:3:1")), "{shown}: {text:#?}");
    }
    let sarif = run(&project, &["check", "--output-format", "sarif"]).stdout;
    for uri in ["inv%FF.py", "inv%FE.py", "inv%EF%BF%BD.py", "inv%5Cxff.py", "fol%FFder/in%FF%FEv.py"] {
        assert!(sarif.contains(&format!("\"uri\": \"{uri}\"")), "{uri}");
    }
}

#[test]
fn each_is_repaired() {
    let project = scene();
    let outcome = run(&project, &["check", "--fix"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:#?}");
    for path in paths(&project) {
        assert_eq!(fs::read_to_string(&path).expect("a text"), AFTER, "{}", path.display());
    }
}

#[test]
fn one_that_is_named_is_repaired_alone() {
    let project = scene();
    let mut command = command(project.root(), &["check", "--fix"]);
    command.arg(OsStr::from_bytes(NAMES[0].0));
    assert_eq!(run_with(command, b"").code, 0);
    let texts: Vec<String> = paths(&project).iter().map(|path| fs::read_to_string(path).expect("a text")).collect();
    assert_eq!(texts, [AFTER, BEFORE, BEFORE, BEFORE, BEFORE]);
}

/// Settings above it are found by the folder's real name.
#[test]
fn settings_of_a_folder_hold_whatever_its_name_is() {
    let project = scene();
    let folder = project.root().join(OsStr::from_bytes(b"fol\xffder"));
    fs::write(folder.join("pyteam.toml"), "ignore = [\"slow-fetch\"]\n").expect("a file");
    let outcome = run(&project, &["check"]);
    assert!(!outcome.stdout.contains(NAMES[4].1) && outcome.stdout.contains(NAMES[0].1), "{outcome:#?}");
}
