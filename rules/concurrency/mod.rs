//! Concurrency: processes, threads and what they wait for.

pub mod blocking_get_without_timeout;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![Box::new(blocking_get_without_timeout::BlockingGetWithoutTimeout)]
}
