//! One file of a unit: what it was, what it becomes, and the name beside it under which one waits for the other.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pyteam_agents::change::executable;
use serde::{Deserialize, Serialize};

use super::{NotWritten, Step, attributes};

/// What the journal says of one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    /// The file itself, no link to it.
    #[serde(with = "as_key")]
    pub(super) path: PathBuf,
    /// Where the new text waits before it is swapped in, and the old one afterwards. On the same file system.
    #[serde(with = "as_key")]
    pub(super) temporary: PathBuf,
    /// The file is written over instead of being replaced, since a new one would not be the same in all respects.
    pub(super) in_place: bool,
    /// The text before; none where there was no file.
    pub(super) before: Option<Cow<'a, str>>,
    /// The text afterwards; none where there is to be no file.
    pub(super) after: Option<Cow<'a, str>>,
    /// Whether it is to be executable, where that is another than it was.
    #[serde(default)]
    pub(super) executable: Option<bool>,
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Missing,
    /// A regular file with these bytes.
    File(Vec<u8>),
    /// Something else, or more than any of our texts.
    Other,
}

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it was.
    Before,
    /// As it shall be.
    After,
    /// Written over in part.
    Torn,
    /// Changed by another program.
    Foreign,
}

impl<'a> Entry<'a> {
    /// Looks whether `step` can be made; `temporary` is the name of the file beside it.
    pub(super) fn plan(step: &Step<'a>, temporary: &str) -> Result<Self, NotWritten> {
        let (before, after) = (step.before.map(Cow::Borrowed), step.after.map(Cow::Borrowed));
        let (path, in_place) = match (step.before, step.after) {
            (Some(before), Some(_)) => rewritable(&step.path, before)?,
            (Some(before), None) => (removable(&step.path, before)?, false),
            (None, _) => (creatable(&step.path)?, false),
        };
        let folder = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        Ok(Self { temporary: folder.join(temporary), path, in_place, before, after, executable: step.executable })
    }

    /// How far the file has come.
    pub(super) fn state(&self) -> io::Result<State> {
        let content = self.look(&self.path)?;
        let (before, after) = (bytes(self.before.as_ref()), bytes(self.after.as_ref()));
        if let (Some(wanted), true) = (self.mode_alone(), content.is(before)) {
            let is_there = executable::is(&fs::metadata(&self.path)?) == wanted;
            return Ok(if is_there { State::After } else { State::Before });
        }
        Ok(match &content {
            _ if content.is(after) => State::After,
            _ if content.is(before) => State::Before,
            Content::File(found) if self.in_place && is_torn(found, before, after) => State::Torn,
            _ => State::Foreign,
        })
    }

    /// Whether it is to be executable, if that is all that changes.
    pub(super) fn mode_alone(&self) -> Option<bool> {
        self.executable.filter(|_| self.before == self.after)
    }

    /// What stands at `path`; no more of it is read than our texts are long.
    pub(super) fn look(&self, path: &Path) -> io::Result<Content> {
        let most = [&self.before, &self.after].map(|text| text.as_ref().map_or(0, |text| text.len()));
        look(path, most.into_iter().max().unwrap_or_default())
    }

    /// Whether what waits beside the file is a text of ours, or the start of one.
    pub(super) fn is_ours(&self, content: &Content) -> bool {
        let Content::File(found) = content else { return false };
        content.is(bytes(self.before.as_ref()))
            || self.after.as_ref().is_some_and(|after| after.as_bytes().starts_with(found))
    }
}

impl Content {
    /// Whether it is a file with these bytes, or none where there are none.
    pub(super) fn is(&self, bytes: Option<&[u8]>) -> bool {
        match (self, bytes) {
            (Self::Missing, None) => true,
            (Self::File(found), Some(bytes)) => found == bytes,
            _ => false,
        }
    }
}

pub(super) fn bytes<'t>(text: Option<&'t Cow<'_, str>>) -> Option<&'t [u8]> {
    text.map(|text| text.as_bytes())
}

fn look(path: &Path, most: usize) -> io::Result<Content> {
    match fs::symlink_metadata(path) {
        Err(error) if is_missing(&error) => return Ok(Content::Missing),
        Err(error) => return Err(error),
        Ok(meta) if !meta.is_file() => return Ok(Content::Other),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    match File::open(path) {
        Err(error) if is_missing(&error) => return Ok(Content::Missing),
        file => file?.take(most as u64 + 1).read_to_end(&mut bytes)?,
    };
    Ok(if bytes.len() > most { Content::Other } else { Content::File(bytes) })
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether `found` is `before` of which the start was written over by `after`. Texts are written over from their start
/// on, and shortened last.
fn is_torn(found: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let written = found.iter().zip(after).take_while(|(one, other)| one == other).count();
    found[written..] == *before.get(written..).unwrap_or_default()
}

/// The file that `path` leads to, and whether it has to be written over.
fn rewritable(path: &Path, before: &str) -> Result<(PathBuf, bool), NotWritten> {
    let io = |error: io::Error| NotWritten::io(path, &error);
    // A link stays a link: what it leads to is rewritten.
    let target = fs::canonicalize(path).map_err(io)?;
    if !look(&target, before.len()).map_err(io)?.is(Some(before.as_bytes())) {
        return Err(NotWritten::changed(path));
    }
    let meta = fs::metadata(&target).map_err(io)?;
    if meta.permissions().readonly() {
        return Err(NotWritten::new(path, "it is read-only"));
    }
    // Also tells what the permissions do not: an immutable file, a read-only file system.
    OpenOptions::new().write(true).open(&target).map_err(io)?;
    let in_place = attributes::has_to_stay(&target, &meta);
    Ok((target, in_place))
}

fn removable(path: &Path, before: &str) -> Result<PathBuf, NotWritten> {
    let content = look(path, before.len()).map_err(|error| NotWritten::io(path, &error))?;
    if content.is(Some(before.as_bytes())) { Ok(path.to_owned()) } else { Err(NotWritten::changed(path)) }
}

fn creatable(path: &Path) -> Result<PathBuf, NotWritten> {
    match look(path, 0).map_err(|error| NotWritten::io(path, &error))? {
        Content::Missing => Ok(path.to_owned()),
        _ => Err(NotWritten::new(path, "it is there already")),
    }
}

mod as_key {
    use std::path::{Path, PathBuf};

    use pyteam_index::{key_of, path_of};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&key_of(path))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(path_of(&String::deserialize(from)?).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_written_over_in_part_is_known() {
        let torn = |found: &str, before: &str, after: &str| {
            is_torn(found.as_bytes(), Some(before.as_bytes()), Some(after.as_bytes()))
        };
        for (before, after) in [("abcdef", "ABCDEFGH"), ("abcdef", "ABC"), ("abc", "abX"), ("", "x")] {
            for written in 0..=after.len() {
                let rest = before.get(written..).unwrap_or_default();
                assert!(torn(&format!("{}{rest}", &after[..written]), before, after), "{before} {after} {written}");
            }
        }
        assert!(!torn("ABcdeX", "abcdef", "ABCDEFGH"));
        assert!(!torn("", "abc", "ABC"));
    }
}
