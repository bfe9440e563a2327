//! Which module defines what a path names.

use super::ModuleGraph;

/// More steps than any chain of re-exports has.
const MAX_STEPS: usize = 32;

impl ModuleGraph {
    /// The module of this crate that defines what `path` names in `module`; none where that is another crate's, or no
    /// module's at all (a type's own function).
    pub(super) fn resolve(&self, module: usize, path: &[String]) -> Option<usize> {
        self.resolve_within(module, path, MAX_STEPS)
    }

    fn resolve_within(&self, from: usize, path: &[String], steps: usize) -> Option<usize> {
        let steps = steps.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => {
                let mut module = self.modules[from].parent?;
                while rest.first().is_some_and(|word| word == "super") {
                    module = self.modules[module].parent?;
                    rest = &rest[1..];
                }
                module
            }
            name => match self.modules[from].children.get(name) {
                Some(child) => *child,
                // What a `use` brought in stands for itself already.
                None => return None,
            },
        };
        while let Some((name, after)) = rest.split_first() {
            let here = &self.modules[module];
            if let Some(child) = here.children.get(name) {
                module = *child;
                rest = after;
                continue;
            }
            if let Some(target) = here.imports.get(name) {
                let target: Vec<String> = target.iter().chain(after).cloned().collect();
                return self.resolve_within(module, &target, steps);
            }
            if !here.defines.contains(name) {
                let through = here.globs.iter().find_map(|glob| {
                    let target: Vec<String> = glob.iter().chain(rest).cloned().collect();
                    self.resolve_within(module, &target, steps)
                        .filter(|found| self.modules[*found].defines.contains(name))
                });
                return through.or(Some(module));
            }
            return Some(module);
        }
        Some(module)
    }
}
