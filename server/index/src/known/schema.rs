//! What a row of the tables (`*.toml` beside this file) may say.

use std::collections::BTreeMap;

use pyteam_syntax::Name;
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// A class from outside the workspace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownClass {
    /// Its names, dotted and canonical; each is a class of its own that is like the others.
    pub names: Vec<Name>,
    /// Functions that make one, and classes that are taken for it.
    #[serde(default)]
    pub made_by: Vec<Name>,
    /// What it is.
    pub kind: Option<ClassKind>,
    /// What a queue, a pipe or an event lies between.
    pub between: Option<Between>,
    /// Whether its first argument, `maxsize`, bounds it.
    #[serde(default)]
    pub maxsize: bool,
    /// Those of its names that hand out the least message first, whatever was put first.
    #[serde(default)]
    pub sorts: Vec<Name>,
    /// Whether what it carries can be written in brackets behind it.
    #[serde(default)]
    pub generic: bool,
    /// Whether a thread of its own writes what is put, which a process waits for at its end.
    #[serde(default)]
    pub feeder: bool,
    /// Whether its objects cannot be pickled.
    #[serde(default)]
    pub unpicklable: bool,
    /// What an object of it holds for several processes.
    pub holds: Option<Holds>,
    /// The methods that close an object of it: code that makes one calls one of them, or enters it by `with`.
    #[serde(default)]
    pub closed_by: Vec<Name>,
    /// The web framework whose routes its objects have, as it is called.
    pub routes: Option<Name>,
    /// The module whose functions it has as methods.
    pub makes_like: Option<Name>,
    /// The argument that says how many processes going through an object of it starts.
    pub processes: Option<Name>,
    /// What calling it does with a file.
    pub file: Option<FileAccess>,
    /// Its methods.
    #[serde(default)]
    pub method: Vec<KnownMethod>,
}

/// Methods of a class that do the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownMethod {
    /// Their names; `""` calls the object itself.
    pub names: Vec<Name>,
    /// What they do to the object.
    pub does: Option<Action>,
    /// The class that they return an object of.
    pub makes: Option<Name>,
    /// How they block.
    #[serde(flatten)]
    pub blocking: Blocking,
}

/// Functions from outside the workspace that do the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownFunction {
    /// Their names, dotted and canonical.
    pub names: Vec<Name>,
    /// The classes that they return objects of; several are a tuple.
    #[serde(default)]
    pub makes: Vec<Name>,
    /// Whether they start processes before they return.
    #[serde(default)]
    pub starts_processes: bool,
    /// The parameter, by name and position, that says whether they wait for the end of the processes that they start, as they
    /// do without it.
    pub joins: Option<JoinArg>,
    /// How they block.
    #[serde(flatten)]
    pub blocking: Blocking,
}

/// The parameter that says whether a call waits for what it starts.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JoinArg {
    /// The keyword.
    pub name: Name,
    /// Its position, from 0.
    pub position: usize,
}

/// How a call blocks.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Blocking {
    /// What it waits for, if it may do so forever.
    pub waits: Option<BlockingKind>,
    /// How such a wait is given a timeout.
    pub timeout: Option<TimeoutArg>,
    /// What happens when the time is over.
    pub on_timeout: Option<OnTimeout>,
    /// What an event loop in which it is called is kept from turning by, where `waits` does not say it.
    pub blocks: Option<WorkKind>,
    /// Whether that mostly takes a moment.
    #[serde(default)]
    pub briefly: bool,
    /// What it does with a file, whose size and use decide how long that takes.
    pub file: Option<FileAccess>,
    /// The one thing that the object must have been made with, as the first argument: `zmq.REQ`.
    pub made_with: Option<Name>,
    /// What an object is made with, as any argument, for which the call never waits: `socket.SOCK_DGRAM`.
    pub instant_with: Option<Name>,
}

/// What a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the word for it")]
pub enum ClassKind {
    Queue,
    Pipe,
    Process,
    Thread,
    Pool,
    Executor,
    Program,
    Event,
    Condition,
    Barrier,
    Lock,
    Semaphore,
    SharedValue,
    Future,
    Task,
    Socket,
    /// What its attributes lead to answers over the network as well.
    Client,
}

/// What a queue, a pipe or an event lies between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// Tasks of one event loop.
    Tasks,
    /// Threads of one process.
    Threads,
    /// Processes.
    Processes,
}

/// What an object holds that several processes read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// One value, as the attribute `value`.
    Value,
    /// Elements.
    Elements,
    /// Attributes.
    Attributes,
}

/// What a method does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Puts a message into a queue or pipe.
    Put,
    /// Takes a message out of a queue or pipe.
    Take,
    /// Starts a process or thread.
    Start,
    /// Waits for the end of a process or thread.
    Join,
    /// Ends a process by force.
    Stop,
    /// Sets an event.
    Set,
    /// Asks an event or a process how it is.
    Ask,
    /// Waits for an event, a condition, a barrier.
    Wait,
}

impl Action {
    /// Whether this is done to a queue or pipe.
    pub fn is_of_channel(self) -> bool {
        matches!(self, Self::Put | Self::Take)
    }
}

/// What a blocking call waits for. Each kind has a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockingKind {
    /// A message.
    Get,
    /// Room for a message.
    Put,
    /// An event, a lock, a result.
    Wait,
    /// The end of a thread or process.
    Join,
    /// An answer over the network.
    Network,
    /// The end of a program.
    Subprocess,
}

/// How a timeout is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeoutArg {
    /// By keyword, or by position where it has one.
    Argument {
        /// The keyword.
        #[serde(default = "timeout")]
        name: Name,
        /// Its position, from 0.
        position: Option<usize>,
        /// Position of the flag (`block`, `blocking`) that makes the call not wait at all.
        flag: Option<usize>,
    },
    /// The call gives up by itself; only `None` for this keyword makes it wait forever.
    Default(Name),
    /// `if connection.poll(timeout):` before it.
    Poll,
    /// `sock.settimeout(seconds)` before it.
    Deadline,
    /// An option of this name that is set on the object before it; arguments may say that it does not wait.
    Option(Name),
    /// There is none.
    Never,
}

fn timeout() -> Name {
    Name::new("timeout")
}

/// What happens when the time is over. Exceptions are dotted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnTimeout {
    /// An exception that says nothing of what did not come: `queue.Empty`.
    EmptyException(Name),
    /// An exception that tells by itself.
    Raises(Name),
    /// An exception that tells, while the child process goes on.
    ChildRunsOn,
    /// The call returns false.
    ReturnsFalse,
    /// The call returns as if nothing had happened; `is_alive()` tells.
    ReturnsSilently,
}

/// What the time of a call is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkKind {
    /// Sleeping.
    Sleep,
    /// An answer over the network.
    Network,
    /// Another program.
    Program,
    /// Another thread or process.
    Peer,
    /// A database.
    Database,
    /// Files, and what is in them.
    File,
    /// A hash that is slow on purpose.
    Hash,
    /// A person at the keyboard.
    Console,
    /// A device.
    Device,
    /// Drawing or encoding.
    Rendering,
    /// A model.
    Inference,
}

/// What a call does with a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileAccess {
    /// Opens a file.
    Open(Opening),
    /// Reads or writes all of a file of data.
    Data,
    /// Reads or writes all of a file of text.
    Text,
    /// Makes, moves or removes one entry of a folder.
    Entry,
    /// Lists a folder.
    List {
        /// Whether it is read while the result is iterated, and not by the call.
        #[serde(default)]
        lazy: bool,
        /// Whether all folders below it are listed, too.
        #[serde(default)]
        below: bool,
    },
}

/// How a file is opened. Positions are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Opening {
    /// Where the path stands; nothing for a temporary file.
    pub path: Option<usize>,
    /// Whether the object that it is a method of is the path.
    #[serde(default)]
    pub path_is_object: bool,
    /// Where the mode stands.
    pub mode: usize,
    /// The mode where none is given.
    pub default: Name,
    /// Whether a mode without `t` is one of data.
    #[serde(default)]
    pub data: bool,
}

/// What a function or method of some last name does with what it is given.
#[derive(Debug, Deserialize)]
pub(super) struct Callbacks {
    /// Those that run a coroutine.
    pub(super) coroutine: Vec<Name>,
    /// Those that call a function later, by how it gets its arguments.
    #[serde(flatten)]
    pub(super) passing: FxHashMap<Passing, Vec<Name>>,
}

/// What makes models, and what their methods are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Models {
    /// Functions that make one.
    pub(super) factories: Vec<Name>,
    /// Modules whose functions all make one.
    pub(super) modules: Vec<Name>,
    /// Packages whose `X.from_pretrained(...)` makes one.
    pub(super) pretrained: Vec<Name>,
    /// Ends of the names of `X` that make something else.
    pub(super) exceptions: Vec<Name>,
    /// Methods that compute; `""` calls the model.
    pub(super) infers: Vec<Name>,
    /// Functions and classes that bring CUDA up, whatever they are called with.
    pub(super) brings_up_cuda: Vec<Name>,
    /// Functions that make nothing on the `device` that they take.
    pub(super) only_names_device: Vec<Name>,
}

/// Functions and methods that may run code which stands in what they open.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loader {
    /// Their names, dotted and canonical.
    pub names: Vec<Name>,
    /// How they load.
    pub loads: LoaderKind,
    /// The parameter with what is opened, which is the first one; of a method, it is one of the class.
    pub opens: Name,
}

/// How what is loaded may run code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoaderKind {
    /// `torch.load`: safe with `weights_only=True`, which is the default from torch 2.6 on.
    Torch,
    /// `torch.hub.load_state_dict_from_url`: the same, but never by default.
    TorchUrl,
    /// `numpy.load`: unsafe with `allow_pickle=True`.
    Numpy,
    /// `load_model` of Keras: unsafe with `safe_mode=False`, and for HDF5 files in any case.
    Keras,
    /// Takes a path or file and unpickles it: `joblib.load`, `pandas.read_pickle`.
    PicklePath,
    /// Takes an open file: `pickle.load`.
    PickleFile,
    /// Takes bytes: `pickle.loads`.
    PickleBytes,
    /// `shelve.open`
    Shelve,
}

/// Calls that give the next piece of something that goes on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Stream {
    /// What they give.
    pub(super) gives: StreamKind,
    /// Functions that do.
    #[serde(default)]
    pub(super) functions: Vec<Name>,
    /// Classes whose `methods` do.
    #[serde(default)]
    pub(super) classes: Vec<Name>,
    /// Functions that open something whose `methods` do, and which can be gone through.
    #[serde(default)]
    pub(super) opened_by: Vec<Name>,
    /// Methods that do.
    #[serde(default)]
    pub(super) methods: Vec<Name>,
}

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamKind {
    /// Frames of a camera or a video.
    Frames,
    /// What comes over a network.
    Network,
    /// What a device sends.
    Device,
}

/// What reads and writes data, and what loads and saves models; `?.name` is a method of anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Storage {
    /// Packages of which a file imports one where `?.to_csv` writes a frame.
    pub frame_packages: Vec<Name>,
    /// Packages of which a file imports one where `?.from_pretrained` loads a model.
    pub model_packages: Vec<Name>,
    /// What is done with data, by what it is.
    pub data: BTreeMap<DataUse, Vec<Name>>,
    /// What is done with models.
    pub models: BTreeMap<ModelUse, Vec<Name>>,
}

/// What a call does with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the words for it")]
pub enum DataUse {
    ReadsFrame,
    WritesFrame,
    ReadsArray,
    WritesArray,
    Video,
    Dataset,
}

/// What a call does with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelUse {
    /// Loads it from a file that may hold code.
    LoadsCode,
    /// Loads it from a file that holds numbers alone.
    Loads,
    /// Loads it by name from a hub or a folder: what it is made of depends on what is there.
    FromHub,
    /// Saves it.
    Saves,
}

/// How a function that is called later gets its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passing {
    /// They stand behind it.
    Behind,
    /// One of each iterable behind it.
    Mapped,
    /// An element of the iterable behind it has all.
    Starred,
    /// A tuple and a dictionary have them.
    Packed,
    /// A tuple has them, behind the number of the process.
    Ranked,
    /// A signal's number and a frame.
    Signal,
    /// Not known.
    Unknown,
}
