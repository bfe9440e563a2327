//! Secrets in text. They do not leave the machine, and they are not shown.
//!
//! Before anything is said to an agent, a [`Redactor`] replaces them by placeholders. The same secret has the same number,
//! so that what is said still makes sense. What looks like a secret and is none costs an agent a word; a change that
//! would write a placeholder back is refused ([`contains_placeholder`]). For people, [`masked`] and [`secrets_in`] find
//! the same secrets: a [`MASK`] stands in their place on a screen, in a log of CI, in a document.

mod assignments;
mod lexer;
mod literals;
mod names;
mod pairs;
mod places;
mod tokens;
mod values;

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::pattern;

pub use self::places::{MASK, masked, masks_in, secrets_in};

/// Replaces secrets, and remembers which were seen.
#[derive(Debug, Default)]
pub struct Redactor {
    numbers: HashMap<String, usize>,
    count: usize,
}

impl Redactor {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many places were redacted.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many secrets there are among them.
    pub fn secrets(&self) -> usize {
        self.numbers.len()
    }

    /// A text without secrets. It has as many lines as before.
    pub fn text(&mut self, text: &str) -> String {
        let text = tokens::redact(text, self);
        let text = literals::redact(&text, self);
        let text = pairs::redact(&text, self);
        assignments::redact(&text, self)
    }

    /// A file's text without secrets: in a `.env`, every value is one.
    pub fn file(&mut self, path: &Path, text: &str) -> String {
        let text = if is_env_file(path) { assignments::redact_all(text, self) } else { text.to_owned() };
        self.text(&text)
    }

    /// What stands for a secret; it has as many lines.
    fn placeholder(&mut self, secret: &str) -> String {
        let number = self.number(secret);
        self.written(number, secret.matches('\n').count())
    }

    /// The secret's number, the same one whenever it is met.
    fn number(&mut self, secret: &str) -> usize {
        let next = self.numbers.len() + 1;
        *self.numbers.entry(secret.to_owned()).or_insert(next)
    }

    /// Writes the placeholder of a number, with so many line ends.
    fn written(&mut self, number: usize, lines: usize) -> String {
        self.count += 1;
        format!("<redacted:{number}>{}", "\n".repeat(lines))
    }
}

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"<redacted:[0-9]+>"));

/// Whether a text holds a placeholder: writing it to a file would destroy the secret that it stands for.
pub fn contains_placeholder(text: &str) -> bool {
    PLACEHOLDER.is_match(text)
}

/// `.env`, `.env.local`, `prod.env`, `.envrc`.
fn is_env_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let end = name.rsplit('.').next().unwrap_or_default();
    name == ".envrc" || name.starts_with(".env.") || (end == "env" && name != "env")
}

#[cfg(test)]
mod tests;
