//! A page's Markdown structure: title, sections, and fenced blocks with what labels them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::error::PageError;

/// What a page is made of.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
    /// The page's end, where what is missing is missed.
    end: usize,
    text: String,
}

/// A second-level heading with what stands below it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: String,
    pub(super) heading: Range<usize>,
    pub(super) body: Range<usize>,
    pub(super) blocks: Vec<Block>,
}

/// A fenced code block.
#[derive(Debug)]
pub(super) struct Block {
    /// The first word behind the fence.
    pub(super) language: String,
    /// The other words behind the fence.
    pub(super) flags: Vec<String>,
    /// The path that the paragraph before names: `` `worker.py`: ``.
    pub(super) label: Option<String>,
    /// The nearest heading below the section's.
    pub(super) heading: String,
    /// The block with its fences.
    pub(super) range: Range<usize>,
    /// What stands between the fences.
    pub(super) content: Range<usize>,
    /// The same, with `\n` line ends.
    pub(super) text: String,
}

impl Outline {
    /// The Markdown of a section that every page has.
    pub(super) fn section(&self, title: &str, errors: &mut Vec<PageError>) -> String {
        let section = self.sections.iter().find(|section| section.title.eq_ignore_ascii_case(title));
        let body = section.map_or("", |section| self.text[section.body.clone()].trim());
        if body.is_empty() {
            let place = section.map_or(self.end..self.end, |section| section.heading.clone());
            errors.push(PageError::at(
                &self.text,
                place,
                format!("the page needs a section `## {title}` with at least a sentence"),
            ));
        }
        body.to_owned()
    }

    /// All blocks that are not examples.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().filter(|section| !section.is_examples()).flat_map(|section| &section.blocks)
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }
}

impl Section {
    pub(super) fn is_examples(&self) -> bool {
        self.title.eq_ignore_ascii_case("Examples")
    }
}

/// Reads the structure of `text` from `body_at` on.
pub(super) fn outline(text: &str, body_at: usize, errors: &mut Vec<PageError>) -> Outline {
    let body = &text[body_at..];
    let mut reader =
        Reader { text, outline: Outline::default(), errors, label: Label::default(), subheading: String::new() };
    let mut events = Parser::new_ext(body, Options::empty())
        .into_offset_iter()
        .map(|(event, range)| (event, range.start + body_at..range.end + body_at));
    while let Some((event, range)) = events.next() {
        reader.event(event, range, &mut events);
    }
    let mut outline = reader.outline;
    if let Some(last) = outline.sections.last_mut() {
        last.body.end = text.len();
    }
    if outline.title.is_empty() {
        errors.push(PageError::at(
            text,
            body_at..body_at,
            "the page needs a title: a line `# What is wrong, in a few words`",
        ));
    }
    outline.end = text.len();
    text.clone_into(&mut outline.text);
    outline
}

struct Reader<'a> {
    text: &'a str,
    outline: Outline,
    errors: &'a mut Vec<PageError>,
    label: Label,
    subheading: String,
}

/// What the last paragraph ends with.
#[derive(Default)]
struct Label {
    code: Option<String>,
    after: String,
}

impl Label {
    fn take_path(&mut self) -> Option<String> {
        let Self { code, after } = std::mem::take(self);
        code.filter(|path| after.trim() == ":" && !path.contains(char::is_whitespace) && path.contains(['.', '/']))
    }
}

impl Reader<'_> {
    fn event<'e>(
        &mut self,
        event: Event<'e>,
        range: Range<usize>,
        rest: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>,
    ) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let title = inline_text(rest);
                self.heading(level, title, range);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.block(&info, range, rest),
            Event::Start(Tag::Paragraph) => self.label = Label::default(),
            Event::Code(code) => self.label = Label { code: Some(code.into_string()), after: String::new() },
            Event::Text(text) => self.label.after.push_str(&text),
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel, title: String, range: Range<usize>) {
        self.label = Label::default();
        self.subheading.clear();
        match level {
            HeadingLevel::H1 if self.outline.title.is_empty() => self.outline.title = title,
            HeadingLevel::H1 => {
                self.errors.push(PageError::at(
                    self.text,
                    range,
                    "a page has one title; make this a section with `##`",
                ));
            }
            HeadingLevel::H2 => {
                if let Some(last) = self.outline.sections.last_mut() {
                    last.body.end = range.start;
                }
                if self.outline.sections.iter().any(|section| section.title.eq_ignore_ascii_case(&title)) {
                    let message = format!("there are two sections `## {title}`; put them together");
                    self.errors.push(PageError::at(self.text, range.clone(), message));
                }
                let body = range.end..range.end;
                self.outline.sections.push(Section { title, heading: range, body, blocks: Vec::new() });
            }
            _ => self.subheading = title,
        }
    }

    fn block<'e>(
        &mut self,
        info: &str,
        range: Range<usize>,
        rest: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>,
    ) {
        let label = self.label.take_path();
        let mut words = info.split_whitespace().map(str::to_owned);
        let language = words.next().unwrap_or_default();
        let flags = words.collect();
        let mut text = String::new();
        let mut content: Option<Range<usize>> = None;
        for (event, range) in rest {
            match event {
                Event::Text(part) => {
                    text.push_str(&part);
                    content = Some(content.map_or(range.start, |before| before.start)..range.end);
                }
                Event::End(TagEnd::CodeBlock) => break,
                _ => {}
            }
        }
        let after_fence = self.text[range.clone()].find('\n').map_or(range.end, |at| range.start + at + 1);
        // Up to the closing fence's line: the text event of a `\r\n` page may stop short of it.
        let content = match content {
            Some(content) => after_fence.min(content.start)..content.end,
            None => after_fence..after_fence,
        };
        if self.text[content.clone()].replace("\r\n", "\n") != text.replace("\r\n", "\n") {
            let message = "a fenced block must not be indented or quoted, so that its text is the page's text";
            self.errors.push(PageError::at(self.text, range, message));
            return;
        }
        let text = text.replace("\r\n", "\n");
        let Some(section) = self.outline.sections.last_mut() else {
            // Before the first section stands the introduction, which holds no tests and no detection.
            if matches!(language.as_str(), "calls" | "query" | "fix" | "snapshot") {
                let message = format!("a `{language}` block belongs into a section, such as `## Detection`");
                self.errors.push(PageError::at(self.text, range, message));
            }
            return;
        };
        let heading = self.subheading.clone();
        section.blocks.push(Block { language, flags, label, heading, range, content, text });
    }
}

/// The plain text up to the end of the heading.
fn inline_text<'e>(rest: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>) -> String {
    let mut title = String::new();
    for (event, _) in rest {
        match event {
            Event::End(TagEnd::Heading(_)) => break,
            Event::Text(text) | Event::Code(text) => title.push_str(&text),
            Event::SoftBreak | Event::HardBreak => title.push(' '),
            _ => {}
        }
    }
    title.trim().to_owned()
}
