//! Names in text that is no syntax: strings, comments, whole files.

/// Whether `text` has `word` with nothing of a name before or behind it.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// Whether the value of a string may mean the name `word`: a type in quotes or an entry of `__all__` has it, and in prose
/// it is a word like any other.
pub fn may_name(value: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_prose = words.windows(2).any(|pair| pair[0].ends_with(is_part) && pair[1].starts_with(is_part));
    // `Literal["two words"]`
    (!is_prose || value.contains('[')) && has_word(value, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        assert!(has_word("Dict[str, Any]", "Any") && !has_word("Anything", "Any") && !has_word("an_Any", "Any"));
        assert!(may_name("list[Any] | None", "Any") && may_name("Any", "Any") && !may_name("Any other name", "Any"));
    }
}
