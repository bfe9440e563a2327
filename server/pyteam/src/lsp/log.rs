//! The log: standard error, or the file that `PYTEAM_LOG_FILE` names. Standard output is the protocol's.
//!
//! `PYTEAM_LOG` says how much, as `debug` or `pyteam::lsp=debug,tower_lsp_server=trace`.

use std::fs::OpenOptions;
use std::io;
use std::sync::Mutex;

use pyteam_display::Visible;
use tracing::warn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

const DEFAULT: &str = "warn,pyteam=info";

/// Starts the log. A second call changes nothing.
pub(crate) fn start() {
    let filter = std::env::var("PYTEAM_LOG").ok().filter(|filter| !filter.is_empty());
    let filter = EnvFilter::builder().parse_lossy(filter.as_deref().unwrap_or(DEFAULT));
    let (writer, complaint) = writer();
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).try_init();
    if let (Ok(()), Some(complaint)) = (started, complaint) {
        warn!("{complaint}");
    }
    // The default hook prints a backtrace's first lines only; the log has them with a time and a thread.
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}

fn writer() -> (BoxMakeWriter, Option<String>) {
    let Some(path) = std::env::var_os("PYTEAM_LOG_FILE").filter(|path| !path.is_empty()) else {
        return (BoxMakeWriter::new(stderr), None);
    };
    match OpenOptions::new().create(true).append(true).open(&path) {
        Ok(file) => (BoxMakeWriter::new(Mutex::new(Visible(file))), None),
        Err(error) => {
            let complaint = format!("PYTEAM_LOG_FILE={} cannot be written: {error}", path.display());
            (BoxMakeWriter::new(stderr), Some(complaint))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what is written is marked")]
fn stderr() -> Visible<io::Stderr> {
    Visible(io::stderr())
}
