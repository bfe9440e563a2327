//! The team of agents: who there is, who is asked, what is said, and how a run is kept safe.
//!
//! Nothing here knows Python, the index or an editor: the caller brings the [`Brief`], and gets an [`Answer`] back.

pub mod admission;
pub mod agent;
pub mod answer;
mod backend;
pub mod brief;
mod cancel;
pub mod change;
pub mod consent;
mod event;
mod launch;
pub mod limits;
pub mod permissions;
pub mod problem;
pub mod profile;
pub mod routing;
pub mod run;
pub mod run_log;
pub mod sandbox;
pub mod settings;
pub mod setup;
pub mod team;
pub mod uncommitted;
pub mod user_dirs;
pub mod workspace_copy;

pub use agent::{Agent, Origin, Rights, Speed};
pub use answer::Answer;
pub use brief::{Brief, Part, Rendered, Section, Weight};
pub use change::{Change, FileChange};
pub use consent::{Consent, Trust};
pub use launch::{Backend, Launch};
pub use problem::Problem;
pub use pyteam_display::{Redactor, contains_placeholder};
pub use routing::{Choice, Clues, FinishedWork};
pub use setup::Setup;
pub use team::Team;
pub use user_dirs::{Environment, UserDirs};
