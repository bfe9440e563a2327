#![doc = include_str!("credential_in_url_literal.md")]

mod constant;
mod literal;
mod placeholder;
mod repair;
mod url;

use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Sink};
use pyteam_syntax::ExprId;

use crate::shared::test_code;

/// See the page.
pub struct CredentialInUrlLiteral;

impl Rule for CredentialInUrlLiteral {
    fn page(&self) -> &Page {
        crate::page!("credential_in_url_literal")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        let found = literal::all(cx);
        if found.is_empty() || test_code::is_test(cx) {
            return;
        }
        // No two URLs of a file may get one variable.
        cx.whole_file();
        let in_file = literal::in_file(cx);
        for literal in &found {
            let Some((url, severity)) = literal.worst() else { continue };
            let repair = repair::repair(cx, literal, &in_file);
            let from = repair.as_ref().map_or("the environment".to_owned(), |one| format!("`{}`", one.replacement));
            let finding = sink
                .report(literal.place(cx, &url), literal.expr.0, format!("hard-coded password in `{}`", url.redacted()))
                .severity(severity)
                .note("anyone who can read the repository, its history or a traceback can log in")
                .help(format!("rotate the password, then read the URL from {from} or a secret store"))
                .secret(literal.place_of_range(cx, &url.password_range));
            let finding =
                literal.constants(&url.password_range).fold(finding, pyteam_engine::context::FindingBuilder::secret);
            if let Some(repair) = repair {
                finding.fix(repair.fix.title, repair.fix.applicability);
            }
        }
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        let found = literal::all(cx);
        let literal = found.iter().find(|literal| literal.expr == ExprId(finding.anchor.node));
        literal
            .and_then(|literal| repair::repair(cx, literal, &literal::in_file(cx)))
            .map(|repair| repair.fix)
            .into_iter()
            .collect()
    }
}
