//! JSON-RPC over a child's standard streams.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde_json::Value;

/// Reads one message; none at the end of the stream.
///
/// # Errors
/// If the stream breaks inside a message, or anything but the protocol stands in it.
pub fn read(stream: &mut BufReader<impl Read>) -> io::Result<Option<Value>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.strip_prefix("Content-Length: ") {
            Some(value) => length = value.parse().ok(),
            None => return Err(io::Error::other(format!("not the protocol: {line}"))),
        }
    }
    let length = length.ok_or_else(|| io::Error::other("a header without a length"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Frames `message`.
pub fn frame(message: &Value) -> Vec<u8> {
    frame_text(&message.to_string())
}

/// Frames `text`, whatever it is.
pub fn frame_text(text: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
}

/// Writes `bytes`, all of them, now.
///
/// # Errors
/// If the other end is gone.
pub fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}
