//! Regular files, and nothing else that may stand under a name: opening a named pipe waits for another program, and reading
//! a device may never end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// More than this is read of no file.
pub const MAX_BYTES: u64 = 1 << 30;

/// The bytes of the regular file that `path` leads to, if they are no more than `most`.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Opening a device may do something; a pipe that comes in this moment is not waited for.
    check(&fs::metadata(path)?, most)?;
    let file = open(path, Links::Followed)?;
    let meta = file.metadata()?;
    check(&meta, most)?;
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    // It may grow meanwhile, and files of `/proc` have no length at all.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// The text of the regular file that `path` leads to, if it is one of no more than `most` bytes.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))
}

fn check(meta: &fs::Metadata, most: u64) -> io::Result<()> {
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    if meta.len() > most { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "too large")
}

/// Whether the last part of a path may be a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Then it leads on.
    Followed,
    /// It is an error.
    Refused,
}

/// Opens a file to read it, without waiting for the other end of a pipe.
pub fn open(path: &Path, links: Links) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let links = if links == Links::Refused { OFlags::NOFOLLOW } else { OFlags::empty() };
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY | links).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = links;
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.py");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        for path in [&*pipe, Path::new("/dev/zero"), folder.path()] {
            assert_eq!(read(path, MAX_BYTES).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{path:?}");
        }
        let file = folder.path().join("file.py");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read(&file, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_text(&file, 5).unwrap(), "12345");
        std::os::unix::fs::symlink(&file, folder.path().join("link.py")).unwrap();
        assert_eq!(read_text(&folder.path().join("link.py"), 5).unwrap(), "12345");
        assert!(open(&folder.path().join("link.py"), Links::Refused).is_err());
        // One that opens although nothing writes to it.
        assert!(open(&pipe, Links::Refused).is_ok());
    }
}
