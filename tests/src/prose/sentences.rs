//! The sentences of a page's prose: of its paragraphs and lists, not of its code, its tables and its headings.

/// Sentences with the lines (from 1) that their paragraphs begin on.
pub fn sentences(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut paragraph = (0, String::new());
    let mut fence: Option<usize> = None;
    let mut is_front = page.starts_with("---\n");
    for (at, line) in page.lines().enumerate() {
        let text = line.trim();
        if is_front {
            is_front = at == 0 || text != "---";
            continue;
        }
        let ticks = text.chars().take_while(|c| *c == '`').count();
        let is_prose = match fence {
            Some(open) => {
                fence = fence.filter(|_| ticks < open || text.len() > ticks);
                false
            }
            None if ticks >= 3 => {
                fence = Some(ticks);
                false
            }
            None => !text.is_empty() && !text.starts_with(['#', '|']),
        };
        let item = item(text);
        if !is_prose || item.is_some() {
            split(&std::mem::take(&mut paragraph), &mut found);
        }
        if is_prose {
            if paragraph.1.is_empty() {
                paragraph.0 = at + 1;
            }
            paragraph.1.push_str(item.unwrap_or(text));
            paragraph.1.push(' ');
        }
    }
    split(&paragraph, &mut found);
    found
}

/// How many words it has; each of those in backticks counts.
pub fn word_count(sentence: &str) -> usize {
    sentence.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// `- text`, `1. text`
fn item(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marks: &[&str] = if rest.len() < line.len() { &[". "] } else { &["- ", "* "] };
    marks.iter().find_map(|mark| rest.strip_prefix(mark))
}

/// A sentence ends at a stop outside backticks, with a blank behind it.
fn split((line, text): &(usize, String), found: &mut Vec<(usize, String)>) {
    let mut sentence = String::new();
    let mut is_code = false;
    for word in text.split_whitespace() {
        sentence.push_str(word);
        sentence.push(' ');
        is_code ^= word.matches('`').count() % 2 == 1;
        if !is_code && word.trim_end_matches(['"', ')', '*']).ends_with(['.', '!', '?']) {
            found.push((*line, std::mem::take(&mut sentence).trim().to_owned()));
        }
    }
    if !sentence.is_empty() {
        found.push((*line, sentence.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_headings_and_tables_are_no_sentences() {
        let page = "---\nfix: none\n---\n\n# Title\n\nOne `a. b` is\nhere. Two!\n\n- three\n  goes on\n- four\n\n| x | y |\n\n```python\nfive. six\n```\nSeven\n";
        let found = sentences(page);
        let texts: Vec<(usize, &str)> = found.iter().map(|(line, text)| (*line, text.as_str())).collect();
        assert_eq!(
            texts,
            [(7, "One `a. b` is here."), (7, "Two!"), (10, "three goes on"), (12, "four"), (19, "Seven")]
        );
        assert_eq!(word_count("One `a. b` is - here."), 5);
    }
}
