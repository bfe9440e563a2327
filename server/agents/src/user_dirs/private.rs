//! Files and folders that only the user of this process may read: what pyteam remembers, and what it is about to write.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Makes `folder` and those above it. One that is there stays as it is.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A file that is made with these is for its user alone.
pub fn options() -> OpenOptions {
    #[allow(unused_mut, reason = "elsewhere a file has no mode")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}
