//! A brief as it may leave the machine.

use std::path::Path;

use pyteam_display::Redactor;

use super::{Brief, Part};

impl Brief {
    /// The brief without secrets.
    #[must_use]
    pub fn redacted(&self, redactor: &mut Redactor) -> Self {
        let mut brief = self.clone();
        brief.goal = redactor.text(&brief.goal);
        brief.about = brief.about.map(|about| redactor.text(&about));
        for section in &mut brief.sections {
            section.title = redactor.text(&section.title);
            for part in &mut section.parts {
                match part {
                    Part::Prose(text) => *text = redactor.text(text),
                    Part::List(lines) => lines.iter_mut().for_each(|line| *line = redactor.text(line)),
                    Part::Source { path, text, .. } => *text = redactor.file(Path::new(path), text),
                }
            }
        }
        brief
    }
}
