//! From a request of the client to its handler: a job is put into the main loop's queue, is given a snapshot there, and runs
//! on the pool.

use std::sync::Arc;

use crossbeam_channel::Sender;
use pyteam_engine::CancelToken;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::request::Request as Protocol;

use crate::lsp::event::{Event, Request, Schedule};
use crate::lsp::extension::Extension;
use crate::lsp::jobs::guarded;
use crate::lsp::state_snapshot::{CheckedFile, NoFindings, StateSnapshot};

/// The parameters of a request.
pub(super) type Params<P> = <P as Protocol>::Params;
/// The response to a request.
pub(super) type Response<P> = <P as Protocol>::Result;

/// What a handler has beside the state.
pub(super) struct RequestContext {
    /// Set when the client cancels the request.
    pub(super) cancel: CancelToken,
    /// The main loop's queue.
    pub(super) events: Sender<Event>,
    /// The agents.
    pub(super) extension: Arc<dyn Extension>,
}

/// A request that is answered from a snapshot.
pub(super) trait RequestHandler {
    /// The request as the protocol has it.
    type Protocol: Protocol;
    /// Which state it is answered from.
    const SCHEDULE: Schedule = Schedule::InTurn;
    /// Answers it.
    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: Params<Self::Protocol>,
        context: &RequestContext,
    ) -> Result<Response<Self::Protocol>>;
}

/// A request about what was found in one open document. Its handler sees the state that the findings hold for, and no other.
pub(super) trait CheckedFileHandler {
    /// The request as the protocol has it.
    type Protocol: Protocol;
    /// Which state it is answered from.
    const SCHEDULE: Schedule = Schedule::InTurn;
    /// The key of the document that it is about. `None` where it is about none.
    fn document(params: &Params<Self::Protocol>) -> Result<Option<Arc<str>>>;
    /// Answers it.
    fn run(
        checked: &CheckedFile,
        params: Params<Self::Protocol>,
        context: &RequestContext,
    ) -> Result<Response<Self::Protocol>>;
    /// Answers it where the document is not open, or rules do not look at it.
    fn not_open(snapshot: &StateSnapshot, params: Params<Self::Protocol>) -> Result<Response<Self::Protocol>>;
}

impl<H: CheckedFileHandler> RequestHandler for H {
    type Protocol = H::Protocol;
    const SCHEDULE: Schedule = <H as CheckedFileHandler>::SCHEDULE;

    fn run(
        snapshot: &Arc<StateSnapshot>,
        params: Params<Self::Protocol>,
        context: &RequestContext,
    ) -> Result<Response<Self::Protocol>> {
        let Some(key) = H::document(&params)? else { return H::not_open(snapshot, params) };
        match snapshot.check(&key, &context.cancel) {
            Ok(checked) => <H as CheckedFileHandler>::run(&checked, params, context),
            Err(NoFindings::NotOpen) => H::not_open(snapshot, params),
            Err(NoFindings::Canceled) => Err(Error::request_cancelled()),
        }
    }
}

/// Puts a request into the queue, now. The future is its response.
pub(super) fn enqueue<H: RequestHandler>(
    params: Params<H::Protocol>,
    events: &Sender<Event>,
    extension: &Arc<dyn Extension>,
) -> ResponseFuture<Response<H::Protocol>> {
    let (request, response) = response_channel();
    let context =
        RequestContext { cancel: request.cancel.clone(), events: events.clone(), extension: Arc::clone(extension) };
    let job = move |snapshot| request.answer(|| H::run(&snapshot, params, &context));
    // The main loop outlives every handler; while the process ends it does not matter.
    let _ = events.send(Event::Request(Request { schedule: H::SCHEDULE, job: Box::new(job) }));
    response
}

/// A request that is not answered yet.
struct PendingRequest<R> {
    cancel: CancelToken,
    reply: oneshot::Sender<Result<R>>,
}

/// A request, and the future of its response.
fn response_channel<R>() -> (PendingRequest<R>, ResponseFuture<R>) {
    let (reply, receiver) = oneshot::channel();
    let cancel = CancelToken::default();
    (PendingRequest { cancel: cancel.clone(), reply }, ResponseFuture { receiver, guard: CancelOnDrop(cancel) })
}

impl<R> PendingRequest<R> {
    /// Answers with what `work` comes to, unless it was canceled before. A panic becomes an internal error.
    fn answer(self, work: impl FnOnce() -> Result<R>) {
        if self.cancel.is_canceled() {
            return;
        }
        let response = guarded("a request", work).unwrap_or_else(|| Err(Error::internal_error()));
        // The receiver is gone where it was canceled meanwhile.
        let _ = self.reply.send(response);
    }
}

/// A response to come. tower-lsp cancels a request by dropping its future, and this with it.
pub(super) struct ResponseFuture<R> {
    receiver: oneshot::Receiver<Result<R>>,
    guard: CancelOnDrop,
}

impl<R> ResponseFuture<R> {
    /// Waits for it.
    pub(super) async fn wait(self) -> Result<R> {
        let response = self.receiver.await;
        // Canceling a job that has answered does nothing, so the guard need not be disarmed.
        drop(self.guard);
        response.unwrap_or_else(|_| Err(Error::internal_error()))
    }
}

struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_the_one_request_alone() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (request, response) = response_channel::<()>();
        request.answer(|| panic!("on purpose"));
        assert_eq!(runtime.block_on(response.wait()), Err(Error::internal_error()));
        let (request, response) = response_channel::<u8>();
        request.answer(|| Ok(7));
        assert_eq!(runtime.block_on(response.wait()), Ok(7));
    }

    #[test]
    fn dropping_the_response_cancels_the_job() {
        let (request, response) = response_channel::<()>();
        assert!(!request.cancel.is_canceled());
        drop(response);
        assert!(request.cancel.is_canceled());
        request.answer(|| panic!("a canceled request is not begun"));
    }
}
