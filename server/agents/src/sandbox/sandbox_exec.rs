//! A profile for macOS's `sandbox-exec`. It was written by the book and has not been tried on a Mac; the probe measures it
//! there as it does elsewhere.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Policy;

/// The command line that runs `program` under the profile for `policy`.
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "only its text is tested elsewhere"))]
pub(super) fn line(policy: &Policy, write: &[PathBuf], program: Vec<OsString>) -> Vec<OsString> {
    let home = std::env::home_dir();
    let profile = profile(policy, write, home.as_deref());
    let mut line: Vec<OsString> = vec!["/usr/bin/sandbox-exec".into(), "-p".into(), profile.into()];
    line.extend(program);
    line
}

/// Later rules win: all is allowed, then what is the user's is taken away, then what the program needs is given back.
fn profile(policy: &Policy, write: &[PathBuf], home: Option<&Path>) -> String {
    let mut rules = vec![
        "(version 1)".to_owned(),
        "(allow default)".to_owned(),
        "(deny file-write*)".to_owned(),
        "(deny signal (target others))".to_owned(),
        "(deny process-info* (target others))".to_owned(),
        "(deny network-outbound (remote unix-socket))".to_owned(),
        "(deny mach-register)".to_owned(),
        "(deny ipc-posix-shm-write* ipc-posix-sem)".to_owned(),
        // Names are looked up through this one.
        "(allow network-outbound (literal \"/private/var/run/mDNSResponder\"))".to_owned(),
    ];
    if !policy.network {
        rules.push("(deny network*)".to_owned());
    }
    let mut rule = |verb: &str, what: &str, path: &Path| {
        rules.push(format!("({verb} {what} (subpath {}))", quoted(path)));
    };
    for folder in home.into_iter().chain([Path::new("/private/tmp"), Path::new("/private/var/folders")]) {
        rule("deny", "file-read*", folder);
    }
    policy.read.iter().for_each(|path| rule("allow", "file-read*", path));
    policy.hidden.iter().for_each(|path| rule("deny", "file-read*", path));
    write.iter().for_each(|path| rule("allow", "file-read* file-write*", path));
    rules.push("(allow file-write* (regex #\"^/dev/(null|zero|tty.*|ptmx|random|urandom)$\"))".to_owned());
    rules.join("\n")
}

/// A path as the profile's language wants it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_comes_after_what_is_taken() {
        let policy = Policy { read: ["/Users/u/.nvm".into()].into(), ..Policy::default() };
        let text = profile(&policy, &["/private/tmp/a \"b\"".into()], Some(Path::new("/Users/u")));
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
        assert!(at("(deny file-read* (subpath \"/Users/u\"))") < at("(allow file-read* (subpath \"/Users/u/.nvm\"))"));
        assert!(at("(deny file-write*)") < at("(allow file-read* file-write* (subpath \"/private/tmp/a \\\"b\\\"\"))"));
        assert!(text.contains("(deny network*)"));
    }
}
