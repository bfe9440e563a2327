//! Programs, and what may be typed into them: for properties that hold whatever is typed.

use proptest::prelude::*;
use pyteam_syntax::{Document, TextRange, TextSize};

/// Programs that the rules have something to say about.
pub const PROGRAMS: &[(&str, &str)] = &[
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

/// One edit.
#[derive(Clone, Debug)]
pub struct Typing {
    /// Which file, of however many there are.
    pub file: usize,
    /// Where, in ten-thousandths of the text.
    at: usize,
    /// How many bytes go.
    pub deleted: usize,
    /// Which of the texts comes.
    inserted: usize,
}

/// Any edit.
pub fn typing() -> impl Strategy<Value = Typing> {
    let file = 0..1000usize;
    let deleted = prop_oneof![3 => Just(0usize), 2 => 1..4usize, 1 => 4..80usize];
    (file, 0..10_000usize, deleted, 0..1000usize).prop_map(|(file, at, deleted, inserted)| Typing {
        file,
        at,
        deleted,
        inserted,
    })
}

impl Typing {
    /// Makes the edit; what comes is one of the usual texts, or one of `lines`.
    pub fn apply(&self, document: &mut Document, lines: &[String]) {
        let length = document.text().len();
        let start = length * self.at / 10_000;
        let end = (start + self.deleted).min(length);
        let inserted = match self.inserted % (TYPED.len() + lines.len()) {
            at if at < TYPED.len() => TYPED[at],
            at => &lines[at - TYPED.len()],
        };
        document.edit(TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32)), inserted);
    }
}

/// How many cases are tried: `PROPTEST_CASES` raises it, for a long run.
pub fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
