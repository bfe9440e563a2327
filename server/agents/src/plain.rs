//! Text of an agent's, made fit to be shown: on one line, short, and without control characters that a terminal obeys.

/// `text` on one line of at most `most` characters, without control characters.
pub fn plain(text: &str, most: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(most));
    let mut last_was_space = true;
    let mut count = 0;
    for letter in text.chars() {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if is_hidden(letter) || (letter == ' ' && last_was_space) {
            continue;
        }
        if count == most {
            shown.push('…');
            break;
        }
        last_was_space = letter == ' ';
        shown.push(letter);
        count += 1;
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// `text` with its lines, and without control characters that a terminal obeys.
pub fn plain_lines(text: &str) -> String {
    text.chars().filter(|&letter| matches!(letter, '\n' | '\t') || !is_hidden(letter)).collect()
}

/// Control characters, and those that turn the direction of the text around them.
fn is_hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The last `most` bytes of `text`, from the start of a character.
pub(crate) fn tail(text: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&text[text.len().saturating_sub(most)..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn escapes_and_line_ends_are_gone() {
        assert_eq!(plain("  \u{1b}[31mred\u{1b}[0m\n\n  next\u{202e} ", 80), "[31mred[0m next");
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("abc", 3), "abc");
    }
}
