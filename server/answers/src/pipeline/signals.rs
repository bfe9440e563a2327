//! The signals that a program handles.

use std::collections::BTreeMap;

use pyteam_index::facts;
use pyteam_index::infer::Site;
use pyteam_syntax::{Expr, Name};

use crate::calls::{arguments, positional};
use crate::document::{and, and_more};
use crate::view::View;

/// Places that are shown of one signal.
const MAX_PLACES: usize = 2;

/// What it means that no code handles SIGTERM.
const NO_SIGTERM: &str = "SIGTERM is not handled: `docker stop` and systemd end the program without cleanup.";

/// A sentence on the signals that are handled, each with where, and on SIGTERM where no code handles it.
pub(crate) fn told(view: &View<'_>) -> String {
    let mut by_signal: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut others = Vec::new();
    let mut sites = signal_handlers(view);
    sites.sort_by_key(|site| view.sort_key(*site));
    for site in sites {
        let written = positional(arguments(view, site), 0).map(|expr| view.text_of(Site { expr, ..site }));
        let name = written.map(|text| text.rsplit('.').next().unwrap_or_default()).unwrap_or_default();
        if name.starts_with("SIG") && name.chars().all(|char| char.is_ascii_alphanumeric()) {
            by_signal.entry(name.to_owned()).or_default().push(view.site(site));
        } else {
            others.push(view.site(site));
        }
    }
    let has_term = by_signal.contains_key("SIGTERM");
    let mut lines: Vec<String> =
        by_signal.iter().map(|(name, at)| format!("`{name}` ({})", and_more(at, MAX_PLACES))).collect();
    if !others.is_empty() {
        lines.push(format!("signals named by a variable ({})", and_more(&others, MAX_PLACES)));
    }
    match (lines.is_empty(), has_term || !others.is_empty()) {
        (true, _) => NO_SIGTERM.to_owned(),
        (false, true) => format!("Signals handled: {}.", and(&lines)),
        (false, false) => format!("Signals handled: {}. {NO_SIGTERM}", and(&lines)),
    }
}

/// The calls that handle a signal: `signal.signal`, `loop.add_signal_handler`.
fn signal_handlers(view: &View<'_>) -> Vec<Site> {
    let mut found = Vec::new();
    for file in view.all_files().into_iter().filter(|file| !view.is_test(file)) {
        for name in ["signal", "add_signal_handler"] {
            for index in file.facts.called.get(&Name::new(name)).into_iter().flatten() {
                let Some((_, item, item_facts)) = view.inference.item(file.id, *index) else { continue };
                let calls = item_facts.calls.iter().filter(|call| match item.expr(**call) {
                    Expr::Call { func, args } => {
                        facts::last_name(item, *func).is_some_and(|last| last == name) && args.len() >= 2
                    }
                    _ => false,
                });
                found.extend(calls.map(|call| Site { file: file.id, item: *index, expr: *call }));
            }
        }
    }
    found
}
