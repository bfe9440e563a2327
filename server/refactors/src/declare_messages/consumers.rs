//! What consumers do with the messages that they take: whether a declared type would ask anything new of them.

use std::collections::BTreeSet;

use pyteam_channels::uses::ChannelUse;
use pyteam_index::context::ItemContext;
use pyteam_index::infer::Site;
use pyteam_syntax::{Expr, ExprId, Item, Name, Parent, Stmt, StmtId};

use super::message::Message;
use super::narrowing::{self, Kinds};

/// What the consumers of a channel look at.
#[derive(Debug, Default)]
pub(super) struct Readers {
    /// Keys that are read.
    pub(super) keys: BTreeSet<String>,
    /// Names that messages are unpacked into.
    pub(super) unpacked: Vec<Vec<Name>>,
    /// Keys that are read, with the type that the place declares: `number: int = message["number"]`.
    pub(super) declared: Vec<(String, String)>,
    /// Whether a message is taken at all.
    pub(super) any: bool,
    /// Whether all of them stay right, to a type checker, when the channel carries the declared messages.
    pub(super) agree: bool,
}

/// Follows each message that is taken to what is done with it. `nullable` tells that `None` is put, too.
pub(super) fn of(cx: &ItemContext<'_>, uses: &[ChannelUse], messages: &[Message], nullable: bool) -> Readers {
    let mut readers = Readers { agree: true, ..Readers::default() };
    let kinds = Kinds::new(messages, nullable);
    for one in uses.iter().filter(|one| !one.puts) {
        readers.any = true;
        let Some((_, item, _)) = cx.inference.item(one.call.file, one.call.item) else { continue };
        let mut take = Take { cx, item, site: one.call, kinds: kinds.as_ref(), messages, readers: &mut readers };
        let agrees = take.agrees();
        readers.agree &= agrees && kinds.is_some();
    }
    readers
}

struct Take<'a, 'r> {
    cx: &'a ItemContext<'a>,
    item: &'a Item,
    site: Site,
    /// Nothing where there are too many kinds to follow.
    kinds: Option<&'a Kinds<'a>>,
    messages: &'a [Message],
    readers: &'r mut Readers,
}

impl Take<'_, '_> {
    fn agrees(&mut self) -> bool {
        let mut taken = self.site.expr;
        if let Parent::Expr(parent) = self.item.expr_parent(taken)
            && matches!(self.item.expr(parent), Expr::Await(_))
        {
            taken = parent;
        }
        match self.item.expr_parent(taken) {
            Parent::Root => false,
            Parent::Expr(parent) => match self.item.expr(parent) {
                Expr::Walrus { target, value } if *value == taken => self.name(*target),
                _ => self.value(taken, None),
            },
            Parent::Stmt(stmt) => match self.item.stmt(stmt) {
                Stmt::Expr(_) => true,
                Stmt::Assign { targets, .. } => match targets[..] {
                    [target] if matches!(self.item.expr(target), Expr::Name(_)) => self.name(target),
                    [target] => self.unpack(target, None),
                    _ => false,
                },
                // `message: Any = q.get()` asks nothing.
                Stmt::AnnAssign { annotation, .. } => {
                    matches!(self.item.expr(*annotation), Expr::Name(name) | Expr::Attribute { attr: name, .. } if *name == "Any")
                }
                _ => false,
            },
        }
    }

    /// All uses of the name that a message is bound to.
    fn name(&mut self, target: ExprId) -> bool {
        let Expr::Name(name) = self.item.expr(target) else { return false };
        let (name, here) = (*name, self.item.enclosing_stmt(target));
        let function = pyteam_index::infer::enclosing_function(self.item, here);
        let Some((file, _, facts)) = self.cx.inference.item(self.site.file, self.site.item) else { return false };
        if facts.bindings.iter().filter(|binding| binding.name == name).count() != 1 {
            self.mark_all();
            return false;
        }
        // At module level other items may use it as well.
        if function.is_none()
            && (0..file.parsed.items.len() as u32).any(|at| at != self.site.item && names(file.item(at), name))
        {
            return false;
        }
        let mut agrees = true;
        for id in self.item.expr_ids() {
            let is_it = matches!(self.item.expr(id), Expr::Name(one) if *one == name) && id != target;
            if is_it {
                let same = pyteam_index::infer::enclosing_function(self.item, self.item.enclosing_stmt(id)) == function
                    && !self
                        .item
                        .expr_ancestors(id)
                        .any(|around| matches!(self.item.expr(around), Expr::Lambda(_) | Expr::Comprehension(_)));
                agrees &= self.value(id, Some((name, here))) && same;
            }
        }
        agrees
    }

    /// One place where a message stands: `bound` is the name that it is bound to, and by which statement.
    fn value(&mut self, at: ExprId, bound: Option<(Name, StmtId)>) -> bool {
        let kinds = self.kinds_at(at, bound);
        match self.item.expr_parent(at) {
            Parent::Expr(parent) => match self.item.expr(parent) {
                Expr::Subscript { value, index } if *value == at => self.read(parent, *index, kinds),
                Expr::Compare(compare) => {
                    compare.ops.iter().all(|op| matches!(op.as_str(), "is" | "is not"))
                        && compare.operands.iter().all(|one| *one == at || matches!(self.item.expr(*one), Expr::None))
                }
                Expr::Not(_) | Expr::Bool2 { .. } => {
                    matches!(self.item.expr_parent(parent), Parent::Stmt(stmt) if matches!(self.item.stmt(stmt), Stmt::If { .. } | Stmt::While { .. }))
                }
                Expr::FString(_) => true,
                Expr::Call { func, args } => {
                    *func != at
                        && matches!(self.item.expr(*func), Expr::Name(name) if matches!(name.as_str(), "print" | "repr" | "str"))
                        && args.iter().any(|arg| arg.value == at)
                }
                _ => false,
            },
            Parent::Stmt(stmt) => match self.item.stmt(stmt) {
                Stmt::If { .. } | Stmt::While { .. } | Stmt::Expr(_) => true,
                Stmt::Assign { targets, value } if *value == at => match targets[..] {
                    [target] => self.unpack(target, kinds),
                    _ => false,
                },
                _ => false,
            },
            Parent::Root => false,
        }
    }

    fn kinds_at(&self, at: ExprId, bound: Option<(Name, StmtId)>) -> Option<u64> {
        let kinds = self.kinds?;
        Some(match bound {
            Some((name, since)) => narrowing::at(self.item, kinds, name, since, at),
            None => kinds.all,
        })
    }

    /// `message["key"]`
    fn read(&mut self, subscript: ExprId, index: ExprId, at: Option<u64>) -> bool {
        let (Some(kinds), Some(at)) = (self.kinds, at) else { return false };
        if at == 0 || at & kinds.none != 0 || is_changed(self.item, subscript) {
            return false;
        }
        let mut these = self.messages.iter().enumerate().filter(|(number, _)| at >> number & 1 == 1);
        match self.item.expr(index) {
            Expr::Str(literal) => {
                let Some(key) = literal.value else { return false };
                self.readers.keys.insert(key.to_string());
                if let Some(annotation) = self.declared_as(subscript) {
                    let range = self.item.expr_range(annotation);
                    let file = self.cx.inference.file(self.site.file);
                    let text = file.map(|file| file.text_at(self.site.item, range).to_owned());
                    self.readers.declared.extend(text.map(|text| (key.to_string(), text)));
                }
                let is_tag =
                    these.clone().any(|(_, message)| message.tag().is_some_and(|(tag, _)| tag == key.as_str()));
                (!is_tag || kinds.is_tested(self.item, subscript))
                    && these.all(|(_, message)| {
                        !message.is_tuple && message.field(key.as_str()).is_some_and(|field| field.required)
                    })
            }
            Expr::Int(Some(number)) => these.all(|(_, message)| {
                message.is_tuple && usize::try_from(*number).is_ok_and(|number| number < message.fields.len())
            }),
            _ => false,
        }
    }

    /// What the place that a value goes to is declared as.
    fn declared_as(&self, value: ExprId) -> Option<ExprId> {
        let Parent::Stmt(stmt) = self.item.expr_parent(value) else { return None };
        match self.item.stmt(stmt) {
            Stmt::AnnAssign { annotation, .. } => Some(*annotation),
            Stmt::Return(_) => {
                let function = pyteam_index::infer::enclosing_function(self.item, stmt)?;
                match self.item.stmt(function) {
                    Stmt::Function(function) => function.returns,
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// `a, b = message`
    fn unpack(&mut self, target: ExprId, at: Option<u64>) -> bool {
        let Expr::Tuple(items) = self.item.expr(target) else { return false };
        let names: Option<Vec<Name>> = items
            .iter()
            .map(|one| match self.item.expr(*one) {
                Expr::Name(name) => Some(*name),
                _ => None,
            })
            .collect();
        let Some(names) = names else { return false };
        let Some((_, _, facts)) = self.cx.inference.item(self.site.file, self.site.item) else { return false };
        let single = names
            .iter()
            .all(|name| *name == "_" || facts.bindings.iter().filter(|binding| binding.name == *name).count() == 1);
        self.readers.unpacked.push(names);
        let (Some(kinds), [message]) = (self.kinds, self.messages) else { return false };
        let at = at.unwrap_or(kinds.all);
        single && at & kinds.none == 0 && message.is_tuple && message.fields.len() == items.len()
    }

    /// Nothing is known of what is read.
    fn mark_all(&mut self) {
        let fields = self.messages.iter().flat_map(|message| &message.fields);
        self.readers.keys.extend(fields.map(|field| field.name.clone()));
    }
}

fn names(item: &Item, name: Name) -> bool {
    item.expr_ids().any(|id| matches!(item.expr(id), Expr::Name(one) if *one == name))
}

/// Whether the expression is assigned to or deleted.
fn is_changed(item: &Item, id: ExprId) -> bool {
    let outermost = item.expr_ancestors(id).last().unwrap_or(id);
    match item.stmt(item.enclosing_stmt(id)) {
        Stmt::Assign { targets, .. } | Stmt::Delete(targets) => targets.contains(&id) || targets.contains(&outermost),
        Stmt::AugAssign { target, .. } | Stmt::For { target, .. } => *target == id || *target == outermost,
        Stmt::AnnAssign { target, .. } => *target == outermost,
        _ => false,
    }
}
