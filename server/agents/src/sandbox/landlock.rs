//! Landlock: what the kernel keeps a process from, by paths.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use super::{JailCommand, Mechanism};

/// The first version that knows of truncating; one that cannot keep a file from being emptied holds nothing.
const LEAST: ABI = ABI::V3;
/// The newest that is known. What the kernel does not know of it is left out.
const NEWEST: ABI = ABI::V10;

/// What every program may write to: these keep nothing. A terminal that a program opens is among the last.
const DEVICES: [&str; 8] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts"];
/// What the kernel tells of processes.
const PROCESSES: &str = "/proc";
/// Where sockets of the sandbox's own are, inside bubblewrap's.
const PRIVATE: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/dev/shm"];

/// Whether the running kernel can hold writing. Nothing is restricted by asking.
pub(super) fn is_possible() -> bool {
    knows(|ruleset| ruleset.handle_access(AccessFs::from_write(LEAST)))
}

/// Whether it keeps abstract sockets apart.
pub(super) fn holds_abstract_sockets() -> bool {
    knows(|ruleset| ruleset.scope(Scope::AbstractUnixSocket))
}

/// Whether it holds sockets by their paths as well.
pub(super) fn holds_sockets() -> bool {
    holds_abstract_sockets() && knows(|ruleset| ruleset.handle_access(AccessFs::ResolveUnix))
}

fn knows(what: impl FnOnce(Ruleset) -> Result<Ruleset, RulesetError>) -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    what(ruleset).and_then(Ruleset::create).is_ok()
}

/// Takes from this process, and from what it starts, all that `jail` does not give.
pub(super) fn restrict(jail: &JailCommand) -> Result<(), RulesetError> {
    match jail.by {
        Mechanism::Landlock => restrict_all(jail),
        // Inside other namespaces: the network's is shared, and with it the sockets that have names instead of paths.
        Mechanism::Bubblewrap if holds_abstract_sockets() => restrict_sockets(jail),
        _ => Ok(()),
    }
}

fn restrict_all(jail: &JailCommand) -> Result<(), RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_write(LEAST) | AccessFs::from_read(LEAST))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(BitFlags::from(Scope::Signal) | Scope::AbstractUnixSocket)?;
    let ruleset = if jail.policy.network { ruleset } else { ruleset.handle_access(AccessNet::from_all(NEWEST))? };
    let ruleset = ruleset.create()?;
    let policy = &jail.policy;
    let seen = policy.read.iter().flat_map(|shown| policy.parts_of(shown));
    // A rule for a link would be for what it leads to.
    let seen: Vec<PathBuf> = seen.filter(|part| !part.is_symlink()).collect();
    let ruleset = allow(ruleset, &seen, AccessFs::from_read(NEWEST))?;
    let ruleset = allow(ruleset, &[PROCESSES], AccessFs::from_read(NEWEST))?;
    let ruleset = allow(ruleset, &jail.write, AccessFs::from_all(NEWEST))?;
    allow(ruleset, &DEVICES, AccessFs::from_read(NEWEST) | AccessFs::WriteFile | AccessFs::IoctlDev)?
        .restrict_self()?;
    Ok(())
}

fn restrict_sockets(jail: &JailCommand) -> Result<(), RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::ResolveUnix)?
        .scope(Scope::AbstractUnixSocket)?
        .create()?;
    let own = jail.write.iter().map(PathBuf::as_path).chain(PRIVATE.iter().map(Path::new));
    allow(ruleset, &own.collect::<Vec<_>>(), BitFlags::from(AccessFs::ResolveUnix))?.restrict_self()?;
    Ok(())
}

fn allow<P: AsRef<Path>>(
    mut ruleset: RulesetCreated,
    paths: &[P],
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for path in paths {
        // What is not there cannot be written to either.
        if let Ok(place) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(place, access))?;
        }
    }
    Ok(ruleset)
}
