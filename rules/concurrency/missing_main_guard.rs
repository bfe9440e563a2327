#![doc = include_str!("missing_main_guard.md")]

mod above;
mod guard;
mod harmless;
mod method;
mod reached;
mod started;

use pyteam_channels::callees;
use pyteam_channels::order::control_flow;
use pyteam_channels::process::{self, POOL, PROCESS};
use pyteam_engine::{Applicability, CheckContext, Finding, Fix, Page, Related, Rule, Sink};
use pyteam_index::FileId;
use pyteam_index::infer::Site;
use pyteam_syntax::style::{self, statement};
use pyteam_syntax::visit::Part;
use pyteam_syntax::words::has_word;
use pyteam_syntax::{Expr, ExprId, Name, Stmt, TextEdit, TextRange, TextSize};
use rustc_hash::FxHashSet;

use self::guard::{TITLE, runs_on_import};
use crate::shared::test_code;

/// See the page.
pub struct MissingMainGuard;

impl Rule for MissingMainGuard {
    fn page(&self) -> &Page {
        crate::page!("missing_main_guard")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        if !runs_on_import(cx) {
            return;
        }
        for call in &cx.facts().calls {
            let Some(started) = started(cx, *call) else { continue };
            // What stands below is wrapped, too, and functions may use what it binds.
            cx.whole_file();
            if test_code::is_test(cx) {
                continue;
            }
            let headline = match &started {
                Started::Here(what) | Started::Through(what, _) => {
                    format!("{what} at import time, outside `if __name__ == \"__main__\"`")
                }
                Started::Method => "the start method is set at import time, outside a `__main__` guard".to_owned(),
            };
            let note = match &started {
                Started::Method => "each child imports this line, too, and fails here: the method is already set",
                _ => {
                    "without fork (macOS, Windows, Linux from 3.14) each child imports the main module, comes here, and fails"
                }
            };
            let mut finding = sink
                .report(cx.range(*call), call.0, headline)
                .note(note)
                .help("move it under `if __name__ == \"__main__\":`, or into a function");
            if let Started::Through(_, place) = &started {
                let message = "started here".to_owned();
                finding = finding.related(Related::new(place.0, place.1, message));
            }
            if started.repair(cx, *call).is_some() {
                finding.fix(TITLE, Applicability::Unsafe);
            }
            // The guard is one for all that follows.
            return;
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let call = ExprId(finding.anchor.node);
        started(cx, call).and_then(|started| started.repair(cx, call)).into_iter().collect()
    }
}

/// Through how many functions processes may be started.
const DEPTH: u8 = 3;

/// What a call at module level does on import.
enum Started {
    /// It starts something.
    Here(&'static str),
    /// A function that it calls does, there.
    Through(&'static str, (FileId, TextRange)),
    /// It sets how processes start.
    Method,
}

impl Started {
    fn repair(&self, cx: &CheckContext<'_>, call: ExprId) -> Option<Fix> {
        match self {
            Self::Method => method::repair(cx, call),
            Self::Here(_) | Self::Through(..) => repair(cx),
        }
    }
}

/// What the call does, where it runs on import and each child that is not forked would do it again.
fn started(cx: &CheckContext<'_>, call: ExprId) -> Option<Started> {
    let is_inside = process::function_of(cx.item, call).is_some()
        || cx.item.expr_ancestors(call).any(|around| matches!(cx.item.expr(around), Expr::Lambda(_)));
    // What a package is run by is imported by no child.
    if is_inside || cx.file.path.ends_with("__main__.py") {
        return None;
    }
    if let Some(what) = started::at_module_level(cx, call) {
        return Some(Started::Here(what));
    }
    if method::fails_again(cx, call) {
        return Some(Started::Method);
    }
    if !callees::is_usual(cx.item, call, None) {
        return None;
    }
    let found = callees::through(cx, call, DEPTH, &|there, expr| started::inside(there, expr))?;
    let range = found.cx.file.absolute(found.cx.item_index, found.cx.item.expr_range(found.expr));
    Some(Started::Through("processes are started", (found.cx.file.id, range)))
}

/// Puts everything from here to the end of the file under the guard, where that is plain statements whose names no
/// function uses: a child would not have them.
fn repair(cx: &CheckContext<'_>) -> Option<Fix> {
    let items = &cx.whole_file().parsed.items;
    let (source, lines) = (cx.file.source(), cx.file.source().lines());
    let mut bound: FxHashSet<Name> = FxHashSet::default();
    let mut strings: Vec<TextRange> = Vec::new();
    let mut guard_from = cx.item_index as usize;
    let is_plain = |at: usize| {
        let slot = &items[at];
        let stmt = slot.item.stmt(slot.item.root());
        let is_definition = matches!(
            stmt,
            Stmt::Function(_)
                | Stmt::Class(_)
                | Stmt::Import(_)
                | Stmt::ImportFrom(_)
                | Stmt::TypeAlias { .. }
                | Stmt::Error
        );
        let is_main = matches!(stmt, Stmt::If { test, .. } if control_flow::mentions(&slot.item, Part::Expr(*test), &[Name::new("__name__")]));
        slot.parent.is_none() && !is_definition && !is_main
    };
    // The process is made above the line that starts it, and the queues that it is given are, too.
    while guard_from > 0 && is_plain(guard_from - 1) && makes_process(cx, guard_from - 1) {
        guard_from -= 1;
    }
    for (at, slot) in items.iter().enumerate().skip(guard_from) {
        if !is_plain(at) || !statement::has_own_lines(source, slot.range()) {
            return None;
        }
        bound.extend(cx.file.facts.items[at].bindings.iter().map(|binding| binding.name));
        let texts = slot.item.expr_ids().filter(|id| matches!(slot.item.expr(*id), Expr::Str(_) | Expr::FString(_)));
        strings.extend(texts.map(|id| slot.item.expr_range(id) + slot.start));
    }
    let is_used_by_functions = items[..guard_from].iter().any(|slot| {
        matches!(slot.item.stmt(slot.item.root()), Stmt::Function(_) | Stmt::Class(_))
            && slot.item.expr_ids().any(|id| matches!(slot.item.expr(id), Expr::Name(name) if bound.contains(name)))
    });
    if is_used_by_functions || is_in_doctest(cx, &bound) || reached::is_reached(cx) {
        return None;
    }
    let (unit, newline, quote) = (style::indent_unit(&cx.file.parsed), style::newline(source), style::quote(source));
    let (start, end) = (items[guard_from].start, items.last()?.range().end());
    let mut fix = Fix::new(TITLE, Applicability::Unsafe);
    let mut head = format!("if __name__ == {quote}__main__{quote}:{newline}{unit}");
    if let Some(above) = above::of(cx, guard_from)? {
        head.push_str(&format!("{}{newline}{unit}", above.text));
        fix.push(cx.file.id, TextEdit::delete(above.lines));
    }
    fix.push(cx.file.id, TextEdit::insert(start, head));
    strings.sort_unstable_by_key(|string| string.start());
    // The string that reaches furthest among those that begin before the line.
    let (mut begun, mut string_end) = (0, TextSize::default());
    for line in lines.line_of(start) + 1..=lines.line_of(end) {
        let at = lines.line_start(line);
        while let Some(string) = strings.get(begun).filter(|string| string.start() < at) {
            string_end = string_end.max(string.end());
            begun += 1;
        }
        let is_inside_string = at < string_end;
        if !is_inside_string && !source.line_text(line).trim().is_empty() {
            fix.push(cx.file.id, TextEdit::insert(at, unit.as_str()));
        }
    }
    Some(fix.finish())
}

/// Whether a docstring of the file runs something with one of the names: a doctest imports the module.
fn is_in_doctest(cx: &CheckContext<'_>, names: &FxHashSet<Name>) -> bool {
    cx.file.parsed.items.iter().any(|slot| {
        let item = &slot.item;
        item.stmt_ids().any(|stmt| {
            let Stmt::Expr(value) = item.stmt(stmt) else { return false };
            let text = cx.file.source().slice(item.expr_range(*value) + slot.start);
            matches!(item.expr(*value), Expr::Str(_))
                && text.contains(">>>")
                && names.iter().any(|name| has_word(text, name.as_str()))
        })
    })
}

/// Whether the statement at module level makes a process, a pool, a queue or the like.
fn makes_process(cx: &CheckContext<'_>, at: usize) -> bool {
    let there = cx.at_item(at as u32);
    harmless::effects(&there).into_iter().any(|call| {
        let site = Site { file: cx.file.id, item: at as u32, expr: call };
        let types = cx.inference.expr(site);
        process::is_a(cx.inference, &types, PROCESS)
            || process::is_a(cx.inference, &types, POOL)
            || cx.inference.callee_path(site).is_some_and(|path| path.as_str().starts_with("multiprocessing."))
    })
}
