//! Headlines and notes that are filled with code.

/// Most characters of a headline that could be shorter: with the rule's code before it, it fits on a line of 100 or so.
const MAX: usize = 70;
/// Most characters of a list in a headline or note.
const ROOM: usize = 48;

/// The first of these, as many as have room, and how many more there are: `a, b, and 3 more`.
pub fn some_of(words: &[String]) -> String {
    let mut length = 0;
    let fits = |word: &&String| {
        length += word.chars().count() + 2;
        length <= ROOM + 2
    };
    let shown = words.iter().take_while(fits).count().max(1).min(words.len());
    let mut list = words[..shown].to_vec();
    if shown < words.len() {
        list.push(format!("and {} more", words.len() - shown));
    }
    list.join(", ")
}

/// The headline that says more, where it is short enough, else the other.
pub fn fitting(long: String, short: impl FnOnce() -> String) -> String {
    if long.chars().count() <= MAX { long } else { short() }
}
