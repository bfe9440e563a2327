//! `pyteam version`.

use pyteam_display::{Shown, shown};
use serde_json::json;

use super::Exit;
use super::args::{Format, VersionArgs};
use super::console::Console;

pub(super) fn run(args: &VersionArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let version = env!("CARGO_PKG_VERSION");
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    match args.output_format {
        Format::Text => console.print_line(shown!("pyteam {} ({})", version, target))?,
        Format::Json => {
            let json = json!({ "name": "pyteam", "version": version, "target": target });
            console.print_line(Shown::json(&json)?)?;
        }
    }
    Ok(Exit::Clean)
}
