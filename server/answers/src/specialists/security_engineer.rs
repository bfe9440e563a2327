//! The handoff to security engineering: who may call what, which data goes where, what came in from outside.

use pyteam_agents::Answer;

use super::python_security_reviewer::is_security;
use super::shared::environment::variables;
use super::shared::routes::{not_followed, routes};
use super::shared::{plain, title};
use crate::document::Document;
use crate::findings;
use crate::handoff::HandoffFiles;
use crate::packages::Imports;
use crate::view::View;

/// Parts of names that stand for secrets.
const SECRETS: &[&str] =
    &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL", "AUTH"];

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Handoff: security"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 30);
    let found: Vec<_> = findings::asked(view, |page| is_security(view, page))
        .into_iter()
        .filter(|finding| !work.is_listed || work.files.iter().any(|file| file.id == finding.file))
        .collect();
    let lines: Vec<String> = findings::lines(view, &found);
    document.section("Open findings").first_or_clean(&lines, 20, "security findings");
    let routes = routes(view, &work.files);
    let open: Vec<String> = routes
        .iter()
        .filter(|route| !route.is_guarded)
        .map(|route| format!("{} `{}` ({})", route.method, route.path, view.function_at(route.handler)))
        .collect();
    document.section("Authentication and authorization");
    if routes.is_empty() {
        document.clean("routes (for other listeners, such as sockets, ask `python-security-reviewer`)");
    } else if open.is_empty() {
        document.say("Each route has a dependency or a decorator; whether it checks access is not known here.");
    } else {
        document.say("No access check at these routes; a middleware or the router may still have one:");
        document.first(&open, 25);
    }
    let lost = not_followed(view, &work.files, &routes);
    if !lost.is_empty() {
        document.say("More routes are added here, but not followed to their handlers:");
        document.first(&lost, 12);
    }
    document.section("Secrets");
    let secrets: Vec<String> = variables(view, &work.files)
        .iter()
        .filter(|one| SECRETS.iter().any(|word| one.name.to_uppercase().contains(word)))
        .map(|one| super::shared::environment::line(view, one))
        .collect();
    document.first_or_clean(&secrets, 20, "environment variables named like secrets (read by a literal name)");
    document.section("Third-party packages");
    let imports = Imports::of(view, &work.files);
    let has_manifest = !crate::configured::manifests(view).is_empty();
    if !has_manifest && !imports.outside.is_empty() {
        document.say("No manifest found, so the versions are unknown:");
    }
    let (mut named, mut unnamed) = (Vec::new(), Vec::new());
    for (name, at) in &imports.outside {
        let known = work
            .files
            .iter()
            .find_map(|file| view.snapshot.requirements_for(&file.path)?.version(crate::handoff::distribution(name)));
        match known {
            Some(version) => named.push(format!("`{name}` {version} ({at})")),
            None => unnamed.push(format!("`{name}` ({at})")),
        }
    }
    if !has_manifest {
        named.append(&mut unnamed);
    }
    if unnamed.is_empty() {
        document.first_or_clean(&named, 30, "third-party packages");
    } else {
        document.first(&named, 30);
        document.say("Not in a manifest under their import name:");
        document.first(&unnamed, 20);
    }
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}
