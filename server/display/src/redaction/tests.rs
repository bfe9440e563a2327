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
        ("run([\"curl\", \"-u\", \"bob:pw1x\", url])", "run([\"curl\", \"-u\", \"bob:<redacted:1>\", url])"),
        ("run('/usr/bin/curl', '--user=bob:pw1x')", "run('/usr/bin/curl', '--user=bob:<redacted:1>')"),
        ("[\"sshpass\", \"-p\", \"pw1x\", \"ssh\"]", "[\"sshpass\", \"-p\", \"<redacted:1>\", \"ssh\"]"),
        ("[\"mysql\", \"-u\", user, \"-ppw1x\"]", "[\"mysql\", \"-u\", user, \"-p<redacted:1>\"]"),
        ("mysql -u bob -ppw1x db", "mysql -u bob -p<redacted:1> db"),
        ("os.system('mysqldump -pPw1 db')", "os.system('mysqldump -p<redacted:1> db')"),
        ("sshpass -p pw1x ssh h", "sshpass -p <redacted:1> ssh h"),
        ("u = \"https://bob:\" \"pw1x@h/\"", "u = \"https://bob:\" \"<redacted:1>@h/\""),
        ("u = (\"https://bob:p\"\n  \"w1x@h/\")", "u = (\"https://bob:<redacted:1>\"\n  \"<redacted:1>@h/\")"),
        ("u = \"https://bob:\\\npw1x@h/\"", "u = \"https://bob:\\\n<redacted:1>@h/\""),
        (
            "u = \"https://{}:{}@h\".format(\"bob\", \"pw1x\")",
            "u = \"https://{}:{}@h\".format(\"bob\", \"<redacted:1>\")",
        ),
        ("u = \"https://{1}:{0}@h\".format(\"pw1x\", b)", "u = \"https://{1}:{0}@h\".format(\"<redacted:1>\", b)"),
        (
            "u = \"https://{u}:{x}@h\".format(x=\"pw1x\", u=\"b\")",
            "u = \"https://{u}:{x}@h\".format(x=\"<redacted:1>\", u=\"b\")",
        ),
        ("u = \"https://%s:%s@h\" % (\"bob\", \"pw1x\")", "u = \"https://%s:%s@h\" % (\"bob\", \"<redacted:1>\")"),
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
        "[\"mysql\", \"-u\", \"bob\", \"-p\", \"db\"]",
        "mysql -u bob -p db",
        "mysql -p$PASSWORD db",
        "[\"curl\", \"-u\", f\"{user}:{password}\", \"-o\", \"a:b1c2d3\"]",
        "u = \"https://{}:{}@h\".format(\"bob\", password)",
        "u = \"https://bob:\" + password + \"@h\"",
        "run([\"ssh\", \"-p\", \"22\"])",
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

/// Each holds one secret, which has the word `hunter` or a digit's tail of a known shape in it.
const FORMS: &[(&str, &str)] = &[
    ("get('https://x.org/a?b=1&api_key=abcdef12')", "abcdef12"),
    ("see https://x.org/?token=hunter2secret&x=1", "hunter2secret"),
    ("connect(\"host=db user=me password=hunter3secret\")", "hunter3secret"),
    ("connect(\"host=db password=swordfish dbname=x\")", "swordfish"),
    ("c = 'Driver={SQL Server};Server=db;Uid=me;Pwd=Hunter4!;'", "Hunter4!"),
    ("c = 'AccountName=me;AccountKey=ab12cd34ef56gh78ij90==;EndpointSuffix=x'", "ab12cd34ef56gh78ij90=="),
    ("os.getenv(\"TOKEN\", \"hunter2token\")", "hunter2token"),
    ("os.environ.setdefault(\"API_TOKEN\", \"hunter2token\")", "hunter2token"),
    ("os.environ.get(\"X_SECRET\", \"hunter\")", "hunter"),
    ("password = password or \"hunter\"", "hunter"),
    ("connect(self.password or 'hunter')", "hunter"),
    ("if password == \"hunter\":", "hunter"),
    ("if \"hunter\" == user.password:", "hunter"),
    ("if password in (\"hunter\",):", "hunter"),
    ("PASSWORD = \"hunter\" if True else \"hunter\"", "hunter"),
    ("PASSWORD = os.environ['PASSWORD'] if mode == 'prod' else \"hunter\"", "hunter"),
    ("client_secret = \"\"\"hunter\"\"\"", "hunter"),
    ("client_secret = \"\"\"\\\nhunter\n\"\"\"", "hunter"),
    ("secret = (\"hunter\"\n   \"hunter\")", "hunter"),
    ("secret = \"hunter\" + \"hunter\"", "hunter"),
    ("passwords = [\"hunter\", 'hunter']", "hunter"),
    ("passwords = {\"bob\": \"hunter2hunter2Hunter2\"}", "hunter2"),
    ("passphrase = \"correct hunter battery staple\"", "hunter"),
    ("self._pw = \"hunter\"", "hunter"),
    ("get(url, auth=(\"bob\",\"hunter\"))", "hunter"),
    ("HTTPBasicAuth(\"bob\", \"hunter\")", "hunter"),
    ("user, password = \"bob\", \"hunter\"", "hunter"),
    ("cfg[\"db\"][\"password\"] = \"hunter\"", "hunter"),
    ("def connect(user: str = \"bob\", password: str = \"hunter\") -> None: ...", "hunter"),
    ("password: SecretStr = SecretStr(\"hunter\")", "hunter"),
    ("password: str = Field(default=\"hunter\", description=\"of the user\")", "hunter"),
    ("parser.add_argument(\"--password\", default=\"hunter\", help=\"of the user\")", "hunter"),
    ("run([\"db\", \"--password\", \"hunter\"])", "hunter"),
    ("user.set_password(\"hunter\")", "hunter"),
    ("server.login(\"me@x.org\", \"hunter\")", "hunter"),
    ("client.username_pw_set(\"me\", \"hunter\")", "hunter"),
    ("jwt.encode(payload, \"hunter\", algorithm=\"HS256\")", "hunter"),
    ("hmac.new(b\"hunter\", message, 'sha256')", "hunter"),
    ("# password: hunter\nx = 1", "hunter"),
    ("x = 1  # the api key: hunter2hunter", "hunter2hunter"),
    ("# password = \"hunter\"", "hunter"),
    ("# os.getenv('X_SECRET', 'hunter')", "hunter"),
    ("the password is hunter2 and the user is me", "hunter2"),
    ("key = \"sk_live_\" \"4eC39HqLyjWDarjtT1zdp7dc\"", "4eC39HqLyjWDarjtT1zdp7dc"),
    ("wandb.login(key=\"0123456789abcdef0123456789abcdef01234567\")", "0123456789abcdef"),
    ("CREATE USER bob IDENTIFIED BY 'hunter'", "hunter"),
    ("curl -u bob:hunter https://x.org", "hunter"),
    ("curl -H 'X-Api-Key: hunter2hunter' https://x.org", "hunter2hunter"),
    ("mysql --password=hunter22 db", "hunter22"),
    ("machine x.org login me password hunter", "hunter"),
    ("sid = \"SK0123456789abcdef0123456789abcdef\"", "0123456789abcdef"),
    ("bot = Bot(\"123456789:AAF-abcdefghijklmnopqrstuvwxyz01234\")", "AAF-"),
    ("run(\"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs\")", "ZnCjm1"),
    ("post('https://discord.com/api/webhooks/123456/abcdefghijABCDEFGHIJ0123')", "abcdefghij"),
    ("x = 'github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz'", "11ABCDEFG0"),
    ("x = 'glpat-abcdefghij0123456789'", "abcdefghij"),
    ("x = 'sk-ant-api03-abcdefghijklmnop-0123'", "abcdefghij"),
    ("x = 'hf_abcdefghijklmnopqrstuvwxyzABCDEF01'", "abcdefghij"),
    ("aws_session_token = 'IQoJb3JpZ2luX2VjEJr0123456789+/='", "IQoJ"),
    (
        "{\"private_key_id\": \"0123456789abcdef\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIhunter\\n-----END PRIVATE KEY-----\\n\"}",
        "MIIhunter",
    ),
];

#[test]
fn secrets_are_found_wherever_their_name_leads_to_them() {
    let mut kept = Vec::new();
    for (text, secret) in FORMS {
        let written = redacted(text);
        if written.contains(secret) || !contains_placeholder(&written) {
            kept.push(written.clone());
        }
        assert_eq!(written.lines().count(), text.lines().count(), "{written}");
        assert_eq!(redacted(&written), written, "it is not touched again");
    }
    assert!(kept.is_empty(), "{kept:#?}");
}

#[test]
fn code_that_speaks_of_secrets_stays_readable() {
    let texts = [
        "token_id = \"abc12345\"",
        "tokenizer = \"bert-base-uncased-12\"",
        "generate(prompt, max_tokens=512)",
        "password=get_password()",
        "password = get_password(\"main\")",
        "load(secret_name=\"db\", key=\"name\")",
        "os.getenv(\"DB_PASSWORD\")",
        "os.environ.get(\"API_TOKEN\", \"\")",
        "def login(user: str, password: str, token: Token | None = None) -> None:",
        "password = \"changeme\"",
        "api_key = \"your-api-key\"",
        "NAMES = (\"password\", \"api_key\", \"token\")",
        "password = input(\"Enter password: \")",
        "parser.add_argument(\"--password\", help=\"The password of the user\")",
        "raise ValueError(\"password: must be given\")",
        "log.info(\"token=%s\", token)",
        "url = f\"https://x.org?token={token}\"",
        "cursor.execute(\"UPDATE u SET password = %s WHERE id = ?\")",
        "cursor.execute(\"SELECT 1 WHERE password=:password\")",
        "if mode == \"prod\" and password:",
        "form = {\"password\": password, \"user\": \"bob\"}",
        "# password: str",
        "# token: the token to use",
        "    # the password = default of the next line\n    \"localhost\",",
        "f(\n    # password = x\n    \"localhost\",\n)",
        "pwd = \"/srv/app\"",
        "render_pass = \"shadow\"",
        "private_key = \"/etc/ssl/key.pem\"",
        "PASSWORD_HASHERS = [\"django.contrib.auth.hashers.Argon2PasswordHasher\"]",
        "sk-learn-compatible-estimators-of-ours",
        "cache.get(\"user:1\", \"nobody\")",
        "sort(key=\"last_name\")",
        "any(token in text for token in (\"ltx-2.3-abc\", \"llama-3.1\"))",
        "API_KEY_HEADER = \"X-API-Key\"",
        "    password: The user's password, 8 letters at least.",
        "docker run -u 1000:1000 image",
        "deployments.get(key=\"550e8400-e29b-41d4-a716-446655440000\")",
    ];
    let changed: Vec<String> =
        texts.iter().map(|text| redacted(text)).filter(|text| contains_placeholder(text)).collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

/// Long lines of all that a search could stumble over, in a time that grows with their length alone.
#[test]
fn a_long_line_takes_no_longer_than_many_short_ones() {
    let pieces = [
        "a",
        "'",
        "\"",
        "\\'",
        "\"\"\" '",
        "password=",
        "password = (",
        "?token=",
        "x://a:",
        "x://a:b@",
        "((((",
        "a.b.c.",
        "# ",
        "#",
        "-u ",
        "curl ",
        "login x ",
        "eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "\"a\" + ",
        "'password', ",
        "--a ",
        "password is ",
        "é",
        "user ",
        "AKIA",
        "a: ",
        "[{(",
    ];
    for piece in pieces {
        let text = piece.repeat((1 << 20) / piece.len());
        let start = std::time::Instant::now();
        let once = redacted(&text);
        let took = start.elapsed();
        // Twice as long for twice as much is seconds here; what grows with the square takes many minutes.
        assert!(took < std::time::Duration::from_secs(90), "{piece}: {took:?}");
        assert_eq!(once.lines().count(), text.lines().count());
    }
}

/// Secrets of every kind with what shows them: a text before, the secret, a text after.
fn secrets() -> impl Strategy<Value = (String, String, String)> {
    let around = |before: &'static str, secret: &'static str, after: &'static str| {
        proptest::string::string_regex(secret)
            .unwrap()
            // `%s` stands for what is put there later.
            .prop_filter("a template", |secret| !secret.contains("%s"))
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
        prop_assert!(places::may_hold_secret(&text));
        prop_assert!(!masked(&text).contains(&secret) || MASK.contains(&secret), "{}", masked(&text));
        prop_assert_eq!(redacted.matches('\n').count(), text.matches('\n').count());
        // What was redacted once is not touched again.
        prop_assert_eq!(Redactor::new().text(&redacted), redacted);
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        let once = redacted(&text);
        prop_assert_eq!(redacted(&text) != text, redacted(&text) != text && places::may_hold_secret(&text));
        prop_assert_eq!(redacted(&text), once);
    }
}
