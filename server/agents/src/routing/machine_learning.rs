//! A request about machine learning is either about the model itself, or about what surrounds it. The first goes to those
//! who implement models; with the second, the Python side goes on.

use super::cues::{imports, quoted};
use super::{Clues, Scores, Words};

/// Packages that say that this is about models.
const PACKAGES: &[&str] = &[
    "torch",
    "torchvision",
    "onnxruntime",
    "onnx",
    "tensorrt",
    "tensorflow",
    "keras",
    "transformers",
    "cv2",
    "ultralytics",
    "jax",
    "diffusers",
    "timm",
    "safetensors",
    "openvino",
    "lightning",
];

/// Words that say so.
const SUBJECT: &[&str] = &[
    "ml",
    "machine learning",
    "model",
    "models",
    "inference",
    "neural",
    "pytorch",
    "torch",
    "onnx",
    "tensorrt",
    "tensorflow",
    "gpu",
    "cuda",
    "opencv",
    "detector",
    "detection",
    "classifier",
    "transformer*",
    "llm",
    "embedding*",
    "training",
    "fine-tun*",
];

/// What a model is and learns.
const LEARNING: &[&str] = &[
    "train",
    "training",
    "retrain*",
    "fine-tun*",
    "finetun*",
    "loss",
    "hyperparameter*",
    "model architecture",
    "network architecture",
    "evaluate the model",
    "accuracy",
    "overfit*",
    "epochs",
    "dataset split",
    "choose a model",
    "model selection",
    "implement a model",
    "implement the model",
    "model implementation",
    "layer",
    "layers",
];

/// How a model is run.
const RUNNING: &[&str] = &[
    "inference",
    "onnx",
    "tensorrt",
    "gpu",
    "cuda",
    "batch*",
    "quanti*",
    "preprocess* frame*",
    "frame*",
    "opencv",
    "load the model",
    "model loading",
    "detector",
    "detection",
    "memory",
    "optimi*",
    "faster",
    "slow",
    "fps",
    "latency",
];

/// What surrounds it: with whom the Python side goes on.
const AROUND: &[(&str, &[&str], &str)] = &[
    (
        "python-backend-specialist",
        &["serve", "serving", "endpoint*", "api", "rest", "request handler*", "http", "websocket*"],
        "serving a model is infrastructure, and stays on the Python side; the model itself is ai-engineer's",
    ),
    (
        "python-data-specialist",
        &[
            "data preparation",
            "prepare data",
            "prepare the data",
            "preprocess*",
            "data pipeline*",
            "feature*",
            "ingest*",
            "etl",
            "dataset*",
            "clean*",
        ],
        "preparing data for a model is infrastructure, and stays on the Python side",
    ),
    (
        "python-automation-specialist",
        &["mlops", "monitor*", "drift", "model registry", "deploy*", "logging", "metrics", "scale", "scaling"],
        "running and watching a model is infrastructure, and stays on the Python side",
    ),
];

/// Weighs them.
pub(super) fn weigh(clues: &Clues, words: &Words, scores: &mut Scores) {
    let package = PACKAGES.iter().find(|package| imports(clues, package));
    let Some(subject) = words.first(SUBJECT) else {
        // A file about models, and a request that says nothing of them, or none at all.
        if let Some(package) = package {
            let weight = if words.is_empty() { 8 } else { 3 };
            scores.add("python-ml-specialist", weight, format!("the file imports `{package}`"));
        }
        return;
    };
    let around: Vec<_> =
        AROUND.iter().filter_map(|(agent, cues, reason)| words.first(cues).map(|_| (*agent, *reason))).collect();
    let learning = words.first(LEARNING);
    let running = words.first(RUNNING);
    if let Some(word) = learning {
        let reason = format!("you speak of {}: that is the model itself, which is implemented by it", quoted(word));
        scores.add("ai-engineer", 14, reason);
        scores.add("python-ml-specialist", 6, "it runs what ai-engineer trains".to_owned());
    } else if !around.is_empty() {
        // The boundary: who builds the surroundings does not hand the model over.
        scores.bar("ai-engineer");
    }
    for (agent, reason) in &around {
        scores.add(agent, 9, (*reason).to_owned());
    }
    if let Some(word) = running {
        let both = if subject == word { quoted(word) } else { format!("{} and {}", quoted(subject), quoted(word)) };
        let reason = format!("you speak of {both}: it makes models run");
        scores.add("python-ml-specialist", 10, reason);
        if learning.is_none() {
            scores.add("ai-engineer", 4, "should the model itself have to change".to_owned());
        }
    } else if learning.is_none() {
        let weight = if around.is_empty() { 9 } else { 4 };
        scores.add("python-ml-specialist", weight, format!("you speak of {}", quoted(subject)));
    }
    let security = ["audit*", "vulnerab*", "safe*", "security"];
    if words.first(&security).is_some() && words.first(&["load*", "file*", "model loading"]).is_some() {
        scores.add("python-security-reviewer", 6, "a model file can run code when it is loaded".to_owned());
    }
}
