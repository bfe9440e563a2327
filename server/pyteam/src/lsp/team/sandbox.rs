//! Whether a program may be started as it would be held: less than confined is asked about, once for each back end.

use pyteam_agents::settings::Passage;

use super::conduct::Conduct;
use super::dialog::choose;
use crate::agent_request::Prepared;

/// What is chosen to start it all the same.
const START: &str = "Start it all the same";

impl Conduct {
    /// Has the request say how little it may be held by, where that is accepted. An error is for the user.
    pub(super) async fn accept_sandbox(&self, prepared: &mut Prepared) -> Result<(), String> {
        let Prepared::There(request) = prepared else { return Ok(()) };
        let measured = tokio::task::block_in_place(|| {
            request.measure().map(|(launch, confinement)| (launch.name.clone(), confinement))
        });
        let Some((name, confinement)) = measured else { return Ok(()) };
        let level = confinement.level();
        let refused =
            || format!("{name} was not started: it would be {}. {}", confinement.explanation(), confinement.advice());
        match self.made.setup.settings.unconfined.passage(level) {
            Passage::Closed => return Err(refused()),
            Passage::Asked if !self.made.roster.is_accepted(&name, &confinement) => {
                let question = format!("{name} would be {}. Start it?", confinement.explanation());
                // Where a stray Enter takes the first, it takes the one that starts nothing.
                let choices = ["Do not start it".to_owned(), START.to_owned()];
                let chosen = tokio::select! {
                    chosen = choose(&self.client, question, &choices) => chosen,
                    () = self.work.cancel.cancelled() => None,
                };
                if chosen.as_deref() != Some(START) {
                    return Err(refused());
                }
                self.made.roster.accept(&name, confinement);
            }
            Passage::Asked | Passage::Free => {}
        }
        request.least = level;
        Ok(())
    }
}
