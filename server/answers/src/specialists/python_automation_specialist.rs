//! The automation specialist: Docker, CI and the environment.

use pyteam_agents::Answer;

use super::shared::environment::{line, unnamed, variables};
use super::shared::{plain, title};
use crate::configured::in_ci;
use crate::document::{Document, and, count};
use crate::project_files::{OtherFile, Purpose, line_where};
use crate::view::View;

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Automation"));
    docker(&mut document, view);
    ci(&mut document, view);
    environment(&mut document, view);
    plain(document)
}

/// What is odd about the Docker files.
pub(super) fn docker(document: &mut Document, view: &View<'_>) {
    let around = view.project_files();
    let (files, compose) = (around.of(Purpose::Docker), around.of(Purpose::Compose));
    document.section("Docker");
    if files.is_empty() && compose.is_empty() {
        document.clean("Dockerfiles and compose files");
        return;
    }
    let names: Vec<String> = files.iter().chain(&compose).map(|file| format!("`{}`", file.path)).collect();
    document.say(format!("{}.", crate::document::and_more(&names, 12)));
    let odd: Vec<String> = files.iter().flat_map(|file| oddities(file)).collect();
    document.first_or_clean(&odd, 20, "problems in Dockerfiles");
}

/// Images that are looked up on Docker Hub by a bare name.
const OFFICIAL: &[&str] = &[
    "python",
    "debian",
    "ubuntu",
    "alpine",
    "fedora",
    "rockylinux",
    "node",
    "nginx",
    "redis",
    "postgres",
    "mysql",
    "rabbitmq",
    "httpd",
    "golang",
    "rust",
    "busybox",
];

/// A Dockerfile with what a line goes on with taken out of the way: the numbers of lines stay.
fn joined(text: &str) -> String {
    let mut goes_on = false;
    let lines = text.lines().map(|line| {
        let is_rest = goes_on;
        goes_on = line.trim_end().ends_with('\\') || (is_rest && line.trim_start().starts_with('#'));
        if is_rest { format!("  & {}", line.trim_start()) } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What is odd about one Dockerfile, a line each.
fn oddities(file: &OtherFile) -> Vec<String> {
    let text = &file.text;
    let mut found = Vec::new();
    let mut say = |line: usize, what: &str| found.push((line, format!("{}:{line}: {what}", file.path)));
    let text = &joined(text);
    let word = |line: &str, word: &str| line.trim_start().to_ascii_uppercase().starts_with(&format!("{word} "));
    let mut stages: Vec<String> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| word(line, "FROM")) {
        let words: Vec<&str> = line.split_whitespace().filter(|one| !one.starts_with("--")).collect();
        let image = words.get(1).copied().unwrap_or_default();
        let is_stage = stages.iter().any(|stage| stage == image) || image == "scratch" || image.contains('$');
        let tag = image.rsplit('/').next().unwrap_or_default();
        // A bare name may be a stage of another file, which the build passes in.
        let is_named = image.contains('/') || OFFICIAL.contains(&tag.split(':').next().unwrap_or_default());
        if !is_stage && is_named && !image.contains('@') && (!tag.contains(':') || tag.ends_with(":latest")) {
            say(at + 1, &format!("`{image}` is not pinned: use a version tag"));
        }
        if let Some(name) = words.iter().position(|one| one.eq_ignore_ascii_case("as")).and_then(|at| words.get(at + 1))
        {
            stages.push((*name).to_owned());
        }
    }
    if let Some(line) = line_where(text, |line| {
        (word(line, "CMD") || word(line, "ENTRYPOINT"))
            && !line.trim_start().split_once(char::is_whitespace).is_some_and(|(_, rest)| {
                let rest = rest.trim_start();
                rest.starts_with('[') || rest.starts_with("exec ")
            })
    }) {
        say(
            line,
            "the shell form does not pass SIGTERM on to the program: use the list form, `[\"python\", \"main.py\"]`",
        );
    }
    let is_run = line_where(text, |line| word(line, "CMD") || word(line, "ENTRYPOINT")).is_some();
    if is_run && line_where(text, |line| word(line, "USER")).is_none() {
        say(1, "no `USER`: the program runs as root");
    }
    let copies_all = line_where(text, |line| {
        let words: Vec<&str> = line.split_whitespace().filter(|one| !one.starts_with("--")).collect();
        matches!(words[..], [copy, ".", _] if copy.eq_ignore_ascii_case("copy") || copy.eq_ignore_ascii_case("add"))
    });
    let installs =
        line_where(text, |line| line.contains("pip install") && line.contains("-r ") || line.contains("uv sync"));
    if let (Some(copy), Some(install)) = (copies_all, installs)
        && copy < install
    {
        say(copy, "`COPY .` before the dependencies are installed: every code change installs them again");
    }
    found.sort_by_key(|(line, _)| *line);
    found.into_iter().map(|(_, text)| text).collect()
}

/// What the CI runs, and what it does not.
pub(super) fn ci(document: &mut Document, view: &View<'_>) {
    let around = view.project_files();
    document.section("CI");
    let files = around.of(Purpose::Ci);
    if files.is_empty() {
        document.clean("CI (GitHub, GitLab, CircleCI, Azure, Travis, Jenkins, tox)");
        return;
    }
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.path)).collect();
    document.say(format!("{}.", and(&names)));
    let (mut run, mut missing) = (Vec::new(), Vec::new());
    for tool in ["pytest", "unittest", "mypy", "ruff", "black", "pyteam"] {
        let places = in_ci(around, tool);
        if !places.is_empty() {
            run.push(format!("`{tool}` ({})", places.join(", ")));
        } else if tool != "unittest" {
            missing.push(format!("`{tool}`"));
        }
    }
    if !run.is_empty() {
        document.say(format!("Runs {}.", and(&run)));
    }
    if !missing.is_empty() {
        document.say(format!("Not run: {}.", and(&missing)));
    }
    let unbounded: Vec<String> = files
        .iter()
        .filter(|file| {
            file.path.starts_with(".github/workflows/")
                && file.text.contains("runs-on:")
                && !file.text.contains("timeout-minutes:")
        })
        .map(|file| format!("`{}`", file.path))
        .collect();
    if !unbounded.is_empty() {
        document.say(format!(
            "No `timeout-minutes` in {}: a job that hangs runs for 6 hours.",
            crate::document::and_more(&unbounded, 6)
        ));
    }
}

/// Environment variables, those first that nothing mentions.
pub(super) fn environment(document: &mut Document, view: &View<'_>) {
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let variables = variables(view, &files);
    document.section("Environment");
    let unnamed = unnamed(view, &files);
    if !unnamed.is_empty() {
        document.say(format!(
            "{} by a name that is not a literal, so there may be more: {}.",
            count(unnamed.len(), "place reads a variable", "places read variables"),
            crate::document::and_more(&unnamed, 4)
        ));
    }
    if variables.is_empty() {
        if unnamed.is_empty() {
            document.clean("environment variables (`os.environ`, `os.getenv`, pydantic settings)");
        }
        return;
    }
    let (known, unknown): (Vec<_>, Vec<_>) = variables.iter().partition(|one| !one.mentioned_in.is_empty());
    if !unknown.is_empty() {
        document.say(format!("{}:", count(unknown.len(), "undocumented variable", "undocumented variables")));
        let lines: Vec<String> = unknown.iter().map(|one| line(view, one)).collect();
        document.first(&lines, 40);
    }
    if !known.is_empty() {
        let lines: Vec<String> = known
            .iter()
            .map(|one| format!("{}, in {}", line(view, one), crate::document::and_more(&one.mentioned_in, 2)))
            .collect();
        document.say("Documented:");
        document.first(&lines, 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockerfiles_are_read_as_they_are_run() {
        let file = |text: &str| OtherFile { path: "Dockerfile".to_owned(), text: text.to_owned() };
        let bad = "FROM python\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n";
        let found = oddities(&file(bad));
        assert_eq!(found.len(), 4, "{found:#?}");
        let health = "FROM deps AS app\nUSER app\nCMD []\nHEALTHCHECK --interval=5s \\\n    CMD curl http://localhost || exit 1\n";
        assert_eq!(oddities(&file(health)), Vec::<String>::new());
        let good = "FROM python:3.12-slim AS base\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nFROM base\nUSER app\nCMD [\"python\", \"main.py\"]\n";
        assert_eq!(oddities(&file(good)), Vec::<String>::new());
    }
}
