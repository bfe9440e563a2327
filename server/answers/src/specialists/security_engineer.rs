//! The handoff to security engineering: who may call what, which data goes where, what came in from outside.

use pyteam_agents::Answer;

use super::environment::variables;
use super::python_security_reviewer::is_security;
use super::routes::{not_followed, routes};
use super::{plain, title};
use crate::document::Document;
use crate::findings;
use crate::handoff::HandoffFiles;
use crate::packages::Imports;
use crate::view::View;

/// Parts of names that stand for secrets.
const SECRETS: &[&str] =
    &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL", "AUTH"];

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Hand-off to security-engineer"));
    let work = HandoffFiles::of(view);
    document.say(work.about(view));
    document.section("Modified files").first(&HandoffFiles::modified(view), 30);
    let found: Vec<_> = findings::asked(view, |page| is_security(view, page))
        .into_iter()
        .filter(|finding| !work.is_listed || work.files.iter().any(|file| file.id == finding.file))
        .collect();
    let lines: Vec<String> = findings::lines(view, &found);
    document.section("Open findings").first_or(&lines, 20, "The security rules found nothing.");
    let routes = routes(view, &work.files);
    let open: Vec<String> = routes
        .iter()
        .filter(|route| !route.is_guarded)
        .map(|route| format!("{} `{}` ({})", route.method, route.path, view.function_at(route.handler)))
        .collect();
    document.section("Authentication and authorisation");
    if routes.is_empty() {
        document.say("No routes were found here. Whether something else listens, such as a queue or a socket, `python-security-reviewer` says under Network.");
    } else if open.is_empty() {
        document
            .say("Each route that was found has a dependency or a decorator of its own; whether it is the right one somebody has to read.");
    } else {
        document.say("Nothing at these routes says who may call them; a middleware or the router may still check it:");
        document.first(&open, 25);
    }
    let lost = not_followed(view, &work.files, &routes);
    if !lost.is_empty() {
        document.say("Routes come in here, too, that could not be followed to their handlers:");
        document.first(&lost, 12);
    }
    document.section("Secrets");
    let secrets: Vec<String> = variables(view, &work.files)
        .iter()
        .filter(|one| SECRETS.iter().any(|word| one.name.to_uppercase().contains(word)))
        .map(|one| super::environment::line(view, one))
        .collect();
    document.first_or(&secrets, 20, "No environment variable with the name of a secret is read by a literal name.");
    document.section("Packages from outside");
    let imports = Imports::of(view, &work.files);
    let has_manifest = !crate::configured::manifests(view).is_empty();
    if !has_manifest && !imports.outside.is_empty() {
        document.say("No manifest was found, so nothing says which versions are used:");
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
        document.first_or(&named, 30, "None.");
    } else {
        document.first(&named, 30);
        document.say("No manifest names these, at least not by the name they are imported under:");
        document.first(&unnamed, 20);
    }
    document.section("Earlier steps").list(&HandoffFiles::steps(view));
    plain(document)
}
