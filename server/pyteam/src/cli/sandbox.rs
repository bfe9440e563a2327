//! How an agent's program would be held, and whether its user accepts that.

use std::io::{self, IsTerminal};
use std::path::Path;

use pyteam_agents::run::Request;
use pyteam_agents::sandbox::{Confinement, Sandbox};
use pyteam_agents::settings::{Passage, Unconfined};
use pyteam_agents::{Backend, Setup};
use pyteam_display::Shown;
use serde_json::{Value, json};

use super::ask::confirm;
use super::console;

/// How the program of `request` will be held, where it may be started so: the request says so then. None where it may not
/// be, which the user has been told. `--yes` accepts changes and not this: that is for the user's own settings.
pub(super) fn accepted(
    request: &mut Request,
    unconfined: Unconfined,
    yes: bool,
) -> anyhow::Result<Option<Confinement>> {
    let Some((launch, confinement)) = request.measure() else { return Ok(None) };
    let (name, level) = (launch.name.clone(), confinement.level());
    let refuse = |why: &str| {
        console::error(Shown::text(format!("{name} was not started: {why}it would be {}", confinement.explanation())));
        console::note(Shown::text(confinement.advice()));
    };
    match unconfined.passage(level) {
        Passage::Free => console::note(Shown::text(format!("{name} works {}", confinement.sentence()))),
        Passage::Closed => {
            refuse("");
            return Ok(None);
        }
        Passage::Asked if yes || !io::stdin().is_terminal() => {
            let why = if yes { "`--yes` does not accept that " } else { "there is no terminal for confirmation, and " };
            refuse(why);
            return Ok(None);
        }
        Passage::Asked => {
            console::warning(Shown::text(format!("{name} would be {}", confinement.explanation())));
            if !confirm(&Shown::text(format!("Start {name} anyway?")))? {
                console::note(Shown::text(format!("{name} was not started")));
                console::note(Shown::text(confinement.advice()));
                return Ok(None);
            }
        }
    }
    request.least = level;
    Ok(Some(confinement))
}

/// How the program of each backend would be held while it works on the workspace at `root`.
pub(super) fn measured(setup: &Setup, root: &Path) -> Vec<(String, Confinement)> {
    let sandbox = Sandbox::of_this_program();
    let programs = setup.settings.backends.iter().filter_map(|(name, described)| match &described.backend {
        Ok(Backend::Acp(launch) | Backend::Command(launch)) => Some((name.clone(), sandbox.measure(launch, root))),
        _ => None,
    });
    programs.collect()
}

/// How a program is held, for another program to read.
pub(super) fn json(confinement: &Confinement) -> Value {
    json!({
        "level": confinement.level(), "by": confinement.by, "open": confinement.open, "note": confinement.note,
    })
}
