//! Tables: what creates a queue, a process or a lock, under which names, and which annotations mean what.

use std::rc::Rc;

use pyteam_syntax::Name;

use crate::infer::types::Types;
use crate::infer::{Site, Type};

/// Modules that are other modules under another name, longest prefix first.
const SAME_MODULE: &[(&str, &str)] = &[
    ("torch.multiprocessing.", "multiprocessing."),
    ("multiprocess.", "multiprocessing."),
    ("billiard.", "multiprocessing."),
    ("six.moves.queue.", "queue."),
    ("Queue.", "queue."),
    ("typing_extensions.", "typing."),
    ("collections.abc.", "typing."),
    ("multiprocessing.dummy.", "threading."),
    ("asyncio.events.", "asyncio."),
    ("asyncio.queues.", "asyncio."),
    ("concurrent.futures.thread.", "concurrent.futures."),
    ("concurrent.futures.process.", "concurrent.futures."),
    ("concurrent.futures._base.", "concurrent.futures."),
    ("torch.nn.modules.module.", "torch.nn."),
    ("torch.serialization.", "torch."),
];

/// Names that mean the same thing.
const SAME_NAME: &[(&str, &str)] = &[
    ("typing.List", "builtins.list"),
    ("typing.Dict", "builtins.dict"),
    ("typing.Tuple", "builtins.tuple"),
    ("typing.Set", "builtins.set"),
    ("typing.Type", "builtins.type"),
    ("typing.Deque", "collections.deque"),
    ("multiprocessing.process.BaseProcess", "multiprocessing.Process"),
    ("multiprocessing.context.Process", "multiprocessing.Process"),
    ("multiprocessing.context.SpawnProcess", "multiprocessing.Process"),
    ("multiprocessing.context.ForkProcess", "multiprocessing.Process"),
    ("multiprocessing.context.ForkServerProcess", "multiprocessing.Process"),
    ("multiprocessing.process.Process", "multiprocessing.Process"),
    ("multiprocessing.connection.PipeConnection", "multiprocessing.connection.Connection"),
    ("multiprocessing.connection._ConnectionBase", "multiprocessing.connection.Connection"),
    ("multiprocessing.Pool", "multiprocessing.pool.Pool"),
    ("multiprocessing.synchronize.Event", "multiprocessing.Event"),
    ("multiprocessing.synchronize.Lock", "multiprocessing.Lock"),
    ("multiprocessing.synchronize.RLock", "multiprocessing.RLock"),
    ("multiprocessing.synchronize.Condition", "multiprocessing.Condition"),
    ("multiprocessing.synchronize.Semaphore", "multiprocessing.Semaphore"),
    ("multiprocessing.synchronize.Barrier", "multiprocessing.Barrier"),
    ("multiprocessing.managers.SharedMemoryManager", "multiprocessing.managers.SyncManager"),
    ("multiprocessing.sharedctypes.Synchronized", "multiprocessing.Value"),
    ("multiprocessing.sharedctypes.SynchronizedArray", "multiprocessing.Array"),
    ("multiprocessing.sharedctypes.SynchronizedString", "multiprocessing.Array"),
];

/// The one name under which a thing is known here, whatever its import path.
pub fn canonical(path: Name) -> Name {
    let text = path.as_str();
    for (alias, module) in SAME_MODULE {
        if let Some(rest) = text.strip_prefix(alias) {
            return canonical_name(&format!("{module}{rest}"));
        }
    }
    match SAME_NAME.iter().find(|(alias, _)| *alias == text) {
        Some((_, name)) => Name::new(name),
        None => path,
    }
}

fn canonical_name(text: &str) -> Name {
    Name::new(SAME_NAME.iter().find(|(alias, _)| *alias == text).map_or(text, |(_, name)| name))
}

/// Factories of `multiprocessing` and of its contexts: the name and the class of what it makes.
const PROCESS_FACTORIES: &[(&str, &str)] = &[
    ("Queue", "multiprocessing.queues.Queue"),
    ("JoinableQueue", "multiprocessing.queues.JoinableQueue"),
    ("SimpleQueue", "multiprocessing.queues.SimpleQueue"),
    ("Process", "multiprocessing.Process"),
    ("Pool", "multiprocessing.pool.Pool"),
    ("Event", "multiprocessing.Event"),
    ("Lock", "multiprocessing.Lock"),
    ("RLock", "multiprocessing.RLock"),
    ("Condition", "multiprocessing.Condition"),
    ("Semaphore", "multiprocessing.Semaphore"),
    ("BoundedSemaphore", "multiprocessing.Semaphore"),
    ("Barrier", "multiprocessing.Barrier"),
    ("Value", "multiprocessing.Value"),
    ("Array", "multiprocessing.Array"),
    ("Manager", "multiprocessing.managers.SyncManager"),
];

/// Factories of a manager: proxies to objects in its process.
const MANAGER_FACTORIES: &[(&str, &str)] = &[
    ("Queue", "multiprocessing.managers.Queue"),
    ("JoinableQueue", "multiprocessing.managers.Queue"),
    ("Event", "threading.Event"),
    ("Lock", "threading.Lock"),
    ("RLock", "threading.RLock"),
    ("Condition", "threading.Condition"),
    ("Semaphore", "threading.Semaphore"),
    ("Barrier", "threading.Barrier"),
    ("Value", "multiprocessing.managers.ValueProxy"),
    ("Array", "multiprocessing.managers.ArrayProxy"),
    ("dict", "multiprocessing.managers.DictProxy"),
    ("list", "multiprocessing.managers.ListProxy"),
    ("Namespace", "multiprocessing.managers.Namespace"),
    ("Pool", "multiprocessing.pool.Pool"),
];

/// Other calls that make an object whose class has another name, or none of its own.
const FACTORIES: &[(&str, &str)] = &[
    ("multiprocessing.get_context", "multiprocessing.context.BaseContext"),
    ("multiprocessing.pool.ThreadPool", "multiprocessing.pool.Pool"),
    ("threading.Pool", "multiprocessing.pool.Pool"),
    ("threading.BoundedSemaphore", "threading.Semaphore"),
    ("threading.Timer", "threading.Thread"),
    ("threading.Process", "threading.Thread"),
    ("asyncio.create_subprocess_exec", "asyncio.subprocess.Process"),
    ("asyncio.create_task", "asyncio.Task"),
    ("asyncio.get_event_loop", "asyncio.AbstractEventLoop"),
    ("asyncio.get_running_loop", "asyncio.AbstractEventLoop"),
    ("asyncio.new_event_loop", "asyncio.AbstractEventLoop"),
    ("asyncio.ensure_future", "asyncio.Task"),
    ("asyncio.run_coroutine_threadsafe", "concurrent.futures.Future"),
    ("socket.socket", "socket.socket"),
    ("socket.create_connection", "socket.socket"),
];

fn connection(site: Site) -> Types {
    Types::one(Type::instance("multiprocessing.connection.Connection", Some(site)))
}

/// Whether objects of this class are followed from where they are made to where they are used.
pub fn is_tracked(class: &str) -> bool {
    ["queue.", "multiprocessing.", "threading.", "asyncio.", "concurrent.futures.", "subprocess.", "socket."]
        .iter()
        .any(|module| class.starts_with(module))
}

/// Whether an object of class `made` is what somebody means who writes `said` in an annotation. Queues of all modules
/// are taken for one another, and proxies for what they stand for.
pub fn may_stand_for(made: &str, said: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    made == said || last(made) == last(said) || (made.ends_with("Queue") && said.ends_with("Queue"))
}

/// Whether a function or method of this name takes a function among its positional arguments, to call it later.
pub fn passes_on(name: &str) -> bool {
    matches!(
        name,
        "submit"
            | "map"
            | "imap"
            | "imap_unordered"
            | "starmap"
            | "map_async"
            | "starmap_async"
            | "apply"
            | "apply_async"
            | "run_in_executor"
            | "to_thread"
            | "run_sync"
            | "partial"
            | "partialmethod"
            | "spawn"
            | "start_new_thread"
            | "start_processes"
            | "call_soon"
            | "call_soon_threadsafe"
            | "call_later"
            | "call_at"
            | "register"
            | "finalize"
            | "signal"
            | "add_signal_handler"
            | "add_reader"
            | "add_writer"
            | "Thread"
            | "Process"
            | "Timer"
            | "wraps"
    )
}

/// What calling the outside function or class `path` (canonical) makes.
pub fn call(path: &str, site: Site) -> Option<Type> {
    if let Some(name) = path.strip_prefix("multiprocessing.") {
        if name == "Pipe" {
            return Some(Type::Tuple(Rc::from([connection(site), connection(site)])));
        }
        if let Some(class) = lookup(PROCESS_FACTORIES, name) {
            return Some(Type::instance(class, Some(site)));
        }
    }
    if let Some(class) = lookup(FACTORIES, path) {
        return Some(Type::instance(class, Some(site)));
    }
    match path {
        "builtins.range" => return Some(Type::Builtin("range")),
        "builtins.str" | "builtins.repr" => return Some(Type::Builtin("str")),
        "builtins.int" | "builtins.len" | "builtins.round" | "builtins.hash" | "builtins.id" | "builtins.ord"
        | "time.time_ns" | "os.getpid" => {
            return Some(Type::Builtin("int"));
        }
        "builtins.float" | "time.time" | "time.monotonic" | "time.perf_counter" => return Some(Type::Builtin("float")),
        "builtins.bool" | "builtins.isinstance" | "builtins.callable" => return Some(Type::Builtin("bool")),
        "builtins.bytes" => return Some(Type::Builtin("bytes")),
        "builtins.dict" => return Some(Type::Builtin("dict")),
        _ => {}
    }
    is_class_name(path).then(|| Type::instance(path, Some(site)))
}

/// Whether the dotted `path` is a class, by convention: its name is capitalised. One in capitals throughout may be a
/// class, too (`SMTP`, `YOLO`), where it is no constant (`MAX_SIZE`), no type variable (`T`), and not one of the
/// functions that have such names.
fn is_class_name(path: &str) -> bool {
    let Some((module, last)) = path.rsplit_once('.') else { return false };
    if !last.starts_with(|c: char| c.is_ascii_uppercase()) {
        return false;
    }
    if last.contains(|c: char| c.is_ascii_lowercase()) {
        return true;
    }
    let is_constant = last.contains('_') || last.chars().filter(char::is_ascii_alphabetic).count() < 2;
    let is_function = match module {
        // `WEXITSTATUS`, `ISEOF`: macros of C.
        "os" | "posix" | "stat" | "token" | "curses" => true,
        "ctypes" => last.ends_with("FUNCTYPE") || last == "POINTER",
        "xml.etree.ElementTree" | "xml.etree.cElementTree" | "lxml.etree" | "lxml.html" | "IPython.display" => {
            matches!(last, "XML" | "XMLID" | "HTML" | "XMLDTDID")
        }
        // No name of the language itself, but one that was not found.
        "builtins" => true,
        _ => false,
    };
    !is_constant && !is_function
}

/// What calling a method of an outside object makes.
pub fn method_call(class: &str, method: &str, site: Site) -> Option<Type> {
    let made = match class {
        "multiprocessing.context.BaseContext" => {
            if method == "Pipe" {
                return Some(Type::Tuple(Rc::from([connection(site), connection(site)])));
            }
            lookup(PROCESS_FACTORIES, method)
        }
        "multiprocessing.managers.SyncManager" | "multiprocessing.managers.BaseManager" => {
            lookup(MANAGER_FACTORIES, method)
        }
        "concurrent.futures.ThreadPoolExecutor"
        | "concurrent.futures.ProcessPoolExecutor"
        | "concurrent.futures.Executor" => (method == "submit").then_some("concurrent.futures.Future"),
        "multiprocessing.pool.Pool" => matches!(method, "apply_async" | "map_async" | "starmap_async")
            .then_some("multiprocessing.pool.AsyncResult"),
        "multiprocessing.connection.Listener" => {
            (method == "accept").then_some("multiprocessing.connection.Connection")
        }
        _ => None,
    };
    made.map(|class| Type::instance(class, Some(site)))
}

/// The class that annotating with `path` (canonical) means: `multiprocessing.Queue` is a method, and whoever
/// writes it as an annotation means what it makes.
pub fn annotated_class(path: Name) -> Name {
    let text = path.as_str();
    let made = text.strip_prefix("multiprocessing.").and_then(|name| lookup(PROCESS_FACTORIES, name));
    made.or_else(|| lookup(FACTORIES, text)).map_or(path, Name::new)
}

/// The value that a built-in class makes, as an annotation.
pub fn builtin_class(path: &str) -> Option<Type> {
    Some(match path {
        "builtins.str" => Type::Builtin("str"),
        "builtins.bytes" => Type::Builtin("bytes"),
        "builtins.int" => Type::Builtin("int"),
        "builtins.float" => Type::Builtin("float"),
        "builtins.bool" => Type::Builtin("bool"),
        "builtins.dict" | "typing.Mapping" | "typing.MutableMapping" => Type::Mapping(Rc::new(Types::unknown())),
        "builtins.list" | "builtins.set" | "builtins.tuple" | "typing.Sequence" | "typing.Iterable" => {
            Type::Sequence(Rc::new(Types::unknown()))
        }
        _ => return None,
    })
}

/// Annotations that say nothing of the value.
pub fn is_opaque_annotation(path: &str) -> bool {
    matches!(path, "typing.Any" | "builtins.object" | "typing.Self" | "typing.Callable" | "builtins.type")
}

/// Generic classes whose first argument is what iterating gives.
pub fn is_sequence(path: &str) -> bool {
    matches!(
        path,
        "builtins.list"
            | "builtins.set"
            | "builtins.frozenset"
            | "collections.deque"
            | "typing.Sequence"
            | "typing.Iterable"
            | "typing.Iterator"
            | "typing.Collection"
            | "typing.MutableSequence"
            | "typing.Generator"
            | "typing.AbstractSet"
            | "typing.FrozenSet"
            | "typing.MutableSet"
            | "typing.Reversible"
    )
}

/// Generic classes whose second argument is what subscripting gives.
pub fn is_mapping(path: &str) -> bool {
    matches!(
        path,
        "builtins.dict"
            | "typing.Mapping"
            | "typing.MutableMapping"
            | "collections.defaultdict"
            | "typing.DefaultDict"
            | "collections.OrderedDict"
            | "typing.OrderedDict"
    )
}

/// Bases that add no attributes worth following.
pub fn says_nothing(path: &str) -> bool {
    matches!(
        path,
        "builtins.object"
            | "abc.ABC"
            | "typing.Generic"
            | "typing.Protocol"
            | "enum.Enum"
            | "typing.NamedTuple"
            | "typing.TypedDict"
    )
}

fn lookup<'t>(table: &'t [(&str, &'t str)], name: &str) -> Option<&'t str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, class)| *class)
}
