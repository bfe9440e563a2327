//! `pyteam check`.

use std::cell::OnceCell;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use pyteam_agents::UserDirs;
use pyteam_display::diff::{Differ, File as Difference};
use pyteam_display::{Shown, shown};
use pyteam_engine::settings::Layer;
use pyteam_engine::{Applicability, Finding, SettingsResolver, Severity};
use pyteam_index::FileId;

use super::args::{CheckArgs, CheckFormat, Sort};
use super::cache::CachedCheck;
use super::console::{self, Console};
use super::gathered::{Gathered, Overlay};
use super::place::Paths;
use super::project::{Checked, Project};
use super::repair::{Repaired, refusal, repair};
use super::report::{Counts, Report, plural};
use super::{Exit, Interrupted, diff, github, json, rulebook, sarif, streams, text, unfinished};
use crate::discover;
use crate::write_back::{self, Step, Written};

/// Checks, repairs and reports as `args` say.
pub(super) fn run(args: &CheckArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let paths = Paths::here()?;
    if args.paths.len() > 1 && args.paths.iter().any(|path| is_dash(path)) {
        console::error("`-` cannot be combined with other paths");
        return Ok(Exit::Failure);
    }
    if args.diff && args.output_format != CheckFormat::Text {
        console::error(
            "`--diff` prints a diff, which has no other format: leave out `--output-format`, or `--diff` (with \
             `--output-format json` each finding has its `fix`)",
        );
        return Ok(Exit::Failure);
    }
    let roots = named_paths(args)?;
    let overlay = overlay(args, &paths)?;
    let workspaces: Vec<PathBuf> = roots.iter().chain(overlay.iter().map(|overlay| &overlay.path)).cloned().collect();
    let (engine, mut mistakes) = rulebook::engine(&workspaces);
    let names = engine.names().clone();
    let objections: Vec<String> =
        args.select.iter().chain(&args.ignore).filter_map(|word| names.objection(word)).collect();
    if !objections.is_empty() {
        for objection in &objections {
            console::error(Shown::text(objection));
        }
        return Ok(Exit::Failure);
    }
    let settings =
        SettingsResolver::new(names).with_roots(vec![paths.folder().to_owned()]).with_overrides(overrides(args));
    let is_stdin = overlay.is_some();
    let is_unfinished = unfinished::recover(&workspaces, &paths)?;
    let gathered = Gathered::read(settings, &roots, overlay)?;
    gathered.say_unread(&roots, &paths);
    if !args.quiet {
        for cut in &gathered.cuts {
            console::warning(Shown::text(cut.sentence(&|path| paths.shown(path))));
        }
    }
    mistakes.extend(gathered.settings_problems());
    for mistake in &mistakes {
        let message = mistake.to_string();
        console::error(Shown::text(paths.short(&message)));
    }
    if !mistakes.is_empty() {
        return Ok(Exit::Failure);
    }
    // Where nothing that was named can be looked at, nothing is printed: an empty list would say that all is well.
    if !gathered.problems.is_empty() && gathered.targets.is_empty() {
        return Ok(Exit::Failure);
    }
    let kept = CachedCheck::of(args, &paths, &gathered, &engine, console).filter(|_| !is_stdin);
    if let Some(kept) = &kept {
        if let Some(exit) = kept.replay(console)? {
            return Ok(exit);
        }
        console.start_record();
    }
    gathered.say_empty(&roots, &paths);
    // What could not be looked at may have findings: that is no clean end.
    let missing = !gathered.problems.is_empty();
    let run = Run { args, paths: &paths, is_stdin };
    let exit = run.check(Project::load(engine, gathered, args.quiet), console)?;
    if let (Some(kept), Some(printed)) = (kept, console.take_record()) {
        kept.keep(exit, &printed);
    }
    Ok(if missing || is_unfinished { Exit::Failure } else { exit })
}

/// What the command line says about rules, above all files' settings.
fn overrides(args: &CheckArgs) -> Layer {
    Layer {
        select: (!args.select.is_empty()).then(|| args.select.clone()),
        ignore: (!args.ignore.is_empty()).then(|| args.ignore.clone()),
        ..Layer::default()
    }
}

fn overlay(args: &CheckArgs, paths: &Paths) -> anyhow::Result<Option<Overlay>> {
    if !args.paths.iter().any(|path| is_dash(path)) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    streams::check_input()?;
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    let path = match &args.stdin_filename {
        Some(name) => discover::absolute(name)?,
        None => paths.folder().join("-"),
    };
    Ok(Some(Overlay { path, bytes }))
}

fn named_paths(args: &CheckArgs) -> anyhow::Result<Vec<PathBuf>> {
    let named = args.paths.iter().filter(|path| !is_dash(path));
    Ok(named.map(|path| discover::absolute(path)).collect::<io::Result<_>>()?)
}

fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// What is said of a run that was told to end while it wrote.
fn interrupted(signal: i32, from: usize, written: &Written, units: usize) -> Interrupted {
    let begun = from.min(units);
    let done = begun - written.refused.iter().filter(|(number, _)| *number < begun).count();
    let said = match (done, units - begun) {
        (done, 0) => format!("{} written as a whole; nothing was left half done", plural(done, "change", "changes")),
        (0, _) => "nothing was changed".to_owned(),
        (done, rest) => format!("{} written as a whole, {rest} not begun", plural(done, "change", "changes")),
    };
    Interrupted { signal, is_complete: begun == units, said }
}

/// One run over a loaded project.
struct Run<'a> {
    args: &'a CheckArgs,
    paths: &'a Paths,
    is_stdin: bool,
}

impl Run<'_> {
    fn check(&self, mut project: Project, console: &mut Console) -> anyhow::Result<Exit> {
        let allowed = if self.args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        let (mut checked, fixed) = if self.args.fix || self.args.diff {
            let repaired = repair(&mut project, allowed, self.shown_from());
            if self.args.diff {
                return self.show_diff(&project, &repaired, console);
            }
            self.take_over(&mut project, repaired, console)?
        } else {
            (project.check(false), 0)
        };
        project.add_syntax_errors(&mut checked);
        let exit = self.report(&project, checked, fixed, console);
        // The process ends here; giving millions of nodes back one by one would take longer than linking them.
        std::mem::forget(project);
        exit
    }

    /// Prints what was found, and says how it went.
    fn report(&self, project: &Project, checked: Checked, fixed: usize, console: &mut Console) -> anyhow::Result<Exit> {
        let shown_from = self.shown_from();
        let fails = checked.findings.iter().any(|finding| finding.severity >= self.fails_from());
        let mut findings = checked.findings;
        findings.retain(|finding| finding.severity >= shown_from);
        let is_text = self.args.output_format == CheckFormat::Text;
        if self.args.sort.map_or(is_text, |sort| sort == Sort::Rank) {
            findings.sort_by_key(Finding::rank);
        }
        // With repaired text on standard output, everything else must go elsewhere.
        if self.is_stdin && self.args.fix {
            let mut console = Console::on_stderr();
            self.print(project, &findings, fixed, &mut console)?;
            console.flush()?;
        } else {
            self.print(project, &findings, fixed, console)?;
        }
        for path in &checked.crashes {
            let path = self.paths.short(path);
            console::error(shown!("{}: internal error in pyteam; please report it", path));
        }
        Ok(match fails && !self.args.exit_zero {
            _ if checked.unwritten || !checked.crashes.is_empty() => Exit::Failure,
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }

    fn print(&self, project: &Project, findings: &[Finding], fixed: usize, console: &mut Console) -> io::Result<()> {
        let offered = match self.args.output_format {
            CheckFormat::Json | CheckFormat::Sarif => project.fixes(findings, &|_| true),
            CheckFormat::Text | CheckFormat::Github => Vec::new(),
        };
        let report = Report {
            snapshot: project.snapshot(),
            engine: project.engine(),
            paths: self.paths,
            findings,
            fixes: &offered,
            secrets: OnceCell::new(),
        };
        match self.args.output_format {
            CheckFormat::Json => json::print(&report, console),
            CheckFormat::Sarif => sarif::print(&report, console),
            CheckFormat::Github => github::print(&report, console),
            CheckFormat::Text => {
                text::print(&report, &self.args.select, console)?;
                text::summary::print(&report, console)?;
                self.summarize(project, findings, fixed, console)
            }
        }
    }

    fn summarize(
        &self,
        project: &Project,
        findings: &[Finding],
        fixed: usize,
        console: &mut Console,
    ) -> io::Result<()> {
        if self.args.quiet {
            return Ok(());
        }
        if fixed > 0 {
            console.print_line(shown!("Fixed {}.", plural(fixed, "finding", "findings")))?;
        }
        match Counts::of(findings).summary(project.target_count(), self.args.unsafe_fixes) {
            Some(summary) => console.print_line(Shown::line(summary)),
            None if project.target_count() == 0 => Ok(()),
            None => console.print_line(shown!("No findings in {}.", plural(project.target_count(), "file", "files"))),
        }
    }

    /// Findings from here on make the exit code 1.
    fn fails_from(&self) -> Severity {
        match (self.args.fail_on, self.args.severity) {
            (Some(fail_on), _) => fail_on.into(),
            // An exit code for what is not shown cannot be understood.
            (None, Some(severity)) => Severity::from(severity).max(Severity::Warning),
            (None, None) => Severity::Warning,
        }
    }

    /// Findings from here on are shown.
    fn shown_from(&self) -> Severity {
        let shown = self.args.severity.map_or(Severity::Information, Severity::from);
        if self.args.fail_on.is_some() { shown.min(self.fails_from()) } else { shown }
    }

    /// Says which fixes are on offer and were not made.
    fn say_left_out(&self, project: &Project, repaired: &Repaired) {
        for refused in &repaired.fixes.refused {
            console::error(Shown::text(self.paths.short(&refusal(project, refused))));
        }
        if repaired.fixes.elsewhere > 0 && !self.args.quiet {
            let fixes = plural(repaired.fixes.elsewhere, "fix edits", "fixes edit");
            console::note(shown!("{} files outside the checked paths; skipped: pass their directory, too.", fixes));
        }
    }

    /// Writes the repaired files, or prints the text that came from standard input.
    fn take_over(
        &self,
        project: &mut Project,
        repaired: Repaired,
        console: &mut Console,
    ) -> anyhow::Result<(Checked, usize)> {
        self.say_left_out(project, &repaired);
        if self.is_stdin {
            if let Some(file) = project.only_target() {
                console.print_file(file.source().as_str())?;
            }
            let fixed = repaired.fixes.fixed();
            return Ok((repaired.remaining, fixed));
        }
        let left_alone = self.write(project, &repaired)?;
        let written = repaired.fixes.fixed_in().into_iter().filter(|(file, _)| !left_alone.contains(file));
        let fixed = written.map(|(_, count)| count).sum();
        if left_alone.is_empty() {
            return Ok((repaired.remaining, fixed));
        }
        // What is reported must agree with what is on disk.
        project.reload(&left_alone);
        let checked = project.check(false);
        Ok((Checked { unwritten: true, ..checked }, fixed))
    }

    /// Writes the repaired files; gives those that could not be written.
    fn write(&self, project: &Project, repaired: &Repaired) -> anyhow::Result<Vec<FileId>> {
        let step = |id: &FileId| {
            let (file, before) = (project.snapshot().file(*id)?, repaired.fixes.before.get(id)?);
            Some(Step {
                path: file.on_disk(),
                before: Some(before),
                after: Some(file.source().as_str()),
                executable: None,
                root: None,
            })
        };
        let units: Vec<Vec<Step<'_>>> =
            repaired.fixes.units.iter().map(|unit| unit.iter().filter_map(step).collect()).collect();
        let written = write_back::write(&units, UserDirs::of_user().state.as_deref());
        let mut left_alone = Vec::new();
        for (number, failure) in &written.refused {
            console::error(Shown::text(format!("{}: not fixed: {}", self.paths.shown(&failure.path), failure.reason)));
            let others = units[*number].iter().filter(|step| *step.path != *failure.path);
            for step in others.filter(|_| !failure.is_partial) {
                console::note(Shown::text(format!(
                    "  {}: not fixed either (part of the same fix)",
                    self.paths.shown(&step.path)
                )));
            }
            left_alone.extend(&repaired.fixes.units[*number]);
        }
        unfinished::say_left(&written.left, self.paths);
        match written.interrupted {
            Some((signal, from)) => Err(interrupted(signal, from, &written, units.len()).into()),
            None => Ok(left_alone),
        }
    }

    /// Prints what would change. As with ruff, findings are not shown, and changes make the exit code 1.
    fn show_diff(&self, project: &Project, repaired: &Repaired, console: &mut Console) -> anyhow::Result<Exit> {
        self.say_left_out(project, repaired);
        let mut differ = Differ::new();
        for (id, before) in &repaired.fixes.before {
            let Some(file) = project.snapshot().file(*id) else { continue };
            let name = self.paths.short(&file.path);
            let after = file.source().as_str();
            diff::print(
                differ.lines(Difference { names: (name, name), before, after, secrets: repaired.secrets_in(*id) }),
                console,
            )?;
        }
        if let Some(remark) = differ.remark() {
            diff::print(vec![remark], console)?;
        }
        if !self.args.quiet {
            console.flush()?;
            console::note(match repaired.fixes.fixed() {
                0 => "Nothing to fix.".into(),
                fixed => shown!("Would fix {}.", plural(fixed, "finding", "findings")),
            });
        }
        Ok(if repaired.fixes.fixed() == 0 || self.args.exit_zero { Exit::Clean } else { Exit::Findings })
    }
}
