//! Properties that hold for any text and any sequence of edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use pyteam_engine::runner::FindingCache;
use pyteam_engine::{CancelToken, Engine, Finding, Settings};
use pyteam_index::{Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::position::{PositionEncoding, to_offset, to_position};
use pyteam_syntax::{Document, Parsed, SourceText, TextRange, TextSize};

/// Programs that the rules have something to say about.
const PROGRAMS: &[(&str, &str)] = &[
    (
        "/w/shop/model.py",
        "from abc import ABC, abstractmethod\nimport queue\n\n\nclass Store(ABC):\n    @abstractmethod\n    def load(self, key): ...\n\n\nclass A(Store):\n    def load(self, key):\n        return key\n\n\nclass B(A): pass\n\n\nclass C(B):\n    q = queue.Queue()\n",
    ),
    (
        "/w/shop/main.py",
        "import queue\nimport multiprocessing as mp\nfrom shop.model import A, C\n\ninbox: queue.Queue = queue.Queue()\n\n\nclass D(C):\n    def __init__(self):\n        self.out = mp.Queue()\n        self.a, self.b = mp.Pipe()\n\n    def run(self):\n        while True:\n            message = inbox.get()\n            self.out.put({'type': 'x', 'n': 1})\n            self.a.recv()\n\n    def other(self):\n        # a comment 😀\n        return self.out.get()\n\n\ndef f(d):\n    inbox.put((1, 2))\n    d.out.put({'n': 2})\n    return torch.load('x')\n\n\nimport torch\nURL = 'redis://u:s3cret@h/0'\n",
    ),
    (
        "/w/shop/flow.py",
        "import multiprocessing as mp\nimport queue\nfrom functools import partial\nfrom shop.main import inbox\n\nALL = []\n\n\ndef consume(q, stop=None):\n    while True:\n        q.get()\n\n\nclass Stage:\n    def __init__(self, q):\n        self.q = q\n        self.all = []\n\n    def take(self, other):\n        other.get()\n        return self.q.get()\n\n    def fill(self):\n        self.all.append(mp.Queue())\n        for one in self.all:\n            one.get()\n\n\ndef start():\n    q = mp.Queue()\n    mp.Process(target=consume, args=(q,)).start()\n    stage = Stage(q)\n    stage.take(inbox)\n    ALL.append(q)\n    pass_on(partial(consume, q))\n\n\ndef pass_on(f):\n    ALL[0].get()\n    f()\n",
    ),
    (
        "/w/shop/more.py",
        "import queue\nfrom shop.flow import Stage, consume\n\n\nclass Late(Stage):\n    def take(self, other):\n        other.get()\n        self.extra.get()\n\n\nlate = Late(queue.Queue())\nlate.extra = queue.Queue()\nconsume(queue.Queue())\n",
    ),
];

/// What is typed: half words, whole lines, brackets, quotes, line ends of all kinds.
const TYPED: &[&str] = &[
    "",
    "x",
    ".",
    "(",
    ")",
    "'",
    "\"\"\"",
    "\n",
    "\r\n",
    "\r",
    "    ",
    "\t",
    "#",
    "timeout=1",
    "get",
    "put",
    "def g():\n    ",
    "class E(D):\n    pass\n",
    "import os\n",
    "😀",
    "e\u{301}",
    "self.",
    "while True:\n        ",
    "= queue.Queue()",
    ":",
    "pass",
    "{",
    "return ",
    "async ",
    "\\",
    "\u{feff}",
    "lambda: ",
    "try:\n",
    "@",
    "*",
    "q = inbox\n",
    "consume(queue.Queue())\n",
    "consume(3)\n",
    "mp.Process(target=consume, args=(inbox,)).start()\n",
    "stage.take(mp.Queue())\n",
    "ALL.append(inbox)\n",
    "late.q = 3\n",
    "self.q = other\n",
    "def take(self, other): return other.get()\n",
    "class Other(Late): pass\n",
    "from shop.flow import *\n",
];

#[derive(Clone, Debug)]
struct Typing {
    file: usize,
    /// In ten-thousandths of the text.
    at: usize,
    deleted: usize,
    inserted: usize,
}

fn typing() -> impl Strategy<Value = Typing> {
    let file = 0..PROGRAMS.len();
    let deleted = prop_oneof![3 => Just(0usize), 2 => 1..4usize, 1 => 4..80usize];
    (file, 0..10_000usize, deleted, 0..TYPED.len()).prop_map(|(file, at, deleted, inserted)| Typing {
        file,
        at,
        deleted,
        inserted,
    })
}

/// Everything that a finding says, independent of numbers that differ between workspaces.
fn say(snapshot: &Snapshot, finding: &Finding) -> String {
    let path = |id| snapshot.file(id).map(|file| file.path.to_string());
    let related: Vec<_> = finding.related.iter().map(|one| (path(one.file), one.range, &one.message)).collect();
    format!(
        "{} {} {:?} {:?} {} {related:?} {:?} {:?}",
        finding.code,
        finding.severity,
        path(finding.file),
        finding.range,
        finding.message,
        finding.channel,
        finding.fix
    )
}

fn findings(engine: &Engine, snapshot: &Snapshot, caches: &mut BTreeMap<String, FindingCache>) -> Vec<String> {
    let settings = Settings::default();
    let mut all = Vec::new();
    for file in snapshot.files() {
        let cache = caches.entry(file.path.to_string()).or_default();
        let found = engine.check_file(snapshot, file, &settings, Some(cache), &CancelToken::default());
        let found = found.unwrap_or_else(|_| panic!("nobody cancelled"));
        all.extend(found.iter().map(|finding| say(snapshot, finding)));
    }
    all.sort();
    all
}

fn shapes(parsed: &Parsed) -> Vec<(TextRange, Option<u32>, bool, u64)> {
    parsed.items.iter().map(|slot| (slot.range(), slot.parent, slot.recovered, slot.item.shape())).collect()
}

fn cases(default: u32) -> ProptestConfig {
    // PROPTEST_CASES raises it, for a long run.
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(150))]

    /// Whatever is typed, in whatever order, the findings are those of a fresh start on the same texts.
    #[test]
    fn edits_end_where_a_fresh_start_ends(edits in prop::collection::vec(typing(), 1..25)) {
        let engine = Engine::new(pyteam_rules::all());
        let limits = ParseLimits::default();
        let mut documents: Vec<Document> = PROGRAMS.iter().map(|(_, text)| Document::new(*text)).collect();
        let mut workspace = Workspace::new();
        let mut caches = BTreeMap::new();
        for (document, (path, _)) in documents.iter_mut().zip(PROGRAMS) {
            workspace.set_file(path, document.parse(&limits));
        }
        workspace.set_complete(true);
        findings(&engine, &workspace.snapshot(), &mut caches);
        for edit in &edits {
            let document = &mut documents[edit.file];
            let length = document.text().len();
            let start = length * edit.at / 10_000;
            let end = (start + edit.deleted).min(length);
            document.edit(TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32)), TYPED[edit.inserted]);
            // Every other edit is followed by a look, so that edits arrive one by one and in heaps.
            if edit.deleted % 2 == 0 {
                let parsed = document.settle(&limits);
                let fresh = parse(SourceText::new(document.text()), &limits);
                prop_assert_eq!(shapes(&parsed), shapes(&fresh), "{:?}", document.text());
                prop_assert_eq!(&parsed.comments, &fresh.comments);
                workspace.set_file(PROGRAMS[edit.file].0, parsed);
                findings(&engine, &workspace.snapshot(), &mut caches);
            }
        }
        let mut fresh = Workspace::new();
        for (document, (path, _)) in documents.iter_mut().zip(PROGRAMS) {
            workspace.set_file(path, document.parse(&limits));
            fresh.set_file(path, Arc::new(parse(SourceText::new(document.text()), &limits)));
        }
        fresh.set_complete(true);
        let incremental = findings(&engine, &workspace.snapshot(), &mut caches);
        let from_scratch = findings(&engine, &fresh.snapshot(), &mut BTreeMap::new());
        prop_assert_eq!(incremental, from_scratch);
    }

    /// A fix on whatever was typed leaves no new syntax error.
    #[test]
    fn a_fix_on_random_code_parses(edits in prop::collection::vec(typing(), 0..8)) {
        let engine = Engine::new(pyteam_rules::all());
        let limits = ParseLimits::default();
        let settings = Settings::default();
        let mut workspace = Workspace::new();
        for (at, (path, text)) in PROGRAMS.iter().enumerate() {
            let mut document = Document::new(*text);
            for edit in edits.iter().filter(|edit| edit.file == at) {
                let length = document.text().len();
                let start = length * edit.at / 10_000;
                let end = (start + edit.deleted).min(length);
                document.edit(TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32)), TYPED[edit.inserted]);
            }
            workspace.set_file(path, document.parse(&limits));
        }
        workspace.set_complete(true);
        let snapshot = workspace.snapshot();
        for file in snapshot.files() {
            let Ok(found) = engine.check_file(&snapshot, file, &settings, None, &CancelToken::default()) else { continue };
            for finding in found {
                for fix in engine.fixes(&snapshot, &settings, &finding) {
                    for (id, edits) in &fix.edits {
                        let file = snapshot.file(*id).expect("a fix edits files that exist");
                        let after = pyteam_syntax::edit::apply(file.source().as_str(), edits);
                        let after = after.expect("edits of a fix fit the text");
                        let fixed = parse(SourceText::new(after.clone()), &limits);
                        prop_assert!(!fixed.has_error || file.parsed.has_error, "{} broke:\n{after}", fix.title);
                    }
                }
            }
        }
    }

    /// Offsets survive the way to an editor and back, in every encoding.
    #[test]
    fn positions_round_trip(text in "(\\PC|\n|\r\n|\r|😀|e\u{301}){0,60}", at in 0..10_000usize) {
        let source = SourceText::new(text.as_str());
        let mut at = text.len() * at / 10_000;
        while !text.is_char_boundary(at) || (at > 0 && text.as_bytes()[at - 1] == b'\r' && text.as_bytes().get(at) == Some(&b'\n')) {
            at -= 1;
        }
        let offset = TextSize::new(at as u32);
        for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
            let position = to_position(&source, offset, encoding);
            prop_assert_eq!(to_offset(&source, position, encoding), offset);
        }
    }
}
