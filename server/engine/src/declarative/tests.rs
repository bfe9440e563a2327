use std::sync::Arc;

use pyteam_index::{FileId, Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{SourceText, edit};

use super::*;
use crate::runner::{CancelToken, Engine};
use crate::settings::{RuleNames, Settings};

fn page(detection: &str) -> String {
    format!(
        "---\nseverity: warning\nfix: unsafe\nmessage: \"`{{callee}}` is wrong\"\n---\n# T\n## What it does\na\n## Why\na\n\
         ## What to do\na\n## Detection\n{detection}\n## Examples\n```python\n# ok\n```\n"
    )
}

fn rule(calls: &str, fix: &str) -> DeclarativeRule {
    let text = page(&format!("```calls\n{calls}\n```\n```fix\n{fix}\n```"));
    DeclarativeRule::new(Page::parse("x/own_rule.md", &text).unwrap_or_else(|errors| panic!("{errors}"))).unwrap()
}

fn snapshot(text: &str) -> Arc<Snapshot> {
    let mut workspace = Workspace::new();
    workspace.set_file("/w/a.py", Arc::new(parse(SourceText::new(text), &ParseLimits::default())));
    workspace.set_complete(true);
    workspace.snapshot()
}

/// The text after the first fix of every finding, and whether there was a finding at all.
fn repaired(rule: DeclarativeRule, text: &str) -> Vec<Option<String>> {
    let engine = Engine::new(vec![Box::new(rule)]);
    let snapshot = snapshot(text);
    let file = snapshot.file(FileId(0)).unwrap();
    let settings = Settings::default();
    let findings = engine.check_file(&snapshot, file, &settings, None, &CancelToken::new()).unwrap();
    let fixed = |finding: &Finding| {
        let fix = engine.fixes(&snapshot, &settings, finding).into_iter().next();
        assert_eq!(fix.is_some(), finding.fix.is_some());
        fix.map(|fix| edit::apply(text, &fix.edits[&FileId(0)]).unwrap())
    };
    findings.iter().map(fixed).collect()
}

fn finds(calls: &str, code: &str) -> bool {
    !repaired(rule(calls, "title: T\nset: {zzz: '1'}"), &format!("import torch\n{code}\n")).is_empty()
}

#[test]
fn callees_are_resolved() {
    let calls = "- callee: [torch.load, torch.hub.*]";
    assert!(finds(calls, "torch.load(f)"));
    assert!(finds(calls, "from torch import load as l\nl(f)"));
    assert!(finds(calls, "def f():\n    import torch.hub as h\n    h.load(f)"));
    assert!(!finds(calls, "torch.save(f)"));
    assert!(!finds(calls, "class torch:\n    pass\ntorch.load(f)"));
    assert!(!finds(calls, "def f(torch):\n    torch.load(f)"));
}

#[test]
fn what_is_not_known_is_silent() {
    let lacks = "- callee: torch.load\n  lacks: [{name: weights_only, position: 2}]";
    assert!(finds(lacks, "torch.load(f)"));
    assert!(finds(lacks, "torch.load(f, m)"));
    for silent in ["f, weights_only=x", "f, m, x", "*f", "f, **k", "f, *m"] {
        assert!(!finds(lacks, &format!("torch.load({silent})")), "{silent}");
    }
    let not = "- callee: torch.load\n  argument: {name: weights_only, is-not: true}";
    assert!(finds(not, "torch.load(f, weights_only=False)"));
    for silent in ["f", "f, weights_only=True", "f, weights_only=x", "f, weights_only=not x", "**k"] {
        assert!(!finds(not, &format!("torch.load({silent})")), "{silent}");
    }
    let has = "- callee: torch.load\n  has: [a]\n  equals: {b: [], c: x}";
    assert!(Page::parse("x/y.md", &page(&format!("```calls\n{has}\n```"))).is_err());
    let has = "- callee: torch.load\n  has: [a]\n  equals: {b: -1, c: \"'x'\", d: null, e: \"False\"}";
    assert!(finds(has, "torch.load(a=y, b=-1, c='x', d=None, e=False)"));
    assert!(!finds(has, "torch.load(a=y, b=-1, c='y', d=None, e=False)"));
}

#[test]
fn places_are_the_nearest_ones() {
    let inside = |place: &str| format!("- callee: torch.load\n  inside: {place}");
    assert!(finds(&inside("async-function"), "async def f():\n    torch.load(f)"));
    assert!(!finds(&inside("async-function"), "async def f():\n    def g():\n        torch.load(f)"));
    assert!(!finds(&inside("async-function"), "async def f():\n    g(lambda: torch.load(f))"));
    assert!(!finds(&inside("function"), "@torch.load(f)\ndef f():\n    pass"));
    assert!(finds(&inside("[function, module]"), "torch.load(f)"));
    assert!(finds(&inside("loop"), "while a:\n    if b:\n        torch.load(f)"));
    assert!(!finds(&inside("loop"), "for a in torch.load(f):\n    pass"));
    assert!(finds(&inside("loop"), "[torch.load(x) for x in y]"));
    assert!(!finds(&inside("loop"), "[x for x in torch.load(f)]"));
    assert!(!finds(&inside("loop"), "for a in b:\n    def g():\n        torch.load(f)"));
    assert!(finds(&inside("try"), "try:\n    torch.load(f)\nfinally:\n    pass"));
    assert!(!finds(&inside("try"), "try:\n    pass\nexcept E:\n    torch.load(f)"));
    assert!(finds(&inside("with"), "with a:\n    torch.load(f)"));
    assert!(finds(&inside("method"), "class A:\n    def f(self):\n        torch.load(f)"));
    assert!(!finds("- callee: torch.load\n  not-inside: loop", "for a in b:\n    torch.load(f)"));
    assert!(!finds(&inside("test"), "torch.load(f)"));
}

#[test]
fn arguments_are_passed_replaced_and_dropped() {
    let fixed = |fix: &str, code: &str| {
        let text = format!("import torch\n{code}\n");
        let mut fixed = repaired(rule("- callee: torch.load", fix), &text);
        assert_eq!(fixed.len(), 1, "{code}");
        fixed.remove(0).map(|text| text.trim_start_matches("import torch\n").trim_end().to_owned())
    };
    let set = "title: T\nset: {a: '1'}";
    assert_eq!(fixed(set, "torch.load()").as_deref(), Some("torch.load(a=1)"));
    assert_eq!(fixed(set, "torch.load(f)").as_deref(), Some("torch.load(f, a=1)"));
    assert_eq!(fixed(set, "torch.load(f, a=2)").as_deref(), Some("torch.load(f, a=1)"));
    assert_eq!(fixed(set, "torch.load(f,  # why\n)").as_deref(), Some("torch.load(f, a=1,  # why\n)"));
    assert_eq!(fixed(set, "torch.load(x for x in y)"), None);
    assert_eq!(fixed(set, "torch.load([x for x in y])").as_deref(), Some("torch.load([x for x in y], a=1)"));
    let remove = "title: T\nremove: [a]";
    assert_eq!(fixed(remove, "torch.load(f, a=2)").as_deref(), Some("torch.load(f)"));
    assert_eq!(fixed(remove, "torch.load(a=2, b=1)").as_deref(), Some("torch.load(b=1)"));
    assert_eq!(fixed(remove, "torch.load(a=2,)").as_deref(), Some("torch.load()"));
    assert_eq!(fixed(remove, "torch.load(f,  # why\n a=2)"), None);
    assert_eq!(fixed(remove, "torch.load(f)"), None);
    let rename = "title: T\nrename: safe";
    assert_eq!(fixed(rename, "torch.load(f)").as_deref(), Some("torch.safe(f)"));
    assert_eq!(fixed(rename, "from torch import load\nload(f)"), None);
}

#[test]
fn a_workspace_has_rules_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join(".pyteam/rules");
    assert!(load_user_rules(folder.path(), &RuleNames::default()).problems.is_empty());
    std::fs::create_dir_all(&rules).unwrap();
    let good = page("```calls\n- callee: torch.load\n```").replace("fix: unsafe", "fix: none");
    std::fs::write(rules.join("own_one.md"), &good).unwrap();
    std::fs::write(rules.join("own-one.md"), &good).unwrap();
    std::fs::write(rules.join("no_calls.md"), good.replace("```calls", "```yaml")).unwrap();
    std::fs::write(rules.join("wrong.md"), good.replace("callee:", "calle:")).unwrap();
    std::fs::write(rules.join("file_not_analysed.md"), &good).unwrap();
    std::fs::write(rules.join("notes.txt"), "no rule").unwrap();
    let found = load_user_rules(folder.path(), &RuleNames::new([]));
    assert_eq!(found.rules.len(), 1);
    assert_eq!(&*found.rules[0].page().code, "own-one");
    assert_eq!(found.rules[0].page().family, PROJECT_FAMILY_NAME);
    let mut told: Vec<String> = found
        .problems
        .iter()
        .map(|one| format!("{}:{} {}", one.path.file_name().unwrap().to_string_lossy(), one.line, one.message))
        .collect();
    told.sort();
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("file_not_analysed.md:1 ") && told[0].contains("pyteam's own"), "{told:#?}");
    assert!(told[1].starts_with("no_calls.md:1 "), "{told:#?}");
    assert!(told[2].contains("belongs to"), "{told:#?}");
    assert!(told[3].starts_with("wrong.md:15 "), "{told:#?}");
    assert!(found.rules[0].holds_for(&folder.path().join("a.py").to_string_lossy()));
    assert!(!found.rules[0].holds_for("/elsewhere/a.py"));
}

const PROJECT_FAMILY_NAME: &str = crate::page::PROJECT_FAMILY;

fn query_rule(query: &str, fix: &str) -> Result<DeclarativeRule, String> {
    let text = page(&format!("```query\n{query}\n```\n```fix\n{fix}\n```")).replace("{callee}", "{report}");
    let page = Page::parse("x/own_rule.md", &text).map_err(|errors| errors.to_string())?;
    DeclarativeRule::new(page)
}

fn matches(query: &str, code: &str) -> usize {
    repaired(query_rule(query, "title: T\nreplace: x").unwrap(), &format!("import torch, queue\n{code}\n")).len()
}

#[test]
fn queries_find_and_replace() {
    let rule = || {
        let query = "(call function: (_) @callee arguments: (argument_list . (_) @first)\n  (#resolves-to? @callee \"torch.load\")) @report";
        query_rule(query, "title: T\nreplace: \"safe({first}, {other})\"").unwrap()
    };
    let text = "import torch\nclass A:\n    def f(self):\n        x = torch.load( 1, 2)\n\ntorch.save(1)\n";
    assert_eq!(
        repaired(rule(), text),
        [Some("import torch\nclass A:\n    def f(self):\n        x = safe(1, {other})\n\ntorch.save(1)\n".to_owned())]
    );
    assert_eq!(repaired(rule(), "load(1)\ntorch.load(1)\n"), [], "what is not known is silent");
}

#[test]
fn predicates_ask_the_index() {
    let is_a = "(call function: (attribute object: (_) @x) (#is-a? @x \"queue.Queue\")) @report";
    assert_eq!(matches(is_a, "q = queue.Queue()\nq.get()"), 1);
    assert_eq!(matches(is_a, "def f(q): q.get()"), 0);
    assert_eq!(matches(&is_a.replace("#is-a", "#not-is-a"), "def f(q): q.get()"), 0);
    let inherits = "(class_definition name: (_) @name) @class";
    let inherits = |name: &str| format!("({inherits} (#{name} @class \"torch.nn.Module\"))");
    let classes = "class A(torch.nn.Module): pass\nclass B(A): pass\nclass C: pass\nclass D(C, Unknown): pass";
    assert_eq!(matches(&inherits("inherits?"), classes), 2);
    assert_eq!(matches(&inherits("not-inherits?"), classes), 1);
    let lacks = "((call) @report (#lacks-argument? @report \"timeout\" \"1\"))";
    assert_eq!(matches(lacks, "f(1)\nf(1, 2)\nf(*a)\nf(timeout=1)"), 1);
    let inside = "((return_statement) @report (#inside? @report \"loop\" \"with\"))";
    assert_eq!(matches(inside, "def f():\n    for a in b:\n        return 1\n    return 2"), 1);
    assert_eq!(
        matches(&inside.replace("#inside", "#not-inside"), "def f():\n    for a in b:\n        return 1\n    return 2"),
        1
    );
    assert_eq!(matches("((identifier) @report (#match? @report \"^b.d$\"))", "bad\ngood"), 1);
}

#[test]
fn a_wrong_query_is_told() {
    let told = |query: &str| query_rule(query, "title: T\nreplace: x").unwrap_err();
    assert!(told("(call").contains("parentheses"));
    assert!(told("(cal) @x").contains("no node `cal`"));
    assert!(told("(call foo: (_)) @x").contains("no field `foo`"));
    assert!(told("(call)").contains("captures nothing"));
    assert!(told("\n((call) @x (#is-b? @x \"a\"))").contains("did you mean `#is-a?`"));
    assert!(told("((call) @x (#is-a? @x))").contains("takes a capture and then strings"));
    assert!(told("((call) @x (#inside? @x \"lop\"))").contains("did you mean `loop`"));
    assert!(told("((call) @x (#set! a \"b\"))").contains("mean nothing here"));
    assert!(query_rule("(call) @x", "title: T\nset: {a: '1'}").unwrap_err().contains("`replace`"));
}

#[test]
fn the_manuals_examples_are_rules() {
    let manual = include_str!("../../../../docs/writing-rules.md");
    let blocks: Vec<&str> =
        manual.split("````markdown\n").skip(1).filter_map(|rest| rest.split("````").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let page = Page::parse("x/own_rule.md", &page(block)).unwrap_or_else(|errors| panic!("{errors}\n{block}"));
        assert!(page.repair.is_some());
        assert!(DeclarativeRule::new(page).is_ok());
    }
}
