//! Channels: queues and pipes by where they are made, with the calls that put into them and take from them.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_syntax::{Expr, ExprId};

/// Methods that put a message into a channel.
pub const PUTS: &[&str] = &["put", "put_nowait", "send"];
/// Methods that take a message out of a channel.
pub const TAKES: &[&str] = &["get", "get_nowait", "recv"];

/// Classes of queues and pipes, with how a queue of messages of one type is written.
const CLASSES: &[&str] = &[
    "queue.Queue",
    "queue.LifoQueue",
    "queue.PriorityQueue",
    "queue.SimpleQueue",
    "multiprocessing.queues.Queue",
    "multiprocessing.queues.JoinableQueue",
    "multiprocessing.queues.SimpleQueue",
    "multiprocessing.managers.Queue",
    "multiprocessing.connection.Connection",
    "asyncio.Queue",
];

/// A queue or pipe that a call goes to.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its class, dotted and canonical.
    pub class: &'static str,
    /// Where it is made or declared; calls with the same place go to the same channel.
    pub origin: Site,
    /// What it is declared to carry, where that is said and not `Any`.
    pub declared: bool,
}

/// The channel that the method call `call` goes to, where that is one channel for certain.
pub fn of_call(inference: &Inference<'_>, call: Site, methods: &[&str]) -> Option<Channel> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    let Expr::Call { func, .. } = item.expr(call.expr) else { return None };
    let Expr::Attribute { value, attr } = item.expr(*func) else { return None };
    if !methods.contains(&attr.as_str()) {
        return None;
    }
    let receiver = inference.expr(Site { expr: *value, ..call });
    let mut found: Option<Channel> = None;
    for one in receiver.non_none() {
        let Type::Instance { class, origin: Some(origin), args } = one else { return None };
        let class = CLASSES.iter().find(|known| *class == **known)?;
        let declared = args.first().is_some_and(is_message_type);
        match &found {
            Some(other) if other.origin != *origin => return None,
            _ => found = Some(Channel { class, origin: *origin, declared }),
        }
    }
    found
}

/// Whether a declared element type says what a message is. `Any`, `object` and a bare `dict` do not.
fn is_message_type(types: &Types) -> bool {
    !types.is_unsure()
        && types.iter().all(|one| match one {
            Type::Mapping(value) => !value.is_unsure(),
            Type::Sequence(value) => !value.is_unsure(),
            // Its length is said, and that is what unpacking depends on.
            _ => true,
        })
}

/// A call that puts into a channel or takes from it.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// The call.
    pub call: Site,
    /// Whether it puts.
    pub puts: bool,
}

/// All calls in the workspace that certainly go to the channel made at `origin`.
pub fn uses(cx: &CheckContext<'_>, origin: Site) -> Vec<Use> {
    let mut all = Vec::new();
    let Some(home) = cx.inference.file(origin.file) else { return all };
    collect(cx, home, origin, &mut all);
    for file in cx.snapshot.files().filter(|file| file.id != origin.file) {
        // A channel made at module level or held in a class can be used elsewhere; what is local to a
        // function, a parameter's annotation above all, cannot.
        if !is_local(home, origin) {
            collect(cx, file, origin, &mut all);
        }
    }
    all
}

fn is_local(home: &File, origin: Site) -> bool {
    let item = home.item(origin.item);
    let mut functions = item.stmt_ancestors(item.enclosing_stmt(origin.expr));
    let in_function = functions.any(|stmt| matches!(item.stmt(stmt), pyteam_syntax::Stmt::Function(_)));
    let in_signature = matches!(item.stmt(item.enclosing_stmt(origin.expr)), pyteam_syntax::Stmt::Function(_));
    let is_attribute = home.facts.items[origin.item as usize]
        .writes
        .iter()
        .any(|write| item.stmt_range(write.stmt).contains_range(item.expr_range(origin.expr)));
    in_signature || (in_function && !is_attribute)
}

fn collect(cx: &CheckContext<'_>, file: &File, origin: Site, all: &mut Vec<Use>) {
    for index in &file.facts.channel_items {
        let item = file.item(*index);
        for call in &file.facts.items[*index as usize].channel_calls {
            let Expr::Call { func, .. } = item.expr(*call) else { continue };
            let Expr::Attribute { attr, .. } = item.expr(*func) else { continue };
            let puts = PUTS.contains(&attr.as_str());
            let site = Site { file: file.id, item: *index, expr: *call };
            let methods = if puts { PUTS } else { TAKES };
            if of_call(cx.inference, site, methods).is_some_and(|channel| channel.origin == origin) {
                all.push(Use { call: site, puts });
            }
        }
    }
}

/// The value that a put call puts.
pub fn message(item: &pyteam_syntax::Item, call: ExprId) -> Option<ExprId> {
    use pyteam_syntax::tree::ArgKind;
    let Expr::Call { args, .. } = item.expr(call) else { return None };
    args.iter()
        .find(|arg| match arg.kind {
            ArgKind::Keyword(name) => name == "item" || name == "obj",
            _ => false,
        })
        .or_else(|| args.first().filter(|arg| arg.kind == ArgKind::Positional))
        .map(|arg| arg.value)
}

/// A name for the channel that a reader of the code recognises: the receiver without `self.`.
pub fn name_of(cx: &CheckContext<'_>, call: ExprId) -> String {
    let text = super::blocking::receiver_text(cx, call).map_or("queue", |(text, _)| text);
    text.trim_start_matches("self.").to_owned()
}
