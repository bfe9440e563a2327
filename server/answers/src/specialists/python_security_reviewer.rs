//! The security reviewer: an audit by subject. What was found, what is there to look at, and what is clean.

use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_engine::{Finding, Page, Severity};
use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_syntax::Expr;

use super::tables::{MODEL_PACKAGES, Model, models};
use super::{looked_at, title, with_repairs};
use crate::calls::{Call, Row, arguments, keyword, known_calls, literal, passed_on, positional};
use crate::document::Document;
use crate::findings;
use crate::view::View;

/// A subject of the audit.
struct Subject {
    title: &'static str,
    /// Rules that report on it.
    rules: &'static [&'static str],
    /// Calls that a person should look at.
    table: &'static [Row<&'static str>],
    /// What was looked for, where nothing is there.
    clean: &'static str,
}

const SUBJECTS: &[Subject] = &[
    Subject {
        title: "Credentials",
        rules: &["credential-in-url-literal", "hardcoded-credential"],
        table: &[],
        clean: "No URL with a password in it was seen.",
    },
    Subject {
        title: "Deserialisation",
        rules: &["unsafe-deserialization", "unsafe-deserialisation"],
        table: &[
            Row { path: "pickle.load", kind: "runs what the data says; only for data that this program wrote itself" },
            Row { path: "pickle.loads", kind: "runs what the data says; only for data that this program wrote itself" },
            Row { path: "dill.loads", kind: "runs what the data says; only for data that this program wrote itself" },
            Row {
                path: "cloudpickle.loads",
                kind: "runs what the data says; only for data that this program wrote itself",
            },
            Row { path: "marshal.loads", kind: "is made for the interpreter's own files" },
            Row { path: "shelve.open", kind: "is pickle inside" },
            Row { path: "yaml.load", kind: "makes more than plain data unless its loader is a safe one" },
            Row { path: "yaml.unsafe_load", kind: "makes any object" },
            Row { path: "yaml.full_load", kind: "makes more than plain data" },
            Row { path: "pandas.read_pickle", kind: "runs what the data says" },
            Row { path: "numpy.load", kind: "is pickle inside where `allow_pickle=True`" },
        ],
        clean: "Nothing that reads pickle, marshal, shelve or unsafe YAML was seen.",
    },
    Subject {
        title: "Code and commands",
        rules: &[],
        table: &[
            Row { path: "builtins.eval", kind: "runs a text as code" },
            Row { path: "builtins.exec", kind: "runs a text as code" },
            Row { path: "os.system", kind: "passes a text to the shell" },
            Row { path: "os.popen", kind: "passes a text to the shell" },
            Row { path: "subprocess.run", kind: "passes a text to the shell" },
            Row { path: "subprocess.Popen", kind: "passes a text to the shell" },
            Row { path: "subprocess.call", kind: "passes a text to the shell" },
            Row { path: "subprocess.check_output", kind: "passes a text to the shell" },
            Row { path: "subprocess.check_call", kind: "passes a text to the shell" },
        ],
        clean: "No `eval`, `exec` or shell command that is put together at run time was seen.",
    },
    Subject {
        title: "Network",
        rules: &["network-call-without-timeout"],
        table: &[
            Row { path: "ssl._create_unverified_context", kind: "accepts any certificate" },
            Row { path: "requests.get", kind: "accepts any certificate" },
            Row { path: "requests.post", kind: "accepts any certificate" },
            Row { path: "requests.request", kind: "accepts any certificate" },
            Row { path: "httpx.Client", kind: "accepts any certificate" },
            Row { path: "httpx.AsyncClient", kind: "accepts any certificate" },
            Row { path: "uvicorn.run", kind: "listens on all interfaces" },
            Row { path: "socket.create_server", kind: "listens on all interfaces" },
            Row { path: "socket.socket.bind", kind: "listens on all interfaces" },
            Row { path: "flask.Flask.run", kind: "is the development server" },
            Row { path: "tempfile.mktemp", kind: "names a file that somebody else may make first" },
        ],
        clean: "No listener on all interfaces and no call that accepts any certificate was seen.",
    },
    Subject {
        title: "Between processes",
        rules: &["unpicklable-message", "shared-value-without-lock", "shared-memory-not-unlinked", "untrusted-peer"],
        table: &[
            Row {
                path: "multiprocessing.connection.Listener",
                kind: "unpickles what its peers send: whoever may connect runs code here",
            },
            Row { path: "multiprocessing.connection.Client", kind: "unpickles what its peer sends" },
            Row {
                path: "multiprocessing.managers.BaseManager",
                kind: "unpickles what its peers send: `authkey` is all that protects it",
            },
            Row {
                path: "multiprocessing.shared_memory.SharedMemory",
                kind: "can be read and written by every process of this user",
            },
        ],
        clean: "No call that makes a `Listener`, a `Client`, a `BaseManager` or a `SharedMemory` was seen; classes derived from \
                them are not followed.",
    },
    Subject {
        title: "Denial of service",
        rules: &[
            "unbounded-queue",
            "blocking-get-without-timeout",
            "blocking-put-without-timeout",
            "blocking-join-without-timeout",
            "blocking-wait-without-timeout",
            "subprocess-without-timeout",
        ],
        table: &[],
        clean: "The rules found no queue without a bound and no wait without an end.",
    },
];

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Security audit"));
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let mine = findings::asked(view, |page| is_security(view, page));
    let all = findings::of_program(view, |page| {
        is_security(view, page) || SUBJECTS.iter().any(|one| one.rules.contains(&&*page.code))
    });
    let verdict = match mine.first().map(|finding| finding.severity) {
        Some(Severity::Error) => "Do not deploy before the errors are gone.",
        Some(_) => "No errors; decide about the rest before you deploy.",
        None => "The security rules found nothing.",
    };
    let tally =
        if mine.is_empty() { String::new() } else { format!("{} by the security rules. ", findings::tally(&mine)) };
    document.say(format!("{tally}{verdict} Looked at {}.", looked_at(view)));
    document.section("Findings");
    findings::tell(&mut document, view, &mine);
    models_part(&mut document, view, &files, &mine);
    for subject in SUBJECTS {
        document.section(subject.title);
        let of_subject = all.iter().copied().filter(|finding| subject.rules.contains(&&*finding.code));
        let (told, untold): (Vec<&Finding>, Vec<_>) = of_subject.partition(|finding| is_told(&mine, finding));
        let mut found = findings::lines(view, &untold);
        found.extend(told.iter().map(|finding| format!("{}, see above", view.at(finding.file, finding.range.start()))));
        let calls = known_calls(view, &files, subject.table, &[]);
        // What a finding says already is not said again.
        let is_new = |call: &&Call<&str>| {
            let range = view.range_of(call.site);
            let meets = |finding: &&&Finding| {
                finding.file == call.site.file && range.is_some_and(|range| range.intersect(finding.range).is_some())
            };
            !mine.iter().any(|finding| meets(&finding))
        };
        let (new, told_above): (Vec<_>, Vec<_>) =
            calls.iter().filter(|call| concerns(view, call)).partition(|call| is_new(call));
        found.extend(told_above.iter().map(|call| format!("{}: `{}`, see above", view.site(call.site), short(call))));
        let mut seen: Vec<String> = new.into_iter().map(|call| line(view, call)).collect();
        // Who calls them later is not known, nor with what: whatever depends on their arguments is not said of them.
        let passed = passed_on(view, &files, subject.table);
        seen.extend(passed.iter().filter(|one| concerns(view, one)).map(|one| {
            format!(
                "{}: `{}` is passed on, and called under another name: it {}",
                view.site(one.site),
                short(one),
                one.kind
            )
        }));
        document.first(&found, 10);
        if !seen.is_empty() {
            document.say("To look at:");
            document.first(&seen, 15);
        }
        if found.is_empty() && seen.is_empty() {
            document.say(subject.clean);
        }
    }
    with_repairs(view, document, &mine)
}

/// Whether a rule is about security.
pub(super) fn is_security(view: &View<'_>, page: &Page) -> bool {
    page.family == "security"
        || page.agent.as_deref() == Some("python-security-reviewer")
        || findings::is_owned(view, page)
}

fn is_told(told: &[&Finding], finding: &Finding) -> bool {
    told.iter().any(|one| std::ptr::eq(*one, finding))
}

fn line(view: &View<'_>, call: &Call<&str>) -> String {
    format!("{}: `{}` {}", view.site(call.site), short(call), call.kind)
}

fn short(call: &Call<&str>) -> &'static str {
    call.path.as_str().trim_start_matches("builtins.")
}

fn models_part(document: &mut Document, view: &View<'_>, files: &[&Arc<File>], mine: &[&Finding]) {
    document.section("Models");
    let calls = known_calls(view, files, &models(), MODEL_PACKAGES);
    let is_found = |site: Site| {
        let range = view.range_of(site);
        let meets = |finding: &&&Finding| {
            finding.file == site.file && range.is_some_and(|range| range.intersect(finding.range).is_some())
        };
        mine.iter().any(|finding| meets(&finding))
    };
    let trusts_code = |site: Site| {
        let item = view.inference.item(site.file, site.item).map(|(_, item, _)| item);
        keyword(arguments(view, site), "trust_remote_code")
            .is_some_and(|value| item.is_some_and(|item| matches!(item.expr(value), Expr::Bool(true))))
    };
    let mut loads: Vec<(u8, String)> = calls
        .iter()
        .filter(|call| call.kind != Model::Saves)
        .map(|call| {
            let (rank, word) = match call.kind {
                _ if is_found(call.site) => (0, "see above"),
                _ if trusts_code(call.site) => (1, "runs code that comes with the model: `trust_remote_code=True`"),
                Model::LoadsCode => (2, "its file may hold code; the rules found nothing wrong with this call"),
                Model::FromHub => (3, "safetensors where there are some, else pickle: pin the revision, and ask for `use_safetensors=True`"),
                _ => (4, "its file holds no code"),
            };
            let name = call.path.as_str().trim_start_matches("?.");
            (rank, format!("{}: `{name}`, {word}", view.site(call.site)))
        })
        .collect();
    loads.sort_by_key(|(rank, _)| *rank);
    let loads: Vec<String> = loads.into_iter().map(|(_, line)| line).collect();
    document.first_or(&loads, 15, "No model is loaded.");
}

/// Whether the arguments of a call make it what its row says. Rows without a condition always do.
fn concerns(view: &View<'_>, call: &Call<&str>) -> bool {
    let args = arguments(view, call.site);
    let Some((_, item, _)) = view.inference.item(call.site.file, call.site.item) else { return false };
    let is = |name: &str, wanted: bool| {
        keyword(args, name).is_some_and(|value| matches!(item.expr(value), Expr::Bool(said) if *said == wanted))
    };
    let text = |expr| view.text_of(Site { expr, ..call.site });
    match call.path.as_str() {
        "numpy.load" => is("allow_pickle", true),
        "yaml.load" => {
            let loader = keyword(args, "Loader").or_else(|| positional(args, 1));
            loader.is_none_or(|loader| !text(loader).contains("Safe") && !text(loader).contains("BaseLoader"))
        }
        "builtins.eval" | "builtins.exec" | "os.system" | "os.popen" => {
            positional(args, 0).is_none_or(|value| !matches!(item.expr(value), Expr::Str(_)))
        }
        path if path.starts_with("subprocess.") => {
            let is_fixed = positional(args, 0).is_some_and(|value| literal(item, value).is_some());
            is("shell", true) && !is_fixed
        }
        path if path.starts_with("requests.") || path.starts_with("httpx.") => is("verify", false),
        "uvicorn.run" => keyword(args, "host").and_then(|host| literal(item, host)).is_some_and(is_everywhere),
        "socket.create_server" | "socket.socket.bind" => {
            positional(args, 0).is_some_and(|address| match item.expr(address) {
                Expr::Tuple(parts) => parts.first().and_then(|host| literal(item, *host)).is_some_and(is_everywhere),
                _ => false,
            })
        }
        "flask.Flask.run" => is("debug", true),
        _ => true,
    }
}

fn is_everywhere(host: &str) -> bool {
    matches!(host, "" | "0.0.0.0" | "::")
}
