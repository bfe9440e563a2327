//! An agent's program: started with nothing but what it needs, and ended with all that it started.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::task::words as words_of;
use crate::launch::Launch;
use crate::limits::Limits;
use crate::sandbox::{Hold, Sandbox};
use crate::workspace_copy::WorkspaceCopy;

/// So much of what a program says on its standard error is kept.
const MAX_LAST_WORDS: usize = 4 << 10;

/// So long what was said is read after the end of all processes. One that could not be ended holds the stream open.
const READING: Duration = Duration::from_secs(1);

/// The program of one run.
pub(crate) struct Program {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    last_words: Arc<Mutex<Vec<u8>>>,
    /// Reads them, to their end.
    reader: Option<JoinHandle<()>>,
    mark: String,
    is_supervised: bool,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
    /// Held open as long as the program is to run.
    #[cfg(target_os = "linux")]
    control: Option<std::fs::File>,
}

/// How a program ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its exit code, or 128 and the number of the signal; none where pyteam ended it.
    pub(crate) code: Option<i32>,
    /// The last that it said on its standard error, on one line.
    pub(crate) last_words: String,
    /// Processes of it that could not be ended.
    pub(crate) left: usize,
    /// The supervisor was ended from outside.
    pub(crate) has_lost_its_keeper: bool,
}

impl Program {
    /// Starts `launch` in `copy`, held as `hold` says. `run` marks its processes.
    pub(crate) fn start(
        launch: &Launch,
        copy: &WorkspaceCopy,
        sandbox: &Sandbox,
        hold: &Hold,
        run: &str,
    ) -> Result<Self, String> {
        let home = launch.home.clone().unwrap_or_else(|| copy.home());
        let mut line: Vec<OsString> = vec![launch.program.clone().into()];
        line.extend(launch.args.iter().map(OsString::from));
        #[cfg(target_os = "linux")]
        let mut control = None;
        #[cfg(unix)]
        {
            let mut pipe = None;
            #[cfg(target_os = "linux")]
            if sandbox.is_supervised() {
                let (path, kept) =
                    control_pipe(copy.top()).map_err(|error| format!("cannot create a pipe: {error}"))?;
                control = Some(kept);
                pipe = Some(path);
            }
            if let Some(policy) = &hold.policy {
                let (by, writable) = (hold.confinement.by, writable(copy, &home));
                line = sandbox.line(by, policy, pipe, &writable, &copy.temporary(), line);
            } else if sandbox.is_supervised() {
                return Err("a file that it needs was not found".to_owned());
            }
        }
        #[cfg(not(unix))]
        let _ = hold;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).current_dir(copy.root()).env_clear();
        let mark = format!("PYTEAM_RUN={run}");
        for name in ["PATH", "LANG", "SystemRoot", "PATHEXT"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", &home).env("TMPDIR", copy.temporary()).env("PYTEAM_RUN", run);
        if cfg!(windows) {
            command.env("USERPROFILE", &home).env("TEMP", copy.temporary()).env("TMP", copy.temporary());
        }
        command.envs(&launch.environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A supervisor begins a session of its own, which is a group as well.
        #[cfg(unix)]
        if !sandbox.is_supervised() {
            command.process_group(0);
        }
        // A supervisor ends what the program started; ending the supervisor would leave that running.
        command.kill_on_drop(!sandbox.is_supervised());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("program not found: {}", Path::new(&line[0]).display()),
            _ => error.to_string(),
        })?;
        let last_words = Arc::default();
        let stderr = child.stderr.take();
        let reader = stderr.map(|stderr| tokio::spawn(keep_last_words(stderr, Arc::clone(&last_words))));
        Ok(Self {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            is_supervised: sandbox.is_supervised(),
            #[cfg(unix)]
            group: child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            child,
            last_words,
            reader,
            mark,
            #[cfg(target_os = "linux")]
            control,
        })
    }

    /// Ends the program and all that it started, and waits until it is gone.
    pub(crate) async fn end(mut self, limits: &Limits) -> Ended {
        drop((self.stdin.take(), self.stdout.take()));
        let by_itself = self.child.try_wait().ok().flatten();
        #[cfg(target_os = "linux")]
        drop(self.control.take());
        if !self.is_supervised {
            self.end_group();
        }
        let mut held = Vec::new();
        if timeout(limits.end, self.child.wait()).await.is_err() {
            // The supervisor goes on as long as there are any; without it they could no longer be told from others.
            held = self.descendants();
            self.end_group();
            let _ = timeout(limits.end, self.child.wait()).await;
        }
        let left = sweep(self.mark.clone(), held).await;
        // With its last process the stream ends, and what it said last has still to be read.
        if let Some(reader) = self.reader.take() {
            let _ = timeout(READING, reader).await;
        }
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let words = words_of(&tail(&words, MAX_LAST_WORDS), usize::MAX);
        let skipped = words.chars().count().saturating_sub(400);
        Ended {
            // The supervisor gives an agent's signal as a code; it has one itself only if it was ended.
            has_lost_its_keeper: self.is_supervised && by_itself.is_some_and(|status| status.code().is_none()),
            code: by_itself.and_then(code_of),
            last_words: words.chars().skip(skipped).collect(),
            left,
        }
    }

    /// Gives the program a moment to end by itself, after its output did.
    pub(crate) async fn settle(&mut self, moment: Duration) {
        let _ = timeout(moment, self.child.wait()).await;
    }

    /// The number of the process that all of the agent's descend from.
    pub(crate) fn supervisor(&self) -> Option<i32> {
        self.child.id().map(u32::cast_signed).filter(|_| self.is_supervised)
    }

    /// What the supervisor could not end so far.
    fn descendants(&self) -> Vec<i32> {
        #[cfg(target_os = "linux")]
        if let Some(supervisor) = self.supervisor().and_then(rustix::process::Pid::from_raw) {
            let all = crate::sandbox::descendants::of(supervisor).into_iter();
            return all.map(|process| process.as_raw_nonzero().get()).collect();
        }
        Vec::new()
    }

    /// Ends what is in the program's own process group.
    fn end_group(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

/// The pipe by which the supervisor knows that the server is there. Nothing is ever written to it.
#[cfg(target_os = "linux")]
fn control_pipe(folder: &Path) -> io::Result<(PathBuf, std::fs::File)> {
    let path = folder.join("control");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0)?;
    // Opened for both, so that this does not wait for the other side.
    let held = std::fs::File::options().read(true).write(true).open(&path)?;
    Ok((path, held))
}

/// Where the program may write.
#[cfg(unix)]
fn writable(copy: &WorkspaceCopy, home: &Path) -> Vec<PathBuf> {
    let mut folders = vec![copy.root().to_owned(), copy.home(), copy.temporary()];
    if copy.may_write_home(home) {
        folders.push(home.to_owned());
    }
    folders
}

fn code_of(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        status.code().or_else(|| status.signal().map(|signal| 128 + signal))
    }
    #[cfg(not(unix))]
    {
        status.code()
    }
}

/// Ends processes that carry the run's mark, and those of `held`, which the supervisor could not end; gives how many remain.
/// There are none of the first unless the supervisor was killed.
#[cfg(target_os = "linux")]
async fn sweep(mark: String, held: Vec<i32>) -> usize {
    use crate::sandbox::descendants::{is_living, with_environment};
    use rustix::process::{Pid, Signal, kill_process};
    use std::collections::BTreeSet;
    let sweep = move || {
        let living = || {
            let marked = with_environment(&mark).into_iter().map(|process| process.as_raw_nonzero().get());
            marked.chain(held.iter().copied().filter(|&process| is_living(process))).collect::<BTreeSet<i32>>()
        };
        let mut left = living();
        for _ in 0..100 {
            if left.is_empty() {
                break;
            }
            for process in left.iter().filter_map(|&process| Pid::from_raw(process)) {
                let _ = kill_process(process, Signal::KILL);
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
            left = living();
        }
        left.len()
    };
    tokio::task::spawn_blocking(sweep).await.unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
async fn sweep(_mark: String, _held: Vec<i32>) -> usize {
    0
}

/// Reads all there is, so that the program never waits, and keeps the end.
async fn keep_last_words(mut source: impl AsyncRead + Unpin, kept: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 8 << 10];
    while let Ok(read) = source.read(&mut buffer).await
        && read > 0
    {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&buffer[..read]);
        let surplus = kept.len().saturating_sub(MAX_LAST_WORDS);
        kept.drain(..surplus);
    }
}

/// The last `most` bytes of `text`, from the start of a character.
fn tail(text: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&text[text.len().saturating_sub(most)..]).into_owned()
}
