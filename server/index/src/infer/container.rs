//! Containers: what is put into a list or dict after it was made.

use std::rc::Rc;

use pyteam_syntax::{Expr, Name};

use super::dependencies::FileDependency;
use super::expr::{element, values};
use super::reaching_definitions::scope_of;
use super::types::{Type, Types};
use super::{Inference, Site};
use crate::definitions::ClassRef;
use crate::facts::{Addition, AdditionKind, ItemFacts, ScopeId};
use crate::snapshot::File;

/// Whether something may have been put in: any alternative is a container.
fn is_container(types: &Types) -> bool {
    types.iter().any(|one| matches!(one, Type::Sequence(_) | Type::Mapping(_)))
}

impl Inference<'_> {
    /// `types`, the local variable `name` of the item at `site`, with what the item puts in.
    pub(super) fn with_local_additions(&self, mut types: Types, site: Site, name: Name, scope: ScopeId) -> Types {
        let Some((_, item, facts)) = self.item(site.file, site.item) else { return types };
        if !is_container(&types) {
            return types;
        }
        for addition in &facts.additions {
            let is_it = matches!(item.expr(addition.base), Expr::Name(base) if *base == name)
                && binding_scope(facts, scope_of(item, facts, addition.base), name) == scope;
            if is_it {
                types.extend(self.added(&types, *addition, site));
            }
        }
        types
    }

    /// `types`, the module-level variable `name` of `file`, with what the file puts in.
    pub(super) fn with_module_additions(&self, mut types: Types, file: &File, name: Name) -> Types {
        if !is_container(&types) {
            return types;
        }
        self.look(file.id, FileDependency::Additions(name));
        for index in file.facts.additions.get(&name).into_iter().flatten() {
            let Some((_, item, facts)) = self.item(file.id, *index) else { continue };
            for addition in &facts.additions {
                let is_it = matches!(item.expr(addition.base), Expr::Name(base) if *base == name)
                    && binding_scope(facts, scope_of(item, facts, addition.base), name) == ScopeId::OUTER;
                if is_it {
                    let site = Site { file: file.id, item: *index, expr: addition.base };
                    types.extend(self.added(&types, *addition, site));
                }
            }
        }
        types
    }

    /// `types`, the attribute `attr` of objects of `classes`, with what their methods put in.
    pub(super) fn with_attribute_additions(&self, mut types: Types, classes: &[ClassRef], attr: Name) -> Types {
        if !is_container(&types) {
            return types;
        }
        let mut files: Vec<_> = classes.iter().map(|class| class.file).collect();
        files.sort_unstable();
        files.dedup();
        for file in files.into_iter().filter_map(|id| self.file(id)) {
            self.look(file.id, FileDependency::Additions(attr));
            for index in file.facts.additions.get(&attr).into_iter().flatten() {
                let Some((_, item, facts)) = self.item(file.id, *index) else { continue };
                for addition in &facts.additions {
                    let Expr::Attribute { value, attr: written } = item.expr(addition.base) else { continue };
                    let site = Site { file: file.id, item: *index, expr: *value };
                    let owner = self.enclosing_function(site).and_then(|function| self.class_of(function));
                    let is_self = matches!(item.expr(*value), Expr::Name(base) if *base == "self");
                    if *written == attr && is_self && owner.is_some_and(|owner| classes.contains(&owner)) {
                        types.extend(self.added(&types, *addition, site));
                    }
                }
            }
        }
        types
    }

    /// What an addition makes of a container: one like it, of what is added.
    fn added(&self, container: &Types, addition: Addition, site: Site) -> Types {
        let value = self.expr(Site { expr: addition.value, ..site });
        let is_mapping = container.iter().any(|one| matches!(one, Type::Mapping(_)));
        Types::one(match (addition.kind, is_mapping) {
            (AdditionKind::All, true) => Type::Mapping(Rc::new(values(&value))),
            (AdditionKind::All, false) => Type::Sequence(Rc::new(element(&value))),
            (_, true) => Type::Mapping(Rc::new(value)),
            (_, false) => Type::Sequence(Rc::new(value)),
        })
    }
}

/// The scope whose binding of `name` code in `scope` sees; the outer one stands for the module.
pub(super) fn binding_scope(facts: &ItemFacts, mut scope: ScopeId, name: Name) -> ScopeId {
    loop {
        let Some(this) = facts.scopes.get(scope.0 as usize) else { return ScopeId::OUTER };
        let binds = this.bindings.iter().any(|at| facts.bindings[*at as usize].name == name);
        if scope == ScopeId::OUTER || this.globals.contains(&name) {
            return ScopeId::OUTER;
        }
        if binds && !this.nonlocals.contains(&name) {
            return scope;
        }
        scope = this.parent;
    }
}
