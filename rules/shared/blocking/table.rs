//! The table: what blocks, how a bound is spelled, and what happens at its end.

use std::sync::LazyLock;

use pyteam_syntax::Name;
use rustc_hash::FxHashMap;

use super::{Bound, End, Entry, Kind};

const fn argument(position: usize) -> Bound<'static> {
    Bound::Argument { name: "timeout", position: Some(position), block: None }
}

const fn flagged(block: usize) -> Bound<'static> {
    Bound::Argument { name: "timeout", position: Some(block + 1), block: Some(block) }
}

const KEYWORD: Bound<'static> = Bound::Argument { name: "timeout", position: None, block: None };

const QUEUES: &[&str] = &[
    "queue.Queue",
    "queue.LifoQueue",
    "queue.PriorityQueue",
    "queue.SimpleQueue",
    "multiprocessing.queues.Queue",
    "multiprocessing.queues.JoinableQueue",
    "multiprocessing.managers.Queue",
];

const REQUESTS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "request"];

const fn entry(
    kind: Kind,
    owners: &'static [&'static str],
    names: &'static [&'static str],
    bound: Bound<'static>,
    end: End<'static>,
) -> Entry {
    Entry { kind, owners, names, bound, end }
}

/// Everything that is known to block.
pub(super) static ENTRIES: &[Entry] = &[
    entry(Kind::Get, QUEUES, &["get"], flagged(0), End::Mute("queue", "Empty")),
    entry(Kind::Get, &["multiprocessing.queues.SimpleQueue"], &["get"], Bound::Never, End::Silence),
    entry(
        Kind::Get,
        &["multiprocessing.connection.Connection"],
        &["recv", "recv_bytes", "recv_bytes_into"],
        Bound::Poll,
        End::False,
    ),
    entry(Kind::Put, QUEUES, &["put"], flagged(1), End::Mute("queue", "Full")),
    entry(Kind::Wait, &["threading.Event", "multiprocessing.Event"], &["wait"], argument(0), End::False),
    entry(Kind::Wait, &["threading.Condition", "multiprocessing.Condition"], &["wait"], argument(0), End::False),
    entry(Kind::Wait, &["threading.Condition", "multiprocessing.Condition"], &["wait_for"], argument(1), End::False),
    entry(
        Kind::Wait,
        &["threading.Barrier", "multiprocessing.Barrier"],
        &["wait"],
        argument(0),
        End::Raises("threading.BrokenBarrierError"),
    ),
    entry(
        Kind::Wait,
        &["concurrent.futures.Future"],
        &["result", "exception"],
        argument(0),
        End::Raises("concurrent.futures.TimeoutError"),
    ),
    entry(
        Kind::Wait,
        &["multiprocessing.pool.AsyncResult"],
        &["get"],
        argument(0),
        End::Raises("multiprocessing.TimeoutError"),
    ),
    entry(Kind::Wait, &["multiprocessing.pool.AsyncResult"], &["wait"], argument(0), End::Silence),
    entry(
        Kind::Wait,
        &[
            "threading.Lock",
            "threading.RLock",
            "threading.Semaphore",
            "multiprocessing.Lock",
            "multiprocessing.RLock",
            "multiprocessing.Semaphore",
        ],
        &["acquire"],
        flagged(0),
        End::False,
    ),
    entry(Kind::Join, &["threading.Thread", "multiprocessing.Process"], &["join"], argument(0), End::Silence),
    entry(Kind::Join, &["subprocess.Popen"], &["wait"], argument(0), End::Expires),
    entry(Kind::Join, &["subprocess.Popen"], &["communicate"], argument(1), End::Expires),
    entry(
        Kind::Network,
        &["requests", "requests.api", "requests.Session", "requests.sessions.Session"],
        REQUESTS,
        KEYWORD,
        End::Raises("requests.Timeout"),
    ),
    entry(
        Kind::Network,
        &["httpx"],
        &["get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "Client", "AsyncClient"],
        Bound::Default("timeout"),
        End::Raises("httpx.TimeoutException"),
    ),
    entry(
        Kind::Network,
        &["httpx.Client", "httpx.AsyncClient"],
        &["get", "post", "put", "patch", "delete", "head", "options", "request", "stream"],
        Bound::Default("timeout"),
        End::Raises("httpx.TimeoutException"),
    ),
    entry(Kind::Network, &["urllib.request"], &["urlopen"], argument(2), End::Raises("TimeoutError")),
    entry(Kind::Network, &["socket"], &["create_connection"], argument(1), End::Raises("TimeoutError")),
    entry(
        Kind::Network,
        &["websocket"],
        &["create_connection"],
        argument(1),
        End::Raises("websocket.WebSocketTimeoutException"),
    ),
    entry(
        Kind::Network,
        &["websockets.sync.client.ClientConnection", "websockets.sync.server.ServerConnection"],
        &["recv"],
        argument(0),
        End::Raises("TimeoutError"),
    ),
    entry(
        Kind::Network,
        &["socket.socket"],
        &["connect", "recv", "recv_into", "recvfrom", "recvfrom_into"],
        Bound::Deadline,
        End::Raises("TimeoutError"),
    ),
    entry(
        Kind::Subprocess,
        &["subprocess"],
        &["run", "call", "check_call", "check_output"],
        KEYWORD,
        End::Raises("subprocess.TimeoutExpired"),
    ),
];

/// The table by the names of methods and functions: each call of each file is asked whether it may be one.
static BY_NAME: LazyLock<FxHashMap<Name, Vec<&'static Entry>>> = LazyLock::new(|| {
    let mut by_name: FxHashMap<Name, Vec<&'static Entry>> = FxHashMap::default();
    for one in ENTRIES {
        one.names.iter().for_each(|name| by_name.entry(Name::new(name)).or_default().push(one));
    }
    by_name
});

/// What is known to block in that way and has that name.
pub(super) fn named(kind: Kind, name: Name) -> impl Iterator<Item = &'static Entry> {
    BY_NAME.get(&name).into_iter().flatten().copied().filter(move |one| one.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_stands_in_the_table_twice() {
        let all = ENTRIES
            .iter()
            .flat_map(|one| one.owners.iter().flat_map(|owner| one.names.iter().map(move |name| (owner, name))));
        let mut all: Vec<_> = all.collect();
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
