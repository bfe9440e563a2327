use proptest::prelude::*;

use super::*;

fn written(before: &str, after: &str) -> String {
    let mut differ = Differ::new();
    let mut lines = differ.lines(File { names: ("a.py", "a.py"), before, after, secrets: &[] });
    lines.extend(differ.remark());
    lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

#[test]
fn plain_text_is_a_diff_as_ever() {
    assert_eq!(
        written("a\nb\n", "a\nc"),
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    );
}

#[test]
fn what_lands_is_what_is_shown() {
    let text = written("x\n", "x\nevil()  # \u{1b}[2K\u{1b}[1A\ry\n");
    assert!(text.contains("\n+evil()  # \\u{1b}[2K\\u{1b}[1A\\u{d}\n+y\n"), "{text}");
    assert!(text.ends_with(
        "# `\\u{...}` stands for a character that does not show as itself; `patch` cannot apply this text\n"
    ));
}

#[test]
fn usual_ends_are_told_once_and_odd_ones_are_marked() {
    let text = written("a\r\nb\r\n", "a\r\nc\r\nd\n");
    assert!(text.contains("# lines end in CRLF where no end is marked\n"), "{text}");
    assert!(text.contains("\n a\n-b\n+c\n+d\\u{a}\n"), "{text}");
    assert!(text.ends_with(
        "# `\\u{...}` stands for a character that does not show as itself; `patch` cannot apply this text\n"
    ));
    let text = written("a\nb\n", "a\r\nb\n");
    assert!(text.contains("\n-a\n+a\\u{d}\\u{a}\n b\n"), "{text}");
    assert!(!text.contains("# lines"), "{text}");
}

#[test]
fn a_secret_that_stays_is_masked_and_a_new_one_is_shown() {
    let text = written(
        "A = \"redis://:8fk2Lq@h\"\nB = \"redis://:9gl3Mr@h\"\n",
        "B = \"redis://:9gl3Mr@h\"\nA = os.environ[\"A\"]\nC = \"redis://:n3wOne@h\"\n",
    );
    assert!(text.contains("-A = \"redis://:***@h\"\n"), "{text}");
    assert!(text.contains(" B = \"redis://:***2@h\"\n"), "{text}");
    assert!(text.contains("+C = \"redis://:n3wOne@h\"\n"), "{text}");
    assert!(text.contains("`***` stands for a secret"), "{text}");
    assert!(!text.contains("8fk2Lq") && !text.contains("9gl3Mr"), "{text}");
}

#[test]
fn a_secret_that_only_its_finder_knew_is_masked_in_both_texts() {
    let before = "A = 1\nB = join(\"hunter\", \"2abc\")\n";
    let at = before.find("join").unwrap();
    let secrets: Vec<_> = std::iter::once(at..before.len() - 1).collect();
    let mut differ = Differ::new();
    let lines = differ.lines(File {
        names: ("a.py", "a.py"),
        before,
        after: &before.replace("A = 1", "A = 2"),
        secrets: &secrets,
    });
    let text: String = lines.iter().map(|line| format!("{}\n", line.text)).collect();
    assert!(text.contains("-A = 1\n+A = 2\n B = ***\n"), "{text}");
}

#[test]
fn a_secret_that_becomes_something_else_is_seen() {
    for (before, after, shown) in [
        // What reads like a mask and is none.
        (
            "A = \"redis://:oldsecret1x@h\"\n",
            "A = \"redis://:***@h\"\n",
            "-A = \"redis://:***@h\"\n+A = \"redis://:**\\u{2a}@h\"\n",
        ),
        // A known secret with more behind it.
        (
            "A = \"redis://:firstsecret1x@h\"\nB = \"redis://:othersecret2@h\"\n",
            "A = \"redis://:firstsecret1x@h\"\nB = \"redis://:firstsecret1x2@h\"\n",
            " A = \"redis://:***@h\"\n-B = \"redis://:***2@h\"\n+B = \"redis://:***\\u{32}@h\"\n",
        ),
        // The mask of another secret, written out.
        (
            "A = \"redis://:firstsecret1x@h\"\nB = \"redis://:othersecret2@h\"\n",
            "A = \"redis://:***2@h\"\nB = \"redis://:othersecret2@h\"\n",
            "-A = \"redis://:***@h\"\n+A = \"redis://:**\\u{2a}2@h\"\n B = \"redis://:***2@h\"\n",
        ),
    ] {
        let text = written(before, after);
        assert!(text.contains(shown), "{text}");
    }
}

#[test]
fn a_secret_over_several_lines_is_masked_in_each() {
    let before = "A = 1\nB = join(\n    \"hunter\",\n    \"2abc\",\n)\n";
    let at = before.find("join").unwrap();
    let mut differ = Differ::new();
    let lines = differ.lines(File {
        names: ("a.py", "a.py"),
        before,
        after: &before.replace("2abc", "3abc"),
        secrets: std::slice::from_ref(&(at..before.len() - 1)),
    });
    let text: String = lines.iter().map(|line| format!("{}\n", line.text)).collect();
    assert!(text.contains(" A = 1\n B = ***\n ***2\n-***3\n+    \"3abc\",\n ***4\n"), "{text}");
}

/// The file's own lines, read back from what is shown.
fn read_back(lines: &[Line], usual: &str, secrets: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        match line.kind {
            LineKind::Same | LineKind::Added => {
                let body = &line.text.as_str()[1..];
                let end = ["\\u{d}\\u{a}", "\\u{a}", "\\u{d}"].into_iter().find(|end| body.ends_with(end));
                text.push_str(&unmasked(body, secrets));
                if end.is_none() {
                    text.push_str(usual);
                }
            }
            LineKind::Remark if line.text.as_str().starts_with('\\') => {
                text.truncate(text.len() - usual.len());
            }
            _ => {}
        }
    }
    text
}

/// `***` stands for the first of the secrets, `***2` for the second.
fn unmasked(text: &str, secrets: &[String]) -> String {
    let mut parts = text.split("***");
    let mut out = unmarked(parts.next().unwrap_or_default());
    for part in parts {
        let behind = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let number = part[..part.len() - behind.len()].parse().unwrap_or(1_usize);
        out.push_str(&secrets[number - 1]);
        out.push_str(&unmarked(behind));
    }
    out
}

fn unmarked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u{") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').map(|end| at + end);
        let letter = end.and_then(|end| u32::from_str_radix(&rest[at + 3..end], 16).ok()).and_then(char::from_u32);
        match (letter, end) {
            (Some(letter), Some(end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push_str("\\u{");
                rest = &rest[at + 3..];
            }
        }
    }
    out.push_str(rest);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_added_can_be_read_back(after in "([a-c \t\r\n\u{1b}\u{202e}\u{200b}é]|\r\n|\\\\u\\{1b\\}|\\\\u\\{|[\\PC])*") {
        let mut differ = Differ::new();
        let lines = differ.lines(File { names: ("a", "a"), before: "", after: &after, secrets: &[] });
        for line in &lines {
            prop_assert!(line.text.as_str().chars().all(|letter| letter == '\t' || !crate::is_unseen(letter)));
        }
        prop_assert_eq!(read_back(&lines, usual_end(&after), &differ.masks.numbered), after);
    }

    #[test]
    fn what_is_masked_can_be_told_from_what_reads_like_a_mask(
        after in "(A = \"redis://:(firstsecret1x|othersecret2|[*]{1,7}|[0-9*]|n3wOne){1,4}@h\"\n|[*]{1,9}|[0-9]|firstsecret1x|othersecret2|\\\\u\\{2a\\}|[\n])*"
    ) {
        let before = "A = \"redis://:firstsecret1x@h\"\nA = \"redis://:othersecret2@h\"\n";
        let mut differ = Differ::new();
        let lines = differ.lines(File { names: ("a", "a"), before, after: &after, secrets: &[] });
        if after == before {
            prop_assert_eq!(lines.len(), 2);
        } else {
            prop_assert_eq!(read_back(&lines, "\n", &differ.masks.numbered), after);
            let removed = lines.iter().any(|line| line.text.as_str().contains("othersecret2"));
            prop_assert!(!removed, "{:?}", lines);
        }
    }
}
