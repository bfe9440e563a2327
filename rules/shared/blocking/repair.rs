//! The repair "Add timeout": the bound, and what to do at its end.
//!
//! A bound is right where the program has something else to do when the time is over, which is to look at its stop flag
//! ([`turn`]), or where the length of the wait is known ([`length`]). Elsewhere a healthy program would break, or hang as
//! before with no finding left: there is no repair.

mod absent;
mod flag;
mod form;
mod length;
mod turn;

use pyteam_engine::settings::Seconds;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_syntax::style::{self, arguments, statement};
use pyteam_syntax::{Expr, ExprId, Stmt, StmtId, TextEdit};

use self::form::Form;
use self::turn::Otherwise;
use super::{Blocking, Bound, End, Kind, receiver_text};
use crate::shared::{imports, place, process};

/// The title of all these repairs.
pub const TITLE: &str = "Add timeout";

/// The repair, where there is one that keeps the program's meaning apart from the bound.
pub fn repair(cx: &CheckContext<'_>, call: ExprId, blocking: &Blocking) -> Option<Fix> {
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
        (_, End::Mute(exception)) => {
            let (module, name) = exception.as_str().rsplit_once('.')?;
            maker.caught(module, name)
        }
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
    blocking: &'a Blocking,
    unit: String,
}

impl Maker<'_, '_> {
    /// `get`, `put`: the exception says nothing of what did not come.
    fn caught(&self, module: &str, name: &str) -> Option<Vec<TextEdit>> {
        let form = Form::of(self.cx, self.call)?;
        let otherwise = turn::otherwise(self.cx, self.call, self.receiver, self.blocking.kind == Kind::Get)?;
        let timeouts = &self.cx.settings.timeouts;
        let seconds = if self.blocking.kind == Kind::Put { timeouts.put } else { timeouts.get };
        let (exception, import) = imports::import_name(self.cx, self.call, module, name);
        let u = &self.unit;
        let returns = matches!(self.cx.item.stmt(self.stmt), Stmt::Return(_)) && matches!(form, Form::Whole);
        let (before, after) = match otherwise {
            Otherwise::Continue => {
                (vec!["try:".to_owned()], vec![format!("except {exception}:"), format!("{u}continue")])
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
        Form::of(self.cx, self.call)?;
        // The receiver is written twice, so it must not do anything.
        if self.receiver.contains('(') {
            return None;
        }
        let seconds = self.cx.settings.timeouts.get;
        match turn::otherwise(self.cx, self.call, self.receiver, true)? {
            Otherwise::Continue => Some(vec![self.insert_before(&[
                format!("if not {}.poll({seconds}):", self.receiver),
                format!("{}continue", self.unit),
            ])?]),
            Otherwise::Retry(_) => None,
        }
    }

    /// `connect` of a socket: its deadline holds for all that follows.
    fn deadline(&self) -> Option<Vec<TextEdit>> {
        if self.blocking.name != "connect"
            || self.receiver.contains('(')
            || !self.is_statement()
            || !length::only_probes(self.cx, self.call)
        {
            return None;
        }
        let seconds = self.cx.settings.timeouts.network;
        Some(vec![self.insert_before(&[format!("{}.settimeout({seconds})", self.receiver)])?])
    }

    /// The exception tells by itself, so the argument is all.
    fn raising(&self) -> Option<Vec<TextEdit>> {
        let timeouts = &self.cx.settings.timeouts;
        let seconds = match self.blocking.kind {
            Kind::Network if self.blocking.is_own || length::of_request(self.cx, self.call, self.blocking) => {
                timeouts.network
            }
            Kind::Subprocess if self.blocking.is_own || length::of_program(self.cx, self.call) => timeouts.subprocess,
            // What others work on takes as long as it takes; of a call in the settings their author knows.
            Kind::Get | Kind::Put | Kind::Wait | Kind::Join if self.blocking.is_own => timeouts.reply,
            _ => return None,
        };
        // Who handles what the network or a program does wrong, handles this, too.
        let is_foreign = matches!(self.blocking.kind, Kind::Network | Kind::Subprocess);
        let is_on_the_way_out = turn::is_on_the_way_out(self.cx.item, self.stmt);
        if !is_foreign && (place::swallows_timeout(self.cx.item, self.stmt) || is_on_the_way_out) {
            return None;
        }
        Some(vec![self.bound(seconds, "")?])
    }

    /// `wait` of a child process that was told to die: if it does not, it is killed.
    fn expiring(&self) -> Option<Vec<TextEdit>> {
        let is_plain = !self.receiver.is_empty() && !self.receiver.contains('(');
        let is_ending =
            self.is_statement() && self.blocking.name == "wait" && length::was_told_to_die(self.cx, self.call);
        if !is_plain || !is_ending {
            return None;
        }
        let form = Form::of(self.cx, self.call)?;
        let (exception, import) = imports::import_name(self.cx, self.call, "subprocess", "TimeoutExpired");
        let (u, child) = (&self.unit, self.receiver);
        let after = [format!("except {exception}:"), format!("{u}{child}.kill()"), format!("{u}{child}.wait()")];
        let seconds = self.cx.settings.timeouts.join;
        let mut edits = form::wrapped(self, &form, &["try:".to_owned()], &after, |shift| self.bound(seconds, shift))?;
        edits.extend(import);
        Some(edits)
    }

    /// `wait`, `acquire` in a loop under a flag: the answer says whether the time was over.
    fn tested(&self) -> Option<Vec<TextEdit>> {
        if !self.is_statement() || !self.has_own_lines() {
            return None;
        }
        let seconds = self.cx.settings.timeouts.wait;
        // A condition is asked again in the loop that it stands in.
        if self.blocking.owner.ends_with(".Condition") {
            turn::otherwise(self.cx, self.call, self.receiver, false)?;
            return Some(vec![self.bound(seconds, "")?]);
        }
        match turn::otherwise(self.cx, self.call, self.receiver, true)? {
            Otherwise::Continue => {}
            Otherwise::Retry(_) => return None,
        }
        let range = self.cx.stmt_range(self.stmt);
        let mut edits = vec![TextEdit::insert(range.start(), "if not "), self.bound(seconds, "")?];
        edits.push(TextEdit::insert(range.end(), ":"));
        edits.push(self.insert_behind(&[format!("{}continue", self.unit)]));
        Some(edits)
    }

    /// `join` of a process that was told to die: the call returns either way, so whether it lives is asked.
    fn silent(&self) -> Option<Vec<TextEdit>> {
        let is_process = self.blocking.owner == "multiprocessing.Process" && self.blocking.name == "join";
        if !is_process || !self.is_statement() || !self.has_own_lines() || self.receiver.contains('(') {
            return None;
        }
        let Expr::Call { func, .. } = self.cx.item.expr(self.call) else { return None };
        let Expr::Attribute { value, .. } = self.cx.item.expr(*func) else { return None };
        if !length::was_told_to_die(self.cx, self.call) || process::catches_sigterm(self.cx, *value) {
            return None;
        }
        let (u, process) = (&self.unit, self.receiver);
        let lines =
            [format!("if {process}.is_alive():"), format!("{u}{process}.kill()"), format!("{u}{process}.join()")];
        Some(vec![self.bound(self.cx.settings.timeouts.join, "")?, self.insert_behind(&lines)])
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
        arguments::set_argument(
            source,
            self.cx.item,
            start,
            self.call,
            (name.as_str(), position),
            &seconds.to_string(),
            shift,
        )
    }

    fn is_statement(&self) -> bool {
        matches!(self.cx.item.stmt(self.stmt), Stmt::Expr(value) if *value == self.call)
    }

    fn has_own_lines(&self) -> bool {
        statement::has_own_lines(self.cx.file.source(), self.cx.stmt_range(self.stmt))
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
