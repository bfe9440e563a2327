#![doc = include_str!("shared_memory_not_unlinked.md")]

use pyteam_channels::process::{self, PROCESS};
use pyteam_engine::{CheckContext, Page, Rule, Sink};
use pyteam_index::definitions::ClassRef;
use pyteam_index::infer::Type;
use pyteam_index::{File, FileId};
use pyteam_syntax::arguments::keyword;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Name, Parent, Stmt};

use crate::shared::test_code;

/// See the page.
pub struct SharedMemoryNotUnlinked;

impl Rule for SharedMemoryNotUnlinked {
    fn page(&self) -> &Page {
        crate::page!("shared_memory_not_unlinked")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        for call in &cx.facts().calls {
            if !process::is_named(cx.item, *call, &["SharedMemory", "ShareableList"]) || !creates(cx, *call) {
                continue;
            }
            // Any code that gets hold of the block may unlink it.
            if unlinks(cx.whole_file()) || test_code::is_test(cx) {
                return;
            }
            let Some(target) = process::bound_to(cx.item, *call) else { continue };
            let is_leaked = match cx.item.expr(target) {
                Expr::Name(name) => local_stays(cx, *call, *name),
                Expr::Attribute { .. } => attribute_stays(cx),
                _ => false,
            };
            if is_leaked {
                let message = format!("shared memory `{}` is never unlinked", cx.text(target));
                let help = if process::is_named(cx.item, *call, &["ShareableList"]) {
                    "call `shm.close()` in every process and `shm.unlink()` in one, or use a `SharedMemoryManager`"
                } else {
                    "call `close()` in every process and `unlink()` in one, or use a `SharedMemoryManager`"
                };
                sink.report(cx.range(*call), call.0, message)
                    .note("the block stays until the program exits; after a crash it can stay until reboot")
                    .help(help);
            }
        }
    }
}

/// Whether the call makes a block, and does not attach to one by its name.
fn creates(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let path = cx.inference.callee_path(cx.site(call));
    let is_true = |expr: ExprId| matches!(cx.item.expr(expr), Expr::Bool(true));
    match path.map(Name::as_str) {
        Some("multiprocessing.shared_memory.SharedMemory") => {
            let second = args.get(1).filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value);
            keyword(args, "create").or(second).is_some_and(is_true)
        }
        Some("multiprocessing.shared_memory.ShareableList") => {
            let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| arg.value);
            let sequence = keyword(args, "sequence").or(first);
            sequence.is_some_and(|one| !matches!(cx.item.expr(one), Expr::None))
        }
        _ => false,
    }
}

/// Whether anything in the file may unlink a block.
fn unlinks(file: &File) -> bool {
    let text = file.source().as_str();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    // A manager unlinks what it made; a class of the project whose name ends so does not.
    let has_manager = text
        .match_indices("SharedMemoryManager")
        .any(|(at, name)| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word));
    names_unlink(text) || has_manager
}

fn file_unlinks(cx: &CheckContext<'_>, file: FileId) -> bool {
    cx.inference.file(file).is_none_or(unlinks)
}

/// Whether a block in a local variable stays: it is not returned, and no function that gets it unlinks it.
fn local_stays(cx: &CheckContext<'_>, made: ExprId, name: Name) -> bool {
    let item = cx.item;
    let function = process::function_of(item, made);
    if function.is_none() && !matches!(item.stmt(item.root()), Stmt::If { .. }) {
        // Other modules may import it.
        return false;
    }
    item.expr_ids().all(|expr| {
        let is_it = matches!(item.expr(expr), Expr::Name(found) if *found == name)
            && process::function_of(item, expr) == function;
        !is_it || stays(cx, expr)
    })
}

/// Whether a use of the block hands it to no code that may unlink it.
fn stays(cx: &CheckContext<'_>, mut expr: ExprId) -> bool {
    let item = cx.item;
    loop {
        match item.expr_parent(expr) {
            Parent::Expr(parent) => match item.expr(parent) {
                // `block.buf`, `block[0]`: the handle itself goes nowhere.
                Expr::Attribute { value, .. } | Expr::Subscript { value, .. } if *value == expr => return true,
                Expr::Call { func, .. } if *func != expr => return is_kept_by(cx, parent),
                Expr::Tuple(_) | Expr::List(_) | Expr::Dict(_) => expr = parent,
                Expr::Compare(_) | Expr::Not(_) | Expr::Bool2 { .. } | Expr::FString(_) => return true,
                _ => return false,
            },
            Parent::Stmt(stmt) => {
                return match item.stmt(stmt) {
                    Stmt::Assign { targets, .. } => {
                        targets.contains(&expr) || targets.iter().all(|target| is_own_attribute(cx, *target))
                    }
                    Stmt::AnnAssign { target, .. } => *target == expr,
                    Stmt::For { .. } | Stmt::If { .. } | Stmt::While { .. } | Stmt::Expr(_) | Stmt::Assert { .. } => {
                        true
                    }
                    Stmt::Delete(_) => true,
                    _ => false,
                };
            }
            Parent::Root => return false,
        }
    }
}

fn is_own_attribute(cx: &CheckContext<'_>, target: ExprId) -> bool {
    matches!(cx.item.expr(target), Expr::Attribute { .. }) && attribute_stays(cx)
}

/// Whether the call, which gets the block, is known not to unlink it.
fn is_kept_by(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let site = cx.site(call);
    let made = cx.inference.expr(site);
    if process::is_a(cx.inference, &made, PROCESS) {
        let Some(target) = process::target_types(cx.inference, site) else {
            return made.iter().all(|one| matches!(one, Type::Object(class, _) if !file_unlinks(cx, class.file)));
        };
        return matches!(target.as_slice(), [Type::Function(function, _)] if !file_unlinks(cx, function.file));
    }
    match cx.inference.callee(site).as_slice() {
        [Type::Function(function, _)] => !file_unlinks(cx, function.file),
        [Type::Class(class)] => !file_unlinks(cx, class.file),
        [Type::External(path)] => {
            matches!(
                path.as_str(),
                "builtins.len"
                    | "builtins.print"
                    | "builtins.range"
                    | "builtins.enumerate"
                    | "builtins.str"
                    | "builtins.id"
            )
        }
        _ => false,
    }
}

/// Whether a block in an attribute stays: no file that knows the class unlinks anything.
fn attribute_stays(cx: &CheckContext<'_>) -> bool {
    let parent = cx.file.parsed.items[cx.item_index as usize].parent;
    let item_index = parent.unwrap_or(cx.item_index);
    let class = ClassRef { file: cx.file.id, item: item_index, stmt: cx.file.item(item_index).root() };
    let Some(definition) = cx.inference.class(class) else { return false };
    let name = definition.name.as_str();
    // A base may do it.
    let bases_are_silent = cx.inference.ancestors(class).0.into_iter().all(|one| !file_unlinks(cx, one.file));
    bases_are_silent
        && !cx.whole_workspace().files().any(|file| {
            let text = file.source().as_str();
            text.contains(name) && names_unlink(text)
        })
}

/// Whether the method is called or passed on, rather than spoken of.
fn names_unlink(text: &str) -> bool {
    text.contains("unlink(") || text.contains(".unlink")
}
