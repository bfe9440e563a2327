//! Finds the diffs in an answer.

use super::around::{ends_in_a_hunk, goes_on, is_quoted_header, without_colors, without_returns};
use super::blocks::{Block, blocks};
use super::hunk::{self, Hunk, Range};
use super::{FilePatch, Found, names, whole};

/// What `text` holds. An error is a diff that cannot be used; it continues the sentence "a diff that".
pub(crate) fn read(text: &str) -> Result<Found, String> {
    let plain = without_returns(without_colors(text));
    let blocks = blocks(&plain);
    let (mut patches, mut others, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for (at, block) in blocks.iter().enumerate() {
        let mut reader = Reader { block, at: 0, words: Vec::new() };
        let (mut found, is_short) = reader.all()?;
        let is_cut_off = match blocks.get(at + 1) {
            _ if !block.is_closed => true,
            Some(next) => block.is_fence() && goes_on(next),
            None => !block.is_fence() && ends_in_a_hunk(block),
        };
        if is_short && is_cut_off {
            return Err("ends in the middle of a hunk".to_owned());
        }
        if found.is_empty() {
            others.push(block);
        }
        if !block.is_code() {
            words.append(&mut reader.words);
        }
        patches.append(&mut found);
    }
    let is_alone = patches.is_empty() && plain.lines().any(is_quoted_header);
    if is_alone || words.iter().any(|line| is_quoted_header(line.trim_start_matches([' ', '\t', '"', '\'']))) {
        return Err("is in a quotation or an indented block".to_owned());
    }
    if words.iter().any(|line| ["\\n@@ -", "\\n+++ "].iter().any(|mark| line.contains(mark))) {
        return Err("is in a string with escaped line ends, which is not supported".to_owned());
    }
    let files = whole::files(&others);
    Ok(match (patches.is_empty(), files.is_empty()) {
        (false, _) => Found::Diffs(patches, files),
        (true, false) => Found::Files(files),
        (true, true) => Found::Nothing,
    })
}

/// The beginnings of lines by which another format of changes is known.
const SEARCH: [&str; 2] = ["<<<<<<< SEARCH", "<<<<<<< ORIGINAL"];

struct Reader<'b, 't> {
    block: &'b Block<'t>,
    at: usize,
    /// Lines that belong to no diff.
    words: Vec<&'t str>,
}

impl<'t> Reader<'_, 't> {
    fn line(&self, at: usize) -> Option<&'t str> {
        self.block.lines.get(at).copied()
    }

    /// All diffs of the block, and whether the last hunk is shorter than it says.
    fn all(&mut self) -> Result<(Vec<FilePatch>, bool), String> {
        let mut patches = Vec::new();
        let mut is_short = false;
        while let Some(line) = self.line(self.at) {
            if let Some(mut patch) = self.names_a_file()? {
                is_short = self.hunks(&mut patch)?;
                check(&patch)?;
                patches.push(patch);
                continue;
            }
            if line.starts_with("@@") && hunk::header(line).is_some_and(|(range, _)| range.is_some() || self.is_diff())
            {
                patches.push(self.of_the_caption(&mut is_short)?);
                continue;
            }
            if SEARCH.iter().any(|mark| line.starts_with(mark)) {
                return Err("uses SEARCH and REPLACE blocks, which are not supported: ask for a unified diff".into());
            }
            if self.is_of_another_form() {
                return Err("is not a unified diff; no other format is supported".to_owned());
            }
            self.words.push(line);
            self.at += 1;
        }
        let is_blank = self.block.lines.iter().all(|line| line.trim().is_empty());
        if self.block.is_called_diff() && patches.is_empty() && !is_blank {
            self.at = self.block.lines.iter().position(|line| !line.trim().is_empty()).unwrap_or_default();
            self.words.clear();
            patches.push(self.of_the_caption(&mut is_short)?);
        }
        Ok((patches, is_short))
    }

    /// A context diff, or what `diff` writes without options: `2c2`, then `< old` or `> new`.
    fn is_of_another_form(&self) -> bool {
        let (Some(line), Some(next)) = (self.line(self.at), self.line(self.at + 1)) else { return false };
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == ',');
        let is_command = line.split_once(['a', 'c', 'd']).is_some_and(|(old, new)| is_number(old) && is_number(new));
        line.starts_with("***************") && next.starts_with("*** ")
            || is_command && (next.starts_with("< ") || next.starts_with("> "))
    }

    fn is_diff(&self) -> bool {
        self.block.is_called_diff()
    }

    /// A diff without names: the line above its fence may say whose it is.
    fn of_the_caption(&mut self, is_short: &mut bool) -> Result<FilePatch, String> {
        let named = self.block.info.and_then(names::in_info).or(self.block.caption.and_then(names::in_caption));
        let name = named.filter(|_| self.block.is_fence()).ok_or("names no file")?.to_owned();
        let mut patch = FilePatch { before: Some(name.clone()), after: Some(name), ..FilePatch::default() };
        let from = self.at;
        *is_short = self.hunks(&mut patch)?;
        if self.at == from {
            return Err("cannot be read".to_owned());
        }
        check(&patch)?;
        Ok(patch)
    }

    /// The names at this line, and where the hunks begin.
    fn names_a_file(&mut self) -> Result<Option<FilePatch>, String> {
        let Some(line) = self.line(self.at) else { return Ok(None) };
        if let Some(names) = line.strip_prefix("diff --git ") {
            return self.git(names).map(Some);
        }
        if line.starts_with("diff --cc ") || line.starts_with("diff --combined ") {
            return Err("is a merge diff, with several old files".to_owned());
        }
        if let Some(patch) = self.of_codex() {
            return Ok(Some(patch));
        }
        let Some((before, after)) = self.two_names(self.at) else { return Ok(None) };
        self.at += 2;
        Ok(Some(FilePatch { before, after, ..FilePatch::default() }))
    }

    /// `--- NAME` and `+++ NAME`.
    fn two_names(&self, at: usize) -> Option<(Option<String>, Option<String>)> {
        let before = self.line(at)?.strip_prefix("--- ")?;
        let after = self.line(at + 1)?.strip_prefix("+++ ")?;
        Some((names::of_header(before), names::of_header(after)))
    }

    /// What follows `diff --git`.
    fn git(&mut self, named: &str) -> Result<FilePatch, String> {
        let both = names::of_git(named);
        let mut patch = FilePatch::default();
        let (mut from, mut to) = (None, None);
        self.at += 1;
        while let Some(line) = self.line(self.at) {
            let header = &mut patch.header;
            if let Some(mode) = line.strip_prefix("new file mode ") {
                (header.is_new, header.mode) = (true, Some(mode.trim().to_owned()));
            } else if line.starts_with("deleted file mode ") {
                header.is_deleted = true;
            } else if let Some(mode) = line.strip_prefix("new mode ") {
                header.mode = Some(mode.trim().to_owned());
            } else if let Some(name) = line.strip_prefix("rename from ") {
                (header.is_renamed, from) = (true, names::of_header(name));
            } else if let Some(name) = line.strip_prefix("copy from ") {
                (header.is_copied, from) = (true, names::of_header(name));
            } else if let Some(name) = line.strip_prefix("rename to ").or(line.strip_prefix("copy to ")) {
                to = names::of_header(name);
            } else if line.starts_with("Binary files ") || line.starts_with("GIT binary patch") {
                header.is_binary = true;
            } else if !["old mode ", "similarity index ", "dissimilarity index ", "index "]
                .iter()
                .any(|known| line.starts_with(known))
            {
                break;
            }
            self.at += 1;
        }
        let is_known = |name: &Option<String>| {
            let known = both.iter().flat_map(|(before, after)| [before, after]).chain(&from).chain(&to);
            both.is_none() || name.as_ref().is_none_or(|name| known.into_iter().any(|one| one == name))
        };
        // What follows an empty file may be about another.
        let two = self.two_names(self.at).filter(|(before, after)| is_known(before) && is_known(after));
        if let Some((before, after)) = two {
            (patch.before, patch.after) = (before, after);
            self.at += 2;
        } else if from.is_some() && to.is_some() {
            (patch.before, patch.after) = (from, to);
        } else {
            let (before, after) = both.ok_or_else(|| format!("names no readable file: {named}"))?;
            patch.before = (!patch.header.is_new).then_some(before);
            patch.after = (!patch.header.is_deleted).then_some(after);
        }
        Ok(patch)
    }

    /// `*** Update File: NAME`, as the models of one maker write it.
    fn of_codex(&mut self) -> Option<FilePatch> {
        let line = self.line(self.at)?;
        let name =
            |word: &str| line.strip_prefix("*** ")?.strip_prefix(word)?.strip_prefix(" File: ").map(str::to_owned);
        let name = |word: &str| name(word).map(|name| name.trim().to_owned());
        let mut patch = if let Some(name) = name("Update") {
            FilePatch { before: Some(name.clone()), after: Some(name), ..FilePatch::default() }
        } else if let Some(name) = name("Add") {
            FilePatch { after: Some(name), ..FilePatch::default() }
        } else {
            FilePatch { before: Some(name("Delete")?), ..FilePatch::default() }
        };
        patch.header.is_deleted = patch.after.is_none();
        self.at += 1;
        if let Some(name) = self.line(self.at).and_then(|line| line.strip_prefix("*** Move to: ")) {
            patch.after = Some(name.trim().to_owned());
            patch.header.is_renamed = true;
            self.at += 1;
        }
        Some(patch)
    }

    /// Reads the hunks that follow. Whether the last one is shorter than it says.
    fn hunks(&mut self, patch: &mut FilePatch) -> Result<bool, String> {
        let mut is_short = false;
        loop {
            let mut start = self.at;
            while self.line(start).is_some_and(|line| line.trim().is_empty()) && !patch.hunks.is_empty() {
                start += 1;
            }
            let Some(line) = self.line(start) else { break };
            if line.starts_with("@@@") {
                return Err("is a merge diff, with several old files".to_owned());
            }
            let (range, heading, first) = match hunk::header(line) {
                Some((range, heading)) => (range, heading, start + 1),
                // Some leave the header out where there is one hunk.
                None if patch.hunks.is_empty() && line.starts_with(['+', '-', ' ']) && !self.is_boundary(start) => {
                    (None, String::new(), start)
                }
                None => break,
            };
            let mut end = first;
            while end < self.block.lines.len() && !self.is_boundary(end) {
                end += 1;
            }
            let (lines, used) = hunk::body(range, &self.block.lines[first..end], self.block.is_fence());
            if !lines.iter().any(hunk::Line::is_change) {
                return Err("has a hunk without added or removed lines".to_owned());
            }
            is_short = range.is_some_and(|range| is_shorter(range, &lines));
            patch.hunks.push(Hunk { range, heading, lines });
            self.at = first + used;
        }
        Ok(is_short)
    }

    /// Whether something else than the hunk goes on here.
    fn is_boundary(&self, at: usize) -> bool {
        let Some(line) = self.line(at) else { return true };
        let next = |at: usize| self.line(at).unwrap_or_default();
        line.starts_with("@@")
            || line.starts_with("diff --git ")
            || line.starts_with("Index: ")
            || line == "*** End Patch"
            || line == "*** End of File"
            || ["*** Update File: ", "*** Add File: ", "*** Delete File: "].iter().any(|mark| line.starts_with(mark))
            // A removed comment of SQL and an added line of pluses look like names, but no hunk follows.
            || self.two_names(at).is_some() && next(at + 2).starts_with("@@")
            // The end of a mail.
            || line == "-- " && next(at + 1).starts_with(|c: char| c.is_ascii_digit())
    }
}

fn is_shorter(range: Range, lines: &[hunk::Line]) -> bool {
    let old = lines.iter().filter(|line| line.is_old()).count();
    let new = lines.iter().filter(|line| line.sign != hunk::Sign::Removed).count();
    old < range.old || new < range.new
}

/// A patch says what it does.
fn check(patch: &FilePatch) -> Result<(), String> {
    let FilePatch { before, after, header, hunks } = patch;
    let name = after.as_ref().or(before.as_ref()).ok_or("names no file")?;
    if header.is_binary {
        return Err(format!("changes {name} as binary data"));
    }
    if header.mode.as_ref().is_some_and(|mode| !mode.starts_with("100")) {
        return Err(format!("turns {name} into something other than a file"));
    }
    let says = header.mode.is_some() || header.is_deleted || header.is_renamed || header.is_copied;
    // A file that is to be gone, or that is new and empty, needs no hunk.
    if hunks.is_empty() && !says {
        return Err(format!("names {name} without a change to it"));
    }
    Ok(())
}
