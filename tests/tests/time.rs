//! What a long file costs. Each test holds two measurements of one process against one another, each the best of
//! several, so that a slow or busy machine changes both.
#![cfg(unix)]

use std::time::Duration;

use pyteam_engine::runner::FindingCache;
use pyteam_engine::{CancelToken, Engine, Settings};
use pyteam_index::Workspace;
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Document, SourceText, TextRange, TextSize};

const PATH: &str = "/w/long.py";

/// How long this thread has worked. The time it waits for a processor that other programs have is not in it.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("no time before the thread began")
}

fn best(repetitions: usize, mut run: impl FnMut() -> Duration) -> Duration {
    (0..repetitions).map(|_| run()).min().unwrap_or_default()
}

/// `count` lines of comments in a function: there the end of each may be the end of a block.
fn comments(count: usize) -> String {
    let lines: String = (0..count).map(|at| format!("    # a comment, line {at}\n")).collect();
    format!("def first():\n    x = 1\n{lines}    return x\n\n\ndef last(): pass\n")
}

/// `count` lines of functions.
fn functions(count: usize) -> String {
    let function = |at: usize| {
        format!(
            "def work_{at}(inbox, limit={at}):\n    sizes = [limit * step for step in range(1, 4)]\n    total = 0\n    for size in sizes:\n        if size > {at}:\n            total += size // 2\n        else:\n            total -= size\n    return total, f\"{{inbox}}\"\n\n"
        )
    };
    (0..count / 10).map(function).collect()
}

/// The best time from a character typed in the middle of `text` to the findings.
fn keystroke(engine: &Engine, text: &str) -> Duration {
    let (limits, settings) = (ParseLimits::default(), Settings::default());
    let mut document = Document::new(text);
    let mut workspace = Workspace::new();
    let mut cache = FindingCache::default();
    let mut look = |document: &mut Document| {
        let parsed = document.parse(&limits);
        assert_eq!(parsed.unanalyzed, None);
        workspace.set_file(PATH, parsed);
        workspace.set_complete(true);
        let snapshot = workspace.snapshot();
        let file = snapshot.file_at(PATH).expect("it was set");
        engine.check_file(&snapshot, file, &settings, Some(&mut cache), &CancelToken::default()).is_ok()
    };
    assert!(look(&mut document));
    // The end of a line.
    let middle = text.len() / 2 + text[text.len() / 2..].find('\n').unwrap_or_default();
    let middle = TextSize::new(middle as u32);
    let mut is_typed = false;
    best(10, || {
        let start = worked();
        let typed = TextRange::at(middle, TextSize::new(1));
        if is_typed {
            document.edit(typed, "");
        } else {
            document.edit(TextRange::empty(middle), "1");
        }
        is_typed = !is_typed;
        assert!(look(&mut document));
        worked().saturating_sub(start)
    })
}

#[test]
fn a_keystroke_among_comments_costs_what_one_in_code_does() {
    let engine = Engine::new(pyteam_rules::all());
    let among_comments = keystroke(&engine, &comments(60_000));
    let in_code = keystroke(&engine, &functions(60_000));
    assert!(among_comments <= in_code * 2, "{among_comments:?} among comments, {in_code:?} in code");
}

/// Texts of about `count` lines that are mostly comments.
fn runs(count: usize) -> Vec<(&'static str, String)> {
    let lines =
        |line: &dyn Fn(usize) -> String, end: &str| (0..count).map(|at| line(at) + end).collect::<Vec<_>>().concat();
    let plain = |at: usize| format!("# line {at}");
    let indented = |at: usize| format!("    # line {at}");
    let stepped = |at: usize| format!("{}# line {at}\n", " ".repeat(at % 13));
    let run = lines(&indented, "\n");
    vec![
        ("at module level", lines(&plain, "\n")),
        ("with `\\r\\n`", lines(&plain, "\r\n")),
        ("with `\\r`", lines(&plain, "\r")),
        ("without words", lines(&|_| "#".to_owned(), "\n")),
        ("of code that was commented out", lines(&|at| format!("# print(\"it's {at}\") \\"), "\n")),
        ("in a function", format!("def f():\n    x = 1\n{run}    return x\n")),
        ("at the end of a class", format!("class A:\n  def f(self):\n    x = 1\n{run}")),
        ("of many depths", format!("class A:\n  def f(self):\n    x = 1\n{}", lines(&stepped, "\n"))),
        ("between `if` and `else`", format!("if x:\n    pass\n{run}else:\n    pass\n")),
        ("behind a decorator", format!("@x\n{run}def f(): pass\n")),
        ("in brackets", format!("x = [\n{run}]\n")),
        ("behind an open bracket", format!("x = [\n{run}y = 1\n")),
        ("behind an open string", format!("x = \"\"\"\n{run}y = 1\n")),
        ("behind an error", format!("def f(:\n{run}y = 1\n")),
        ("behind a line continuation", format!("x = 1 \\\n{run}y = 1\n")),
        ("with code now and then", lines(&|at| if at % 100 == 0 { "x = 1".to_owned() } else { plain(at) }, "\n")),
    ]
}

#[test]
fn comments_cost_linear_time() {
    let limits = ParseLimits::default();
    let time = |text: &str| {
        best(3, || {
            let source = SourceText::new(text);
            let start = worked();
            let parsed = parse(source, &limits);
            assert_eq!(parsed.unanalyzed, None);
            worked().saturating_sub(start)
        })
    };
    for ((name, short), (_, long)) in runs(10_000).into_iter().zip(runs(60_000)) {
        let (short, long) = (time(&short), time(&long));
        assert!(long <= short * 15 + Duration::from_millis(5), "{name}: {short:?} became {long:?}");
    }
}

/// Programs of `count` parts, each of which has to do with all others.
fn programs(count: usize) -> Vec<(&'static str, String)> {
    let parts = |part: &dyn Fn(usize) -> String| (0..count).map(part).collect::<String>();
    let import = "import queue\nimport multiprocessing as mp\n";
    vec![
        (
            "one name, defined again",
            import.to_owned() + &parts(&|_| "def f(q):\n    q.get()\n".into()) + "f(queue.Queue())\n",
        ),
        (
            "one variable, assigned again",
            format!("{import}def f():\n    q = queue.Queue()\n{}    q.get()\n", parts(&|_| "    q = q\n".into())),
        ),
        (
            "one queue, put into everywhere",
            format!(
                "{import}q = queue.Queue()\ndef g():\n    while True:\n        m = q.get()\n        print(m['kind'])\n"
            ) + &parts(&|at| format!("def f{at}():\n    q.put({{'a{at}': {at}, 'kind': 'k{at}'}})\n")),
        ),
        (
            "processes at module level",
            format!("{import}def w(): pass\n") + &parts(&|at| format!("p{at} = mp.Process(target=w)\np{at}.start()\n")),
        ),
        (
            "interfaces and implementers",
            "from abc import ABC, abstractmethod\n".to_owned()
                + &parts(&|at| {
                    format!(
                        "class C{at}(ABC):\n    @abstractmethod\n    def f(self): ...\nclass D{at}(C{at}):\n    def f(self): return {at}\n"
                    )
                }),
        ),
    ]
}

#[test]
fn findings_do_not_cost_the_cube_of_a_file_s_length() {
    let engine = Engine::new(pyteam_rules::all());
    let time = |text: &str| {
        let mut workspace = Workspace::new();
        workspace.set_file(PATH, parse(SourceText::new(text), &ParseLimits::default()).into());
        workspace.set_complete(true);
        best(3, || {
            let snapshot = workspace.snapshot();
            let file = snapshot.file_at(PATH).expect("it was set");
            let start = worked();
            assert!(engine.check_file(&snapshot, file, &Settings::default(), None, &CancelToken::default()).is_ok());
            worked().saturating_sub(start)
        })
    };
    for ((name, short), (_, long)) in programs(400).into_iter().zip(programs(1_600)) {
        let (short, long) = (time(&short), time(&long));
        // Four times as much; the cube of that is 64.
        assert!(long <= short * 28 + Duration::from_millis(20), "{name}: {short:?} became {long:?}");
    }
}
