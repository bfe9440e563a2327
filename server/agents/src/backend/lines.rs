//! Lines of a program's output, read without trusting it.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};

/// Reads lines up to a length, and as much in all as is allowed.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    longest: usize,
    left: u64,
}

/// Why there are no more lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// One was too long.
    Line,
    /// There were too many bytes in all.
    Output,
    /// The program closed its output.
    End,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, longest: usize, most: u64) -> Self {
        Self { source: BufReader::with_capacity(64 << 10, source), line: Vec::new(), longest, left: most }
    }

    /// The next line, without its line feed; a carriage return before that stays. What was read is kept when the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Stop> {
        loop {
            // A broken pipe is an end, too.
            let buffer = self.source.fill_buf().await.unwrap_or_default();
            if buffer.is_empty() {
                return if self.line.is_empty() { Err(Stop::End) } else { Ok(std::mem::take(&mut self.line)) };
            }
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(buffer.len());
            self.line.extend_from_slice(&buffer[..taken]);
            let used = taken + usize::from(end.is_some());
            std::pin::Pin::new(&mut self.source).consume(used);
            if self.line.len() > self.longest {
                return Err(Stop::Line);
            }
            let Some(left) = self.left.checked_sub(used as u64) else { return Err(Stop::Output) };
            self.left = left;
            if end.is_some() {
                return Ok(std::mem::take(&mut self.line));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Stop};

    #[tokio::test]
    async fn lines_end_where_they_should() {
        let mut lines = Lines::new(&b"a\r\nbc\n\nd"[..], 10, 100);
        assert_eq!(lines.next().await.unwrap(), b"a\r");
        assert_eq!(lines.next().await.unwrap(), b"bc");
        assert_eq!(lines.next().await.unwrap(), b"");
        assert_eq!(lines.next().await.unwrap(), b"d");
        assert_eq!(lines.next().await, Err(Stop::End));
        assert_eq!(Lines::new(&b"abcdef\n"[..], 3, 100).next().await, Err(Stop::Line));
        let mut lines = Lines::new(&b"ab\ncd\n"[..], 3, 4);
        assert_eq!(lines.next().await.unwrap(), b"ab");
        assert_eq!(lines.next().await, Err(Stop::Output));
    }
}
