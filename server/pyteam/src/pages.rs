//! Rules' pages for people to read: in a sentence or two, and as files that an editor opens.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use pyteam_engine::page::PROJECT_FAMILY;
use pyteam_engine::{Engine, Page};

use crate::cache::{Cache, PAGES};

/// As many whole sentences of the first paragraph of `markdown` as `most` characters hold, and one at least.
pub fn sentences(markdown: &str, most: usize) -> String {
    let paragraph: Vec<&str> = markdown.trim().lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = without_links(&paragraph.join(" "));
    let mut end = 0;
    let mut is_code = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        is_code ^= c == '`';
        let ends = matches!(c, '.' | '!' | '?') && !is_code && characters.peek().is_none_or(|(_, next)| *next == ' ');
        if ends && (end == 0 || text[..at].chars().count() < most) {
            end = at + c.len_utf8();
        }
    }
    if end == 0 { text } else { text[..end].to_owned() }
}

/// Markdown's links as their texts: their targets are files beside the page, which the editor does not show.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let link = after.split_once("](").and_then(|(label, tail)| Some((label, tail.split_once(')')?.1)));
        if let Some((label, tail)) = link.filter(|(label, _)| !label.contains('[')) {
            plain.push_str(label);
            rest = tail;
        } else {
            plain.push('[');
            rest = after;
        }
    }
    plain + rest
}

/// The file of a rule's page: a rule of the workspace's own has one, those of pyteam are written into the user's cache,
/// all of them, since they lead to one another. None where there is no cache, or no such rule.
pub fn on_disk(engine: &Engine, code: &str) -> Option<PathBuf> {
    let page = engine.page(code)?;
    if page.family == PROJECT_FAMILY {
        return Some(PathBuf::from(&page.path)).filter(|path| path.is_absolute());
    }
    let shipped: Vec<&Page> = engine.pages().filter(|page| page.family != PROJECT_FAMILY).collect();
    let mut hasher = blake3::Hasher::new();
    for page in &shipped {
        hasher.update(page.markdown.as_bytes());
    }
    let cache = Cache::of_user()?;
    let folder = cache.folder().join(format!("{PAGES}{}", &hasher.finalize().to_hex()[..16]));
    let path = folder.join(file_of(page));
    if path.is_file() {
        return Some(path);
    }
    let written = write(cache.folder(), &folder, &shipped);
    if let Err(error) = &written {
        tracing::debug!(%error, folder = %folder.display(), "the rules' pages cannot be written");
    }
    written.ok().map(|()| path)
}

/// As in the repository, so that links between pages lead somewhere.
fn file_of(page: &Page) -> PathBuf {
    Path::new(&page.family).join(format!("{}.md", page.code.replace('-', "_")))
}

/// Writes all pages beside, and puts them in place at once: another process may do the same.
fn write(cache: &Path, folder: &Path, pages: &[&Page]) -> io::Result<()> {
    fs::create_dir_all(cache)?;
    let beside = tempfile::Builder::new().prefix(PAGES).tempdir_in(cache)?;
    for page in pages {
        let path = beside.path().join(file_of(page));
        path.parent().map(fs::create_dir_all).transpose()?;
        fs::File::create(path)?.write_all(for_readers(page).as_bytes())?;
    }
    let _ = fs::remove_dir_all(folder);
    match fs::rename(beside.path(), folder) {
        // Another process wrote it first.
        Err(_) if folder.is_dir() => Ok(()),
        moved => moved,
    }
}

/// A page without what is for tests alone.
fn for_readers(page: &Page) -> String {
    let mut text = String::new();
    let mut is_left_out = false;
    for line in page.markdown.lines() {
        if line.trim_start().starts_with("```snapshot") {
            is_left_out = true;
        } else if is_left_out {
            is_left_out = line.trim() != "```";
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_whole() {
        let text =
            "A process that dies sends nothing. Whoever waits, e.g. by `q.get()`, waits\nfor ever. Really.\n\nMore.";
        assert_eq!(sentences(text, 10), "A process that dies sends nothing.");
        assert_eq!(
            sentences(text, 400),
            "A process that dies sends nothing. Whoever waits, e.g. by `q.get()`, waits for ever. Really."
        );
        assert_eq!(sentences("see [that rule](that_rule.md) and [1]", 10), "see that rule and [1]");
        assert_eq!(sentences("", 10), "");
    }

    #[test]
    fn pages_are_written_once_and_lead_to_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(pyteam_rules::all());
        let shipped: Vec<&Page> = engine.pages().collect();
        let target = folder.path().join("rules-x");
        write(folder.path(), &target, &shipped).unwrap();
        write(folder.path(), &target, &shipped).unwrap();
        for page in shipped {
            let text = fs::read_to_string(target.join(file_of(page))).unwrap();
            assert!(text.starts_with("# ") && !text.contains("```snapshot"), "{}", page.code);
            let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
            for link in links.filter(|link| link.strip_suffix(".md").is_some()) {
                assert!(target.join(&page.family).join(link).is_file(), "{}: {link}", page.code);
            }
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
