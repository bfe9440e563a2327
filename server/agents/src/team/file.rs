//! One agent's file, read as data: whose it is, what it may do, what it is told.

use std::collections::BTreeMap;
use std::path::Path;

use pyteam_display::visible_line;

use super::Member;
use super::front_matter::{self, Node, Value};
use super::tools::{self, ALL};
use crate::agent::{Agent, Origin, Rights, Speed};
use crate::problem::Problem;

/// Longer names are mistakes, or attempts to fill a screen.
const MAX_NAME: usize = 64;

/// Whose format a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `.claude/agents/**/*.md`, and pyteam's own, which is the same with more keys.
    Claude,
    /// `.opencode/agent/*.md`: the file's name is the agent's.
    OpenCode,
    /// `.github/agents/*.agent.md`: a name is optional.
    Copilot,
    /// `.gemini/agents/*.md`.
    Gemini,
}

impl Format {
    fn needs_name(self) -> bool {
        matches!(self, Self::Claude | Self::Gemini)
    }
}

/// What a file is told that names no tools.
pub(super) const NO_TOOLS: &str = "no `tools`, so it may read, edit and run programs";
/// What a file is told whose agent can run programs and not edit: what runs can write, whatever its tools are called.
pub(super) const ADVICE: &str = "`Bash` without `Edit`: it gives advice, and its changes are discarded, unless your user \
                                 settings allow it to edit";

/// Keys that are not used, and not forgotten: they are there for people to read.
const KEPT: [&str; 4] = ["priority", "team", "environment", "context_isolation"];

/// Reads the file at `path`. It is an agent in any case; what is wrong with it is among its problems.
pub(super) fn read(path: &Path, text: &str, format: Format, origin: Origin) -> Member {
    let stem = stem(path);
    match front_matter::read(text) {
        Ok(parts) => {
            let mut reader = Reader { path, format, problems: Vec::new() };
            let (mut agent, kept) = reader.agent(&parts.entries, &stem, origin);
            if parts.body.is_empty() {
                reader.remark(0, "no text below the front matter: its system prompt is only its name");
            }
            agent.instructions = parts.body;
            Member::new(agent, kept, reader.problems)
        }
        Err(error) => {
            let mut agent = Agent::named(slug(&stem).unwrap_or(stem), origin);
            agent.instructions = error.body;
            Member::new(agent, BTreeMap::new(), vec![Problem::fatal(path, error.line, error.message)])
        }
    }
}

/// An agent whose file cannot be read at all.
pub(super) fn unreadable(path: &Path, origin: Origin, message: &str) -> Member {
    let stem = stem(path);
    let agent = Agent::named(slug(&stem).unwrap_or(stem), origin);
    Member::new(agent, BTreeMap::new(), vec![Problem::fatal(path, 0, message)])
}

/// `reviewer` of `reviewer.agent.md`.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_suffix(".md").unwrap_or(&name);
    name.strip_suffix(".agent").unwrap_or(name).to_owned()
}

/// A name as one asks for it; none where it is no name.
pub(super) fn slug(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.trim().chars() {
        match c {
            'a'..='z' | '0'..='9' | '-' | '.' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            ' ' | '_' => slug.push('-'),
            c if c.is_alphanumeric() => slug.extend(c.to_lowercase()),
            _ => return None,
        }
    }
    let ok = !slug.is_empty() && slug.len() <= MAX_NAME && !slug.starts_with(['-', '.']);
    ok.then_some(slug)
}

struct Reader<'a> {
    path: &'a Path,
    format: Format,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn remark(&mut self, line: u32, message: impl Into<String>) {
        self.problems.push(Problem::remark(self.path, line, message));
    }

    fn fatal(&mut self, line: u32, message: impl Into<String>) {
        self.problems.push(Problem::fatal(self.path, line, message));
    }

    fn agent(&mut self, entries: &[(String, Node)], stem: &str, origin: Origin) -> (Agent, BTreeMap<String, String>) {
        let get = |key: &str| entries.iter().find(|(name, _)| name == key).map(|(_, node)| node);
        let name = self.name(get("name"), stem);
        if name == super::ANYONE {
            let line = get("name").map_or(0, |node| node.line);
            let message = "`anyone` is reserved for the best match; choose another name";
            self.fatal(line, message);
        }
        let mut agent = Agent::named(name, origin);
        agent.description = self.text("description", get("description")).unwrap_or_default();
        if agent.description.is_empty() {
            self.remark(0, "no `description`: pyteam cannot suggest it, and it is found by name only");
        }
        agent.model = self.text("model", get("model")).filter(|model| model != "inherit");
        agent.speed = self.speed(get("speed"));
        agent.produces = self.list("produces", get("produces"));
        agent.rules = self.list("rules", get("rules"));
        agent.owns = self.list("owns", get("owns"));
        agent.rights = self.rights(get("tools"), &get);
        self.switches(&get);
        self.look_at_kept(&get);
        let kept =
            KEPT.iter().filter_map(|key| Some(((*key).to_owned(), visible_line(&get(key)?.scalar()?)))).collect();
        (agent, kept)
    }

    /// What pyteam does not use it does not refuse either; but the file may have meant something else by it.
    fn look_at_kept<'n>(&mut self, get: &dyn Fn(&str) -> Option<&'n Node>) {
        const PRIORITIES: [&str; 4] = ["low", "medium", "high", "critical"];
        for key in KEPT {
            let Some(node) = get(key) else { continue };
            let wanted = match (key, &node.value) {
                (_, Value::Null) => continue,
                ("priority", Value::Text(text)) if PRIORITIES.contains(&text.to_lowercase().as_str()) => continue,
                ("priority", Value::Text(_)) => "`low`, `medium`, `high` or `critical`",
                ("priority", _) => "a word: `low`, `medium`, `high` or `critical`",
                ("context_isolation", Value::Bool(_)) | ("team" | "environment", Value::Text(_)) => continue,
                ("context_isolation", _) => "`true` or `false`",
                _ => "text",
            };
            let is = node.scalar().map_or_else(|| node.kind().to_owned(), |text| format!("`{}`", visible_line(&text)));
            self.remark(node.line, format!("`{key}`: expected {wanted}, found {is}; pyteam does not use it"));
        }
    }

    fn name(&mut self, node: Option<&Node>, stem: &str) -> String {
        let from_stem = || slug(stem).unwrap_or_else(|| "unnamed".to_owned());
        let Some(node) = node else {
            if self.format.needs_name() {
                self.fatal(0, "no `name`");
            }
            return from_stem();
        };
        let Value::Text(written) = &node.value else {
            let kind = node.kind();
            self.fatal(node.line, format!("`name`: expected text, found {kind}"));
            return from_stem();
        };
        let Some(name) = slug(written) else {
            let message = "`name`: use letters, digits and hyphens, at most 64, starting with a letter or a digit";
            self.fatal(node.line, message);
            return from_stem();
        };
        if name != *written {
            self.remark(node.line, format!("available as `{name}`: names are lower case, with hyphens"));
        }
        name
    }

    fn text(&mut self, key: &str, node: Option<&Node>) -> Option<String> {
        let node = node?;
        match &node.value {
            // Some tools fold a long text over lines.
            Value::Text(text) => Some(visible_line(&text.split_whitespace().collect::<Vec<_>>().join(" "))),
            Value::Null => None,
            _ => {
                let kind = node.kind();
                self.remark(node.line, format!("`{key}`: expected text, found {kind}; this is ignored"));
                None
            }
        }
    }

    /// A list, or a text with commas.
    fn list(&mut self, key: &str, node: Option<&Node>) -> Vec<String> {
        let Some(node) = node else { return Vec::new() };
        match &node.value {
            Value::Text(text) => {
                text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(visible_line).collect()
            }
            Value::Null => Vec::new(),
            Value::List(nodes) => {
                let mut list = Vec::new();
                for node in nodes {
                    match &node.value {
                        Value::Text(text) => list.push(visible_line(text.trim())),
                        _ => {
                            let kind = node.kind();
                            self.remark(
                                node.line,
                                format!("`{key}`: expected text, found {kind} in the list; this entry is ignored"),
                            );
                        }
                    }
                }
                list
            }
            _ => {
                let kind = node.kind();
                self.remark(node.line, format!("`{key}`: expected a list, found {kind}; this is ignored"));
                Vec::new()
            }
        }
    }

    fn speed(&mut self, node: Option<&Node>) -> Option<Speed> {
        let line = node.map_or(0, |node| node.line);
        let text = self.text("speed", node)?;
        match text.to_lowercase().as_str() {
            "fast" => Some(Speed::Fast),
            "medium" => Some(Speed::Medium),
            "slow" => Some(Speed::Slow),
            _ => {
                self.remark(line, "`speed`: expected `fast`, `medium` or `slow`; this is ignored");
                None
            }
        }
    }

    fn rights<'n>(&mut self, node: Option<&'n Node>, get: &dyn Fn(&str) -> Option<&'n Node>) -> Rights {
        let line = node.map_or(0, |node| node.line);
        let mut rights = match node.map(|node| (&node.value, node)) {
            None | Some((Value::Null, _)) => {
                if self.format == Format::Claude {
                    self.remark(line, NO_TOOLS);
                }
                ALL
            }
            Some((Value::Table(switches), _)) => self.switched(switches),
            Some((Value::Text(_) | Value::List(_), node)) => self.named("tools", node),
            Some((_, node)) => {
                let kind = node.kind();
                self.remark(line, format!("`tools`: expected a list, found {kind}; it gets no permissions"));
                Rights::default()
            }
        };
        if let Some(node) = get("disallowedTools") {
            let taken = self.named("disallowedTools", node);
            rights = tools::without(rights, taken);
        }
        if let Some(permission) = get("permission") {
            let denied = |key: &str| permission.get(key).is_some_and(|node| node.value == Value::Text("deny".into()));
            rights.edit &= !denied("edit");
            rights.execute &= !denied("bash");
        }
        let planning = |node: &Node| node.value == Value::Text("plan".into());
        if get("permissionMode").is_some_and(planning) || get("readonly").is_some_and(is_true) {
            (rights.edit, rights.execute) = (false, false);
        }
        if rights.execute && !rights.edit {
            self.remark(line, ADVICE);
        }
        if !rights.read && (node.is_some() || rights != Rights::default()) {
            let message = "no tool reads files: it sees only the prompt; add `Read`";
            self.remark(line, message);
        }
        rights
    }

    /// A list of tools.
    fn named(&mut self, key: &str, node: &Node) -> Rights {
        let names = self.list(key, Some(node));
        let mut rights = Rights::default();
        for name in names {
            match tools::rights_of(&name) {
                Some(more) => rights = tools::either(rights, more),
                None => {
                    let name: String = name.chars().take(MAX_NAME).collect();
                    self.remark(node.line, format!("`{key}`: unknown tool `{name}`; it gives no permission"));
                }
            }
        }
        rights
    }

    /// `{write: false}`: all but what is switched off.
    fn switched(&mut self, switches: &[(String, Node)]) -> Rights {
        let mut rights = ALL;
        for (name, node) in switches {
            match node.value {
                Value::Bool(true) => {}
                Value::Bool(false) => {
                    // Reading is switched off tool by tool, and one is enough to read.
                    let taken = tools::rights_of(name).unwrap_or_default();
                    rights = tools::without(rights, Rights { read: name == "*" || name == "read", ..taken });
                }
                _ => self.remark(node.line, format!("`tools.{name}`: expected `true` or `false`; this is ignored")),
            }
        }
        rights
    }

    fn switches<'n>(&mut self, get: &dyn Fn(&str) -> Option<&'n Node>) {
        for key in ["disable", "disabled"] {
            if let Some(node) = get(key).filter(|node| is_true(node)) {
                self.fatal(node.line, format!("disabled by `{key}: true`"));
            }
        }
        if let Some(node) = get("kind").filter(|node| node.value == Value::Text("remote".into())) {
            self.fatal(
                node.line,
                "remote agents (`kind: remote`) are not supported: pyteam sends nothing to other machines",
            );
        }
    }
}

fn is_true(node: &Node) -> bool {
    node.value == Value::Bool(true)
}
