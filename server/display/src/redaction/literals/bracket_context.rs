//! One bracket, or a statement: what the values in it are given to.

use std::ops::Range;

use super::calls;
use crate::redaction::names::{Secrecy, is_promising_name, kind};

/// What a value is given to, and what that promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment<'t> {
    pub(super) name: &'t str,
    pub(super) kind: Secrecy,
}

impl<'t> Assignment<'t> {
    pub(super) const NOTHING: Self = Self { name: "", kind: Secrecy::None };

    fn to(name: &'t str) -> Self {
        Self { name, kind: kind(name) }
    }

    /// The same promise, where only what looks random is taken at its word.
    fn weakly(self) -> Self {
        Self { kind: self.kind.min(Secrecy::Random), ..self }
    }
}

/// What a bracket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    /// No bracket.
    #[default]
    Statement,
    /// Arguments, or parameters.
    Call,
    /// A tuple, a list, or brackets around an expression.
    Group,
    Subscript,
    /// A dictionary, or a set.
    Braces,
}

/// A bracket that is open, or the statement around them all.
#[derive(Debug, Clone)]
pub(super) struct BracketContext<'t> {
    pub(super) role: Role,
    /// The called name, with what stands before it.
    called: (&'t str, &'t str),
    /// What all of it is given to.
    around: Assignment<'t>,
    /// What the present value is given to.
    value: Option<Assignment<'t>>,
    /// The targets of `user, password = ...`.
    targets: Vec<&'t str>,
    values: Vec<Assignment<'t>>,
    /// The name whose value may follow: the last one of `self.password`.
    name: &'t str,
    before: &'t str,
    /// The name before an annotation.
    annotated: &'t str,
    is_annotation: bool,
    /// What stands left of the present place, if it is a value.
    operand: &'t str,
    /// What stands left of `==`, `in` or `or`, and whether it is `or`, which gives the value on.
    compared: Option<(Assignment<'t>, bool)>,
    /// A literal among the arguments names a secret: `getenv("TOKEN", ...)`.
    named: &'t str,
    has_keyword: bool,
    /// A `for` stands before.
    is_loop: bool,
    position: usize,
    pub(super) last_text: Option<&'t str>,
    /// The last of the arguments, where that is a secret.
    pub(super) last_secret: Option<Vec<Range<usize>>>,
}

impl Default for BracketContext<'_> {
    fn default() -> Self {
        Self {
            role: Role::Statement,
            called: ("", ""),
            around: Assignment::NOTHING,
            value: None,
            targets: Vec::new(),
            values: Vec::new(),
            name: "",
            before: "",
            annotated: "",
            is_annotation: false,
            operand: "",
            compared: None,
            named: "",
            has_keyword: false,
            is_loop: false,
            position: 0,
            last_text: None,
            last_secret: None,
        }
    }
}

impl<'t> BracketContext<'t> {
    pub(super) fn name(&mut self, name: &'t str) {
        match name {
            // `password or "..."`, `x if password else "..."`: the operand on the left goes on to speak.
            "or" | "and" | "if" | "else" | "not" | "return" | "lambda" | "await" | "yield" | "assert" | "elif"
            | "while" => {
                self.compared = match name {
                    "or" if !self.operand.is_empty() => Some((Assignment::to(self.operand), true)),
                    _ => None,
                };
                (self.name, self.before, self.operand) = ("", "", "");
            }
            "for" => {
                self.is_loop = true;
                (self.name, self.before, self.operand) = ("", "", "");
            }
            "in" => {
                let given = Assignment::to(self.operand);
                // `for token in (...)`: words of a text more often than secrets.
                let is_loop = std::mem::take(&mut self.is_loop) && given.kind < Secrecy::Password;
                self.compared = Some((if is_loop { Assignment::NOTHING } else { given }, false));
                self.operand = "";
            }
            _ => {
                (self.before, self.name, self.operand) = (self.name, name, name);
                self.compared = None;
            }
        }
    }

    /// `==`, `!=`.
    pub(super) fn compares(&mut self) {
        self.compared = Some((Assignment::to(self.operand), false));
        (self.name, self.before, self.operand) = ("", "", "");
    }

    /// Whether a literal that stands here is compared: `if password == "...":`.
    pub(super) fn is_comparing(&self) -> bool {
        self.compared.is_some()
    }

    /// `=`.
    pub(super) fn bound(&mut self) {
        let annotated = Assignment::to(self.annotated);
        // `password: str = ...`, but also `if ready: password = ...`
        let target =
            if self.is_annotation && annotated.kind > Secrecy::None { annotated } else { Assignment::to(self.name) };
        match self.role {
            Role::Call if calls::is_default(self.name) => {
                let named = Assignment::to(self.named);
                self.value = Some(if named.kind > Secrecy::None { named } else { self.around });
                self.has_keyword = true;
            }
            Role::Call => {
                self.value = Some(target);
                self.has_keyword = true;
            }
            Role::Statement if !self.targets.is_empty() => {
                let mut targets = std::mem::take(&mut self.targets);
                targets.push(self.name);
                self.values = targets.into_iter().map(Assignment::to).collect();
                self.value = self.values.first().copied();
                self.position = 0;
            }
            _ => {
                // `a = password = "..."`
                if target.kind > Secrecy::None || self.value.is_none_or(|value| value.kind == Secrecy::None) {
                    self.value = Some(target);
                }
            }
        }
        (self.name, self.before, self.operand, self.annotated, self.is_annotation) = ("", "", "", "", false);
        self.compared = None;
    }

    /// `:` behind a name begins an annotation, behind anything else it ends something.
    pub(super) fn colon(&mut self) {
        self.compared = None;
        if self.role == Role::Braces {
            // The key was no literal: `{PASSWORD: "..."}`.
            self.value = Some(self.entry(self.name));
        } else if !self.is_annotation {
            (self.annotated, self.is_annotation) = (self.name, true);
            if self.role == Role::Statement {
                self.value = None;
            }
        }
        (self.name, self.before, self.operand) = ("", "", "");
    }

    /// A dictionary's key, or what looks like one.
    pub(super) fn key(&mut self, key: Option<&'t str>) {
        self.value = Some(self.entry(key.unwrap_or_default()));
        self.name = "";
        self.is_annotation = false;
        self.annotated = "";
    }

    fn entry(&self, key: &'t str) -> Assignment<'t> {
        let own = Assignment::to(key);
        if own.kind == Secrecy::None { self.around.weakly() } else { own }
    }

    pub(super) fn comma(&mut self) {
        match self.role {
            Role::Statement if self.values.is_empty() && self.value.is_none() => self.targets.push(self.name),
            Role::Statement => {}
            _ => self.value = None,
        }
        self.position += 1;
        if let Some(value) = self.values.get(self.position) {
            self.value = Some(*value);
        }
        (self.name, self.before, self.operand, self.annotated, self.is_annotation) = ("", "", "", "", false);
        self.compared = None;
        self.has_keyword = false;
    }

    pub(super) fn other(&mut self) {
        (self.name, self.before, self.operand) = ("", "", "");
        self.compared = None;
    }

    /// The frame of a bracket that opens here.
    pub(super) fn opened(&mut self, sign: u8) -> Self {
        let is_behind_value = !self.operand.is_empty();
        let role = match sign {
            b'(' if is_behind_value => Role::Call,
            b'[' if is_behind_value => Role::Subscript,
            b'{' => Role::Braces,
            _ => Role::Group,
        };
        let around = match (role, self.compared, self.value) {
            (Role::Subscript, ..) => Assignment::NOTHING,
            (_, Some((compared, false)), _) => compared,
            (_, _, Some(value)) => value,
            (Role::Call, ..) if self.role == Role::Call => Assignment::NOTHING,
            _ => self.around,
        };
        let called = if role == Role::Call { (self.operand, self.before) } else { ("", "") };
        Self { role, called, around, ..Self::default() }
    }

    /// A bracket in it was closed; `key` was in it, if it was a subscript.
    pub(super) fn closed(&mut self, key: Option<&'t str>) {
        if let Some(key) = key {
            (self.name, self.operand) = (key, key);
        }
        self.compared = None;
    }

    /// What a literal is given to that stands here, before `sign`.
    pub(super) fn given(&self, value: &str, sign: u8) -> Assignment<'t> {
        let bound = || match self.role {
            Role::Statement => self.value.unwrap_or(Assignment::NOTHING),
            Role::Subscript => Assignment::NOTHING,
            Role::Braces => self.value.unwrap_or(self.around),
            Role::Group => self.element(sign),
            Role::Call if self.has_keyword => self.value.unwrap_or(Assignment::NOTHING),
            Role::Call => self.argument(value),
        };
        match self.compared {
            Some((compared, false)) => compared,
            Some((operand, true)) if operand.kind > bound().kind => operand,
            _ => bound(),
        }
    }

    /// An element of a tuple or a list.
    fn element(&self, sign: u8) -> Assignment<'t> {
        let is_last_of_two = self.position == 1 && matches!(sign, b')' | b']');
        if calls::is_login(self.around.name) && is_last_of_two {
            return calls::PASSWORD;
        }
        let around = self.value.unwrap_or(self.around);
        let named = Assignment::to(self.named);
        match () {
            () if around.kind > Secrecy::None => around,
            // `["--password", "..."]` of a command line.
            () if self.named.starts_with('-') => named,
            // `[("password", "..."), ...]`
            () if is_last_of_two => Assignment { kind: named.kind.min(Secrecy::Token), ..named },
            () => named.weakly(),
        }
    }

    /// An argument without a keyword.
    fn argument(&self, value: &str) -> Assignment<'t> {
        let (called, before) = self.called;
        let named = Assignment::to(self.named);
        match () {
            () if calls::is_wrapper(called) && self.position == 0 => self.around,
            () if calls::has_secret_at(before, called) == Some(self.position) => calls::PASSWORD,
            () if named.kind > Secrecy::None => {
                if calls::is_getter(called) {
                    named
                } else {
                    named.weakly()
                }
            }
            () if is_promising_name(value) => Assignment::NOTHING,
            () if calls::is_getter(called) && self.position > 0 => self.around,
            () => self.around.weakly(),
        }
    }

    /// Whether the last of the arguments is the secret: `user.set_password("...")`.
    pub(super) fn waits_for_last(&self) -> bool {
        self.role == Role::Call && !self.has_keyword && calls::takes_a_password(self.called.0)
    }

    /// A literal stood here; `promising` if it is a name that promises something.
    pub(super) fn literal(&mut self, written: Option<&'t str>) {
        let promising = written.filter(|written| is_promising_name(written));
        if !self.has_keyword {
            // One name, one value.
            self.named = promising.unwrap_or(if self.role == Role::Call { self.named } else { "" });
        }
        self.last_text = written;
        self.compared = None;
        (self.name, self.before, self.operand) = ("", "", "");
    }
}
