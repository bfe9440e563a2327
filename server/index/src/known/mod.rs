//! What is known of the standard library and of well-known ones: what makes a queue, a process or a lock, which methods
//! put, take, wait or end, how a wait is given a bound, what blocks an event loop, and what a function is passed to.
//! All of it stands in the `*.toml` beside this file: a row there is enough for hover, every rule and every answer.

mod library;
mod schema;

use std::rc::Rc;

use pyteam_syntax::Name;

use self::library::LIBRARY;
pub use self::schema::{
    Action, Between, Blocking, BlockingKind, ClassKind, DataUse, FileAccess, Holds, JoinArg, KnownClass, KnownFunction,
    KnownMethod, Loader, LoaderKind, ModelUse, OnTimeout, Opening, Passing, Storage, StreamKind, TimeoutArg, WorkKind,
};
use crate::infer::types::Types;
use crate::infer::{Site, Type};

/// The one name under which a thing is known here, whatever its import path.
pub fn canonical(path: Name) -> Name {
    let text = path.as_str();
    let moved = LIBRARY.modules.iter().find_map(|(alias, module)| {
        let rest = text.strip_prefix(&**alias)?;
        Some(Name::new(&format!("{module}{rest}")))
    });
    let path = moved.unwrap_or(path);
    LIBRARY.names.get(&path).copied().unwrap_or(path)
}

/// What is known of the class of that canonical name.
pub fn class(name: Name) -> Option<&'static KnownClass> {
    LIBRARY.classes.get(&name)
}

/// What the class of that canonical name is.
pub fn kind(class: Name) -> Option<ClassKind> {
    LIBRARY.kind(class)
}

/// What is known of a method of the class of that canonical name; `""` calls the object itself.
pub fn method(class: Name, name: Name) -> Option<&'static KnownMethod> {
    LIBRARY.methods.get(&(class, name))
}

/// What is known of the function of that canonical name.
pub fn function(path: Name) -> Option<&'static KnownFunction> {
    LIBRARY.functions.get(&path)
}

/// How the function or class of that canonical name blocks, or the method of a class.
pub fn blocking(owner: Name, name: Name) -> Option<&'static Blocking> {
    let by_path = || function(Name::new(&format!("{owner}.{name}"))).map(|one| &one.blocking);
    method(owner, name).map(|one| &one.blocking).or_else(by_path)
}

/// What calling the function, the class or the method does with a file.
pub fn file_access(callee: &Type) -> Option<FileAccess> {
    match callee {
        Type::External(path) => {
            let path = canonical(*path);
            let by_class = || class(path)?.file;
            function(path).and_then(|one| one.blocking.file).or_else(by_class)
        }
        Type::Method { class, name, .. } => method(*class, *name)?.blocking.file,
        _ => None,
    }
}

/// Whether calls of functions and methods of that last name raise by what is outside the program (`Some(true)`), hardly
/// ever (`Some(false)`), or as most code does.
pub fn fails(name: Name) -> Option<bool> {
    let failures = &LIBRARY.failures;
    if failures.likely.contains(&name) {
        return Some(true);
    }
    failures.never.contains(&name).then_some(false)
}

/// Whether functions and classes of the module of the dotted path hardly ever raise.
pub fn is_of_safe_module(path: Name) -> bool {
    let module = path.as_str().split('.').next().unwrap_or_default();
    LIBRARY.failures.modules.contains(&Name::new(module))
}

/// How functions and methods of that last name may wait for this.
pub fn waits(kind: BlockingKind, name: Name) -> &'static [Blocking] {
    LIBRARY.waiting.get(&(kind, name)).map_or(&[], Vec::as_slice)
}

/// What methods of that name spend their time on, each of some class.
pub fn works(name: Name) -> &'static [WorkKind] {
    LIBRARY.works.get(&name).map_or(&[], Vec::as_slice)
}

/// What the method does to an object of the class.
pub fn action(class: Name, name: Name) -> Option<Action> {
    method(class, name)?.does
}

/// What methods of that name do, each of some class.
pub fn actions(name: Name) -> &'static [Action] {
    LIBRARY.actions.get(&name).map_or(&[], Vec::as_slice)
}

/// Whether `class` is one of a queue or pipe.
pub fn is_channel(class: Name) -> bool {
    matches!(kind(class), Some(ClassKind::Queue | ClassKind::Pipe))
}

/// Whether `class` is a process or a thread.
pub fn runs_beside(class: Name) -> bool {
    matches!(kind(class), Some(ClassKind::Process | ClassKind::Thread))
}

/// Whether `class` is an event that threads or processes wait for. Tasks wait for theirs with `await`.
pub fn is_blocking_event(class: Name) -> bool {
    self::class(class)
        .is_some_and(|known| known.kind == Some(ClassKind::Event) && known.between != Some(Between::Tasks))
}

/// What `client.any.thing.method(...)` spends its time on, with an object of this class as the client.
pub fn client_work(class: Name, method: Name) -> Option<WorkKind> {
    let one = self::method(class, method).filter(|_| kind(class) == Some(ClassKind::Client))?;
    one.blocking.blocks
}

/// How a function or method of this last name passes arguments to a function that it is given, to call it later.
pub fn callback(name: Name) -> Option<Passing> {
    LIBRARY.callbacks.get(&name).copied()
}

/// Whether a function or method of this name takes a function among its positional arguments, to call it later.
pub fn passes_on(name: Name) -> bool {
    callback(name).is_some()
}

/// Whether a function or method of this last name takes a coroutine, to run it.
pub fn takes_coroutine(name: Name) -> bool {
    LIBRARY.coroutines.contains(&name)
}

/// What is known of the function or method of that canonical name, if it may run code from what it opens.
pub fn loader(path: Name) -> Option<&'static Loader> {
    LIBRARY.loaders.get(&path)
}

/// What the function of that canonical name gives the next piece of.
pub fn piece(path: Name) -> Option<StreamKind> {
    LIBRARY.pieces.get(&path).copied()
}

/// What the method gives the next piece of, of an object of a class or of what a function opened.
pub fn stream(maker: Name, method: Name) -> Option<StreamKind> {
    LIBRARY.streams.get(&(maker, method)).copied()
}

/// What comes from what the function of that canonical name opens.
pub fn opens_stream(path: Name) -> Option<StreamKind> {
    LIBRARY.opened.get(&path).copied()
}

/// What reads and writes data, and what loads and saves models.
pub fn storage() -> &'static Storage {
    &LIBRARY.storage
}

/// Whether calling the outside function makes a model.
pub fn makes_model(path: Name) -> bool {
    let models = &LIBRARY.models;
    let text = path.as_str();
    let is_in = |module: &Name| text.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with('.'));
    let is_pretrained = || {
        let class = text.strip_suffix(".from_pretrained")?;
        let package = text.split('.').next().unwrap_or_default();
        let is_model = !models.exceptions.iter().any(|other| class.ends_with(other.as_str()));
        (is_model && models.pretrained.iter().any(|one| *one == package)).then_some(())
    };
    models.factories.contains(&path) || models.modules.iter().any(is_in) || is_pretrained().is_some()
}

/// Whether the method of a model computes; `""` calls the model itself.
pub fn infers(method: Name) -> bool {
    LIBRARY.models.infers.contains(&method)
}

/// Whether calling the outside function brings CUDA up, whatever it is called with.
pub fn brings_up_cuda(path: Name) -> bool {
    LIBRARY.models.brings_up_cuda.contains(&path)
}

/// Whether the outside function makes nothing on the `device` that it takes.
pub fn only_names_device(path: Name) -> bool {
    LIBRARY.models.only_names_device.contains(&path)
}

/// What makes an object of this kind: classes, functions and methods, by their canonical names.
pub fn makers(kind: ClassKind) -> Vec<Name> {
    makers_of(|class| class.kind == Some(kind)).into_iter().map(|(maker, _)| maker).collect()
}

/// What makes an object that has to be closed, each with the methods that do so.
pub fn closed() -> Vec<(Name, &'static [Name])> {
    let makers = makers_of(|class| !class.closed_by.is_empty());
    makers.into_iter().map(|(maker, class)| (maker, class.closed_by.as_slice())).collect()
}

/// What makes an object of such a class, and the class, in the order of their names.
fn makers_of(is_wanted: impl Fn(&KnownClass) -> bool) -> Vec<(Name, &'static KnownClass)> {
    let wanted = |class: Name| self::class(class).filter(|class| is_wanted(class));
    let classes = LIBRARY.classes.keys().filter_map(|class| Some((*class, wanted(*class)?)));
    let made =
        LIBRARY.made.iter().filter_map(|(maker, made)| Some((*maker, made.iter().find_map(|one| wanted(*one))?)));
    let mut all: Vec<_> = classes.chain(made).collect();
    all.sort_unstable_by_key(|(maker, _)| maker.as_str());
    all.dedup_by_key(|(maker, _)| *maker);
    all
}

/// Whether objects of this class are followed from where they are made to where they are used.
pub fn is_tracked(class: &str) -> bool {
    ["queue.", "multiprocessing.", "threading.", "asyncio.", "concurrent.futures.", "subprocess.", "socket."]
        .iter()
        .any(|module| class.starts_with(module))
}

/// Whether an annotation that names the class `said` admits an object of class `made`. Queues of all modules are taken
/// for one another, and proxies for what they stand for.
pub fn may_stand_for(made: &str, said: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    made == said || last(made) == last(said) || (made.ends_with("Queue") && said.ends_with("Queue"))
}

/// What calling the outside function or class `path` (canonical) makes.
pub fn call(path: Name, site: Site) -> Option<Type> {
    if let Some(made) = LIBRARY.made.get(&path) {
        return Some(made_of(made, site));
    }
    if let Some(builtin) = LIBRARY.returned.get(&path) {
        return Some(Type::Builtin(builtin));
    }
    let is_class = LIBRARY.classes.contains_key(&path) || is_class_name(path.as_str());
    is_class.then(|| Type::instance(path.as_str(), Some(site)))
}

/// An object of the one class, or a tuple of objects.
fn made_of(classes: &[Name], site: Site) -> Type {
    let one = |class: &Name| Type::instance(class.as_str(), Some(site));
    match classes {
        [class] => one(class),
        _ => Type::Tuple(classes.iter().map(|class| Types::one(one(class))).collect::<Rc<[Types]>>()),
    }
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
pub fn method_call(class: Name, method: Name, site: Site) -> Option<Type> {
    if let Some(made) = self::method(class, method).and_then(|one| one.makes) {
        return Some(Type::instance(made.as_str(), Some(site)));
    }
    let module = self::class(class)?.makes_like?;
    let like = canonical(Name::new(&format!("{module}.{method}")));
    let is_known = LIBRARY.made.contains_key(&like) || LIBRARY.classes.contains_key(&like);
    is_known.then(|| call(like, site)).flatten()
}

/// The class that annotating with `path` (canonical) means: `multiprocessing.Queue` is a method, and as an annotation
/// it stands for what it makes.
pub fn annotated_class(path: Name) -> Name {
    match LIBRARY.made.get(&path).map(Vec::as_slice) {
        Some([class]) => *class,
        _ => path,
    }
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
pub fn is_opaque_annotation(path: Name) -> bool {
    LIBRARY.types.opaque.contains(&path)
}

/// Generic classes whose first argument is what iterating gives.
pub fn is_sequence(path: Name) -> bool {
    LIBRARY.types.sequences.contains(&path)
}

/// Generic classes whose second argument is what subscripting gives.
pub fn is_mapping(path: Name) -> bool {
    LIBRARY.types.mappings.contains(&path)
}

/// Bases that add no attributes worth following.
pub fn says_nothing(path: Name) -> bool {
    LIBRARY.types.empty_bases.contains(&path)
}
