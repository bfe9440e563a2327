//! The security reviewer: an audit by subject. What was found, what to review, and what is clean.

use std::sync::Arc;

use pyteam_agents::Answer;
use pyteam_engine::{Finding, Page, Severity, Topic};
use pyteam_index::File;
use pyteam_index::infer::Site;
use pyteam_index::known::ModelUse;
use pyteam_syntax::Expr;

use super::shared::tables::models;
use super::shared::{scope, title, with_repairs};
use crate::calls::{Call, Row, arguments, keyword, known_calls, literal, passed_on, positional};
use crate::document::Document;
use crate::findings;
use crate::view::View;

/// A subject of the audit.
struct Subject {
    title: &'static str,
    /// What rules that report on it are about.
    topic: Option<Topic>,
    /// Calls that a person should look at.
    table: &'static [Row<&'static str>],
    /// What was checked, for the last line, where nothing is found.
    clean: &'static str,
}

const SUBJECTS: &[Subject] = &[
    Subject { title: "Credentials", topic: Some(Topic::Credentials), table: &[], clean: "credentials in URLs" },
    Subject {
        title: "Deserialization",
        topic: None,
        table: &[
            Row {
                path: "pickle.load",
                kind: "can run code from the data; use it only for data that this program wrote",
            },
            Row {
                path: "pickle.loads",
                kind: "can run code from the data; use it only for data that this program wrote",
            },
            Row {
                path: "dill.loads",
                kind: "can run code from the data; use it only for data that this program wrote",
            },
            Row {
                path: "cloudpickle.loads",
                kind: "can run code from the data; use it only for data that this program wrote",
            },
            Row { path: "marshal.loads", kind: "is meant for the interpreter's own files" },
            Row { path: "shelve.open", kind: "uses pickle" },
            Row { path: "yaml.load", kind: "creates more than plain data unless the loader is a safe one" },
            Row { path: "yaml.unsafe_load", kind: "creates any object" },
            Row { path: "yaml.full_load", kind: "creates more than plain data" },
            Row { path: "pandas.read_pickle", kind: "can run code from the data" },
            Row { path: "numpy.load", kind: "uses pickle with `allow_pickle=True`" },
        ],
        clean: "unsafe deserialization (pickle, marshal, shelve, YAML)",
    },
    Subject {
        title: "Code and commands",
        topic: None,
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
        clean: "`eval`, `exec` and shell commands built at run time",
    },
    Subject {
        title: "Network",
        topic: Some(Topic::Network),
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
            Row { path: "tempfile.mktemp", kind: "returns a name that another process can create first" },
        ],
        clean: "listeners on all interfaces and calls that accept any certificate",
    },
    Subject {
        title: "Between processes",
        topic: Some(Topic::BetweenProcesses),
        table: &[
            Row {
                path: "multiprocessing.connection.Listener",
                kind: "unpickles what its peers send: a peer that can connect can run code here",
            },
            Row { path: "multiprocessing.connection.Client", kind: "unpickles what its peer sends" },
            Row {
                path: "multiprocessing.managers.BaseManager",
                kind: "unpickles what its peers send: only `authkey` protects it",
            },
            Row {
                path: "multiprocessing.shared_memory.SharedMemory",
                kind: "can be read and written by every process of this user",
            },
        ],
        clean: "`Listener`, `Client`, `BaseManager` and `SharedMemory` (derived classes are not followed)",
    },
    Subject {
        title: "Denial of service",
        topic: Some(Topic::DenialOfService),
        table: &[],
        clean: "unbounded queues and blocking calls without a timeout",
    },
];

pub(super) fn answer(view: &View<'_>) -> Answer {
    let mut document = Document::new(&title(view, "Security audit"));
    let files: Vec<_> = view.files().into_iter().filter(|file| !view.is_test(file)).collect();
    let mine = findings::asked(view, |page| is_security(view, page));
    let all = findings::of_program(view, |page| {
        is_security(view, page) || SUBJECTS.iter().any(|subject| is_about(subject, page))
    });
    let errors = mine.iter().filter(|finding| finding.severity == Severity::Error).count();
    let verdict = match errors {
        _ if mine.is_empty() => "No security findings.".to_owned(),
        0 => format!("{}.", findings::tally(&mine)),
        1 => format!("{}. Fix the error before deployment.", findings::tally(&mine)),
        _ => format!("{}. Fix the errors before deployment.", findings::tally(&mine)),
    };
    document.say(format!("{verdict} {}", scope(view)));
    document.section("Findings");
    findings::tell(&mut document, view, &mine);
    models_part(&mut document, view, &files, &mine);
    for subject in SUBJECTS {
        document.section(subject.title);
        let reports =
            |finding: &&Finding| view.question.engine.page(&finding.code).is_some_and(|page| is_about(subject, page));
        let of_subject = all.iter().copied().filter(reports);
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
                "{}: `{}` is passed on and called under another name; it {}",
                view.site(one.site),
                short(one),
                one.kind
            )
        }));
        document.first(&found, 10);
        if !seen.is_empty() {
            document.say("To review:");
            document.first(&seen, 15);
        }
        if found.is_empty() && seen.is_empty() {
            document.clean(subject.clean);
        }
    }
    with_repairs(view, document, &mine)
}

fn is_about(subject: &Subject, page: &Page) -> bool {
    subject.topic.is_some_and(|topic| page.topics.contains(&topic))
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
    let calls = models(view, files);
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
        .filter(|call| call.kind != ModelUse::Saves)
        .map(|call| {
            let (rank, word) = match call.kind {
                _ if is_found(call.site) => (0, "see above"),
                _ if trusts_code(call.site) => (1, "can run code from the model repository: `trust_remote_code=True`"),
                ModelUse::LoadsCode => (2, "the file can contain code; no finding for this call"),
                ModelUse::FromHub => {
                    (3, "safetensors if present, else pickle: pin the revision and pass `use_safetensors=True`")
                }
                _ => (4, "the file format cannot contain code"),
            };
            let name = call.path.as_str().trim_start_matches("?.");
            (rank, format!("{}: `{name}`, {word}", view.site(call.site)))
        })
        .collect();
    loads.sort_by_key(|(rank, _)| *rank);
    let loads: Vec<String> = loads.into_iter().map(|(_, line)| line).collect();
    document.first_or_clean(&loads, 15, "model loads");
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
