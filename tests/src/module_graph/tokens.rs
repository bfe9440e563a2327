//! Rust code as words, `::`, plain strings and single characters, without comments, other literals and lifetimes.

/// A part of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword.
    Word(String),
    /// `::`.
    Path,
    /// A plain string, with its escapes.
    Text(String),
    /// Any other character.
    Punct(char),
}

/// The tokens of `text`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        at += match rest {
            [c, ..] if c.is_whitespace() => 1,
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => {
                let len = string(rest);
                found.push(Token::Text(rest[1..len.saturating_sub(1).max(1)].iter().collect()));
                len
            }
            ['\'', ..] => char_or_lifetime(rest),
            [':', ':', ..] => {
                found.push(Token::Path);
                2
            }
            [c, ..] if c.is_alphabetic() || *c == '_' => match prefixed_literal(rest) {
                Some(len) => len,
                None => {
                    let raw = if rest.starts_with(&['r', '#']) { 2 } else { 0 };
                    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
                    let word: String = rest[raw..].iter().copied().take_while(|c| is_part(c)).collect();
                    let len = raw + word.chars().count();
                    found.push(Token::Word(word));
                    len.max(1)
                }
            },
            [c, ..] => {
                found.push(Token::Punct(*c));
                1
            }
            [] => 1,
        };
    }
    found
}

fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its quotes.
fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// `'a'`, `'\n'`, or the `'` of a lifetime.
fn char_or_lifetime(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => rest.iter().skip(3).position(|c| *c == '\'').map_or(rest.len(), |end| end + 4),
        ['\'', _, '\'', ..] => 3,
        _ => {
            let is_part = |c: &&char| c.is_alphanumeric() || **c == '_';
            1 + rest[1..].iter().take_while(is_part).count()
        }
    }
}

/// The length of a literal that begins with letters: `r"`, `r#"`, `b"`, `br#"`, `c"`, `b'`.
fn prefixed_literal(rest: &[char]) -> Option<usize> {
    let letters = rest.iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    if letters == 0 || letters > 2 {
        return None;
    }
    let is_raw = rest[..letters].contains(&'r');
    let hashes = rest[letters..].iter().take_while(|c| **c == '#').count();
    match rest.get(letters + hashes)? {
        '"' if is_raw => {
            let start = letters + hashes + 1;
            let is_end =
                |at: &usize| rest[*at] == '"' && rest[at + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
            Some((start..rest.len()).find(is_end).map_or(rest.len(), |end| end + 1 + hashes))
        }
        '"' if hashes == 0 => Some(letters + string(&rest[letters..])),
        '\'' if hashes == 0 && rest[..letters] == ['b'] => Some(letters + char_or_lifetime(&rest[letters..])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let word = |token| if let Token::Word(word) = token { Some(word) } else { None };
        tokens(text).into_iter().filter_map(word).collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let code = r##"a /* super::b /* c */ d */ "super::e\" f" r#"g " h"# b'"' '"' '\'' 'x' i<'j> // k
            br"l" c"m" r#type n"##;
        assert_eq!(words(code), ["a", "i", "type", "n"]);
    }
}
