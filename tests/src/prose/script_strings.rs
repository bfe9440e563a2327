//! The string literals of TypeScript and Lua.

/// Literals with the lines (from 1) that they begin on, without what code puts into them. Escapes stay as they are written.
pub(super) fn of(source: &str) -> Vec<(usize, String)> {
    let is_lua = !source.trim_start().starts_with("/*") && source.contains("local function ");
    let comments: &[(&str, &str)] = if is_lua { &[("--", "\n")] } else { &[("//", "\n"), ("/*", "*/")] };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        if let Some((open, close)) = comments.iter().find(|(open, _)| rest.starts_with(open)) {
            at += rest[open.len()..].find(close).map_or(rest.len(), |end| open.len() + end + close.len());
        } else if first == '"' || first == '\'' || !is_lua && first == '`' {
            let (text, length) = literal(rest, first);
            found.push((source[..at].matches('\n').count() + 1, text));
            at += length;
        } else {
            at += first.len_utf8();
        }
    }
    found
}

/// What stands between quotes, and how long it is with them.
fn literal(rest: &str, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut depth = 0;
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
                text.push(' ');
            }
            // `${...}` is code, in which the quote may stand again.
            '$' if quote == '`' && letters.peek().is_some_and(|(_, next)| *next == '{') => depth += 1,
            '}' if depth > 0 => {
                depth -= 1;
                text.push('.');
            }
            _ if depth > 0 => {}
            _ if letter == quote => return (text, at + letter.len_utf8()),
            _ => text.push(letter),
        }
    }
    (text, rest.len())
}
