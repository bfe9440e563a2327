//! The progress bar of indexing.

use std::time::{Duration, Instant};

use tower_lsp::ls_types::{
    ProgressToken, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport,
};

use crate::lsp::client::ClientMessage;

/// A bar need not move more often.
const INTERVAL: Duration = Duration::from_millis(100);

/// The bar, if there is one.
#[derive(Debug, Default)]
pub(super) struct ProgressBar {
    count: u32,
    /// Asked for, or shown.
    token: Option<ProgressToken>,
    is_shown: bool,
    reported: Option<Instant>,
}

impl ProgressBar {
    /// Asks the client for a bar.
    pub(super) fn begin(&mut self) -> ClientMessage {
        self.count += 1;
        let token = ProgressToken::String(format!("pyteam/index/{}", self.count));
        self.token = Some(token.clone());
        self.is_shown = false;
        ClientMessage::CreateProgress(token)
    }

    /// The client made the bar. Indexing may be over by now: then it is shown done, or Helix would turn it forever.
    pub(super) fn created(
        &mut self,
        token: ProgressToken,
        is_running: bool,
        done: usize,
        total: usize,
    ) -> Vec<ClientMessage> {
        let has_ended = !self.is(&token) || !is_running;
        if !has_ended {
            self.is_shown = true;
            self.reported = Some(Instant::now());
        }
        let begin = WorkDoneProgressBegin {
            title: "Indexing".to_owned(),
            cancellable: Some(true),
            message: Some(summary(done, total)),
            percentage: Some(percentage(done, total)),
        };
        let mut messages = vec![ClientMessage::Progress(token.clone(), WorkDoneProgress::Begin(begin))];
        if has_ended {
            messages.push(end(token));
        }
        messages
    }

    /// Moves the bar.
    pub(super) fn report(&mut self, done: usize, total: usize) -> Option<ClientMessage> {
        let token = self.token.clone().filter(|_| self.is_shown)?;
        if self.reported.is_some_and(|at| at.elapsed() < INTERVAL) {
            return None;
        }
        self.reported = Some(Instant::now());
        let (message, percentage) = (Some(summary(done, total)), Some(percentage(done, total)));
        let report = WorkDoneProgressReport { message, percentage, cancellable: None };
        Some(ClientMessage::Progress(token, WorkDoneProgress::Report(report)))
    }

    /// Takes the bar away.
    pub(super) fn end(&mut self) -> Option<ClientMessage> {
        let token = self.token.take()?;
        std::mem::take(&mut self.is_shown).then(|| end(token))
    }

    /// Whether `token` is the bar's.
    pub(super) fn is(&self, token: &ProgressToken) -> bool {
        self.token.as_ref() == Some(token)
    }
}

fn end(token: ProgressToken) -> ClientMessage {
    ClientMessage::Progress(token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None }))
}

fn percentage(done: usize, total: usize) -> u32 {
    (done * 100).checked_div(total).map_or(0, |percent| percent.min(100) as u32)
}

fn summary(done: usize, total: usize) -> String {
    format!("{done} of {total} files")
}
