//! Who runs a file's coroutines: asyncio, another library's event loop, or a loop of the program's own.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_index::snapshot::File;
use pyteam_index::{FileId, Snapshot};
use pyteam_syntax::{ExprId, Name};

/// Modules whose loop is asyncio's.
const ASYNCIO: &[&str] = &[
    "aiofiles",
    "aiogram",
    "aiohttp",
    "aiokafka",
    "aiomqtt",
    "aiomysql",
    "aioredis",
    "aiortc",
    "asyncio",
    "asyncpg",
    "blacksheep",
    "discord",
    "disnake",
    "fastapi",
    "homeassistant",
    "litestar",
    "motor",
    "nats",
    "nextcord",
    "nicegui",
    "pyrogram",
    "pytest_asyncio",
    "quart",
    "sanic",
    "starlette",
    "telegram",
    "telethon",
    "tornado",
    "uvloop",
    "websockets",
];
/// Modules with a loop that is another one, or may be.
const OTHERS: &[&str] = &["anyio", "curio", "trio", "twisted"];

/// Whether asyncio certainly runs the coroutine that `call` stands in, so that `asyncio.to_thread` and the like work
/// there: its file imports asyncio or what stands on it, or a file that calls it does; and neither drives coroutines by
/// `send` itself, nor knows another loop.
pub(super) fn is_asyncio(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let file = cx.whole_file();
    cx.inference.look_at_modules();
    if knows_another(cx, file) {
        return false;
    }
    if imports(file, ASYNCIO) {
        return true;
    }
    // Others may run what the file only defines.
    let Some(name) = coroutine(cx, call) else { return false };
    let snapshot = cx.whole_workspace();
    let callers = snapshot.link().callers(name).iter().filter_map(|id| snapshot.file(*id));
    let mut callers = callers.filter(|caller| imported(snapshot, caller).contains(&file.id)).peekable();
    callers.peek().is_some() && callers.all(|caller| imports(caller, ASYNCIO) && !knows_another(cx, caller))
}

/// The name of the outermost `async def` around `call`.
fn coroutine(cx: &CheckContext<'_>, call: ExprId) -> Option<Name> {
    let stmt = cx.item.enclosing_stmt(call);
    let functions = cx.item.stmt_ancestors(stmt).filter_map(|one| pyteam_index::facts::function(cx.item, one));
    functions.filter(|one| one.is_async).last().map(|one| one.name)
}

/// Whether the file, or one that it imports, drives coroutines by hand, or the file knows another loop.
fn knows_another(cx: &CheckContext<'_>, file: &File) -> bool {
    let drives = |id: FileId| {
        cx.inference.look_at_bodies(id);
        cx.snapshot.file(id).is_some_and(|file| drives_coroutines(file))
    };
    imports(file, OTHERS) || drives(file.id) || imported(cx.snapshot, file).into_iter().any(drives)
}

/// `coroutine.send(None)` until `StopIteration`. The text is searched only where the facts have such a call.
fn drives_coroutines(file: &File) -> bool {
    let steps = ["send", "__await__"].map(Name::new);
    steps.iter().any(|name| file.facts.called.contains_key(name)) && file.source().as_str().contains("StopIteration")
}

fn imports(file: &File, modules: &[&str]) -> bool {
    let root = |path: &str| path.split('.').next().is_some_and(|root| modules.contains(&root));
    file.facts.items.iter().flat_map(|facts| &facts.bindings).any(|binding| match binding.source {
        Source::Import { path } => root(path.as_str()),
        Source::ImportFrom { level: 0, module: Some(module), .. } => root(module.as_str()),
        _ => false,
    })
}

/// The files of the workspace that the file imports.
fn imported(snapshot: &Snapshot, file: &File) -> Vec<FileId> {
    let link = snapshot.link();
    let found = file.facts.items.iter().flat_map(|facts| &facts.bindings).flat_map(|binding| match binding.source {
        Source::Import { path } => [link.resolve(&file.path, path.as_str()), None],
        Source::ImportFrom { level: 0, module: Some(module), name } => {
            [link.resolve(&file.path, module.as_str()), link.resolve(&file.path, &format!("{module}.{name}"))]
        }
        Source::ImportFrom { level, module, name } => {
            let module = module.as_ref().map(|one| one.as_str());
            let inner = module.map_or_else(|| name.as_str().to_owned(), |module| format!("{module}.{name}"));
            [link.resolve_relative(&file.path, level, module), link.resolve_relative(&file.path, level, Some(&inner))]
        }
        _ => [None, None],
    });
    found.flatten().collect()
}
