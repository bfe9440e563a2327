//! What words, imports and the shape of a program say about who should be asked.

use super::{Clues, Scores, Words, shown};

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
        "architect*, design*, topology, protocol class*, interfaces, restructur*, decouple*, message schema*, \
         typeddict*",
    ),
    cue(
        "python-async-specialist",
        7,
        "processes and threads",
        "multiprocessing, deadlock*, race condition*, poison pill*, shutdown, shut down, hang, hangs, queue, \
         queues, producer*, consumer*, thread*, process pool*, ipc, shared memory, asyncio, concurren*, \
         graceful*, sigterm, does not stop, never stops, blocks forever",
    ),
    cue(
        "python-backend-specialist",
        7,
        "a web back end",
        "endpoint*, rest api, fastapi, django, flask, starlette, sqlalchemy, orm, graphql, middleware, \
         websocket*, migration*, celery, route, routes, database, n+1, http api, web api, api",
    ),
    cue(
        "python-data-specialist",
        7,
        "data",
        "pandas, dataframe*, data frame*, polars, etl, csv, parquet, notebook*, spark, pyspark, airflow, dask, \
         visuali*, plot*, dashboard*, statistic*, feature engineering, data pipeline*, data quality, \
         time series",
    ),
    cue(
        "python-automation-specialist",
        7,
        "automation",
        "docker*, container*, ci, ci/cd, github action*, gitlab ci, jenkins*, pipeline yaml, terraform, \
         ansible, pulumi, pre-commit, environment variable*, packaging, pyproject, dependency management, \
         cron*, deployment script*, poetry, tox",
    ),
    cue(
        "devops-engineer",
        7,
        "a deployment",
        "deploy*, kubernetes, k8s, helm, production environment, roll out, rollout, rollback, provision*, \
         docker*, container*, ci/cd",
    ),
    cue(
        "python-testing-specialist",
        7,
        "how things are tested",
        "test strategy, testing strategy, coverage, flaky, slow test*, test suite, test structure, \
         test architecture, hypothesis, property-based, load test*, untested",
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
        "write test*, write unit test*, write pytest*, add test*, create test*, create unit test*, \
         comprehensive test*, tests for",
    ),
    cue(
        "qa-engineer",
        7,
        "testing what is done",
        "test plan*, qa, quality assurance, acceptance, integration test*, performance test*, \
         ready for release, performance validation",
    ),
    cue(
        "python-quality-enforcer",
        8,
        "types and style",
        "mypy, ruff, black, lint*, annotat*, type hint*, type error*, typing, format, formatting, pep 8, pep8, \
         type safe*, typed",
    ),
    cue(
        "python-security-reviewer",
        8,
        "what can be abused",
        "security review*, security audit*, audit*, vulnerab*, credential*, injection, deserializ*, \
         deserialis*, pickle, cve, exploit*, secret*, leak*, insecure, unsafe, security",
    ),
    cue(
        "security-engineer",
        8,
        "building security in",
        "authenticat*, authoriz*, authoris*, oauth*, jwt, login, sensitive data, personal data, gdpr, \
         encrypt*, permission*, new package*, new dependenc*, add dependenc*, threat model*",
    ),
    cue(
        "git-helper",
        9,
        "version control",
        "commit*, branch*, pull request*, pr, merge conflict*, rebase, changelist, git",
    ),
    cue(
        "technical-writer",
        8,
        "documentation",
        "document, documentation, docs, readme, docstring*, openapi, changelog, tutorial*, api reference",
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

/// What makes something new: one of these, and one of [`SUBSYSTEM`].
const NEW: &[&str] = &["new", "design", "build", "create", "add", "adding", "introduce"];
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

/// Weighs them.
pub(super) fn weigh(clues: &Clues, words: &Words, scores: &mut Scores) {
    for cue in CUES {
        let found: Vec<&str> = cue.words.split(", ").filter(|word| words.has_phrase(word)).collect();
        if let Some(first) = found.first() {
            // Words are likely to mean the same; each further one weighs less.
            let weight = cue.weight + 2 * (found.len() as u32 - 1).min(3);
            let reason = format!("you speak of {}: it is about {}", quoted(first), cue.about);
            scores.add(cue.agent, weight, reason);
        }
    }
    weigh_newness(clues, words, scores);
    for (agent, weight, packages) in IMPORTS {
        let imported = packages.split(", ").find(|package| imports(clues, package));
        if let Some(package) = imported {
            // Tests import pytest, whoever they are for.
            let weight = if words.is_empty() { *weight } else { *weight / 2 };
            scores.add(agent, weight, format!("the file imports `{package}`"));
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
        scores.add("python-async-specialist", weight, what.to_owned());
    }
}

/// Something new starts with a design.
fn weigh_newness(clues: &Clues, words: &Words, scores: &mut Scores) {
    let (Some(new), Some(what)) = (words.first(NEW), words.first(SUBSYSTEM)) else { return };
    let is_first = clues.processes_in_workspace == Some(0) && matches!(shown(what), "process" | "worker process");
    let reason = if is_first {
        "this would be the first process here: a design comes before it".to_owned()
    } else {
        format!("you speak of {} and {}: something new starts with a design", quoted(new), quoted(what))
    };
    scores.add("python-architect", 14, reason);
}

pub(super) fn imports(clues: &Clues, package: &str) -> bool {
    clues.imports.iter().any(|module| module.split('.').next() == Some(package))
}

pub(super) fn quoted(word: &str) -> String {
    format!("\u{201c}{}\u{201d}", shown(word))
}
