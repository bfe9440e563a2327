//! The language server. The only code that knows LSP; see `docs/architecture.md` for its six laws.
//!
//! ```text
//! stdin -- transport -- tower-lsp -- handlers --Event--> main_loop -- Change --> global_state --> Arc<StateSnapshot>
//!                          ^  ^         ^ oneshot            |             (snapshot, request, cancel token)
//! stdout <- transport -----+  +- client +-------- jobs <-----+---> indexer, watcher
//! ```

mod capabilities;
mod client;
mod client_features;
mod config_diagnostics;
mod config_publisher;
mod config_store;
mod convert;
mod diagnostics;
mod documents;
mod editor_settings;
mod event;
mod extension;
mod fixes;
mod folders;
mod foreground;
mod global_state;
mod handlers;
mod indexer;
mod jobs;
mod log;
mod main_loop;
mod markup;
mod navigation;
mod parent;
mod publish_throttle;
mod publisher;
mod session;
mod stale_files;
mod state_snapshot;
mod team;
mod timers;
mod transport;
mod watcher;
mod workspace_edit;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use crossbeam_channel::{Receiver, Sender};
use tower_lsp::{LspService, Server};
use tracing::{error, info};

use self::client::ClientSender;
use self::event::Event;
use self::extension::Extension;
use self::foreground::Foreground;
use self::handlers::LspHandlers;
use self::indexer::Indexer;
use self::jobs::Jobs;
use self::main_loop::MainLoop;
use self::parent::Parent;
use self::session::Session;
use self::team::Team;
use self::transport::{Lifecycle, Transport};
use crate::load::STACK_BYTES;

/// tower-lsp's four slots would let four slow requests hold up everything behind them.
const CONCURRENCY: usize = 1024;
/// How long answers may still take once the client is gone, and how long the last bytes may take to be read.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Serves one client on the standard streams until it says `exit` or is gone. 0 after a `shutdown`, else 1.
pub fn serve() -> ExitCode {
    log::start();
    match try_serve() {
        Ok(code) => code,
        Err(error) => {
            error!("pyteam cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn try_serve() -> anyhow::Result<ExitCode> {
    // One thread is enough for what only passes messages on, and starts faster than many.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let lifecycle = Arc::new(Lifecycle::default());
    let foreground = Arc::new(Foreground::default());
    let transport = Transport::start(&lifecycle, Arc::clone(&foreground))?;
    let (events, receiver) = crossbeam_channel::unbounded();
    let (sender, messages) = ClientSender::new();
    let parent = Parent::new(Arc::clone(&lifecycle));
    runtime.block_on(async {
        let mut started = Ok(());
        let build = |client: tower_lsp::Client| {
            tokio::spawn(client::deliver(messages, client.clone(), events.clone()));
            let extension: Arc<dyn Extension> = Arc::new(Team::new(client, sender.clone(), events.clone()));
            started = start_main_loop(receiver, events.clone(), sender, Arc::clone(&extension), foreground);
            LspHandlers::new(events, extension, parent)
        };
        let (service, socket) = LspService::build(build)
            .custom_method("window/workDoneProgress/cancel", LspHandlers::work_done_progress_cancel)
            .finish();
        started?;
        let server = Server::new(transport.incoming, transport.outgoing, socket).concurrency_level(CONCURRENCY);
        tokio::select! {
            () = server.serve(service) => {}
            () = async {
                lifecycle.gone().await;
                tokio::time::sleep(LAST_WORDS).await;
            } => {}
        }
        Ok::<(), io::Error>(())
    })?;
    transport.flusher.flush(LAST_WORDS);
    // Workers are left where they are: the process ends, and nothing of theirs has to be kept.
    runtime.shutdown_background();
    let code = u8::from(!lifecycle.shutdown_seen());
    info!("the server ends with code {code}");
    Ok(ExitCode::from(code))
}

fn start_main_loop(
    receiver: Receiver<Event>,
    events: Sender<Event>,
    client: ClientSender,
    extension: Arc<dyn Extension>,
    foreground: Arc<Foreground>,
) -> io::Result<()> {
    // What the loop needs takes a moment to make; the client need not wait for it.
    let thread = thread::Builder::new().name("pyteam-main-loop".into()).stack_size(STACK_BYTES);
    thread.spawn(move || {
        let jobs = match Jobs::start(Arc::clone(&foreground)) {
            Ok(jobs) => jobs,
            Err(error) => return error!("pyteam has no threads to work with: {error}"),
        };
        // Bounded, so that files that were read and not taken in yet cannot pile up.
        let (to_loop, news) = crossbeam_channel::bounded(4);
        let session = Session::new(client, extension, events, jobs, Indexer::new(to_loop, foreground));
        MainLoop { events: receiver, news }.run(session);
    })?;
    Ok(())
}
