//! What stands around a diff, and how it was sent.

use super::blocks::Block;

/// Where headers end in a carriage return, all lines were sent so: no return is part of a line. Elsewhere one is.
pub(super) fn without_returns(text: String) -> String {
    let is_header = |line: &str| ["@@", "--- ", "+++ ", "```", "~~~"].iter().any(|mark| line.starts_with(mark));
    let mut headers = text.split_terminator('\n').filter(|line| is_header(line.trim_start())).peekable();
    let are_sent_so = headers.peek().is_some() && headers.all(|line| line.ends_with('\r'));
    if are_sent_so { text.replace("\r\n", "\n") } else { text }
}

/// Whether the last line of a block is one of a hunk, and no words behind it.
pub(super) fn ends_in_a_hunk(block: &Block<'_>) -> bool {
    let last = block.lines.iter().rev().find(|line| !line.trim().is_empty());
    last.is_some_and(|line| line.starts_with(['+', '-', ' ']))
}

/// Whether a hunk seems to go on in the words behind its fence: a line of it looked like the end of the fence.
pub(super) fn goes_on(block: &Block<'_>) -> bool {
    let first = block.lines.first().copied().unwrap_or_default();
    let is_item = first.starts_with("- ") && !first.starts_with("-  ");
    !block.is_fence() && first.starts_with(['+', '-', ' ']) && !first.trim().is_empty() && !is_item
}

/// `> @@ -1,3 +1,3 @@`
pub(super) fn is_quoted_header(line: &str) -> bool {
    let rest = line.trim_start_matches(['>', ' ', '\t', '|']);
    rest.strip_prefix("@@ -").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A program that believes itself on a terminal colors its diff.
pub(super) fn without_colors(text: &str) -> String {
    let is_header = |line: &str| line.contains('\u{1b}') && (line.contains("@@") || line.contains("--- "));
    if !text.lines().any(is_header) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        let end = sequence.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(sequence.len());
        match sequence[end..].chars().next() {
            Some('m' | 'K') => rest = &sequence[end + 1..],
            _ => {
                plain.push_str("\u{1b}[");
                rest = sequence;
            }
        }
    }
    plain + rest
}
