//! docs/style.md, held: the lengths of what findings say, and the words of everything that a user reads.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use pyteam_display::{MAX_HEADLINE, MAX_LINE, MAX_TITLE};
use pyteam_tests::prose::{Kind, Text, sentences, snapshots, word_count, word_faults};
use pyteam_tests::{Project, cli};

/// The style sheet itself names the words that it forbids.
const EXCEPTED: &str = "docs/style.md";

const MAX_MEDIAN: usize = 60;
const MAX_WORDS: usize = 25;

/// Spellings that no name and no comment of ours has, and what may stand around them: names of others, and old ones of
/// ours that are still understood.
const BRITISH: [&str; 8] =
    ["analyse", "neighbour", "colour", "behaviour", "cancelled", "cancelling", "serialise", "recognise"];
const NOT_OURS: [&str; 7] = [
    "file-not-analysed",
    "file_not_analysed",
    "request_cancelled",
    "RequestPermissionOutcome::Cancelled",
    "CancelledError",
    "\"cancelled\"",
    "`cancelled`",
];

/// Something that does not follow the style sheet.
struct Fault {
    path: String,
    line: usize,
    says: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.says)
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below `folder` that end so, by their paths from the root; not those of tests.
fn files(folder: &str, end: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(folder)];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "tests" | "target" | "node_modules") {
                    pending.push(path);
                }
            } else if name.ends_with(end) && name != "tests.rs" {
                found.push(path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All pages of rules, and of the runner's own codes.
fn pages() -> Vec<String> {
    let mut pages = files("rules", ".md");
    pages.extend(files("server/engine/src/builtin", ".md"));
    assert!(pages.len() > 30, "the pages are not where they were looked for");
    pages
}

fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "docs/style.md says otherwise:\n{}", lines.join("\n"));
}

/// ": " outside backticks.
fn colons(headline: &str) -> usize {
    headline.split('`').step_by(2).map(|text| text.matches(": ").count()).sum()
}

#[test]
fn findings_keep_to_their_lengths() {
    let mut faults = Vec::new();
    let mut headlines = BTreeSet::new();
    for path in pages() {
        let text = read(&path);
        let mut check = |line: usize, what: &str, said: &str, most: usize| {
            let length = said.chars().count();
            if length > most {
                let says = format!("{what} of {length} characters, at most {most}: {said}");
                faults.push(Fault { path: path.clone(), line, says });
            }
        };
        if let Some((at, title)) = text.lines().enumerate().find(|(_, line)| line.starts_with("# ")) {
            check(at + 1, "rule title", title.trim_start_matches("# "), MAX_TITLE);
        }
        let mut crowded = Vec::new();
        for said in snapshots(&text) {
            match said.kind {
                Kind::Headline => {
                    check(said.line, "headline", said.text, MAX_HEADLINE);
                    headlines.insert(said.text.to_owned());
                    if colons(said.text) > 1 {
                        crowded.push((said.line, said.text.to_owned()));
                    }
                }
                Kind::Note => check(said.line, "note", said.text, MAX_LINE),
                Kind::Help => check(said.line, "help", said.text, MAX_LINE),
                Kind::FixTitle => check(said.line, "fix title", said.text, MAX_TITLE),
                Kind::Related => {}
            }
        }
        faults.extend(crowded.into_iter().map(|(line, headline)| Fault {
            path: path.clone(),
            line,
            says: format!("headline with more than one colon: {headline}"),
        }));
    }
    assert_none(&faults);
    let mut lengths: Vec<usize> = headlines.iter().map(|headline| headline.chars().count()).collect();
    lengths.sort_unstable();
    assert!(lengths.len() > 30, "the snapshots are not read: {} headlines", lengths.len());
    let median = lengths[lengths.len() / 2];
    assert!(median <= MAX_MEDIAN, "the median headline has {median} characters, at most {MAX_MEDIAN}");
}

#[test]
fn sentences_of_pages_are_short() {
    let mut faults = Vec::new();
    let mut count = 0;
    for path in pages() {
        for (line, sentence) in sentences(&read(&path)) {
            count += 1;
            let words = word_count(&sentence);
            if words > MAX_WORDS {
                let says = format!("sentence of {words} words, at most {MAX_WORDS}: {sentence}");
                faults.push(Fault { path: path.clone(), line, says });
            }
        }
    }
    assert!(count > 400, "the pages' sentences are not read: {count}");
    assert_none(&faults);
}

#[test]
fn names_and_comments_are_spelled_as_texts_are() {
    let mut faults = Vec::new();
    for path in ["server", "rules"].into_iter().flat_map(|folder| files(folder, ".rs")) {
        for (at, line) in read(&path).lines().enumerate() {
            let ours = NOT_OURS.iter().fold(line.to_owned(), |line, other| line.replace(other, "")).to_lowercase();
            if let Some(british) = BRITISH.iter().find(|word| ours.contains(*word)) {
                faults.push(Fault { path: path.clone(), line: at + 1, says: format!("British spelling: {british}") });
            }
        }
    }
    assert_none(&faults);
}

fn faults_in(path: &str, text: &Text) -> Vec<Fault> {
    let found = word_faults(text).into_iter();
    found.map(|(line, says)| Fault { path: path.to_owned(), line, says }).collect()
}

#[test]
fn pages_and_texts_use_the_words_of_the_style_sheet() {
    let mut texts = pages();
    texts.extend(files("docs", ".md").into_iter().filter(|path| path.matches('/').count() == 1));
    texts.extend(files("docs/examples", "README.md"));
    texts.extend(files("editors", "README.md"));
    texts.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(str::to_owned));
    let mut faults: Vec<Fault> = texts
        .iter()
        .filter(|path| *path != EXCEPTED)
        .flat_map(|path| faults_in(path, &Text::markdown(&read(path))))
        .collect();
    for path in ["editors/vscode/package.json", "server/pyteam/src/cli/init/pyteam.toml"] {
        faults.extend(faults_in(path, &Text::plain(&read(path))));
    }
    assert_none(&faults);
}

#[test]
fn pages_of_the_team_use_the_words_of_the_style_sheet() {
    let pages = files("server/agents/team", ".md");
    assert!(pages.len() >= 16, "the pages are not where they were looked for");
    let faults = pages.iter().flat_map(|path| {
        let text = read(path);
        // The keywords of `routing`, last in the front matter, are the users' words and not ours.
        let end = text[4..].find("\n---\n").map_or(text.len(), |at| at + 4);
        let front = text[..end].find("\nrouting:").map_or(end, |at| at.min(end));
        let routing = "\n".repeat(text[front..end].matches('\n').count());
        faults_in(path, &Text::markdown(&format!("{}{routing}{}", &text[..front], &text[end..])))
    });
    assert_none(&faults.collect::<Vec<_>>());
}

#[test]
fn strings_of_editors_use_the_words_of_the_style_sheet() {
    let mut sources = files("editors/vscode/src", ".ts");
    sources.extend(files("editors/neovim", ".lua"));
    assert!(sources.len() >= 6, "{sources:?}");
    let faults: Vec<Fault> =
        sources.iter().flat_map(|path| faults_in(path, &Text::script_strings(&read(path)))).collect();
    assert_none(&faults);
}

#[test]
fn strings_of_the_source_use_the_words_of_the_style_sheet() {
    let sources: Vec<String> = ["server", "rules"].into_iter().flat_map(|folder| files(folder, ".rs")).collect();
    assert!(sources.len() > 300, "the source is not where it was looked for");
    let faults: Vec<Fault> =
        sources.iter().flat_map(|path| faults_in(path, &Text::rust_strings(&read(path)))).collect();
    assert_none(&faults);
}

#[test]
fn help_uses_the_words_of_the_style_sheet() {
    let project = Project::new(&[]);
    let mut faults = Vec::new();
    let mut seen = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(command) = pending.pop() {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = cli::run(&project, &words).stdout;
        assert!(help.contains("Usage:"), "{words:?}: {help}");
        faults.extend(faults_in(&words.join(" "), &Text::plain(&help)));
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        pending.extend(listed.filter_map(|line| Some(format!("{command} {}", line.split_whitespace().next()?))));
        seen.push(command);
    }
    assert!(seen.iter().any(|one| one == " runs show"), "{seen:?}");
    assert_none(&faults);
}
