//! Secrets that show by the name they are given to: `API_KEY=...`, `password = "..."`, `"token": "..."`.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Redactor, is_stand_in, pattern};

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
        if !hides_in_environment(name, secret) {
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
    if is_code || is_stand_in(value) || super::contains_placeholder(value) || is_plain(value) {
        return false;
    }
    match kind(name) {
        Kind::Password => true,
        Kind::Token => value.len() >= 6,
        Kind::None => name.ends_with("KEY") && value.len() >= 16,
    }
}

/// Whether a name with this literal holds a secret.
fn hides(name: &str, value: &str) -> bool {
    if is_stand_in(value) || super::contains_placeholder(value) || is_plain(value) {
        return false;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    // A label, a message, or the name of where the secret is.
    let is_words = value.contains(char::is_whitespace) || value.contains('{');
    let same = |a: &str, b: &str| {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        letters(a) == letters(b)
    };
    let is_variable = value.contains('_') && value.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if is_words || same(last, value) || is_variable {
        return false;
    }
    match kind(last) {
        Kind::Password => true,
        // Tokens of a language (`pad_token = "<pad>"`) are short and have no digits.
        Kind::Token => {
            value.len() >= 8
                && value.bytes().any(|byte| byte.is_ascii_digit())
                && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~+/=-:".contains(&byte))
        }
        Kind::None => false,
    }
}

enum Kind {
    /// Whatever it holds is secret.
    Password,
    /// It is secret if it looks random.
    Token,
    None,
}

/// What a name promises by how it ends: `db_password`, and not `password_field`.
fn kind(name: &str) -> Kind {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    if ends(&["password", "passwd", "passphrase", "pwd", "authkey", "secret", "secretkey", "privatekey", "passwort"]) {
        Kind::Password
    } else if ends(&[
        "token",
        "apikey",
        "accesskey",
        "accesskeyid",
        "credential",
        "credentials",
        "signingkey",
        "encryptionkey",
    ]) {
        Kind::Token
    } else {
        Kind::None
    }
}

/// A number, a switch: nothing that anybody would steal.
fn is_plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "none" | "null" | "yes" | "no")
        || (value.len() < 4 && value.bytes().all(|byte| byte.is_ascii_digit()))
}
