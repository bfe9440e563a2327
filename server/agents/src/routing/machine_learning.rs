//! A request about machine learning is either about the model itself, or about what surrounds it. The first goes to those
//! who implement models; with the second, the Python side goes on.

use super::cues::imports;
use super::words::{Words, quoted};
use super::{Clues, Scores, Source};

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
    "finetun*",
    "train",
    "retrain*",
    "classification",
    "segmentation",
    "backbone*",
    "cnn*",
    "rnn*",
    "lstm*",
    "resnet*",
    "yolo*",
    "unet*",
    "u-net*",
    "vae*",
    "gan",
    "gans",
    "autoencoder*",
    "network to",
    "loss function*",
    "learning rate*",
    "epochs",
    "hyperparameter*",
    "weights",
];

/// What a model is and learns.
const LEARNING: &[&str] = &[
    "train",
    "training loop*",
    "training script*",
    "training run*",
    "training",
    "trainer",
    "retrain*",
    "fit a model",
    "backbone*",
    "cnn*",
    "rnn*",
    "lstm*",
    "vae*",
    "gan",
    "gans",
    "autoencoder*",
    "segmentation head*",
    "detection head*",
    "classification head*",
    "attention head*",
    "head",
    "attention",
    "dropout",
    "batch norm*",
    "activation function*",
    "learning rate*",
    "optimiser",
    "optimizer",
    "early stopping",
    "augment*",
    "distil*",
    "precision and recall",
    "confusion matrix",
    "transfer learning",
    "build a classifier",
    "build a detector",
    "write a classifier",
    "implement a classifier",
    "implement a detector",
    "implement a transformer",
    "a new detector",
    "a new classifier",
    "a better model",
    "converge*",
    "underfit*",
    "f1",
    "map score",
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

/// What is learnt from is data, and prepared by others.
const DATA: &[&str] = &["training data*", "training set*", "training image*", "training example*", "data for training"];

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

/// The word by which a request is about a model itself.
pub(super) fn learning(words: &Words) -> Option<String> {
    words.first(SUBJECT)?;
    let is_data = words.first(DATA).is_some();
    LEARNING.iter().filter(|word| !is_data || !word.starts_with("train")).find_map(|word| words.said(word))
}

/// Weighs them.
pub(super) fn weigh(clues: &Clues, words: &Words, scores: &mut Scores) {
    let package = PACKAGES.iter().find(|package| imports(clues, package));
    let Some(subject) = words.first(SUBJECT) else {
        // A file about models, and a request that says nothing of them, or none at all.
        if let Some(package) = package {
            let weight = if words.is_empty() { 8 } else { 3 };
            scores.add("python-ml-specialist", weight, Source::Imports, format!("the file imports `{package}`"));
        }
        return;
    };
    let around: Vec<_> =
        AROUND.iter().filter_map(|(agent, cues, reason)| words.first(cues).map(|_| (*agent, *reason))).collect();
    let learning = learning(words);
    let running = words.first(RUNNING);
    let ml = |weight, reason: String, scores: &mut Scores| {
        scores.add("python-ml-specialist", weight, Source::Request, reason);
    };
    if let Some(word) = &learning {
        let reason = format!("you speak of {}: that is the model itself, which it implements", quoted(word));
        scores.add("ai-engineer", 16, Source::Request, reason);
        ml(6, "it runs what ai-engineer trains".to_owned(), scores);
    } else if !around.is_empty() {
        // The boundary: who builds the surroundings does not hand the model over.
        scores.bar("ai-engineer");
    }
    for (agent, reason) in &around {
        scores.add(agent, 9, Source::Request, (*reason).to_owned());
    }
    match (running, &learning) {
        (_, Some(_)) => {}
        (Some(word), None) => {
            let both =
                if subject == word { quoted(&word) } else { format!("{} and {}", quoted(&subject), quoted(&word)) };
            ml(10, format!("you speak of {both}: it makes models run"), scores);
            let reason = "should the model itself have to change".to_owned();
            scores.add("ai-engineer", 4, Source::Request, reason);
        }
        (None, None) => {
            let weight = if around.is_empty() { 9 } else { 4 };
            ml(weight, format!("you speak of {}", quoted(&subject)), scores);
        }
    }
    let security =
        ["audit*", "vulnerab*", "safe*", "unsafe", "security", "malicious", "trust*", "untrusted", "exploit*"];
    if words.first(&security).is_some() && words.first(&["load*", "file*", "model loading"]).is_some() {
        let reason = "a model file can run code when it is loaded".to_owned();
        scores.add("python-security-reviewer", 6, Source::Request, reason);
    }
}
