//! Which program runs a script.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The interpreter that the first line of `script` names; none where it is no script. `env NAME` is looked up on the
/// `PATH`.
pub(super) fn interpreter(script: &Path, path: &[PathBuf]) -> Option<PathBuf> {
    let mut head = Vec::new();
    File::open(script).ok()?.take(512).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let program = Path::new(OsStr::from_bytes(words.next()?)).to_owned();
    if program.file_name()? != "env" {
        return Some(program);
    }
    // `env -S node --flag`, `env NAME=value node`.
    let name = words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='))?;
    let candidates = path.iter().map(|folder| folder.join(OsStr::from_bytes(name)));
    candidates.filter(|path| path.is_absolute()).find(|path| path.is_file())
}
