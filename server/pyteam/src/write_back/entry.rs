//! One file of a unit: what it was, what it becomes, and the name beside it under which one waits for the other.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::folder::{Content, Folder, Folders, Identity};
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
    /// What the file was when it was read. A run that takes back what another one left does not know.
    #[serde(skip)]
    pub(super) original: Option<Identity>,
    /// The folder of `temporary`, where it is held open.
    #[serde(skip)]
    held: Option<Arc<Folder>>,
}

/// What two entries must not have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Object {
    /// A file, by whichever of its names.
    File((u64, u64)),
    /// A name.
    Name(PathBuf),
}

impl<'a> Entry<'a> {
    /// Looks whether `step` can be made; `temporary` is the name of the file beside it.
    pub(super) fn plan(step: &Step<'a>, temporary: &str, folders: &mut Folders) -> Result<Self, NotWritten> {
        let (before, after) = (step.before.map(Cow::Borrowed), step.after.map(Cow::Borrowed));
        let path = target(step).map_err(|error| NotWritten::io(&step.path, &error))?;
        let (at, folder) =
            folders.nearest(path.parent().unwrap_or(Path::new("."))).map_err(|error| match error.kind() {
                io::ErrorKind::NotADirectory => NotWritten::new(&step.path, "a link or a file is in a folder's place"),
                _ => NotWritten::io(&step.path, &error),
            })?;
        let mut entry = Self {
            temporary: at.join(temporary),
            path,
            in_place: false,
            before,
            after,
            executable: step.executable,
            original: None,
            held: Some(folder),
        };
        match (step.before, step.after) {
            (Some(before), Some(_)) => entry.plan_rewrite(step, before)?,
            (Some(before), None) => entry.plan_removal(step, before)?,
            (None, _) => entry.plan_new(step)?,
        }
        if !folders.holds(&at) {
            entry.held = None;
        }
        Ok(entry)
    }

    fn plan_rewrite(&mut self, step: &Step<'_>, before: &str) -> Result<(), NotWritten> {
        let io = |error: io::Error| NotWritten::io(&step.path, &error);
        let Some(folder) = self.folder().map_err(io)? else { return Err(NotWritten::changed(&step.path)) };
        if !folder.look(self.name(), before.len()).map_err(io)?.is(Some(before.as_bytes())) {
            return Err(NotWritten::changed(&step.path));
        }
        let is_read_only =
            |folder: &Folder| Ok(folder.open_file(self.name(), false)?.metadata()?.permissions().readonly());
        if is_read_only(&folder).map_err(io)? {
            return Err(NotWritten::new(&step.path, "it is read-only"));
        }
        // Also tells what the permissions do not: an immutable file, a read-only file system. And a file system of layers
        // makes its own copy of a file that is opened like this, so that what it is must be asked afterwards.
        let meta = folder.open_file(self.name(), true).and_then(|file| file.metadata()).map_err(io)?;
        self.original = Some(Identity::of(&meta));
        self.in_place = attributes::has_to_stay(&self.path, &meta);
        Ok(())
    }

    fn plan_removal(&self, step: &Step<'_>, before: &str) -> Result<(), NotWritten> {
        let content = self.look_at_file(before.len()).map_err(|error| NotWritten::io(&step.path, &error))?;
        if content.is(Some(before.as_bytes())) { Ok(()) } else { Err(NotWritten::changed(&step.path)) }
    }

    fn plan_new(&self, step: &Step<'_>) -> Result<(), NotWritten> {
        match self.look_at_file(0).map_err(|error| NotWritten::io(&step.path, &error))? {
            Content::Missing => Ok(()),
            _ => Err(NotWritten::new(&step.path, "it already exists")),
        }
    }

    /// The folder that the text waits in.
    pub(super) fn waits_in(&self) -> io::Result<Arc<Folder>> {
        match &self.held {
            Some(folder) => Ok(Arc::clone(folder)),
            None => Folder::open(self.waiting_folder()).map(Arc::new),
        }
    }

    /// The path of that folder.
    pub(super) fn waiting_folder(&self) -> &Path {
        self.temporary.parent().unwrap_or(Path::new("."))
    }

    /// The folders between that one and the file: they are made with it.
    pub(super) fn made_folders(&self) -> impl DoubleEndedIterator<Item = &OsStr> + Clone {
        let below = self.path.parent().and_then(|folder| folder.strip_prefix(self.waiting_folder()).ok());
        below.unwrap_or(Path::new("")).iter()
    }

    /// The folder that the file is in, if it is there.
    pub(super) fn folder(&self) -> io::Result<Option<Arc<Folder>>> {
        self.waits_in()?.walk(self.made_folders())
    }

    /// The file's name in its folder.
    pub(super) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// The name under which a text waits.
    pub(super) fn waiting_name(&self) -> &OsStr {
        self.temporary.file_name().unwrap_or_default()
    }

    /// What the entry is about: another one about the same must not be written beside it.
    pub(super) fn object(&self) -> Object {
        match self.original.as_ref().and_then(|original| original.file) {
            Some(file) => Object::File(file),
            None => Object::Name(self.path.clone()),
        }
    }

    /// Whether it is to be executable, if that is all that changes.
    pub(super) fn mode_alone(&self) -> Option<bool> {
        self.executable.filter(|_| self.before == self.after)
    }

    /// What stands in the file's place; no more of it is read than our texts are long.
    pub(super) fn look(&self) -> io::Result<Content> {
        self.look_at_file(self.longest())
    }

    fn look_at_file(&self, most: usize) -> io::Result<Content> {
        missing_if(
            self.folder().and_then(|folder| folder.map_or(Ok(Content::Missing), |it| it.look(self.name(), most))),
        )
    }

    /// What waits beside it.
    pub(super) fn look_beside(&self) -> io::Result<Content> {
        missing_if(self.waits_in().and_then(|folder| folder.look(self.waiting_name(), self.longest())))
    }

    fn longest(&self) -> usize {
        let lengths = [&self.before, &self.after].map(|text| text.as_ref().map_or(0, |text| text.len()));
        lengths.into_iter().max().unwrap_or_default()
    }

    /// Whether what waits beside the file is a text of ours, or the start of one.
    pub(super) fn is_ours(&self, content: &Content) -> bool {
        let Content::File(found, _) = content else { return false };
        content.is(bytes(self.before.as_ref()))
            || self.after.as_ref().is_some_and(|after| after.as_bytes().starts_with(found))
    }
}

pub(super) fn bytes<'t>(text: Option<&'t Cow<'_, str>>) -> Option<&'t [u8]> {
    text.map(|text| text.as_bytes())
}

/// Nothing stands in a folder that is not there.
fn missing_if(content: io::Result<Content>) -> io::Result<Content> {
    match content {
        Err(error) if super::folder::is_missing(&error) => Ok(Content::Missing),
        content => content,
    }
}

/// Where the file is that `step` is about: without links on the way. Where links lead the way, that of a file which is
/// rewritten is followed, and it stays a link. Where they must not, only the root's own are, and any other is found when
/// the folders are opened.
fn target(step: &Step<'_>) -> io::Result<PathBuf> {
    if let Some(root) = step.root {
        let below = step.path.strip_prefix(root).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        return Ok(root.canonicalize()?.join(below));
    }
    if step.before.is_some() && step.after.is_some() {
        return step.path.canonicalize();
    }
    let folder = |path: &Path| path.canonicalize().ok().filter(|folder| folder.is_dir());
    let found = step.path.ancestors().skip(1).find_map(|path| Some((path, folder(path)?)));
    let (named, folder) = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    Ok(folder.join(step.path.strip_prefix(named).unwrap_or(&step.path)))
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
