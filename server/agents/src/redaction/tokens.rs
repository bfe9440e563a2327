//! Secrets that show by themselves: keys with a known shape, credentials in URLs, private keys, bearer tokens.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Redactor, is_stand_in, pattern};

/// Shapes of keys that nothing else has.
const KEYS: &str = concat!(
    r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}\b", // Amazon
    r"|\bgh[pousr]_[A-Za-z0-9]{30,255}",                                 // GitHub
    r"|\bgithub_pat_[A-Za-z0-9_]{22,255}",
    r"|\bglpat-[A-Za-z0-9_-]{20,}",       // GitLab
    r"|\bsk-[A-Za-z0-9_-]{20,}",          // OpenAI, Anthropic
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}", // Slack
    r"|\bxapp-[A-Za-z0-9-]{10,}",
    r"|\bhooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{10,}",
    r"|\bAIza[0-9A-Za-z_-]{35}", // Google
    r"|\bya29\.[0-9A-Za-z_-]{20,}",
    r"|\bhf_[A-Za-z0-9]{30,}", // Hugging Face
    r"|\bnpm_[A-Za-z0-9]{36}",
    r"|\bpypi-[A-Za-z0-9_-]{50,}",
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",                    // Stripe
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",              // SendGrid
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", // JSON Web Tokens
);

/// A private key; one that is cut off is hidden to its end.
static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    )
});

/// A password may hold an `@`: the last one ends it.
static URL_PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?P<before>\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'`<>]*:)(?P<secret>[^\s/"'`]+)(?P<after>@)"#)
});

/// A token before the `@`, without a user.
static URL_TOKEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?P<before>\b[A-Za-z][A-Za-z0-9+.-]*://)(?P<secret>[A-Za-z0-9_-]{16,})(?P<after>@)"));

static KEY: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("(?P<secret>{KEYS})")));

static BEARER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?P<before>\b[Bb](?:earer|EARER)\s+)(?P<secret>[A-Za-z0-9._~+/=-]{12,})"));

static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?P<before>\bauthorization["']?\s*[:=]\s*["']?(?:basic|token|bearer|digest|apikey)\s+)(?P<secret>[A-Za-z0-9._~+/=:-]{6,})"#,
    )
});

/// `text` without them.
pub(super) fn redact(text: &str, redactor: &mut Redactor) -> String {
    let mut text =
        PRIVATE_KEY.replace_all(text, |captures: &Captures<'_>| redactor.placeholder(&captures[0])).into_owned();
    for pattern in [&*URL_PASSWORD, &URL_TOKEN, &AUTHORIZATION, &BEARER, &KEY] {
        text = pattern.replace_all(&text, |captures: &Captures<'_>| replaced(captures, redactor)).into_owned();
    }
    text
}

fn replaced(captures: &Captures<'_>, redactor: &mut Redactor) -> String {
    let part = |name: &str| captures.name(name).map_or("", |part| part.as_str());
    let secret = part("secret");
    if is_stand_in(secret) {
        return captures[0].to_owned();
    }
    format!("{}{}{}", part("before"), redactor.placeholder(secret), part("after"))
}
