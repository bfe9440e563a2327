//! Whether a value is one that is worth stealing.

use super::contains_placeholder;
use super::names::{Secrecy, words};

/// What stands in the place of a secret in examples and templates, as letters alone.
const DUMMIES: [&str; 33] = [
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "fillme",
    "example",
    "placeholder",
    "dummy",
    "todo",
    "fixme",
    "redacted",
    "hidden",
    "masked",
    "none",
    "null",
    "nil",
    "undefined",
    "empty",
    "notset",
    "unset",
    "notused",
    "unused",
    "required",
    "optional",
    "string",
    "true",
    "false",
    "yes",
    "password",
    "secret",
    "token",
    "apikey",
];
/// Words of a label or a message about a secret. A passphrase of several words rarely has one of them.
const MESSAGE_WORDS: [&str; 36] = [
    "a",
    "an",
    "and",
    "are",
    "be",
    "by",
    "can",
    "cannot",
    "enter",
    "for",
    "from",
    "has",
    "in",
    "invalid",
    "is",
    "key",
    "login",
    "missing",
    "must",
    "no",
    "not",
    "of",
    "or",
    "password",
    "passphrase",
    "please",
    "required",
    "secret",
    "the",
    "this",
    "to",
    "token",
    "use",
    "with",
    "wrong",
    "your",
];
/// A file's name is where a secret is, and not the secret.
const FILES: [&str; 13] =
    [".pem", ".json", ".txt", ".key", ".yml", ".yaml", ".crt", ".cert", ".toml", ".ini", ".env", ".py", ".html"];

/// Whether `value`, a literal given to `name` with that promise, is a secret.
pub(super) fn is_secret(name: &str, kind: Secrecy, value: &str) -> bool {
    let value = value.trim();
    if kind == Secrecy::None
        || is_placeholder(value)
        || value.contains("://")
        || is_code(value)
        || names_itself(name, value)
    {
        return false;
    }
    match kind {
        Secrecy::None => false,
        Secrecy::Random => looks_random(value),
        Secrecy::Token => looks_like_a_token(value),
        Secrecy::Password => {
            let is_place = words(name).last().is_some_and(|word| word == "pwd") && is_path(value);
            !is_place && !FILES.iter().any(|end| value.ends_with(end)) && !is_talk(name, value)
        }
    }
}

/// Nothing, a stand-in for a secret that is elsewhere, a switch, an example.
pub(super) fn is_placeholder(value: &str) -> bool {
    is_stand_in(value) || contains_placeholder(value) || is_plain(value) || is_dummy(value)
}

/// Whether a value stands for a secret that is elsewhere: `{password}`, `<password>`, `$PASSWORD`, `%s`, `***`.
pub(super) fn is_stand_in(value: &str) -> bool {
    let wrapped = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    value.is_empty()
        || wrapped('{', '}')
        || wrapped('<', '>')
        || (wrapped('[', ']') && value.len() > 1)
        || is_variable(value)
        || value.starts_with("%(")
        || matches!(value, "%s" | "%r" | "%d" | "?" | "...")
        || (value.starts_with(':')
            && value.len() > 1
            && value[1..].bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        || value.chars().all(|c| c == '*' || c == '.' || c == '\u{2022}')
        || (value.len() > 2 && value.chars().all(|c| c == 'x' || c == 'X'))
}

/// `$PASSWORD`, `${PASSWORD}`, `$(cat file)`, `$1`, and `$password`, but not `$ecret`.
fn is_variable(value: &str) -> bool {
    let Some(rest) = value.strip_prefix('$') else { return false };
    let is_name = |of: fn(&u8) -> bool| !rest.is_empty() && rest.bytes().all(|byte| of(&byte) || byte == b'_');
    rest.starts_with(['{', '('])
        || is_name(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        || (is_name(u8::is_ascii_lowercase) && super::names::is_promising_name(rest))
}

/// A number, a switch.
fn is_plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    value.len() < 2
        || matches!(lower.as_str(), "true" | "false" | "none" | "null" | "yes" | "no" | "on" | "off")
        || (value.len() < 4 && value.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_dummy(value: &str) -> bool {
    if value.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let letters: String = value.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    DUMMIES.contains(&letters.as_str()) || (letters.starts_with("your") && !value.contains(' '))
}

/// `"{user}:{password}"` is a template; a value with brackets of a call is code.
fn is_code(value: &str) -> bool {
    let is_template = value.split('{').skip(1).any(|rest| {
        let inner = rest.split('}').next().unwrap_or_default();
        inner.len() < rest.len() && inner.chars().all(|c| c.is_alphanumeric() || "_.!:[]'\"()".contains(c))
    });
    is_template || value.contains("os.environ") || value.contains("getenv(") || value.contains("%s")
}

/// `API_KEY = "api_key"`, `KEY = "OPENAI_API_KEY"`: the name of a setting.
fn names_itself(name: &str, value: &str) -> bool {
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let is_variable = value.contains('_')
        && value.starts_with(|c: char| c.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
        && super::names::kind(value) != Secrecy::None;
    let (name, written) = (letters(name), letters(value));
    let has_no_digit = !written.bytes().any(|byte| byte.is_ascii_digit());
    is_variable || (!written.is_empty() && has_no_digit && name.ends_with(&written))
}

fn is_path(value: &str) -> bool {
    value.starts_with(['/', '~', '.']) || value.contains(":\\") || value.contains("://")
}

/// A label, a question, a message. A passphrase has several words, too.
fn is_talk(name: &str, value: &str) -> bool {
    if !value.contains(char::is_whitespace) {
        return value.ends_with(':') || value.ends_with("...") || value.ends_with("?)");
    }
    let said = |talk: &[&str]| {
        value.split(|c: char| !c.is_alphabetic()).any(|word| talk.contains(&word.to_ascii_lowercase().as_str()))
    };
    let is_phrase = words(name).last().is_some_and(|word| word.contains("phrase"));
    if is_phrase { said(&["enter", "passphrase", "your", "please", "invalid", "wrong"]) } else { said(&MESSAGE_WORDS) }
}

/// Tokens of a language (`pad_token = "<pad>"`) are short and have no digits.
pub(super) fn looks_like_a_token(value: &str) -> bool {
    let is_file = FILES.iter().any(|end| value.ends_with(end));
    value.len() >= 8
        && !is_path(value)
        && !is_file
        && !is_identifier(value)
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~+/=-:!@#$%^&*".contains(&byte))
}

/// `s3_connections`, `oauth_m2m`: words, with a number in one of them.
fn is_identifier(value: &str) -> bool {
    let is_word = |word: &str| word.len() <= 4 || word.bytes().all(|byte| byte.is_ascii_alphabetic());
    value.contains('_')
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && value.split('_').all(is_word)
}

/// Letters and digits without an order: sixteen and more, many of them different, no words with a number behind.
pub(super) fn looks_random(value: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_~+/=-".contains(&byte);
    if value.len() < 16 || value.len() > 512 || !value.bytes().all(is_part) || is_path(value) {
        return false;
    }
    let class = |byte: u8| match byte {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        _ => 2,
    };
    // `blocks_0_attn1_q_lora` has many parts, and none of them is random.
    let is_mixed = |part: &str| {
        let bytes = part.as_bytes();
        let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
        bytes.len() >= 10 && changes * 4 >= bytes.len()
    };
    let bytes = value.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    // A UUID names something more often than it opens something.
    let is_uuid = value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
    let is_hexadecimal = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits >= 2 && letters >= 4 && (is_hexadecimal || value.split(['_', '-']).any(is_mixed)) && !is_uuid
}
