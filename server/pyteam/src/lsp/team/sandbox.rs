//! Whether a program may be started as it would be held: less than confined is asked about, once for each backend.

use pyteam_agents::settings::Passage;

use super::agent_run::AgentRun;
use super::dialog::choose;
use crate::agent_request::Prepared;

/// What is chosen to start it all the same.
const START: &str = "Start Anyway";

/// Has the request say how little it may be held by, where that is accepted. An error is for the user.
pub(super) async fn accept(run: &AgentRun, prepared: &mut Prepared) -> Result<(), String> {
    let Prepared::There(request) = prepared else { return Ok(()) };
    let measured = tokio::task::block_in_place(|| {
        request.measure().map(|(launch, confinement)| (launch.name.clone(), confinement))
    });
    let Some((name, confinement)) = measured else { return Ok(()) };
    let level = confinement.level();
    let refused =
        || format!("{name} was not started: it would be {}. {}", confinement.explanation(), confinement.advice());
    match run.task.setup.settings.unconfined.passage(level) {
        Passage::Closed => return Err(refused()),
        Passage::Asked if !run.request.context.cache.is_accepted(&name, &confinement) => {
            let question = format!("{name} would be {}. Start it?", confinement.explanation());
            // Where a stray Enter takes the first, it takes the one that starts nothing.
            let choices = ["Do Not Start".to_owned(), START.to_owned()];
            let chosen = tokio::select! {
                chosen = choose(run.client(), question, &choices) => chosen,
                () = run.request.cancel.canceled() => None,
            };
            if chosen.as_deref() != Some(START) {
                return Err(refused());
            }
            run.request.context.cache.accept(&name, confinement);
        }
        Passage::Asked | Passage::Free => {}
    }
    request.least = level;
    Ok(())
}
