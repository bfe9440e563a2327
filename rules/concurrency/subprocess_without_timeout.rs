#![doc = include_str!("subprocess_without_timeout.md")]

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};

use crate::shared::blocking::{Blocking, Kind, rule};

/// See the page.
pub struct SubprocessWithoutTimeout;

impl Rule for SubprocessWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("subprocess_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let consequence =
            |_, _: &Blocking<'_>| "has no time-out: if the program hangs, this waits for it forever".to_owned();
        rule::check(cx, sink, Kind::Subprocess, |_, _| Some(Severity::Information), consequence);
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, Kind::Subprocess)
    }
}
