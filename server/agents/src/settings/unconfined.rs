//! What becomes of a program that cannot be confined: the user's choice.

/// What becomes of a program that cannot be confined.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unconfined {
    /// The user is asked each time; where nobody can be asked, it is not started.
    #[default]
    Ask,
    /// It is not started.
    Refuse,
    /// It is started where it is partly confined, and asked about where it is not confined at all.
    AllowPartly,
    /// It is started.
    Allow,
}

impl Unconfined {
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
