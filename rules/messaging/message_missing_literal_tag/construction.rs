//! Where messages of given `TypedDict` classes are made, as far as a type checker sees it.

use pyteam_channels::channel;
use pyteam_channels::tags::Record;
use pyteam_engine::CheckContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site, enclosing_function};
use pyteam_index::known::Action;
use pyteam_index::{File, FileId};
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt};
use rustc_hash::FxHashSet;

/// A call or dict display that makes a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// The call of the class, or the display.
    pub(super) at: Site,
    /// Which of the records it makes.
    pub(super) record: usize,
}

/// All places that make one of `records`. Nothing where one might be made in a way that is not understood, or where a
/// message is taken apart such that a new field would show.
pub(super) fn all(cx: &CheckContext<'_>, records: &[&Record]) -> Option<Vec<Made>> {
    let names: Vec<Name> =
        records.iter().map(|one| cx.inference.class(one.class).map(|class| class.name)).collect::<Option<_>>()?;
    let mut search = Search { records, names, found: Vec::new(), displays: FxHashSet::default() };
    let mut displays: Vec<(FileId, u32, ExprId)> = Vec::new();
    for file in cx.whole_workspace().files() {
        for at in 0..file.parsed.items.len() as u32 {
            // A budget for each item, so that the answer does not depend on what was asked before.
            let inference = Inference::new(cx.snapshot);
            let place = SearchedItem { inference: &inference, file, item: file.item(at), at };
            for id in place.item.expr_ids() {
                match place.item.expr(id) {
                    Expr::Name(name) | Expr::Attribute { attr: name, .. } if search.names.contains(name) => {
                        search.mention(&place, id)?;
                    }
                    Expr::Dict(_) if search.of_display(&place, id).is_some() => displays.push((file.id, at, id)),
                    Expr::Call { args, .. } => {
                        let spread = args.iter().filter(|arg| arg.kind == ArgKind::DoubleStar);
                        if spread.into_iter().any(|arg| search.holds(&inference.expr(place.site(arg.value)))) {
                            return None;
                        }
                        search.put(&place, id);
                    }
                    _ => {}
                }
            }
        }
    }
    // What looks like one of the messages is one, for all that is known.
    let seen = |(file, item, expr): &(FileId, u32, ExprId)| {
        search.displays.contains(&Site { file: *file, item: *item, expr: *expr })
    };
    displays.iter().all(seen).then_some(search.found)
}

struct Search<'r> {
    records: &'r [&'r Record],
    names: Vec<Name>,
    found: Vec<Made>,
    displays: FxHashSet<Site>,
}

struct SearchedItem<'p> {
    inference: &'p Inference<'p>,
    file: &'p File,
    item: &'p Item,
    at: u32,
}

impl SearchedItem<'_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { file: self.file.id, item: self.at, expr }
    }
}

impl Search<'_> {
    /// One place that names a class.
    fn mention(&mut self, place: &SearchedItem<'_>, id: ExprId) -> Option<()> {
        let types = place.inference.expr(place.site(id));
        let is_it = |record: &&&Record| types.iter().any(|one| *one == Type::Class(record.class));
        let Some(record) = self.records.iter().position(|record| is_it(&record)) else { return Some(()) };
        let Parent::Expr(parent) = place.item.expr_parent(id) else { return self.annotation(place, id, id) };
        match place.item.expr(parent) {
            Expr::Call { func, args } if *func == id => match &args[..] {
                [only] if only.kind == ArgKind::Positional => {
                    let display = self.of_display(place, only.value).filter(|one| *one == record)?;
                    self.add(place.site(only.value), display);
                    Some(())
                }
                args if args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_) | ArgKind::DoubleStar)) => {
                    self.found.push(Made { at: place.site(parent), record });
                    Some(())
                }
                _ => None,
            },
            // `cast(Frame, {...})`
            Expr::Call { args, .. } => match &args[..] {
                [kind, value] if kind.value == id && self.of_display(place, value.value) == Some(record) => {
                    self.add(place.site(value.value), record);
                    Some(())
                }
                _ => None,
            },
            _ => self.annotation(place, id, id),
        }
    }

    /// A class named as a type, on its own or in a larger one.
    fn annotation(&mut self, place: &SearchedItem<'_>, class: ExprId, id: ExprId) -> Option<()> {
        match place.item.expr_parent(id) {
            Parent::Expr(parent) => match place.item.expr(parent) {
                Expr::Subscript { value, .. } if *value != id => self.annotation(place, class, parent),
                Expr::Binary { op, .. } if *op == "|" => self.annotation(place, class, parent),
                Expr::Tuple(_) | Expr::List(_) => self.annotation(place, class, parent),
                _ => None,
            },
            Parent::Stmt(stmt) => match place.item.stmt(stmt) {
                Stmt::AnnAssign { annotation, value, .. } if *annotation == id => match value {
                    Some(value) => self.value(place, *value),
                    None => Some(()),
                },
                // `Message = Frame | End`; another name for the class itself would make it unseen.
                Stmt::Assign { value, .. } if *value == id => (class != id).then_some(()),
                Stmt::TypeAlias { .. } => (class != id).then_some(()),
                Stmt::Function(function) if function.returns == Some(id) => {
                    let returned =
                        place.item.stmt_ids().filter(|inner| enclosing_function(place.item, *inner) == Some(stmt));
                    for inner in returned {
                        if let Stmt::Return(Some(value)) = place.item.stmt(inner) {
                            self.value(place, *value)?;
                        }
                    }
                    Some(())
                }
                Stmt::Function(function) => {
                    // What callers give has been made elsewhere, and is known there.
                    let index = function.params.iter().position(|param| param.annotation == Some(id))?;
                    let this = FunctionRef { file: place.file.id, item: place.at, stmt };
                    let given = place.inference.arguments(this, index);
                    given.is_none_or(|given| !given.has_unknown()).then_some(())
                }
                _ => None,
            },
            Parent::Root => None,
        }
    }

    /// What goes where a message is declared: a display, or something that is a message for certain.
    fn value(&mut self, place: &SearchedItem<'_>, value: ExprId) -> Option<()> {
        if let Some(record) = self.of_display(place, value) {
            self.add(place.site(value), record);
            return Some(());
        }
        let is_take = matches!(place.item.expr(value), Expr::Call { .. })
            && channel::of_call(place.inference, place.site(value), Action::Take).is_some();
        let types = place.inference.expr(place.site(value));
        let is_dict = types.iter().any(|one| matches!(one, Type::Mapping(_) | Type::Builtin("dict")));
        (is_take || !types.has_unknown() && !is_dict).then_some(())
    }

    /// A call that puts a display into a channel of these messages.
    fn put(&mut self, place: &SearchedItem<'_>, call: ExprId) {
        let Some(message) = channel::message(place.item, call) else { return };
        let Some(record) = self.of_display(place, message) else { return };
        let channel = channel::of_call(place.inference, place.site(call), Action::Put);
        if channel.and_then(|channel| channel.element).is_some_and(|element| self.holds(&element)) {
            self.add(place.site(message), record);
        }
    }

    fn add(&mut self, at: Site, record: usize) {
        if self.displays.insert(at) {
            self.found.push(Made { at, record });
        }
    }

    fn holds(&self, types: &Types) -> bool {
        types.iter().any(|one| match one {
            Type::Object(class, _) => self.records.iter().any(|record| record.class == *class),
            _ => false,
        })
    }

    /// The one record that a dict display has the fields of.
    fn of_display(&self, place: &SearchedItem<'_>, display: ExprId) -> Option<usize> {
        let Expr::Dict(entries) = place.item.expr(display) else { return None };
        let keys: Option<Vec<Name>> = entries
            .iter()
            .map(|entry| match place.item.expr(entry.key?) {
                Expr::Str(literal) if !literal.bytes => literal.value,
                _ => None,
            })
            .collect();
        let keys = keys?;
        self.records.iter().position(|record| {
            record.fields.len() == keys.len() && record.fields.iter().all(|(name, _)| keys.contains(name))
        })
    }
}
