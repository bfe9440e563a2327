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

/// What stands before an item that is not shipped.
const FOR_TESTS: &str = "#[cfg(test)]";

/// Literals with the lines (from 1) that they begin on. Escapes stay as they are written.
pub(super) fn of(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with(FOR_TESTS) {
            let line = source[..at].rsplit('\n').next().unwrap_or_default();
            item_for_tests(rest, line)
        } else if let Some((before, inner)) = literal(rest) {
            if !FOR_DEVELOPERS.iter().any(|developers| source[..at].trim_end().ends_with(developers.trim_end())) {
                let line = source[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
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

/// How long the item is that begins with [`FOR_TESTS`]: up to its semicolon, or to the brace that closes it, which stands
/// below the attribute, as rustfmt puts it. `before` stands before the attribute on its line.
fn item_for_tests(rest: &str, before: &str) -> usize {
    match rest.find([';', '{']) {
        Some(end) if rest[end..].starts_with('{') => {
            let close = format!("\n{before}}}");
            rest.find(&close).map_or(rest.len(), |at| at + close.len())
        }
        Some(end) => end + 1,
        None => rest.len(),
    }
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
