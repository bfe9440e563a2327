//! Packages that say what a project is about, and which of them it imports.

use std::collections::BTreeMap;

use pyteam_index::Snapshot;
use pyteam_index::facts::Source;

/// By field: module, and how it is called.
const KNOWN: &[(&str, &[(&str, &str)])] = &[
    (
        "Machine learning",
        &[
            ("torch", "PyTorch"),
            ("torchvision", "torchvision"),
            ("onnxruntime", "ONNX Runtime"),
            ("tensorrt", "TensorRT"),
            ("tensorflow", "TensorFlow"),
            ("keras", "Keras"),
            ("transformers", "Transformers"),
            ("ultralytics", "Ultralytics"),
            ("jax", "JAX"),
            ("sklearn", "scikit-learn"),
            ("cv2", "OpenCV"),
        ],
    ),
    (
        "Web",
        &[
            ("fastapi", "FastAPI"),
            ("django", "Django"),
            ("flask", "Flask"),
            ("starlette", "Starlette"),
            ("aiohttp", "aiohttp"),
            ("websockets", "websockets"),
            ("httpx", "httpx"),
            ("requests", "requests"),
        ],
    ),
    (
        "Data",
        &[
            ("numpy", "NumPy"),
            ("pandas", "pandas"),
            ("polars", "Polars"),
            ("dask", "Dask"),
            ("pyspark", "PySpark"),
            ("airflow", "Airflow"),
            ("sqlalchemy", "SQLAlchemy"),
            ("pydantic", "Pydantic"),
            ("redis", "Redis"),
            ("kafka", "Kafka"),
        ],
    ),
    (
        "Concurrency",
        &[
            ("multiprocessing", "multiprocessing"),
            ("threading", "threading"),
            ("concurrent", "concurrent.futures"),
            ("asyncio", "asyncio"),
            ("zmq", "ZeroMQ"),
            ("celery", "Celery"),
        ],
    ),
    ("Testing", &[("pytest", "pytest"), ("unittest", "unittest"), ("hypothesis", "Hypothesis")]),
];

/// A package and how many files import it.
pub(super) struct Used {
    pub(super) field: &'static str,
    pub(super) label: &'static str,
    pub(super) files: usize,
}

/// The known packages that files import, by field, those of most files first. A module of the project's own of the same
/// name is none of them.
pub(super) fn used(snapshot: &Snapshot, is_inside: &dyn Fn(&str) -> bool) -> Vec<Used> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in snapshot.files().filter(|file| is_inside(&file.path)) {
        let mut modules: Vec<&str> = file
            .facts
            .items
            .iter()
            .flat_map(|item| &item.bindings)
            .filter_map(|binding| match binding.source {
                Source::Import { path } => Some(path.as_str()),
                Source::ImportFrom { level: 0, module: Some(module), .. } => Some(module.as_str()),
                _ => None,
            })
            .filter(|module| snapshot.name_index().resolve(&file.path, module).is_none())
            .filter_map(|module| module.split('.').next())
            .collect();
        modules.sort_unstable();
        modules.dedup();
        modules.into_iter().for_each(|module| *counts.entry(module).or_default() += 1);
    }
    let mut used = Vec::new();
    for (field, packages) in KNOWN {
        let found =
            packages.iter().filter_map(|(module, label)| Some(Used { field, label, files: *counts.get(module)? }));
        let mut found: Vec<Used> = found.collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.files));
        used.extend(found);
    }
    used
}
