//! One dependency as a line of text: PEP 508, with what pip, conda and people add to it.

use super::specifier;
use super::version::VersionRange;

/// What one line says of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    /// The package, normalized.
    pub(super) name: String,
    /// The versions it allows.
    pub(super) ranges: Vec<VersionRange>,
    /// Whether it names one version with `==`.
    pub(super) pinned: bool,
}

/// A package's name as PEP 503 compares it: `Py_Torch.Vision` is `py-torch-vision`.
pub(super) fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if !matches!(c, '-' | '_' | '.') {
            normal.push(c.to_ascii_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

impl Requirement {
    /// A package whose version is not constrained.
    pub(super) fn any(name: &str) -> Self {
        Self { name: normalize(name), ranges: vec![VersionRange::ANY], pinned: false }
    }

    /// A package with a constraint in any dialect.
    pub(super) fn constrained(name: &str, constraint: &str) -> Self {
        Self { name: normalize(name), ranges: specifier::parse(constraint), pinned: specifier::is_pin(constraint) }
    }

    /// Reads `name[extra] >= 1.0 ; marker`, `name @ url`, a URL or a path. Markers are left out: a requirement that
    /// holds on some machines is a possibility on all.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let end =
            line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        if rest.starts_with([':', '/', '\\', '+']) || name.starts_with('.') || has_wheel_suffix(name) {
            return Self::from_location(line);
        }
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let name = name.trim_end_matches(['-', '_', '.']);
        let mut rest = rest.trim_start();
        if let Some(extras) = rest.strip_prefix('[') {
            rest = extras.split_once(']')?.1.trim_start();
        }
        if let Some(location) = rest.strip_prefix('@') {
            let known = Self::from_location(location.trim()).filter(|found| found.name == normalize(name));
            return Some(known.unwrap_or_else(|| Self::any(name)));
        }
        let constraint = rest.split(';').next().unwrap_or_default().trim();
        let constraint = constraint.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(constraint);
        // What follows a name directly and is no constraint makes the line prose, not a requirement.
        if !constraint.is_empty() && !constraint.starts_with(['=', '<', '>', '~', '!', '^', '*']) {
            return None;
        }
        Some(Self::constrained(name, constraint))
    }

    /// The name and version in a wheel's or archive's file name, or the name after `#egg=`.
    fn from_location(location: &str) -> Option<Self> {
        let location = location.split_whitespace().next()?;
        let (path, fragment) = location.split_once('#').unwrap_or((location, ""));
        if let Some(egg) = fragment.split('&').find_map(|part| part.strip_prefix("egg=")) {
            return Some(Self::any(egg.split('[').next().unwrap_or(egg)));
        }
        let file = path.split('?').next().unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
        let file = file.replace("%2B", "+").replace("%2b", "+");
        if let Some(stem) = file.strip_suffix(".whl") {
            let mut parts = stem.split('-');
            return Some(Self::constrained(parts.next()?, &format!("=={}", parts.next()?)));
        }
        let stem = file.strip_suffix(".tar.gz").or_else(|| file.strip_suffix(".zip"))?;
        let (name, version) = stem.rsplit_once('-')?;
        version.starts_with(|c: char| c.is_ascii_digit()).then(|| Self::constrained(name, &format!("=={version}")))
    }

    /// Reads a line of a conda environment: `channel::name=1.0=build`, `name>=1.0`, `name 1.0.*`.
    pub(super) fn parse_conda(line: &str) -> Option<Self> {
        let line = line.rsplit("::").next()?.trim();
        let end =
            line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).unwrap_or(line.len());
        let (name, constraint) = line.split_at(end);
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        // `name[version='>=1.0']`: rare, and not read.
        let constraint = if constraint.starts_with('[') { "" } else { constraint };
        let name = match name {
            "pytorch" | "pytorch-cpu" | "pytorch-gpu" => "torch",
            name => name,
        };
        Some(Self::constrained(name, constraint))
    }
}

/// Wheels' names are in lower case by their standard.
fn has_wheel_suffix(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| suffix == "whl")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        Requirement::parse(line).map_or("-".to_owned(), |found| {
            let ranges: Vec<_> = found.ranges.iter().map(ToString::to_string).collect();
            format!("{} {}{}", found.name, ranges.join(" or "), if found.pinned { " (pinned)" } else { "" })
        })
    }

    #[test]
    fn lines_of_real_life() {
        for (line, expected) in [
            ("torch", "torch any version"),
            ("torch==2.1.0+cu118", "torch ==2.1 (pinned)"),
            ("torch>=1.7.0,!=1.8", "torch >=1.7"),
            ("torch >= 1.7.0, < 2.0", "torch >=1.7,<2.0"),
            ("torch (>=1.7)", "torch >=1.7"),
            ("Torch.Vision_Extra[gpu,onnx]~=0.15 ; python_version >= '3.8'", "torch-vision-extra >=0.15,<1.0"),
            ("torch==1.13.1; sys_platform == 'darwin'", "torch ==1.13.1 (pinned)"),
            ("uvicorn[standard]==0.23.*", "uvicorn >=0.23,<0.24"),
            (
                "torch @ https://download.pytorch.org/whl/cu118/torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl",
                "torch ==2.1 (pinned)",
            ),
            ("https://download.pytorch.org/whl/cpu/torch-1.9.0-cp38-cp38-linux_x86_64.whl", "torch ==1.9 (pinned)"),
            ("./wheels/torch-2.0.1-py3-none-any.whl", "torch ==2.0.1 (pinned)"),
            ("torch-2.0.1-py3-none-any.whl", "torch ==2.0.1 (pinned)"),
            ("detectron2 @ git+https://github.com/facebookresearch/detectron2.git@v0.6", "detectron2 any version"),
            ("git+https://github.com/openai/CLIP.git#egg=clip", "clip any version"),
            ("git+https://github.com/openai/CLIP.git", "-"),
            ("name @ https://example.com/name-1.2.tar.gz", "name ==1.2 (pinned)"),
            (".", "-"),
            ("../other", "-"),
            ("# torch", "-"),
            ("see the manual", "-"),
            ("", "-"),
            ("\u{fffd}\u{0}", "-"),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_of_a_conda_environment() {
        for (line, name, range) in [
            ("pytorch=2.1", "torch", ">=2.1,<2.2"),
            ("pytorch::pytorch=1.12.1=py3.9_cuda11.3", "torch", ">=1.12.1,<1.12.2"),
            ("conda-forge::numpy", "numpy", "any version"),
            ("python>=3.10", "python", ">=3.10"),
            ("python 3.10.*", "python", ">=3.10,<3.11"),
        ] {
            let found = Requirement::parse_conda(line).unwrap();
            assert_eq!((found.name.as_str(), found.ranges[0].to_string().as_str()), (name, range), "{line}");
        }
    }
}
