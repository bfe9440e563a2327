//! The `[agents]` table, taken apart with the place of everything that does not make sense.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::limits::{self, LimitsChange};
use super::program::find_program;
use super::{AgentSettings, BUILT_IN, Described, RightsChange, Unconfined, Whose};
use crate::launch::{BackEnd, Launch};
use crate::problem::{Problem, line_of};
use crate::user_dirs::Environment;

/// What commands and names are resolved against.
pub(super) struct Context<'a> {
    pub(super) workspace: Option<&'a Path>,
    pub(super) home: Option<&'a Path>,
    pub(super) environment: &'a Environment,
}

/// The part of a settings file that is pyteam's.
pub(super) fn settings_in(path: &Path, mut table: toml::Table) -> Option<toml::Table> {
    if path.file_name().is_none_or(|name| name != "pyproject.toml") {
        return Some(table);
    }
    let toml::Value::Table(mut tool) = table.remove("tool")? else { return None };
    match tool.remove("pyteam")? {
        toml::Value::Table(table) => Some(table),
        _ => None,
    }
}

/// Reads a file's text into `settings`, above what is there.
pub(super) fn read(settings: &mut AgentSettings, path: &Path, text: &str, whose: Whose, context: &Context<'_>) {
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            let message = format!("invalid TOML: {}; this file is ignored", error.message());
            settings.problems.push(Problem::fatal(path, line, message));
            return;
        }
    };
    let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
    let keys: &[&str] = if is_pyproject { &["tool", "pyteam", "agents"] } else { &["agents"] };
    let mut reader = Reader { path, text, whose, context, settings };
    if let Some(agents) = descend(table, keys) {
        reader.agents(agents);
    }
}

fn descend<'t>(mut table: DeTable<'t>, keys: &[&str]) -> Option<Spanned<DeValue<'t>>> {
    let (first, rest) = keys.split_first()?;
    let value = table.remove(*first)?;
    if rest.is_empty() {
        return Some(value);
    }
    match value.into_inner() {
        DeValue::Table(table) => descend(table, rest),
        _ => None,
    }
}

type Entry<'t> = (String, Spanned<DeValue<'t>>);

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    whose: Whose,
    context: &'a Context<'a>,
    settings: &'a mut AgentSettings,
}

impl Reader<'_> {
    fn object(&mut self, span: &Range<usize>, message: impl Into<String>) {
        let line = line_of(self.text, span.start);
        self.settings.problems.push(Problem::fatal(self.path, line, message));
    }

    fn place(&self, value: &Spanned<DeValue<'_>>) -> (PathBuf, u32) {
        (self.path.to_owned(), line_of(self.text, value.span().start))
    }

    fn wrong(&mut self, span: &Range<usize>, key: &str, wanted: &str) {
        self.object(span, format!("`{key}`: expected {wanted}; this is ignored"));
    }

    fn table<'t>(&mut self, key: &str, value: Spanned<DeValue<'t>>) -> Vec<Entry<'t>> {
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            self.wrong(&span, key, "a table");
            return Vec::new();
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        // The parser sorts by key; problems come in the file's order.
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| (key.into_inner().into_owned(), value)).collect()
    }

    fn text(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.clone().into_owned());
        }
        self.wrong(&value.span(), key, "a string");
        None
    }

    fn texts(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Vec<String>> {
        let list = match value.get_ref() {
            DeValue::Array(values) => values.iter().map(|one| one.get_ref().as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        if list.is_none() {
            self.wrong(&value.span(), key, "a list of strings");
        }
        list
    }

    fn flag(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        self.wrong(&value.span(), key, "`true` or `false`");
        None
    }

    fn agents(&mut self, value: Spanned<DeValue<'_>>) {
        for (key, value) in self.table("agents", value) {
            match key.as_str() {
                "back-end" => {
                    if let Some(name) = self.text("back-end", &value) {
                        self.settings.named_at.insert(None, self.place(&value));
                        self.settings.back_end = Some(name);
                    }
                }
                "back-ends" => {
                    for (name, value) in self.table("back-ends", value) {
                        self.back_end(name, value);
                    }
                }
                "use" => {
                    for (agent, value) in self.table("use", value) {
                        if let Some(name) = self.text(&agent, &value) {
                            self.settings.named_at.insert(Some(agent.clone()), self.place(&value));
                            self.settings.uses.insert(agent, name);
                        }
                    }
                }
                "rights" if self.whose == Whose::Workspaces => {
                    let message = "`rights` of a workspace are ignored; set them in your user pyteam.toml";
                    self.object(&value.span(), message);
                }
                "rights" => {
                    for (agent, value) in self.table("rights", value) {
                        self.settings.rights_at.insert(agent.clone(), self.place(&value));
                        let change = self.rights(value);
                        self.settings.rights.insert(agent, change);
                    }
                }
                "unconfined" if self.whose == Whose::Workspaces => {
                    let message = "`unconfined` of a workspace is ignored; set it in your user pyteam.toml";
                    self.object(&value.span(), message);
                }
                "unconfined" => self.unconfined(&value),
                "limits" => {
                    let limits = self.limits(value);
                    self.settings.limits = limits.or(self.settings.limits);
                }
                other => {
                    let message =
                        unknown("`agents`", other, &["back-end", "back-ends", "use", "rights", "limits", "unconfined"]);
                    self.object(&value.span(), message);
                }
            }
        }
    }

    fn unconfined(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(text) = self.text("unconfined", value) else { return };
        match Unconfined::parse(&text) {
            Some(choice) => self.settings.unconfined = choice,
            None => {
                let message = format!(
                    "`unconfined`: expected `ask`, `refuse`, `allow-partly` or `allow`, found `{text}`; `ask` is used"
                );
                self.object(&value.span(), message);
            }
        }
    }

    fn limits(&mut self, value: Spanned<DeValue<'_>>) -> LimitsChange {
        let mut limits = LimitsChange::default();
        let known = limits::ALL.map(|one| one.key);
        for (key, value) in self.table("limits", value) {
            if !known.contains(&key.as_str()) {
                self.object(&value.span(), unknown("`limits`", &key, &known));
                continue;
            }
            let written = match value.get_ref() {
                DeValue::Integer(number) => number.as_str().parse().ok().map(limits::Value::Number),
                DeValue::String(text) => Some(limits::Value::Text(text)),
                _ => None,
            };
            // What is no number and no text is as wrong as a text without a number.
            if let Err(wanted) = limits.set(&key, &written.unwrap_or(limits::Value::Text(""))) {
                self.wrong(&value.span(), &key, wanted);
            }
        }
        limits
    }

    fn rights(&mut self, value: Spanned<DeValue<'_>>) -> RightsChange {
        let mut change = RightsChange::default();
        for (key, value) in self.table("rights", value) {
            let slot = match key.as_str() {
                "read" => &mut change.read,
                "edit" => &mut change.edit,
                "execute" => &mut change.execute,
                other => {
                    let message = unknown("`rights`", other, &["read", "edit", "execute"]);
                    self.object(&value.span(), message);
                    continue;
                }
            };
            *slot = self.flag(&key, &value).or(*slot);
        }
        change
    }

    fn back_end(&mut self, name: String, value: Spanned<DeValue<'_>>) {
        let span = value.span();
        if name == BUILT_IN {
            self.object(&span, "`built-in` is reserved for the built-in backend");
            return;
        }
        let (mut kind, mut command, mut env, mut home, mut mode, mut model) =
            (None, None, Vec::new(), None, None, None);
        let (mut network, mut read) = (true, Vec::new());
        let mut limits = LimitsChange::default();
        for (key, value) in self.table(&name, value) {
            match key.as_str() {
                "kind" => kind = self.text("kind", &value),
                "command" => command = self.texts("command", &value),
                "env" => env = self.texts("env", &value).unwrap_or_default(),
                "home" => home = self.text("home", &value),
                "mode" => mode = self.text("mode", &value),
                "model" => model = self.text("model", &value),
                "network" => network = self.flag("network", &value).unwrap_or(true),
                "read" => read = self.texts("read", &value).unwrap_or_default(),
                "limits" => limits = self.limits(value),
                other => {
                    let known = ["kind", "command", "env", "home", "mode", "model", "network", "read", "limits"];
                    self.object(&value.span(), unknown("a backend", other, &known));
                }
            }
        }
        let command = command.unwrap_or_default();
        let described =
            Wish { name: &name, kind, command: &command, env: &env, home, mode, model, network, read: &read };
        let back_end = described.resolve(self.context);
        if let Err(reason) = &back_end {
            self.object(&span, format!("backend `{name}` cannot be used: {reason}"));
        }
        self.settings
            .back_ends
            .insert(name, Described { source: self.path.to_owned(), command, env, limits, back_end });
    }
}

/// A key that is not known, with what may be meant.
fn unknown(who: &str, key: &str, known: &[&str]) -> String {
    if let Some(near) = similar::get_close_matches(key, known, 1, 0.6).first() {
        return format!("unknown key `{key}` in {who}; did you mean `{near}`?");
    }
    let all: Vec<String> = known.iter().map(|one| format!("`{one}`")).collect();
    let (last, others) = all.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    format!("unknown key `{key}` in {who}; expected one of {} and {last}", others.join(", "))
}

/// A backend as it is written.
struct Wish<'a> {
    name: &'a str,
    kind: Option<String>,
    command: &'a [String],
    env: &'a [String],
    home: Option<String>,
    mode: Option<String>,
    model: Option<String>,
    network: bool,
    read: &'a [String],
}

impl Wish<'_> {
    fn resolve(self, context: &Context<'_>) -> Result<BackEnd, String> {
        let Some((program, args)) = self.command.split_first() else {
            return Err("no `command`, such as [\"my-agent\", \"--acp\"]".to_owned());
        };
        let program = find_program(program, context.environment, context.workspace).map_err(|why| why.to_string())?;
        let home = self.home.as_deref().map(|home| outside(home, "home", context)).transpose()?;
        let read = self.read.iter().map(|path| outside(path, "read", context)).collect::<Result<_, _>>()?;
        let environment: BTreeMap<String, String> = self
            .env
            .iter()
            .filter_map(|name| Some((name.clone(), context.environment.variables.get(name)?.clone())))
            .collect();
        let launch = Launch {
            name: self.name.to_owned(),
            program,
            args: args.to_vec(),
            environment,
            home,
            mode: self.mode,
            model: self.model,
            network: self.network,
            read,
        };
        match self.kind.as_deref() {
            Some("acp") => Ok(BackEnd::Acp(launch)),
            Some("command") => Ok(BackEnd::Command(launch)),
            Some(other) => Err(format!("`kind`: expected `acp` or `command`, found `{other}`")),
            None => Err("no `kind`: `acp` or `command`".to_owned()),
        }
    }
}

/// An absolute path outside the workspace, for the setting `key`; `~` is the user's home.
fn outside(written: &str, key: &str, context: &Context<'_>) -> Result<PathBuf, String> {
    let path = match (written.strip_prefix('~'), context.home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(written),
    };
    let inside = context.workspace.is_some_and(|root| crate::user_dirs::is_inside(&path, root));
    if !path.is_absolute() || inside {
        return Err(format!("`{key}` must be absolute and outside the workspace, or start with `~/`"));
    }
    Ok(path)
}
