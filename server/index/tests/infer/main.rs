//! What inference says, as `reveal_type(x)  # expected` lines in small programs.
//!
//! A program is a file `TOPIC/CASE.py`, or a folder `TOPIC/CASE` where it needs several. The topics: `basics`; `flow`, objects
//! that go through calls, containers, closures and callbacks; `forward`, arguments that are handed on in a tuple
//! or a dict; `named`, attributes by name, functions that are called later by name, classes in capitals, and what patterns bind;
//! `open`, declared types that leave something open, completed by what flows; `packed`, arguments that are packed into dicts,
//! and targets that are chosen. `cargo test -p pyteam-index --test infer [TOPIC::CASE]` runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pyteam_index::infer::{Inference, Site, Type, Types};
use pyteam_index::{Snapshot, Workspace};
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::{Expr, SourceText};

/// The folder of the topics.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/infer");

fn main() -> ExitCode {
    let topics = entries(Path::new(PROGRAMS)).into_iter().filter(|path| path.is_dir());
    let cases = topics.flat_map(|topic| entries(&topic).into_iter().map(move |case| (topic.clone(), case)));
    let tests: Vec<Trial> = cases
        .map(|(topic, case)| {
            let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Trial::test(format!("{}::{}", name(&topic), name(&case)), move || check(&files(&case)))
        })
        .collect();
    assert!(!tests.is_empty(), "there are no programs in {PROGRAMS}");
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

/// What stands in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The files of a case, by the paths that they have in the program.
fn files(case: &Path) -> Vec<(String, String)> {
    fn collect(root: &Path, path: &Path, into: &mut Vec<(String, String)>) {
        if path.is_dir() {
            entries(path).iter().for_each(|entry| collect(root, entry, into));
            return;
        }
        let below = path.strip_prefix(root).expect("a file of the program").to_string_lossy().replace('\\', "/");
        into.push((format!("/w/{below}"), fs::read_to_string(path).expect("a program")));
    }
    let mut files = Vec::new();
    let root = if case.is_dir() { case } else { case.parent().expect("a topic") };
    collect(root, case, &mut files);
    files
}

fn workspace(files: &[(String, String)]) -> Arc<Snapshot> {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        let parsed = parse(SourceText::new(text.as_str()), &ParseLimits::default());
        assert!(!parsed.has_error, "{path} does not parse");
        workspace.set_file(path, Arc::new(parsed));
    }
    workspace.snapshot()
}

fn show(snapshot: &Snapshot, types: &Types) -> String {
    let mut all: Vec<String> = types.iter().map(|one| show_one(snapshot, one)).collect();
    all.sort();
    if all.is_empty() { "nothing".to_owned() } else { all.join(" | ") }
}

fn show_one(snapshot: &Snapshot, one: &Type) -> String {
    let inference = Inference::new(snapshot);
    match one {
        Type::Unknown => "?".into(),
        Type::None => "None".into(),
        Type::Module { path, .. } => format!("module {}", path.as_str().trim_start_matches('\0')),
        Type::External(path) => format!("external {path}"),
        Type::Instance { class, args, .. } if args.is_empty() => class.to_string(),
        Type::Instance { class, args, .. } => {
            let args: Vec<String> = args.iter().map(|arg| show(snapshot, arg)).collect();
            format!("{class}[{}]", args.join(", "))
        }
        Type::Method { class, name, .. } => format!("method {class}.{name}"),
        Type::Class(class) => format!("class {}", inference.class(*class).unwrap().name),
        Type::Object(class, _) => inference.class(*class).unwrap().name.to_string(),
        Type::Function(function, _) => format!("def {}", inference.function(*function).unwrap().name),
        Type::Manager(given) => format!("manager {}", show(snapshot, given)),
        Type::Awaitable(result) => format!("awaitable {}", show(snapshot, result)),
        Type::Tuple(items) => {
            let items: Vec<String> = items.iter().map(|item| show(snapshot, item)).collect();
            format!("({})", items.join(", "))
        }
        Type::Sequence(element) => format!("[{}]", show(snapshot, element)),
        Type::Mapping(value) => format!("{{{}}}", show(snapshot, value)),
        Type::TypeExpression(_) => "a type".into(),
        Type::Builtin(name) => (*name).to_owned(),
    }
}

/// Checks every `reveal_type(x)  # expected` of `files`.
fn check(files: &[(String, String)]) -> Result<(), Failed> {
    let snapshot = workspace(files);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in snapshot.files() {
        for (item_index, facts) in file.facts.items.iter().enumerate() {
            let item = file.item(item_index as u32);
            for call in &facts.calls {
                let Expr::Call { func, args, .. } = item.expr(*call) else { continue };
                if !matches!(item.expr(*func), Expr::Name(name) if *name == "reveal_type") {
                    continue;
                }
                let inference = Inference::new(&snapshot);
                let types = inference.expr(Site { file: file.id, item: item_index as u32, expr: args[0].value });
                let range = file.absolute(item_index as u32, item.expr_range(*call));
                let line = file.source().line_text(file.source().lines().line_of(range.start()));
                let expected = line.split_once("# ").expect("an expectation").1;
                let found = show(&snapshot, &types);
                if found != expected {
                    wrong.push(format!("{}: {found}, and not: {line}", file.path));
                }
                seen += 1;
            }
        }
    }
    let wanted: usize = files.iter().map(|(_, text)| text.matches("reveal_type(").count()).sum();
    if seen != wanted {
        wrong.push(format!("{seen} of {wanted} calls of `reveal_type` are seen"));
    }
    if wanted == 0 {
        wrong.push("the program reveals nothing".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
