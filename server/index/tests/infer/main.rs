//! What inference says, as `reveal_type(x)  # expected` lines in small programs.

mod flow;
mod forward;
mod named;
mod open;
mod packed;

use std::sync::Arc;

use pyteam_index::infer::{Inference, Site, Type, Types};
use pyteam_index::{Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Expr, SourceText};

fn workspace(files: &[(&str, &str)]) -> Arc<Snapshot> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        let parsed = parse(SourceText::new(*text), &ParseLimits::default());
        assert!(!parsed.has_error, "{path} does not parse");
        workspace.set_file(path, Arc::new(parsed));
    }
    workspace.snapshot()
}

fn show(snapshot: &Snapshot, types: &Types) -> String {
    let mut all: Vec<String> = types.iter().map(|one| show_one(snapshot, one)).collect();
    all.sort();
    if all.is_empty() { "nothing".to_owned() } else { all.join(" | ") }
}

fn show_one(snapshot: &Snapshot, one: &Type) -> String {
    let inference = Inference::new(snapshot);
    match one {
        Type::Unknown => "?".into(),
        Type::None => "None".into(),
        Type::Module { path, .. } => format!("module {}", path.as_str().trim_start_matches('\0')),
        Type::External(path) => format!("external {path}"),
        Type::Instance { class, args, .. } if args.is_empty() => class.to_string(),
        Type::Instance { class, args, .. } => {
            let args: Vec<String> = args.iter().map(|arg| show(snapshot, arg)).collect();
            format!("{class}[{}]", args.join(", "))
        }
        Type::Method { class, name, .. } => format!("method {class}.{name}"),
        Type::Class(class) => format!("class {}", inference.class(*class).unwrap().name),
        Type::Object(class, _) => inference.class(*class).unwrap().name.to_string(),
        Type::Function(function, _) => format!("def {}", inference.function(*function).unwrap().name),
        Type::Manager(given) => format!("manager {}", show(snapshot, given)),
        Type::Awaitable(result) => format!("awaitable {}", show(snapshot, result)),
        Type::Tuple(items) => {
            let items: Vec<String> = items.iter().map(|item| show(snapshot, item)).collect();
            format!("({})", items.join(", "))
        }
        Type::Sequence(element) => format!("[{}]", show(snapshot, element)),
        Type::Mapping(value) => format!("{{{}}}", show(snapshot, value)),
        Type::TypeExpression(_) => "a type".into(),
        Type::Builtin(name) => (*name).to_owned(),
    }
}

/// Checks every `reveal_type(x)  # expected` of `files`.
#[track_caller]
fn check(files: &[(&str, &str)]) {
    let snapshot = workspace(files);
    let mut seen = 0;
    for file in snapshot.files() {
        for (item_index, facts) in file.facts.items.iter().enumerate() {
            let item = file.item(item_index as u32);
            for call in &facts.calls {
                let Expr::Call { func, args, .. } = item.expr(*call) else { continue };
                if !matches!(item.expr(*func), Expr::Name(name) if *name == "reveal_type") {
                    continue;
                }
                let inference = Inference::new(&snapshot);
                let types = inference.expr(Site { file: file.id, item: item_index as u32, expr: args[0].value });
                let range = file.absolute(item_index as u32, item.expr_range(*call));
                let line = file.source().line_text(file.source().lines().line_of(range.start()));
                let expected = line.split_once("# ").expect("an expectation").1;
                assert_eq!(show(&snapshot, &types), expected, "{}: {line}", file.path);
                seen += 1;
            }
        }
    }
    let wanted: usize = files.iter().map(|(_, text)| text.matches("reveal_type(").count()).sum();
    assert_eq!(seen, wanted);
}

#[test]
fn constructors_and_imports() {
    check(&[(
        "/w/a.py",
        "import queue, multiprocessing as mp\nfrom multiprocessing import Queue as Q\nimport queue as Queue\nimport torch.multiprocessing as tmp\n\
         def f():\n    from queue import LifoQueue\n    reveal_type(LifoQueue())  # queue.LifoQueue\n\
         reveal_type(queue.Queue())  # queue.Queue\nreveal_type(mp.Queue())  # multiprocessing.queues.Queue\n\
         reveal_type(Q(5))  # multiprocessing.queues.Queue\nreveal_type(Queue.Queue())  # queue.Queue\n\
         reveal_type(tmp.Queue())  # multiprocessing.queues.Queue\n\
         ctx = mp.get_context('spawn')\nreveal_type(ctx.Queue())  # multiprocessing.queues.Queue\n\
         m = mp.Manager()\nreveal_type(m.Queue())  # multiprocessing.managers.Queue\n\
         a, b = mp.Pipe()\nreveal_type(b)  # multiprocessing.connection.Connection\n\
         with mp.Manager() as n:\n    reveal_type(n.Event())  # threading.Event\n",
    )]);
}

#[test]
fn attributes_parameters_and_annotations() {
    check(&[(
        "/w/a.py",
        "import queue\nimport multiprocessing as mp\nfrom typing import Optional, TYPE_CHECKING\nif TYPE_CHECKING:\n    from multiprocessing.queues import Queue\n\
         class W:\n    events: 'queue.Queue[int]'\n    late = None\n    def __init__(self, inbox: Optional['Queue[str]'], raw):\n        self.q = queue.Queue()\n        self.inbox = inbox\n        self.raw = raw\n        self.late = mp.Event()\n        self.a, self.b = mp.Pipe()\n\
             \x20   def run(self):\n        reveal_type(self.q)  # queue.Queue\n        reveal_type(self.inbox)  # None | multiprocessing.queues.Queue[str]\n        reveal_type(self.raw)  # ?\n        reveal_type(self.events)  # queue.Queue[int]\n        reveal_type(self.late)  # None | multiprocessing.Event\n        reveal_type(self.a)  # multiprocessing.connection.Connection\n        reveal_type(self.q.get)  # method queue.Queue.get\n\
         def g(x: mp.Queue, y: 'mp.Queue | None', *zs: queue.Queue):\n    reveal_type(x)  # multiprocessing.queues.Queue\n    reveal_type(y)  # None | multiprocessing.queues.Queue\n    for z in zs:\n        reveal_type(z)  # queue.Queue\n",
    )]);
}

#[test]
fn containers_and_loops() {
    check(&[(
        "/w/a.py",
        "import multiprocessing as mp\n\
         ps = [mp.Process(target=print) for _ in range(3)]\nfor i, p in enumerate(ps):\n    reveal_type(p)  # multiprocessing.Process\n\
         remotes, works = zip(*[mp.Pipe() for _ in range(3)])\nreveal_type(remotes[0])  # multiprocessing.connection.Connection\n\
         for r, q in zip(remotes, ps):\n    reveal_type(q)  # multiprocessing.Process\n\
         d = {'a': mp.Queue()}\nreveal_type(d['a'])  # multiprocessing.queues.Queue\nfor k, v in d.items():\n    reveal_type(v)  # multiprocessing.queues.Queue\n",
    )]);
}

#[test]
fn a_later_binding_hides_an_earlier_one() {
    check(&[(
        "/w/a.py",
        "import yaml, queue\ndef f(flag):\n    q = {}\n    reveal_type(q)  # {nothing}\n    q = queue.Queue()\n    reveal_type(q)  # queue.Queue\n    if flag:\n        q = None\n    reveal_type(q)  # None | queue.Queue\n\
         def g():\n    yaml = open('x')\n    reveal_type(yaml)  # ?\n\
         def h(q=None):\n    if q is None:\n        q = queue.Queue()\n    reveal_type(q)  # ? | queue.Queue\n",
    )]);
}

#[test]
fn across_files() {
    check(&[
        ("/w/pkg/__init__.py", "from .core import Base, make\n"),
        (
            "/w/pkg/core.py",
            "import queue\nclass Base:\n    def __init__(self):\n        self.q = queue.Queue()\ndef make():\n    return queue.Queue(3)\n",
        ),
        (
            "/w/app/main.py",
            "import pkg\nfrom pkg import Base, make\nfrom pkg.core import Base as B2\nimport pkg.core\n\
             class D(Base):\n    def run(self):\n        reveal_type(self.q)  # queue.Queue\n\
             reveal_type(make())  # queue.Queue\nreveal_type(pkg.make())  # queue.Queue\nreveal_type(pkg.core.make())  # queue.Queue\nreveal_type(B2().q)  # queue.Queue\nreveal_type(D)  # class D\n",
        ),
        ("/w/app/queue.py", "def Queue():\n    return 1\n"),
        ("/w/app/other.py", "import queue\nreveal_type(queue.Queue())  # int\n"),
    ]);
}

#[test]
fn aliases_are_seen_through() {
    check(&[(
        "/w/a.py",
        "import queue\nfrom typing import Optional, Union\nclass A: pass\nclass B: pass\nM = A | B\nN = Union[A, B]\nQ = queue.Queue[M]\n\
         def f(m: M, n: Optional[N], q: Q):\n    reveal_type(m)  # A | B\n    reveal_type(n)  # A | B | None\n    reveal_type(q)  # queue.Queue[A | B]\n\
         reveal_type(queue.Queue[A]())  # queue.Queue[A]\n",
    )]);
}

#[test]
fn a_stand_in_for_a_failed_import_does_not_count() {
    check(&[
        ("/w/stand_in.py", "def load(path): ...\n"),
        (
            "/w/a.py",
            "try:\n    import torch\nexcept ImportError:\n    import stand_in as torch\n\n\ndef f():\n    reveal_type(torch.load)  # external torch.load\n\n\nreveal_type(torch.load)  # external torch.load\n",
        ),
    ]);
}
