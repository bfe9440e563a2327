use super::*;
use crate::context::{CheckContext, Sink};
use crate::fix::Fix;
use crate::rule::Rule;
use pyteam_syntax::{Expr, TextEdit};

const PAGE: &str = include_str!("tests/page.md");

fn user(text: &str) -> Trial {
    try_user_page(&Page::parse("project/own_rule.md", text).unwrap_or_else(|errors| panic!("{errors}"))).unwrap()
}

fn failures(trial: &Trial) -> Vec<String> {
    trial.failures.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_page_holds_and_its_snapshot_is_written() {
    let trial = user(PAGE);
    assert_eq!(failures(&trial), [""; 0]);
    assert!(!trial.is_good(), "the snapshot is out of date");
    let text = trial.with_snapshots(PAGE);
    let expected = r#"```snapshot
example.py:2:5: warning[own-rule]: `requests.get` may hang
  help: Pass a timeout.
  fix (unsafe): Pass a timeout
--- example.py
+++ example.py
@@ -1,2 +1,2 @@
 import requests
-r = requests.get(url)  # error: [own-rule] "may hang"
+r = requests.get(url, timeout=10)  # error: [own-rule] "may hang"
```
"#;
    assert!(text.contains(expected), "{text}");
    assert!(user(&text).is_good());
}

#[test]
fn annotations_must_be_exact() {
    let told = failures(&user(&PAGE.replace("\"may hang\"", "\"may burn\"")));
    assert!(told[0].contains("that says \"may burn\" was found here"), "{told:?}");
    assert!(told[1].contains("not annotated: warning [own-rule]"), "{told:?}");
    let told = failures(&user(&PAGE.replace("# warning: [own-rule]", "# hint: [own-rule]")));
    assert!(told[0].starts_with("37: no hint"), "{told:?}");
    let told = failures(&user(&PAGE.replace("requests.get(url, timeout=1)", "requests.get(url)")));
    assert!(told[0].contains("not annotated"), "{told:?}");
    let told = failures(&user(&PAGE.replace("f(1)\n", "f(1\n")));
    assert!(told[0].contains("not valid Python"), "{told:?}");
    let told = failures(&user(&PAGE.replace("# ok\n", "x = 1  # error: [other]\n")));
    assert!(told.iter().any(|one| one.contains("no example is marked `# ok`")), "{told:?}");
    let told =
        failures(&user(&PAGE.replace("fix: unsafe", "fix: safe").replace("callee: requests.get", "callee: x.y")));
    assert!(told.iter().any(|one| one.contains("promises a fix")), "{told:?}");
}

/// A rule that objects to every call, with fixes and a reach that a test chooses.
struct Odd {
    page: Page,
    fix: fn(&str) -> String,
    looks_at_others: bool,
}

impl Odd {
    fn failures(example: &str, fix: fn(&str) -> String, looks_at_others: bool) -> Vec<String> {
        let text = format!(
            "---\nseverity: hint\nfix: unsafe\n---\n# T\n## What it does\na\n## Why\na\n## What to do\na\n## Examples\n\
             ```python\n{example}\n```\n```python\n# ok\n```\n"
        );
        let page = Page::parse("x/odd.md", &text).unwrap_or_else(|errors| panic!("{errors}"));
        let engine = Engine::new(vec![Box::new(Self { page: page.clone(), fix, looks_at_others })]);
        failures(&try_page(&engine, &page))
    }
}

impl Rule for Odd {
    fn page(&self) -> &Page {
        &self.page
    }
    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let others = || cx.file.source().as_str().contains("marker()");
        for id in cx.item.expr_ids() {
            if matches!(cx.item.expr(id), Expr::Call { .. }) && (!self.looks_at_others || others()) {
                let _ = sink.report(cx.range(id), id.0, "odd").fix("Mend", Applicability::Unsafe);
            }
        }
    }
    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let mut fix = Fix::new("Mend", Applicability::Unsafe);
        fix.push(cx.file.id, TextEdit::replace(finding.range, (self.fix)(cx.file.source().slice(finding.range))));
        vec![fix]
    }
}

#[test]
fn fixes_are_held_to_what_people_forget() {
    let told = |example: &str, fix: fn(&str) -> String| Odd::failures(example, fix, false);
    let one = "x = f(1)  # hint: [odd]";
    assert_eq!(told(one, |_| "1".into()), [""; 0]);
    let broken = told(one, |_| "1 1".into());
    assert!(broken[0].contains("does not parse"), "{broken:?}");
    let useless = told(one, |_| "g()".into());
    assert!(useless.iter().any(|one| one.contains("does not silence")), "{useless:?}");
    assert!(useless.iter().any(|one| one.contains("never ends")), "{useless:?}");
    let idle = told(one, str::to_owned);
    assert!(idle.iter().any(|one| one.contains("changes nothing")), "{idle:?}");
    let forgetful = told("x = f(  # hint: [odd]\n    1,  # one\n)", |_| "1".into());
    assert!(forgetful.iter().any(|one| one.contains("loses the comment \"# one\"")), "{forgetful:?}");
    let repeated = told(one, |_| "(1, dict(t=1, t=2))".into());
    assert!(repeated.iter().any(|one| one.contains("passes `t` twice")), "{repeated:?}");
    let foreign = told(one, |_| "(\n1)".into());
    assert!(foreign.iter().any(|one| one.contains("writes `\\n` into")), "{foreign:?}");
}

#[test]
fn a_reach_that_is_too_narrow_shows() {
    let example =
        "def f():\n    x = 1\n    y = 1\n    z = 1\n    marker()  # hint: [odd]\ndef g():\n    h()  # hint: [odd]";
    let told = Odd::failures(example, |_| "1".into(), true);
    assert!(told.iter().any(|one| one.contains("`reach` is too narrow")), "{told:?}");
}

#[test]
fn the_runners_own_pages_hold() {
    let engine = Engine::new(Vec::new());
    for page in crate::builtin::pages() {
        assert_eq!(failures(&try_page(&engine, page)), [""; 0]);
    }
}
