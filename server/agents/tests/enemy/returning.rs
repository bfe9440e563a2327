//! What agents return: taken whole, or refused and said.

use std::fs;

use libtest_mimic::Trial;
use pyteam_agents::run::Recorded;

use super::stage::{EDITOR, READER, Stage, answered, assert_says, failure, trial};
use super::trespassing::refused;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("returning::a_diff_with_wrong_numbers", wrong_numbers),
        trial("returning::a_diff_that_cannot_be_used", unusable),
        trial("returning::bytes_that_are_no_text", no_text),
        trial("returning::what_a_gitignore_names_is_said", ignored),
        trial("returning::a_reader_that_shows_a_diff", reader),
        trial("returning::a_program_that_tells_what_it_did", edit_and_tell),
        trial("returning::a_file_that_is_too_large_refuses_all", large),
        trial("returning::the_executable_bit_and_no_other", modes),
        trial("returning::all_that_it_was_given_is_deleted", deletes_all),
        trial("returning::what_others_run_by_themselves", autorun),
        trial("returning::its_own_settings_are_beside_the_change", own_settings),
        trial("returning::an_agent_that_only_talks_of_a_diff", only_talks),
    ]
}

/// A command that answers with `text`.
fn answering(text: &str, rights: pyteam_agents::Rights) -> Stage {
    let stage = Stage::new("command-answer", rights);
    let path = stage.folder.path().join("answer.md");
    fs::write(&path, text).unwrap();
    stage.argument(&path)
}

fn wrong_numbers() {
    let text = "Here:\n\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -21,9 +21,9 @@\n-a = 1\n+a = 2\n```\n\n- done\n";
    let mut stage = answering(text, EDITOR);
    let (document, change, _) = answered(stage.run());
    assert_eq!((document.as_str(), change.files[0].after.as_deref()), (text, Some("a = 2\n")));
    stage.assert_untouched();
}

fn unusable() {
    for (text, says) in [
        ("```diff\n-a = 1\n+a = 2\n```\n", "names no file"),
        ("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-b = 1\n+a = 2\n", "expects lines that do not exist"),
        ("--- a/a.py\n+++ b/a.py\n", "without a change to it"),
        ("<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE\n", "SEARCH and REPLACE"),
    ] {
        let mut stage = answering(text, EDITOR);
        assert_says(&failure(stage.run()), &["answered with a diff that", says, "No changes were applied"]);
        stage.assert_untouched();
    }
}

/// A letter of another encoding would land as another letter.
fn no_text() {
    let stage = Stage::new("command-answer-bytes", EDITOR);
    let path = stage.folder.path().join("answer.md");
    fs::write(&path, b"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 'caf\xe9'\n").unwrap();
    let mut stage = stage.argument(&path);
    assert_says(&failure(stage.run()), &["answered with a diff that is not UTF-8"]);
    stage.assert_untouched();
    let stage = Stage::new("command-answer-bytes", EDITOR);
    fs::write(stage.folder.path().join("answer.md"), b"caf\xe9\r\n").unwrap();
    let path = stage.folder.path().join("answer.md");
    let (document, change, _) = answered(stage.argument(&path).run());
    assert_eq!((document.as_str(), change.is_empty()), ("caf\u{fffd}\n", true));
}

fn ignored() {
    let text = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n--- /dev/null\n+++ b/b.log\n@@ -0,0 +1 @@\n+b\n";
    let mut stage = answering(text, EDITOR);
    fs::write(stage.request.workspace.join(".gitignore"), "*.log\n").unwrap();
    let (_, change, remarks) = answered(stage.run());
    assert_eq!(change.list(), ["~ a.py"]);
    assert_eq!(remarks, ["not applied: b.log is ignored by a `.gitignore` or similar"]);
}

fn reader() {
    let mut stage = answering("```diff\n-a = 1\n+a = 2\n```\n", READER);
    let (_, change, remarks) = answered(stage.run());
    assert!(change.is_empty());
    assert_says(&remarks[0], &["contains a diff, which is ignored", "may not edit"]);
}

fn edit_and_tell() {
    let (_, change, remarks) = answered(Stage::new("command-edit-and-tell", EDITOR).run());
    assert_eq!((change.list(), remarks.len()), (vec!["~ a.py".to_owned()], 0));
}

fn large() {
    let mut stage = Stage::new("leave-large", EDITOR);
    refused(
        stage.run(),
        &["large.txt is too large (limit 1 MB)", "`file-size = ", "--max-file-size", "as a whole or not at all"],
    );
    stage.assert_untouched();
    let mut stage = Stage::new("leave-large", EDITOR).limits(|limits| {
        (limits.room.file, limits.most.file) = (4 << 20, 4 << 20);
    });
    let (_, change, _) = answered(stage.run());
    assert_eq!(change.list(), ["+ b.py", "+ large.txt"]);
}

fn modes() {
    if cfg!(not(unix)) {
        return;
    }
    let mut stage = Stage::new("change-modes", EDITOR);
    let (_, change, _) = answered(stage.run());
    assert_eq!(change.list(), ["~ a.py (mode 100644 -> 100755)", "+ plain.py", "+ run.sh (mode 100755)"]);
    assert_says(&change.to_diff(), &["old mode 100644\nnew mode 100755\n", "new file mode 100755\n"]);
    stage.assert_untouched();
}

fn deletes_all() {
    let mut stage = Stage::new("delete-all", EDITOR);
    fs::write(stage.request.workspace.join("b.py"), "b = 1\n").unwrap();
    let (_, change, remarks) = answered(stage.run());
    assert_eq!(change.list(), ["- a.py", "- b.py"]);
    assert_eq!(remarks, ["it deletes all 2 files that it was given"]);
    assert_eq!(change.cautions().iter().map(ToString::to_string).collect::<Vec<_>>(), ["deletes a.py", "deletes b.py"]);
}

fn autorun() {
    let mut stage = Stage::new("write-autorun", EDITOR);
    let (_, change, _) = answered(stage.run());
    let cautions: Vec<String> = change.cautions().iter().map(ToString::to_string).collect();
    assert_eq!(cautions.len(), 2, "{cautions:?}");
    assert_says(&cautions.join("; "), &["writes conftest.py (pytest", "writes tests/sitecustomize.py (Python"]);
}

fn own_settings() {
    let mut stage = Stage::new("keep-own-state", EDITOR);
    let (_, change, remarks) = answered(stage.run());
    assert_eq!(change.list(), ["+ b.py"]);
    assert_eq!(remarks, ["not applied: .qwen belongs to the agent's own program"]);
}

fn only_talks() {
    let mut stage = Stage::new("talk-of-a-diff", EDITOR);
    let (_, change, remarks) = answered(stage.run());
    assert!(change.is_empty());
    assert_says(&remarks[0], &["contains a diff, which was not applied"]);
    let noted = stage.recorded(|happened| match happened {
        Recorded::Changed { .. } => Some(()),
        _ => None,
    });
    assert!(noted.is_empty());
}
