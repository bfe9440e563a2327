//! What a finding about a wait tells of the other side: who ends the wait, which thread or process that is, and what can come
//! first; and how much the wait matters, now that this is known.

mod weight;

use pyteam_channels::evidence::{self, Ending, ObstacleAt, OtherSide};
use pyteam_channels::order::obstacle::{ObstacleKind, Risk};
use pyteam_channels::topology::Process;
use pyteam_engine::{CheckContext, Related, Role};
use pyteam_index::FileId;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts;
use pyteam_index::infer::Site;
use pyteam_index::known::{self, Action, ClassKind};
use pyteam_syntax::visit::Part;
use pyteam_syntax::{Expr, ExprId, Name, TextRange};

use super::told::{Story, fits};
use super::{Blocking, BlockingKind, joined, received};

/// The story of the wait `call`, where the object that it waits for is known.
/// `why` is what is said where nothing is known of what can go wrong.
pub(super) fn of(cx: &CheckContext<'_>, call: ExprId, found: &Blocking, why: &str) -> Option<Story> {
    if found.kind == BlockingKind::Get
        && let Some(story) = received::of(cx, call)
    {
        return Some(story);
    }
    let mut origins = found.origins.clone();
    origins.dedup();
    let class = known::kind(Name::new(found.owner));
    if matches!(class, Some(ClassKind::Future)) {
        return joined::of_result(cx, call, &origins);
    }
    let [Some(origin)] = origins[..] else { return None };
    if found.kind == BlockingKind::Join {
        return joined::of(cx, call, origin);
    }
    let action = match found.kind {
        BlockingKind::Wait if class == Some(ClassKind::Event) => Action::Set,
        BlockingKind::Get if class == Some(ClassKind::Queue) => Action::Put,
        BlockingKind::Put if class == Some(ClassKind::Queue) => Action::Take,
        _ => return None,
    };
    let side = evidence::of(cx, origin, action)?;
    let locks = evidence::held_locks(cx, call);
    let teller = Teller { cx, call, side: &side, words: Words::of(action), why, locks };
    Some(Story { note: teller.note(), related: teller.related(), weight: teller.weight(action) })
}

/// How what ends the wait is called.
struct Words {
    /// `sets it`
    does: &'static str,
    /// The same of several.
    all_do: &'static str,
    /// `set here`
    done: &'static str,
    /// What happens where it does not.
    else_one: &'static str,
    /// The same where none of several does.
    else_all: &'static str,
}

impl Words {
    fn of(action: Action) -> Self {
        match action {
            Action::Set => Self {
                does: "sets it",
                all_do: "set it",
                done: "set here",
                else_one: "it never gets there, this call never returns",
                else_all: "none of them gets there, this call never returns",
            },
            Action::Take => Self {
                does: "receives from it",
                all_do: "receive from it",
                done: "received here",
                else_one: "it dies, a full queue stays full",
                else_all: "they die, a full queue stays full",
            },
            _ => Self {
                does: "sends to it",
                all_do: "send to it",
                done: "sent here",
                else_one: "it dies first, this call never returns",
                else_all: "they die first, this call never returns",
            },
        }
    }
}

struct Teller<'t, 'c> {
    cx: &'t CheckContext<'c>,
    call: ExprId,
    side: &'t OtherSide,
    words: Words,
    why: &'t str,
    /// The locks that are held where it waits.
    locks: Vec<ExprId>,
}

/// The function that the thread runs, else the one around the call.
fn actor(ending: &Ending) -> Option<FunctionRef> {
    ending.runners.first().and_then(|one| one.target).or(ending.function)
}

impl Teller<'_, '_> {
    fn note(&self) -> Option<String> {
        let Words { does, all_do, .. } = self.words;
        let endings = &self.side.endings;
        let Some(first) = endings.first() else {
            return self.side.is_all.then(|| format!("nothing in this workspace {does}"));
        };
        let who = self.who(first)?;
        if let Some(lock) = self.needed_lock() {
            let lock = self.cx.text(lock);
            let texts = [
                format!("deadlock: `{lock}` is held here, and `{who}` {does} only once it has it"),
                format!("deadlock: what {does} needs `{lock}`, which is held here"),
            ];
            return texts.into_iter().find(|text| fits(text));
        }
        let only = if self.side.is_all { "only " } else { "" };
        let same = |one: &Ending| actor(one) == actor(first);
        if !endings.iter().all(same) {
            let mut names: Vec<String> = endings.iter().filter_map(|one| self.who(one)).collect();
            names.dedup();
            let tail = self.words.else_all;
            let texts = match &names[..] {
                [one, other] => [
                    format!("{only}`{one}` and `{other}` {all_do}; if {tail}"),
                    format!("two functions {all_do}; if {tail}"),
                ],
                [one, rest @ ..] if !rest.is_empty() => [
                    format!("{only}`{one}` and {} more functions {all_do}; if {tail}", rest.len()),
                    format!("{} functions {all_do}; if {tail}", names.len()),
                ],
                _ => return None,
            };
            return texts.into_iter().find(|text| fits(text));
        }
        let runner = self.runner(first).map_or_else(String::new, |runner| format!(" ({runner})"));
        let (what, briefly) = match (first.obstacle.filter(|one| self.is_worth_telling(one)), first.loop_end) {
            (Some(obstacle), _) => self.obstacle(first, obstacle),
            (None, Some(end)) => self.loop_end(end),
            // What would have to happen is not known, only whom it would have to happen to.
            (None, None) if self.ends(first) => (", on every path".to_owned(), ", on every path".to_owned()),
            (None, None) => (format!("; {}", self.why), format!("; if {}", self.words.else_one)),
        };
        [
            format!("{only}`{who}`{runner} {does}{what}"),
            format!("{only}`{who}` {does}{what}"),
            format!("{only}`{who}` {does}{briefly}"),
        ]
        .into_iter()
        .find(|text| fits(text))
        .map(|text| self.with_lock(text))
    }

    /// Says what is held meanwhile, where there is room for it.
    fn with_lock(&self, text: String) -> String {
        let Some(lock) = self.locks.first() else { return text };
        let whole = format!("{text}; `{}` is held meanwhile", self.cx.text(*lock));
        if fits(&whole) { whole } else { text }
    }

    fn who(&self, ending: &Ending) -> Option<String> {
        let name = match ending.runners.first() {
            Some(runner) => runner.name.clone(),
            None => self.cx.inference.function(ending.function?)?.name.to_string(),
        };
        Some(name)
    }

    /// `thread started at line 12`
    fn runner(&self, ending: &Ending) -> Option<String> {
        let runner = ending.runners.first()?;
        let kind = runner.kind.as_str();
        Some(match self.start(runner) {
            Some(start) if start.file == self.cx.file.id => format!("{kind} started at line {}", self.line_of(start)?),
            _ => format!("a {kind}"),
        })
    }

    fn start(&self, runner: &Process) -> Option<Site> {
        let starts = || runner.starts.iter().map(|one| one.call);
        starts().find(|one| one.file == self.cx.file.id).or_else(|| starts().next())
    }

    /// What comes first, and the same in fewer words.
    fn obstacle(&self, ending: &Ending, found: ObstacleAt) -> (String, String) {
        let Some((file, range)) = self.place(found) else { return (String::new(), String::new()) };
        let at = if file == self.cx.file.id { "" } else { " of its file" };
        let line = self.line(file, range).unwrap_or_default();
        let text = match (found.obstacle.kind, found.call()) {
            (ObstacleKind::Raises(_), Some(call)) => {
                let called = self.cx.at(call.file, call.item).map(|there| super::shown(&there, call.expr));
                let called = called.unwrap_or_default();
                return (
                    format!(", and `{called}` at line {line}{at} can raise first"),
                    format!(", and line {line}{at} can raise first"),
                );
            }
            (ObstacleKind::Raises(_), None) => format!(", and line {line}{at} can raise first"),
            (ObstacleKind::Returns, _) => format!(", and can return at line {line}{at} first"),
            (ObstacleKind::Skips, _) if ending.runners.is_empty() => format!("; if {}", self.words.else_one),
            (ObstacleKind::Skips, _) => format!(", but only under the condition at line {line}{at}"),
        };
        (text.clone(), text)
    }

    /// A queue is used again and again: what can keep its users from the first time only is told of what is likely.
    fn is_worth_telling(&self, found: &ObstacleAt) -> bool {
        if self.starts_waiter(found) {
            return false;
        }
        let is_likely = found.obstacle.kind == ObstacleKind::Raises(Risk::Likely);
        is_likely || known::kind(self.side.class) == Some(ClassKind::Event)
    }

    /// Whether the call is what runs the function that waits: `with thread_of(produce):`. Before it nothing waits.
    fn starts_waiter(&self, found: &ObstacleAt) -> bool {
        let Some(call) = found.call() else { return false };
        let function = self.cx.inference.enclosing_function(self.cx.site(self.call));
        let name = function.and_then(|function| self.cx.inference.function(function)).map(|one| one.name);
        let Some(there) = self.cx.at(call.file, call.item) else { return false };
        let Expr::Call { args, .. } = there.item.expr(call.expr) else { return false };
        name.is_some() && args.iter().any(|arg| facts::last_name(there.item, arg.value) == name)
    }

    fn loop_end(&self, end: Site) -> (String, String) {
        let shown = self.cx.at(end.file, end.item).map(|there| super::shown(&there, end.expr)).unwrap_or_default();
        let line = self.line_of(end).unwrap_or_default();
        let at = if end.file == self.cx.file.id { "" } else { " of its file" };
        (
            format!(", and `{shown}` at line {line}{at} can raise and end its loop"),
            format!(", and line {line}{at} can raise and end its loop"),
        )
    }

    fn place(&self, found: ObstacleAt) -> Option<(FileId, TextRange)> {
        let FunctionRef { file, item, .. } = found.function;
        let (there, tree, _) = self.cx.inference.item(file, item)?;
        let range = match found.obstacle.at {
            Part::Expr(expr) => tree.expr_range(expr),
            Part::Stmt(stmt) => tree.stmt_range(stmt),
        };
        Some((file, there.absolute(item, range)))
    }

    fn range(&self, site: Site) -> Option<TextRange> {
        let (file, item, _) = self.cx.inference.item(site.file, site.item)?;
        Some(file.absolute(site.item, item.expr_range(site.expr)))
    }

    fn line_of(&self, site: Site) -> Option<usize> {
        self.line(site.file, self.range(site)?)
    }

    fn line(&self, file: FileId, range: TextRange) -> Option<usize> {
        let source = self.cx.inference.file(file)?.source();
        Some(source.lines().line_of(range.start()) as usize + 1)
    }

    fn related(&self) -> Vec<Related> {
        let mut all: Vec<Related> = Vec::new();
        let mut push = |role: Role, file: FileId, range: TextRange, message: &str| {
            if !all.iter().any(|one| (one.file, one.range) == (file, range)) {
                all.push(Related::new(file, range, message).as_role(role));
            }
        };
        for ending in &self.side.endings {
            if let Some(start) = ending.runners.first().and_then(|one| self.start(one))
                && let Some(range) = self.range(start)
            {
                push(Role::Starts, start.file, range, "started here");
            }
            if let Some(end) = ending.loop_end
                && let Some(range) = self.range(end)
            {
                push(Role::CanEndLoop, end.file, range, "can end the loop");
            }
            if let Some(obstacle) = ending.obstacle.filter(|one| self.is_worth_telling(one))
                && let ObstacleKind::Raises(_) = obstacle.obstacle.kind
                && let Some((file, range)) = self.place(obstacle)
            {
                push(Role::CanRaise, file, range, "can raise here");
            }
            if let Some(range) = self.range(ending.call) {
                push(Role::Ends, ending.call.file, range, self.words.done);
            }
        }
        for lock in &self.locks {
            push(Role::Holds, self.cx.file.id, self.cx.range(*lock), "held here");
        }
        all
    }
}
