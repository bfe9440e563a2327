//! Between the protocol's types and ours: URIs and paths, positions and offsets, severities.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use pyteam_engine::Severity;
use pyteam_index::{key_of, path_of};
use pyteam_syntax::position::{self, PositionEncoding};
use pyteam_syntax::{SourceText, TextRange};
use tower_lsp::ls_types::{DiagnosticSeverity, Position, Range, Uri};

/// The absolute path that a `file:` URI names.
pub(crate) fn file_path(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    // Also drops a trailing slash, by which one folder would have two names.
    Some(decoded(uri)?.components().collect())
}

/// A path is bytes, and so is what a URI encodes of it.
#[cfg(unix)]
fn decoded(uri: &Uri) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let bytes = uri.path().decode().to_bytes().into_owned();
    (!bytes.is_empty()).then(|| std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn decoded(uri: &Uri) -> Option<PathBuf> {
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

/// How a document is called inside: by its path, whatever way the client writes it (`%3A` or `:`), or by its
/// URI where it is not on disk (`untitled:`, a notebook's cell).
pub(crate) fn key(uri: &Uri) -> Arc<str> {
    match file_path(uri) {
        Some(path) => Arc::from(key_of(&path)),
        None => Arc::from(uri.as_str()),
    }
}

/// The URI of a path or, for a document that is not on disk, of its key.
pub(crate) fn uri(key: &str) -> Option<Uri> {
    if !Path::new(key).is_absolute() {
        return Uri::from_str(key).ok();
    }
    let path = path_of(key);
    match path.to_str() {
        Some(_) => Uri::from_file_path(&path),
        None => encoded(&path),
    }
}

/// The URI of a path that is no UTF-8, byte for byte.
fn encoded(path: &Path) -> Option<Uri> {
    let mut text = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri::from_str(&text).ok()
}

/// A path for a person to read: relative to the workspace's folder that it is in, named with that folder where there are
/// several; else as seen from the home folder; else all of it.
pub(crate) fn short_path(path: &Path, folders: &[PathBuf]) -> String {
    let around = folders.iter().filter(|folder| path.starts_with(folder));
    let folder = around.max_by_key(|folder| folder.components().count());
    let base = match folder {
        Some(folder) if folders.len() > 1 => folder.parent(),
        folder => folder.map(PathBuf::as_path),
    };
    if let Some(relative) = base.and_then(|base| path.strip_prefix(base).ok()) {
        return relative.display().to_string();
    }
    let home = std::env::home_dir().filter(|home| home.parent().is_some());
    match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(relative) => Path::new("~").join(relative).display().to_string(),
        None => path.display().to_string(),
    }
}

/// A position in the client's encoding, as one of ours.
pub(crate) fn position_of(position: Position) -> position::Position {
    position::Position { line: position.line, character: position.character }
}

/// A range of `source` in the client's encoding.
pub(crate) fn range(source: &SourceText, range: TextRange, encoding: PositionEncoding) -> Range {
    let at = |offset| {
        let position = position::to_position(source, offset, encoding);
        Position { line: position.line, character: position.character }
    };
    Range { start: at(range.start()), end: at(range.end()) }
}

/// A client's range as one of `source`, clamped to the text.
pub(crate) fn text_range(source: &SourceText, range: Range, encoding: PositionEncoding) -> TextRange {
    let start = position::to_offset(source, position_of(range.start), encoding);
    let end = position::to_offset(source, position_of(range.end), encoding);
    TextRange::new(start.min(end), start.max(end))
}

/// A severity as the protocol counts.
pub(crate) fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Information => DiagnosticSeverity::INFORMATION,
        Severity::Hint => DiagnosticSeverity::HINT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> String {
        key(&Uri::from_str(text).expect("a URI")).to_string()
    }

    #[test]
    #[cfg(unix)]
    fn one_file_has_one_key_however_it_is_written() {
        assert_eq!(named("file:///a%20b/c.py"), "/a b/c.py");
        assert_eq!(named("file:///c%3A/x.py"), named("file:///c:/x.py"));
        assert_eq!(named("file:///%C3%BC/x.py"), "/ü/x.py");
        assert_eq!(named("file:///a/"), "/a");
    }

    #[test]
    #[cfg(unix)]
    fn names_that_are_not_utf_8_come_and_go_as_they_are() {
        for (text, key) in [("file:///a/inv%FF.py", r"/a/inv\xff.py"), ("file:///inv%5Cxff.py", r"/inv\x5cxff.py")] {
            assert_eq!(named(text), key);
            assert_eq!(uri(key).expect("a URI").as_str(), text);
        }
        assert_ne!(named("file:///inv%FF.py"), named("file:///inv%EF%BF%BD.py"));
    }

    #[test]
    fn documents_that_are_not_on_disk_keep_their_uri() {
        for text in ["untitled:Untitled-1", "vscode-notebook-cell:/a/b.ipynb#W0sZmlsZQ%3D%3D"] {
            assert_eq!(named(text), text);
            assert_eq!(uri(text).expect("a URI").as_str(), text);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_path_is_shown_as_the_user_knows_it() {
        let short = |path: &str, folders: &[&str]| {
            short_path(Path::new(path), &folders.iter().map(PathBuf::from).collect::<Vec<_>>())
        };
        assert_eq!(short("/w/a/b.py", &["/w"]), "a/b.py");
        assert_eq!(short("/w/a/b.py", &["/w", "/w/a"]), "a/b.py");
        assert_eq!(short("/x/b.py", &["/w", "/x"]), "x/b.py");
        assert_eq!(short("/no/such/b.py", &["/w"]), "/no/such/b.py");
    }

    #[test]
    fn a_range_that_runs_backwards_is_turned_round() {
        let source = SourceText::new("a😀b\n");
        let at = |character| Position { line: 0, character };
        let turned = text_range(&source, Range { start: at(3), end: at(1) }, PositionEncoding::Utf16);
        assert_eq!(turned, TextRange::new(1.into(), 5.into()));
    }
}
