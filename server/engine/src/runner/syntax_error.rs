//! The finding where a file stops to parse.

use pyteam_index::File;
use pyteam_syntax::document;

use crate::builtin;
use crate::finding::{Anchor, Finding, Severity};

/// Says where `file` stops to parse, if it does.
pub(super) fn finding(file: &File, severity: Severity) -> Option<Finding> {
    if !file.parsed.has_error {
        return None;
    }
    let range = document::first_error(file.source())?;
    Some(Finding {
        code: builtin::SYNTAX_ERROR.into(),
        severity,
        file: file.id,
        range,
        message: "syntax error: this statement is not checked".to_owned(),
        note: None,
        help: Some("fix the syntax; run `python -m py_compile` on the file for Python's own message".to_owned()),
        related: Vec::new(),
        secrets: Vec::new(),
        channel: None,
        fix: None,
        anchor: Anchor::default(),
    })
}
