//! What words, imports and the shape of a program say about who should be asked.

use super::words::{Words, quoted};
use super::{Clues, Scores, Source};

/// Words that point to somebody.
struct Cue {
    agent: &'static str,
    weight: u32,
    /// Words and phrases, with commas between.
    words: &'static str,
    /// What they are about: "it is about {}".
    about: &'static str,
}

const CUES: &[Cue] = &[
    cue(
        "python-architect",
        8,
        "a design",
        "architect*, design*, topology, protocol class*, a protocol, protocols, base class*, inherit*, interfaces, \
         restructur*, decouple*, message schema*, typeddict*, responsibilities, single responsibility, split up, \
         split it up, split this, too much, talk to each other, fit together, circular import*, class hierarch*, \
         god class, how should we structure, how should i structure, module boundar*, trade-off*, tradeoff*",
    ),
    cue(
        "python-async-specialist",
        7,
        "processes and threads",
        "multiprocessing, deadlock*, race condition*, poison pill*, shutdown, shut down, hang, hangs, queue, \
         queues, producer*, consumer*, thread*, process pool*, ipc, shared memory, asyncio, concurren*, \
         graceful*, gracefully, sigterm, sigint, does not stop, doesn't stop, never stops, won't stop, blocks forever, \
         doesn't end, does not end, never ends, won't end, doesn't exit, does not exit, never exits, won't exit, \
         processes, a process, the process, each process, process for each, subprocess*, zombie*, orphan*, async, \
         await*, blocking call*, event loop*, ctrl-c, ctrl c, keyboardinterrupt, stop cleanly, stops cleanly, \
         semaphore*, lock, locks, locking, freezes, stuck, workers, worker process*, sentinel*, daemonic, pipe, pipes, \
         multi-process*, multiprocess*, coroutine*, gather, parallel*, start method, spawn, fork",
    ),
    cue(
        "python-backend-specialist",
        7,
        "a web back end",
        "endpoint*, rest api, fastapi, django, flask, starlette, sqlalchemy, orm, graphql, middleware, \
         websocket*, migration*, celery, route, routes, database*, n 1, n 1 queries, http api, web api, api, apis, request bod*, \
         status code*, pagination, paginat*, pydantic, session per request, connection pool*, transaction*, webhook*",
    ),
    cue(
        "python-data-specialist",
        7,
        "data",
        "pandas, dataframe*, data frame*, polars, etl, csv, parquet, notebook*, spark, pyspark, airflow, dask, \
         visuali*, plot*, dashboard*, statistic*, feature engineering, data pipeline*, data quality, \
         time series, outlier*, missing values, aggregate by, group by, join two, excel, spreadsheet*, histogram*, \
         correlation*, numpy, vectori*, a/b test*, hypothesis test*, regression analysis, columns, dataset cleaning",
    ),
    cue(
        "python-automation-specialist",
        7,
        "automation",
        "docker*, container*, ci, ci/cd, github action*, workflow file, makefile, pip-tools, pin our, pin the, \
         dependencies, monitor*, alerting, prometheus, backup*, log rotation, gitlab ci, jenkins*, pipeline yaml, terraform, \
         ansible, pulumi, pre-commit, environment variable*, packaging, pyproject, dependency management, \
         cron*, deployment script*, poetry, tox",
    ),
    cue(
        "devops-engineer",
        7,
        "a deployment",
        "deploy*, kubernetes, k8s, helm, production environment, roll out, rollout, rollback, provision*, \
         docker*, container*, ci/cd, roll back, zero downtime, aws, azure, gcp, cloud, ingress, auto-scal*, autoscal*, \
         blue-green, canary",
    ),
    // What processes say to each other is agreed on before either is written.
    cue(
        "python-architect",
        6,
        "a design",
        "typeddict*, message schema*, protocol class*, class hierarch*, base class*",
    ),
    // It may be a verb: whoever processes a table is asked for first.
    cue("python-async-specialist", 4, "processes and threads", "process"),
    // These are about how tests or checks are run, whatever else is spoken of.
    cue("python-testing-specialist", 6, "how things are tested", "flaky, flakey, flakiness, coverage, property-based"),
    cue("python-automation-specialist", 6, "automation", "pre-commit, github action*, gitlab ci"),
    // The image and the pipeline that builds it belong to one deployment.
    cue(
        "devops-engineer",
        12,
        "a deployment",
        "containeri*, dockeri*, set up ci, set up ci/cd, set up a ci, setup ci, deploy, deploying, kubernetes, roll back, \
         rollback, roll out",
    ),
    cue(
        "python-testing-specialist",
        7,
        "how things are tested",
        "test strategy, testing strategy, coverage, flaky, slow test*, test suite, test structure, \
         test architecture, hypothesis, property-based, load test*, untested, isn't tested, not tested, what's not tested, \
         tests take, tests are slow, suite, test isolation, tests depend, flakiness, flakey, test run*, ci time",
    ),
    cue(
        "python-test-writer",
        8,
        "tests to be written",
        "write test*, add test*, create test*, create comprehensive test*, unit test*, pytest, \
         regression test*, fixture*, parametri*, mock*, test for, tests for",
    ),
    // Whatever they are tests of.
    cue(
        "python-test-writer",
        12,
        "tests to be written",
        "write test*, write the test*, add the test*, write unit test*, write pytest*, add test*, create test*, create unit test*, \
         comprehensive test*, tests for, test cases for, write a test*, add a test*, need tests, needs tests, no tests, \
         without tests, cover * with tests",
    ),
    cue(
        "qa-engineer",
        7,
        "testing what is done",
        "test plan*, qa, quality assurance, acceptance, integration test*, performance test*, \
         ready for release, performance validation, end to end, end-to-end, release candidate, smoke test*, user acceptance, \
         sign off, sign-off, manual test*, exploratory test*",
    ),
    // Work that is done goes to who tests it, whatever it is about.
    cue(
        "qa-engineer",
        13,
        "testing what is done",
        "performance test*, acceptance test*, test plan*, hand over to test*, hand it over to test*, hand over for test*, \
         handover to test*, handing over to test*, ready for test*, ready for qa, development is finished, \
         development is done, development is complete, feature is finished, feature complete, feature is complete, \
         implementation is finished, implementation is complete, before we ship, before the release, regression pass",
    ),
    cue(
        "python-quality-enforcer",
        8,
        "types and style",
        "mypy, ruff, black, lint*, annotat*, type hint*, type error*, typing, format, formatting, formatted, reformat*, pep 8, pep8, \
         type safe*, typed, untyped, type check*, typecheck*, import order, isort, code style, style, unused import*, \
         unused variable*, any types, return type*, optional type*, naming convention*",
    ),
    cue(
        "python-security-reviewer",
        8,
        "what can be abused",
        "security review*, security audit*, audit*, vulnerab*, credential*, injection, deserializ*, \
         deserialis*, pickle, cve, exploit*, secret*, leaked, leaks credentials, insecure, unsafe, security, unpickle*, attack*, hardcoded, hard-coded, \
         path traversal, sanitis*, sanitiz*, is it safe, safe to, untrusted, eval, exfiltrat*, hackers, hacked, \
         in our logs, in the logs, weights_only",
    ),
    cue("python-security-reviewer", 4, "what can be abused", "password*, passphrase*, token leak*"),
    cue(
        "security-engineer",
        8,
        "building security in",
        "authenticat*, authoriz*, authoris*, oauth*, jwt, login, sensitive data, personal data, gdpr, \
         encrypt*, permission*, new package*, new dependenc*, add dependenc*, threat model*, password*, sign in, \
         sign-in, signin, log in, log-in, sso, single sign-on, role based, role-based, rbac, access control, api key*, \
         two-factor, 2fa, mfa, hash passwords, password hash*, user data, personally identifiable, pii, csrf, cors, \
         session cookie*, rate limit*",
    ),
    cue(
        "git-helper",
        9,
        "version control",
        "commit, commits, committing, commit message*, branch*, pull request*, pr, prs, merge conflict*, rebase*, changelist, git, \
         squash*, cherry-pick*, stash, merge main, merge master, gitignore, tag the release",
    ),
    cue(
        "technical-writer",
        8,
        "documentation",
        "document, documenting, documentation, docs, readme, docstring*, openapi, changelog, tutorial*, api reference, user guide, \
         write up, how-to, release notes, explain how to install",
    ),
];

const fn cue(agent: &'static str, weight: u32, about: &'static str, words: &'static str) -> Cue {
    Cue { agent, weight, words, about }
}

/// Packages that point to somebody, by their first name.
const IMPORTS: &[(&str, u32, &str)] = &[
    ("python-async-specialist", 4, "multiprocessing, threading, concurrent, asyncio, queue, zmq, billiard, joblib"),
    (
        "python-backend-specialist",
        5,
        "fastapi, django, flask, starlette, sqlalchemy, asyncpg, tortoise, aiohttp, sanic, strawberry, \
         graphene, celery, arq, psycopg, psycopg2, motor, rest_framework",
    ),
    (
        "python-data-specialist",
        5,
        "pandas, polars, dask, pyspark, airflow, sklearn, seaborn, plotly, streamlit, dash, mlflow, \
         statsmodels, great_expectations, pandera, duckdb, pyarrow",
    ),
    (
        "python-automation-specialist",
        5,
        "boto3, pulumi, ansible, fabric, invoke, paramiko, aws_cdk, kubernetes, docker, prometheus_client",
    ),
    ("python-testing-specialist", 4, "pytest, unittest, hypothesis, nox"),
];

/// What makes something new: one of these, and close behind it one of [`SUBSYSTEM`].
const NEW: &[&str] = &[
    "design",
    "build",
    "create",
    "add",
    "adding",
    "introduce",
    "lay out",
    "implement a new",
    "write a new",
    "need a new",
    "want a new",
    "start a new",
    "make a new",
    "plan",
];
const SUBSYSTEM: &[&str] = &[
    "subsystem*",
    "pipeline*",
    "service",
    "microservice*",
    "component*",
    "process",
    "process type",
    "worker process*",
    "architecture",
    "daemon",
    "manager",
    "ml model",
    "new model",
];
/// A pipeline of these is no subsystem.
const OF_TOOLS: &[&str] = &["ci", "ci/cd", "github action*", "gitlab ci", "jenkins*", "pipeline yaml"];

/// Weighs them. `is_learning`: the request is about a model itself, which is not designed like a program.
pub(super) fn weigh(clues: &Clues, words: &Words, is_learning: bool, scores: &mut Scores) {
    let own = words.without_sources();
    for cue in CUES {
        // What the work follows is there already.
        let words = if cue.agent == "python-architect" { &own } else { words };
        let found: Vec<String> = cue.words.split(", ").filter_map(|word| words.said(word)).collect();
        if let Some(first) = found.first() {
            // Words are likely to mean the same; each further one weighs less.
            let weight = cue.weight + 2 * (found.len() as u32 - 1).min(3);
            let reason = format!("you speak of {}, which is about {}", quoted(first), cue.about);
            scores.add(cue.agent, weight, Source::Request, reason);
        }
    }
    if !is_learning {
        weigh_newness(clues, &own, scores);
    }
    for (agent, weight, packages) in IMPORTS {
        let imported = packages.split(", ").find(|package| imports(clues, package));
        if let Some(package) = imported {
            // Tests import pytest, whoever they are for.
            let weight = if words.is_empty() { *weight } else { *weight / 2 };
            scores.add(agent, weight, Source::Imports, format!("the file imports `{package}`"));
        }
    }
    let (channels, processes) = (clues.channels, clues.processes);
    if channels + processes > 0 {
        let weight = if words.is_empty() { 7 } else { 3 };
        let what = match (channels, processes) {
            (0, _) => "processes or threads run here",
            (_, 0) => "messages go through queues or pipes here",
            _ => "processes exchange messages here",
        };
        scores.add("python-async-specialist", weight, Source::Shape, what.to_owned());
    }
}

/// Something new starts with a design.
fn weigh_newness(clues: &Clues, words: &Words, scores: &mut Scores) {
    if words.first(OF_TOOLS).is_some() {
        return;
    }
    let Some((new, what)) = words.close(NEW, SUBSYSTEM) else { return };
    let is_process = what.to_lowercase().contains("process");
    let reason = if is_process && clues.processes_in_workspace == Some(0) {
        "this would be the first process here: a design comes before it".to_owned()
    } else {
        format!("you speak of {} and {}, and something new starts with a design", quoted(&new), quoted(&what))
    };
    scores.add("python-architect", 14, Source::Request, reason);
}

pub(super) fn imports(clues: &Clues, package: &str) -> bool {
    clues.imports.iter().any(|module| module.split('.').next() == Some(package))
}
