//! Version constraints in the dialects that manifests speak: PEP 440, Poetry, conda.
//!
//! A constraint becomes a union of ranges. Exclusions (`!=1.8`) are left out: the answer gets wider by that, never
//! wrong. A clause that cannot be read counts as "any version" for the same reason.

use super::version::{VersionRange, read};

/// `>=1.7.0,!=1.8,<2` as PEP 440 has it. Poetry's `^`, `~`, `||` and bare versions and conda's `=2.1` (any 2.1) and
/// `|` mean nothing there, so all of them are understood everywhere.
pub(super) fn parse(text: &str) -> Vec<VersionRange> {
    let ranges: Vec<_> = text.split('|').filter(|part| !part.trim().is_empty()).map(conjunction).collect();
    if ranges.is_empty() { vec![VersionRange::ANY] } else { ranges }
}

/// Whether a PEP 440 constraint names one version.
pub(super) fn is_pin(text: &str) -> bool {
    text.split(',').any(|clause| {
        let clause = clause.trim();
        clause.starts_with("==") && !clause.ends_with('*')
    })
}

/// All clauses hold together. Contradictory ones are a mistake, about which nothing can be said.
fn conjunction(text: &str) -> VersionRange {
    let mut range = VersionRange::ANY;
    for clause in clauses(text) {
        match range.clone().intersect(read_clause(&clause).unwrap_or(VersionRange::ANY)) {
            Some(narrower) => range = narrower,
            None => return VersionRange::ANY,
        }
    }
    range
}

/// Clauses are separated by commas or, with Poetry, by spaces; an operator may stand apart from its version.
fn clauses(text: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for word in text.split([',', ' ', '\t']).map(str::trim).filter(|word| !word.is_empty()) {
        match clauses.last_mut() {
            Some(last) if last.ends_with(['=', '<', '>', '~', '^', '!']) => last.push_str(word),
            _ => clauses.push(word.to_owned()),
        }
    }
    clauses
}

fn read_clause(clause: &str) -> Option<VersionRange> {
    // The longer operators first: `===` starts with `==`.
    for (operator, read) in OPERATORS {
        if let Some(version) = clause.strip_prefix(operator) {
            return read(version.trim());
        }
    }
    exact(clause)
}

type Read = fn(&str) -> Option<VersionRange>;

const OPERATORS: [(&str, Read); 11] = [
    ("===", exact),
    ("==", exact),
    ("~=", compatible),
    ("!=", |_| None),
    (">=", |text| Some(VersionRange::from(read(text)?, true))),
    ("<=", |text| Some(VersionRange::until(read(text)?, true))),
    (">", |text| Some(VersionRange::from(read(text)?, false))),
    ("<", |text| Some(VersionRange::until(read(text)?, false))),
    ("^", caret),
    ("~", tilde),
    ("=", prefix),
];

/// `2.1.0`, `2.1.*`; also what a bare version means.
fn exact(text: &str) -> Option<VersionRange> {
    match text.trim_end_matches('*') {
        stem if stem.len() < text.len() => prefix(stem.trim_end_matches('.')),
        _ => Some(VersionRange::exactly(read(text)?)),
    }
}

/// conda's `=2.1`: any version that starts so. A build string after another `=` does not matter.
fn prefix(text: &str) -> Option<VersionRange> {
    let text = text.split('=').next().unwrap_or_default().trim_end_matches('*').trim_end_matches('.');
    if text.is_empty() {
        return Some(VersionRange::ANY);
    }
    Some(VersionRange::starting_with(&read(text)?))
}

/// `~=2.5` is at least 2.5 and below 3; `~=2.5.1` below 2.6.
fn compatible(text: &str) -> Option<VersionRange> {
    let version = read(text)?;
    let kept = version.release().len().checked_sub(1).filter(|kept| *kept > 0)?;
    Some(VersionRange::compatible(version, kept))
}

/// Poetry's `^1.2.3` is below the next change of the first number that is not zero.
fn caret(text: &str) -> Option<VersionRange> {
    let version = read(text)?;
    let zeros = version.release().iter().take_while(|number| **number == 0).count();
    let kept = (zeros + 1).min(version.release().len());
    Some(VersionRange::compatible(version, kept))
}

/// Poetry's `~1.2.3` and `~1.2` are below 1.3, `~1` below 2.
fn tilde(text: &str) -> Option<VersionRange> {
    let version = read(text)?;
    let kept = version.release().len().min(2);
    Some(VersionRange::compatible(version, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text).iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
    }

    #[test]
    fn every_dialect_is_understood() {
        for (constraint, expected) in [
            ("==2.1.0+cu118", "==2.1"),
            ("===2.1.0", "==2.1"),
            ("==2.1.*", ">=2.1,<2.2"),
            (">=1.7.0,!=1.8", ">=1.7"),
            (">= 1.7.0 , < 2", ">=1.7,<2.0"),
            ("~=2.5", ">=2.5,<3.0"),
            ("~=2.5.1", ">=2.5.1,<2.6"),
            (">2", ">2.0"),
            ("<=2.6.0,>=2.0.0", ">=2.0,<=2.6"),
            ("^2.1", ">=2.1,<3.0"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0", ">=0.0,<1.0"),
            ("~1.2.3", ">=1.2.3,<1.3"),
            ("~1", ">=1.0,<2.0"),
            ("*", "any version"),
            ("", "any version"),
            ("1.13.1", "==1.13.1"),
            (">=1.2 <2.0", ">=1.2,<2.0"),
            ("^1.0 || ^2.0", ">=1.0,<2.0 or >=2.0,<3.0"),
            (">=3.0,<2.0", "any version"),
            ("nonsense", "any version"),
            (">=two", "any version"),
        ] {
            assert_eq!(shown(constraint), expected, "{constraint}");
        }
    }

    #[test]
    fn conda_has_its_own_equals_sign() {
        for (constraint, expected) in [
            ("=2.1", ">=2.1,<2.2"),
            ("=2.1.0=py3.10_cuda11.8", ">=2.1,<2.1.1"),
            ("==2.1.0", "==2.1"),
            (">=2.0,<2.6", ">=2.0,<2.6"),
            ("2.1.*", ">=2.1,<2.2"),
        ] {
            let shown: Vec<_> = parse(constraint).iter().map(ToString::to_string).collect();
            assert_eq!(shown, [expected], "{constraint}");
        }
    }

    #[test]
    fn a_pin_names_one_version() {
        assert!(is_pin("==2.1.0"));
        assert!(is_pin("===2.1.0"));
        assert!(!is_pin("==2.*"));
        assert!(!is_pin(">=2"));
    }
}
