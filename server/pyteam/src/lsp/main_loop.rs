//! The server's one thread of its own: takes events in order, and acts on them between two waits.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select_biased};

use super::event::Event;
use super::indexer::IndexNews;
use super::jobs::guarded;
use super::session::Session;

/// A client that never pauses is nevertheless answered.
const MAX_DRAIN: Duration = Duration::from_millis(200);

/// Where the loop's input comes from.
pub(crate) struct MainLoop {
    /// Everything that happens. It goes before the news.
    pub(super) events: Receiver<Event>,
    /// What the indexer found.
    pub(super) news: Receiver<IndexNews>,
}

enum Input {
    Event(Event),
    News(IndexNews),
    Timer,
    End,
}

impl MainLoop {
    /// Drives `session` until all senders of events are gone. A panic ends one step of it.
    pub(crate) fn run(&self, mut session: Session) {
        loop {
            match self.wait(session.next_timer()) {
                Input::Event(event) => handle(&mut session, event),
                Input::News(news) => {
                    guarded("the indexing of some files", || session.take_news(news));
                }
                Input::Timer => {}
                Input::End => return,
            }
            // Many edits at once are all applied before the text is looked at.
            let enough = Instant::now() + MAX_DRAIN;
            while let Ok(event) = self.events.try_recv() {
                handle(&mut session, event);
                if Instant::now() > enough {
                    break;
                }
            }
            guarded("a step of the server", || session.on_idle());
        }
    }

    fn wait(&self, timer: Option<Instant>) -> Input {
        let now = Instant::now();
        let patience = timer.map_or(Duration::from_hours(1), |at| at.saturating_duration_since(now));
        select_biased! {
            recv(self.events) -> event => event.map_or(Input::End, Input::Event),
            recv(self.news) -> news => news.map_or(Input::End, Input::News),
            default(patience) => Input::Timer,
        }
    }
}

fn handle(session: &mut Session, event: Event) {
    guarded("the handling of an event", || session.handle(event));
}
