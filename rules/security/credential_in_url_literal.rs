#![doc = include_str!("credential_in_url_literal.md")]

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
            let owner = if url.user.is_empty() {
                "the password".to_owned()
            } else {
                format!("the password of `{}`", shown(url.user))
            };
            let message = format!(
                "`{}` has {owner} in the source: whoever can read the repository, its history or a traceback can log in",
                url.redacted()
            );
            let repair = repair::repair(cx, literal, &in_file);
            let help = match &repair {
                Some(repair) => format!(
                    "change the password, and read it from the environment or a secret store: `{}`",
                    repair.replacement
                ),
                None => "change the password, and read it from the environment or a secret store".to_owned(),
            };
            let finding = sink
                .report(literal.place(cx, &url), literal.expr.0, message)
                .severity(severity)
                .help(help)
                .secret(literal.place_of_range(cx, &url.password_range));
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

fn shown(user: &str) -> String {
    user.replace(url::HOLE, "{…}")
}
