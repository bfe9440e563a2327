use std::path::Path;

use super::super::layer::ReadSettings;
use super::super::{Settings, SettingsProblem};
use super::*;
use crate::page::Page;

fn rules() -> RuleNames {
    let text = "---\nseverity: warning\n---\n# T\n## What it does\na\n## Why\na\n## What to do\na\n## Examples\n```python\n# ok\n```\n";
    let page = |path: &str| Page::shipped(path, text);
    RuleNames::new(&[page("architecture/deep_inheritance.md"), page("ml/unsafe_model_load.md")])
}

/// Reads a `pyteam.toml`.
fn read_toml(text: &str) -> (Settings, Vec<String>) {
    match Layer::from_pyteam_toml(Path::new("pyteam.toml"), text, &rules()) {
        ReadSettings::Layer(layer, problems) => {
            (Settings::from_layers("/w", &[&layer]), problems.iter().map(SettingsProblem::to_string).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_that_can_be_set() {
    let (settings, problems) = read_toml(
        r#"
select = ["all"]
ignore = ["deep-inheritance", "ml"]
exclude = ["vendor", "src/gen/**"]
max-depth = 5
max-file-size = 100_000
[per-file-ignores]
"tests/**" = ["unsafe-model-load"]
[severity]
deep-inheritance = "error"
unsafe-model-load = "off"
[timeouts]
get = 2
network = 2.5
"#,
    );
    assert_eq!(problems, [""; 0]);
    assert_eq!(settings.ignore, ["deep-inheritance", "ml"]);
    assert!(settings.is_excluded("/w/a/vendor/b.py") && settings.is_excluded("/w/src/gen/b.py"));
    assert_eq!((settings.max_depth, settings.max_file_size), (5, 100_000));
    assert_eq!(settings.per_file_ignores[0].files.as_str(), "tests/**");
    assert_eq!(settings.severity["unsafe-model-load"], Level::Off);
    assert_eq!(settings.timeouts.get.to_string(), "2");
    assert_eq!(settings.timeouts.network.to_string(), "2.5");
    assert_eq!(settings.timeouts.join, Timeouts::default().join);
}

#[test]
fn a_former_name_of_a_code_means_its_new_one() {
    let text = "ignore = ['file-not-analysed']\n[severity]\nfile-not-analysed = 'off'\n";
    let (settings, problems) = read_toml(text);
    assert_eq!(problems, [""; 0]);
    assert_eq!(settings.ignore, ["file-not-analyzed"]);
    assert_eq!(settings.severity["file-not-analyzed"], Level::Off);
}

#[test]
fn every_mistake_has_its_place_and_the_rest_holds() {
    let (settings, problems) = read_toml(
        "slect = []\nmax-depth = \"x\"\nmax-file-size = 0\nignore = [1, \"depe-inheritance\"]\nselect = 'all'\nexclude = [\"a[\"]\n\
         [severity]\ndeep-inheritance = \"warn\"\nunsafe-model-load = \"hint\"\n[timeouts]\ngte = 1\nput = -1\nwait = true\njoin = inf\n[agents]\nx = 1\n[nonsense]\n",
    );
    let expected = [
        "pyteam.toml:1:1: unknown setting `slect`; did you mean `select`?",
        "pyteam.toml:2:13: `max-depth`: expected a whole number, found a string",
        "pyteam.toml:3:17: `max-file-size`: 0 is not between 1 and 1073741824",
        "pyteam.toml:4:11: `ignore`: expected a string, found a number",
        "pyteam.toml:4:14: unknown rule or family `depe-inheritance`; did you mean `deep-inheritance`?",
        "pyteam.toml:5:10: `select`: expected a list of strings, found a string",
        "pyteam.toml:6:12: invalid pattern `a[`: unclosed character class; missing ']'",
        "pyteam.toml:8:20: unknown level `warn`; expected one of `error`, `warning`, `information`, `hint`, `off`",
        "pyteam.toml:11:1: unknown timeout `gte`; did you mean `get`?",
        "pyteam.toml:12:7: `put`: expected seconds, greater than 0 and at most 86400",
        "pyteam.toml:13:8: `wait`: expected a number of seconds, found a boolean",
        "pyteam.toml:14:8: `join`: expected seconds, greater than 0 and at most 86400",
    ];
    assert_eq!(problems[..12], expected);
    assert!(
        problems[12].starts_with("pyteam.toml:17:2: unknown setting `nonsense`; expected one of `select`"),
        "{}",
        problems[12]
    );
    assert_eq!(settings.severity.len(), 1);
    assert_eq!(settings.timeouts, Timeouts::default());
}

#[test]
fn a_misspelled_name_switches_nothing_off() {
    for (text, select) in [
        ("select = ['mll']", &[][..]),
        ("select = ['mll', 3]", &[]),
        ("select = 'ml'", &[]),
        ("select = [['ml']]", &[]),
        ("select = { ml = true }", &[]),
        ("select = []", &[]),
        ("select = ['mll', 'ml']", &[]),
        ("select = ['ml', 'deep_inheritance']", &[]),
        ("select = [1, 'all']", &[]),
        ("select = ['ml', 'deep-inheritance']", &["ml", "deep-inheritance"]),
    ] {
        let (settings, problems) = read_toml(text);
        assert_eq!(settings.select, select, "{text}");
        assert_eq!(problems.is_empty(), text == "select = []" || select.len() == 2, "{text}: {problems:?}");
    }
    let (settings, problems) = read_toml("ignore = ['mll']\nper-file-ignores = 3\n[severity]\nmll = 'off'\n");
    assert_eq!(problems.len(), 3);
    assert_eq!(settings, Settings { root: "/w".into(), source: Some("pyteam.toml".into()), ..Settings::default() });
    // Of what says nothing, what lies below holds.
    let editor = Layer::from_json(&serde_json::json!({"select": ["ml"], "exclude": ["gen"]}), &rules()).0;
    let text = "select = ['mll', 'architecture']\nexclude = ['a[']\n";
    let ReadSettings::Layer(file, problems) = Layer::from_pyteam_toml(Path::new("pyteam.toml"), text, &rules()) else {
        panic!()
    };
    let settings = Settings::from_layers("/w", &[&editor, &file]);
    assert_eq!(settings.select, ["ml"]);
    let lost: Vec<Lost> = problems.iter().map(|problem| problem.lost).collect();
    assert_eq!(lost, [Lost::Selection, Lost::Place]);
    let told = problems[0].clone().with_consequence().message;
    assert!(told.contains("did you mean `ml`? All of this `select` is ignored"), "{told}");
    // An editor's list is read alike.
    let (editor, problems) = Layer::from_json(&serde_json::json!({"select": ["ml", "mll"]}), &rules());
    assert_eq!((editor.select, problems[0].lost), (None, Lost::Selection));
    assert!(settings.is_excluded("/w/gen/a.py"));
}

#[test]
fn all_that_is_wrong_with_a_text_that_is_no_toml_is_told_once() {
    let places = |text: &str| {
        let read = Layer::from_pyteam_toml(Path::new("pyteam.toml"), text, &rules());
        let ReadSettings::Malformed(problems) = read else { panic!("{text}: {read:?}") };
        let place = |problem: &SettingsProblem| (problem.line, problem.message.contains("invalid TOML"));
        problems.iter().map(place).collect::<Vec<_>>()
    };
    // Mistakes of both kinds, each at its place.
    let text = "slect = []\nmax-depth = \nignore = ['mll']\nx y = 3\nmax-dept = 4\n";
    assert_eq!(places(text), [(1, false), (2, true), (3, false), (4, true)]);
    // What an unclosed list swallows is not its elements, and what stands below a broken header is not above it.
    assert_eq!(
        places("slect = []\nignore = ['ml'\nmax-depth = 'x'\n[severity]\nmll = 'off'\n"),
        [(1, false), (3, true)]
    );
    assert_eq!(places("[severity\nmll = 'off'\nget = 3\n"), [(1, true)]);
    assert_eq!(places("exclude = \"\"\"a\nmax-depth = 'x'\n"), [(3, true)]);
}

#[test]
fn own_blocking_calls_are_read_and_every_mistake_has_its_place() {
    let (settings, problems) = read_toml(
        "[blocking-calls]\n\"mylib.Client.fetch\" = { timeout = \"deadline\", position = 1, raises = \"mylib.Timeout\", kind = \"network\" }\n\
         \"mylib.sync\" = { timeout = \"t\" }\n",
    );
    assert_eq!(problems, [""; 0]);
    let [fetch, sync] = settings.blocking_calls.as_slice() else { panic!("{:?}", settings.blocking_calls) };
    assert_eq!((fetch.owner(), fetch.name(), &*fetch.timeout), ("mylib.Client", "fetch", "deadline"));
    assert_eq!((fetch.position, fetch.raises.as_deref()), (Some(1), Some("mylib.Timeout")));
    assert_eq!((fetch.kind, sync.kind), (BlockingKind::Network, BlockingKind::Wait));

    let (settings, problems) = read_toml(
        "[blocking-calls]\nfetch = { timeout = \"t\" }\n\"a.b\" = 3\n\"a.c\" = {}\n\"a.d\" = { timout = \"t\" }\n\
         \"a.e\" = { timeout = \"1t\" }\n\"a.f\" = { timeout = \"t\", raises = \"a b\", kind = \"nap\", position = -1 }\n",
    );
    let expected = [
        "pyteam.toml:2:1: `fetch` is not a call; write the function or method with its module, in quotes: `\"mylib.Client.fetch\"`",
        "pyteam.toml:3:9: `a.b`: expected a table, found a number",
        "pyteam.toml:4:9: `a.c`: missing `timeout`, the name of the timeout parameter",
        "pyteam.toml:5:11: unknown key `timout`; did you mean `timeout`?",
        "pyteam.toml:6:21: `timeout`: expected a parameter name such as `timeout`, found \"1t\"",
        "pyteam.toml:7:35: `raises`: expected an exception such as `mylib.Timeout`, found \"a b\"",
        "pyteam.toml:7:49: unknown kind `nap`; expected one of `get`, `put`, `wait`, `join`, `network`, `subprocess`",
        "pyteam.toml:7:67: `position`: -1 is not between 0 and 50",
    ];
    assert_eq!(problems, expected);
    assert_eq!(settings.blocking_calls.len(), 1);
}

#[test]
fn a_pyproject_is_ours_only_in_our_table() {
    let read = |text: &str| Layer::from_pyproject(Path::new("pyproject.toml"), text, &rules());
    assert!(matches!(read("[project]\nname = 'x'\n"), ReadSettings::Nothing));
    assert!(matches!(read("[project]\ndependencies = ['pyteam']\n"), ReadSettings::Nothing));
    assert!(matches!(read("[project\ndependencies = ['pyteam']\n"), ReadSettings::Nothing));
    let ReadSettings::Malformed(problems) = read("[tool.pyteam]\nselect = [\n") else { panic!() };
    assert!(problems[0].line >= 2, "{problems:?}");
    let ReadSettings::Layer(layer, problems) = read("\u{feff}[tool.pyteam]\nmax-depth = 4\nbad = 1\n") else {
        panic!()
    };
    assert_eq!(layer.max_depth, Some(4));
    assert_eq!((problems[0].line, problems[0].column), (3, 1));
}

#[test]
fn an_editor_may_spell_in_camel_case_and_keep_keys_of_its_own() {
    let value = serde_json::json!({ "pyteam": {
        "maxDepth": 4, "max-file-size": 10, "select": null, "trace": { "server": "off" }, "somethingElse": 1,
        "docsBase": "https://x", "code-lens": "never", "askAction": "never",
        "perFileIgnores": { "tests/**": ["ml"] }, "severity": { "deep-inheritance": "hint" },
        "timeouts": { "subProcess": 3, "get": 1.5 }, "maxDept": 1
    }});
    let (layer, problems) = Layer::from_json(&value, &rules());
    assert_eq!(layer.max_depth, Some(4));
    assert_eq!(layer.max_file_size, Some(10));
    assert_eq!(layer.select, None);
    assert_eq!(layer.per_file_ignores.map(|all| all.len()), Some(1));
    assert_eq!(layer.timeouts["get"], Seconds::fractional(1.5));
    let mut problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    // The keys of a client's JSON have no order.
    problems.sort_unstable();
    assert_eq!(
        problems,
        [
            "unknown setting `askAction`; did you mean `ask-actions`?",
            "unknown setting `maxDept`; did you mean `max-depth`?",
            "unknown timeout `subProcess`; did you mean `subprocess`?"
        ]
    );
    for nothing in [serde_json::json!(null), serde_json::json!({}), serde_json::json!({"pyteam": null})] {
        let (layer, problems) = Layer::from_json(&nothing, &rules());
        assert_eq!((layer, problems.len()), (Layer::default(), 0));
    }
    assert_eq!(Layer::from_json(&serde_json::json!([1]), &rules()).1.len(), 1);
}
