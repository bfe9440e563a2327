//! Measures how well a program would be held: lays out bait, starts the probe in the very sandbox, and reads what it found.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::time::Duration;
use std::{env, fs, io, thread};

use tempfile::TempDir;

use super::policy::Policy;
use super::probe::{self, Bait};
use super::{Confinement, Mechanism, Sandbox, Way};

/// The probe takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Folders of a user's home in which secrets are.
const SECRETS: [&str; 6] = [".ssh", ".gnupg", ".aws", ".config", ".local/share/keyrings", ".docker"];

/// What was measured of one sandbox and policy; empty until it is sure.
type Cell = Arc<Mutex<Option<Confinement>>>;

/// What was measured before: one kernel and one policy always give the same.
static KNOWN: LazyLock<Mutex<HashMap<(Sandbox, Policy), Cell>>> = LazyLock::new(Mutex::default);

/// How a program under `policy` is held by the best that works here.
pub(super) fn measure(sandbox: &Sandbox, policy: &Policy, workspace: &Path) -> Confinement {
    let key = (sandbox.clone(), policy.clone());
    let cell = Arc::clone(KNOWN.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
    // Held while it is measured, so that runs which begin together measure once, and others do not wait for them.
    let mut known = cell.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = &*known {
        return known.clone();
    }
    let (best, is_sure) = best(sandbox, policy, workspace);
    *known = is_sure.then(|| best.clone());
    best
}

/// The best sandbox, and whether another attempt would find the same.
fn best(sandbox: &Sandbox, policy: &Policy, workspace: &Path) -> (Confinement, bool) {
    let mut note = None;
    let mut is_sure = true;
    for &by in &sandbox.mechanisms {
        match try_out(sandbox, by, policy, workspace) {
            Ok(open) if !open.contains(&Way::Files) => return (Confinement { by, open, note }, is_sure),
            Ok(_) => note = note.or_else(|| Some(format!("{} does not prevent writes here", by.name()))),
            Err(failure) => {
                is_sure &= failure.lasts;
                note = note.or(Some(failure.why));
            }
        }
    }
    let mut unheld = Confinement::none(note.or_else(|| Some("no sandbox on this system".to_owned())));
    if cfg!(target_os = "linux") && !sandbox.command.is_empty() {
        unheld.open.retain(|&way| way != Way::Leftovers);
    }
    (unheld, is_sure)
}

/// Why a sandbox could not be tried out.
struct Failure {
    why: String,
    /// Whether it is the system's, and not a full disk's or a slow machine's.
    lasts: bool,
}

impl Failure {
    fn lasting(why: String) -> Self {
        Self { why, lasts: true }
    }
    fn passing(why: String) -> Self {
        Self { why, lasts: false }
    }
}

/// The ways that are open in the sandbox of `by`; an error says why there is none.
fn try_out(sandbox: &Sandbox, by: Mechanism, policy: &Policy, workspace: &Path) -> Result<Vec<Way>, Failure> {
    Sandbox::is_possible(by).map_err(Failure::lasting)?;
    let trap = Trap::lay(sandbox, policy, workspace)
        .map_err(|error| Failure::passing(format!("cannot test the sandbox: {error}")))?;
    let mut program = sandbox.command.clone();
    program.push("probe".into());
    program.extend(trap.bait.arguments());
    let own = trap.room.path().canonicalize().map_err(|error| Failure::passing(error.to_string()))?;
    let line = sandbox.line(by, policy, None, std::slice::from_ref(&own), &own, program);
    let said = listen(&line, &own).map_err(|error| Failure::passing(format!("cannot test {}: {error}", by.name())))?;
    let mut words: Vec<&str> = said.out.lines().collect();
    if words.pop() != Some(probe::DONE) {
        let why = pyteam_display::sanitize(&said.err, 200);
        return Err(Failure::lasting(format!("{} does not work here: {why}", by.name())));
    }
    let mut open: Vec<Way> = words.into_iter().filter_map(Way::of_word).collect();
    if by == Mechanism::SandboxExec {
        open.push(Way::Leftovers);
    }
    Ok(open)
}

struct Said {
    out: String,
    err: String,
}

fn listen(line: &[OsString], folder: &Path) -> io::Result<Said> {
    let mut child = Command::new(&line[0])
        .args(&line[1..])
        .current_dir(folder)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, receiver) = mpsc::channel();
    let streams = (child.stdout.take(), child.stderr.take());
    thread::spawn(move || {
        let mut said = Said { out: String::new(), err: String::new() };
        let (mut out, mut err) = streams;
        let read = out.as_mut().map(|out| out.read_to_string(&mut said.out));
        let _ = err.as_mut().map(|err| err.read_to_string(&mut said.err));
        let _ = sender.send(read.is_some_and(|read| read.is_ok()).then_some(said));
    });
    let said = receiver.recv_timeout(PATIENCE);
    let _ = child.kill();
    child.wait()?;
    said.ok().flatten().ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "timed out"))
}

/// Bait, and what stands behind it as long as it is tried.
struct Trap {
    bait: Bait,
    /// Where the probe may write.
    room: TempDir,
    _folder: TempDir,
    _listeners: Vec<UnixListener>,
    _datagrams: Option<UnixDatagram>,
    _terminal: Option<std::os::fd::OwnedFd>,
    victim: Option<Child>,
}

impl Trap {
    fn lay(sandbox: &Sandbox, policy: &Policy, workspace: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("pyteam-bait-").tempdir()?;
        let room = tempfile::Builder::new().prefix("pyteam-probe-").tempdir()?;
        let place = folder.path().canonicalize()?;
        let mut bait = Bait { file: place.join("file"), private: private(policy, workspace), ..Bait::default() };
        fs::write(&bait.file, "bait")?;
        bait.namespace = fs::read_link("/proc/self/ns/ipc").unwrap_or_default().into();
        let mut listeners = Vec::new();
        let running = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        let name = format!("pyteam-bait-{}", std::process::id());
        for path in [Some(place.join("socket")), running.map(|folder| folder.join(&name))].into_iter().flatten() {
            if let Ok(listener) = UnixListener::bind(&path) {
                listeners.push(listener);
                bait.sockets.push(path);
            }
        }
        let datagrams = UnixDatagram::bind(place.join("datagrams")).ok();
        bait.datagram = datagrams.is_some().then(|| place.join("datagrams"));
        listeners.extend(named(&name).inspect(|_| bait.name = Some(name.clone().into())));
        let shared = Path::new("/dev/shm").join(&name);
        bait.shared = fs::write(&shared, "").is_ok().then_some(shared);
        let terminal = terminal().ok();
        bait.terminal = terminal.as_ref().map(|(_, path)| path.clone());
        let victim = victim(sandbox);
        bait.process = victim.as_ref().map(Child::id);
        let terminal = terminal.map(|(side, _)| side);
        Ok(Self {
            bait,
            room,
            _folder: folder,
            _listeners: listeners,
            _datagrams: datagrams,
            _terminal: terminal,
            victim,
        })
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        for path in self.bait.sockets.iter().chain(&self.bait.shared) {
            let _ = fs::remove_file(path);
        }
        if let Some(victim) = &mut self.victim {
            let _ = victim.kill();
            let _ = victim.wait();
        }
    }
}

/// A process that does nothing, until its input ends.
fn victim(sandbox: &Sandbox) -> Option<Child> {
    let (program, arguments) = sandbox.command.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).arg("bait").env_clear().env("BAIT", "bait");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    // Its environment can be seen when it has begun.
    let begun = child.stdout.take()?.read(&mut [0]).is_ok();
    begun.then_some(child)
}

/// What [`victim`] does.
#[expect(clippy::print_stdout, reason = "pyteam itself reads it")]
pub(super) fn wait() -> u8 {
    println!("{}", probe::DONE);
    let _ = io::stdin().read(&mut [0]);
    0
}

/// What of the user's may not be seen, but for what the user's settings show. A folder of secrets that is shown for another
/// reason counts as well: it is read, and that is said. Where only a part of it is shown, that part alone is listed in it.
fn private(policy: &Policy, workspace: &Path) -> Vec<PathBuf> {
    let home = env::home_dir();
    let secrets = home.iter().flat_map(|home| SECRETS.iter().map(move |name| home.join(name)));
    let is_in_part = |path: &Path| policy.read.iter().any(|shown| shown != path && shown.starts_with(path));
    let is_bait = |path: &PathBuf| {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        path.is_dir() && (policy.hidden.contains(&real) || (!policy.is_meant(&real) && !is_in_part(&real)))
    };
    secrets.chain([workspace.to_owned()]).filter(is_bait).collect()
}

fn terminal() -> rustix::io::Result<(std::os::fd::OwnedFd, PathBuf)> {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let side = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&side)?;
    unlockpt(&side)?;
    let name = ptsname(&side, Vec::new())?;
    Ok((side, PathBuf::from(name.to_string_lossy().into_owned())))
}

#[cfg(target_os = "linux")]
fn named(name: &str) -> Option<UnixListener> {
    use std::os::linux::net::SocketAddrExt;
    UnixListener::bind_addr(&std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?).ok()
}

#[cfg(not(target_os = "linux"))]
fn named(_name: &str) -> Option<UnixListener> {
    None
}
