//! Files that an answer gives whole, in a fence with a name. A file that is there is replaced by what stands in a fence only
//! where that is all of the file: most fences with a name quote some lines of it.

use pyteam_display::diff::line_diff;
use similar::DiffTag;

use super::blocks::Block;
use super::{Whole, names};

/// What a fence with a file's name means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// Lines of the file as it is.
    Quoted,
    /// The file as it is to be.
    Whole(String),
    /// It cannot be told.
    Unknown,
}

/// At one place so many lines more may go than come, where all of the file is meant: more were left out most likely, at an
/// end or between two functions.
const MAX_LOST: usize = 3;

/// All fences that name a file.
pub(super) fn files(blocks: &[&Block<'_>]) -> Vec<Whole> {
    let named = |block: &&Block<'_>| {
        let info = block.info?;
        let path = names::in_info(info).or(block.caption.and_then(names::in_caption))?;
        if !is_language_of(&block.language(), path) {
            return None;
        }
        let text: String = block.lines.iter().flat_map(|line| [*line, "\n"]).collect();
        (!text.trim().is_empty()).then(|| Whole { path: path.to_owned(), text, is_closed: block.is_closed })
    };
    blocks.iter().filter_map(named).collect()
}

/// Whether a fence of this language can hold this file: `Run main.py:` stands above a fence that holds a command.
fn is_language_of(language: &str, path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let known: &[&str] = match ending.as_str() {
        "py" | "pyi" => &["python", "python3", "py"],
        "yml" | "yaml" => &["yaml", "yml"],
        "md" => &["markdown", "md"],
        "sh" => &["bash", "sh", "shell"],
        "js" => &["javascript", "js"],
        "ts" => &["typescript", "ts"],
        "cfg" | "ini" => &["ini", "cfg"],
        _ => &[],
    };
    // Where the fence itself has the name, its language is that name.
    language.is_empty() || language == ending || known.contains(&language) || language.ends_with(&format!(".{ending}"))
}

/// What `text` means for a file that was `old`.
pub(super) fn meant(old: Option<&str>, text: &str) -> Meant {
    let Some(old) = old else {
        return if leaves_out(text) { Meant::Unknown } else { Meant::Whole(text.to_owned()) };
    };
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    if lines(old).contains(lines(text).trim()) {
        return Meant::Quoted;
    }
    if leaves_out(text) && !leaves_out(old) {
        return Meant::Unknown;
    }
    let diff = line_diff(old, text);
    let cuts =
        |op: &similar::DiffOp| op.tag() != DiffTag::Equal && op.old_range().len() > op.new_range().len() + MAX_LOST;
    if diff.ops().iter().any(cuts) || diff.ratio() < 0.3 {
        return Meant::Unknown;
    }
    let text = if old.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text.to_owned() };
    Meant::Whole(text)
}

/// Whether a comment says that lines were left out: `# ...`, `# rest unchanged`.
fn leaves_out(text: &str) -> bool {
    let comment = |line: &str| {
        let line = line.trim();
        let comment = line.split_once('#').or(line.split_once("//")).map(|(_, comment)| comment.trim().to_lowercase());
        comment.is_some_and(|comment| {
            comment.starts_with("...")
                || comment.starts_with('…')
                || ["existing code", "rest of the", "unchanged", "same as before", "omitted"]
                    .iter()
                    .any(|words| comment.contains(words))
        })
    };
    text.lines().any(comment)
}
