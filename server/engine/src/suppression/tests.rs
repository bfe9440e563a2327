use std::sync::Arc;

use pyteam_index::{FileId, Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{SourceText, edit};

use super::*;

struct Case {
    snapshot: Arc<Snapshot>,
}

impl Case {
    fn new(text: &str) -> Self {
        let mut workspace = Workspace::new();
        let parsed = parse(SourceText::new(text), &ParseLimits::default());
        workspace.set_file("/w/a.py", Arc::new(parsed));
        Self { snapshot: workspace.snapshot() }
    }

    fn file(&self) -> &File {
        self.snapshot.file(FileId(0)).unwrap()
    }

    /// A finding at the first place where `needle` stands.
    fn finding(&self, needle: &str) -> Finding {
        let text = self.file().source().as_str();
        let start = text.find(needle).unwrap_or_else(|| panic!("no {needle:?} in {text:?}"));
        Finding {
            code: "deep-inheritance".into(),
            severity: Severity::Warning,
            file: FileId(0),
            range: TextRange::at(size(start), size(needle.len())),
            message: String::new(),
            note: None,
            help: None,
            related: Vec::new(),
            secrets: Vec::new(),
            channel: None,
            fix: None,
            anchor: Anchor::default(),
        }
    }

    fn silences(&self, needle: &str) -> bool {
        let mut findings = vec![self.finding(needle)];
        Suppressions::of(self.file()).filter(self.file(), &mut findings);
        findings.is_empty()
    }

    /// What is said of suppressions when nothing is found, with what removing them leaves.
    fn unused(&self) -> Vec<(String, Option<String>)> {
        self.unused_after(Vec::new())
    }

    fn unused_after(&self, mut findings: Vec<Finding>) -> Vec<(String, Option<String>)> {
        let suppressions = Suppressions::of(self.file());
        let used = suppressions.filter(self.file(), &mut findings);
        let found = suppressions.unused(self.file(), &used, &RuleNames::default(), |_| true, false);
        let fixed = |finding: &Finding| {
            let fix = suppressions.fix(self.file(), finding)?;
            Some(edit::apply(self.file().source().as_str(), &fix.edits[&FileId(0)]).unwrap())
        };
        found.iter().map(|finding| (finding.message.clone(), fixed(finding))).collect()
    }

    fn suppressed(&self, needle: &str) -> Option<String> {
        let edit = suppress(self.file(), &self.finding(needle))?;
        let text = edit::apply(self.file().source().as_str(), &[edit]).unwrap();
        // Whatever is written must do what it was written for.
        assert!(Case::new(&text).silences(needle), "{text}");
        Some(text)
    }
}

#[test]
fn a_comment_silences_its_own_line() {
    assert!(Case::new("x = 1\nf()  # pyteam: ignore[deep-inheritance] because\n").silences("f()"));
    assert!(Case::new("f()  # pyteam: ignore[a, deep-inheritance]\n").silences("f()"));
    assert!(Case::new("f()  # pyteam: ignore\n").silences("f()"));
    assert!(Case::new("f()  # type: ignore # pyteam: ignore[deep-inheritance]\n").silences("f()"));
    assert!(Case::new("f()  #pyteam:ignore[deep-inheritance]\r\ng()\r\n").silences("f()"));
    assert!(!Case::new("f()  # pyteam: ignore[other]\n").silences("f()"));
    assert!(!Case::new("f()  # noqa\n").silences("f()"));
    assert!(!Case::new("f()  # pyteam: \n").silences("f()"));
    assert!(!Case::new("f()  # pyteam:").silences("f()"));
    assert!(!Case::new("f()\ng()  # pyteam: ignore\n").silences("f()"));
    assert!(!Case::new("f('# pyteam: ignore')\n").silences("f("));
}

#[test]
fn a_comment_alone_silences_the_line_below() {
    assert!(Case::new("# pyteam: ignore[deep-inheritance]\nf()\n").silences("f()"));
    assert!(Case::new("# pyteam: ignore[deep-inheritance]\n# as agreed\nf()\n").silences("f()"));
    assert!(Case::new("# pyteam: ignore\n@decorated\nclass A(B):\n    pass\n").silences("A"));
    assert!(!Case::new("# pyteam: ignore\nf()\ng()\n").silences("g()"));
    assert!(Case::new("f(\n    # pyteam: ignore\n    g(),\n)\n").silences("g()"));
}

#[test]
fn a_long_statement_can_be_silenced_where_there_is_room() {
    assert!(Case::new("x = f(\n    g(),\n)  # pyteam: ignore\n").silences("g()"));
    assert!(Case::new("x = f(  # pyteam: ignore\n    g(),\n)\n").silences("g()"));
    assert!(Case::new("with open(\n    g(),\n):  # pyteam: ignore\n    pass\n").silences("g()"));
    assert!(!Case::new("with g():\n    pass  # pyteam: ignore\n").silences("g()"));
    assert!(!Case::new("if a:\n    g()\n    h()  # pyteam: ignore\n").silences("g()"));
    assert!(Case::new("class A(\n    B,\n):  # pyteam: ignore\n    x = 1\n").silences("A"));
    assert!(!Case::new("class A(B):\n    def f(self):\n        pass  # pyteam: ignore\n").silences("A"));
    assert!(Case::new("class A(B):\n    def f(self):\n        g(\n)  # pyteam: ignore\n").silences("g("));
    assert!(Case::new("x = '''\ng\n'''  # pyteam: ignore\n").silences("'''\ng"));
    // A comment on the `try` is not for what is caught below it.
    assert!(!Case::new("try:  # pyteam: ignore\n    pass\nexcept E:\n    pass\n").silences("E"));
}

#[test]
fn a_former_name_of_a_code_silences_as_its_new_one() {
    let case = Case::new("f()  # pyteam: ignore[file-not-analysed]\n");
    let finding = Finding { code: crate::builtin::NOT_ANALYZED.into(), ..case.finding("f()") };
    assert!(case.unused_after(vec![finding]).is_empty());
    assert!(RuleNames::new([]).is_code("file-not-analysed"));
    // And it is reported like the new one where it suppresses nothing: `runs` knows only that.
    let suppressions = Suppressions::of(case.file());
    let used = suppressions.filter(case.file(), &mut Vec::new());
    let runs = |code: &str| code == crate::builtin::NOT_ANALYZED;
    assert_eq!(suppressions.unused(case.file(), &used, &RuleNames::default(), runs, false).len(), 1);
}

#[test]
fn a_file_is_silenced_at_its_head_only() {
    assert!(Case::new("'''Docs.'''\n# pyteam: ignore-file[deep-inheritance]\nimport a\nf()\n").silences("f()"));
    let late = Case::new("import a\n# pyteam: ignore-file\nf()\n");
    assert!(!late.silences("f()"));
    assert!(late.unused()[0].0.contains("before the first statement"));
}

#[test]
fn what_silences_nothing_is_reported_and_removed() {
    let removed = |text: &str| Case::new(text).unused().remove(0).1.unwrap();
    assert_eq!(removed("f()  # pyteam: ignore[a] why\ng()\n"), "f()\ng()\n");
    assert_eq!(removed("    # pyteam: ignore\nf()\n"), "f()\n");
    assert_eq!(removed("f()  # keep  # pyteam: ignore[a]\n"), "f()  # keep\n");
    assert_eq!(removed("f()  # pyteam: ignore[a] see #12  # noqa\n"), "f()  # noqa\n");
    assert_eq!(removed("f()  # pyteam: ignore[a]\r\n"), "f()\r\n");
    let text = "f()  # pyteam: ignore[a, deep-inheritance, b] why\n";
    let case = Case::new(text);
    let (message, fixed) = case.unused_after(vec![case.finding("f()")]).remove(0);
    assert!(message.contains("`a`, `b`"), "{message}");
    assert_eq!(fixed.as_deref(), Some("f()  # pyteam: ignore[deep-inheritance] why\n"));
    assert!(Case::new("f()  # pyteam: ignore[a, unused-suppression]\n").unused().is_empty());
}

#[test]
fn mistakes_are_told_and_not_removed() {
    for (comment, said) in [
        ("# pyteam: ignroe[a]", "did you mean `ignore`"),
        ("# pyteam: ignore[a", "missing `]`"),
        ("# pyteam: ignore[]", "empty"),
        ("# pyteam: ignore=a", "expected a list of codes"),
    ] {
        let (message, fixed) = Case::new(&format!("f()  {comment}\n")).unused().remove(0);
        assert!(message.contains(said), "{comment}: {message}");
        assert_eq!(fixed, None);
    }
    assert!(Case::new("f()  # pyteam: a fine tool\n").unused().is_empty());
}

#[test]
fn a_suppression_is_written_where_it_holds() {
    let written = |text: &str, needle: &str| Case::new(text).suppressed(needle).unwrap();
    assert_eq!(written("f()   \ng()\n", "f()"), "f()  # pyteam: ignore[deep-inheritance]\ng()\n");
    assert_eq!(written("f()  # note", "f()"), "f()  # note  # pyteam: ignore[deep-inheritance]");
    assert_eq!(written("f()  # pyteam: ignore[a] why\n", "f()"), "f()  # pyteam: ignore[a, deep-inheritance] why\n");
    assert_eq!(written("# pyteam: ignore[a]\nf()\n", "f()"), "# pyteam: ignore[a, deep-inheritance]\nf()\n");
    // Inside a string that goes on there is no place for a comment.
    assert_eq!(written("x = f('''\n''', 1)\n", "f("), "x = f('''\n''', 1)  # pyteam: ignore[deep-inheritance]\n");
    assert_eq!(
        written("if a:\r\n    x = f() + \\\r\n        '''\r\n''' + \\\r\n  '''\r\n'''\\\r\n\r\n", "f()")
            .matches("# pyteam")
            .count(),
        1
    );
    assert_eq!(Case::new("f()  # pyteam: ignore\n").suppressed("f()"), None);
}
