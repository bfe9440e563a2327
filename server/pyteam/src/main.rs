//! The `pyteam` binary.

use std::process::ExitCode;

/// Analysis makes many small allocations on all threads, which the system's allocator serializes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pyteam::cli::main()
}
