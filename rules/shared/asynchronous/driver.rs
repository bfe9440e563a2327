//! Who runs a file's coroutines: asyncio, another library's event loop, or a loop of the program's own.

use pyteam_engine::CheckContext;
use pyteam_index::facts::{self, Source};
use pyteam_index::imports::{imported, imports};
use pyteam_index::snapshot::File;
use pyteam_index::survey;
use pyteam_syntax::{Expr, ExprId, Name};

use super::other_loop::OtherLoop;

/// Modules whose loop is asyncio's.
const FRAMEWORKS: &[&str] = &[
    "aiofiles",
    "aiogram",
    "aiohttp",
    "aiokafka",
    "aiomqtt",
    "aiomysql",
    "aioredis",
    "aiortc",
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
/// What those use of asyncio who only ask, catch or declare: any loop's coroutines may stand beside it.
const ASKS: &[&str] = &[
    "AbstractEventLoop",
    "CancelledError",
    "Future",
    "InvalidStateError",
    "Task",
    "TimeoutError",
    "iscoroutine",
    "iscoroutinefunction",
    "isfuture",
];

/// Whether asyncio certainly runs the coroutine that `call` stands in, so that `asyncio.to_thread` and the like work
/// there: its file uses asyncio or what stands on it, or the files that call it do; and no file of the workspace knows
/// another loop, or drives coroutines itself. Which of two loops runs a coroutine, through however many files, is not
/// followed.
pub(super) fn is_asyncio(cx: &CheckContext<'_>, call: ExprId) -> bool {
    // What the file says is asked before what all files say.
    (uses_asyncio(cx.whole_file()) || is_run_by_asyncio(cx, call)) && !survey::any::<OtherLoop>(cx)
}

/// Whether the files that run the coroutine, which this file only defines, use asyncio.
fn is_run_by_asyncio(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Some(name) = coroutine(cx, call) else { return false };
    let snapshot = cx.whole_workspace();
    let callers = snapshot.name_index().callers(name).iter().filter_map(|id| snapshot.file(*id));
    let mut callers = callers.filter(|caller| imported(snapshot, caller).contains(&cx.file.id)).peekable();
    callers.peek().is_some() && callers.all(|caller| uses_asyncio(caller))
}

/// The name of the outermost `async def` around `call`.
fn coroutine(cx: &CheckContext<'_>, call: ExprId) -> Option<Name> {
    let stmt = cx.item.enclosing_stmt(call);
    let functions = cx.item.stmt_ancestors(stmt).filter_map(|one| facts::function(cx.item, one));
    functions.filter(|one| one.is_async).last().map(|one| one.name)
}

/// Whether the file uses a framework that stands on asyncio, or something of asyncio that takes its loop.
fn uses_asyncio(file: &File) -> bool {
    if imports(file, FRAMEWORKS) {
        return true;
    }
    let mut modules: Vec<Name> = Vec::new();
    for binding in file.facts.items.iter().flat_map(|facts| &facts.bindings) {
        match binding.source {
            Source::Import { path } if is_of_asyncio(path) => modules.push(binding.name),
            Source::ImportFrom { level: 0, module: Some(module), name }
                if is_of_asyncio(module) && !ASKS.contains(&name.as_str()) =>
            {
                return true;
            }
            _ => {}
        }
    }
    !modules.is_empty()
        && survey::any_expr(file, |item, site| match item.expr(site.expr) {
            Expr::Attribute { value, attr } if !ASKS.contains(&attr.as_str()) => {
                matches!(item.expr(*value), Expr::Name(name) if modules.contains(name))
            }
            _ => false,
        })
}

fn is_of_asyncio(module: Name) -> bool {
    module.as_str().split('.').next() == Some("asyncio")
}
