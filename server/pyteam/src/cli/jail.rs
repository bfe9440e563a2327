//! `pyteam jail`: what stands between pyteam and an agent's program. pyteam calls itself so; it is for no other caller.

use std::process::ExitCode;

use super::args::JailArgs;

/// Does what the arguments say, and gives the agent's exit code.
pub(super) fn run(args: JailArgs) -> ExitCode {
    pyteam_agents::sandbox::main(args.arguments)
}
