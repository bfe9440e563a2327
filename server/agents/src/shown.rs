//! Text that others wrote, as it may be shown: on a terminal, control characters would move the cursor and hide what
//! stands before them, and marks of direction would show a command as another one.

/// `text` on one line, with a mark for every character that would not show as itself.
pub fn shown(text: &str) -> String {
    let replace = |c: char| match c {
        '\n' | '\t' => ' ',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(shown("rm -rf /\u{1b}[2K\rls é 日本"), "rm -rf /\u{fffd}[2K\u{fffd}ls é 日本");
        assert_eq!(shown("a\u{202e}b\nc"), "a\u{fffd}b c");
    }
}
