//! What is shown: every character, through every command that shows text of others. Only line feeds and tabs arrive as
//! control characters, nothing is left out without a word, and what is accepted is what is written.

use std::collections::HashSet;
use std::fs;

use pyteam_tests::cli::{self, Outcome, run_with};
use pyteam_tests::client::capabilities;
use pyteam_tests::{Client, Project, Scene};
use serde_json::json;

/// All characters.
fn all() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

/// Those that something may depend on: scripts, signs, forms, all that is not seen, and some of every plane.
fn odd() -> Vec<char> {
    let is_odd = |letter: &char| {
        let number = *letter as u32;
        number < 0x3200
            || (0xd7f0..0xe010).contains(&number)
            || (0xfb00..0x10100).contains(&number)
            || (0x13430..0x13460).contains(&number)
            || (0x1d150..0x1d180).contains(&number)
            || (0x1f3f0..0x1f410).contains(&number)
            || (0xdfff0..0xe0200).contains(&number)
            || number % 0x1000 > 0xffc
    };
    all().filter(is_odd).collect()
}

/// Texts of so many characters each.
fn chunks(letters: &[char], length: usize) -> Vec<String> {
    letters.chunks(length).map(|chunk| chunk.iter().collect()).collect()
}

/// What no terminal may get, and no eye sees. Written down here by itself, so that it does not follow a mistake.
fn is_hidden(letter: char) -> bool {
    letter.is_control() && !matches!(letter, '\n' | '\t')
        || matches!(letter as u32,
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
            | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// The characters that a text shows: those that are there, and those that a mark stands for.
fn shown_in(text: &str) -> HashSet<char> {
    let mut seen: HashSet<char> = text.chars().collect();
    for rest in text.split("\\u{").skip(1) {
        let number = rest.split('}').next().and_then(|number| u32::from_str_radix(number, 16).ok());
        seen.extend(number.and_then(char::from_u32));
    }
    // GitHub's own escape.
    if text.contains("%0D") {
        seen.insert('\r');
    }
    seen
}

#[track_caller]
fn assert_visible(outcome: &Outcome) {
    for (stream, text) in [("standard output", &outcome.stdout), ("standard error", &outcome.stderr)] {
        if let Some((at, letter)) = text.char_indices().find(|(_, letter)| is_hidden(*letter)) {
            let from = text.floor_char_boundary(at.saturating_sub(200));
            panic!("{letter:?} reached {stream}: {:?}", &text[from..at]);
        }
    }
}

#[track_caller]
fn assert_shows(outcome: &Outcome, letters: &[char]) {
    assert_visible(outcome);
    let seen = shown_in(&format!("{}{}", outcome.stdout, outcome.stderr));
    let missing: Vec<char> = letters.iter().copied().filter(|letter| !seen.contains(letter)).collect();
    assert!(missing.is_empty(), "{} are not shown: {:?}", missing.len(), &missing[..missing.len().min(20)]);
}

/// In source lines: no line end, and no NUL, with which a file is not read.
fn in_a_line(letters: &[char]) -> Vec<char> {
    letters.iter().copied().filter(|letter| !matches!(letter, '\0' | '\n' | '\r')).collect()
}

/// In a file's name: no slash, and no NUL.
fn in_a_name(letters: &[char]) -> Vec<char> {
    letters.iter().copied().filter(|letter| !matches!(letter, '\0' | '/')).collect()
}

/// A finding with a repair.
const REPAIRABLE: &str = include_str!("cli_shown/repairable.py");

const HEAD: &str = "import queue\n\nq: queue.Queue[int] = queue.Queue()\n\n\ndef run() -> None:\n    while True:\n";

/// Lines with a finding each, with these letters behind it.
fn lines(letters: &[char], length: usize) -> String {
    let line = |text: &String| format!("        print(q.get())  # {text}\n");
    HEAD.to_owned() + &chunks(&in_a_line(letters), length).iter().map(line).collect::<String>()
}

#[test]
fn source_lines_are_visible() {
    let odd = odd();
    // A line is cut at the width of a terminal: so few fit with their marks.
    let project = Project::new(&[("a.py", &lines(&odd, 7))]);
    // A tab is drawn as the blanks that it takes.
    let letters: Vec<char> = in_a_line(&odd).into_iter().filter(|letter| *letter != '\t').collect();
    assert_shows(&cli::run(&project, &["check"]), &letters);
    assert_shows(&cli::run_on(&project, &["check", "-"], &lines(&odd, 7)), &letters);
    for args in [&["check", "--color", "always"][..], &["check", "--output-format", "github"]] {
        let mut outcome = cli::run(&project, args);
        outcome.stdout = without_colors(&outcome.stdout);
        assert_visible(&outcome);
    }
}

/// Without the colors that were asked for.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(0);
        assert!(part[end..].starts_with('m'), "no color: {part:?}");
        plain.push_str(&part[end + 1..]);
    }
    plain
}

#[test]
fn names_of_files_and_folders_are_visible() {
    let letters = in_a_name(&odd());
    let project = Project::new(&[]);
    for (number, name) in chunks(&letters, 50).iter().enumerate() {
        let text = REPAIRABLE;
        if number % 2 == 0 {
            project.write(&format!("x{name}.py"), text);
        } else {
            project.write(&format!("x{name}/a.py"), text);
        }
    }
    for args in
        [&["check"][..], &["check", "--output-format", "github"], &["check", "--diff", "--unsafe-fixes"], &["topology"]]
    {
        assert_shows(&cli::run(&project, args), &letters);
    }
    for args in [
        &["topology", "--output-format", "mermaid"][..],
        &["topology", "--output-format", "dot"],
        &["topology", "--output-format", "json"],
        &["check", "--output-format", "sarif"],
        &["init", "."],
    ] {
        assert_visible(&cli::run(&project, args));
    }
    let json = cli::run(&project, &["check", "--output-format", "json"]);
    assert_visible(&json);
    let names: String = json.json().as_array().unwrap().iter().map(|one| one["filename"].as_str().unwrap()).collect();
    let seen: HashSet<char> = names.chars().collect();
    assert!(letters.iter().all(|letter| seen.contains(letter)), "a program gets the exact names");
    let scene = Scene { project, user: Project::new(&[]) };
    assert_visible(&scene.run(&["ask", "python-async-specialist"]));
    assert_visible(&scene.run(&["ask", "python-async-specialist", "--print-prompt"]));
    let odd_place = scene.project.path("x\u{1b}[2K\u{202e}.py");
    fs::write(&odd_place, "x = (\n").unwrap();
    for args in [&["ask", "python-architect", "x\u{1b}[2K\u{202e}.py"][..], &["check", "x\u{1b}[2K\u{202e}.py"]] {
        assert_visible(&scene.run(args));
    }
}

#[test]
fn diffs_are_visible_and_a_repair_lands_as_it_was_shown() {
    let letters = in_a_line(&odd());
    let calls: String = chunks(&letters, 40).iter().flat_map(|text| ["slow.send()  # ", text, "\n"]).collect();
    let text = format!("import slow\n\n{calls}");
    let project = cli::project(&[("a.py", &text)]);
    let outcome = cli::run(&project, &["check", "--diff", "--unsafe-fixes"]);
    assert_shows(&outcome, &letters);
    assert!(outcome.stdout.contains("`patch` cannot apply this text"));
    // With a pipe on standard output, a repaired text is exact: an editor writes it to the file.
    let repaired = cli::run_on(&project, &["check", "--fix", "--unsafe-fixes", "-"], &text);
    assert_eq!(cli::run(&project, &["check", "--fix", "--unsafe-fixes"]).code, 0);
    assert_eq!(fs::read_to_string(project.path("a.py")).unwrap(), repaired.stdout);
    let seen: HashSet<char> = repaired.stdout.chars().collect();
    assert!(letters.iter().all(|letter| seen.contains(letter)));
}

/// A scene whose agents are this Python program.
fn with_program(files: &[(&str, &str)], program: &str) -> Scene {
    let scene = Scene::new(files);
    scene.user.write("agent.py", program);
    let path = scene.user.path("agent.py").display().to_string();
    let settings = format!(
        "[agents]\nbackend = \"mine\"\n\n[agents.backends.mine]\nkind = \"command\"\ncommand = [\"python3\", {path:?}]\n"
    );
    scene.user.write("config/pyteam.toml", &settings);
    scene
}

/// Writes the characters of the numbers `{from}..{to}` to a file, a hundred a line, and says some of them.
const WRITER: &str = "import sys\nsys.stdin.read()\n\
    letters = [chr(n) for n in range(FROM, TO) if not 0xd800 <= n < 0xe000]\n\
    with open('new_FROM.txt', 'w', encoding='utf-8', newline='') as file:\n    \
    for at in range(0, len(letters), 100):\n        file.write(''.join(letters[at:at + 100]) + '\\n')\n\
    sys.stdout.reconfigure(encoding='utf-8', newline='')\n\
    sys.stdout.write(''.join(letters[:0x3200]) + '\\n')\n";

#[test]
fn what_an_agent_writes_is_visible_and_lands_byte_for_byte() {
    // Every character there is, but for NUL, which would make a file binary. A change has at most a few hundred KB.
    const STEP: u32 = 0x20_000;
    for from in (0..0x11_0000).step_by(STEP as usize) {
        let (from, to) = (from.max(1), from + STEP);
        let letters: Vec<char> = (from..to.min(0x11_0000)).filter_map(char::from_u32).collect();
        let text: String = letters.chunks(100).flat_map(|line| line.iter().chain(&['\n'])).collect();
        let program = WRITER.replace("FROM", &from.to_string()).replace("TO", &to.min(0x11_0000).to_string());
        let scene = with_program(&[("a.py", "a = 1\n")], &program);
        let outcome = scene.run(&["ask", "python-async-specialist", "a.py", "Write", "--yes"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_shows(&outcome, &letters);
        let written = fs::read(scene.project.path(&format!("new_{from}.txt"))).unwrap();
        assert!(written == text.as_bytes(), "the file from {from} on is not what the agent wrote");
    }
}

#[test]
fn a_diff_in_an_answer_is_visible_and_lands_byte_for_byte() {
    let scene = with_program(
        &[("a.py", "a = 1\nb = 2\n")],
        "import sys\nsys.stdin.read()\nsys.stdout.reconfigure(encoding='utf-8', newline='')\n\
         sys.stdout.write('--- a/a.py\\n+++ b/a.py\\n@@ -1,2 +1,3 @@\\n a = 1\\n+c = 3  # \\x1b[2K\\x1b[1A\\u202e\\u200b\\\\u{1b}\\n b = 2\\n')\n",
    );
    let outcome = scene.run(&["ask", "python-async-specialist", "a.py", "Write", "--yes"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_visible(&outcome);
    // What only reads like a mark is told apart from one.
    assert!(outcome.stdout.contains("+c = 3  # \\u{1b}[2K\\u{1b}[1A\\u{202e}\\u{200b}\\u{5c}u{1b}\n"), "{outcome:#?}");
    let written = fs::read_to_string(scene.project.path("a.py")).unwrap();
    assert_eq!(written, "a = 1\nc = 3  # \u{1b}[2K\u{1b}[1A\u{202e}\u{200b}\\u{1b}\nb = 2\n");
}

/// `text` as a string of TOML and of YAML, with escapes for all that is not plain.
fn quoted(text: &str) -> String {
    let escaped = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' => letter.to_string(),
        _ => format!("\\U{:08x}", letter as u32),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[test]
fn settings_are_visible() {
    let letters: Vec<char> = odd().into_iter().filter(|letter| *letter != '\0').collect();
    let words: Vec<String> = chunks(&letters, 40).iter().map(|word| quoted(word)).collect();
    let project = Project::new(&[("a.py", "a = 1\n")]);
    for text in [format!("select = [{}]\n", words.join(", ")), format!("{} = 1\n", words.join(" = 1\n"))] {
        project.write("pyteam.toml", &text);
        let outcome = cli::run(&project, &["check"]);
        assert_eq!(outcome.code, 2);
        assert_visible(&outcome);
    }
    let command = format!(
        "[agents.backends.x]\nkind = \"command\"\ncommand = [\"/bin/true\", {}]\n\n[agents]\nbackend = \"x\"\n",
        words.join(", ")
    );
    let scene = Scene::new(&[("pyteam.toml", &command), ("a.py", "a = 1\n")]);
    assert_shows(&scene.run(&["trust", "--show"]), &letters);
    for args in [&["agents"][..], &["trust"], &["trust", "--list"], &["ask", "python-architect"]] {
        assert_visible(&scene.run(args));
    }
}

#[test]
fn agents_files_are_visible() {
    let letters: Vec<char> = odd().into_iter().filter(|letter| *letter != '\0').collect();
    let scene = Scene::new(&[("a.py", "a = 1\n")]);
    for (number, text) in chunks(&letters, 1000).iter().enumerate() {
        let description = quoted(text);
        let page = format!(
            "---\nname: odd-{number}\ndescription: {description}\ntools: [{description}]\n---\n\nYou are {text}.\n"
        );
        scene.project.write(&format!(".claude/agents/odd-{number}.md"), &page);
        let outcome = scene.run(&["agents", "--show", &format!("odd-{number}")]);
        assert_visible(&outcome);
        let seen = shown_in(&outcome.stdout);
        // White space between words is one blank.
        let missing = text.chars().find(|letter| !letter.is_whitespace() && !seen.contains(letter));
        assert_eq!(missing, None, "{outcome:#?}");
    }
    scene.project.write(".claude/agents/name.md", "---\nname: \"a\\u001b[2Kb\\u202e\"\ndescription: x\n---\n");
    for args in [&["agents"][..], &["agents", "--output-format", "json"], &["agents", "--show", "a\u{1b}[2Kb\u{202e}"]]
    {
        assert_visible(&scene.run(args));
    }
}

#[test]
fn records_are_visible() {
    let scene = Scene::new(&[]);
    let letters = odd();
    let id = "20260101-000000000-abcd";
    let mut record = String::new();
    let mut add = |event: serde_json::Value| record.push_str(&format!("{event}\n"));
    add(
        json!({"at": 1, "kind": "opened", "id": id, "workflow": null, "workspace": "/w\u{1b}[2K", "goal": "g\u{202e}\u{7}", "process": 1, "version": "0"}),
    );
    for text in chunks(&letters, 100) {
        add(json!({"at": 2, "kind": "note", "text": text}));
        add(json!({"at": 2, "kind": "tool", "tool": text, "title": text, "status": text}));
    }
    scene.user.write(&format!("state/runs/{id}.jsonl"), &record);
    assert_shows(&scene.run(&["runs", "show", id]), &letters);
    assert_shows(&scene.run(&["runs", id]), &letters);
    for args in [&["runs"][..], &["runs", "--output-format", "json"], &["runs", "show", id, "--output-format", "json"]]
    {
        assert_visible(&scene.run(args));
    }
    assert_visible(&scene.run(&["runs", "no\u{1b}[2Ksuch\u{202e}"]));
}

#[test]
fn pages_are_visible() {
    let letters: Vec<char> = odd().into_iter().filter(|letter| *letter != '\0').collect();
    let (path, page) = cli::SEND;
    let prose: String = chunks(&in_a_line(&letters), 60).iter().flat_map(|line| ["x", line, "x\n"]).collect();
    let page = page
        .replace("It is old.", &format!("It is old &#27;[2K &#x202e; <b>.\n\n```text\n{prose}```"))
        .replace("A send of old", "A \u{1b}[2K\u{202e} send");
    let project = Project::new(&[(path, &page), ("a.py", "import slow\n\nslow.send()\n")]);
    assert_shows(&cli::run(&project, &["explain", "slow-send"]), &in_a_line(&letters));
    for args in [
        &["rules"][..],
        &["rules", "test"],
        &["explain", "\u{1b}[2Kx\u{202e}"],
        &["check"],
        &["explain", "slow-send", "--output-format", "json"],
    ] {
        assert_visible(&cli::run(&project, args));
    }
}

#[test]
fn the_command_line_is_repeated_visibly() {
    let project = Project::new(&[("a.py", "a = 1\n")]);
    let odd = "\u{1b}[2Kx\u{202e}\u{9b}\u{200b}\r";
    for args in [
        &["check", "--output-format", odd][..],
        &["check", "--select", odd],
        &["check", &format!("--{odd}")],
        &["check", odd],
        &["topology", odd],
        &["ask", odd],
        &["ask", "python-architect", odd, odd, odd],
        &["init", "--specialist", odd],
        &["init", odd],
        &["trust", odd],
        &["runs", "--limit", odd],
        &["rules", "test", odd],
        &[odd],
    ] {
        let outcome = cli::run(&project, args);
        assert_visible(&outcome);
        assert_ne!(outcome.code, 0, "{args:?}");
    }
}

#[test]
fn the_log_is_visible() {
    let project = Project::new(&[("x\u{1b}[2K\u{202e}.py", "x = 1\n")]);
    let mut command = cli::command(project.root(), &["check"]);
    command.env("PYTEAM_LOG", "trace");
    let outcome = run_with(command, b"");
    assert!(outcome.stderr.len() > 100, "{outcome:#?}");
    assert_visible(&outcome);
}

#[test]
fn an_editor_is_told_visibly_and_edits_are_exact() {
    let odd = "\u{1b}[2K\u{202e}\u{200b}";
    let text = format!(
        "import queue\n\nq: queue.Queue[int] = queue.Queue()\n\n\ndef run() -> None:\n    while True:\n        print(q.get(), \"{odd}\")\n"
    );
    let name = format!("a{odd}.py");
    let project = Project::new(&[(&name, &text), ("pyteam.toml", "select = [\"\\u001b[2K\\u202e\"]\n")]);
    let mut client = Client::open(&project, &capabilities::push());
    client.did_open(&project.uri(&name), 1, &text);
    let diagnostics = client.published(&project.uri(&name), 1);
    for diagnostic in &diagnostics {
        let actions = client.actions(&project.uri(&name), diagnostic);
        assert!(actions.iter().all(|action| !action["title"].as_str().unwrap().contains(is_hidden)), "{actions:#?}");
    }
    let hover = json!({"textDocument": {"uri": project.uri(&name)}, "position": {"line": 7, "character": 15}});
    let hover = client.request("textDocument/hover", &hover);
    assert!(!hover["contents"]["value"].as_str().unwrap().contains(is_hidden), "{hover:#?}");
    for message in client.take_all() {
        let words = message["params"]["message"].as_str().unwrap_or_default();
        assert!(!words.contains(is_hidden), "{message:#?}");
        for diagnostic in message["params"]["diagnostics"].as_array().into_iter().flatten() {
            assert!(!diagnostic["message"].as_str().unwrap().contains(is_hidden), "{message:#?}");
        }
    }
}
