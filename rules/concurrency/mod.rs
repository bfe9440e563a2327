//! Concurrency: processes, threads and what they wait for.

pub mod blocking_call_in_async;
pub mod blocking_get_without_timeout;
pub mod blocking_join_without_timeout;
pub mod blocking_put_without_timeout;
pub mod blocking_wait_without_timeout;
pub mod consumer_loop_without_shutdown;
pub mod cpu_bound_in_async;
pub mod cuda_before_fork;
pub mod fork_after_thread;
pub mod join_before_drain;
pub mod missing_main_guard;
pub mod network_call_without_timeout;
pub mod process_not_joined;
pub mod queue_empty_qsize_race;
pub mod shared_memory_not_unlinked;
pub mod shared_value_without_lock;
pub mod shutdown_event_ignored;
pub mod subprocess_without_timeout;
pub mod terminate_as_shutdown;
pub mod unbounded_queue;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(blocking_get_without_timeout::BlockingGetWithoutTimeout),
        Box::new(blocking_join_without_timeout::BlockingJoinWithoutTimeout),
        Box::new(blocking_put_without_timeout::BlockingPutWithoutTimeout),
        Box::new(blocking_wait_without_timeout::BlockingWaitWithoutTimeout),
        Box::new(network_call_without_timeout::NetworkCallWithoutTimeout),
        Box::new(subprocess_without_timeout::SubprocessWithoutTimeout),
        Box::new(blocking_call_in_async::BlockingCallInAsync),
        Box::new(cpu_bound_in_async::CpuBoundInAsync),
        Box::new(consumer_loop_without_shutdown::ConsumerLoopWithoutShutdown),
        Box::new(cuda_before_fork::CudaBeforeFork),
        Box::new(fork_after_thread::ForkAfterThread),
        Box::new(join_before_drain::JoinBeforeDrain),
        Box::new(missing_main_guard::MissingMainGuard),
        Box::new(process_not_joined::ProcessNotJoined),
        Box::new(queue_empty_qsize_race::QueueEmptyQsizeRace),
        Box::new(shared_memory_not_unlinked::SharedMemoryNotUnlinked),
        Box::new(shared_value_without_lock::SharedValueWithoutLock),
        Box::new(shutdown_event_ignored::ShutdownEventIgnored),
        Box::new(terminate_as_shutdown::TerminateAsShutdown),
        Box::new(unbounded_queue::UnboundedQueue),
    ]
}
