//! The language server. The only code that knows LSP; see `docs/architecture.md` for its six laws.
//!
//! ```text
//! stdin -- wire -- tower-lsp -- front_door --Event--> owner -- edit, parse, link --> Arc<View>
//!                     ^  ^          ^ oneshot           |            (view, question, cancel token)
//! stdout <- wire -----+  +- courier +--------- jobs <---+---> indexing, watch
//! ```

mod actions;
mod alarms;
mod capabilities;
mod channels;
mod checks;
mod closed;
mod commands;
mod configuration;
mod convert;
mod courier;
mod diagnostics;
mod documents;
mod editor_settings;
mod event;
mod folders;
mod frames;
mod front_door;
mod hover;
mod indexing;
mod jobs;
mod log;
mod owner;
mod pace;
mod parent;
mod progress;
mod spoken;
mod team;
mod tolerance;
mod trouble;
mod view;
mod watch;
mod wire;

use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tower_lsp::{LspService, Server};
use tracing::{error, info};

use self::courier::Courier;
use self::front_door::FrontDoor;
use self::jobs::{Busy, Jobs};
use self::owner::Owner;
use self::parent::Parent;
use self::wire::{Lifecycle, Wire};

/// tower-lsp's four slots would let four slow requests hold up everything behind them.
const CONCURRENCY: usize = 1024;
/// Parsing and lowering walk nested code recursively.
const STACK_BYTES: usize = 16 << 20;
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
    let busy = Arc::new(Busy::default());
    let wire = Wire::start(&lifecycle, Arc::clone(&busy))?;
    let (events, receiver) = crossbeam_channel::unbounded();
    let (courier, letters) = Courier::new();
    let owner_events = events.clone();
    // What the owner needs takes a moment to make; the client need not wait for it.
    thread::Builder::new().name("pyteam-owner".into()).stack_size(STACK_BYTES).spawn(move || {
        match Jobs::start(busy) {
            Ok(jobs) => Owner::new(receiver, owner_events, courier, jobs).run(),
            Err(error) => error!("pyteam has no threads to work with: {error}"),
        }
    })?;
    let parent = Parent::new(Arc::clone(&lifecycle));
    runtime.block_on(async {
        let build = |client: tower_lsp::Client| {
            tokio::spawn(courier::carry(letters, client, events.clone()));
            FrontDoor::new(events, parent)
        };
        let (service, socket) = LspService::build(build)
            .custom_method("window/workDoneProgress/cancel", FrontDoor::progress_cancelled)
            .finish();
        let server = Server::new(wire.incoming, wire.outgoing, socket).concurrency_level(CONCURRENCY);
        tokio::select! {
            () = server.serve(service) => {}
            () = async {
                lifecycle.gone().await;
                tokio::time::sleep(LAST_WORDS).await;
            } => {}
        }
    });
    wire.flusher.flush(LAST_WORDS);
    // Workers are left where they are: the process ends, and nothing of theirs has to be kept.
    runtime.shutdown_background();
    let code = u8::from(!lifecycle.shutdown_seen());
    info!("the server ends with code {code}");
    Ok(ExitCode::from(code))
}
