//! What a page of the team says about routing: the `routing` table of its front matter.

use serde::{Deserialize, Deserializer};
use serde_saphyr::options;

/// What speaks for an agent, and what it does with finished work. pyteam's own pages have one; what other files say
/// under this key is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its turn in a piece of work: the agent with the lowest number comes first.
    pub order: u32,
    /// What it answers with from the index, for docs/agents.md.
    pub answers: String,
    /// What is asked for where a request has no words: "Design" this file.
    #[serde(default)]
    pub verb: Option<String>,
    /// Whether it goes on with what others have finished, and so is told what was changed.
    #[serde(default)]
    pub takes_handoffs: bool,
    /// Why it is asked where nothing points to an agent; none where it is not.
    #[serde(default)]
    pub fallback: Option<String>,
    /// Whether words behind "according to", "as specified by" and the like do not count.
    #[serde(default)]
    pub skips_sources: bool,
    /// What its keywords are about: "a deployment".
    #[serde(default)]
    pub about: String,
    /// What a request may say.
    #[serde(default)]
    pub keywords: Vec<Keywords>,
    /// What the place that is asked about may be.
    #[serde(default)]
    pub place: Vec<PlaceClue>,
    /// What of a finished piece of work is handed to it. The first that holds gives the reason.
    #[serde(default)]
    pub handoffs: Vec<HandoffRule>,
}

/// Words that count for an agent, under conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keywords {
    /// Words and phrases of which one has to be said; one that ends with `*` stands for all that begin so.
    pub words: Terms,
    /// Of these, one has to follow close behind one of `words`.
    pub then: Terms,
    /// Where one of these is said, nothing here counts.
    pub unless: Terms,
    /// Topics that the request has to be about.
    pub with: Terms,
    /// Topics that it must not be about.
    pub without: Terms,
    /// The topic that a request which says this is about.
    pub topic: Option<String>,
    /// What it counts for the agent. Of words without conditions, each further one counts two more, three at most.
    pub weight: u32,
    /// Why the agent is asked, with `{}` for what was said; else that this is what the agent is about.
    pub reason: Option<String>,
    /// Whether the agent is not asked, whatever else speaks for it.
    pub bars: bool,
}

/// Something about a place that counts for an agent. Beside words it counts half, and three at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlaceClue {
    /// Packages of which the file has to import one, by their first name.
    pub imports: Terms,
    /// Topics that have to hold.
    pub with: Terms,
    /// Topics that must not hold.
    pub without: Terms,
    /// What it counts for the agent.
    pub weight: u32,
    /// Why the agent is asked; else that the file imports the package.
    pub reason: Option<String>,
}

/// When a finished piece of work is handed to an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HandoffRule {
    /// What all have to hold; without any, it always does.
    pub when: Terms,
    /// Why, with `{}` for what holds the first of them.
    pub reason: String,
}

/// A text with commas: words, phrases or names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(Vec<String>);

impl Terms {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Terms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(text.split(',').map(str::trim).filter(|term| !term.is_empty()).map(str::to_owned).collect()))
    }
}

impl Profile {
    /// Reads the `routing` table of a front matter. Other keys are not looked at. An error is for the page's author.
    pub(crate) fn read(yaml: &str) -> Result<Option<Self>, String> {
        #[derive(Deserialize)]
        struct FrontMatter {
            #[serde(default)]
            routing: Option<Profile>,
        }
        if yaml.trim().is_empty() {
            return Ok(None);
        }
        let read: Result<FrontMatter, _> = serde_saphyr::from_str_with_options(yaml, options! { with_snippet: false });
        read.map(|front_matter| front_matter.routing).map_err(|error| error.to_string())
    }
}
