//! The progress bar of indexing.

use std::time::{Duration, Instant};

use tower_lsp::ls_types::{
    ProgressToken, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport,
};

use super::courier::Message;
use super::owner::Owner;

/// A bar need not move more often.
const INTERVAL: Duration = Duration::from_millis(100);

/// The bar, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    count: u32,
    /// Asked for, or shown.
    token: Option<ProgressToken>,
    is_shown: bool,
    reported: Option<Instant>,
}

impl Owner {
    /// Asks the client for a bar.
    pub(super) fn begin_progress(&mut self) {
        if !self.features.progress {
            return;
        }
        let progress = &mut self.index.progress;
        progress.count += 1;
        let token = ProgressToken::String(format!("pyteam/index/{}", progress.count));
        progress.token = Some(token.clone());
        progress.is_shown = false;
        self.client.say(Message::CreateProgress(token));
    }

    /// The client made the bar. Indexing may be over by now: then it is shown done, or Helix would turn it forever.
    pub(super) fn progress_created(&mut self, token: ProgressToken) {
        let is_current = self.index.progress.token.as_ref() == Some(&token);
        let has_ended = !is_current || !self.index.is_running();
        if !has_ended {
            self.index.progress.is_shown = true;
            self.index.progress.reported = Some(Instant::now());
        }
        let begin = WorkDoneProgressBegin {
            title: "pyteam: indexing".to_owned(),
            cancellable: Some(true),
            message: Some(self.index.words()),
            percentage: Some(self.index.percentage()),
        };
        self.client.say(Message::Progress(token.clone(), WorkDoneProgress::Begin(begin)));
        if has_ended {
            let end = WorkDoneProgressEnd { message: None };
            self.client.say(Message::Progress(token, WorkDoneProgress::End(end)));
        }
    }

    /// Moves the bar.
    pub(super) fn report_progress(&mut self) {
        let (message, percentage) = (self.index.words(), self.index.percentage());
        let progress = &mut self.index.progress;
        let Some(token) = progress.token.clone().filter(|_| progress.is_shown) else { return };
        if progress.reported.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        progress.reported = Some(Instant::now());
        let report = WorkDoneProgressReport { message: Some(message), percentage: Some(percentage), cancellable: None };
        self.client.say(Message::Progress(token, WorkDoneProgress::Report(report)));
    }

    /// Takes the bar away.
    pub(super) fn end_progress(&mut self) {
        let progress = &mut self.index.progress;
        let Some(token) = progress.token.take().filter(|_| progress.is_shown) else { return };
        progress.is_shown = false;
        let end = WorkDoneProgressEnd { message: None };
        self.client.say(Message::Progress(token, WorkDoneProgress::End(end)));
    }

    /// The user does not want the index. Rules that need all of it stay silent.
    pub(super) fn progress_cancelled(&mut self, token: &ProgressToken) {
        if self.index.progress.token.as_ref() == Some(token) {
            self.index.stop();
            self.end_progress();
        }
    }
}
