//! Secrets that show by themselves: keys with a known shape, credentials in URLs, private keys, bearer tokens.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::Redactor;
use super::values::is_stand_in;
use crate::pattern::pattern;

/// Shapes of keys that nothing else has.
const KEYS: &str = concat!(
    r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}\b", // Amazon
    r"|\b(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9/+=]{40,}",              // and its sessions
    r"|\bgh[pousr]_[A-Za-z0-9]{30,255}",                                 // GitHub
    r"|\bgithub_pat_[A-Za-z0-9_]{22,255}",
    r"|\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-[A-Za-z0-9_.-]{20,}", // GitLab
    r"|\bsk-[A-Za-z0-9_-]{20,}",                                             // OpenAI, Anthropic, OpenRouter
    r"|\b(?:gsk_|xai-|tvly-|pplx-|jina_|nvapi-|r8_|wandb_v1_)[A-Za-z0-9_-]{30,}", // other models' and their tools'
    r"|\bls(?:v2)?_(?:pt|sk|_)[A-Za-z0-9_]{30,}",                            // LangSmith
    r"|\bpcsk_[A-Za-z0-9_]{40,}",                                            // Pinecone
    r"|\b(?:hf|api_org)_[A-Za-z0-9]{30,}",                                   // Hugging Face
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}",                                    // Slack
    r"|\bxoxe\.xox[bp]-[A-Za-z0-9-]{10,}",
    r"|\bxapp-[A-Za-z0-9-]{10,}",
    r"|\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,}",
    r"|\bdiscord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{20,}", // Discord
    r"|\b[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,40}",
    r"|\bmfa\.[A-Za-z0-9_-]{80,}",
    r"|\b[0-9]{6,12}:[A-Za-z0-9_-]{35}\b", // Telegram
    r"|\b(?:AC|SK)[0-9a-f]{32}\b",         // Twilio
    r"|\bAIza[0-9A-Za-z_-]{35}",           // Google
    r"|\bya29\.[0-9A-Za-z_-]{20,}",
    r"|\bGOCSPX-[A-Za-z0-9_-]{20,}",
    r"|\b1//0[A-Za-z0-9_-]{30,}",
    r"|\bEAA[A-Za-z0-9]{60,}", // Facebook
    r"|\bnpm_[A-Za-z0-9]{36}",
    r"|\bpypi-[A-Za-z0-9_-]{50,}",
    r"|\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}",  // Docker
    r"|\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}", // Stripe
    r"|\bwhsec_[A-Za-z0-9+/=]{24,}",
    r"|\bsk_[0-9a-f]{48}\b",                                                     // ElevenLabs
    r"|\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,}",                                 // Square
    r"|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",                                    // Shopify
    r"|\bdo[opr]_v1_[0-9a-f]{64}",                                               // DigitalOcean
    r"|\bdapi[0-9a-f]{32}",                                                      // Databricks
    r"|\bkey-[0-9a-f]{32}\b",                                                    // Mailgun
    r"|\b[0-9a-f]{32}-us[0-9]{1,2}\b",                                           // Mailchimp
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",                            // SendGrid
    r"|\bhv[sbr]\.[A-Za-z0-9_-]{24,}",                                           // Vault
    r"|\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}",                          // Terraform
    r"|\bpul-[0-9a-f]{40}\b",                                                    // Pulumi
    r"|\bATATT3[A-Za-z0-9_=-]{50,}",                                             // Atlassian
    r"|\bgl(?:sa|c)_[A-Za-z0-9_=+/]{30,}",                                       // Grafana
    r"|\bsntry[su]_[A-Za-z0-9_=+/]{30,}",                                        // Sentry
    r"|\bNRAK-[A-Z0-9]{27}",                                                     // New Relic
    r"|\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}",                                        // Postman
    r"|\bdp\.(?:pt|st|ct|sa)\.[A-Za-z0-9._-]{30,}",                              // Doppler
    r"|\b(?:lin_api|figd|ntn|sbp|nfp|pscale_tkn|pscale_pw)_[A-Za-z0-9_.-]{30,}", // Linear, Figma, Notion, Supabase, Netlify
    r"|\b[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}",                           // Azure
    r"|\bAGE-SECRET-KEY-1[0-9A-Z]{50,}",
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
    if is_stand_in(secret) || (part("after").is_empty() && is_of_words(secret)) || is_variable(secret) {
        return captures[0].to_owned();
    }
    format!("{}{}{}", part("before"), redactor.placeholder(secret), part("after"))
}

/// The password of an address in a text, if one is written there.
pub(super) fn password_of_address(text: &str) -> Option<std::ops::Range<usize>> {
    let secret = URL_PASSWORD.captures(text)?.name("secret")?;
    (!is_stand_in(secret.as_str()) && !is_variable(secret.as_str())).then(|| secret.range())
}

/// Whether a text is a key of a known shape, and nothing else.
pub(super) fn is_key(text: &str) -> bool {
    KEY.find(text).is_some_and(|found| found.len() == text.len()) && !is_of_words(text)
}

/// `sk-learn-compatible-estimators` has the shape of a key, and "bearer authentication" that of a header.
fn is_of_words(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte))
}

/// `https://STORAGE_ACCOUNT_KEY@host` says what to put there.
fn is_variable(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
