use proptest::prelude::*;

use super::*;

fn redacted(text: &str) -> String {
    Redactor::new().text(text)
}

#[test]
fn what_is_secret_is_replaced_and_what_is_around_it_stays() {
    let cases = [
        ("url = 'rtsp://admin:pa@ss@10.0.0.1/s'", "url = 'rtsp://admin:<redacted:1>@10.0.0.1/s'"),
        ("redis://:hunter2@cache:6379/0", "redis://:<redacted:1>@cache:6379/0"),
        ("https://ghp0123456789abcdef@x.y/z", "https://<redacted:1>@x.y/z"),
        ("password = \"hunter2\"", "password = \"<redacted:1>\""),
        ("db_password: str = 'hunter2'", "db_password: str = '<redacted:1>'"),
        ("{\"api_key\": \"a1b2c3d4e5\"}", "{\"api_key\": \"<redacted:1>\"}"),
        ("connect(authkey=b'abc')", "connect(authkey=b'<redacted:1>')"),
        ("os.environ[\"DB_PASSWORD\"] = \"hunter2\"", "os.environ[\"DB_PASSWORD\"] = \"<redacted:1>\""),
        ("API_KEY=abcdef12 python run.py", "API_KEY=<redacted:1> python run.py"),
        ("ENV DB_PASSWORD=hunter2", "ENV DB_PASSWORD=<redacted:1>"),
        ("      - AWS_SECRET_ACCESS_KEY=abcdefghijklmnop1", "      - AWS_SECRET_ACCESS_KEY=<redacted:1>"),
        ("  password: hunter2\n  user: me\n", "  password: <redacted:1>\n  user: me\n"),
        ("Authorization: Bearer abc.def.ghi.123", "Authorization: Bearer <redacted:1>"),
        ("headers = {'Authorization': 'Basic dXNlcjpwYXNz'}", "headers = {'Authorization': 'Basic <redacted:1>'}"),
        ("AKIAIOSFODNN7EXAMPLE and AKIAIOSFODNN7EXAMPLE", "<redacted:1> and <redacted:1>"),
        ("a-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb", "a<redacted:1>\n\n\nb"),
        ("-----BEGIN PRIVATE KEY-----\nMII\ncut off", "<redacted:1>\n\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(redacted(text), expected, "{text}");
        assert!(contains_placeholder(&redacted(text)));
    }
}

#[test]
fn what_is_no_secret_stays() {
    let texts = [
        "url = f\"rtsp://{user}:{password}@{host}/\"",
        "git@github.com:a/b.git and ssh://git@github.com/a/b",
        "http://host:8080/path@x",
        "password = os.environ[\"DB_PASSWORD\"]",
        "PASSWORD=os.getenv('X')",
        "password: str",
        "token: Token",
        "password_field = \"password\"",
        "pad_token = \"<pad>\"",
        "token = \"ADD\"",
        "if token == \"(\":",
        "token_url = \"https://example.org/token\"",
        "API_KEY = \"OPENAI_API_KEY\"",
        "help(password=\"Your password, please\")",
        "MAX_TOKENS=4096",
        "SORT_KEY=name",
        "PASSWORD=$DB_PASSWORD",
        "password = \"***\"",
        "the bearer of this letter",
        "key = \"value\"",
        "skip-this-and-do-that-instead-please",
    ];
    for text in texts {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn one_secret_has_one_number_across_texts() {
    let mut redactor = Redactor::new();
    assert_eq!(redactor.text("password = 'one'"), "password = '<redacted:1>'");
    assert_eq!(
        redactor.text("password = 'two'; x_password = 'one'"),
        "password = '<redacted:2>'; x_password = '<redacted:1>'"
    );
    assert_eq!((redactor.count(), redactor.secrets()), (3, 2));
}

#[test]
fn in_an_env_file_every_value_is_a_secret() {
    let text = "# Ours\nHOST=db\nexport NAME = \"a b\"\nEMPTY=\n";
    let expected = "# Ours\nHOST=<redacted:1>\nexport NAME = <redacted:2>\nEMPTY=\n";
    for name in [".env", "x/.env.local", "prod.env"] {
        assert_eq!(Redactor::new().file(Path::new(name), text), expected);
    }
    assert_eq!(Redactor::new().file(Path::new("environment.py"), text), text);
}

/// Secrets of every kind with what shows them: a text before, the secret, a text after.
fn secrets() -> impl Strategy<Value = (String, String, String)> {
    let around = |before: &'static str, secret: &'static str, after: &'static str| {
        proptest::string::string_regex(secret)
            .unwrap()
            .prop_map(move |secret| (before.to_owned(), secret, after.to_owned()))
            .boxed()
    };
    prop_oneof![
        around("", "(AKIA|ASIA)[A-Z0-9]{16}", " "),
        around("", "gh[pousr]_[A-Za-z0-9]{36}", "\""),
        around("", "github_pat_[A-Za-z0-9_]{22,60}", "'"),
        around("", "sk-[A-Za-z0-9]{20,48}", ","),
        around("", "xox[bp]-[0-9]{10}-[A-Za-z0-9]{12,24}", "\n"),
        around("Authorization: Bearer ", "[A-Za-z0-9._~+/-]{12,60}", "\n"),
        around("postgresql://user:", "[A-Za-z0-9!#%&*+,.:;=?@^_-]{0,20}[0-9]", "@host/db"),
        around("rtsp://", "[A-Za-z0-9]{16,40}", "@camera"),
        around("API_KEY=", "[A-Za-z0-9+/=_-]{8,40}[0-9]", "\n"),
        around("export DB_PASSWORD=", "[A-Za-z0-9+/=_-]{1,40}[a-z0-9]{4}", " "),
        around("password = \"", "[a-z!#%&+./:;=?@^_-]{1,10}[0-9][a-z]{2,20}", "\""),
        around("'client_secret': '", "[A-Za-z0-9]{3,30}[0-9][a-z]{3}", "'"),
        around(
            "",
            "-----BEGIN (RSA |EC |)PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n){1,5}-----END (RSA |EC |)PRIVATE KEY-----",
            "\n"
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_survives((before, secret, after) in secrets(), noise in "[ a-z(\n]{0,20}") {
        let text = format!("{noise} {before}{secret}{after}\n{noise}");
        let mut redactor = Redactor::new();
        let redacted = redactor.text(&text);
        // A secret may be a digit, as the placeholder's number is.
        prop_assert!(!redacted.replace("<redacted:1>", "").contains(&secret), "{redacted}");
        prop_assert!(redacted.contains("<redacted:1>"));
        prop_assert_eq!(redacted.matches('\n').count(), text.matches('\n').count());
        // What was redacted once is not touched again.
        prop_assert_eq!(Redactor::new().text(&redacted), redacted);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        let once = redacted(&text);
        prop_assert_eq!(redacted(&text), once);
    }
}
