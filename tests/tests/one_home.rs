//! What stands in one place alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Classes of queues, as the table has them.
const QUEUES: [&str; 5] =
    ["queue.Queue", "queue.PriorityQueue", "asyncio.Queue", "asyncio.LifoQueue", "multiprocessing.queues.Queue"];

/// Source files below `folder`, tests left out.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "tests" | "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// The queue classes that the shipped code of a file names in strings.
fn named(text: &str) -> BTreeSet<&'static str> {
    let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    QUEUES.into_iter().filter(|class| code.contains(&format!("\"{class}\""))).collect()
}

#[test]
fn no_code_lists_queue_classes() {
    let mut files = Vec::new();
    for folder in ["server", "rules"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut files);
    }
    assert!(files.len() > 300, "the source is not where it was looked for");
    let lists: Vec<String> = files
        .iter()
        .map(|path| (path, named(&std::fs::read_to_string(path).unwrap())))
        .filter(|(_, named)| named.len() > 1)
        .map(|(path, named)| format!("{}: {named:?}", path.display()))
        .collect();
    assert!(lists.is_empty(), "a row of known/concurrency.toml says what a queue is:\n{}", lists.join("\n"));
}

#[test]
fn a_list_would_be_found() {
    assert_eq!(named("const A: [&str; 2] = [\"queue.Queue\", \"asyncio.Queue\"];").len(), 2);
    assert_eq!(named("// \"queue.Queue\"\nlet a = \"asyncio.Queue\";").len(), 1);
}
