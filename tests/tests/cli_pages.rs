//! `pyteam`, `rules`, `rules test`, `explain` and `version`.

use pyteam_tests::Project;
use pyteam_tests::cli::{FETCH, SEND, project, run};

#[test]
fn a_bare_pyteam_prints_help() {
    let project = Project::new(&[]);
    let outcome = run(&project, &[]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    for word in ["Usage: pyteam", "check", "explain", "rules", "server", "topology", "version"] {
        assert!(outcome.stdout.contains(word), "{word}: {outcome:#?}");
    }
    assert_eq!(run(&project, &["--help"]).code, 0);
    assert_eq!(run(&project, &["nonsense"]).code, 2);
}

#[test]
fn the_version_is_told() {
    let project = Project::new(&[]);
    assert!(run(&project, &["version"]).stdout.starts_with(concat!("pyteam ", env!("CARGO_PKG_VERSION"))));
    assert_eq!(run(&project, &["version", "--output-format", "json"]).json()["name"], "pyteam");
    assert!(run(&project, &["--version"]).stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn rules_are_listed_with_the_workspaces_own() {
    let project = project(&[]);
    let outcome = run(&project, &["rules"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let head = outcome.stdout.lines().next().unwrap_or_default();
    assert_eq!(head.split_whitespace().collect::<Vec<_>>(), ["rule", "severity", "fix", "title"]);
    // Each column begins below its heading.
    let row = outcome.stdout.lines().find(|line| line.contains("slow-fetch  ")).expect("the rule");
    for (heading, value) in [("rule", "slow-fetch"), ("severity", "warning"), ("fix", "safe"), ("title", "A fetch")] {
        assert_eq!(head.find(heading), row.find(value), "{heading}: {head}\n{row}");
    }
    let json = run(&project, &["rules", "--output-format", "json"]).json();
    let rules = json.as_array().unwrap();
    let own = rules.iter().find(|rule| rule["code"] == "slow-send").unwrap();
    assert_eq!(
        (&own["family"], &own["severity"], &own["fix"]),
        (&"project".into(), &"information".into(), &"unsafe".into())
    );
    assert!(rules.iter().any(|rule| rule["code"] == "blocking-get-without-timeout"));
}

#[test]
fn a_page_is_explained() {
    let project = project(&[]);
    let outcome = run(&project, &["explain", "slow-fetch"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert!(outcome.stdout.starts_with("slow-fetch · project · warning · safe fix"), "{outcome:#?}");
    assert!(outcome.stdout.contains("\nWhat it does\n\nFinds `slow.fetch` without a timeout.\n"), "{outcome:#?}");
    // What is emphasized, a fix's title, is told from the sentence without colors.
    assert!(
        run(&project, &["explain", "untyped-queue-message"]).stdout.contains("\"Declare the message type\" does that")
    );
    // Behind it stand the rule's tests, of which one is an example.
    assert!(
        outcome.stdout.contains("\nExample\n") && outcome.stdout.contains("slow.fetch()  # <- here"),
        "{outcome:#?}"
    );
    assert!(!outcome.stdout.contains("# error:") && !outcome.stdout.contains("# ok"), "{outcome:#?}");
    let page = project.path(FETCH.0);
    let all = format!("\nAll examples: {}\n", page.display());
    assert!(outcome.stdout.ends_with(&all), "{outcome:#?}");
    // As it is copied from the output of a check.
    assert_eq!(run(&project, &["explain", "[slow_fetch]"]).stdout, outcome.stdout);
    let json = run(&project, &["explain", "slow-fetch", "--output-format", "json"]).json();
    assert_eq!(json["title"], "A fetch that waits for ever");
    let wrong = run(&project, &["explain", "slow-fetsh"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("did you mean `slow-fetch`?"), "{wrong:#?}");
    for rule in run(&project, &["rules", "--output-format", "json"]).json().as_array().unwrap() {
        let page = run(&project, &["explain", rule["code"].as_str().unwrap()]);
        assert_eq!(page.code, 0, "{page:#?}");
        // What pyteam says of files that it did not read has no example.
        if rule["family"] == "pyteam" && !page.stdout.contains("# <- here") {
            assert!(!page.stdout.contains("xample"), "{page:#?}");
            continue;
        }
        assert!(page.stdout.contains("# <- here") && !page.stdout.contains("snapshot"), "{page:#?}");
        assert!(!page.stdout.contains("# error: ["), "{page:#?}");
        assert!(
            page.stdout.contains("`--output-format json` prints all examples.") || page.stdout.contains(".pyteam/")
        );
    }
}

#[test]
fn own_rules_are_tried_by_their_examples() {
    let project = Project::new(&[FETCH, SEND]);
    let outcome = run(&project, &["rules", "test"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "2 pages tested, all passed\n"), "{outcome:#?}");
    project
        .write(FETCH.0, &FETCH.1.replace("slow.fetch()  # error: [slow-fetch]", "slow.other()  # error: [slow-fetch]"));
    project.write(SEND.0, &SEND.1.replace("callee:", "calle:"));
    let outcome = run(&project, &["rules", "test", ".pyteam/rules"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains(".pyteam/rules/slow_fetch.md:"), "{outcome:#?}");
    assert!(outcome.stdout.ends_with("2 pages tested, 2 failed\n"), "{outcome:#?}");
    let json = run(&project, &["rules", "test", ".pyteam/rules/slow_send.md", "--output-format", "json"]).json();
    assert!(json[0]["failures"][0]["message"].as_str().unwrap().contains("calle"), "{json:#?}");
    assert_eq!(run(&project, &["rules", "test", "no/such/folder"]).code, 2);
    // A page with mistakes is a mistake in the settings: a check without it would be no check.
    let check = run(&project, &["check"]);
    assert_eq!(check.code, 2);
    assert!(check.stderr.contains(".pyteam/rules/slow_send.md:"), "{check:#?}");
}
