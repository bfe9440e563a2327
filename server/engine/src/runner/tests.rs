use std::collections::BTreeSet;
use std::sync::Mutex;

use pyteam_index::{FileId, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::source::NotText;
use pyteam_syntax::{Document, Expr, Parsed, SourceText, TextEdit, TextSize, Unanalyzed};

use super::*;
use crate::finding::Related;
use crate::fix::Applicability;
use crate::settings::Level;

/// How far the rule says that it looks.
#[derive(Clone, Copy)]
enum Reach {
    Item,
    Asked,
    File,
    Workspace,
}

/// Reports every call of `bad`, pointing to the first item of `other`, and notes which items it looked at.
struct Bad {
    page: Page,
    reach: Reach,
    looked: Mutex<BTreeSet<String>>,
}

impl Bad {
    fn new(reach: Reach) -> Self {
        let text = "---\nseverity: warning\nfix: safe\n---\n# T\n## What it does\na\n## Why\na\n## What to do\na\n## Examples\n```python\n# ok\n```\n";
        Self { page: Page::shipped("x/bad_call.md", text), reach, looked: Mutex::default() }
    }

    fn looked(&self) -> Vec<String> {
        std::mem::take(&mut *self.looked.lock().unwrap()).into_iter().collect()
    }
}

impl Rule for &'static Bad {
    fn page(&self) -> &Page {
        &self.page
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        match self.reach {
            Reach::Item => {}
            Reach::Asked => {
                for expr in cx.item.expr_ids() {
                    cx.inference.expr(cx.site(expr));
                }
            }
            Reach::File => {
                cx.whole_file();
            }
            Reach::Workspace => {
                cx.whole_workspace();
            }
        }
        let text = cx.file.source().slice(cx.file.parsed.items[cx.item_index as usize].range());
        self.looked.lock().unwrap().insert(text.lines().next().unwrap_or_default().to_owned());
        for id in cx.item.expr_ids() {
            let Expr::Call { func, .. } = cx.item.expr(id) else { continue };
            match cx.text(*func) {
                "bad" => {
                    let mut finding = sink.report(cx.range(id), id.0, "bad").fix("Mend", Applicability::Safe);
                    if let Some(other) = cx.snapshot.file_at("/w/other.py") {
                        let range = other.parsed.items[0].range();
                        finding = finding.related(Related::new(other.id, range, "there"));
                    }
                    let _ = finding;
                }
                "minor" => drop(sink.report(cx.range(id), id.0, "minor").severity(Severity::Hint)),
                "crash" => panic!("on purpose"),
                _ => {}
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let mut broken = Fix::new("Overlapping", Applicability::Safe);
        broken.push(cx.file.id, TextEdit::delete(finding.range));
        broken.push(cx.file.id, TextEdit::replace(finding.range, "x"));
        let mut good = Fix::new("Mend", Applicability::Safe);
        good.push(cx.file.id, TextEdit::replace(finding.range, "good()"));
        vec![broken, good, Fix::new("Nothing", Applicability::Safe)]
    }
}

struct Bench {
    rule: &'static Bad,
    engine: Engine,
    workspace: Workspace,
    document: Document,
    settings: Settings,
    cache: FindingCache,
}

impl Bench {
    fn new(reach: Reach, text: &str) -> Self {
        let rule: &'static Bad = Box::leak(Box::new(Bad::new(reach)));
        let mut bench = Self {
            rule,
            engine: Engine::new(vec![Box::new(rule)]),
            workspace: Workspace::new(),
            document: Document::new(text),
            settings: Settings::default(),
            cache: FindingCache::default(),
        };
        bench.workspace.set_complete(true);
        bench.store();
        bench
    }

    fn store(&mut self) {
        let parsed = self.document.parse(&ParseLimits::default());
        self.workspace.set_file("/w/a.py", parsed);
    }

    fn set_other(&mut self, text: &str) {
        self.workspace.set_file("/w/other.py", Arc::new(parse(SourceText::new(text), &ParseLimits::default())));
    }

    fn edit(&mut self, old: &str, new: &str) {
        let at = self.document.text().find(old).unwrap();
        self.document.edit(TextRange::at(TextSize::new(at as u32), TextSize::of(old)), new);
        self.store();
    }

    /// Checks with the cache, and holds that a check without one says the same.
    fn check(&mut self) -> Vec<Finding> {
        let snapshot = self.workspace.snapshot();
        let file = snapshot.file(FileId(0)).unwrap();
        let kept = self
            .engine
            .check_file(&snapshot, file, &self.settings, Some(&mut self.cache), &CancelToken::new())
            .unwrap();
        let looked = self.rule.looked();
        let fresh = self.engine.check_file(&snapshot, file, &self.settings, None, &CancelToken::new()).unwrap();
        assert_eq!(kept, fresh, "the cache says something else");
        self.rule.looked();
        self.rule.looked.lock().unwrap().extend(looked);
        kept
    }

    fn looked(&self) -> Vec<String> {
        self.rule.looked()
    }

    fn texts(&mut self) -> Vec<String> {
        let findings = self.check();
        let text = self.document.text();
        findings.iter().map(|finding| text[finding.range].to_owned()).collect()
    }
}

const TEXT: &str = "def f():\n    bad(1)\n\ndef g():\n    x = 1\n    bad(2)\n\nbad(3)\n";

#[test]
fn an_edit_costs_the_item_it_is_in() {
    let mut bench = Bench::new(Reach::Item, TEXT);
    assert_eq!(bench.texts(), ["bad(1)", "bad(2)", "bad(3)"]);
    assert_eq!(bench.looked(), ["bad(3)", "def f():", "def g():"]);
    bench.edit("bad(1)", "# longer\n    bad(100)");
    assert_eq!(bench.texts(), ["bad(100)", "bad(2)", "bad(3)"]);
    assert_eq!(bench.looked(), ["def f():"]);
    bench.edit("def f():", "# above\n\ndef f():");
    bench.check();
    bench.looked();
    bench.edit("x = 1", "x = 2");
    assert_eq!(bench.texts(), ["bad(100)", "bad(2)", "bad(3)"]);
    assert_eq!(bench.looked(), ["def g():"]);
}

#[test]
fn what_a_question_rests_on_costs_those_who_asked() {
    let mut bench = Bench::new(Reach::Asked, "def f():\n    g()\n\ndef g():\n    return 1\n\ndef h():\n    x = 1\n");
    bench.check();
    bench.looked();
    bench.edit("def g():", "def g(a=1):");
    bench.check();
    assert_eq!(bench.looked(), ["def f():", "def g(a=1):"]);
    bench.edit("x = 1", "x = 2");
    bench.check();
    assert_eq!(bench.looked(), ["def h():"]);
}

#[test]
fn a_wider_reach_looks_again_more_often() {
    let mut bench = Bench::new(Reach::File, TEXT);
    // What the inference does not see, only the widest reach may look for: here it is there from the start.
    bench.set_other("y = 1\n");
    bench.check();
    bench.looked();
    bench.edit("x = 1", "x = 2");
    bench.check();
    assert_eq!(bench.looked().len(), 3);
    bench.set_other("def y():\n    z = 1\n");
    bench.check();
    bench.looked();
    bench.set_other("def y():\n    z = 2\n");
    bench.check();
    assert_eq!(bench.looked().len(), 3, "the place that findings point to has changed");
    let mut bench = Bench::new(Reach::Workspace, "def f():\n    pass\n");
    bench.set_other("def y():\n    z = 1\n");
    bench.check();
    bench.looked();
    bench.set_other("def y():\n    z = 2\n");
    bench.check();
    assert_eq!(bench.looked(), ["def f():"]);
}

#[test]
fn related_places_move_with_their_item() {
    let mut bench = Bench::new(Reach::Item, TEXT);
    let mut other = Document::new("# a comment\n\ndef y():\n    z = 1\n");
    bench.workspace.set_file("/w/other.py", other.parse(&ParseLimits::default()));
    assert_eq!(bench.check()[0].related[0].range.start(), TextSize::new(13));
    bench.looked();
    other.edit(TextRange::empty(TextSize::new(0)), "# one more\n");
    bench.workspace.set_file("/w/other.py", other.parse(&ParseLimits::default()));
    assert_eq!(bench.check()[0].related[0].range.start(), TextSize::new(24));
    assert_eq!(bench.looked(), [""; 0]);
}

#[test]
fn settings_and_engines_do_not_share_findings() {
    let mut bench = Bench::new(Reach::Item, TEXT);
    bench.check();
    bench.settings.ignore = vec!["x".into()];
    assert!(bench.check().is_empty());
    bench.settings.ignore.clear();
    assert_eq!(bench.check().len(), 3);
    bench.engine = Engine::new(Vec::new());
    assert!(bench.check().is_empty());
}

#[test]
fn a_panic_costs_one_rule_on_one_item() {
    let mut bench = Bench::new(Reach::Item, "def f():\n    bad(1)\n    crash()\n\nbad(2)\n");
    assert_eq!(bench.texts(), ["bad(2)"]);
}

#[test]
fn a_canceled_check_keeps_what_it_had() {
    let mut bench = Bench::new(Reach::Item, TEXT);
    bench.check();
    bench.looked();
    let snapshot = bench.workspace.snapshot();
    let token = CancelToken::new();
    token.cancel();
    let file = snapshot.file(FileId(0)).unwrap();
    let answer = bench.engine.check_file(&snapshot, file, &bench.settings, Some(&mut bench.cache), &token);
    assert_eq!(answer, Err(Canceled));
    bench.check();
    assert_eq!(bench.looked(), [""; 0]);
}

#[test]
fn fixes_that_do_not_fit_are_left_out() {
    let mut bench = Bench::new(Reach::Item, TEXT);
    let finding = bench.check().remove(0);
    let fixes = bench.engine.fixes(&bench.workspace.snapshot(), &bench.settings, &finding);
    assert_eq!(fixes.iter().map(|fix| fix.title.as_str()).collect::<Vec<_>>(), ["Mend"]);
    let stale = Finding { anchor: crate::finding::Anchor { item: 99, node: 0 }, ..finding };
    assert!(bench.engine.fixes(&bench.workspace.snapshot(), &bench.settings, &stale).is_empty());
}

#[test]
fn settings_grade_and_comments_silence() {
    let mut bench = Bench::new(Reach::Item, "bad(1)\nminor()\nbad(2)  # pyteam: ignore[bad-call] known\n");
    let severities = |bench: &mut Bench| bench.check().iter().map(|one| one.severity).collect::<Vec<_>>();
    assert_eq!(severities(&mut bench), [Severity::Warning, Severity::Hint]);
    bench.settings.severity.insert("bad-call".into(), Level::At(Severity::Error));
    assert_eq!(severities(&mut bench), [Severity::Error, Severity::Hint]);
    bench.settings.severity.insert("bad-call".into(), Level::At(Severity::Hint));
    assert_eq!(severities(&mut bench), [Severity::Hint, Severity::Hint]);
    bench.settings.severity.insert("bad-call".into(), Level::Off);
    assert_eq!(severities(&mut bench), []);
}

#[test]
fn unused_suppressions_wait_for_all_files() {
    let mut bench = Bench::new(Reach::Item, "good()  # pyteam: ignore[bad-call]\n");
    let finding = bench.check().remove(0);
    assert_eq!((&*finding.code, finding.severity), (suppression::UNUSED, Severity::Information));
    let fixes = bench.engine.fixes(&bench.workspace.snapshot(), &bench.settings, &finding);
    assert_eq!(fixes.len(), 1);
    bench.workspace.set_complete(false);
    assert!(bench.check().is_empty());
    bench.workspace.set_complete(true);
    bench.settings.ignore = vec!["bad-call".into()];
    assert!(bench.check().is_empty(), "the rule does not run here, but may elsewhere");
    bench.settings.ignore = vec![suppression::UNUSED.into()];
    assert!(bench.check().is_empty());
}

#[test]
fn half_written_statements_say_nothing() {
    let mut bench = Bench::new(Reach::Item, "def f():\n    bad(1)\n    x = [bad(2), +]\n    bad(3)\n");
    assert_eq!(bench.texts(), ["bad(1)", "bad(3)"]);
}

#[test]
fn a_file_that_is_not_analyzed_says_why() {
    let said = |source: &str, why: Unanalyzed| {
        let bench = Bench::new(Reach::Item, "");
        let mut workspace = Workspace::new();
        workspace.set_file("/w/a.py", Arc::new(Parsed::not_analyzed(SourceText::new(source), why)));
        let snapshot = workspace.snapshot();
        let file = snapshot.file(FileId(0)).unwrap();
        let mut found =
            bench.engine.check_file(&snapshot, file, &Settings::default(), None, &CancelToken::new()).unwrap();
        assert_eq!(found.len(), 1);
        let finding = found.remove(0);
        assert_eq!(&*finding.code, builtin::NOT_ANALYZED);
        (finding.message, finding.range)
    };
    let (message, range) = said("x = 1\ny\0\n", Unanalyzed::NotText(NotText::Nul(7)));
    assert!(message.contains("NUL byte at line 2"), "{message}");
    assert_eq!(range, TextRange::new(6.into(), 8.into()));
    let (message, _) = said("", Unanalyzed::NotText(NotText::NotUtf8(7)));
    assert!(message.contains("invalid UTF-8 at byte 7"), "{message}");
    let (message, _) = said("", Unanalyzed::TooLarge { bytes: 3_460_000, limit: 2_000_000 });
    assert!(message.contains("3.5 MB") && message.contains("2.0 MB"), "{message}");
    let (message, _) = said("", Unanalyzed::TooSlow(std::time::Duration::from_secs(5)));
    assert!(message.contains("longer than 5 s"), "{message}");
    let (message, _) = said("", Unanalyzed::Unreadable("permission denied".into()));
    assert!(message.contains("permission denied"), "{message}");
}
