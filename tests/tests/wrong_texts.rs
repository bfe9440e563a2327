//! Texts that were wrong once, and not only odd: each has a test that fails if it is wrong again.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use pyteam_tests::prose::{Text, sentences, snapshots, word_faults};
use pyteam_tests::{Project, cli};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The pages of all rules, by their paths.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for family in ["architecture", "concurrency", "messaging", "security"] {
        for entry in fs::read_dir(root().join("rules").join(family)).expect("a family") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|end| end == "md") {
                pages.push((path.display().to_string(), fs::read_to_string(&path).expect("a page")));
            }
        }
    }
    assert!(pages.len() > 30, "the pages are not where they were looked for");
    pages
}

/// A queue with so many puts of a bare dict in one module.
fn puts(count: usize) -> Project {
    let mut text = "import queue\n\nq = queue.Queue(maxsize=100)\n\n\ndef send() -> None:\n".to_owned();
    for number in 0..count {
        let _ = writeln!(text, "    q.put({{\"id\": {number}}})");
    }
    text += "\n\ndef show() -> None:\n    print(q.get(timeout=1)[\"id\"])\n";
    Project::new(&[("a.py", &text)])
}

fn helps(project: &Project) -> String {
    let found = cli::run(project, &["check", "--select", "untyped-queue-message", "--output-format", "json"]);
    found.json().as_array().into_iter().flatten().map(|one| format!("{}\n", one["help"])).collect()
}

/// Once: `1 more calls use the same channel`, `1 of the 2 messages in this queue lack`, `4 information in 2 files`.
#[test]
fn numbers_agree_with_their_nouns() {
    // Of the others, 40 places are named.
    assert!(helps(&puts(41)).contains("; 1 more call uses this channel"), "{}", helps(&puts(41)));
    assert!(helps(&puts(43)).contains("; 3 more calls use this channel"), "{}", helps(&puts(43)));
    for (path, page) in pages() {
        for said in snapshots(&page) {
            let words: Vec<&str> = said.text.split_whitespace().collect();
            for (at, word) in words.iter().enumerate() {
                let Ok(number) = word.parse::<u32>() else { continue };
                let rest = &words[at + 1..];
                let place = format!("{path}:{}: {}", said.line, said.text);
                match rest {
                    // `1 of 2 message types has`
                    ["of", ..] => {
                        let wrong = if number == 1 { "have" } else { "has" };
                        assert!(!rest.contains(&wrong) && !rest.contains(&"lack"), "{place}");
                    }
                    ["more", noun, ..] | [noun, ..] if number == 1 => {
                        assert!(!noun.ends_with('s') || noun.ends_with("ss") || *noun == "s", "{place}");
                    }
                    _ => {}
                }
            }
        }
    }
    let project = cli::project(&[("a.py", "import slow\n\nslow.send()\nslow.send()\n"), ("b.py", "x = 1\n")]);
    let summary = cli::run(&project, &["check"]).stdout;
    assert!(summary.contains("\n2 info in 1 of 2 files; "), "{summary}");
}

/// Once: `raise RuntimeError("{queue} took nothing within 1.0 s")`.
#[test]
fn exceptions_that_fixes_write_use_our_words() {
    let mut seen = 0;
    for (path, page) in pages() {
        for (at, line) in page.lines().enumerate() {
            let Some(added) = line.strip_prefix('+').map(str::trim_start) else { continue };
            let Some(raised) = added.strip_prefix("raise ").or_else(|| added.strip_prefix("assert ")) else { continue };
            seen += 1;
            let place = format!("{path}:{}: {line}", at + 1);
            assert_eq!(word_faults(&Text::plain(raised)), [], "{place}");
            // `1 s`, not `1.0 s`
            assert!(!raised.contains(".0 s"), "{place}");
        }
    }
    assert!(seen > 0, "no fix raises anything");
}

/// The part of a page below a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let from = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rest = &page[from + heading.len() + 2..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// Once: "`pyteam topology` draws it", and "Needed: Rust, Python, Node" to try it.
#[test]
fn the_readme_promises_what_there_is() {
    let readme = read("README.md");
    let pipeline = section(&readme, "## See your pipeline");
    assert!(
        pipeline.contains("`pyteam topology` lists") && !pipeline.contains("`pyteam topology` draws"),
        "{pipeline}"
    );
    assert!(pipeline.contains("`--output-format mermaid` or `dot` draws it"), "{pipeline}");
    let project = Project::new(&[("a.py", "import queue\n\nq = queue.Queue()\nq.put(1)\n")]);
    let drawn = |format: &str| cli::run(&project, &["topology", "--output-format", format]).stdout;
    assert!(cli::run(&project, &["topology"]).stdout.starts_with("Queue q"), "a list");
    assert!(drawn("mermaid").starts_with("flowchart") && drawn("dot").starts_with("digraph"));
    // It is built by `cargo run` alone, which compiles C.
    let needed = section(&readme, "## Try it");
    let needed = needed.split("\n```").next().unwrap_or_default();
    assert!(needed.contains("Rust ") && needed.contains("a C compiler"), "{needed}");
    assert!(!needed.contains("Python") && !needed.contains("Node"), "{needed}");
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("a version");
    assert!(needed.contains(&format!("Rust {}", version.trim_matches('"'))), "{version}: {needed}");
}

/// Once: "threads and children do not see Ctrl-C". A terminal sends it to the whole process group.
#[test]
fn children_are_said_to_see_an_interrupt() {
    let page = read("rules/concurrency/consumer_loop_without_shutdown.md");
    let told: Vec<String> = sentences(&page)
        .into_iter()
        .map(|(_, sentence)| sentence)
        .filter(|sentence| sentence.contains("KeyboardInterrupt") || sentence.contains("Ctrl"))
        .collect();
    assert!(told.iter().any(|sentence| sentence.contains("threads other than the main one")), "{told:?}");
    let wrong = |sentence: &&String| ["child", "process"].iter().any(|word| sentence.contains(word));
    assert_eq!(told.iter().find(wrong), None);
}

/// Once: "The libraries below compute without Python's lock", with nothing below; "once in a thousand starts", by no source.
#[test]
fn pages_point_to_nothing_that_is_not_there_and_count_nothing_unmeasured() {
    let unmeasured = ["in a thousand", "in a hundred", "in a million", "% of", "percent"];
    for (path, page) in pages() {
        let prose = page.split("\n## Examples").next().unwrap_or_default();
        for (line, sentence) in sentences(prose) {
            let place = format!("{path}:{line}: {sentence}");
            assert!(
                !sentence.split_whitespace().any(|word| word.trim_end_matches([',', '.', ':']) == "below"),
                "{place}"
            );
            assert!(!unmeasured.iter().any(|phrase| sentence.contains(phrase)), "{place}");
        }
    }
    let answers = root().join("server/answers/tests/snapshots");
    for entry in fs::read_dir(answers).expect("snapshots") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a snapshot");
        assert!(!text.contains("libraries below"), "{}", path.display());
    }
}
