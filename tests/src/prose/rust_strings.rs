//! The string literals of a Rust file that may reach a user: none of comments and tests, and none that only developers read.

/// What stands before a literal that only a developer or the log reads.
const FOR_DEVELOPERS: &[&str] = &[
    "expect(",
    "panic!(",
    "unreachable!(",
    "assert!(",
    "reason = ",
    "trace!(",
    "debug!(",
    "info!(",
    "warn!(",
    "error!(",
    "doc = ",
];

/// Literals with the lines (from 1) that they begin on. Escapes stay as they are written.
pub(super) fn of(source: &str) -> Vec<(usize, &str)> {
    let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
    let bytes = shipped.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &shipped[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((before, inner)) = literal(rest) {
            if !FOR_DEVELOPERS.iter().any(|developers| shipped[..at].trim_end().ends_with(developers.trim_end())) {
                let line = shipped[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
                found.push((line, &rest[before..before + inner]));
            }
            before + inner + before_end(rest, before)
        } else {
            character(rest).unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8))
        };
        at += length;
    }
    found
}

/// For a string literal at the start: how long its opening and its inside are.
fn literal(rest: &str) -> Option<(usize, usize)> {
    if let Some(inner) = rest.strip_prefix('"') {
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, c)| {
            let is_end = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            is_end
        });
        return Some((1, end.map_or(inner.len(), |(end, _)| end)));
    }
    let hashes = rest.strip_prefix('r')?.chars().take_while(|c| *c == '#').count();
    let inner = rest[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some((hashes + 2, inner.find(&close).unwrap_or(inner.len())))
}

/// How long the end of a literal is whose opening has this length: `"`, or the quote and hashes of a raw one.
fn before_end(rest: &str, opening: usize) -> usize {
    if rest.starts_with('"') { 1 } else { opening - 1 }
}

/// A character literal at the start, which may hold a quote; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let end = if inner.starts_with('\\') { inner[2..].find('\'')? + 2 } else { inner.chars().next()?.len_utf8() };
    inner[end..].starts_with('\'').then_some(end + 2)
}
