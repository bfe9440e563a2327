//! How far the file of an entry has come, told by what stands there and what waits beside it.

use std::io;

use super::entry::{Entry, bytes};
use super::folder::Content;

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was done to it by us, whatever stands there.
    Untouched,
    /// We have made it what it shall be, and it still is.
    Made,
    /// Written over in part.
    Torn,
    /// We have made it, and the swap took what another program had written in the last moment.
    Took,
    /// It is neither what it was nor what it shall be: another program has changed it, after us as far as can be told.
    Changed,
}

impl Entry<'_> {
    /// How far the file has come. What waits beside it tells our own work from that of another program which happens to
    /// have written the same: a new text that still waits was not swapped in.
    pub(super) fn state(&self) -> io::Result<State> {
        let now = self.look()?;
        let (before, after) = (bytes(self.before.as_ref()), bytes(self.after.as_ref()));
        if let Some(wanted) = self.mode_alone() {
            return Ok(match &now {
                Content::File(_, found) if now.is(before) && found.is_executable == wanted => State::Made,
                _ => State::Untouched,
            });
        }
        if self.in_place {
            return Ok(match &now {
                _ if now.is(before) => State::Untouched,
                _ if now.is(after) => State::Made,
                Content::File(found, _) if is_torn(found, before, after) => State::Torn,
                _ => State::Changed,
            });
        }
        let waiting = self.look_beside()?;
        let ours = |is_as_left: bool, state| if is_as_left { state } else { State::Changed };
        Ok(match (before, after) {
            // Nothing waits where a file is to be removed, but the file itself.
            (Some(_), None) if waiting == Content::Missing => State::Untouched,
            (Some(_), None) if waiting.is(before) => ours(now.is(None), State::Made),
            (Some(_), None) => ours(now.is(None), State::Took),
            (None, _) if waiting != Content::Missing || now.is(None) => State::Untouched,
            (None, _) => ours(now.is(after), State::Made),
            _ if now.is(before) => State::Untouched,
            // On a file system that cannot swap, the new text has taken the old one's place.
            _ if waiting == Content::Missing || waiting.is(before) => ours(now.is(after), State::Made),
            _ if self.is_ours(&waiting) => State::Untouched,
            _ => ours(now.is(after), State::Took),
        })
    }
}

/// Whether `found` is `before` of which the start was written over by `after`. Texts are written over from their start
/// on, and shortened last.
fn is_torn(found: &[u8], before: Option<&[u8]>, after: Option<&[u8]>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let written = found.iter().zip(after).take_while(|(one, other)| one == other).count();
    found[written..] == *before.get(written..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_written_over_in_part_is_known() {
        let torn = |found: &str, before: &str, after: &str| {
            is_torn(found.as_bytes(), Some(before.as_bytes()), Some(after.as_bytes()))
        };
        for (before, after) in [("abcdef", "ABCDEFGH"), ("abcdef", "ABC"), ("abc", "abX"), ("", "x")] {
            for written in 0..=after.len() {
                let rest = before.get(written..).unwrap_or_default();
                assert!(torn(&format!("{}{rest}", &after[..written]), before, after), "{before} {after} {written}");
            }
        }
        assert!(!torn("ABcdeX", "abcdef", "ABCDEFGH"));
        assert!(!torn("", "abc", "ABC"));
    }
}
