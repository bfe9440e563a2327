//! `pyteam init`: settings with their defaults, the team as files that can be edited, a specialist for the project.

mod frameworks;
mod specialist;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use pyteam_agents::team::{built_in, is_name};
use pyteam_agents::user_dirs::regular;
use pyteam_agents::{Consent, UserDirs};
use pyteam_display::{Shown, shown};
use pyteam_engine::settings::{Layer, ReadSettings, RuleNames};
use serde::Serialize;

use super::Exit;
use super::args::{Format, InitArgs};
use super::console::{self, Console};
use super::place::Paths;
use crate::discover;

/// Settings with all their defaults, commented out.
const SETTINGS: &str = include_str!("init/pyteam.toml");
/// Where the team is written: most agents read it there, and so does pyteam.
const AGENTS: &str = ".claude/agents";

/// What became of one file.
#[derive(Debug, Serialize)]
struct Outcome {
    filename: PathBuf,
    /// `written`, `replaced`, `kept` where it was there, or `elsewhere` where another file says the same.
    outcome: &'static str,
}

pub(super) fn run(args: &InitArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let paths = Paths::here()?;
    let root = discover::absolute(&args.path)?;
    anyhow::ensure!(root.is_dir(), "{} is not a directory", args.path.display());
    if let Some(name) = &args.specialist {
        anyhow::ensure!(
            is_name(name),
            "invalid agent name `{name}`: use letters, digits and hyphens, such as `camera-specialist`"
        );
        anyhow::ensure!(!built_in::is_member(name), "`{name}` is a built-in agent; use `--agents`");
    }
    let mut files = vec![(PathBuf::from("pyteam.toml"), SETTINGS.to_owned())];
    if args.agents {
        let team = built_in::files();
        files.extend(team.map(|(name, text)| (Path::new(AGENTS).join(format!("{name}.md")), text.to_owned())));
    }
    if let Some(name) = &args.specialist {
        files.push((Path::new(AGENTS).join(format!("{name}.md")), specialist::file(name, &root)?));
    }
    let mut outcomes = Vec::new();
    for (path, text) in files {
        // An empty pyteam.toml would take the place of what pyproject.toml says.
        if path == Path::new("pyteam.toml") && !args.force && has_settings_in_pyproject(&root) {
            outcomes.push(Outcome { filename: root.join(path), outcome: "elsewhere" });
            continue;
        }
        let outcome =
            write(&root, &path, &text, args.force).with_context(|| format!("cannot write {}", path.display()))?;
        outcomes.push(Outcome { filename: root.join(path), outcome });
    }
    report(&outcomes, args, &paths, console)?;
    let wrote_agents = outcomes
        .iter()
        .any(|one| matches!(one.outcome, "written" | "replaced") && one.filename.starts_with(root.join(AGENTS)));
    if wrote_agents && !is_trusted(&root) {
        console::note(
            "Agents of a workspace replace others, own rules and may edit only after you trust it: `pyteam trust`.",
        );
    }
    let nothing_done = outcomes.iter().all(|one| matches!(one.outcome, "kept" | "elsewhere"));
    Ok(if nothing_done { Exit::Failure } else { Exit::Clean })
}

fn report(outcomes: &[Outcome], args: &InitArgs, paths: &Paths, console: &mut Console) -> anyhow::Result<()> {
    if args.output_format == Format::Json {
        console.print_line(Shown::json(outcomes)?)?;
        return Ok(());
    }
    let mut kept = false;
    for Outcome { filename, outcome } in outcomes {
        let name = filename.to_string_lossy();
        let what = match *outcome {
            "kept" => "exists, kept",
            "elsewhere" => "not written: pyproject.toml has [tool.pyteam]",
            other => other,
        };
        kept |= *outcome == "kept";
        console.print_line(shown!("{}: {}", paths.short(&name), what))?;
    }
    if kept {
        console::note("use `--force` to overwrite");
    }
    Ok(())
}

fn is_trusted(root: &Path) -> bool {
    Consent::of(&UserDirs::of_user()).is_some_and(|consent| consent.trust_in(root).is_given())
}

/// Whether `pyproject.toml` holds settings of ours.
fn has_settings_in_pyproject(root: &Path) -> bool {
    let path = root.join("pyproject.toml");
    let text = regular::read_text(&path, regular::MAX_BYTES).unwrap_or_default();
    matches!(Layer::from_pyproject(&path, &text, &RuleNames::default()), ReadSettings::Layer(..))
}

/// Writes a file below `root`; links on the way there are not followed out of it.
fn write(root: &Path, path: &Path, text: &str, force: bool) -> io::Result<&'static str> {
    let full = root.join(path);
    let folder = full.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    if !folder.canonicalize()?.starts_with(root.canonicalize()?) {
        return Err(io::Error::other("its directory is a link that leads out of the project"));
    }
    match OpenOptions::new().write(true).create_new(true).open(&full) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| "written"),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if !force => Ok("kept"),
        Err(_) => {
            // Renamed into its place: a link of that name is replaced, and not written through.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            make_readable(file.as_file())?;
            file.persist(&full)?;
            Ok("replaced")
        }
    }
}

/// A temporary file is its owner's alone; this one is the project's.
#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use pyteam_engine::{Engine, Settings};

    use super::*;

    /// The settings with every example taken out of its comment.
    fn uncommented() -> String {
        let line = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest.to_owned(),
            _ => line.to_owned(),
        };
        SETTINGS.lines().map(|text| line(text) + "\n").collect()
    }

    #[test]
    fn the_settings_say_nothing_as_they_are_and_the_defaults_when_they_are_uncommented() {
        let names: RuleNames = Engine::new(pyteam_rules::all()).names().clone();
        for text in [SETTINGS.to_owned(), uncommented()] {
            let read = Layer::from_pyteam_toml(Path::new("/w/pyteam.toml"), &text, &names);
            let ReadSettings::Layer(layer, problems) = read else { panic!("{text}") };
            assert_eq!(problems, [], "{text}");
            let settings = Settings::from_layers("/w", &[&layer]);
            let defaults = Settings::default();
            assert_eq!(settings.timeouts, defaults.timeouts);
            assert_eq!((settings.max_depth, settings.max_file_size), (defaults.max_depth, defaults.max_file_size));
        }
        let table: toml::Table = uncommented().parse().unwrap();
        for key in
            ["select", "ignore", "per-file-ignores", "severity", "exclude", "timeouts", "blocking-calls", "agents"]
        {
            assert!(table.contains_key(key), "{key}");
        }
    }

    #[test]
    fn nothing_is_replaced_unless_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("a/b.md");
        assert_eq!(write(folder.path(), path, "one", false).unwrap(), "written");
        assert_eq!(write(folder.path(), path, "two", false).unwrap(), "kept");
        assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), "one");
        assert_eq!(write(folder.path(), path, "two", true).unwrap(), "replaced");
        assert_eq!(fs::read_to_string(folder.path().join(path)).unwrap(), "two");
        #[cfg(unix)]
        {
            let outside = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
            assert!(write(folder.path(), Path::new("link/c.md"), "x", true).is_err());
            assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        }
    }
}
