//! The one thread that holds all state. It takes events in order, gives snapshots away, and never waits for a job.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased};
use pyteam_index::{key_of, path_of};
use tower_lsp::ls_types::{ConfigurationItem, MessageType, ProgressToken, TextDocumentItem, Uri};
use tracing::warn;

use super::client::{ClientMessage, ClientSender};
use super::config_publisher::ConfigPublisher;
use super::config_store::SECTION;
use super::convert;
use super::diagnostics::diagnostics;
use super::event::{Checked, Event, Initialize, Order, Request};
use super::extension::Extension;
use super::foreground::Foreground;
use super::global_state::{Change, Effects, GlobalState, RECHECK_AFTER};
use super::indexer::{IndexNews, IndexUpdate, Indexer};
use super::jobs::{Jobs, guarded};
use super::publisher::DiagnosticsPublisher;
use super::state_snapshot::StateSnapshot;
use super::timers::Timers;
use super::watcher::{Watcher, registrations};
use crate::discover;

/// A client that never pauses is nevertheless answered.
const MAX_DRAIN: Duration = Duration::from_millis(200);
/// Indexing waits so long for the first document to be served.
const INDEX_AFTER: Duration = Duration::from_millis(80);
/// Typing has to pause so long before a large text with syntax errors is parsed as a whole.
const REPARSE_AFTER: Duration = Duration::from_millis(300);
/// Changes on disk are taken together for this time: a checkout of another branch touches hundreds of files.
const TOGETHER: Duration = Duration::from_millis(50);

/// The loop, and what it drives.
pub(crate) struct MainLoop {
    events: Receiver<Event>,
    news: Receiver<IndexNews>,
    /// For jobs that report back.
    sender: Sender<Event>,
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

enum Input {
    Event(Event),
    News(IndexNews),
    Timer,
    End,
}

impl MainLoop {
    /// A loop over `events`, which jobs send to by `sender`.
    pub(crate) fn new(
        events: Receiver<Event>,
        sender: Sender<Event>,
        client: ClientSender,
        extension: Arc<dyn Extension>,
        (jobs, foreground): (Jobs, Arc<Foreground>),
    ) -> Self {
        // Bounded, so that files that were read and not taken in yet cannot pile up.
        let (to_loop, news) = crossbeam_channel::bounded(4);
        Self {
            events,
            news,
            client,
            jobs,
            state: GlobalState::new(),
            indexer: Indexer::new(to_loop, foreground),
            publisher: DiagnosticsPublisher::default(),
            config_publisher: ConfigPublisher::default(),
            watcher: Watcher::new(sender.clone(), Arc::clone(&extension)),
            timers: Timers::default(),
            waiting: Vec::new(),
            is_served: false,
            is_ready: false,
            sender,
            extension,
        }
    }

    /// Works until all senders of events are gone.
    pub(crate) fn run(mut self) {
        loop {
            match self.wait() {
                Input::Event(event) => self.handle_guarded(event),
                Input::News(news) => {
                    guarded("the indexing of some files", || self.take_news(news));
                }
                Input::Timer => {}
                Input::End => return,
            }
            // Many edits at once are all applied before the text is looked at.
            let enough = Instant::now() + MAX_DRAIN;
            while let Ok(event) = self.events.try_recv() {
                self.handle_guarded(event);
                if Instant::now() > enough {
                    break;
                }
            }
            guarded("a step of the server", || self.on_idle());
        }
    }

    fn wait(&self) -> Input {
        let now = Instant::now();
        let patience = self.timers.next().map_or(Duration::from_hours(1), |at| at.saturating_duration_since(now));
        select_biased! {
            recv(self.events) -> event => event.map_or(Input::End, Input::Event),
            recv(self.news) -> news => news.map_or(Input::End, Input::News),
            default(patience) => Input::Timer,
        }
    }

    fn handle_guarded(&mut self, event: Event) {
        guarded("the handling of an event", || self.handle(event));
    }

    fn handle(&mut self, event: Event) {
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
            Event::ProgressCancelled(token) => self.progress_cancelled(&token),
            Event::RestartIndex => {
                self.apply(Change::SettingsFiles);
                self.start_indexing();
            }
            Event::Request(request) => match request.order {
                Order::InTurn => self.start_request(request),
                Order::OnIdle => self.waiting.push(request),
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

    /// What there is to do once the queue is empty.
    fn on_idle(&mut self) {
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
        self.start_checks();
        self.publish(now);
        if self.is_ready {
            self.publish_config_problems();
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

    fn progress_cancelled(&mut self, token: &ProgressToken) {
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
        self.config_moved(&key);
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
        self.config_moved(&key);
    }

    /// Clients that do not watch files report at least what they wrote themselves.
    fn saved(&mut self, uri: &Uri) {
        self.paths_touched(convert::file_path(uri).into_iter().filter(|path| !discover::is_python(path)).collect());
    }

    fn recheck_all(&mut self) {
        self.client.send_all(self.publisher.recheck_all());
    }

    /// Orders a check of every document that wants one.
    fn start_checks(&mut self) {
        let wanted = self.publisher.take_checks();
        if wanted.is_empty() {
            return;
        }
        let snapshot = self.snapshot();
        for (key, cancel) in wanted {
            let (snapshot, events) = (Arc::clone(&snapshot), self.sender.clone());
            self.jobs.run(move || {
                let Ok(checked) = snapshot.check(&key, &cancel) else { return };
                let (version, serial) = (checked.document.version, checked.document.serial);
                let diagnostics = diagnostics(&checked);
                let _ = events.send(Event::Checked(Checked { key, version, serial, diagnostics }));
            });
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

    // Configuration.

    fn read_extension_problems(&mut self) {
        let problems = self.extension.problems(self.state.folders());
        self.apply(Change::ExtensionProblems(problems));
    }

    fn publish_config_problems(&mut self) {
        let config = self.state.config();
        // Settings are read when a file below them is looked at.
        for folder in self.state.folders().iter() {
            config.settings().for_folder(folder);
        }
        let problems = config.problems().by_file(config.settings());
        self.client.send_all(self.config_publisher.update(problems, &self.state));
    }

    /// A document was opened or closed, which may be a file of configuration.
    fn config_moved(&self, key: &str) {
        if self.state.features().pull {
            self.client.send_all(self.config_publisher.moved(key, &self.state));
        }
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

    fn take_news(&mut self, news: IndexNews) {
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
