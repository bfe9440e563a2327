//! Where the messages of a channel are defined: in a module that all files that name them can import.

use std::collections::BTreeMap;

use pyteam_channels::uses::ChannelUses;
use pyteam_index::context::ItemContext;
use pyteam_index::facts::Source;
use pyteam_index::{File, FileId, Snapshot};
use pyteam_syntax::{Expr, Item, Name, Stmt, TextSize};
use rustc_hash::FxHashSet;

/// The module for the definitions, and how each other file imports from it.
pub(super) struct Choice<'a> {
    pub(super) file: &'a File,
    /// For each other file: the module as it writes it.
    pub(super) spelled: BTreeMap<FileId, String>,
}

/// A module for what all of `files` name; the first of them that will do.
pub(super) fn choose<'a>(cx: &ItemContext<'a>, files: &[FileId]) -> Option<Choice<'a>> {
    files.iter().find_map(|home| {
        let file = cx.snapshot.file(*home)?;
        let others = files.iter().filter(|other| *other != home);
        if files.len() > 1 && reaches(cx.snapshot, file, files) {
            return None;
        }
        let spelled: Option<BTreeMap<FileId, String>> =
            others.map(|other| Some((*other, spelling(cx.snapshot, cx.snapshot.file(*other)?, file)?))).collect();
        Some(Choice { file, spelled: spelled? })
    })
}

/// How a file can name what another module defines, in annotations.
pub(super) struct Borrowed {
    /// The module as the file writes it.
    pub(super) module: String,
    /// Whether only type checkers may import it.
    pub(super) unseen: bool,
}

/// How the annotations of the file `id` can name what is defined in `home`: by an import, or for type checkers alone
/// where an import would come back to the file itself, or would run more than definitions.
pub(super) fn borrowed(cx: &ItemContext<'_>, id: FileId, home: &File, uses: &ChannelUses) -> Option<Borrowed> {
    let file = cx.snapshot.file(id)?;
    // Of two files that put messages for one another, each could be made to import from the other at once.
    let both_ways = file.path < home.path && uses.goes_both_ways(id, home.id);
    if !both_ways
        && !reaches(cx.snapshot, home, &[id])
        && let Some(module) = spelling(cx.snapshot, file, home)
    {
        return Some(Borrowed { module, unseen: false });
    }
    let module = dotted(cx.snapshot, home)?;
    let found = cx.snapshot.name_index().resolve(&file.path, &module) == Some(home.id);
    (found && file.imports().add_for_checkers(&module, &[]).is_some()).then_some(Borrowed { module, unseen: true })
}

/// The import statements of a file and what they import.
fn imports<'a>(snapshot: &'a Snapshot, file: &'a File) -> impl Iterator<Item = (u32, Source, FileId)> + 'a {
    let names = snapshot.name_index();
    file.facts.items.iter().enumerate().flat_map(move |(at, facts)| {
        facts.bindings.iter().flat_map(move |binding| {
            let found: Vec<FileId> = match binding.source {
                Source::Import { path } => names.resolve(&file.path, path.as_str()).into_iter().collect(),
                Source::ImportFrom { level, module, name } => {
                    names.resolve_from(file, level, module, name).into_iter().flatten().collect()
                }
                _ => Vec::new(),
            };
            found.into_iter().map(move |id| (at as u32, binding.source, id))
        })
    })
}

/// Whether importing `home` comes to one of the other files.
fn reaches(snapshot: &Snapshot, home: &File, files: &[FileId]) -> bool {
    let mut seen: FxHashSet<FileId> = FxHashSet::from_iter([home.id]);
    let mut next = vec![home.id];
    while let Some(file) = next.pop().and_then(|id| snapshot.file(id)) {
        for (_, _, imported) in imports(snapshot, file) {
            if files.contains(&imported) && imported != home.id {
                return true;
            }
            if seen.insert(imported) {
                next.push(imported);
            }
        }
    }
    false
}

/// How `file` writes the module `home`, in an import that it has or could have.
fn spelling(snapshot: &Snapshot, file: &File, home: &File) -> Option<String> {
    for (_, source, id) in imports(snapshot, file) {
        match source {
            Source::ImportFrom { level, module, name } if id == home.id => {
                // `from package import module` and `from module import name`
                let direct = snapshot.name_index().resolve_import(file, level, module);
                let dots = ".".repeat(level as usize);
                let module = module.map_or("", Name::as_str);
                let joint = if module.is_empty() { "" } else { "." };
                return Some(if direct == Some(home.id) {
                    format!("{dots}{module}")
                } else {
                    format!("{dots}{module}{joint}{name}")
                });
            }
            Source::Import { path } if id == home.id => return Some(path.to_string()),
            _ => {}
        }
    }
    // A new import runs the module: it must do nothing but define things.
    if !only_defines(home) {
        return None;
    }
    let dotted = dotted(snapshot, home)?;
    let found = snapshot.name_index().resolve(&file.path, &dotted);
    (found == Some(home.id)).then_some(dotted)
}

/// The module's name from the folder above its outermost package.
fn dotted(snapshot: &Snapshot, file: &File) -> Option<String> {
    let (mut folder, name) = file.path.rsplit_once('/')?;
    let mut dotted = name.strip_suffix(".py")?.to_owned();
    if dotted == "__init__" || dotted == "__main__" {
        return None;
    }
    while snapshot.file_at(&format!("{folder}/__init__.py")).is_some() {
        let (above, package) = folder.rsplit_once('/')?;
        dotted = format!("{package}.{dotted}");
        folder = above;
    }
    let is_name = dotted.split('.').all(super::naming::is_field);
    is_name.then_some(dotted)
}

fn only_defines(file: &File) -> bool {
    file.parsed.items.iter().filter(|slot| slot.parent.is_none()).all(|slot| match slot.item.stmt(slot.item.root()) {
        Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Function(_) | Stmt::Class(_) | Stmt::TypeAlias { .. } => true,
        Stmt::Assign { .. } | Stmt::AnnAssign { .. } => true,
        Stmt::Expr(expr) => matches!(slot.item.expr(*expr), Expr::Str(_)),
        Stmt::If { test, .. } => match slot.item.expr(*test) {
            Expr::Name(name) => *name == "TYPE_CHECKING",
            Expr::Compare(compare) => compare
                .operands
                .iter()
                .any(|one| matches!(slot.item.expr(*one), Expr::Name(name) if *name == "__name__")),
            _ => false,
        },
        Stmt::Try(one) => {
            one.body.iter().all(|stmt| matches!(slot.item.stmt(*stmt), Stmt::Import(_) | Stmt::ImportFrom(_)))
        }
        _ => false,
    })
}

/// The item that the definitions stand above: below the imports, above the first definition and above all that
/// names a message while the module is loaded.
pub(super) fn above(file: &File, first_need: u32) -> u32 {
    let items = &file.parsed.items;
    let need = items[first_need as usize].parent.unwrap_or(first_need);
    let stmt = |at: u32| items[at as usize].item.stmt(items[at as usize].item.root());
    let top = |at: &u32| items[*at as usize].parent.is_none();
    // An import further down may be what brings a name that the definitions need.
    let after_imports = (0..need)
        .rfind(|at| top(at) && matches!(stmt(*at), Stmt::Import(_) | Stmt::ImportFrom(_)))
        .map_or(0, |at| at + 1);
    (after_imports..need)
        .filter(top)
        .find(|at| begins_code(stmt(*at)) && !is_message(&items[*at as usize].item))
        .unwrap_or(need)
}

fn begins_code(stmt: &Stmt) -> bool {
    matches!(
        stmt,
        Stmt::Function(_) | Stmt::Class(_) | Stmt::Assign { .. } | Stmt::AnnAssign { .. } | Stmt::TypeAlias { .. }
    )
}

/// Whether the item defines a message type, or one for several: new ones stand below those that are there.
fn is_message(item: &Item) -> bool {
    let names = |expr| {
        matches!(item.expr(expr), Expr::Name(name) | Expr::Attribute { attr: name, .. }
            if matches!(name.as_str(), "TypedDict" | "NamedTuple") || name.as_str().ends_with("MessageRequired"))
    };
    let is_message_name = |expr| matches!(item.expr(expr), Expr::Name(name) if name.as_str().ends_with("Message"));
    match item.stmt(item.root()) {
        Stmt::Class(class) => class.args.first().is_some_and(|base| names(base.value)),
        Stmt::Assign { targets, value } => match item.expr(*value) {
            Expr::Call { func, .. } => names(*func),
            Expr::Binary { .. } | Expr::Subscript { .. } => targets.iter().all(|target| is_message_name(*target)),
            _ => false,
        },
        _ => false,
    }
}

/// Where text that goes above the item is inserted: above the comment that belongs to it, too.
pub(super) fn offset(file: &File, above: u32) -> TextSize {
    let lines = file.source().lines();
    let start = file.parsed.items[above as usize].start;
    let mut line = lines.line_of(start);
    while line > 0 && file.source().line_text(line - 1).trim_start().starts_with('#') {
        line -= 1;
    }
    let at = lines.line_start(line);
    // Behind a semicolon the statement has no line of its own.
    let own = file.source().as_str()[usize::from(at)..usize::from(start)]
        .lines()
        .all(|line| line.trim_start_matches('\u{feff}').trim().is_empty() || line.trim_start().starts_with('#'));
    if own { at } else { start }
}

/// Whether the item begins a line, so that something can stand above it.
pub(super) fn begins_line(file: &File, above: u32) -> bool {
    let start = file.parsed.items[above as usize].start;
    let line = file.source().lines().line_start(file.source().lines().line_of(start));
    file.source().as_str()[usize::from(line)..usize::from(start)].trim_start_matches('\u{feff}').trim().is_empty()
}
