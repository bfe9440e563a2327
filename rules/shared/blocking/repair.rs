//! The repair "Add timeout": the bound, and what to do at its end.
//!
//! A bound is right where the program has something else to do when the time is over and nothing can come any more
//! ([`told`]), or where the wait is short in every healthy program ([`dying`], [`request`], [`programs`]). Elsewhere a
//! healthy program would break, or hang as before with no finding left: there is no repair.

mod absent;
mod dying;
mod request;
mod told;

use pyteam_channels::order::control_flow;
use pyteam_engine::settings::Seconds;
use pyteam_engine::{Applicability, CheckContext, Fix};
use pyteam_index::facts;
use pyteam_syntax::style::arguments::ArgumentEditor;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::{Expr, ExprId, Item, Stmt, StmtId, TextEdit};

use super::{Blocking, Bound, End, Kind, programs};
use pyteam_refactors::imports;

/// The title of all these repairs.
pub const TITLE: &str = "Add timeout";

/// The repair, where there is one that keeps the program's meaning apart from the bound.
pub fn repair(cx: &CheckContext<'_>, call: ExprId, blocking: &Blocking) -> Option<Fix> {
    if blocking.mixed {
        return None;
    }
    let stmt = cx.item.enclosing_stmt(call);
    let receiver = cx.receiver_text(call).map_or("", |(receiver, _)| receiver);
    let maker = Maker { cx, call, stmt, receiver, blocking, unit: style::indent_unit(&cx.file.parsed) };
    let edits = match blocking.end {
        End::Mute(exception) if blocking.kind == Kind::Get => {
            let (module, name) = exception.as_str().rsplit_once('.')?;
            maker.caught(module, name)
        }
        End::Raises(_) => maker.raising(),
        End::Silence => maker.silent(),
        End::Mute(_) | End::Expires | End::False => None,
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
    /// `get` in a loop that ends by an event: the exception says nothing of what did not come, and the loop asks again.
    fn caught(&self, module: &str, name: &str) -> Option<Vec<TextEdit>> {
        if !self.has_own_lines() || !told::may_skip_a_turn(self.cx, self.call) {
            return None;
        }
        let (exception, import) = imports::import_name(self.cx, module, name);
        let (source, u) = (self.cx.file.source(), &self.unit);
        let start = self.cx.file.item_start(self.cx.item_index);
        let (before, after) = (["try:".to_owned()], [format!("except {exception}:"), format!("{u}continue")]);
        let mut edits = statement::wrap(source, self.cx.item, start, self.stmt, u, &before, &after);
        edits.push(self.bound(self.cx.settings.timeouts.get, u)?);
        edits.extend(import);
        Some(edits)
    }

    /// The exception tells by itself, so the argument is all.
    fn raising(&self) -> Option<Vec<TextEdit>> {
        let timeouts = &self.cx.settings.timeouts;
        let seconds = match self.blocking.kind {
            Kind::Network if self.blocking.is_own || request::is_short(self.cx, self.call, self.blocking) => {
                timeouts.network
            }
            Kind::Subprocess if self.blocking.is_own || programs::is_quick(self.cx, self.call) => timeouts.subprocess,
            // What others work on takes as long as it takes; of a call in the settings their author knows.
            Kind::Get | Kind::Put | Kind::Wait | Kind::Join if self.blocking.is_own => timeouts.reply,
            _ => return None,
        };
        // Who handles what the network or a program does wrong, handles this, too.
        let is_foreign = matches!(self.blocking.kind, Kind::Network | Kind::Subprocess);
        let is_on_the_way_out = is_on_the_way_out(self.cx.item, self.stmt);
        if !is_foreign && (control_flow::swallows_timeout(self.cx.item, self.stmt) || is_on_the_way_out) {
            return None;
        }
        Some(vec![self.bound(seconds, "")?])
    }

    /// `join` of a process that was told to die: the call returns either way, so whether it lives is asked.
    fn silent(&self) -> Option<Vec<TextEdit>> {
        let is_process = self.blocking.owner == "multiprocessing.Process" && self.blocking.name == "join";
        if !is_process || !self.is_statement() || !self.has_own_lines() || self.receiver.contains('(') {
            return None;
        }
        let Expr::Call { func, .. } = self.cx.item.expr(self.call) else { return None };
        let Expr::Attribute { value, .. } = self.cx.item.expr(*func) else { return None };
        if !dying::is_ending(self.cx, self.call, *value) {
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
            Bound::Poll | Bound::Deadline | Bound::Option(_) | Bound::Never => return None,
        };
        let editor = ArgumentEditor::of_call(&self.cx.file.parsed, self.cx.item_index, self.call)?;
        editor.shifted(shift).set((name.as_str(), position), &seconds.to_string())
    }

    fn is_statement(&self) -> bool {
        matches!(self.cx.item.stmt(self.stmt), Stmt::Expr(value) if *value == self.call)
    }

    fn has_own_lines(&self) -> bool {
        statement::has_own_lines(self.cx.file.source(), self.cx.stmt_range(self.stmt))
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

/// Whether `stmt` stands in a `finally` or an `except` of its function.
fn is_on_the_way_out(item: &Item, stmt: StmtId) -> bool {
    let mut inner = stmt;
    for outer in item.stmt_ancestors(stmt) {
        if facts::function(item, outer).is_some() {
            return false;
        }
        if let Stmt::Try(one) = item.stmt(outer)
            && !one.body.contains(&inner)
            && !one.orelse.contains(&inner)
        {
            return true;
        }
        inner = outer;
    }
    false
}
