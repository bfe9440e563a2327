use super::*;

const PAGE: &str = include_str!("tests/page.md");

#[test]
fn a_whole_page_is_read() {
    let page = Page::parse("rules/concurrency/blocking_get.md", PAGE).unwrap();
    assert_eq!((&*page.code, page.family.as_str()), ("blocking-get", "concurrency"));
    assert_eq!(page.severity, Severity::Warning);
    assert_eq!(page.fix, Some(Applicability::Unsafe));
    assert_eq!(page.agent.as_deref(), Some("python-async-specialist"));
    assert_eq!(page.title, "A call that may block forever");
    assert_eq!(page.why, "It hangs.");
    assert!(page.remedy.ends_with("```"), "{}", page.remedy);
    assert!(page.markdown.starts_with("# A call"));
    let Some(Declaration::Calls(patterns)) = &page.declaration else { panic!("{:?}", page.declaration) };
    assert_eq!(patterns[0].callees.len(), 2);
    assert_eq!(patterns[0].conditions.len(), 3);
    assert_eq!(page.repair.as_ref().map(|fix| fix.set["timeout"].as_str()), Some("1.0"));
    let [one, two, third] = page.examples.as_slice() else { panic!("{:?}", page.examples) };
    let found: Vec<_> = one.files[0].expected.iter().map(|one| (one.line, one.code.as_str(), one.severity)).collect();
    assert_eq!(
        found,
        [(2, "blocking-get", None), (5, "blocking-get", Some(Severity::Warning)), (5, "other", Some(Severity::Hint))]
    );
    assert_eq!(one.files[0].expected[0].message.as_deref(), Some("blocks"));
    assert_eq!(one.snapshot.as_ref().map(|snapshot| &PAGE[snapshot.content.clone()]), Some("old\n"));
    let paths: Vec<_> = two.files.iter().map(|file| (file.path.as_str(), file.ok, file.expected.len())).collect();
    assert_eq!(paths, [("worker.py", true, 0), ("pkg/main.py", false, 2)]);
    assert_eq!(PAGE.lines().nth(two.files[1].line as usize - 1), Some("q.get()  # error: [blocking-get, other]"));
    assert!(third.is_ok() && !two.is_ok());
    // As readers see it: no annotation is left, and lines of nothing else are gone.
    let plain: Vec<(&str, bool)> = one.files[0].plain_lines("blocking-get").collect();
    assert!(plain.iter().all(|(line, _)| !line.contains("# error") && !line.contains("# hint")), "{plain:?}");
    assert_eq!(plain.iter().filter(|(_, is_found)| *is_found).count(), 2, "{plain:?}");
    assert_eq!(two.files[1].plain_lines("other").last(), Some(("q.get()", true)));
}

#[test]
fn windows_line_ends_make_no_difference() {
    let windows = PAGE.replace('\n', "\r\n");
    let page = Page::parse("rules/concurrency/blocking_get.md", &windows).unwrap();
    let plain = Page::parse("rules/concurrency/blocking_get.md", PAGE).unwrap();
    assert_eq!(
        page.examples.iter().map(|one| &one.files).collect::<Vec<_>>(),
        plain.examples.iter().map(|one| &one.files).collect::<Vec<_>>()
    );
    assert_eq!(page.declaration, plain.declaration);
}

/// The mistakes of `text`, as `line: message`.
fn mistakes(text: &str) -> Vec<String> {
    match Page::parse("rules/x/y.md", text) {
        Ok(page) => panic!("no mistake found in {page:?}"),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

/// The line of the page that `needle` is on, as a mistake gives it.
fn line(needle: &str) -> String {
    let at = PAGE.lines().position(|line| line.contains(needle)).unwrap_or_else(|| panic!("no {needle}"));
    format!("{}: ", at + 1)
}

#[test]
fn every_mistake_has_its_line() {
    let told = mistakes(&PAGE.replace("fix: unsafe", "fxi: unsafe"));
    assert!(told[0].starts_with(&line("fix: unsafe")) && told[0].contains("fxi"), "{told:?}");
    let told = mistakes(&PAGE.replace("severity: warning", "severity: loud"));
    assert!(told[0].starts_with(&line("severity")) && told[0].contains("loud"), "{told:?}");
    let told = mistakes(&PAGE.replace("severity: warning\n", ""));
    assert!(told[0].contains("severity"), "{told:?}");
    let told = mistakes(&PAGE.replace("fix: unsafe", "fix: none"));
    assert!(told[0].contains("fix: none") && told[0].starts_with(&line("```fix")), "{told:?}");
    let told = mistakes(&PAGE.replace("## Why\nIt hangs.\n", ""));
    assert!(told[0].contains("## Why"), "{told:?}");
    let told = mistakes(&PAGE.replace("# ok: bounded\n", "").replace("[blocking-get, other]", "[a b]"));
    assert!(told.iter().any(|one| one.contains("`a b` is no code")), "{told:?}");
    let told = mistakes(&PAGE.replace("lacks:", "laks:"));
    assert!(told[0].contains("laks") && told[0].starts_with(&line("lacks:")), "{told:?}");
    let told = mistakes(&PAGE.replace("inside: [function", "inside: [funktion"));
    assert!(told[0].contains("did you mean `function`") && told[0].starts_with(&line("```calls")), "{told:?}");
    let told = mistakes(&PAGE.replace("  message: \"`{callee}` blocks.\"\n", ""));
    assert!(told[0].contains("message"), "{told:?}");
    let told = mistakes(&PAGE.replace("q.get(timeout=1)\n```\nand", "q.get() # error: [x\n```\nand"));
    assert!(told.iter().any(|one| one.contains("not closed")), "{told:?}");
    let told = mistakes(&PAGE.replace("pkg/main.py", "../main.py"));
    assert!(told.iter().any(|one| one.contains("inside the example")), "{told:?}");
}

#[test]
fn hopeless_pages_are_told_and_not_worse() {
    for text in
        ["", "\n", "---", "---\n", "---\nseverity: hint\n", "# x", "---\n---\n", "---\n: :\n---\n", "```", "\u{feff}"]
    {
        assert!(Page::parse("x.md", text).is_err(), "{text:?}");
    }
    // Every prefix of a good page, as while it is typed.
    for (at, _) in PAGE.char_indices() {
        let _ = Page::parse("rules/x/y.md", &PAGE[..at]);
    }
}

#[test]
fn an_unlabeled_block_without_annotation_is_no_test() {
    let told = mistakes(&PAGE.replace("```python ok\nx = 1", "```python\nx = 1"));
    assert!(told[0].contains("# ok") && told[0].starts_with(&line("x = 1")), "{told:?}");
}

#[test]
fn yaml_that_is_none_is_told_in_words() {
    for (front, said) in [
        ("severity: [", "2: "),
        ("severity: warning\n bad", ""),
        ("severity: warning\nseverity: hint", "3: duplicate mapping key: severity"),
        ("severity: warning\nsince: 0.1\nfix: maybe", "maybe"),
        ("severity: *x", ""),
        ("- a", ""),
    ] {
        let told = mistakes(&format!("---\n{front}\n---\n{}", PAGE.split_once("---\n# ").unwrap().1));
        assert!(told[0].contains(said), "{front:?}: {told:?}");
        assert!(!told[0].contains('\n') && !told[0].contains(" line "), "{told:?}");
    }
}
