//! The team of agents: who there is, who is asked, what is said, and how a run is kept safe.
//!
//! Nothing here knows Python, the index or an editor: whoever asks brings the [`Brief`], and gets an [`Answer`] back.

pub mod agent;
pub mod answer;
pub mod back_end;
pub mod brief;
pub mod broker;
pub mod change;
pub mod consent;
pub mod jail;
pub mod places;
pub mod problem;
pub mod profile;
pub mod record;
pub mod routing;
pub mod run;
pub mod settings;
pub mod setup;
pub mod shadow;
pub mod team;
pub mod uncommitted;

pub use agent::{Agent, Origin, Rights, Speed};
pub use answer::Answer;
pub use back_end::{BackEnd, Launch};
pub use brief::{Brief, Part, Rendered, Section, Weight};
pub use change::{Change, FileChange};
pub use consent::{Consent, Trust};
pub use places::{Environment, Places};
pub use problem::Problem;
pub use pyteam_display::{Redactor, contains_placeholder};
pub use routing::{Choice, Clues, Work};
pub use setup::Setup;
pub use team::Team;
