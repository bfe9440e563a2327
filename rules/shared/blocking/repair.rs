//! The repair "Add timeout": the bound, and what to do at its end.
//!
//! Code that waits in a loop goes on with the loop where that repeats nothing; code that waits once says what did
//! not come. Where neither is right, there is no repair.

mod absent;
mod form;
mod say;
mod turn;

use pyteam_engine::settings::Seconds;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_syntax::style::{self, arguments, statement};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextEdit};

use self::form::Form;
use self::turn::Otherwise;
use super::{Blocking, Bound, End, Kind, guard, receiver_text, rule, stop};
use crate::shared::{imports, place};

/// The title of all these repairs.
pub const TITLE: &str = "Add timeout";

/// The repair, where there is one that keeps the program's meaning apart from the bound.
pub fn repair(cx: &CheckContext<'_>, call: ExprId, blocking: &Blocking<'_>) -> Option<Fix> {
    if blocking.mixed {
        return None;
    }
    let stmt = cx.item.enclosing_stmt(call);
    let receiver = receiver_text(cx, call).map_or("", |(receiver, _)| receiver);
    let maker = Maker { cx, call, stmt, receiver, blocking, unit: style::indent_unit(&cx.file.parsed) };
    let edits = match (blocking.bound, blocking.end) {
        (Bound::Never, _) => None,
        (Bound::Poll, _) => maker.poll(),
        (Bound::Deadline, _) => maker.deadline(),
        (_, End::Mute(module, name)) => maker.caught(module, name),
        (_, End::Raises(_)) => maker.raising(),
        (_, End::Expires) => maker.expiring(),
        (_, End::False) => maker.tested(),
        (_, End::Silence) => maker.silent(),
    }?;
    if absent::is_mentioned_again(cx, call, receiver, &edits) {
        return None;
    }
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    edits.into_iter().for_each(|edit| fix.push(cx.file.id, edit));
    Some(fix.finish())
}

struct Maker<'a, 'c> {
    cx: &'a CheckContext<'c>,
    call: ExprId,
    stmt: StmtId,
    /// The receiver's text; empty for a function.
    receiver: &'a str,
    blocking: &'a Blocking<'a>,
    unit: String,
}

impl Maker<'_, '_> {
    /// `get`, `put`: the exception says nothing of what did not come.
    fn caught(&self, module: &str, name: &str) -> Option<Vec<TextEdit>> {
        let form = Form::of(self.cx, self.call)?;
        let otherwise = turn::otherwise(self.cx, self.call, self.receiver, &form, self.blocking.kind == Kind::Get)?;
        let retries = !matches!(otherwise, Otherwise::Raise);
        let timeouts = &self.cx.settings.timeouts;
        let seconds = match (retries, self.blocking.kind) {
            (false, _) => timeouts.reply,
            (true, Kind::Put) => timeouts.put,
            (true, _) => timeouts.get,
        };
        let (exception, import) = imports::import_name(self.cx, self.call, module, name);
        let u = &self.unit;
        let returns = matches!(self.cx.item.stmt(self.stmt), Stmt::Return(_)) && matches!(form, Form::Whole);
        let (before, after) = match otherwise {
            Otherwise::Continue => {
                (vec!["try:".to_owned()], vec![format!("except {exception}:"), format!("{u}continue")])
            }
            Otherwise::Raise => {
                let raise = self.raise(seconds);
                (vec!["try:".to_owned()], vec![format!("except {exception}:"), format!("{u}{raise} from None")])
            }
            Otherwise::Retry(condition) => {
                let mut after = if returns { Vec::new() } else { vec![format!("{u}{u}break")] };
                after.extend([format!("{u}except {exception}:"), format!("{u}{u}continue")]);
                after.extend(["else:".to_owned(), format!("{u}break")]);
                (vec![format!("while {condition}:"), format!("{u}try:")], after)
            }
        };
        let mut edits = form::wrapped(self, &form, &before, &after, |shift| self.bound(seconds, shift))?;
        edits.extend(import);
        Some(edits)
    }

    /// `recv`: whether there is anything is asked before.
    fn poll(&self) -> Option<Vec<TextEdit>> {
        let form = Form::of(self.cx, self.call)?;
        // The receiver is written twice, so it must not do anything.
        if self.receiver.contains('(') || matches!(form, Form::Condition { .. }) {
            return None;
        }
        let (seconds, otherwise) = match turn::otherwise(self.cx, self.call, self.receiver, &form, true)? {
            Otherwise::Continue => (self.cx.settings.timeouts.get, "continue".to_owned()),
            Otherwise::Raise => (self.cx.settings.timeouts.reply, self.raise(self.cx.settings.timeouts.reply)),
            Otherwise::Retry(_) => return None,
        };
        Some(vec![self.insert_before(&[
            format!("if not {}.poll({seconds}):", self.receiver),
            format!("{}{otherwise}", self.unit),
        ])?])
    }

    /// `connect` of a socket: its deadline holds for all that follows.
    fn deadline(&self) -> Option<Vec<TextEdit>> {
        if self.blocking.name != "connect" || self.receiver.contains('(') || !self.is_statement() {
            return None;
        }
        let seconds = self.cx.settings.timeouts.network;
        Some(vec![self.insert_before(&[format!("{}.settimeout({seconds})", self.receiver)])?])
    }

    /// The exception tells by itself, so the argument is all.
    fn raising(&self) -> Option<Vec<TextEdit>> {
        let timeouts = &self.cx.settings.timeouts;
        let seconds = match self.blocking.kind {
            Kind::Network => timeouts.network,
            Kind::Subprocess => timeouts.subprocess,
            Kind::Join => timeouts.join,
            Kind::Put => timeouts.put,
            // Work takes its time.
            Kind::Get | Kind::Wait => timeouts.reply,
        };
        // The error would wait for the result, too, before it leaves the `with`.
        if self.blocking.owner.ends_with(".Future")
            && guard::executors(self.cx, self.call, &self.blocking.origins) == guard::Executors::Inside
        {
            return None;
        }
        // Who handles what the network or a program does wrong, handles this, too.
        let is_foreign = matches!(self.blocking.kind, Kind::Network | Kind::Subprocess);
        if !is_foreign && (place::swallows_timeout(self.cx.item, self.stmt) || self.is_on_the_way_out()) {
            return None;
        }
        Some(vec![self.bound(seconds, "")?])
    }

    /// `wait` and `communicate` of a child process, which goes on after the exception.
    fn expiring(&self) -> Option<Vec<TextEdit>> {
        let is_plain = !self.receiver.is_empty() && !self.receiver.contains('(');
        // It was asked to end already.
        let is_ending = self.is_statement()
            && self.blocking.name == "wait"
            && guard::is_certainly_preceded(self.cx, self.call, &["terminate", "send_signal"]);
        let may_raise = !place::swallows_timeout(self.cx.item, self.stmt) && !self.is_on_the_way_out();
        if !is_plain || !(is_ending || may_raise) {
            return None;
        }
        let form = Form::of(self.cx, self.call).filter(|form| !matches!(form, Form::Condition { .. }))?;
        let (exception, import) = imports::import_name(self.cx, self.call, "subprocess", "TimeoutExpired");
        let (u, child) = (&self.unit, self.receiver);
        let last = if is_ending { format!("{u}{child}.wait()") } else { format!("{u}raise") };
        let after = [format!("except {exception}:"), format!("{u}{child}.kill()"), last];
        let timeouts = &self.cx.settings.timeouts;
        let seconds = if is_ending { timeouts.join } else { timeouts.subprocess };
        let mut edits = form::wrapped(self, &form, &["try:".to_owned()], &after, |shift| self.bound(seconds, shift))?;
        edits.extend(import);
        Some(edits)
    }

    /// `wait`, `acquire`: the answer says whether the time was over.
    fn tested(&self) -> Option<Vec<TextEdit>> {
        let seconds = self.cx.settings.timeouts.wait;
        // There the wait is all that the program does.
        let is_all = guard::sleeps_until_the_end(self.cx, self.call) || stop::is_interruptible(self.cx, self.call);
        if self.blocking.owner.ends_with(".Event") && is_all {
            return None;
        }
        let around = place::enclosing_loop(self.cx.item, self.stmt);
        let is_tested = match self.cx.item.stmt(self.stmt) {
            Stmt::If { test, .. } | Stmt::Assert { test, .. } => self.is_or_negates(*test),
            _ => false,
        };
        // `while not ready: condition.wait()` looks again anyway.
        let looks_again = self.blocking.owner.ends_with(".Condition")
            && around.is_some_and(|around| turn::condition(self.cx, around).is_some());
        if is_tested || (looks_again && self.is_statement()) {
            return Some(vec![self.bound(seconds, "")?]);
        }
        if !self.is_statement() || !self.has_own_lines() {
            return None;
        }
        let (seconds, otherwise) = match turn::otherwise(self.cx, self.call, self.receiver, &Form::Whole, true)? {
            Otherwise::Continue => (seconds, "continue".to_owned()),
            Otherwise::Raise => (self.cx.settings.timeouts.reply, self.raise(self.cx.settings.timeouts.reply)),
            Otherwise::Retry(_) => return None,
        };
        let range = self.cx.stmt_range(self.stmt);
        let mut edits = vec![TextEdit::insert(range.start(), "if not "), self.bound(seconds, "")?];
        edits.push(TextEdit::insert(range.end(), ":"));
        edits.push(self.insert_behind(&[format!("{}{otherwise}", self.unit)]));
        Some(edits)
    }

    /// `join`: the call returns either way, so something else is asked.
    fn silent(&self) -> Option<Vec<TextEdit>> {
        let timeouts = &self.cx.settings.timeouts;
        let late = match (self.blocking.kind, self.blocking.name.as_str()) {
            (Kind::Join, "join") => format!("if {}.is_alive():", self.receiver),
            (Kind::Wait, "wait") if self.blocking.owner.ends_with(".AsyncResult") => {
                format!("if not {}.ready():", self.receiver)
            }
            // A call of the user's own, which returns as it does.
            (Kind::Join, _) => return Some(vec![self.bound(timeouts.join, "")?]),
            _ => return Some(vec![self.bound(timeouts.wait, "")?]),
        };
        if !self.is_statement() || !self.has_own_lines() || self.receiver.contains('(') {
            return None;
        }
        let u = &self.unit;
        let is_join = self.blocking.kind == Kind::Join;
        let is_process = self.blocking.owner == "multiprocessing.Process";
        let mut edits = Vec::new();
        let (seconds, lines) = if is_process && guard::is_certainly_preceded(self.cx, self.call, &["terminate"]) {
            // It was asked to end already.
            let end = vec![late, format!("{u}{}.kill()", self.receiver), format!("{u}{}.join()", self.receiver)];
            (timeouts.join, end)
        } else if is_join && (stop::is_stopping(self.cx, self.call) || self.is_on_the_way_out()) {
            // The rest has to be stopped as well.
            let (warning, import) = say::warning(self.cx, self.call, &self.said(timeouts.join))?;
            edits.extend(import);
            (timeouts.join, vec![late, format!("{u}{warning}")])
        } else {
            let otherwise = turn::otherwise(self.cx, self.call, self.receiver, &Form::Whole, false)?;
            // A script may take as long as its work does.
            let may_take = rule::is_in_script(self.cx, self.call) || stop::is_interruptible(self.cx, self.call);
            if !matches!(otherwise, Otherwise::Raise) || may_take {
                return None;
            }
            // Work takes its time.
            (timeouts.reply, vec![late, format!("{u}{}", self.raise(timeouts.reply))])
        };
        edits.extend([self.bound(seconds, "")?, self.insert_behind(&lines)]);
        Some(edits)
    }

    /// The edit that passes the bound, in a call that moves by `shift`.
    fn bound(&self, seconds: Seconds, shift: &str) -> Option<TextEdit> {
        let (name, position) = match self.blocking.bound {
            Bound::Argument { name, position, .. } => (name, position),
            Bound::Default(name) => (name, None),
            Bound::Poll | Bound::Deadline | Bound::Never => return None,
        };
        let start = self.cx.file.item_start(self.cx.item_index);
        let source = self.cx.file.source();
        arguments::set_argument(source, self.cx.item, start, self.call, (name, position), &seconds.to_string(), shift)
    }

    fn is_statement(&self) -> bool {
        matches!(self.cx.item.stmt(self.stmt), Stmt::Expr(value) if *value == self.call)
    }

    fn is_or_negates(&self, test: ExprId) -> bool {
        test == self.call || matches!(self.cx.item.expr(test), Expr::Not(inner) if *inner == self.call)
    }

    fn has_own_lines(&self) -> bool {
        statement::has_own_lines(self.cx.file.source(), self.cx.stmt_range(self.stmt))
    }

    /// Whether an exception raised here would hide the one that is on its way.
    fn is_on_the_way_out(&self) -> bool {
        turn::is_on_the_way_out(self.cx.item, self.stmt)
    }

    fn insert_before(&self, lines: &[String]) -> Option<TextEdit> {
        if !self.has_own_lines() {
            return None;
        }
        let (indent, newline) = self.margins();
        let text = lines.iter().fold(String::new(), |text, line| text + line + newline + indent);
        Some(TextEdit::insert(self.cx.stmt_range(self.stmt).start(), text))
    }

    fn insert_behind(&self, lines: &[String]) -> TextEdit {
        let (indent, newline) = self.margins();
        let text = lines.iter().fold(String::new(), |text, line| text + newline + indent + line);
        let source = self.cx.file.source();
        let last = source.lines().line_of(self.cx.stmt_range(self.stmt).end());
        TextEdit::insert(source.lines().line_range(source.as_str(), last).end(), text)
    }

    fn margins(&self) -> (&str, &'static str) {
        let source = self.cx.file.source();
        (style::indent_of(source, self.cx.stmt_range(self.stmt).start()), style::newline(source))
    }
}
