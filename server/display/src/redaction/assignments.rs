//! Secrets that show by the name they are given to: `API_KEY=...`, `password = "..."`, `"token": "..."`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Redactor;
use super::names::{Secrecy, kind};
use super::values::{is_placeholder, is_secret};
use crate::pattern::pattern;

/// A line of the environment's kind, or a variable of a shell's, a Dockerfile's or a compose file's: upper case, no
/// blanks around `=`.
static ENVIRONMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?m)(?P<before>(?:^|[\s"'`;,-])(?P<name>[A-Z][A-Z0-9_]*)=["']?)(?P<secret>[^\s"'`,;)]+)"#)
});

/// `name = "value"`, `name: str = 'value'`, `"name": "value"`, `name="value"`, `["name"] = "value"`.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?P<before>(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)["']?\]?\s*(?::\s*[A-Za-z_][A-Za-z0-9_.\[\], |]*=|=|:)\s*[rRbBuU]{0,2})(?:"(?P<double>[^"\n]+)"|'(?P<single>[^'\n]+)')"#,
    )
});

/// `password: value` of YAML, to the end of the line.
static YAML: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)(?P<before>^[ \t-]*(?P<name>[A-Za-z_][A-Za-z0-9_-]*):[ \t]+)(?P<secret>[^\s"'#\[{|>&*!,()]+)[ \t]*\r?$"#,
    )
});

/// A line of a `.env`.
static ENV_LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?m)^(?P<before>[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*=[ \t]*)(?P<secret>[^\r\n]+)")
});

/// `text` without them.
pub(super) fn redact(text: &str, redactor: &mut Redactor) -> String {
    let environment = |captures: &Captures<'_>| {
        let (name, secret) = (&captures["name"], &captures["secret"]);
        let end = captures.get(0).map_or(0, |whole| whole.end());
        if is_argument(secret, &text[end..]) || !hides_in_environment(name, secret) {
            return captures[0].to_owned();
        }
        format!("{}{}", &captures["before"], redactor.placeholder(secret))
    };
    let text = ENVIRONMENT.replace_all(text, environment).into_owned();
    let quoted = |captures: &Captures<'_>| {
        let (quote, secret) = match (captures.name("double"), captures.name("single")) {
            (Some(secret), _) => ('"', secret.as_str()),
            (None, Some(secret)) => ('\'', secret.as_str()),
            (None, None) => return captures[0].to_owned(),
        };
        if !hides(&captures["name"], secret) {
            return captures[0].to_owned();
        }
        format!("{}{quote}{}{quote}", &captures["before"], redactor.placeholder(secret))
    };
    let text = QUOTED.replace_all(&text, quoted).into_owned();
    let yaml = |captures: &Captures<'_>| {
        let secret = &captures["secret"];
        // `password: str` is an annotation, and `token: Token` another one.
        let is_a_type = !secret.bytes().any(|byte| byte.is_ascii_digit()) || secret.contains('.');
        if is_a_type || !hides(&captures["name"], secret) {
            return captures[0].to_owned();
        }
        let rest = captures[0].strip_prefix(&captures["before"]).unwrap_or_default();
        let rest = rest.strip_prefix(secret).unwrap_or_default();
        format!("{}{}{rest}", &captures["before"], redactor.placeholder(secret))
    };
    YAML.replace_all(&text, yaml).into_owned()
}

/// The text of a `.env` without any value.
pub(super) fn redact_all(text: &str, redactor: &mut Redactor) -> String {
    let line = |captures: &Captures<'_>| {
        let secret = captures["secret"].trim();
        if secret.trim_matches(['"', '\'']).is_empty() {
            return captures[0].to_owned();
        }
        format!("{}{}", &captures["before"], redactor.placeholder(secret))
    };
    ENV_LINE.replace_all(text, line).into_owned()
}

/// Whether a variable of this name, with this value, holds a secret.
fn hides_in_environment(name: &str, value: &str) -> bool {
    let is_code = value.contains(['(', '[', '{']) || value.contains("os.environ");
    if is_code || is_placeholder(value) {
        return false;
    }
    match kind(name) {
        Secrecy::Password => true,
        Secrecy::Token => value.len() >= 6,
        _ => name.ends_with("KEY") && value.len() >= 16,
    }
}

/// `kernel(WRITE_TOKENS=write_tokens, ...)` is a call, and no environment.
fn is_argument(value: &str, rest: &str) -> bool {
    let is_name = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_.".contains(&byte))
        || value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_name && !value.starts_with(|c: char| c.is_ascii_digit()) && rest.starts_with([',', ')'])
}

/// Whether a name with this literal holds a secret. Where quotes are counted wrongly, what stands between two literals
/// looks like one.
fn hides(name: &str, value: &str) -> bool {
    if value.starts_with([',', ')', ']', '}']) || value.contains(char::is_whitespace) {
        return false;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    is_secret(last, kind(last), value)
}
