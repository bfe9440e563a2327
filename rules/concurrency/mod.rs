//! Concurrency: processes, threads and what they wait for.

pub mod blocking_get_without_timeout;
pub mod blocking_join_without_timeout;
pub mod blocking_put_without_timeout;
pub mod blocking_wait_without_timeout;
pub mod network_call_without_timeout;
pub mod subprocess_without_timeout;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(blocking_get_without_timeout::BlockingGetWithoutTimeout),
        Box::new(blocking_join_without_timeout::BlockingJoinWithoutTimeout),
        Box::new(blocking_put_without_timeout::BlockingPutWithoutTimeout),
        Box::new(blocking_wait_without_timeout::BlockingWaitWithoutTimeout),
        Box::new(network_call_without_timeout::NetworkCallWithoutTimeout),
        Box::new(subprocess_without_timeout::SubprocessWithoutTimeout),
    ]
}
