//! Paths as text, without loss: how a file is called in the index, in output and in what is kept.
//!
//! On Unix a file's name is bytes. A path that is UTF-8 is its own key. In any other, each byte that is not UTF-8 is
//! written as `\xff`, so that two files never share a key and the key leads back to the file. A backslash that would
//! read as such an escape is written as `\x5c`.

use std::borrow::Cow;
use std::path::Path;

/// The key of the file at `path`.
pub fn key_of(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) if cfg!(not(unix)) || !holds_escape(text) => Cow::Borrowed(text),
        _ => escaped(path),
    }
}

/// The path of the file that is called `key`.
pub fn path_of(key: &str) -> Cow<'_, Path> {
    if cfg!(not(unix)) || !holds_escape(key) { Cow::Borrowed(Path::new(key)) } else { unescaped(key) }
}

/// The part of `key` below the folder `root`, if it is below it.
pub fn relative_to<'k>(key: &'k str, root: &Path) -> Option<&'k str> {
    Path::new(key).strip_prefix(&*key_of(root)).ok()?.to_str()
}

fn holds_escape(text: &str) -> bool {
    memchr::memchr_iter(b'\\', text.as_bytes()).any(|at| escape_at(&text.as_bytes()[at..]).is_some())
}

/// The byte that an escape at the start of `text` stands for: `\x5c`, or `\x80` and above. Others are never written.
fn escape_at(text: &[u8]) -> Option<u8> {
    let [b'\\', b'x', high, low, ..] = text else { return None };
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let byte = digit(high)? << 4 | digit(low)?;
    (byte >= 0x80 || byte == b'\\').then_some(byte)
}

#[cfg(unix)]
fn escaped(path: &Path) -> Cow<'_, str> {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut key = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find('\\') {
            key.push_str(&rest[..at]);
            let is_read_as_escape = escape_at(&rest.as_bytes()[at..]).is_some();
            key.push_str(if is_read_as_escape { "\\x5c" } else { "\\" });
            rest = &rest[at + 1..];
        }
        key.push_str(rest);
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(key, "\\x{byte:02x}");
        }
    }
    Cow::Owned(key)
}

#[cfg(unix)]
fn unescaped(key: &str) -> Cow<'_, Path> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if let Some(byte) = escape_at(rest) {
            bytes.push(byte);
            rest = &rest[4..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Cow::Owned(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn escaped(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}

#[cfg(not(unix))]
fn unescaped(key: &str) -> Cow<'_, Path> {
    Cow::Borrowed(Path::new(key))
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn names_that_are_utf_8_are_their_own_keys() {
        for name in ["/a/b.py", "/ü/\u{fffd}.py", r"/a\b.py", r"/a\x41.py", r"/a\x", r"/a\xfg", r"\n\\x"] {
            assert_eq!(key_of(Path::new(name)), name);
            assert_eq!(path_of(name), Path::new(name));
        }
    }

    #[test]
    fn every_name_comes_back_from_its_own_key() {
        let names: [(&[u8], &str); 9] = [
            (b"/inv\xff.py", r"/inv\xff.py"),
            (b"/inv\xfe.py", r"/inv\xfe.py"),
            (br"/inv\xff.py", r"/inv\x5cxff.py"),
            (br"/inv\x5c.py", r"/inv\x5cx5c.py"),
            (b"/a\\\xff", r"/a\\xff"),
            (b"/a\\x\xff", r"/a\x\xff"),
            (b"/a\\x8\x80", r"/a\x8\x80"),
            ("/ü\u{0}".as_bytes(), "/ü\u{0}"),
            (b"/\xc3/\xbc", r"/\xc3/\xbc"),
        ];
        for (name, key) in names {
            let path = Path::new(OsStr::from_bytes(name));
            assert_eq!(key_of(path), key);
            assert_eq!(path_of(key), path, "{key}");
        }
    }

    #[test]
    fn no_two_short_names_share_a_key() {
        let letters = [b'\\', b'x', b'f', b'5', b'c', 0xff, 0xc3, 0xbc];
        let mut seen = std::collections::HashSet::new();
        for number in 0..letters.len().pow(6) {
            let name: Vec<u8> = (0..6).map(|at| letters[number / letters.len().pow(at) % letters.len()]).collect();
            let path = Path::new(OsStr::from_bytes(&name));
            let key = key_of(path).into_owned();
            assert_eq!(path_of(&key), path, "{key}");
            assert!(seen.insert(key));
        }
    }
}
