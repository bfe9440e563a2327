//! `setup.py`: the literal parts of `install_requires`, `extras_require` and `python_requires`. Nothing is executed.

use pyteam_syntax::document::{self, ParseLimits};
use pyteam_syntax::tree::{ArgKind, Expr, Item, Stmt};
use pyteam_syntax::{ExprId, Name, Parsed, SourceText};
use rustc_hash::{FxHashMap, FxHashSet};

use super::declared::PYTHON;
use super::requirement::Requirement;

pub(super) fn from_setup_py(text: String) -> Vec<Requirement> {
    let parsed = document::parse(SourceText::new(text), &ParseLimits::default());
    let names = assigned_names(&parsed);
    let mut found = Vec::new();
    for slot in &parsed.items {
        let item = &*slot.item;
        for id in item.expr_ids() {
            let Expr::Call { args, .. } = item.expr(id) else { continue };
            for arg in args {
                let ArgKind::Keyword(keyword) = arg.kind else { continue };
                let python = match keyword.as_str() {
                    "install_requires" | "extras_require" => false,
                    "python_requires" => true,
                    _ => continue,
                };
                found.extend(strings(item, arg.value, &names).into_iter().filter_map(|line| {
                    if python {
                        Some(Requirement::constrained(PYTHON, line.as_str()))
                    } else {
                        Requirement::parse(line.as_str())
                    }
                }));
            }
        }
    }
    found
}

/// What each name is assigned, wherever that stands: `requires = [...]` is as often in a function as outside.
type Assigned<'a> = FxHashMap<Name, Vec<(&'a Item, ExprId)>>;

fn assigned_names(parsed: &Parsed) -> Assigned<'_> {
    let mut names: Assigned<'_> = FxHashMap::default();
    for slot in &parsed.items {
        let item = &*slot.item;
        for id in item.stmt_ids() {
            let (targets, value) = match item.stmt(id) {
                Stmt::Assign { targets, value } => (&**targets, *value),
                Stmt::AnnAssign { target, value: Some(value), .. } => (std::slice::from_ref(target), *value),
                Stmt::AugAssign { target, value, .. } => (std::slice::from_ref(target), *value),
                _ => continue,
            };
            for target in targets {
                if let Expr::Name(name) = item.expr(*target) {
                    names.entry(*name).or_default().push((item, value));
                }
            }
        }
    }
    names
}

/// All string literals that `root` is made of. A worklist instead of recursion, and every name followed once: neither a
/// long chain of names nor `a = a + a` can do harm.
fn strings(item: &Item, root: ExprId, names: &Assigned<'_>) -> Vec<Name> {
    let mut lines = Vec::new();
    let mut followed = FxHashSet::default();
    let mut pending = vec![(item, root)];
    while let Some((item, id)) = pending.pop() {
        let mut push = |id: ExprId| pending.push((item, id));
        match item.expr(id) {
            Expr::Str(literal) => lines.extend(literal.value.filter(|_| !literal.bytes)),
            Expr::Tuple(parts) | Expr::List(parts) | Expr::Set(parts) => parts.iter().copied().for_each(push),
            Expr::Dict(entries) => entries.iter().for_each(|entry| push(entry.value)),
            Expr::Starred(inner) => push(*inner),
            Expr::Binary { left, right, .. } => {
                push(*left);
                push(*right);
            }
            Expr::Name(name) if followed.insert(*name) => {
                pending.extend(names.get(name).into_iter().flatten().copied());
            }
            _ => {}
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_lists_are_read_and_code_is_not() {
        let text = "from setuptools import setup\nbase = ['torch>=1.7', 'numpy']\nGPU = base + ['cupy==12.0']\n\
                    def read(name):\n    return open(name).read().splitlines()\n\
                    setup(\n    name='x',\n    python_requires='>=3.8',\n    install_requires=base + read('r.txt'),\n    \
                    extras_require={'gpu': GPU, 'all': [*base, f'{x}'], 'dev': ('pytest',)},\n)\n";
        let mut found: Vec<_> =
            from_setup_py(text.to_owned()).iter().map(|one| format!("{} {}", one.name, one.ranges[0])).collect();
        found.sort();
        found.dedup();
        assert_eq!(found, ["cupy ==12.0", "numpy any version", "pytest any version", "python >=3.8", "torch >=1.7"]);
    }

    #[test]
    fn a_name_that_leads_to_itself_ends() {
        assert_eq!(from_setup_py("a = a + ['x']\nsetup(install_requires=a)\n".to_owned()).len(), 1);
        assert!(from_setup_py("setup(install_requires=[".to_owned()).is_empty());
    }
}
