//! What becomes of a program that cannot be confined: the user's choice.

use crate::sandbox::Level;

/// What becomes of a program that cannot be confined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unconfined {
    /// The user is asked each time; without a terminal or a dialog, it is not started.
    #[default]
    Ask,
    /// It is not started.
    Refuse,
    /// It is started where it is partly confined, and asked about where it is not confined at all.
    AllowPartly,
    /// It is started.
    Allow,
}

/// Whether a program is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// It is.
    Free,
    /// The user is asked.
    Asked,
    /// It is not.
    Closed,
}

impl Unconfined {
    /// Whether a program is started that is held as well as `level` says.
    pub fn passage(self, level: Level) -> Passage {
        match (level, self) {
            (Level::Confined, _) => Passage::Free,
            (_, Self::Refuse) => Passage::Closed,
            (_, Self::Allow) | (Level::Partly, Self::AllowPartly) => Passage::Free,
            (_, Self::Ask | Self::AllowPartly) => Passage::Asked,
        }
    }

    /// The choice of this name in the settings.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ask" => Some(Self::Ask),
            "refuse" => Some(Self::Refuse),
            "allow-partly" => Some(Self::AllowPartly),
            "allow" => Some(Self::Allow),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_confined_passes_only_where_that_was_said() {
        use Passage::{Asked, Closed, Free};
        let all = [
            ("ask", [Free, Asked, Asked]),
            ("refuse", [Free, Closed, Closed]),
            ("allow-partly", [Free, Free, Asked]),
            ("allow", [Free, Free, Free]),
        ];
        for (name, expected) in all {
            let choice = Unconfined::parse(name).unwrap();
            let levels = [Level::Confined, Level::Partly, Level::Not];
            assert_eq!(levels.map(|level| choice.passage(level)), expected, "{name}");
        }
        assert_eq!((Unconfined::parse("yes"), Unconfined::default()), (None, Unconfined::Ask));
    }
}
