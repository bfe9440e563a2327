//! What follows of each event: a change of the state, and orders to what watches it. Nothing here waits for a job.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use pyteam_index::{key_of, path_of};
use tower_lsp::ls_types::{ConfigurationItem, MessageType, ProgressToken, TextDocumentItem, Uri};
use tracing::warn;

use super::client::{ClientMessage, ClientSender};
use super::config_publisher::ConfigPublisher;
use super::config_store::SECTION;
use super::convert;
use super::event::{Event, Initialize, Request, Schedule};
use super::extension::Extension;
use super::global_state::{Change, Effects, GlobalState, RECHECK_AFTER};
use super::indexer::{IndexNews, IndexUpdate, Indexer};
use super::jobs::Jobs;
use super::publisher::DiagnosticsPublisher;
use super::state_snapshot::StateSnapshot;
use super::timers::Timers;
use super::watcher::{Watcher, registrations};
use crate::discover;

/// Indexing waits so long for the first document to be served.
const INDEX_AFTER: Duration = Duration::from_millis(80);
/// Typing has to pause so long before a large text with syntax errors is parsed as a whole.
const REPARSE_AFTER: Duration = Duration::from_millis(300);
/// Changes on disk are taken together for this time: a checkout of another branch touches hundreds of files.
const TOGETHER: Duration = Duration::from_millis(50);

/// The client's session.
pub(crate) struct Session {
    client: ClientSender,
    extension: Arc<dyn Extension>,
    jobs: Jobs,
    state: GlobalState,
    indexer: Indexer,
    publisher: DiagnosticsPublisher,
    config_publisher: ConfigPublisher,
    watcher: Watcher,
    timers: Timers,
    /// Requests that wait for the queue to run empty.
    waiting: Vec<Request>,
    /// Some open document has been answered for, so that indexing need not wait any longer.
    is_served: bool,
    /// The client takes requests of the server.
    is_ready: bool,
}

impl Session {
    /// The session before `initialize`. What it orders reports to `events`, and `indexer` where it was made.
    pub(crate) fn new(
        client: ClientSender,
        extension: Arc<dyn Extension>,
        events: Sender<Event>,
        jobs: Jobs,
        indexer: Indexer,
    ) -> Self {
        Self {
            client,
            jobs,
            state: GlobalState::new(),
            indexer,
            publisher: DiagnosticsPublisher::new(events.clone()),
            config_publisher: ConfigPublisher::default(),
            watcher: Watcher::new(events, Arc::clone(&extension)),
            extension,
            timers: Timers::default(),
            waiting: Vec::new(),
            is_served: false,
            is_ready: false,
        }
    }

    /// When [`Session::on_idle`] has something to do, should nothing happen before.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Acts on an event.
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Initialize(initialize) => self.initialize(initialize),
            Event::Initialized => self.initialized(),
            Event::Opened(document) => self.opened(document),
            Event::Changed(params) => {
                let key = convert::key(&params.text_document.uri);
                self.publisher.edited(&key, params.text_document.version, Instant::now());
                self.apply(Change::Edit(params));
            }
            Event::Saved(uri) => self.saved(&uri),
            Event::Closed(uri) => self.closed(&uri),
            Event::FilesChanged(changes) => {
                self.paths_touched(changes.iter().filter_map(|change| convert::file_path(&change.uri)).collect());
            }
            Event::PathsTouched(paths) => self.paths_touched(paths),
            Event::StaleFiles(stale) => self.take_news(IndexNews::Reloaded { files: stale.files, gone: stale.gone }),
            Event::WatchLost => self.start_indexing(),
            Event::ConfigurationChanged(settings) => {
                // Clients that can be asked send little or nothing with it.
                if self.state.features().configuration {
                    self.ask_configuration();
                } else {
                    self.apply(Change::EditorSettings(settings));
                }
            }
            Event::ConfigurationAnswered(answers) => {
                if let Some(answer) = answers.into_iter().next() {
                    self.apply(Change::EditorSettings(answer));
                }
            }
            Event::FoldersChanged(event) => self.apply(Change::Folders(event)),
            Event::ProgressCreated(token) => self.client.send_all(self.indexer.progress_created(token)),
            Event::ProgressCanceled(token) => self.progress_canceled(&token),
            Event::RestartIndex => {
                self.apply(Change::SettingsFiles);
                self.start_indexing();
                self.indexer.announce();
            }
            Event::Request(request) => match request.schedule {
                Schedule::InTurn => self.start_request(request),
                Schedule::OnIdle => self.waiting.push(request),
            },
            Event::SnapshotWanted(reply) => {
                // The receiver may be gone.
                let _ = reply.send(self.snapshot());
            }
            Event::Checked(checked) => self.publisher.checked(checked),
            Event::ShuttingDown => {
                self.indexer.stop();
                self.extension.shut_down();
            }
        }
    }

    /// Does what there is to do once the queue is empty.
    pub(super) fn on_idle(&mut self) {
        let effects = self.state.parse_edited();
        self.follow(&effects);
        let now = Instant::now();
        if self.timers.reparse.take_expired(now) {
            self.apply(Change::Reparse);
        }
        if self.timers.recheck.take_expired(now) {
            self.recheck_all();
        }
        if self.timers.disk.take_expired(now) {
            self.follow_disk();
        }
        self.timers.publish.take_expired(now);
        for request in std::mem::take(&mut self.waiting) {
            self.is_served = true;
            self.start_request(request);
        }
        if self.publisher.wants_checks() {
            let snapshot = self.snapshot();
            self.publisher.start_checks(&snapshot, &self.jobs);
        }
        self.publish(now);
        if self.is_ready {
            self.client.send_all(self.config_publisher.update(&self.state));
        }
        self.index_if_due(now);
    }

    /// The state as it is now, with all edits in it.
    fn snapshot(&mut self) -> Arc<StateSnapshot> {
        let (snapshot, effects) = self.state.snapshot();
        self.follow(&effects);
        snapshot
    }

    fn apply(&mut self, change: Change) {
        let effects = self.state.apply_change(change);
        self.follow(&effects);
    }

    fn follow(&mut self, effects: &Effects) {
        let now = Instant::now();
        if effects.folders_changed {
            self.read_extension_problems();
            if self.is_ready {
                self.index_soon();
            }
        }
        if effects.recheck {
            self.recheck_all();
        }
        if let Some(after) = effects.recheck_after {
            self.timers.recheck.set(now + after);
        }
        if effects.reparse {
            self.timers.reparse.set(now + REPARSE_AFTER);
        }
        if effects.code_lenses_changed && self.state.features().lens_refresh {
            self.client.send(ClientMessage::RefreshCodeLenses);
        }
    }

    // The client's session.

    fn initialize(&mut self, initialize: Box<Initialize>) {
        self.publisher.set_pulled(initialize.features.pull);
        self.apply(Change::Initialize(initialize));
    }

    fn initialized(&mut self) {
        self.is_ready = true;
        let registrations = registrations(self.state.features(), &*self.extension);
        if !registrations.is_empty() {
            self.client.send(ClientMessage::RegisterCapabilities(registrations));
        }
        if self.state.features().configuration {
            self.ask_configuration();
        }
        self.index_soon();
    }

    fn ask_configuration(&self) {
        let item = ConfigurationItem { scope_uri: None, section: Some(SECTION.to_owned()) };
        self.client.send(ClientMessage::Configuration(vec![item]));
    }

    fn progress_canceled(&mut self, token: &ProgressToken) {
        if self.indexer.owns_progress(token) {
            // Rules that need the whole index stay silent.
            self.client.send_all(self.indexer.stop());
            self.apply(Change::Indexing(false));
        }
        self.extension.cancel_progress(token);
    }

    fn start_request(&mut self, request: Request) {
        let snapshot = self.snapshot();
        self.jobs.run(move || (request.job)(snapshot));
    }

    // Documents.

    fn opened(&mut self, document: Box<TextDocumentItem>) {
        let key = convert::key(&document.uri);
        // What follows of the document's being open needs the publisher to know it.
        let effects = self.state.apply_change(Change::Open(document));
        if let Some(document) = self.state.documents().get(&key) {
            self.publisher.opened(Arc::clone(&key), document, Instant::now());
        }
        self.client.send_all(self.config_publisher.moved(&key, &self.state));
        self.follow(&effects);
    }

    /// From now on the disk is the truth.
    fn closed(&mut self, uri: &Uri) {
        let key = convert::key(uri);
        let Some(document) = self.state.documents().get(&key) else {
            warn!("{} was closed and never opened", uri.as_str());
            return;
        };
        let is_python = document.is_python;
        self.client.send_all(self.publisher.closed(&key));
        self.apply(Change::Close(Arc::clone(&key)));
        if is_python {
            let path = path_of(&key).into_owned();
            // Where it belongs to the workspace, what is on disk holds.
            if self.indexer.knows(&path) {
                self.reload(vec![path]);
            } else {
                self.apply(Change::Gone(vec![path]));
                self.timers.recheck.set(Instant::now() + RECHECK_AFTER);
            }
        }
        self.client.send_all(self.config_publisher.moved(&key, &self.state));
    }

    /// Clients that do not watch files report at least what they wrote themselves.
    fn saved(&mut self, uri: &Uri) {
        self.paths_touched(convert::file_path(uri).into_iter().filter(|path| !discover::is_python(path)).collect());
    }

    /// Something changed that may show in any document.
    fn recheck_all(&mut self) {
        self.client.send_all(self.publisher.recheck_all());
        if self.state.features().inlay_hint_refresh && self.state.documents().count() > 0 {
            self.client.send(ClientMessage::RefreshInlayHints);
        }
    }

    fn publish(&mut self, now: Instant) {
        let published = self.publisher.publish(now);
        self.is_served |= !published.messages.is_empty();
        self.client.send_all(published.messages);
        if let Some(again_at) = published.again_at {
            self.timers.publish.set(again_at);
        }
    }

    fn read_extension_problems(&mut self) {
        let problems = self.extension.problems(self.state.folders());
        self.apply(Change::ExtensionProblems(problems));
    }

    // The index and the disk.

    /// Starts to index once some open document has been answered for, or soon.
    fn index_soon(&mut self) {
        self.timers.index.set(Instant::now() + INDEX_AFTER);
    }

    fn index_if_due(&mut self, now: Instant) {
        let is_served = std::mem::take(&mut self.is_served);
        if self.timers.index.take_expired(if is_served { now + INDEX_AFTER } else { now }) {
            self.start_indexing();
        }
    }

    fn start_indexing(&mut self) {
        let (folders, unmarked) = (self.state.folders().to_vec(), self.state.unmarked_folders());
        self.client.send_all(self.indexer.start(folders, unmarked, self.state.config().settings()));
        self.apply(Change::Indexing(true));
    }

    /// Takes in what the indexer found.
    pub(super) fn take_news(&mut self, news: IndexNews) {
        match self.indexer.take(news) {
            Some(IndexUpdate::Started { requirements, folders, cuts }) => {
                self.apply(Change::Requirements(requirements));
                self.watch(folders);
                for cut in cuts {
                    let sentence = cut.sentence(&|path| convert::short_path(path, &[]));
                    self.client.send(ClientMessage::ShowMessage(MessageType::INFO, format!("pyteam: {sentence}")));
                }
                if self.state.features().progress {
                    let message = self.indexer.begin_progress();
                    self.client.send(message);
                }
            }
            Some(IndexUpdate::Files(files)) => {
                self.apply(Change::Files(files));
                self.client.send_all(self.indexer.report_progress());
            }
            Some(IndexUpdate::Complete(gone)) => {
                self.apply(Change::Gone(gone));
                self.client.send_all(self.indexer.end_progress());
                self.apply(Change::IndexComplete);
            }
            Some(IndexUpdate::Reloaded { files, gone }) => {
                self.apply(Change::Files(files));
                self.apply(Change::Gone(gone));
                self.timers.recheck.set(Instant::now());
            }
            Some(IndexUpdate::Requirements(requirements)) => {
                self.apply(Change::Requirements(requirements));
                self.recheck_all();
            }
            None => {}
        }
    }

    /// Watches folders where the client does not.
    fn watch(&mut self, folders: BTreeSet<PathBuf>) {
        if !self.state.features().watches_files {
            self.watcher.watch(folders);
        }
    }

    fn paths_touched(&mut self, paths: BTreeSet<PathBuf>) {
        self.watcher.touched(paths);
        if self.watcher.has_touched() {
            self.timers.disk.set(Instant::now() + TOGETHER);
        }
    }

    fn reload(&self, paths: Vec<PathBuf>) {
        let (folders, settings) = (self.state.folders().to_vec(), self.state.config().settings());
        self.jobs.run(self.indexer.reload(paths, folders, settings));
    }

    /// Takes in what changed on disk.
    fn follow_disk(&mut self) {
        let changes = self.watcher.take_changes();
        if changes.is_extension {
            self.read_extension_problems();
        }
        if changes.is_rules {
            self.apply(Change::UserRules);
        }
        if changes.is_settings {
            self.apply(Change::SettingsFiles);
        }
        if !changes.manifests.is_empty() {
            let settings = self.state.config().settings();
            self.jobs.run(self.indexer.read_manifests(&changes.manifests, settings));
        }
        for folder in changes.folders {
            self.watch(BTreeSet::from([folder.clone()]));
            self.jobs.run(self.indexer.read_folder(folder, self.state.config().settings()));
        }
        let mut python = changes.python;
        for folder in &changes.gone {
            python.extend(self.indexer.files_below(folder));
        }
        python.retain(|path| self.state.documents().get(&key_of(path)).is_none());
        if !python.is_empty() {
            self.reload(python);
        }
    }
}
