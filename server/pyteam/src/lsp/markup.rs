//! The parts of a hover, as Markdown or as plain text, by what the client shows; and those of a document.

use std::path::PathBuf;

use pyteam_display::code_within;
use pyteam_index::infer::Site;
use pyteam_syntax::TextSize;
use tower_lsp::ls_types::Uri;

use crate::lsp::convert;
use crate::lsp::state_snapshot::StateSnapshot;

/// Code is cut after so many characters.
const MAX_CODE: usize = 60;

/// How the parts are written.
pub(crate) struct Markup<'v> {
    snapshot: &'v StateSnapshot,
    is_markdown: bool,
}

impl<'v> Markup<'v> {
    pub(crate) fn new(snapshot: &'v StateSnapshot) -> Self {
        Self { snapshot, is_markdown: snapshot.features.markdown }
    }

    /// For a document, which is Markdown whatever hovers are.
    pub(crate) fn of_document(snapshot: &'v StateSnapshot) -> Self {
        Self { snapshot, is_markdown: true }
    }

    /// What stands between the thing and the finding.
    pub(crate) fn between_parts(&self) -> &'static str {
        if self.is_markdown { "\n\n---\n\n" } else { "\n\n" }
    }

    /// Something to be seen first.
    pub(crate) fn strong(&self, text: &str) -> String {
        if self.is_markdown { format!("**{text}**") } else { text.to_owned() }
    }

    /// A line of a list.
    pub(crate) fn item(text: &str) -> String {
        format!("\n- {text}")
    }

    /// Code in one line, whole or cut between words.
    pub(crate) fn code(&self, code: &str) -> String {
        let code = code_within(code, MAX_CODE);
        if !self.is_markdown {
            return code;
        }
        // A code span ends at as many backticks as it begins with.
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let ticks = "`".repeat(longest + 1);
        let space = if longest > 0 { " " } else { "" };
        format!("{ticks}{space}{code}{space}{ticks}")
    }

    /// A number as it is, anything longer as code.
    pub(crate) fn code_word(&self, word: &str) -> String {
        if word.chars().all(|c| c.is_ascii_digit()) { word.to_owned() } else { self.code(word) }
    }

    /// Prose in which code stands between backticks: whatever else it holds is no Markdown.
    pub(crate) fn prose(&self, text: &str) -> String {
        if !self.is_markdown {
            return text.to_owned();
        }
        let parts = text.split('`').collect::<Vec<_>>();
        let is_even = parts.len() % 2 == 1;
        let part = |(at, part): (usize, &&str)| {
            if at % 2 == 1 && is_even { (*part).to_owned() } else { escaped(part) }
        };
        let parts: Vec<String> = parts.iter().enumerate().map(part).collect();
        parts.join(if is_even { "`" } else { "\\`" })
    }

    /// A place that the editor goes to: `worker.py:40`.
    pub(crate) fn place(&self, site: Site) -> Option<String> {
        let file = self.snapshot.index.file(site.file)?;
        let start: TextSize = file.absolute(site.item, file.item(site.item).expr_range(site.expr)).start();
        let line = file.source().lines().line_of(start) + 1;
        let (uri, _) = self.snapshot.identifier_of(&file.path)?;
        let name = convert::short_path(&file.on_disk(), &self.snapshot.folders);
        Some(self.link(&format!("{name}:{line}"), &format!("{}#L{line}", target(&uri))))
    }

    /// A link to a file.
    pub(crate) fn file_link(&self, text: &str, path: &PathBuf) -> Option<String> {
        Some(self.link(text, &target(&Uri::from_file_path(path)?)))
    }

    /// A link, where the client shows any.
    pub(crate) fn link(&self, text: &str, target: &str) -> String {
        if self.is_markdown { format!("[{}]({target})", escaped(text)) } else { text.to_owned() }
    }
}

/// A URI between the parentheses of a link.
fn target(uri: &Uri) -> String {
    uri.as_str().replace('(', "%28").replace(')', "%29")
}

/// Text without what Markdown would take for markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_markup_is_shown_as_it_is() {
        assert_eq!(escaped("a_b*c <d> [e] &#x202e;"), "a\\_b\\*c \\<d\\> \\[e\\] \\&\\#x202e;");
    }
}
