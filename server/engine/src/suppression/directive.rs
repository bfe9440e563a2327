//! Reading suppressions out of comments.

use pyteam_syntax::{Parsed, Stmt, TextRange, TextSize};

use crate::builtin;
use crate::settings::closest;

/// One suppression.
#[derive(Debug)]
pub(super) struct Directive {
    /// What it is for.
    pub(super) scope: Scope,
    /// From its `#` to the end of its reason.
    pub(super) range: TextRange,
    /// What stands between the brackets.
    pub(super) list: Option<TextRange>,
    /// The codes; `None` for all.
    pub(super) codes: Option<Vec<Code>>,
    /// Why it cannot be understood.
    pub(super) mistake: Option<Complaint>,
}

/// What a finding about a suppression says.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    /// What is wrong.
    pub(super) says: String,
    /// What to write instead, where the first sentence does not say it.
    pub(super) help: Option<String>,
}

/// A code in a suppression.
#[derive(Debug)]
pub(super) struct Code {
    /// As it is written.
    pub(super) text: String,
}

impl Code {
    /// What it is called now.
    pub(super) fn current(&self) -> &str {
        builtin::current(&self.text)
    }
}

/// What a suppression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Findings of this line (from 0).
    Line(u32),
    /// All findings of the file.
    File,
    /// It is misplaced or misspelled, and silences nothing.
    Nowhere,
}

impl Directive {
    /// The number of `code` in the list; 0 where all are meant.
    pub(super) fn names(&self, code: &str) -> Option<u32> {
        match &self.codes {
            None => Some(0),
            Some(codes) => codes.iter().position(|one| one.current() == code).map(|at| at as u32),
        }
    }
}

/// Reads all suppressions of a file.
pub(super) fn read(parsed: &Parsed) -> Vec<Directive> {
    let head = head_end(parsed);
    let mut directives = Vec::new();
    for comment in &parsed.comments {
        let text = parsed.source.slice(*comment);
        // Most comments are not for us, and this is looked for at every keystroke.
        if text.contains("pyteam") {
            read_comment(parsed, *comment, head, &mut directives);
        }
    }
    directives
}

/// Where the file's head ends: before the first statement that is no docstring.
fn head_end(parsed: &Parsed) -> TextSize {
    let first = parsed.items.iter().find(|slot| match slot.item.stmt(slot.item.root()) {
        Stmt::Expr(value) => !matches!(slot.item.expr(*value), pyteam_syntax::Expr::Str(_)),
        _ => true,
    });
    first.map_or(parsed.source.len(), |slot| slot.start)
}

fn read_comment(parsed: &Parsed, comment: TextRange, head: TextSize, directives: &mut Vec<Directive>) {
    let text = parsed.source.slice(comment);
    // A lone `\r` ends a line for editors, but not for the parser's comments.
    let text = text.split(['\r', '\n']).next().unwrap_or_default();
    for (at, _) in text.match_indices('#') {
        let Some(rest) = text[at + 1..].trim_start().strip_prefix("pyteam:") else { continue };
        let start = comment.start() + size(at);
        let length = end_of_reason(&text[at..]);
        let range = TextRange::at(start, size(length));
        // Nothing may follow yet: the directive is being typed.
        let words_at = (text.len() - rest.trim_start().len()).min(at + length);
        if let Some(mut directive) = read_words(&text[words_at..at + length], comment.start() + size(words_at), range) {
            if directive.mistake.is_none() {
                place(parsed, comment, head, &mut directive);
            } else {
                directive.scope = Scope::Nowhere;
            }
            directives.push(directive);
        }
    }
}

/// Up to the next comment within the comment: `# pyteam: ignore[x] reason # noqa`. A number sign before
/// a number belongs to the reason: `see #123`.
fn end_of_reason(text: &str) -> usize {
    let next = text.match_indices('#').skip(1).find(|(at, _)| {
        let after = text[at + 1..].trim_start();
        text[..*at].ends_with(char::is_whitespace) && after.starts_with(char::is_alphabetic)
    });
    text[..next.map_or(text.len(), |(at, _)| at)].trim_end().len()
}

/// Reads `ignore[codes] reason`. `at` is where `words` start in the file.
fn read_words(words: &str, at: TextSize, range: TextRange) -> Option<Directive> {
    let verb_length = words.find(|c: char| !c.is_ascii_alphabetic() && c != '-' && c != '_').unwrap_or(words.len());
    let verb = &words[..verb_length];
    let scope = match verb {
        "ignore" => Scope::Line(0),
        "ignore-file" => Scope::File,
        _ => {
            // Prose after `pyteam:` is not ours to mend, a misspelled suppression is.
            let near = closest(verb, ["ignore", "ignore-file"])?;
            let says = format!("unknown directive `{verb}`; did you mean `{near}`?");
            let mistake = Complaint { says, help: None };
            return Some(Directive { scope: Scope::Nowhere, range, list: None, codes: None, mistake: Some(mistake) });
        }
    };
    let mut directive = Directive { scope, range, list: None, codes: None, mistake: None };
    let rest = &words[verb_length..];
    let Some(open) = rest.find(|c: char| !c.is_whitespace()).filter(|open| rest[*open..].starts_with('[')) else {
        if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
            directive.mistake = Some(misspelled(verb, "expected a list of codes"));
        }
        return Some(directive);
    };
    let inside = &rest[open + 1..];
    let Some(close) = inside.find(']') else {
        directive.mistake = Some(misspelled(verb, "missing `]`"));
        return Some(directive);
    };
    let list_at = at + size(verb_length + open + 1);
    directive.list = Some(TextRange::at(list_at, size(close)));
    let words = inside[..close].split(',').map(str::trim).filter(|code| !code.is_empty());
    let codes: Vec<Code> = words.map(|code| Code { text: code.to_owned() }).collect();
    if codes.is_empty() {
        directive.mistake = Some(misspelled(verb, "empty list of codes"));
    }
    directive.codes = Some(codes);
    Some(directive)
}

/// What is wrong with the list behind `verb`.
fn misspelled(verb: &str, what: &str) -> Complaint {
    Complaint { says: format!("invalid suppression: {what}"), help: Some(format!("write `# pyteam: {verb}[code]`")) }
}

/// Finds out which line a suppression is for.
fn place(parsed: &Parsed, comment: TextRange, head: TextSize, directive: &mut Directive) {
    let source = &parsed.source;
    let line = source.lines().line_of(comment.start());
    let line_start = source.lines().line_start(line);
    if directive.scope == Scope::File {
        if comment.start() >= head {
            directive.scope = Scope::Nowhere;
            directive.mistake = Some(Complaint {
                says: "`ignore-file` must come before the first statement".to_owned(),
                help: Some("move it above the first statement".to_owned()),
            });
        }
        return;
    }
    let is_alone = source.slice(TextRange::new(line_start, comment.start())).trim().is_empty();
    let target = if is_alone {
        // Explanations may stand between the suppression and the code.
        (line + 1..source.lines().len()).find(|line| !source.line_text(*line).trim_start().starts_with('#'))
    } else {
        Some(line)
    };
    directive.scope = target.map_or(Scope::Line(line), Scope::Line);
}

fn size(length: usize) -> TextSize {
    TextSize::new(length as u32)
}
