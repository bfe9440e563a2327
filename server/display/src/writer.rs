//! A stream for what others write for us: the log.

use std::io::{self, Write};

use crate::escape;

/// A stream to which only visible text goes. What is written at once is taken for whole characters.
#[derive(Debug)]
pub struct Visible<W>(pub W);

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape::text(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed() {
        let mut bytes = Vec::new();
        Visible(&mut bytes).write_all("a\u{1b}[2K\nb".as_bytes()).unwrap();
        assert_eq!(bytes, b"a\\u{1b}[2K\nb");
    }
}
