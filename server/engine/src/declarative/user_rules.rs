//! The rules of a workspace's own: the pages in its `.pyteam/rules`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::DeclarativeRule;
use crate::page::{PROJECT_FAMILY, Page, PageErrors};
use crate::rule::Rule;
use crate::settings::{RuleNames, SettingsProblem, read_regular};

/// Where a workspace's own rules lie.
const FOLDER: &str = ".pyteam/rules";

/// No page that a person wrote is larger, in bytes.
const MAX_BYTES: u64 = 1_000_000;

/// What was found in a workspace's `.pyteam/rules`.
#[derive(Debug, Default)]
pub struct UserRules {
    /// The rules, for the workspace's files only.
    pub rules: Vec<DeclarativeRule>,
    /// What is wrong with pages, by file and place.
    pub problems: Vec<SettingsProblem>,
}

impl UserRules {
    /// The rules as an [`crate::Engine`] takes them.
    pub fn into_rules(self) -> Vec<Box<dyn Rule>> {
        self.rules.into_iter().map(|rule| Box::new(rule) as Box<dyn Rule>).collect()
    }
}

/// Whether `path` is the page of a workspace's own rule.
pub fn is_user_rule(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
        && path.parent().is_some_and(|folder| folder.ends_with(FOLDER))
}

/// Reads the rules of the workspace at `root`. `taken` are the codes that a rule may not have.
pub fn load_user_rules(root: &Path, taken: &RuleNames) -> UserRules {
    let mut found = UserRules::default();
    let mut by_code: BTreeMap<String, PathBuf> = BTreeMap::new();
    let folder = root.join(FOLDER);
    for path in pages(&folder, &mut found.problems) {
        let text = match read(&path) {
            Ok(text) => text,
            Err(message) => {
                found.problems.push(SettingsProblem::unplaced(&path, message));
                continue;
            }
        };
        match rule(&path, &text) {
            Ok(rule) => {
                let code = rule.page().code.to_string();
                let other = if taken.is_code(&code) {
                    Some("one of pyteam's own rules".to_owned())
                } else {
                    by_code.insert(code.clone(), path.clone()).map(|other| format!("`{}`", other.display()))
                };
                match other {
                    Some(other) => found.problems.push(SettingsProblem::at(
                        &path,
                        &text,
                        0..0,
                        format!("the code `{code}` belongs to {other}, so this rule does not run; give the file another name"),
                    )),
                    None => found.rules.push(rule.within(root)),
                }
            }
            Err(problems) => found.problems.extend(problems),
        }
    }
    found
}

/// The pages in a folder, by name.
fn pages(folder: &Path, problems: &mut Vec<SettingsProblem>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        // Most workspaces have none.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            problems
                .push(SettingsProblem::unplaced(folder, format!("the rules in this folder cannot be read: {error}")));
            return Vec::new();
        }
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> = paths.filter(|path| is_user_rule(path) && path.is_file()).collect();
    pages.sort();
    pages
}

fn read(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if size > MAX_BYTES {
        return Err(format!("this rule does not run: the page has {size} bytes, and {MAX_BYTES} is the limit"));
    }
    let unreadable =
        |error: &dyn std::fmt::Display| format!("this rule does not run: the page cannot be read ({error})");
    let bytes = read_regular(path).map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes).map_err(|_| unreadable(&"it is no UTF-8 text"))
}

/// The rule that a page is.
fn rule(path: &Path, text: &str) -> Result<DeclarativeRule, Vec<SettingsProblem>> {
    let at = |range: pyteam_syntax::TextRange, message: &str| {
        let message = format!("this rule does not run: {message}");
        SettingsProblem::at(path, text, range.start().into()..range.end().into(), message)
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let page = Page::parse(&format!("{PROJECT_FAMILY}/{stem}.md"), text)
        .map_err(|PageErrors(errors)| errors.iter().map(|error| at(error.range, &error.message)).collect::<Vec<_>>())?;
    DeclarativeRule::new(Page { path: path.display().to_string(), ..page })
        .map_err(|message| vec![at(pyteam_syntax::TextRange::default(), &message)])
}
