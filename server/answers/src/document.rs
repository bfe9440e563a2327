//! Markdown that a person reads: short, the most important first.

use std::fmt::Write;

pub(crate) use pyteam_display::phrases::{and, and_more, count};

/// A document under construction. Empty sections leave no trace.
#[derive(Debug, Default)]
pub(crate) struct Document {
    text: String,
    /// A heading that waits for something to stand under it.
    heading: Option<String>,
    /// What was checked without a result.
    clean: Vec<String>,
}

impl Document {
    /// A document with this title.
    pub(crate) fn new(title: &str) -> Self {
        Self { text: format!("# {title}\n"), heading: None, clean: Vec::new() }
    }

    /// Begins a section. It appears as soon as something is said in it.
    pub(crate) fn section(&mut self, title: &str) -> &mut Self {
        self.heading = Some(format!("\n## {title}\n"));
        self
    }

    /// Begins a part of a section.
    pub(crate) fn part(&mut self, title: &str) -> &mut Self {
        self.begin();
        let _ = write!(self.text, "\n### {title}\n");
        self
    }

    fn begin(&mut self) {
        if let Some(heading) = self.heading.take() {
            self.text.push_str(&heading);
        }
    }

    /// A paragraph.
    pub(crate) fn say(&mut self, text: impl AsRef<str>) -> &mut Self {
        let text = text.as_ref().trim();
        if !text.is_empty() {
            self.begin();
            let _ = write!(self.text, "\n{text}\n");
        }
        self
    }

    /// A list, one line each.
    pub(crate) fn list<T: AsRef<str>>(&mut self, lines: &[T]) -> &mut Self {
        if !lines.is_empty() {
            self.begin();
            self.text.push('\n');
            for line in lines {
                let _ = writeln!(self.text, "- {}", line.as_ref());
            }
        }
        self
    }

    /// A list of which `most` lines are shown, and how many more there are.
    pub(crate) fn first<T: AsRef<str>>(&mut self, lines: &[T], most: usize) -> &mut Self {
        if lines.len() <= most + 1 {
            return self.list(lines);
        }
        let mut shown: Vec<String> = lines.iter().take(most).map(|line| line.as_ref().to_owned()).collect();
        shown.push(format!("and {} more", lines.len() - most));
        self.list(&shown)
    }

    /// A list; an empty one adds `what` to the line of what was checked without a result.
    pub(crate) fn first_or_clean<T: AsRef<str>>(&mut self, lines: &[T], most: usize, what: &str) -> &mut Self {
        if lines.is_empty() { self.clean(what) } else { self.first(lines, most) }
    }

    /// Adds to the last line, which names all that was checked without a result: no section says that it is empty.
    pub(crate) fn clean(&mut self, what: &str) -> &mut Self {
        self.clean.push(what.to_owned());
        self
    }

    /// A fenced block.
    pub(crate) fn code(&mut self, language: &str, text: &str) -> &mut Self {
        self.begin();
        let fence = fence(text);
        let _ = write!(self.text, "\n{fence}{language}\n{}\n{fence}\n", text.trim_end());
        self
    }

    /// A table.
    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) -> &mut Self {
        if rows.is_empty() {
            return self;
        }
        self.begin();
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
        self.text.push('\n');
        self.text.push_str(&line(&head));
        self.text.push_str(&line(&vec!["---".to_owned(); head.len()]));
        for row in rows {
            let row: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            self.text.push_str(&line(&row));
        }
        self
    }

    /// The text, with every character of the workspace's visible and its secrets masked.
    pub(crate) fn finish(mut self) -> String {
        if !self.clean.is_empty() {
            let _ = write!(self.text, "\nChecked, nothing found: {}.\n", self.clean.join("; "));
        }
        pyteam_display::document(&self.text)
    }
}

/// A fence that the text does not close.
fn fence(text: &str) -> String {
    let longest = text
        .lines()
        .map(|line| line.trim_start().chars().take_while(|char| *char == '`').count())
        .max()
        .unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

/// A text with its first letter in upper case: findings begin in lower case, sentences do not.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a finding says, as a sentence: a capital letter first, and one full stop.
pub(crate) fn sentence(text: &str) -> String {
    format!("{}.", capitalized(text.trim_end_matches('.')))
}

/// Markdown of a rule's page as one paragraph: its first one, on one line.
pub(crate) fn first_paragraph(text: &str) -> String {
    let lines = text.trim().lines().take_while(|line| !line.trim().is_empty() && !line.trim_start().starts_with("```"));
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_sections_leave_no_trace() {
        let mut document = Document::new("Title");
        document.section("Nothing").list::<&str>(&[]);
        document.section("Something").first(&["a", "b", "c", "d"], 2);
        assert_eq!(document.finish(), "# Title\n\n## Something\n\n- a\n- b\n- and 2 more\n");
    }

    #[test]
    fn what_is_clean_is_one_line_at_the_end() {
        let mut document = Document::new("Title");
        document.section("Nothing").first_or_clean::<&str>(&[], 2, "routes").section("A").say("b");
        document.clean("sessions");
        assert_eq!(document.finish(), "# Title\n\n## A\n\nb\n\nChecked, nothing found: routes; sessions.\n");
    }

    #[test]
    fn a_fence_holds_what_has_fences() {
        let mut document = Document::new("T");
        document.code("python", "x = 1\n```\ny\n");
        assert!(document.finish().ends_with("````python\nx = 1\n```\ny\n````\n"));
    }
}
