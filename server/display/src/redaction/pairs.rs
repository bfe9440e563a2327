//! Secrets that stand behind their name without quotes of their own: in the query of an address, in a connection string, on a
//! command line, in a comment.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Redactor;
use super::lexer::{Token, tokens};
use super::names::{Secrecy, kind};
use super::values::{is_placeholder, is_secret, looks_like_a_token, looks_random};
use crate::pattern::pattern;

/// `?api_key=...&token=...`
static QUERY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?P<before>[?&](?:amp;)?(?P<name>[A-Za-z][A-Za-z0-9_.\[\]-]*)=)(?P<secret>[^\s&#"'`<>(){}\[\],;\\]+)"#)
});

/// `host=db password=...`, `Pwd=...;`, `AccountKey=...==`, `X-Api-Key: ...`. A backslash begins an escaped line end.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?P<before>(?P<name>[A-Za-z][A-Za-z0-9_.-]*(?: (?i:key|token|id))?)["']?(?P<sign> ?= ?| ?: ?))(?P<secret>[^\s;&"'`<>(){}\[\],\\]+)"#,
    )
});

/// `--password ...` of a command line.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?P<before>(?:^|\s)--?(?P<name>[A-Za-z][A-Za-z0-9_-]*)[ \t=]+)(?P<secret>[^\s;&"'`<>(){}\[\],\\-][^\s;&"'`<>(){}\[\],\\]*)"#,
    )
});

/// `curl -u user:...`
static CURL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?P<before>\b(?:curl|wget|http|https)\s[^\n"'`]*?(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"'`]+:)(?P<secret>[^\s"'`]+)"#,
    )
});

/// `mysql -p...`, `sshpass -p ...`, `redis-cli -a ...`
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?P<before>\b(?:(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump)\s(?:[^\n"'`;|&]*?\s)?-p|sshpass\s+-p\s*|redis-cli\s(?:[^\n"'`;|&]*?\s)?-a\s+)["']?)(?P<secret>[^\s"'`;|&]+)"#,
    )
});

/// `IDENTIFIED BY '...'`, `WITH PASSWORD '...'`, and a line of a `.netrc`.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?P<before>(?:\b(?:identified\s+by|(?:with|user\s+\S+)\s+password)\s+["']|\bmachine\s+\S+\s+login\s+\S+\s+password\s+))(?P<secret>[^\s"';,)]+)"#,
    )
});

/// `the password is ...`, in what people write.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?P<before>\b(?P<name>password|passwort|passphrase|pwd|secret|api[ -]?key|access key|token)s?\s+(?:is|are|was|ist)\s+["'`]?)(?P<secret>[^\s"'`<>(){}\[\],;]+)"#,
    )
});

static LINE_COMMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:#|//|--|<!--|^[ \t]*\*)[^\n]*"));

/// `text` without them.
pub(super) fn redact(text: &str, redactor: &mut Redactor) -> String {
    let text = QUERY.replace_all(text, |captures: &Captures<'_>| {
        let kind = kind(&captures["name"]);
        let secret = &captures["secret"];
        let is_one = match kind {
            Secrecy::None => false,
            Secrecy::Random => looks_random(secret) || (secret.len() >= 20 && looks_like_a_token(secret)),
            Secrecy::Token => secret.len() >= 6 && !is_placeholder(secret),
            Secrecy::Password => !is_placeholder(secret),
        };
        replaced(captures, is_one, redactor)
    });
    let text = WORDS.replace_all(&text, |captures: &Captures<'_>| {
        replaced(captures, is_secret("password", Secrecy::Password, &captures["secret"]), redactor)
    });
    let text = CURL.replace_all(&text, |captures: &Captures<'_>| {
        replaced(captures, is_secret("password", Secrecy::Password, &captures["secret"]), redactor)
    });
    let text = COMMAND.replace_all(&text, |captures: &Captures<'_>| {
        replaced(captures, is_secret("password", Secrecy::Password, &captures["secret"]), redactor)
    });
    let text = SAID.replace_all(&text, |captures: &Captures<'_>| {
        let secret = captures["secret"].trim_end_matches(['.', '!', '?', ':']);
        replaced(captures, has_letters_and_digits(secret) && !is_placeholder(secret), redactor)
    });
    let text = in_literals(&text, redactor);
    let text =
        LINE_COMMENT.replace_all(&text, |captures: &Captures<'_>| in_stretch(&captures[0], Where::Comment, redactor));
    OPTION
        .replace_all(&text, |captures: &Captures<'_>| {
            let (name, secret) = (&captures["name"], &captures["secret"]);
            let kind = kind(name);
            let is_one = kind >= Secrecy::Token && is_secret(name, kind, secret) && has_letters_and_digits(secret);
            replaced(captures, is_one, redactor)
        })
        .into_owned()
}

/// Where a pair stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    /// In a literal on one line, which is most often given to a program.
    Literal,
    /// In a literal over lines, which is most often for people to read.
    Long,
    Comment,
}

/// Pairs in the literals of a program.
fn in_literals(text: &str, redactor: &mut Redactor) -> String {
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for placed in tokens(text, 0..text.len()).0 {
        let Token::Text { is_long, .. } = placed.token else { continue };
        let body = &text[placed.place.clone()];
        if !body.contains(['=', ':']) {
            continue;
        }
        written.push_str(&text[at..placed.place.start]);
        written.push_str(&in_stretch(body, if is_long { Where::Long } else { Where::Literal }, redactor));
        at = placed.place.end;
    }
    written.push_str(&text[at..]);
    written
}

fn in_stretch(stretch: &str, place: Where, redactor: &mut Redactor) -> String {
    PAIR.replace_all(stretch, |captures: &Captures<'_>| {
        let (name, secret) = (&captures["name"], captures["secret"].trim_end_matches(['.', '!', '?']));
        let whole = captures.get(0).map_or(0..0, |whole| whole.range());
        // `656 B/token: ...` counts tokens.
        let is_rate = stretch[..whole.start].ends_with('/');
        let is_one = !is_rate && is_pair(name, captures["sign"].trim(), secret, place, &stretch[whole.end..]);
        replaced(captures, is_one, redactor)
    })
    .into_owned()
}

fn is_pair(name: &str, sign: &str, secret: &str, place: Where, rest: &str) -> bool {
    let kind = kind(name);
    // `password=password`, `token: str`, `password=None`: documentation, and calls in it.
    if kind < Secrecy::Token
        || is_placeholder(secret)
        || secret.starts_with(['$', '%', '=', '/', '\\'])
        || rest.starts_with(['(', '{', '['])
    {
        return false;
    }
    // Bytes of a shell's or a format's own.
    if kind == Secrecy::Token {
        return is_secret(name, kind, secret) && has_letters_and_digits(secret);
    }
    if !is_secret(name, kind, secret) {
        return false;
    }
    match (place, sign) {
        // A connection string.
        (Where::Literal, "=") => super::names::kind(secret) == Secrecy::None || has_letters_and_digits(secret),
        // `# password: swordfish`, with nothing behind it.
        (Where::Comment, _) if rest.trim_end_matches(['-', '>', '*', '/', '.']).trim().is_empty() => {
            has_letters_and_digits(secret) || is_a_word(secret)
        }
        _ => has_letters_and_digits(secret),
    }
}

/// A word in a comment that is no type and no remark.
fn is_a_word(text: &str) -> bool {
    const REMARKS: [&str; 14] = [
        "str",
        "string",
        "bytes",
        "int",
        "bool",
        "optional",
        "any",
        "text",
        "secretstr",
        "here",
        "ok",
        "ignore",
        "noqa",
        "see",
    ];
    let is_one = text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains('.');
    // `Token`, `SecretStr`: a type.
    is_one
        && !text.starts_with(|c: char| c.is_ascii_uppercase())
        && !REMARKS.contains(&text.to_ascii_lowercase().as_str())
        && kind(text) == Secrecy::None
}

fn has_letters_and_digits(text: &str) -> bool {
    text.len() >= 5
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn replaced(captures: &Captures<'_>, is_secret: bool, redactor: &mut Redactor) -> String {
    let secret = &captures["secret"];
    if !is_secret {
        return captures[0].to_owned();
    }
    let kept = secret.trim_end_matches(['.', '!', '?']);
    format!("{}{}{}", &captures["before"], redactor.placeholder(kept), &secret[kept.len()..])
}
