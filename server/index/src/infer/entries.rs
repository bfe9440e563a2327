//! Entries of dicts that are written out: what `{"q": q}` and `dict(q=q)` hold under a key.

use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId, Name};

use super::types::Types;
use super::{Inference, Site};
use crate::facts::last_name;

/// What a dict holds under a key.
pub(super) enum Entry {
    /// This.
    Found(Types),
    /// Nothing.
    Absent,
    /// The dict cannot be followed.
    Unknown,
}

impl Inference<'_> {
    /// What the dict at `dict` holds under `key`.
    pub(super) fn entry(&self, dict: Site, key: Name) -> Entry {
        let Some((_, item, _)) = self.item(dict.file, dict.item) else { return Entry::Unknown };
        let site = |expr: ExprId| Site { expr, ..dict };
        match item.expr(dict.expr) {
            Expr::Dict(entries) => {
                let is_key = |id: ExprId| matches!(item.expr(id), Expr::Str(text) if text.value == Some(key));
                let entry = entries.iter().rev().find(|entry| entry.key.is_some_and(is_key));
                match entry {
                    Some(entry) => Entry::Found(self.expr(site(entry.value))),
                    None if entries.iter().all(|entry| {
                        entry.key.is_some_and(|id| matches!(item.expr(id), Expr::Str(text) if text.value.is_some()))
                    }) =>
                    {
                        Entry::Absent
                    }
                    None => Entry::Unknown,
                }
            }
            // `dict(queue=q)`
            Expr::Call { func, args } if last_name(item, *func).is_some_and(|name| name == "dict") => {
                let named = args.iter().find(|arg| matches!(arg.kind, ArgKind::Keyword(name) if name == key));
                match named {
                    Some(arg) => Entry::Found(self.expr(site(arg.value))),
                    None if args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_))) => Entry::Absent,
                    None => Entry::Unknown,
                }
            }
            _ => Entry::Unknown,
        }
    }
}
