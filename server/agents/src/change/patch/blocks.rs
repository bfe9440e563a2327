//! An answer as blocks: what stands in fences, and what stands around them.

/// Lines that stand together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block<'t> {
    /// What follows the opening fence; none outside of fences.
    pub(super) info: Option<&'t str>,
    /// The last line of words before the fence.
    pub(super) caption: Option<&'t str>,
    /// Without line ends.
    pub(super) lines: Vec<&'t str>,
    /// Whether the fence is closed, or needs none.
    pub(super) is_closed: bool,
}

impl Block<'_> {
    pub(super) fn is_fence(&self) -> bool {
        self.info.is_some()
    }

    /// What the fence says that stands in it, in lower case.
    pub(super) fn language(&self) -> String {
        let language = self.info.and_then(|info| info.split([' ', ':', '{']).next()).unwrap_or_default();
        language.to_ascii_lowercase()
    }

    /// Whether the fence says that a program stands in it, whose strings may hold anything.
    pub(super) fn is_code(&self) -> bool {
        const PLAIN: [&str; 9] = ["", "diff", "patch", "udiff", "text", "txt", "json", "md", "markdown"];
        self.is_fence() && !PLAIN.contains(&self.language().as_str())
    }

    /// Whether the fence says that a diff stands in it.
    pub(super) fn is_called_diff(&self) -> bool {
        matches!(self.language().as_str(), "diff" | "patch" | "udiff")
    }
}

/// Takes `text` apart.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut outside = Block { is_closed: true, ..Block::default() };
    // A carriage return that is left is part of its line.
    let mut lines = text.split_terminator('\n');
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::opens(line) else {
            outside.lines.push(line);
            continue;
        };
        let caption = outside.lines.iter().rev().find(|line| !line.trim().is_empty()).copied();
        if !outside.lines.is_empty() {
            blocks.push(std::mem::replace(&mut outside, Block { is_closed: true, ..Block::default() }));
        }
        let mut inside = Block { info: Some(fence.info), caption, ..Block::default() };
        for line in lines.by_ref() {
            if fence.is_closed_by(line) {
                inside.is_closed = true;
                break;
            }
            inside.lines.push(fence.without_indent(line));
        }
        blocks.push(inside);
    }
    if !outside.lines.is_empty() {
        blocks.push(outside);
    }
    blocks
}

/// An opening fence.
struct Fence<'t> {
    indent: &'t str,
    mark: char,
    length: usize,
    info: &'t str,
}

impl<'t> Fence<'t> {
    fn opens(line: &'t str) -> Option<Self> {
        let rest = line.trim_start_matches([' ', '\t']);
        let mark = rest.chars().next().filter(|&mark| mark == '`' || mark == '~')?;
        let info = rest.trim_start_matches(mark);
        let length = rest.len() - info.len();
        // Three backticks and more within a line are code of that line.
        let is_fence = length >= 3 && !(mark == '`' && info.contains('`'));
        is_fence.then(|| Self { indent: &line[..line.len() - rest.len()], mark, length, info: info.trim() })
    }

    /// A fence ends where it began: one that stands further in is a line of a diff of Markdown, behind its blank.
    fn is_closed_by(&self, line: &str) -> bool {
        let rest = line.trim_start_matches([' ', '\t']);
        let after = rest.trim_start_matches(self.mark);
        line.len() - rest.len() <= self.indent.len()
            && rest.len() - after.len() >= self.length
            && after.trim().is_empty()
    }

    fn without_indent(&self, line: &'t str) -> &'t str {
        line.strip_prefix(self.indent).unwrap_or_else(|| {
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            &line[blanks.min(self.indent.len())..]
        })
    }
}
