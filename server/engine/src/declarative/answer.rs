//! Yes, no, or not known.

/// What a condition answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It holds, whatever is not known.
    Yes,
    /// It does not hold, whatever is not known.
    No,
    /// It may hold or not.
    Unknown,
}

impl Answer {
    /// The answer to a question that is decided.
    pub fn from_bool(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
    /// The answer to the negation. Unknown stays unknown.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
    /// The answer to whether this agrees with what is wanted.
    #[must_use]
    pub fn wanted(self, wanted: bool) -> Self {
        if wanted { self } else { self.negated() }
    }
    /// The answer to whether all hold; one no decides.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for answer in answers {
            match answer {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Unknown => all = Self::Unknown,
            }
        }
        all
    }
    /// Whether it is yes.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }
}

#[cfg(test)]
mod tests {
    use super::Answer::{self, No, Unknown, Yes};

    #[test]
    fn unknown_stays_unknown_under_a_negation() {
        assert_eq!(Unknown.negated(), Unknown);
        assert_eq!(Unknown.wanted(false), Unknown);
        assert_eq!(Answer::all([Yes, Unknown]), Unknown);
        assert_eq!(Answer::all([Unknown, No]), No);
        assert_eq!(Answer::all([]), Yes);
    }
}
