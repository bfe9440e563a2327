//! Channels: queues and pipes by where they are made, with the calls that put into them and take from them.

use pyteam_index::context::ItemContext;
use pyteam_index::facts;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::known::{self, Action, Between};
use pyteam_index::snapshot::File;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt};

/// A queue or pipe that a call goes to.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its class, dotted and canonical.
    pub class: &'static str,
    /// Where it is made or declared; calls with the same place go to the same channel.
    pub origin: Site,
    /// Whether it is declared what it carries, and not as `Any`.
    pub declared: bool,
    /// The declared type of what it carries, such as it is.
    pub element: Option<Types>,
}

impl Channel {
    /// Whether it hands out the least message first.
    pub fn sorts(&self) -> bool {
        let name = Name::new(self.class);
        known::class(name).is_some_and(|class| class.sorts.contains(&name))
    }

    /// Whether it lies between those.
    pub fn is_between(&self, sides: Between) -> bool {
        known::class(Name::new(self.class)).is_some_and(|class| class.between == Some(sides))
    }
}

/// The channel that the method call `call` goes to, where that is one channel for certain.
pub fn of_call(inference: &Inference<'_>, call: Site, action: Action) -> Option<Channel> {
    let mut all = all_of_call(inference, call, action)?;
    all.pop().filter(|_| all.is_empty())
}

/// The channels that the method call `call` may go to, in the order of their places; `None` where it may go anywhere
/// else.
///
/// A test that hands a queue of its own to the program's code says nothing of the program: its queue is left out where
/// there is another.
pub fn all_of_call(inference: &Inference<'_>, call: Site, action: Action) -> Option<Vec<Channel>> {
    let (_, item, _) = inference.item(call.file, call.item)?;
    let Expr::Call { func, .. } = item.expr(call.expr) else { return None };
    let Expr::Attribute { value, attr } = item.expr(*func) else { return None };
    if !known::actions(*attr).contains(&action) {
        return None;
    }
    let receiver = inference.expr(Site { expr: *value, ..call });
    // An attribute that is set up in two methods holds one channel after the other, with the same users.
    let is_attribute = matches!(item.expr(*value), Expr::Attribute { .. });
    let mut found: Vec<Channel> = Vec::new();
    for one in receiver.non_none() {
        let Type::Instance { class, origin: Some(origin), args } = one else { return None };
        let class = known::action(*class, *attr).filter(|does| *does == action).map(|_| class.as_str())?;
        let declared = args.first().is_some_and(is_message_type);
        if found.iter().any(|other| other.origin == *origin) {
            continue;
        }
        let same = found
            .iter_mut()
            .find(|other| is_attribute && other.class == class && same_attribute(inference, other.origin, *origin));
        match same {
            Some(other) => {
                other.origin = other.origin.min(*origin);
                other.declared |= declared;
                other.element = other.element.take().or_else(|| args.first().cloned());
            }
            None => found.push(Channel { class, origin: *origin, declared, element: args.first().cloned() }),
        }
    }
    let is_test = |one: &Channel| inference.file(one.origin.file).is_some_and(File::is_test);
    if found.iter().any(|one| !is_test(one)) {
        found.retain(|one| !is_test(one));
    }
    found.sort_unstable_by_key(|one| one.origin);
    (!found.is_empty()).then_some(found)
}

/// The channel that is made at `origin`.
pub fn made_at(inference: &Inference<'_>, origin: Site) -> Option<Channel> {
    let (_, item, _) = inference.item(origin.file, origin.item)?;
    let made = inference.expr(origin);
    // A call, or an annotation; a call beside an annotation is declared by that.
    let declared = match item.stmt(item.enclosing_stmt(origin.expr)) {
        Stmt::AnnAssign { annotation, .. } => Some(inference.annotation(Site { expr: *annotation, ..origin })),
        _ => None,
    };
    let made = match item.expr(origin.expr) {
        Expr::Call { .. } => made,
        _ => inference.annotation(origin),
    };
    let instance = |types: &Types| {
        types.non_none().find_map(|one| match one {
            Type::Instance { class, args, .. } => Some((self::class(*class)?, args.first().cloned())),
            // Both ends of a pipe.
            Type::Tuple(ends) => ends.first().and_then(|end| match end.as_slice() {
                [Type::Instance { class, .. }] => Some((self::class(*class)?, None)),
                _ => None,
            }),
            _ => None,
        })
    };
    let (class, element) = instance(&made)?;
    let element = declared.as_ref().and_then(instance).and_then(|(_, element)| element).or(element);
    Some(Channel { class, origin, declared: element.as_ref().is_some_and(is_message_type), element })
}

/// Whether both places fill the same attribute of one class.
fn same_attribute(inference: &Inference<'_>, one: Site, other: Site) -> bool {
    let filled = |origin: Site| {
        let (file, item, facts) = inference.item(origin.file, origin.item)?;
        let class = file.parsed.items.get(origin.item as usize)?.parent?;
        let stmt = item.enclosing_stmt(origin.expr);
        let write = facts.writes.iter().find(|write| write.stmt == stmt)?;
        Some((file.id, class, write.attr))
    };
    filled(one).is_some_and(|one| filled(other) == Some(one))
}

/// The class of that name, where it is one of a queue or pipe.
pub fn class(name: Name) -> Option<&'static str> {
    known::is_channel(name).then(|| name.as_str())
}

/// Whether a declared element type says what a message is. `Any`, `object` and a bare `dict` do not.
pub fn is_message_type(types: &Types) -> bool {
    !types.has_unknown()
        && types.iter().all(|one| match one {
            Type::Mapping(value) => !value.has_unknown(),
            Type::Sequence(value) => !value.has_unknown(),
            // Its length is said, and that is what unpacking depends on.
            _ => true,
        })
}

/// Whether the call puts, or takes, by its name and arguments: most `.get(..)` of a program ask a dict, and none of these
/// needs a look at its receiver. `None` where it does neither.
pub fn may_transfer(item: &Item, call: ExprId) -> Option<bool> {
    let Expr::Call { func, args } = item.expr(call) else { return None };
    let Expr::Attribute { attr, .. } = item.expr(*func) else { return None };
    if known::actions(*attr).contains(&Action::Put) {
        return message(item, call).map(|_| true);
    }
    facts::may_take(item, args).then_some(false)
}

/// The value that a put call puts.
pub fn message(item: &Item, call: ExprId) -> Option<ExprId> {
    let Expr::Call { args, .. } = item.expr(call) else { return None };
    args.iter()
        .find(|arg| match arg.kind {
            ArgKind::Keyword(name) => name == "item" || name == "obj",
            _ => false,
        })
        .or_else(|| args.first().filter(|arg| arg.kind == ArgKind::Positional))
        .map(|arg| arg.value)
}

/// A name for the channel that a reader of the code recognizes: the receiver without `self.`.
pub fn name_of(cx: &ItemContext<'_>, call: ExprId) -> String {
    let text = cx.receiver_text(call).map_or("queue", |(text, _)| text);
    text.trim_start_matches("self.").to_owned()
}
