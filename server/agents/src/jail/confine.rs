//! Takes from this process the right to write, except in a few folders, and becomes the agent.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, Scope,
};

use super::Order;

/// The first version that knows of truncating; one that cannot keep a file from being emptied holds nothing.
const LEAST: ABI = ABI::V3;

/// What every program may write to: these keep nothing.
const DEVICES: [&str; 7] =
    ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx"];

/// Whether the running kernel can do what is needed. Nothing is restricted by asking.
pub(super) fn is_possible() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_write(LEAST))
        .and_then(Ruleset::create)
        .is_ok()
}

/// Becomes the program of `order`. Comes back only with a mistake.
pub(super) fn confine(order: &Order) -> Result<u8, String> {
    if order.landlock {
        restrict(&order.write).map_err(|error| format!("cannot confine the agent: {error}"))?;
    }
    let (program, arguments) = order.program.split_first().ok_or("no program to start")?;
    let error = Command::new(program).args(arguments).exec();
    Err(format!("cannot start {}: {error}", Path::new(program).display()))
}

fn restrict<P: AsRef<Path>>(folders: &[P]) -> Result<(), RulesetError> {
    let ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_write(LEAST))?
        // Where the kernel can: no signals and no abstract sockets to whoever stands outside, no sockets by path.
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::ResolveUnix)?
        .scope(BitFlags::from(Scope::Signal) | Scope::AbstractUnixSocket)?
        .create()?;
    let ruleset = allow(ruleset, folders, AccessFs::from_write(LEAST) | AccessFs::ResolveUnix)?;
    // Devices keep what they had: a device is no folder, and can be written alone.
    allow(ruleset, &DEVICES, BitFlags::from(AccessFs::WriteFile))?.restrict_self()?;
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
