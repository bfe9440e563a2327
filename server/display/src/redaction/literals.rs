//! Secrets in Python's literals: wherever a value is bound to, compared with, or given as what a name promises.
//!
//! One walk over the tokens keeps, for each open bracket, what its values are given to. Nothing is parsed: a fragment of
//! Python, or another language that looks like it, is read as well as it goes.

mod addresses;
mod bracket_context;
mod calls;
mod commands;

use std::ops::Range;

use self::bracket_context::{Assignment, BracketContext, Role};
use super::lexer::{Placed, Token, tokens};
use super::names::{Secrecy, kind};
use super::{Redactor, tokens as shapes, values};

/// Deeper brackets are counted and not looked into.
const MAX_DEPTH: usize = 200;

/// `text` without them.
pub(super) fn redact(text: &str, redactor: &mut Redactor) -> String {
    let mut found = Vec::new();
    let mut comments = Vec::new();
    let mut next = Some(0..text.len());
    // A comment is read like code of its own: code is often put out of use by a `#`.
    while let Some(stretch) = next {
        let (tokens, mut more) = tokens(text, stretch);
        let frames = vec![BracketContext::default()];
        let mut walk = Walk { text, tokens: &tokens, at: 0, frames, too_deep: 0, found: Vec::new() };
        walk.run();
        found.append(&mut walk.found);
        found.append(&mut commands::secrets(text, &tokens));
        comments.append(&mut more);
        next = comments.pop();
    }
    found.sort_by_key(|group| group.first().map_or(0, |place| place.start));
    let mut edits: Vec<(Range<usize>, usize)> = Vec::new();
    for group in found {
        let secret: String = group.iter().map(|place| &text[place.clone()]).collect();
        let number = redactor.number(&secret);
        edits.extend(group.into_iter().map(|place| (place, number)));
    }
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for (place, number) in edits {
        if place.start < at {
            continue;
        }
        written.push_str(&text[at..place.start]);
        let lines = text[place.clone()].matches('\n').count();
        written.push_str(&redactor.written(number, lines));
        at = place.end;
    }
    written.push_str(&text[at..]);
    written
}

/// So many tokens of a bracket are looked at: without a limit, brackets in brackets would cost the square of their number.
const MAX_LENGTH: usize = 1000;

/// The tokens of the bracket that opened just before, each with the number of its argument. Brackets inside are left out.
fn directly_in(tokens: &[Placed]) -> impl Iterator<Item = (usize, &Placed)> {
    let (mut depth, mut argument) = (0_usize, 0_usize);
    let in_bracket = tokens.iter().take(MAX_LENGTH).map_while(move |placed| {
        let is_inside = depth > 0;
        match placed.token {
            Token::Sign(b'(' | b'[' | b'{') => depth += 1,
            Token::Sign(b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
            Token::Sign(b',') if depth == 0 => argument += 1,
            _ => {}
        }
        Some((!is_inside && depth == 0).then_some((argument, placed)))
    });
    in_bracket.flatten()
}

/// Literals that make one value: `"sk_live_" "4eC3"`, `"a" + "b"`.
struct Group {
    places: Vec<Range<usize>>,
    value: String,
    is_template: bool,
    /// The index behind it.
    end: usize,
}

struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Placed],
    at: usize,
    frames: Vec<BracketContext<'t>>,
    too_deep: usize,
    found: Vec<Vec<Range<usize>>>,
}

impl<'t> Walk<'t> {
    fn run(&mut self) {
        while let Some(placed) = self.tokens.get(self.at) {
            if self.too_deep > 0 {
                match placed.token {
                    Token::Sign(b'(' | b'[' | b'{') => self.too_deep += 1,
                    Token::Sign(b')' | b']' | b'}') => self.too_deep -= 1,
                    _ => {}
                }
                self.at += 1;
                continue;
            }
            match placed.token {
                Token::Text { .. } => {
                    let group = self.group();
                    self.literal(&group);
                    self.at = group.end;
                    continue;
                }
                Token::Name => {
                    let name = &self.text[placed.place.clone()];
                    self.top().name(name);
                }
                Token::Same => self.top().compares(),
                Token::Line => {
                    if self.frames.len() == 1 || begins_statement(&self.text[placed.place.end..]) {
                        // Brackets that are still open there were never closed.
                        self.frames.truncate(1);
                        self.frames[0] = BracketContext::default();
                    }
                }
                Token::Sign(sign) => self.sign(sign),
            }
            self.at += 1;
        }
    }

    fn top(&mut self) -> &mut BracketContext<'t> {
        if self.frames.is_empty() {
            self.frames.push(BracketContext::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn sign(&mut self, sign: u8) {
        match sign {
            b'(' | b'[' | b'{' => self.open(sign),
            b')' | b']' | b'}' => self.close(),
            b',' => self.top().comma(),
            b';' if self.frames.len() == 1 => self.frames[0] = BracketContext::default(),
            b'=' => self.top().bound(),
            b':' => self.top().colon(),
            b'.' => {}
            _ => self.top().other(),
        }
    }

    fn open(&mut self, sign: u8) {
        if self.frames.len() >= MAX_DEPTH {
            self.too_deep = 1;
            return;
        }
        let inner = self.top().opened(sign);
        self.frames.push(inner);
    }

    fn close(&mut self) {
        if self.frames.len() < 2 {
            self.top().other();
            return;
        }
        let Some(closed) = self.frames.pop() else { return };
        if let Some(group) = closed.last_secret {
            self.found.push(group);
        }
        let key = if closed.role == Role::Subscript { closed.last_text } else { None };
        self.top().closed(key);
    }

    /// The literals from here on that make one value.
    fn group(&self) -> Group {
        let mut group = Group { places: Vec::new(), value: String::new(), is_template: false, end: self.at };
        let is_open = self.frames.len() > 1;
        let skip_lines = |mut at: usize| {
            while is_open && self.tokens.get(at).is_some_and(|one| one.token == Token::Line) {
                at += 1;
            }
            at
        };
        let mut at = self.at;
        while let Some(Placed { token: Token::Text { is_template, .. }, place }) = self.tokens.get(at) {
            group.places.push(place.clone());
            group.value.push_str(&self.text[place.clone()]);
            group.is_template |= is_template;
            group.end = at + 1;
            at = skip_lines(at + 1);
            if self.tokens.get(at).is_some_and(|one| one.token == Token::Sign(b'+')) {
                at = skip_lines(at + 1);
            }
        }
        group
    }

    fn literal(&mut self, group: &Group) {
        let mut next = group.end;
        while self.frames.len() > 1 && self.tokens.get(next).is_some_and(|one| one.token == Token::Line) {
            next += 1;
        }
        let next = self.tokens.get(next);
        let sign = match next.map(|one| one.token) {
            Some(Token::Sign(sign)) => sign,
            _ => 0,
        };
        let written = group.places.first().filter(|_| group.places.len() == 1).map(|place| &self.text[place.clone()]);
        let is_key =
            sign == b':' && matches!(self.top().role, Role::Braces | Role::Statement) && !self.top().is_comparing();
        if is_key {
            self.top().key(written);
            return;
        }
        // `"x" == password`.
        let compared = match next {
            Some(Placed { token: Token::Same, .. }) => self.name_behind(group.end + 1),
            _ => None,
        };
        let given = compared.map(|name| Assignment { name, kind: kind(name) });
        let given = given.unwrap_or_else(|| self.top().given(&group.value, sign));
        let is_secret = !group.is_template && values::is_secret(given.name, given.kind, &group.value);
        if is_secret || (group.places.len() > 1 && shapes::is_key(&group.value)) {
            self.found.push(group.places.clone());
        } else if !group.is_template
            && self.top().waits_for_last()
            && values::is_secret("password", Secrecy::Password, &group.value)
        {
            self.top().last_secret = Some(group.places.clone());
        }
        self.found.extend(addresses::split(self.text, &group.places));
        self.found.extend(addresses::filled(self.text, &group.value, &self.tokens[group.end..]));
        self.top().literal(written);
    }

    /// The last name of `user.password`, from the token `at` on.
    fn name_behind(&self, at: usize) -> Option<&'t str> {
        let mut name = None;
        for placed in self.tokens.get(at..)?.iter().take(16) {
            match placed.token {
                Token::Name => name = Some(&self.text[placed.place.clone()]),
                Token::Sign(b'.') => {}
                _ => break,
            }
        }
        name
    }
}

/// Whether a line begins with what can only begin a statement.
fn begins_statement(line: &str) -> bool {
    let line = line.split('\n').next().unwrap_or_default();
    let rest = line.trim_start_matches([' ', '\t']);
    ["def ", "class ", "async def ", "import ", "from ", "return ", "with ", "while ", "try:", "raise ", "@", "```"]
        .iter()
        .any(|word| rest.starts_with(word))
        // A decorator's sign is a product's, too.
        && !rest.starts_with("@ ")
}
