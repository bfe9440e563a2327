//! Which rules found how much, and in which folders: what a stranger to a code base reads first.

use std::cmp::Reverse;
use std::io;

use anstyle::Style;
use pyteam_display::shown;
use rustc_hash::FxHashMap;

use super::super::console::Console;
use super::super::report::Report;

/// With fewer findings, the list itself is short enough.
const MIN_FINDINGS: usize = 30;
/// Rules that are named, the most frequent first.
const MAX_RULES: usize = 15;
/// Folders that are named for a rule.
const MAX_FOLDERS: usize = 3;

/// Prints a line for each rule, where there are many findings: how many, where most of them are.
pub(in super::super) fn print(report: &Report<'_>, console: &mut Console) -> io::Result<()> {
    if report.findings.len() < MIN_FINDINGS {
        return Ok(());
    }
    let mut rules: FxHashMap<&str, FxHashMap<&str, usize>> = FxHashMap::default();
    for finding in report.findings {
        let Some(file) = report.file(finding.file) else { continue };
        let folder = folder(report.paths.short(&file.path));
        *rules.entry(&finding.code).or_default().entry(folder).or_default() += 1;
    }
    let mut rows: Vec<Row<'_>> = rules.into_iter().map(|(code, folders)| Row::of(code, folders)).collect();
    rows.sort_by_key(|row| (Reverse(row.count), row.code));
    for Row { code, count, folders } in rows.iter().take(MAX_RULES) {
        let named = folders.iter().take(MAX_FOLDERS).map(|(folder, count)| format!("{folder} {count}"));
        let mut places = named.collect::<Vec<_>>().join(", ");
        if folders.len() > MAX_FOLDERS {
            places.push_str(", ...");
        }
        let line = shown!("{:>5}  {:<32} {}", count, code, places);
        console.print_line(console.paint(Style::new().dimmed(), line))?;
    }
    if rows.len() > MAX_RULES {
        console.print_line(shown!("       and {} more rules", rows.len() - MAX_RULES))?;
    }
    console.print("\n")
}

/// What one rule found.
struct Row<'a> {
    code: &'a str,
    count: usize,
    /// Folders with their counts, the most first.
    folders: Vec<(&'a str, usize)>,
}

impl<'a> Row<'a> {
    fn of(code: &'a str, folders: FxHashMap<&'a str, usize>) -> Self {
        let mut folders: Vec<(&str, usize)> = folders.into_iter().collect();
        folders.sort_by_key(|(folder, count)| (Reverse(*count), *folder));
        Self { code, count: folders.iter().map(|(_, count)| count).sum(), folders }
    }
}

/// The first two folders of a path.
fn folder(path: &str) -> &str {
    let end = path.match_indices(['/', '\\']).map(|(at, _)| at + 1).take(2).last();
    path.get(..end.unwrap_or(0)).filter(|folder| !folder.is_empty()).unwrap_or("./")
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn folders_are_two_deep() {
        assert_eq!(folder("a.py"), "./");
        assert_eq!(folder("a/b.py"), "a/");
        assert_eq!(folder("a/b/c/d.py"), "a/b/");
        assert_eq!(folder("/a/b/c.py"), "/a/");
    }
}
