//! Numbers and lists of words as sentences have them.

/// `1 file`, `3 files`
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `a`, `a and b`, `a, b and c`
pub fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// The words, of which at most `most` are said: `a, b and 3 more`.
pub fn and_more(words: &[String], most: usize) -> String {
    if words.len() <= most + 1 {
        return and(words);
    }
    format!("{} and {} more", words[..most].join(", "), words.len() - most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_where_that_is_shorter() {
        let words = |number: usize| (0..number).map(|word| word.to_string()).collect::<Vec<_>>();
        assert_eq!(
            (and(&words(0)).as_str(), and(&words(1)).as_str(), and(&words(3)).as_str()),
            ("", "0", "0, 1 and 2")
        );
        assert_eq!(and_more(&words(3), 2), "0, 1 and 2");
        assert_eq!(and_more(&words(4), 2), "0, 1 and 2 more");
        assert_eq!((count(1, "file", "files").as_str(), count(0, "file", "files").as_str()), ("1 file", "0 files"));
    }
}
