//! The one thread that holds all state. It takes events in order, and gives frozen views away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased};
use pyteam_index::Workspace;
use rustc_hash::FxHashMap;
use tower_lsp::ls_types::{DocumentDiagnosticParams, DocumentDiagnosticReportResult};

use super::actions;
use super::alarms::Alarms;
use super::capabilities::Features;
use super::channels;
use super::closed::Outdated;
use super::configuration::Configuration;
use super::courier::Courier;
use super::documents::Documents;
use super::event::{Ask, Event, Request, Start};
use super::folders::Given;
use super::hover;
use super::indexing::{Background, Indexing};
use super::jobs::{Jobs, guarded};
use super::team::{self, Roster, Runs, token_of};
use super::view::View;
use super::watch::Watching;
use crate::around::Cut;

/// Other open documents follow a change of what files see of one another after this time, so that typing in one
/// file does not check all others at every keystroke.
pub(super) const OTHERS_AFTER: Duration = Duration::from_millis(150);
/// And a change inside of bodies, which seldom matters to other files, after this.
pub(super) const OTHERS_AFTER_BODY: Duration = Duration::from_millis(500);

/// A client that never pauses is nevertheless answered.
const LONGEST_DRAIN: Duration = Duration::from_millis(200);

/// All state of the server.
pub(crate) struct Owner {
    events: Receiver<Event>,
    background: Receiver<Background>,
    /// For jobs that report back.
    pub(super) tell: Sender<Event>,
    /// What the server says of its own accord.
    pub(super) client: Courier,
    pub(super) jobs: Jobs,
    pub(super) features: Arc<Features>,
    /// What the client said of its folders.
    pub(super) given: Given,
    /// The folders that are looked through.
    pub(super) folders: Vec<PathBuf>,
    /// What was said of folders with too much in them.
    pub(super) cuts_told: Vec<Cut>,
    pub(super) workspace: Workspace,
    pub(super) documents: Documents,
    pub(super) configuration: Configuration,
    pub(super) index: Indexing,
    pub(super) watching: Watching,
    pub(super) roster: Arc<Roster>,
    pub(super) runs: Runs,
    pub(super) alarms: Alarms,
    /// Diagnostics that were asked for, to be answered when the queue is empty.
    pub(super) pulls: Vec<Ask<DocumentDiagnosticParams, DocumentDiagnosticReportResult>>,
    view: Arc<View>,
    /// Something changed since the view was built.
    pub(super) is_outdated: bool,
    /// The client is ready for what it did not ask for.
    pub(super) is_ready: bool,
}

enum Input {
    Event(Event),
    Background(Background),
    Alarm,
    End,
}

impl Owner {
    /// An owner of nothing yet, fed by `events`.
    pub(crate) fn new(events: Receiver<Event>, tell: Sender<Event>, client: Courier, jobs: Jobs) -> Self {
        // Bounded, so that files that were read and not taken in yet cannot pile up.
        let (sender, background) = crossbeam_channel::bounded(4);
        let features = Arc::new(Features::default());
        let configuration = Configuration::new();
        let workspace = Workspace::new();
        let view = Arc::new(View {
            generation: 0,
            snapshot: workspace.snapshot(),
            is_indexed: false,
            engine: Arc::clone(&configuration.engine),
            settings: Arc::clone(&configuration.settings),
            editor: Arc::default(),
            features: Arc::clone(&features),
            folders: Arc::default(),
            roster: Arc::default(),
            runs: Arc::default(),
            open: FxHashMap::default(),
        });
        Self {
            events,
            background,
            tell,
            client,
            jobs,
            features,
            given: Given::default(),
            folders: Vec::new(),
            cuts_told: Vec::new(),
            workspace,
            documents: Documents::new(),
            configuration,
            index: Indexing::new(sender),
            watching: Watching::default(),
            roster: Arc::default(),
            runs: Runs::default(),
            alarms: Alarms::default(),
            pulls: Vec::new(),
            view,
            is_outdated: true,
            is_ready: false,
        }
    }

    /// Works until nobody can send an event any more.
    pub(crate) fn run(mut self) {
        loop {
            match self.wait() {
                Input::Event(event) => self.take(event),
                Input::Background(news) => {
                    guarded("the indexing of some files", || self.take_background(news));
                }
                Input::Alarm => {}
                Input::End => return,
            }
            // Many edits at once are all applied before the text is looked at.
            let enough = Instant::now() + LONGEST_DRAIN;
            while let Ok(event) = self.events.try_recv() {
                self.take(event);
                if Instant::now() > enough {
                    break;
                }
            }
            guarded("a step of the server", || self.settle());
        }
    }

    fn wait(&self) -> Input {
        let now = Instant::now();
        let patience = self.alarms.next().map_or(Duration::from_hours(1), |at| at.saturating_duration_since(now));
        select_biased! {
            recv(self.events) -> event => event.map_or(Input::End, Input::Event),
            recv(self.background) -> news => news.map_or(Input::End, Input::Background),
            default(patience) => Input::Alarm,
        }
    }

    fn take(&mut self, event: Event) {
        guarded("the handling of an event", || self.handle(event));
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Initialize(start) => self.initialize(*start),
            Event::Initialized => self.initialized(),
            Event::Opened(params) => self.opened(*params),
            Event::Changed(params) => self.changed(&params),
            Event::Saved(uri) => self.saved(&uri),
            Event::Closed(uri) => self.closed(&uri),
            Event::FilesChanged(changes) => self.files_changed(&changes),
            Event::PathsTouched(paths) => self.paths_touched(paths),
            Event::Outdated(Outdated { files, gone }) => self.take_background(Background::Reloaded { files, gone }),
            Event::WatchLost => self.start_indexing(),
            Event::SettingsChanged(settings) => self.settings_changed(&settings),
            Event::SettingsAnswered(answers) => self.settings_answered(answers),
            Event::FoldersChanged(change) => self.folders_changed(&change),
            Event::ProgressCreated(token) => self.progress_created(token),
            Event::ProgressCancelled(token) => {
                self.progress_cancelled(&token);
                self.cancel_runs(|run| token_of(run.id) == token);
            }
            Event::AgentWanted(wish) => {
                self.roster.forget();
                self.ask_agent(wish);
            }
            Event::ViewWanted(reply) => {
                // Whoever asked may be gone.
                let _ = reply.send(self.view());
            }
            Event::RunEnded(id) => self.run_ended(id),
            Event::Asked(request) => self.asked(*request),
            Event::Checked(checked) => self.checked(checked),
            Event::ShuttingDown => {
                self.index.stop();
                self.cancel_runs(|_| true);
            }
        }
    }

    fn initialize(&mut self, start: Start) {
        self.features = start.features;
        self.given = start.given;
        self.follow_folders();
        self.configuration.set_initial(start.options);
        self.is_outdated = true;
    }

    fn initialized(&mut self) {
        self.is_ready = true;
        self.register();
        self.ask_settings();
        self.index_soon();
    }

    fn asked(&mut self, request: Request) {
        // A position speaks of the text that the client has sent so far.
        match request {
            Request::Diagnostics(ask) => self.pulled(ask),
            Request::Actions(ask) => {
                let (view, tell) = (self.view(), self.tell.clone());
                self.jobs.answer(ask, move |params, token| actions::list(&view, &params, token, &tell));
            }
            Request::ResolveAction(ask) => {
                let (view, tell) = (self.view(), self.tell.clone());
                self.jobs.answer(ask, move |action, token| actions::resolve(&view, action, token, &tell));
            }
            Request::Hover(ask) => {
                let view = self.view();
                self.jobs.answer(ask, move |params, token| hover::hover(&view, &params, token));
            }
            Request::References(ask) => {
                let view = self.view();
                self.jobs.answer(ask, move |params, _| Ok(channels::references(&view, &params)));
            }
            Request::Definition(ask) => {
                let view = self.view();
                self.jobs.answer(ask, move |params, _| Ok(channels::definition(&view, &params)));
            }
            Request::Lenses(ask) => {
                let view = self.view();
                self.jobs.answer(ask, move |params, token| team::lenses(&view, &params, token));
            }
            Request::Command(ask) => self.command(ask),
        }
    }

    /// What there is to do once the queue is empty.
    fn settle(&mut self) {
        self.parse_edited();
        let now = Instant::now();
        if self.alarms.settle.rings(now) {
            self.settle_documents();
        }
        if self.alarms.others.rings(now) {
            self.recheck_all();
        }
        if self.alarms.disk.rings(now) {
            self.follow_disk();
        }
        self.alarms.publish.rings(now);
        self.answer_pulls();
        self.start_checks();
        self.publish_ready(now);
        if self.is_ready {
            self.show_settings_problems();
        }
        self.index_if_due(now);
    }

    /// The state as it is now, with all edits in it.
    pub(super) fn view(&mut self) -> Arc<View> {
        self.parse_edited();
        if std::mem::take(&mut self.is_outdated) {
            let open = self.documents.iter().map(|(key, document)| (Arc::clone(key), Arc::clone(&document.view)));
            let snapshot = self.workspace.snapshot();
            self.view = Arc::new(View {
                generation: self.view.generation + 1,
                is_indexed: snapshot.is_complete() && !self.index.is_running(),
                snapshot,
                engine: Arc::clone(&self.configuration.engine),
                settings: Arc::clone(&self.configuration.settings),
                editor: Arc::clone(&self.configuration.editor),
                features: Arc::clone(&self.features),
                folders: self.folders.as_slice().into(),
                roster: Arc::clone(&self.roster),
                runs: self.runs.list(),
                open: open.collect(),
            });
        }
        Arc::clone(&self.view)
    }
}
