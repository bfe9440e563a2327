//! Whether another file imports the module or runs it: what stands under a main guard would no longer run there.

use pyteam_engine::CheckContext;
use pyteam_index::File;
use pyteam_index::facts::Source;
use pyteam_index::infer::Site;
use pyteam_syntax::words::has_word;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};

use pyteam_index::imports::IMPORT_BY_VALUE;
use pyteam_index::survey;

/// Whether another file of the workspace imports the module in any form, has its name in a string, or imports and runs
/// modules that it does not name; scripts and entry points count.
pub(super) fn is_reached(cx: &CheckContext<'_>) -> bool {
    let (folder, name) = cx.file.path.rsplit_once('/').unwrap_or(("", &cx.file.path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let package = folder.rsplit('/').next().unwrap_or_default();
    // A package is run by its own name.
    let names = if stem == "__main__" { vec![stem, package] } else { vec![stem] };
    // It is only ever imported.
    stem == "__init__"
        || names.iter().any(|name| cx.whole_workspace().is_run_by_script(name))
        || cx.whole_workspace().files().filter(|file| file.id != cx.file.id).any(|file| {
            let text = file.source().as_str();
            let speaks_of_it = names.iter().any(|name| text.contains(name));
            let may_speak_of_any = ["*.py", "}.py", "-m"].iter().any(|words| text.contains(words));
            (speaks_of_it && imports(file, &names))
                || runs_any(file)
                || (speaks_of_it || may_speak_of_any)
                    && survey::any_expr(file, |item, site| is_string(file, item, site, &names))
        })
}

fn imports(file: &File, names: &[&str]) -> bool {
    let is_named = |path: &Name| path.as_str().split('.').any(|part| names.contains(&part));
    file.parsed.items.iter().any(|slot| {
        slot.item.stmt_ids().any(|stmt| match slot.item.stmt(stmt) {
            Stmt::Import(all) => all.iter().any(|one| is_named(&one.path)),
            Stmt::ImportFrom(from) => {
                from.module.as_ref().is_some_and(is_named) || from.names.iter().any(|one| is_named(&one.path))
            }
            _ => false,
        })
    })
}

/// Whether the file imports or runs a module whose name is no literal, or hands on what does.
fn runs_any(file: &File) -> bool {
    let bindings = file.facts.items.iter().flat_map(|facts| &facts.bindings);
    let is_by_name = |name: &Name| IMPORT_BY_VALUE.contains(&name.as_str());
    let mut renamed = bindings
        .filter(|one| matches!(one.source, Source::ImportFrom { name, .. } if is_by_name(&name) && name != one.name));
    renamed.next().is_some()
        || (IMPORT_BY_VALUE.iter().any(|name| file.source().as_str().contains(name))
            && survey::any_expr(file, |item, site| match item.expr(site.expr) {
                // `exec` is the name of many methods.
                Expr::Attribute { attr, .. } => {
                    is_by_name(attr) && *attr != "exec" && !calls_by_literal(item, site.expr)
                }
                Expr::Name(name) => is_by_name(name) && !calls_by_literal(item, site.expr),
                _ => false,
            }))
}

/// Whether the function there is called, with a literal.
fn calls_by_literal(item: &Item, func: ExprId) -> bool {
    let Parent::Expr(call) = item.expr_parent(func) else { return false };
    matches!(item.expr(call), Expr::Call { func: called, args }
        if *called == func && args.iter().any(|arg| matches!(item.expr(arg.value), Expr::Str(_))))
}

/// Whether the string there names the module, or any file of Python: `"*.py"`, `f"{name}.py"`, `["-m", name]`.
fn is_string(file: &File, item: &Item, site: Site, names: &[&str]) -> bool {
    if !matches!(item.expr(site.expr), Expr::Str(_) | Expr::FString(_)) {
        return false;
    }
    let text = file.text_at(site.item, item.expr_range(site.expr));
    // Nothing reads a docstring but people.
    let is_docstring =
        matches!(item.expr_parent(site.expr), Parent::Stmt(stmt) if matches!(item.stmt(stmt), Stmt::Expr(_)));
    !is_docstring
        && (names.iter().any(|name| has_word(text, name))
            || text.contains("*.py")
            || text.contains("}.py")
            || (text.trim_matches(['"', '\'']) == "-m" && !is_before_string(item, site.expr)))
}

/// Whether a literal follows in the same list.
fn is_before_string(item: &Item, string: ExprId) -> bool {
    let Parent::Expr(around) = item.expr_parent(string) else { return false };
    let (Expr::List(all) | Expr::Tuple(all)) = item.expr(around) else { return false };
    let next = all.iter().skip_while(|one| **one != string).nth(1);
    next.is_some_and(|next| matches!(item.expr(*next), Expr::Str(_)))
}
