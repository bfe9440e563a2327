//! Diffs as models write them: each is made whole, or is an error.

use std::fs;
use std::path::PathBuf;

use super::{Found, make, read};

/// A folder with files.
struct Copy {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Copy {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for (path, text) in files {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        Self { _folder: folder, root }
    }

    /// Makes an answer to it; the remarks, or why not.
    fn take(&self, answer: &str) -> Result<Vec<String>, String> {
        make(&read(answer)?, &self.root, 1 << 20).map(|made| made.remarks)
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }
}

/// `before` after a diff of `a.py`.
fn patched(before: &str, diff: &str) -> Result<String, String> {
    let copy = Copy::new(&[("a.py", before)]);
    copy.take(diff)?;
    Ok(copy.text("a.py").unwrap_or_default())
}

const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
const TWO: &str = "one\nTWO\nthree\nfour\nfive\nsix\nseven\n";

#[test]
fn numbers_may_be_wrong_or_missing() {
    for header in [
        "@@ -1,3 +1,3 @@",
        "@@ -21,9 +21,9 @@",
        "@@ -1,1 +1,1 @@",
        "@@ -1 +1 @@",
        "@@ -400,3 +400,3 @@ def f():",
        "@@ ... @@",
        "@@ @@",
        "@@",
        "@@ -1,3 +1,3",
        "@@ -x,y +z @@",
        "@@ def f():",
    ] {
        for (before, after) in [("", ""), ("Here it is:\n\n```diff\n", "```\n\nDone. It is:\n\n- better\n- faster\n")] {
            let diff = format!("{before}--- a/a.py\n+++ b/a.py\n{header}\n one\n-two\n+TWO\n three\n{after}");
            // Where no fence ends and no word follows, fewer lines than it says are the start of a hunk.
            if after.is_empty() && header == "@@ -21,9 +21,9 @@" {
                assert_eq!(patched(LINES, &diff).unwrap_err(), "ends in the middle of a hunk");
                continue;
            }
            assert_eq!(patched(LINES, &diff).as_deref(), Ok(TWO), "{diff}");
        }
    }
    // Without any header.
    assert_eq!(patched(LINES, "--- a/a.py\n+++ b/a.py\n one\n-two\n+TWO\n three\n").as_deref(), Ok(TWO));
}

#[test]
fn names_may_have_prefixes_or_none() {
    for names in [
        "--- a/a.py\n+++ b/a.py",
        "--- a.py\n+++ a.py",
        "--- ./a.py\n+++ ./a.py",
        "--- a/a.py\t2026-01-01 00:00:00\n+++ b/a.py\t2026-01-01 00:00:01",
        "--- \"a/a.py\"\n+++ \"b/a.py\"",
        "--- a.py.orig\n+++ a.py",
        "--- i/a.py\n+++ w/a.py",
        "diff --git a/a.py b/a.py\nindex 1234567..89abcde 100644\n--- a/a.py\n+++ b/a.py",
        "diff -u a.py b.py\n--- a.py\n+++ a.py",
        "Index: a.py\n===================================================================\n--- a.py\n+++ a.py",
    ] {
        let diff = format!("{names}\n@@ -2 +2 @@\n-two\n+TWO\n");
        assert_eq!(patched(LINES, &diff).as_deref(), Ok(TWO), "{diff}");
    }
    // A folder that is called like a prefix.
    let copy = Copy::new(&[("a/x.py", "x\n"), ("x.py", "x\n")]);
    copy.take("--- a/x.py\n+++ a/x.py\n@@ -1 +1 @@\n-x\n+y\n").unwrap();
    assert_eq!((copy.text("a/x.py").unwrap(), copy.text("x.py").unwrap()), ("y\n".into(), "x\n".into()));
    copy.take("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-x\n+z\n").unwrap();
    assert_eq!(copy.text("x.py").unwrap(), "z\n");
    let absolute = format!("--- {0}/x.py\n+++ {0}/x.py\n@@ -1 +1 @@\n-z\n+0\n", copy.root.display());
    copy.take(&absolute).unwrap();
    assert_eq!(copy.text("x.py").unwrap(), "0\n");
    // The line above the fence, or the fence itself, may say whose it is.
    for name in ["`a.py`:\n\n```diff", "### a.py\n```diff", "```diff a.py", "Change `a.py` like this:\n```patch"] {
        let diff = format!("{name}\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n```\n");
        assert_eq!(patched(LINES, &diff).as_deref(), Ok(TWO), "{diff}");
    }
}

#[test]
fn blanks_may_be_lost() {
    let before = "def f():\n    a = 1\n\n    b = 2\n    return a\n";
    let after = "def f():\n    a = 1\n\n    b = 3\n    return a\n";
    for body in [
        // All of it as it should be; blank lines without their blank; no context line with its blank; other ends.
        " def f():\n     a = 1\n \n-    b = 2\n+    b = 3\n     return a\n",
        " def f():\n     a = 1\n\n-    b = 2\n+    b = 3\n     return a\n",
        "def f():\n    a = 1\n\n-    b = 2\n+    b = 3\n    return a\n",
        " def f():  \n     a = 1\n   \n-    b = 2 \n+    b = 3\n     return a\n\n\n",
    ] {
        let diff = format!("```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,5 @@\n{body}```\n");
        assert_eq!(patched(before, &diff).as_deref(), Ok(after), "{diff}");
    }
    // White space at the start of a line is Python.
    let shifted = "--- a/a.py\n+++ b/a.py\n@@ -4 +4 @@\n-  b = 2\n+  b = 3\n";
    assert_eq!(patched(before, shifted).unwrap_err(), "in hunk 1 expects lines that do not exist, in a.py");
    // A new file's blank lines may have lost their sign.
    let copy = Copy::new(&[]);
    copy.take("```diff\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,3 @@\n+a\n\n+b\n\n```\n").unwrap();
    assert_eq!(copy.text("n.py").unwrap(), "a\n\nb\n");
}

#[test]
fn words_around_it_are_words() {
    let diff = "--- a/a.py\n+++ b/a.py\n@@ -1,9 +1,9 @@\n one\n-two\n+TWO\n three\nThis is better.\n\nIt runs.\n";
    assert_eq!(patched(LINES, diff).as_deref(), Ok(TWO));
    let list = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n\nWhy:\n\n- it is\n- better\n";
    assert_eq!(patched(LINES, list).as_deref(), Ok(TWO));
    // An item of a list cannot be told from a line that goes: nothing is guessed.
    let unclear = "--- a/a.py\n+++ b/a.py\n@@ -1,9 +1,9 @@\n one\n-two\n+TWO\n three\n- it is\n- better\n";
    assert!(patched(LINES, unclear).is_err());
    // A diff of Markdown holds fences; a list holds a fence that stands further in.
    let markdown = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n ```\n-two\n+TWO\n ```\n```\n";
    assert_eq!(patched("```\ntwo\n```\n", markdown).as_deref(), Ok("```\nTWO\n```\n"));
    let item = "1. Do it:\n\n   ```diff\n   --- a/a.py\n   +++ b/a.py\n   @@ -1,2 +1,2 @@\n    one\n   -two\n   +TWO\n   ```\n";
    assert_eq!(patched(LINES, item).as_deref(), Ok(TWO));
    let colored = "\u{1b}[1m--- a/a.py\u{1b}[m\n\u{1b}[1m+++ b/a.py\u{1b}[m\n\u{1b}[36m@@ -2 +2 @@\u{1b}[m\n\u{1b}[31m-two\u{1b}[m\n\u{1b}[32m+\u{1b}[m\u{1b}[32mTWO\u{1b}[m\n";
    assert_eq!(patched(LINES, colored).as_deref(), Ok(TWO));
}

#[test]
fn several_diffs_are_one_change() {
    let copy = Copy::new(&[("a.py", LINES), ("b.py", "x\n")]);
    let answer = "First:\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -2 +2 @@\n-two\n+TWO\n```\nthen\n```diff\n--- a/b.py\n+++ \
                  b/b.py\n@@ -1 +1,2 @@\n x\n+y\n```\nand\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -6,2 +6,2 @@\n six\n-seven\n+SEVEN\n```\n";
    copy.take(answer).unwrap();
    assert_eq!(copy.text("a.py").unwrap(), "one\nTWO\nthree\nfour\nfive\nsix\nSEVEN\n");
    assert_eq!(copy.text("b.py").unwrap(), "x\ny\n");
    // One that does not fit takes the others with it.
    let copy = Copy::new(&[("a.py", LINES), ("b.py", "x\n")]);
    assert!(copy.take(&answer.replace(" x\n", " z\n")).is_err());
    assert_eq!((copy.text("a.py").unwrap().as_str(), copy.text("b.py").unwrap().as_str()), (LINES, "x\n"));
    // Hunks in any order, with contexts that overlap.
    let hunks = "--- a/a.py\n+++ b/a.py\n@@ -9,9 +9,9 @@\n three\n-four\n+FOUR\n five\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
    assert_eq!(patched(LINES, hunks).as_deref(), Ok("one\nTWO\nthree\nFOUR\nfive\nsix\nseven\n"));
}

#[test]
fn what_fits_at_several_places_is_not_guessed() {
    let twice = "a\nx = 1\nb\na\nx = 1\nb\n";
    let diff = |header: &str| format!("--- a/a.py\n+++ b/a.py\n{header}\n a\n-x = 1\n+x = 2\n b\n");
    assert_eq!(patched(twice, &diff("@@ -4,3 +4,3 @@")).as_deref(), Ok("a\nx = 1\nb\na\nx = 2\nb\n"));
    for header in ["@@ -3,3 +3,3 @@", "@@ -40,3 +40,3 @@", "@@ ... @@"] {
        let error = patched(twice, &diff(header)).unwrap_err();
        assert_eq!(error, "in hunk 1 fits at several places: lines 1, 4, in a.py", "{header}");
    }
    let below = "def f():\n    x = 1\n\n\ndef g():\n    x = 1\n";
    let diff = "*** Begin Patch\n*** Update File: a.py\n@@ def g():\n-    x = 1\n+    x = 2\n*** End Patch\n";
    assert_eq!(patched(below, diff).as_deref(), Ok("def f():\n    x = 1\n\n\ndef g():\n    x = 2\n"));
    // Lines that are added without a neighbor stand where a number says so, or nowhere.
    let added = |header: &str| format!("```diff\n--- a/a.py\n+++ b/a.py\n{header}\n+new\n```\n");
    assert_eq!(patched("a\nb\n", &added("@@ -1,0 +2 @@")).as_deref(), Ok("a\nnew\nb\n"));
    for header in ["@@ ... @@", "@@ -1,3 +1,4 @@", "@@ -0,0 +1 @@", "@@ -9,0 +10 @@"] {
        assert!(patched("a\nb\n", &added(header)).unwrap_err().contains("without a position"), "{header}");
    }
    let both = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n@@ -2,1 +2,1 @@\n-b\n+C\n";
    assert!(patched("a\nb\n", both).unwrap_err().contains("another hunk"));
}

#[test]
fn ends_of_lines_and_of_files_stay_or_change_as_they_say() {
    let diff = "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n";
    assert_eq!(patched("a\r\nb\r\nc\r\n", diff).as_deref(), Ok("a\r\nB\r\nc\r\n"));
    assert_eq!(patched("a\nb\nc", diff).as_deref(), Ok("a\nB\nc"));
    assert_eq!(patched("a\nb\nc\n", &diff.replace('\n', "\r\n")).as_deref(), Ok("a\nB\nc\n"));
    assert_eq!(patched("a\r\nb\nc\r\n", diff).as_deref(), Ok("a\r\nB\nc\r\n"));
    let opens = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n";
    assert_eq!(patched("a\n", opens).as_deref(), Ok("b"));
    let closes = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n";
    assert_eq!(patched("a", closes).as_deref(), Ok("b\n"));
    let appends = "--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n a\n+b\n";
    assert_eq!(patched("a", appends).as_deref(), Ok("a\nb"));
    assert_eq!(patched("", "--- a/a.py\n+++ b/a.py\n@@ -0,0 +1 @@\n+x\n").as_deref(), Ok("x\n"));
}

#[test]
fn files_come_go_and_move() {
    let copy = Copy::new(&[("old.py", "x\n"), ("gone.py", "a\nb\n"), ("moved.py", "m\n"), ("run.sh", "r\n")]);
    let answer = "--- /dev/null\n+++ b/sub/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n\
                  diff --git a/gone.py b/gone.py\ndeleted file mode 100644\nindex 1..0\n--- a/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n\
                  diff --git a/moved.py b/sub/there.py\nsimilarity index 90%\nrename from moved.py\nrename to sub/there.py\n\
                  diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n\
                  diff --git a/empty.py b/empty.py\nnew file mode 100644\nindex 000..e69\n\
                  --- a/forgot.py\n+++ b/forgot.py\n@@ -0,0 +1 @@\n+f\n";
    copy.take(answer).unwrap();
    assert_eq!(copy.text("sub/new.py").as_deref(), Some("a\nb"));
    assert_eq!((copy.text("gone.py"), copy.text("moved.py")), (None, None));
    assert_eq!(copy.text("sub/there.py").as_deref(), Some("m\n"));
    assert_eq!((copy.text("empty.py").as_deref(), copy.text("forgot.py").as_deref()), (Some(""), Some("f\n")));
    #[cfg(unix)]
    assert!(crate::change::executable::is(&fs::metadata(copy.root.join("run.sh")).unwrap()));
    let codex = "*** Begin Patch\n*** Add File: c.py\n+c\n*** Delete File: old.py\n*** End Patch\n";
    copy.take(codex).unwrap();
    assert_eq!((copy.text("c.py").as_deref(), copy.text("old.py")), (Some("c\n"), None));
    for (diff, error) in [
        ("--- a/none.py\n+++ b/none.py\n@@ -1 +1 @@\n-x\n+y\n", "changes none.py, which does not exist"),
        ("--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+y\n", "creates run.sh, which already exists"),
        ("--- a/c.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-other\n", "in hunk 1 expects lines"),
        (
            "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n",
            "something other than a file",
        ),
        ("diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n", "as binary data"),
        ("diff --git a/c.py b/c.py\nindex 1..2 100644\n", "without a change to it"),
    ] {
        let told = copy.take(diff).unwrap_err();
        assert!(told.contains(error), "{diff}: {told}");
    }
    let part = Copy::new(&[("a.py", LINES)]);
    let told = part.take("--- a/a.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-one\n-two\n").unwrap_err();
    assert_eq!(told, "removes a.py but keeps some of its lines");
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_prose() {
    for text in [
        "```diff\n-a\n+b\n```\n",
        "@@ -1,3 +1,3 @@\n a\n-b\n+c\n",
        "--- a/a.py\n+++ b/a.py\n",
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n two\n",
        "--- a/a.py\n+++ b/a.py\n@@@ -1,2 -1,2 +1,2 @@@\n  one\n",
        "<<<<<<< SEARCH\none\n=======\nONE\n>>>>>>> REPLACE\n",
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,5 @@\n one\n-two\n+TWO\n",
        "diff --git\n--- a/a.py\n+++ b/a.py\n",
        "> --- a/a.py\n> +++ b/a.py\n> @@ -2 +2 @@\n> -two\n> +TWO\n",
        "    --- a/a.py\n    +++ b/a.py\n    @@ -2 +2 @@\n    -two\n    +TWO\n",
        "*** a.py\n--- b.py\n***************\n*** 1,2 ****\n  one\n! two\n--- 1,2 ----\n  one\n! TWO\n",
        "2c2\n< two\n---\n> TWO\n",
        // Cut off, without a fence.
        "Here:\n--- a/a.py\n+++ b/a.py\n@@ -1,10 +1,12 @@\n one\n-two\n+TWO\n",
        // The second of two stands where it is not read.
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -2 +2 @@\n-two\n+TWO\n```\n> --- a/a.py\n> +++ b/a.py\n> @@ -4 +4 @@\n> -four\n> +FOUR\n",
        "{\"diff\": \"--- a/a.py\\n+++ b/a.py\\n@@ -2 +2 @@\\n-two\\n+TWO\\n\"}\n",
        "```json\n[\n  \"--- a/a.py\",\n  \"+++ b/a.py\",\n  \"@@ -2 +2 @@\",\n  \"-two\",\n  \"+TWO\"\n]\n```\n",
        // A line of the hunk ends the fence.
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,6 +1,6 @@\n one\n-two\n+TWO\n```\n three\n-four\n+FOUR\n```\n",
    ] {
        assert!(patched(LINES, text).is_err(), "{text}");
    }
    for text in [
        "",
        "Nothing to do.",
        "---\ntitle: x\n---\n",
        "a @@ b",
        "```python\nx = 1\n```\n",
        "- one\n+ two\n",
        "---\n+++\n",
    ] {
        assert_eq!(read(text), Ok(Found::Nothing), "{text}");
    }
}

#[test]
fn a_fence_may_be_indented_by_tabs() {
    let text = "1.\tDo it:\n\n\t```diff\n\t--- a/a.py\n\t+++ b/a.py\n\t one\n\t-two\n\t+TWO\n\t```\n";
    assert_eq!(patched(LINES, text).as_deref(), Ok(TWO));
}

#[test]
fn what_is_added_without_a_neighbor_and_stands_elsewhere_is_not_made() {
    let diff = |header: &str| format!("--- a/a.py\n+++ b/a.py\n{header}\n-two\n+six\n");
    let other = LINES.replace("two", "zwei");
    for header in ["@@ -2 +2 @@", "@@ ... @@"] {
        let told = patched(&other, &diff(header)).unwrap_err();
        assert_eq!(told, "in hunk 1 expects lines that do not exist, in a.py", "{header}");
    }
    // Where it says, it is.
    let made = LINES.replace("two", "six");
    assert_eq!(patched(&made, &diff("@@ -2 +2 @@")).as_deref(), Ok(&*made));
}

#[test]
fn carriage_returns_are_what_the_diff_says() {
    let new = |lines: &str| format!("--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,2 @@\n{lines}");
    for (diff, text) in [
        (new("+a\r\n+b\r\n"), "a\r\nb\r\n"),
        (new("+a\r\r\n+b\n"), "a\r\r\nb\n"),
        (new("+a\r\n+b\n"), "a\r\nb\n"),
        (new("+a\rb\n+c\n"), "a\rb\nc\n"),
        // Sent so: every line ends in both.
        (new("+a\n+b\n").replace('\n', "\r\n"), "a\nb\n"),
    ] {
        let copy = Copy::new(&[]);
        copy.take(&diff).unwrap();
        assert_eq!(copy.text("n.py").as_deref(), Some(text), "{diff:?}");
    }
    let diff = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+B\r\n";
    assert_eq!(patched("a\r\nb\r\n", diff).as_deref(), Ok("a\r\nB\r\n"));
}

#[test]
fn a_file_in_a_fence_beside_a_diff_is_taken_too() {
    let diff = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n```\n";
    let copy = Copy::new(&[("a.py", LINES)]);
    let remarks = copy.take(&format!("{diff}\nand `new.py`:\n```python\nx = 1\n```\n")).unwrap();
    assert_eq!((copy.text("a.py").as_deref(), copy.text("new.py").as_deref()), (Some(TWO), Some("x = 1\n")));
    assert!(remarks.is_empty(), "{remarks:?}");
    // What the fence shows of the changed file, before or after, is no other change; else it is said.
    for (shown, count) in [(TWO, 0), (LINES, 0), ("one\ntwo\n", 0), ("one\nTWO\nthree\nfour\nFIVE\nsix\nseven\n", 1)] {
        let copy = Copy::new(&[("a.py", LINES)]);
        let remarks = copy.take(&format!("{diff}\n`a.py`:\n```python\n{shown}```\n")).unwrap();
        assert_eq!((copy.text("a.py").as_deref(), remarks.len()), (Some(TWO), count), "{shown}: {remarks:?}");
    }
}

#[test]
fn a_file_in_a_fence_that_leaves_out_or_does_not_end_is_not_taken() {
    let function = |number: usize| format!("def f{number}():\n    a = {number}\n    return a\n\n\n");
    let old: String = (1..9).map(function).collect();
    let part: String = [1, 2, 7, 8].map(function).concat().replace("a = 8", "a = 9");
    let copy = Copy::new(&[("a.py", &old)]);
    let remarks = copy.take(&format!("`a.py`:\n```python\n{part}```\n")).unwrap();
    assert!(remarks[0].contains("it may not be the whole file"), "{remarks:?}");
    assert_eq!(copy.text("a.py").as_deref(), Some(&*old));
    let remarks = copy.take("`new.py`:\n```python\nx = 1\ny = ").unwrap();
    assert!(remarks[0].contains("shows new.py in an unclosed fence"), "{remarks:?}");
    assert_eq!(copy.text("new.py"), None);
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let copy = Copy::new(&[]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/tmp", copy.root.join("out")).unwrap();
    for path in ["../x.py", "/tmp/pyteam-x.py", "b/../../x.py", "b/.git/config", "out/pyteam-x.py", "\"b/\\056git/x\""]
    {
        if cfg!(not(unix)) && path.starts_with("out") {
            continue;
        }
        let diff = format!("--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+a\n");
        assert!(copy.take(&diff).unwrap_err().contains("outside"), "{path}");
    }
}

#[test]
fn what_a_program_did_itself_is_not_made_again() {
    let diff = "I did:\n```diff\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n```\n";
    assert_eq!(patched(TWO, diff).as_deref(), Ok(TWO));
    let copy = Copy::new(&[("n.py", "a\n")]);
    copy.take("--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+a\n").unwrap();
}

#[test]
fn a_file_in_a_fence_is_taken_where_it_is_whole() {
    let old = "import a\n\n\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n";
    let new = "import a\n\n\ndef f():\n    return 3\n\n\ndef g():\n    return 2\n";
    for caption in
        ["`a.py`:\n\n```python", "```python a.py", "```python title=\"a.py\"", "**a.py**\n```py", "File: a.py\n```"]
    {
        assert_eq!(patched(old, &format!("{caption}\n{new}```\n")).as_deref(), Ok(new), "{caption}");
    }
    let copy = Copy::new(&[]);
    copy.take("Create `pkg/new.py`:\n```python\nx = 1\n```\n").unwrap();
    assert_eq!(copy.text("pkg/new.py").as_deref(), Some("x = 1\n"));
    // A command is no file.
    let copy = Copy::new(&[]);
    assert_eq!(copy.take("Run `main.py`:\n```console\npython main.py\n```\n"), Ok(Vec::new()));
    assert_eq!(copy.text("main.py"), None);
    // A quotation changes nothing; a part, and what leaves lines out, is said and not taken.
    let quoted = "In `a.py`:\n```python\ndef f():\n    return 1\n```\nis wrong.";
    let copy = Copy::new(&[("a.py", old)]);
    assert_eq!(copy.take(quoted), Ok(Vec::new()));
    for part in ["def f():\n    return 3\n", "import a\n\n\ndef f():\n    return 3\n\n# ... rest unchanged\n"] {
        let remarks = copy.take(&format!("`a.py`:\n```python\n{part}```\n")).unwrap();
        assert!(remarks[0].contains("shows a.py in a fence"), "{remarks:?}");
    }
    assert_eq!(copy.text("a.py").as_deref(), Some(old));
}
