//! What a name promises about the value it is given to.

/// How much a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Secrecy {
    /// Nothing.
    None,
    /// A value that cannot be anything else than random is secret: `key`, or what an unknown call is given.
    Random,
    /// A value is secret if it looks like a token: eight letters and more, digits among them.
    Token,
    /// Whatever it holds is secret.
    Password,
}

/// Words that mean a password, as the last word of a name.
const PASSWORD: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "passcode",
    "pwd",
    "pw",
    "psw",
    "pswd",
    "secret",
    "authkey",
    "passw",
];
/// The same, when a name is written without anything between its words: `dbpassword`.
const PASSWORD_END: [&str; 5] = ["password", "passwd", "passphrase", "secret", "authkey"];
/// The last two words, written together.
const PASSWORD_PAIR: [&str; 5] = ["secretkey", "accountkey", "sharedkey", "seedphrase", "authkey"];

const TOKEN: [&str; 8] = ["credential", "credentials", "creds", "jwt", "bearer", "cookie", "sessionid", "otp"];
const TOKEN_END: [&str; 4] = ["token", "apikey", "accesskey", "privatekey"];
const TOKEN_PAIR: [&str; 16] = [
    "apikey",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "privatekey",
    "masterkey",
    "licensekey",
    "appkey",
    "consumerkey",
    "subscriptionkey",
    "functionkey",
    "deploykey",
    "jwtkey",
    "hmackey",
    "sessionkey",
    "hostkey",
];
const TOKEN_TRIPLE: [&str; 2] = ["accesskeyid", "privatekeyid"];

/// Words at the end of a name that do not change what it is: `password_default`, `API_KEY_PROD`.
const IGNORED_SUFFIXES: [&str; 16] = [
    "value",
    "str",
    "string",
    "default",
    "plain",
    "raw",
    "prod",
    "production",
    "dev",
    "test",
    "staging",
    "live",
    "old",
    "new",
    "b64",
    "base64",
];
/// What has a password of its own, so that `db_pass` is one and `render_pass` is none.
const HAS_PASS: [&str; 20] = [
    "db", "database", "user", "login", "admin", "mail", "email", "smtp", "imap", "ftp", "ssh", "root", "redis",
    "mysql", "pg", "postgres", "rtsp", "http", "mqtt", "proxy",
];
/// A name with one of these holds what is said of a secret, how one looks like, or where a reader goes on.
const ABOUT: [&str; 11] = [
    "per",
    "regex",
    "regexp",
    "pattern",
    "prompt",
    "label",
    "placeholder",
    "page",
    "pagination",
    "continuation",
    "help",
];
/// What is counted, and not kept secret: `max_tokens`.
const COUNTED: [&str; 10] = ["max", "min", "num", "total", "n", "prompt", "completion", "input", "output", "count"];

/// What a name promises by how it ends: `db_password` does, `password_field` and `tokenizer` do not.
pub(super) fn kind(name: &str) -> Secrecy {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|word| IGNORED_SUFFIXES.contains(&word.as_str())) {
        words.pop();
    }
    if words.iter().any(|word| ABOUT.contains(&word.as_str())) {
        return Secrecy::None;
    }
    let Some(last) = words.last() else { return Secrecy::None };
    let single = last.strip_suffix('s').filter(|_| last.len() > 4 && !last.ends_with("ss"));
    let is_many = single.is_some() && !TOKEN.contains(&last.as_str());
    let last = if is_many { single.unwrap_or(last) } else { last.as_str() };
    let before = |count: usize| {
        let start = words.len().checked_sub(count)?;
        Some(format!("{}{last}", words[start..words.len() - 1].concat()))
    };
    let (pair, triple) = (before(2).unwrap_or_default(), before(3).unwrap_or_default());
    let ends = |list: &[&str]| list.iter().any(|end| last.ends_with(end));
    if PASSWORD.contains(&last) || ends(&PASSWORD_END) || PASSWORD_PAIR.contains(&&*pair) || last.ends_with("secretkey")
    {
        // Several secrets are as often names of secrets as secrets.
        return if is_many && last.ends_with("secret") { Secrecy::Token } else { Secrecy::Password };
    }
    if TOKEN.contains(&last) || ends(&TOKEN_END) || TOKEN_PAIR.contains(&&*pair) || TOKEN_TRIPLE.contains(&&*triple) {
        let is_counted = is_many && words.iter().any(|word| COUNTED.contains(&word.as_str()));
        return if is_counted { Secrecy::None } else { Secrecy::Token };
    }
    match last {
        "pass" if words.iter().rev().nth(1).is_some_and(|word| HAS_PASS.contains(&word.as_str())) => Secrecy::Password,
        "pass" if words.len() == 1 => Secrecy::Token,
        "key" | "signature" | "sig" => Secrecy::Random,
        _ => Secrecy::None,
    }
}

/// The words of a name, in lower case: `DB_PASSWORD`, `dbPassword` and `db-password2` have the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for c in name.chars() {
        let ends = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && after_small);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.push(word);
    if words.last().is_some_and(|word| word != "b64" && word != "base64")
        && let Some(last) = words.last_mut()
    {
        last.truncate(last.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a text is nothing but a name that promises something: the name of a setting, and not the secret.
pub(super) fn is_promising_name(text: &str) -> bool {
    let text = text.trim_start_matches('-');
    !text.is_empty()
        && text.len() <= 64
        && !text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        && kind(text) >= Secrecy::Token
}
