//! Constants that name keys: `STATUS_KEY = "status"`.

use pyteam_index::File;
use pyteam_index::facts::Source;
use pyteam_index::infer::Inference;
use pyteam_syntax::{Expr, Name};

/// The string that a module-level name stands for, here or where it is imported from.
pub fn of(inference: &Inference<'_>, file: &File, name: Name) -> Option<Name> {
    let (mut file, mut name) = (file, name);
    // An import or two lead to the constant; a circle of them leads nowhere.
    for _ in 0..4 {
        let [only] = inference.bindings_in(file, name)? else { return None };
        let (_, item, facts) = inference.item(file.id, only.item)?;
        let binding = facts.bindings.get(only.binding as usize)?;
        match binding.source {
            Source::Value(value) | Source::Annotated(_, Some(value)) if binding.path.is_empty() => {
                return match item.expr(value) {
                    Expr::Str(literal) if !literal.bytes => literal.value,
                    _ => None,
                };
            }
            Source::ImportFrom { level, module, name: imported } => {
                inference.look_at_modules();
                let home = inference.snapshot().name_index().resolve_import(file, level, module);
                (file, name) = (inference.file(home?)?, imported);
            }
            _ => return None,
        }
    }
    None
}
