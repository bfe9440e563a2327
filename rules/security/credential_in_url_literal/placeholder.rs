//! Telling passwords from what only stands for one.

use pyteam_engine::Severity;

use super::url::{Credential, HOLE};

/// How bad it is to have this password in the source; nothing where it is none.
pub(super) fn grade(url: &Credential<'_>) -> Option<Severity> {
    if is_markup(url.password) || is_markup(url.user) || is_placeholder_host(url.host) {
        return None;
    }
    let (user, password) = (word(url.user), word(url.password));
    let nobody = url.user.is_empty() || url.user.contains(HOLE) || is_placeholder_user(&user);
    // `YOUR_PASSWORD` tells its reader to write another one.
    let is_addressed = ["your", "my", "some"].iter().any(|owner| password.starts_with(owner));
    if is_placeholder_password(&password) && (is_addressed || is_shouted(url.password)) {
        return None;
    }
    if is_placeholder_password(&password) {
        // `user:password` is documentation; `root:password` at a place of its own may well be the password.
        return (!nobody).then_some(Severity::Information);
    }
    if password.len() <= 2 && user.len() <= 2 && password.chars().all(char::is_alphabetic) {
        return None;
    }
    // Defaults that are well known, and that work from the same machine only.
    if matches!((user.as_str(), password.as_str()), ("guest", "guest") | ("scott", "tiger")) {
        return Some(Severity::Hint);
    }
    if password.contains("changeme") || password.contains("changethis") {
        return Some(Severity::Information);
    }
    let is_development = !user.is_empty() && password.starts_with(&user) || ends_like_a_name(&password);
    if is_development && is_near(url.host) {
        return Some(Severity::Information);
    }
    Some(Severity::Error)
}

/// `DB_PASSWORD`: the name of a variable.
fn is_shouted(text: &str) -> bool {
    text.contains(char::is_uppercase) && !text.contains(char::is_lowercase)
}

/// Lower case, without anything but letters and digits.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `<password>`, `{password}`, `${PASSWORD}`, `%s`, `***`, `xxxx`, `...`, and pieces of regular expressions.
fn is_markup(text: &str) -> bool {
    let wrapped = |open: char, close: char| text.contains(open) && text.contains(close);
    let first = text.chars().next();
    let repeated = text.chars().count() > 1
        && text.chars().all(|c| Some(c) == first)
        && !text.contains(|c: char| c.is_ascii_digit());
    wrapped('<', '>')
        || wrapped('{', '}')
        || text.starts_with('[') && text.ends_with(']')
        || text.starts_with('$')
        || text.contains("${")
        || text == "%s"
        || text.starts_with("%(")
        || repeated
        || matches!(text, "*" | "…" | "-" | "_" | ".")
        || ["[^", "(?", ".*", ".+", "\\", "]+", "]*"].iter().any(|piece| text.contains(piece))
}

/// Words that stand for a password, in the languages in which people write examples.
fn is_placeholder_password(word: &str) -> bool {
    let names = [
        "pass",
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "key",
        "pw",
        "psw",
        "auth",
        "credentials",
    ];
    let owners = [
        "", "your", "my", "some", "the", "user", "db", "database", "api", "access", "redis", "camera", "admin", "real",
    ];
    let is_named = owners.iter().any(|owner| word.strip_prefix(owner).is_some_and(|rest| names.contains(&rest)));
    let elsewhere = [
        "contraseña",
        "clave",
        "senha",
        "passwort",
        "kennwort",
        "motdepasse",
        "пароль",
        "密码",
        "parola",
        "wachtwoord",
        "hunter2",
    ];
    let tells = [
        "placeholder",
        "redacted",
        "masked",
        "hidden",
        "dummy",
        "fake",
        "example",
        "replace",
        "insert",
        "yourpass",
        "yoursecret",
    ];
    is_named
        || elsewhere.iter().any(|name| word.ends_with(name))
        || tells.iter().any(|tell| word.contains(tell))
        || word.ends_with("here")
        || matches!(word, "foo" | "bar" | "baz" | "p" | "x" | "abc")
        || !word.is_empty() && word.chars().all(|c| c == 'x')
}

fn is_placeholder_user(word: &str) -> bool {
    let words =
        ["user", "username", "usr", "userid", "uid", "login", "name", "account", "u", "uname", "foo", "usuario", "me"];
    let owners = ["", "your", "my", "some", "the", "db", "fake", "test", "proxy", "camera"];
    owners.iter().any(|owner| word.strip_prefix(owner).is_some_and(|rest| words.contains(&rest)))
}

/// Hosts that exist in examples only: `host`, `camera-ip`, and the domains that are reserved for documentation.
fn is_placeholder_host(host: &str) -> bool {
    if is_markup(host) {
        return true;
    }
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let name = name.to_lowercase();
    let plain = word(&name);
    let reserved = ["example.com", "example.org", "example.net", "example.edu", ".example", ".invalid", ".test"];
    let words = [
        "host",
        "hostname",
        "host1",
        "server",
        "servername",
        "serverip",
        "ip",
        "ipaddress",
        "ipaddr",
        "address",
        "addr",
        "domain",
        "domaincom",
        "endpoint",
        "site",
        "url",
        "cameraip",
        "camip",
        "proxyhost",
        "proxyserver",
        "h",
    ];
    let owners = ["", "your", "my", "some", "the", "db"];
    reserved.iter().any(|domain| name == domain.trim_start_matches('.') || name.ends_with(domain))
        || owners.iter().any(|owner| plain.strip_prefix(owner).is_some_and(|rest| words.contains(&rest)))
        || port.eq_ignore_ascii_case("port")
}

/// This machine, or a neighbor in a compose file: no dot in its name.
fn is_near(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name.starts_with("127.") || !name.contains(['.', '[', HOLE])
}

/// `shop_password`, `app-secret`: the pattern of compose files.
fn ends_like_a_name(word: &str) -> bool {
    ["password", "passwd", "pass", "pwd", "secret"].iter().any(|name| word.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::credential_in_url_literal::url::find;

    fn graded(text: &str) -> Option<Severity> {
        find(text).first().and_then(grade)
    }

    #[test]
    fn passwords_are_errors() {
        for text in [
            "redis://:123456@127.0.0.1:6379/0",
            "mysql+pymysql://root:123456@127.0.0.1:3306/t",
            "rtsp://admin:admin@192.168.1.64/1",
            "mongodb+srv://reports:Tr0ub4dor@cluster0.ab1cd.mongodb.net",
            "postgresql://postgres:111111@localhost/d",
            "http://bob:p@ss@10.0.0.1",
        ] {
            assert_eq!(graded(text), Some(Severity::Error), "{text}");
        }
    }

    #[test]
    fn well_known_local_defaults_weigh_less() {
        for text in [
            "postgresql://postgres:postgres@localhost/d",
            "postgresql://shop:shop_password@db:5432/d",
            "mysql://root:password@127.0.0.1/d",
            "amqp://app:changeme@10.0.0.3",
        ] {
            assert_eq!(graded(text), Some(Severity::Information), "{text}");
        }
        assert_eq!(graded("amqp://guest:guest@localhost:5672//"), Some(Severity::Hint));
    }

    #[test]
    fn placeholders_are_silent() {
        for text in [
            "rtsp://username:password@192.168.1.64/1",
            "http://user:pass@host:port",
            "redis://:password@localhost",
            "http://USER:PASS@10.0.0.1",
            "rtsp://{}:{}@10.0.0.1",
            "http://%s:%s@h.dom",
            "rtsp://admin:<password>@10.0.0.1",
            "rtsp://admin:***@10.0.0.1",
            "http://bob:${PW}@h.dom",
            "https://bob:77x@proxy.example.com",
            "rtsp://admin:12345@camera_ip",
            "http://admin:xxxx@10.0.0.1",
            "postgresql://u:p@db/x",
            "mysql+pymysql://root:YOUR_PASSWORD@localhost/shop",
            "mysql://root:DB_PASSWORD@10.0.0.3/shop",
            "https?://(?P<u>[^:]+):(?P<p>[^@]+)@(.*)",
        ] {
            assert_eq!(graded(text), None, "{text}");
        }
    }
}
