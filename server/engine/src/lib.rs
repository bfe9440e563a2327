//! What a rule is and how rules run: findings, fixes, literate pages, suppression, settings, the runner.

pub mod builtin;
pub mod context;
pub mod declarative;
pub mod finding;
pub mod fix;
pub mod fixes;
pub mod page;
pub mod rule;
pub mod runner;
pub mod settings;
pub mod suppression;
pub mod trial;

pub use context::{CheckContext, Sink};
pub use finding::{Finding, Related, Role, Severity};
pub use fix::{Applicability, Declaration, DeclarationKind, Fix};
pub use page::{Page, Topic};
pub use rule::Rule;
pub use runner::{CancelToken, Canceled, Engine, FindingCache};
pub use settings::{Settings, SettingsResolver};
