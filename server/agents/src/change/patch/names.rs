//! Names of files, as headers and captions spell them.

/// The name in `--- NAME`, without what follows a tab. None for `/dev/null`.
pub(super) fn of_header(text: &str) -> Option<String> {
    let text = text.split('\t').next().unwrap_or_default().trim();
    let name = match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => unquoted(quoted),
        None => text.trim_matches('`').to_owned(),
    };
    (name != "/dev/null" && name != "NUL").then_some(name)
}

/// Both names of `diff --git NAME NAME`, which are the same but for their prefixes.
pub(super) fn of_git(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('"') {
        let (first, second) = rest.split_once("\" ")?;
        return Some((unquoted(first), of_header(second)?));
    }
    let spaces = text.match_indices(' ').map(|(at, _)| at);
    let halves = spaces.map(|at| (&text[..at], &text[at + 1..]));
    let same = |(first, second): &(&str, &str)| {
        let rest = |name: &str| name.split_once('/').map(|(_, rest)| rest.to_owned());
        first == second || rest(first).is_some() && rest(first) == rest(second)
    };
    let mut halves: Vec<(&str, &str)> = halves.collect();
    let at = halves.iter().position(same).or_else(|| (halves.len() == 1).then_some(0))?;
    let (first, second) = halves.swap_remove(at);
    Some((first.to_owned(), second.to_owned()))
}

/// What git makes of a name with quotes, control characters or letters outside of ASCII.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                // git writes three digits for a byte, whatever follows.
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    let Some(next) = rest.next_if(|next| matches!(next, b'0'..=b'7')) else { break };
                    value = value * 8 + u32::from(next - b'0');
                }
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
            }
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The prefixes by which git tells two sides apart; the second list has those of `diff.mnemonicPrefix`.
const BEFORE: [&str; 4] = ["a/", "i/", "c/", "o/"];
const AFTER: [&str; 3] = ["b/", "w/", "i/"];

/// A name as it may be meant, the likeliest first: without the prefix of its side, and as it is written.
pub(super) fn meanings(before: Option<&str>, after: Option<&str>, root: &str) -> (Vec<String>, Vec<String>) {
    let plain = |name: &str| {
        let name = name.strip_prefix(root).map_or(name, |rest| rest.trim_start_matches('/'));
        name.trim_start_matches("./").to_owned()
    };
    let strip = |name: &str, prefixes: &[&str]| {
        prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).filter(|rest| !rest.is_empty()).map(str::to_owned)
    };
    let (before, after) = (before.map(plain), after.map(plain));
    // `a/x.py` on both sides is a file in a folder `a`.
    let is_same = before.is_some() && before == after;
    let all = |name: Option<String>, prefixes: &[&str]| -> Vec<String> {
        let Some(name) = name else { return Vec::new() };
        let stripped = strip(&name, prefixes).map(|rest| plain(&rest));
        match stripped {
            Some(stripped) if is_same => vec![name, stripped],
            Some(stripped) => vec![stripped, name],
            None => vec![name],
        }
    };
    let either: Vec<&str> = BEFORE.iter().chain(&AFTER).copied().collect();
    let (of_before, of_after): (&[&str], &[&str]) = if is_same { (&either, &either) } else { (&BEFORE, &AFTER) };
    (all(before, of_before), all(after, of_after))
}

/// The file that a fence's info (`python src/a.py`, `python title="src/a.py"`, `python:src/a.py`) names.
pub(super) fn in_info(info: &str) -> Option<&str> {
    // `12:20:src/a.py` cites lines of a file.
    if info.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let values = info.split_whitespace().filter_map(|word| word.rsplit(['=', ':']).next());
    values.map(|value| value.trim_matches(['"', '\'', '`', '{', '}', ','])).find(|value| is_path(value))
}

/// The file that the line above a fence names: the name alone, or one name in backticks in a line that ends with a
/// colon.
pub(super) fn in_caption(line: &str) -> Option<&str> {
    let line = line.trim();
    let bare = line.trim_start_matches(['#', '*', '>', '-', ' ']).trim_end_matches([':', '*', ' ']);
    let bare = ["File:", "file:", "Filename:", "filename:", "Path:", "path:"]
        .iter()
        .find_map(|word| bare.strip_prefix(word))
        .unwrap_or(bare);
    let bare = bare.trim_matches(['`', '*', ' ', ':', '"']);
    if is_path(bare) {
        return Some(bare);
    }
    let mut quoted = line.split('`').skip(1).step_by(2).filter(|word| is_path(word));
    match (quoted.next(), quoted.next()) {
        (Some(path), None) if line.ends_with(':') => Some(path),
        _ => None,
    }
}

/// Whether a word is a path of a file: no blanks, and an ending.
fn is_path(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    let has_ending = name.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..=8).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let is_known = matches!(name, "Dockerfile" | "Makefile");
    let is_plain = !word.contains("://") && !word.chars().any(|c| c.is_whitespace() || "()[]<>*?|\"'`=,;".contains(c));
    // `e.g.` and `1.2.3` are no files, nor is `queue.Queue`.
    is_plain
        && (is_known || has_ending && name.chars().next().is_some_and(|c| !c.is_ascii_digit()))
        && (word.contains('/') || is_known || KNOWN_ENDINGS.contains(&name.rsplit('.').next().unwrap_or_default()))
}

/// Endings by which a word without a folder is known as a file.
const KNOWN_ENDINGS: [&str; 21] = [
    "py", "pyi", "toml", "cfg", "ini", "md", "rst", "txt", "yml", "yaml", "json", "sh", "sql", "html", "css", "js",
    "ts", "pth", "env", "lock", "ipynb",
];
