//! Text that others wrote, made fit to be shown: on a terminal, control characters would move the cursor and hide what
//! stands before them, and marks of direction would show a command as another one.

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

/// `text` on one line, with a mark for every character that would not show as itself: nothing of it is left out.
pub fn shown(text: &str) -> String {
    let replace = |letter: char| match letter {
        '\n' | '\t' => ' ',
        letter if is_hidden(letter) => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(replace).collect()
}

/// Control characters, those that turn the direction of the text around them, and those that are not seen.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The last `most` bytes of `text`, from the start of a character.
pub(crate) fn tail(text: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&text[text.len().saturating_sub(most)..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_line_ends_are_gone() {
        assert_eq!(plain("  \u{1b}[31mred\u{1b}[0m\n\n  next\u{202e} ", 80), "[31mred[0m next");
        assert_eq!(plain("abcdef", 3), "abc…");
        assert_eq!(plain("abc", 3), "abc");
    }

    #[test]
    fn nothing_hides() {
        assert_eq!(shown("rm -rf /\u{1b}[2K\rls é 日本"), "rm -rf /\u{fffd}[2K\u{fffd}ls é 日本");
        assert_eq!(shown("a\u{202e}b\nc"), "a\u{fffd}b c");
    }
}
