//! A workspace in a temporary folder.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Files in a folder of their own, gone at the end of the test.
#[derive(Debug)]
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// A project with these files, by relative path.
    ///
    /// # Panics
    /// If they cannot be written.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// Writes one file.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        let full = self.path(path);
        fs::create_dir_all(full.parent().expect("a folder")).expect("folders");
        fs::write(full, text).expect("a file");
    }

    /// Removes one file.
    ///
    /// # Panics
    /// If it cannot be removed.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("a file");
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The full path of a file.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The URI of a file; of the folder for "".
    pub fn uri(&self, path: &str) -> String {
        uri_of(&self.path(path))
    }
}

/// The URI of a path, encoded as editors do it.
pub fn uri_of(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.components().collect::<PathBuf>().as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A file with many functions and no finding, of about `lines` lines.
pub fn long_text(lines: usize) -> String {
    let function = "def function_NUMBER(values):\n    total = 0\n    for value in values:\n        if value > NUMBER:\n            total += value\n    return total\n\n\n";
    (0..lines / 8).map(|number| function.replace("NUMBER", &number.to_string())).collect()
}
