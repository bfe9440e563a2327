//! Markdown for a terminal: headings, wrapped paragraphs, lists, indented code.

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use pyteam_display::visible;

const HEADING: Style = AnsiColor::Green.on_default().bold();
const CODE: Style = AnsiColor::Cyan.on_default();
const LABEL: Style = Style::new().dimmed();

/// Renders `markdown` in lines of at most `width` columns. Without `styled` there are no escape sequences.
pub(super) fn render(markdown: &str, width: usize, styled: bool) -> String {
    let mut page = Renderer { out: String::new(), width, styled, ..Renderer::default() };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    page.out.truncate(page.out.trim_end().len());
    page.out.push('\n');
    page.out
}

#[derive(Default)]
struct Renderer {
    out: String,
    width: usize,
    styled: bool,
    /// Inline text that waits for its block to end.
    spans: Vec<(String, Style)>,
    style: Vec<Style>,
    /// Numbers of the lists around; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// What stands before the next line of text: a bullet.
    marker: Option<String>,
    /// Set inside a code block.
    code: bool,
    links: Vec<String>,
}

impl Renderer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            // An entity may stand for what no terminal should get.
            Event::Text(text) if self.code => self.code_lines(&visible(&text)),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.span(&visible(&text), Style::new());
            }
            Event::Code(text) => {
                // Without colors, the quotes are all that tells code from text.
                let text = if self.styled { text.to_string() } else { format!("`{text}`") };
                self.span(&visible(&text), CODE);
            }
            Event::SoftBreak => self.span(" ", Style::new()),
            Event::HardBreak => self.block(false),
            Event::Rule => {
                let line = "─".repeat(self.width.min(40));
                self.line(&line, LABEL);
                self.out.push('\n');
            }
            _ => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.style.push(HEADING),
            Tag::Strong => self.style.push(Style::new().bold()),
            Tag::Emphasis => {
                self.quote();
                self.style.push(Style::new().italic());
            }
            Tag::List(first) => {
                self.block(false);
                self.lists.push(first);
            }
            Tag::Item => {
                let depth = self.lists.len().saturating_sub(1);
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.marker = Some(format!("{}{marker}", "  ".repeat(depth)));
            }
            Tag::CodeBlock(kind) => {
                self.block(false);
                self.code = true;
                if let CodeBlockKind::Fenced(language) = kind
                    && !language.is_empty()
                {
                    self.line(&format!("    [{}]", visible(&language)), LABEL);
                }
            }
            Tag::Link { dest_url, .. } => self.links.push(dest_url.to_string()),
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.style.pop();
                self.block(true);
            }
            TagEnd::Strong => {
                self.style.pop();
            }
            TagEnd::Emphasis => {
                self.style.pop();
                self.quote();
            }
            TagEnd::Paragraph => self.block(self.lists.is_empty()),
            TagEnd::Item => self.block(false),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.out.push('\n');
                }
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.out.push('\n');
            }
            TagEnd::Link => {
                let target = self.links.pop().unwrap_or_default();
                let shown = self.spans.last().is_some_and(|(text, _)| text.trim_matches('`') == target);
                if target.contains("://") && !shown {
                    self.span(&format!(" ({})", visible(&target)), LABEL);
                }
            }
            TagEnd::TableCell => self.span("  ", Style::new()),
            TagEnd::TableHead | TagEnd::TableRow => self.block(false),
            TagEnd::Table => self.out.push('\n'),
            _ => {}
        }
    }

    /// Without styles, quotes are all that tells a fix's title from the sentence around it.
    fn quote(&mut self) {
        if !self.styled {
            self.span("\"", Style::new());
        }
    }

    fn span(&mut self, text: &str, own: Style) {
        let style = if own == Style::new() { self.style.last().copied().unwrap_or_default() } else { own };
        self.spans.push((text.to_owned(), style));
    }

    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            let line = format!("    {line}");
            self.line(line.trim_end(), CODE);
        }
    }

    fn line(&mut self, text: &str, style: Style) {
        let text = paint(text, style, self.styled);
        self.out.push_str(&text);
        self.out.push('\n');
    }

    /// Ends a block of text: wraps what was collected, and leaves a line free if `spaced`.
    fn block(&mut self, spaced: bool) {
        let spans = std::mem::take(&mut self.spans);
        if spans.is_empty() {
            return;
        }
        let marker = self.marker.take().unwrap_or_default();
        // Later lines of a list's item, and later paragraphs, stand below its text.
        let indent = if self.lists.is_empty() { 0 } else { self.lists.len() * 2 };
        let mut column = if marker.is_empty() { indent } else { marker.len() };
        let mut at_start = true;
        self.out.push_str(&if marker.is_empty() { " ".repeat(indent) } else { marker });
        for (word, style, space_before) in words(&spans) {
            let width = word.chars().count();
            let space = usize::from(space_before && !at_start);
            if !at_start && space_before && column + space + width > self.width {
                self.out.push('\n');
                self.out.push_str(&" ".repeat(indent));
                column = indent;
            } else if space > 0 {
                self.out.push(' ');
                column += 1;
            }
            self.out.push_str(&paint(&word, style, self.styled));
            column += width;
            at_start = false;
        }
        self.out.push('\n');
        if spaced {
            self.out.push('\n');
        }
    }
}

/// Words with their style, and whether white space stands before them: `code`, is two words without any between.
fn words(spans: &[(String, Style)]) -> Vec<(String, Style, bool)> {
    let mut words: Vec<(String, Style, bool)> = Vec::new();
    let mut space = false;
    for (text, style) in spans {
        // Code is not broken: a name cut in two cannot be copied.
        if *style == CODE {
            words.push((text.clone(), *style, space));
            space = false;
            continue;
        }
        for (index, part) in text.split(char::is_whitespace).enumerate() {
            space |= index > 0;
            if !part.is_empty() {
                words.push((part.to_owned(), *style, space));
                space = false;
            }
        }
    }
    words
}

fn paint(text: &str, style: Style, styled: bool) -> String {
    if styled && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_readable_without_colors() {
        let page = "# A title\n\nSome *text* with `code`, which is\nlong enough to be wrapped.\n\n- one\n- two `x`\n  - deeper\n\n\
                    1. first\n\n```python\nx = 1\n\n    y\n```\n\nSee [here](https://x.y).\n";
        assert_eq!(
            render(page, 30, false),
            "A title\n\nSome \"text\" with `code`, which\nis long enough to be wrapped.\n\n- one\n- two `x`\n  - deeper\n\n\
             1. first\n\n    [python]\n    x = 1\n\n        y\n\nSee here (https://x.y).\n"
        );
    }

    #[test]
    fn colors_stand_around_words() {
        assert!(render("# A\n\n`b`", 30, true).contains(&format!("{HEADING}A{HEADING:#}")));
    }
}
