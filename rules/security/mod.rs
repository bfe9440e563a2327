//! Security: what an attacker, or a careless log, could use.

pub mod credential_in_url_literal;
pub mod unsafe_model_load;

use pyteam_engine::Rule;

pub(crate) fn rules() -> Vec<Box<dyn Rule>> {
    vec![Box::new(credential_in_url_literal::CredentialInUrlLiteral), Box::new(unsafe_model_load::UnsafeModelLoad)]
}
