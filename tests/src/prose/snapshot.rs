//! The lines of a rule page's snapshots that findings say.

/// Which line of a finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What is wrong.
    Headline,
    /// Why it matters.
    Note,
    /// What to do.
    Help,
    /// What is at another place.
    Related,
    /// A fix, as a menu shows it.
    FixTitle,
}

/// A line that a finding says.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Where in the page, from 1.
    pub line: usize,
    /// Which one.
    pub kind: Kind,
    /// Its words.
    pub text: &'a str,
}

const SEVERITIES: [&str; 4] = [": error[", ": warning[", ": information[", ": hint["];

/// All that the snapshots of a page say, in the page's order.
pub fn snapshots(page: &str) -> Vec<Said<'_>> {
    let mut found = Vec::new();
    let mut is_snapshot = false;
    let mut is_diff = false;
    for (at, line) in page.lines().enumerate() {
        if line.trim() == "```snapshot" {
            (is_snapshot, is_diff) = (true, false);
        } else if line.trim() == "```" {
            is_snapshot = false;
        } else if is_snapshot {
            let said = said(line).filter(|(kind, _)| !is_diff || matches!(kind, Kind::Headline | Kind::FixTitle));
            is_diff = (is_diff || line.starts_with("--- ")) && said.is_none() && !line.is_empty();
            found.extend(said.map(|(kind, text)| Said { line: at + 1, kind, text }));
        }
    }
    found
}

fn said(line: &str) -> Option<(Kind, &str)> {
    if let Some(inner) = line.strip_prefix("  ") {
        if let Some(text) = inner.strip_prefix("note: ") {
            return Some((Kind::Note, text));
        }
        if let Some(text) = inner.strip_prefix("help: ") {
            return Some((Kind::Help, text));
        }
        if let Some(fix) = inner.strip_prefix("fix (") {
            return fix.split_once("): ").map(|(_, title)| (Kind::FixTitle, title));
        }
        // `app.py:3:5: sent here`
        let (place, text) = inner.split_once(": ")?;
        return is_place(place).then_some((Kind::Related, text));
    }
    let place = SEVERITIES.iter().find_map(|severity| line.split_once(severity)).map(|(place, _)| place)?;
    let text = line.split_once("]: ")?.1;
    is_place(place).then_some((Kind::Headline, text))
}

/// `app.py:3:5`
fn is_place(text: &str) -> bool {
    let mut parts = text.rsplit(':');
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u32>().is_ok());
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some_and(|path| !path.contains(' '))
}
