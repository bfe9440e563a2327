//! Parameters and attributes that hold one channel and no other, and say so by an annotation.

use pyteam_channels::channel::{self, Channel};
use pyteam_channels::uses::ChannelUses;
use pyteam_index::context::ItemContext;
use pyteam_index::definitions::FunctionRef;
use pyteam_index::facts::Source;
use pyteam_index::infer::types::{Type, Types};
use pyteam_index::infer::{Inference, Site};
use pyteam_index::{File, FileId};
use pyteam_syntax::tree::ParamKind;
use pyteam_syntax::visit::{Part, walk};
use pyteam_syntax::{Expr, ExprId, Item, Name, Stmt, StmtId};

use super::annotation::{self, AnnotatedParam};
use super::propagation::{self, Within};

/// All annotations of parameters and attributes that hold the channel and can be declared to carry its messages; `None`
/// where one of those that would have to be cannot.
pub(super) fn of(cx: &ItemContext<'_>, channel: &Channel, uses: &ChannelUses) -> Option<Vec<AnnotatedParam>> {
    let mut found: Vec<(AnnotatedParam, Within)> = Vec::new();
    for file in cx.whole_workspace().files() {
        for at in 0..file.parsed.items.len() as u32 {
            let search = Search { file, item: file.item(at), at, channel, uses };
            search.item.stmt_ids().for_each(|stmt| search.statement(cx, stmt, &mut found));
        }
    }
    let all: Vec<AnnotatedParam> = found.iter().map(|(param, _)| *param).collect();
    let mut kept = Vec::new();
    for (param, within) in found {
        let place = annotation::find(cx, param.class, param.at);
        if place.is_some() && propagation::passed_on(cx, within, &all) {
            kept.push(param);
        } else if param.must {
            return None;
        }
    }
    Some(kept)
}

struct Search<'s> {
    file: &'s File,
    item: &'s Item,
    at: u32,
    channel: &'s Channel,
    uses: &'s ChannelUses,
}

impl Search<'_> {
    fn site(&self, expr: ExprId) -> Site {
        Site { file: self.file.id, item: self.at, expr }
    }

    fn statement(&self, cx: &ItemContext<'_>, stmt: StmtId, found: &mut Vec<(AnnotatedParam, Within)>) {
        match self.item.stmt(stmt) {
            Stmt::Function(function) => {
                for (index, param) in function.params.iter().enumerate() {
                    let Some(at) = param.annotation.filter(|at| self.may_be(*at)) else { continue };
                    let plain = !matches!(param.kind, ParamKind::Star | ParamKind::DoubleStar);
                    let this = FunctionRef { file: self.file.id, item: self.at, stmt };
                    // A budget of its own, so that the answer does not depend on what was asked before.
                    let inference = Inference::new(cx.snapshot);
                    let given = inference.arguments(this, index).filter(|given| self.is_it(given));
                    if given.is_some() && plain && !self.is_rebound(stmt, param.name) && !is_override(&inference, this)
                    {
                        self.push(cx, at, Within { file: self.file.id, item: Some(self.at), name: param.name }, found);
                    }
                }
            }
            Stmt::AnnAssign { target, annotation, value: Some(value) } if self.may_be(*annotation) => {
                let (Expr::Name(name) | Expr::Attribute { attr: name, .. }) = self.item.expr(*target) else { return };
                let made = Inference::new(cx.snapshot).expr(self.site(*value));
                let local = matches!(self.item.expr(*target), Expr::Name(_));
                if self.is_it(&made) {
                    let item = local.then_some(self.at);
                    self.push(cx, *annotation, Within { file: self.file.id, item, name: *name }, found);
                }
            }
            _ => {}
        }
    }

    /// Whether the annotation names something that is called a queue, and does not declare the channel where it is made.
    fn may_be(&self, annotation: ExprId) -> bool {
        let mut names_queue = false;
        walk(self.item, Part::Expr(annotation), &mut |part| {
            if let Part::Expr(id) = part
                && let Expr::Name(name) | Expr::Attribute { attr: name, .. } = self.item.expr(id)
            {
                names_queue |= name.as_str().contains("Queue");
            }
            !names_queue
        });
        let origin = self.channel.origin;
        let is_origin = (origin.file, origin.item) == (self.file.id, self.at)
            && self.item.enclosing_stmt(origin.expr) == self.item.enclosing_stmt(annotation)
            && (matches!(self.item.stmt(self.item.enclosing_stmt(annotation)), Stmt::AnnAssign { .. })
                || self.item.expr_range(annotation).contains_range(self.item.expr_range(origin.expr)));
        names_queue && !is_origin
    }

    /// Whether this is the channel and nothing else.
    fn is_it(&self, given: &Types) -> bool {
        let mut objects = given.non_none().peekable();
        objects.peek().is_some()
            && objects.all(|one| {
                matches!(one, Type::Instance { origin: Some(origin), .. }
                    if self.uses.root(*origin) == self.channel.origin)
            })
    }

    fn is_rebound(&self, function: StmtId, name: Name) -> bool {
        let facts = &self.file.facts.items[self.at as usize];
        facts
            .bindings
            .iter()
            .filter(|binding| binding.name == name)
            .any(|binding| !matches!(binding.source, Source::Param(of, _) if of == function))
    }

    fn push(&self, cx: &ItemContext<'_>, at: ExprId, within: Within, found: &mut Vec<(AnnotatedParam, Within)>) {
        let declared = cx.inference.annotation(self.site(at));
        let mut queues = declared.non_none();
        let (Some(Type::Instance { class, args, .. }), None) = (queues.next(), queues.next()) else { return };
        let Some(class) = channel::class(*class).filter(|class| may_hold(class, self.channel.class)) else {
            return;
        };
        let element = args.first();
        let param =
            AnnotatedParam { at: self.site(at), class, must: element.is_some_and(|element| !element.has_unknown()) };
        if element.is_none_or(|element| !channel::is_message_type(element)) && !self.is_obscure(cx, &param) {
            found.push((param, within));
        }
    }

    /// Whether it says something that we do not understand.
    fn is_obscure(&self, cx: &ItemContext<'_>, param: &AnnotatedParam) -> bool {
        let index = annotation::find(cx, param.class, param.at).and_then(|place| place.index);
        index.is_some_and(|index| !param.must && !annotation::says_anything(cx, self.site(index)))
    }
}

/// Whether a type checker lets what is declared as `said` be a `made`.
fn may_hold(said: &str, made: &str) -> bool {
    let family = |class: &str| class.rsplit_once('.').map(|(module, _)| module.to_owned());
    said == made || said.ends_with(".Queue") && !made.ends_with("SimpleQueue") && family(said) == family(made)
}

/// Whether a method has a namesake above or below it: their parameters must go together.
fn is_override(inference: &Inference<'_>, function: FunctionRef) -> bool {
    let (Some(class), Some(definition)) = (inference.class_of(function), inference.function(function)) else {
        return false;
    };
    let above = inference.ancestors(class).0;
    let named = |class| {
        let methods = inference.methods(class);
        methods.iter().filter_map(|one| inference.function(*one)).any(|one| one.name == definition.name)
    };
    definition.name != "__init__"
        && above.into_iter().filter(|one| *one != class).chain(inference.subclasses(class)).any(named)
}

/// What callers give for the annotation of a parameter, or an attribute is set to where it is declared; nothing where the
/// annotation stands beside what makes the queue.
pub(super) fn given(cx: &ItemContext<'_>, at: Site) -> Option<Types> {
    let (_, item, _) = cx.inference.item(at.file, at.item)?;
    let stmt = item.enclosing_stmt(at.expr);
    match item.stmt(stmt) {
        Stmt::Function(function) => {
            let holds = |id: ExprId| item.expr_range(id).contains_range(item.expr_range(at.expr));
            let index = function.params.iter().position(|param| param.annotation.is_some_and(holds))?;
            cx.inference.arguments(FunctionRef { file: at.file, item: at.item, stmt }, index)
        }
        Stmt::AnnAssign { value: Some(value), .. } => {
            let site = Site { expr: *value, ..at };
            let made = cx.inference.expr(site);
            let is_origin = |one: &Type| matches!(one, Type::Instance { origin: Some(origin), .. } if *origin == site);
            (!made.iter().any(is_origin)).then_some(made)
        }
        _ => None,
    }
}

/// The one channel that is given, where it is declared what that carries.
pub(super) fn declared(cx: &ItemContext<'_>, given: &Types, uses: &ChannelUses) -> Option<Channel> {
    let mut found: Option<Site> = None;
    for one in given.non_none() {
        let Type::Instance { origin: Some(origin), .. } = one else { return None };
        let root = uses.root(*origin);
        if found.replace(root).is_some_and(|other| other != root) {
            return None;
        }
    }
    channel::made_at(cx.inference, found?).filter(|channel| channel.declared)
}

/// The files of the annotations, each once.
pub(super) fn files(annotated: &[AnnotatedParam]) -> Vec<FileId> {
    let mut files: Vec<FileId> = annotated.iter().map(|param| param.at.file).collect();
    files.sort_unstable();
    files.dedup();
    files
}
