//! Calls of the standard library and of common packages whose arguments are secrets, or lead to some.

use super::bracket_context::Assignment;
use crate::redaction::names::{Secrecy, kind, words};

/// What stands where a password stands, whatever it is given to.
pub(super) const PASSWORD: Assignment<'static> = Assignment { name: "password", kind: Secrecy::Password };

/// What gives its first argument on: `SecretStr("...")`.
pub(super) fn is_wrapper(called: &str) -> bool {
    const NAMES: [&str; 17] = [
        "str",
        "bytes",
        "bytearray",
        "repr",
        "Secret",
        "SecretStr",
        "SecretBytes",
        "SecretType",
        "Field",
        "field",
        "Final",
        "b64decode",
        "urlsafe_b64decode",
        "unhexlify",
        "fromhex",
        "quote",
        "quote_plus",
    ];
    NAMES.contains(&called)
}

/// What gives a value for a name, and another one where there is none.
pub(super) fn is_getter(called: &str) -> bool {
    const NAMES: [&str; 18] = [
        "get",
        "getenv",
        "setdefault",
        "pop",
        "getattr",
        "setattr",
        "env",
        "environ",
        "config",
        "set",
        "put",
        "setenv",
        "putenv",
        "set_key",
        "get_secret",
        "get_env",
        "getoption",
        "add_header",
    ];
    NAMES.contains(&called)
}

/// A keyword that gives the value for what another argument names.
pub(super) fn is_default(keyword: &str) -> bool {
    matches!(keyword, "default" | "value" | "initial" | "fallback" | "const" | "cast_default")
}

/// What is given a user and a password: `auth=("bob", "...")`.
pub(super) fn is_login(name: &str) -> bool {
    matches!(words(name).last().map(String::as_str), Some("auth" | "credentials" | "creds" | "login"))
}

/// The place of the secret among the arguments.
pub(super) fn has_secret_at(before: &str, called: &str) -> Option<usize> {
    const SECOND: [&str; 10] = [
        "HTTPBasicAuth",
        "HTTPDigestAuth",
        "HTTPProxyAuth",
        "BasicAuth",
        "DigestAuth",
        "NetrcAuth",
        "PlainCredentials",
        "username_pw_set",
        "UsernamePasswordCredential",
        "login",
    ];
    const FIRST: [&str; 6] =
        ["Fernet", "URLSafeSerializer", "URLSafeTimedSerializer", "TimestampSigner", "Signer", "setpassword"];
    match (before, called) {
        ("jwt", "encode" | "decode") => Some(1),
        ("hmac", "new" | "digest") => Some(0),
        (_, called) if SECOND.contains(&called) => Some(1),
        (_, called) if FIRST.contains(&called) => Some(0),
        _ => None,
    }
}

/// `set_password`, `check_password`, `hash_password`.
pub(super) fn takes_a_password(called: &str) -> bool {
    const DO: [&str; 10] =
        ["set", "make", "check", "verify", "hash", "encrypt", "change", "reset", "update", "validate"];
    kind(called) == Secrecy::Password && words(called).first().is_some_and(|word| DO.contains(&word.as_str()))
}
