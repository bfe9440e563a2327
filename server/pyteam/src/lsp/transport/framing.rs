//! Cuts a stream of bytes into messages, and finds its way back after a header that lies.

use std::io::{self, Read};

/// Larger than any message an editor sends; a greater length is a broken header.
const MAX_BODY: usize = 512 << 20;
/// Longer than any header line.
const MAX_LINE: usize = 16 << 10;
const LENGTH: &[u8] = b"Content-Length:";

/// What stands next in the stream.
#[derive(Debug)]
pub(crate) enum Frame<S, R> {
    /// A message that its inspection let pass, with what was seen.
    Message(Vec<u8>, S),
    /// A message that its inspection refused.
    Refused(Vec<u8>, R),
    /// Bytes that are no message, in words.
    Broken(String),
}

/// The messages of a stream.
pub(crate) struct Frames<R> {
    input: R,
    buffer: Vec<u8>,
    at: usize,
    /// A length read on the line where garbage ended.
    found: Option<usize>,
}

impl<I: Read> Frames<I> {
    /// Reads from `input`.
    pub(crate) fn new(input: I) -> Self {
        Self { input, buffer: Vec::new(), at: 0, found: None }
    }

    /// The next message; none at the end of the stream. A stream that ends inside a message is an error.
    pub(crate) fn next<S, R>(&mut self, inspect: impl Fn(&[u8]) -> Result<S, R>) -> io::Result<Option<Frame<S, R>>> {
        let len = match self.header()? {
            Header::End => return Ok(None),
            Header::Broken(why) => return Ok(Some(Frame::Broken(why))),
            Header::Length(len) => len,
        };
        while self.buffer.len() - self.at < len {
            if !self.fill()? {
                let why = "the stream ends inside a message, or Content-Length is too large";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
            }
        }
        let body = &self.buffer[self.at..self.at + len];
        let inspected = inspect(body);
        // A length that is too large swallows the next header. Going on there loses one message, not all.
        let reach = self.buffer.len().min(self.at + len + LENGTH.len() - 1);
        let swallowed =
            if inspected.is_err() { memchr::memmem::find(&self.buffer[self.at..reach], LENGTH) } else { None };
        let body = body[..swallowed.unwrap_or(len)].to_vec();
        self.at += body.len();
        Ok(Some(match inspected {
            Ok(seen) => Frame::Message(body, seen),
            Err(refusal) => Frame::Refused(body, refusal),
        }))
    }

    fn header(&mut self) -> io::Result<Header> {
        let mut len = self.found.take();
        let mut skipped = 0;
        loop {
            let Some(line) = self.line()? else {
                return match len {
                    None if skipped == 0 => Ok(Header::End),
                    _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ends inside a header")),
                };
            };
            let text = line.trim_ascii();
            if text.is_empty() {
                match len {
                    Some(len) => return Ok(Header::Length(len)),
                    None => continue,
                }
            }
            let Some(at) = find_length(text) else {
                // `Content-Type` is the only other header there is, and says nothing new.
                if !is_header(text) {
                    skipped += line.len();
                }
                continue;
            };
            let value = text[at + LENGTH.len()..].trim_ascii();
            let parsed = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
            match parsed {
                Some(value) if value <= MAX_BODY && at == 0 && skipped == 0 => len = Some(value),
                Some(value) if value <= MAX_BODY => {
                    self.found = Some(value);
                    return Ok(Header::Broken(format!("skipped {} bytes that are no message", skipped + at)));
                }
                _ => {
                    let value = String::from_utf8_lossy(value);
                    return Ok(Header::Broken(format!("`Content-Length: {value}` is no length of a message")));
                }
            }
        }
    }

    /// The next line with its end. Garbage without line ends comes in pieces, cut where a header may begin.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.at..];
            let end = memchr::memchr(b'\n', &rest[searched..]).map(|end| searched + end + 1);
            let end = end.or((rest.len() > MAX_LINE).then(|| rest.len() - LENGTH.len()));
            if let Some(end) = end {
                let line = rest[..end].to_vec();
                self.at += end;
                return Ok(Some(line));
            }
            searched = rest.len();
            if !self.fill()? {
                let last = self.buffer.split_off(self.at);
                return Ok((!last.is_empty()).then_some(last));
            }
        }
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let len = self.buffer.len();
        // Doubling keeps the cost of a large message in proportion to its size.
        self.buffer.resize(len + len.clamp(32 << 10, 4 << 20), 0);
        let read = loop {
            match self.input.read(&mut self.buffer[len..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(len + *read.as_ref().unwrap_or(&0));
        read.map(|read| read > 0)
    }
}

enum Header {
    End,
    Length(usize),
    Broken(String),
}

fn find_length(line: &[u8]) -> Option<usize> {
    line.windows(LENGTH.len()).position(|window| window.eq_ignore_ascii_case(LENGTH))
}

fn is_header(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().unwrap_or_default();
    name.len() < line.len() && !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages are `{...}` here; what the frames say, in short.
    fn frames(stream: &[u8]) -> Vec<String> {
        let mut frames = Frames::new(stream);
        let mut said = Vec::new();
        loop {
            let inspect = |body: &[u8]| if body.starts_with(b"{") && body.ends_with(b"}") { Ok(()) } else { Err(()) };
            said.push(match frames.next(inspect) {
                Ok(Some(Frame::Message(body, ()))) => String::from_utf8(body).expect("text"),
                Ok(Some(Frame::Refused(_, ()))) => "refused".to_owned(),
                Ok(Some(Frame::Broken(_))) => "broken".to_owned(),
                Ok(None) => return said,
                Err(error) => {
                    said.push(error.kind().to_string());
                    return said;
                }
            });
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let stream = b"Content-Length: 3\r\n\r\n{a}content-length:4\r\nContent-Type: x\r\n\r\n{bc}";
        assert_eq!(frames(stream), ["{a}", "{bc}"]);
    }

    #[test]
    fn a_length_that_is_too_large_costs_one_message() {
        let stream = b"Content-Length: 9\r\n\r\n{a}Content-Length: 3\r\n\r\n{b}Content-Length: 3\r\n\r\n{c}";
        assert_eq!(frames(stream), ["refused", "{b}", "{c}"]);
    }

    #[test]
    fn a_length_that_is_too_small_costs_one_message() {
        let stream = b"Content-Length: 1\r\n\r\n{a}Content-Length: 3\r\n\r\n{b}";
        assert_eq!(frames(stream), ["refused", "broken", "{b}"]);
    }

    #[test]
    fn garbage_and_impossible_lengths_are_skipped() {
        assert_eq!(frames(b"hello\nContent-Length: 3\r\n\r\n{a}"), ["broken", "{a}"]);
        assert_eq!(frames(b"Content-Length: -1\r\n\r\nContent-Length: 3\r\n\r\n{a}"), ["broken", "{a}"]);
        assert_eq!(frames(b"Content-Length: 99999999999999\r\n\r\nContent-Length: 3\r\n\r\n{a}"), ["broken", "{a}"]);
        let mut long = vec![b'x'; 100_000];
        long.extend_from_slice(b"Content-Length: 3\r\n\r\n{a}");
        assert_eq!(frames(&long), ["broken", "{a}"]);
    }

    #[test]
    fn a_stream_that_ends_inside_a_message_is_an_error() {
        assert_eq!(frames(b"Content-Length: 30\r\n\r\n{a}"), ["unexpected end of file"]);
        assert_eq!(frames(b"Content-Length: 30"), ["unexpected end of file"]);
    }
}
