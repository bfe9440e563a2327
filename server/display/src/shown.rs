//! The type of all that is shown.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstyle::Style;
use serde::Serialize;

use crate::{escape, json};

/// Text that may be shown: no character in it is obeyed by a terminal or unseen, but for line feeds, tabs, and the
/// colors that were asked for here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    /// Text over lines.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self(escape::text(text.as_ref()).into_owned())
    }

    /// Text on one line: its line feeds and tabs are marked, too.
    pub fn line(text: impl fmt::Display) -> Self {
        Self(escape::line(&text.to_string()).into_owned())
    }

    /// A line of a file, from which the file's own line can be told: what reads like a mark there is marked itself.
    pub fn exact_line(text: &str) -> Self {
        Self(escape::exact_line(text).into_owned())
    }

    /// What one of our own renderers made of text that is marked already: its colors stay, and nothing else.
    pub fn colored(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('\u{1b}') {
            shown.push_str(&escape::text(&rest[..at]));
            let length = color_length(&rest[at..]);
            // An escape that is no color is marked, and what follows it read on.
            let (color, behind) = rest[at..].split_at(length.max(1));
            shown.push_str(&if length > 0 { Cow::Borrowed(color) } else { escape::text(color) });
            rest = behind;
        }
        shown.push_str(&escape::text(rest));
        Self(shown)
    }

    /// A value for programs: its strings are exact, with every character that would not be seen as `\uXXXX`.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        json::pretty(value).map(Self)
    }

    /// With this style around it; an empty one leaves no trace.
    #[must_use]
    pub fn painted(self, style: Style) -> Self {
        if self.0.is_empty() || style == Style::new() { self } else { Self(format!("{style}{}{style:#}", self.0)) }
    }

    /// Filled up with blanks to so many characters. Do so before it is painted.
    #[must_use]
    pub fn padded(mut self, width: usize) -> Self {
        let missing = width.saturating_sub(self.0.chars().count());
        self.0.extend(std::iter::repeat_n(' ', missing));
        self
    }

    /// Without white space at its end.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        self.0.truncate(self.0.trim_end().len());
        self
    }

    /// Every line but the first with `indent` before it.
    #[must_use]
    pub fn indented(self, indent: &'static str) -> Self {
        if self.0.contains('\n') { Self(self.0.replace('\n', &format!("\n{indent}"))) } else { self }
    }

    /// Adds something at the end.
    pub fn push(&mut self, more: impl Into<Self>) {
        self.0.push_str(&more.into().0);
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, to be given to a client that shows it.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For [`shown!`](crate::shown): pieces that are marked, between words of ours.
    #[doc(hidden)]
    pub fn formatted(pieces: fmt::Arguments<'_>) -> Self {
        Self::colored(&pieces.to_string())
    }
}

/// The length of the color that `text` begins with; 0 where it begins with none.
fn color_length(text: &str) -> usize {
    let Some(numbers) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = numbers.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(numbers.len());
    if numbers[end..].starts_with('m') { "\u{1b}[".len() + end + 1 } else { 0 }
}

/// Our own words. What was made static otherwise is marked all the same.
impl From<&'static str> for Shown {
    fn from(text: &'static str) -> Self {
        Self::text(text)
    }
}

impl From<&Self> for Shown {
    fn from(shown: &Self) -> Self {
        shown.clone()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can stand in a [`shown!`](crate::shown).
pub trait Show {
    /// The text of it, marked; strings on one line.
    fn show(&self) -> Cow<'_, str>;
}

/// One argument of a [`shown!`](crate::shown).
pub struct Piece<'a>(Cow<'a, str>);

/// The argument that `value` makes.
pub fn show<T: Show + ?Sized>(value: &T) -> Piece<'_> {
    Piece(value.show())
}

impl fmt::Display for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Show for Shown {
    fn show(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl Show for str {
    fn show(&self) -> Cow<'_, str> {
        escape::line(self)
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self) -> Cow<'_, str> {
        (**self).show()
    }
}

macro_rules! show_as_str {
    ($($kind:ty),*) => {$(
        impl Show for $kind {
            fn show(&self) -> Cow<'_, str> {
                escape::line(self)
            }
        }
    )*};
}
show_as_str!(String, Arc<str>, Box<str>, Cow<'_, str>);

macro_rules! show_by_display {
    ($($kind:ty),*) => {$(
        impl Show for $kind {
            fn show(&self) -> Cow<'_, str> {
                Cow::Owned(escape::line(&self.to_string()).into_owned())
            }
        }
    )*};
}
show_by_display!(char, bool, u8, u32, u64, u128, usize, i32, i64, io::Error, std::path::Display<'_>);

macro_rules! show_as_path {
    ($($kind:ty),*) => {$(
        impl Show for $kind {
            fn show(&self) -> Cow<'_, str> {
                Cow::Owned(escape::path(self.as_ref()))
            }
        }
    )*};
}
show_as_path!(Path, PathBuf, OsStr, OsString);

/// Formats a [`Shown`](crate::Shown) like `format!`: words of ours, and arguments that are marked. Arguments stand behind
/// the text, for a name inside the braces would go around the marking; it does not compile.
#[macro_export]
macro_rules! shown {
    ($format:literal $(, $value:expr)* $(,)?) => {
        $crate::Shown::formatted(::std::format_args!(::std::concat!($format) $(, $crate::show(&$value))*))
    };
}

#[cfg(test)]
mod tests {
    use anstyle::AnsiColor;

    use super::*;

    #[test]
    fn arguments_are_marked_and_stay_on_their_line() {
        let name = "a\n\u{1b}[31mb\u{202e}";
        assert_eq!(shown!("{}: {}\n", name, 3_usize).as_str(), "a\\u{a}\\u{1b}[31mb\\u{202e}: 3\n");
        assert_eq!(shown!("{:<4}|", "ab").as_str(), "ab  |");
        assert_eq!(shown!("{}", Path::new("x\u{7}")).as_str(), "x\\u{7}");
    }

    #[test]
    fn only_colors_of_ours_stay() {
        let red = AnsiColor::Red.on_default();
        let painted = Shown::line("x\u{1b}[0m").painted(red);
        assert_eq!(painted.as_str(), format!("{red}x\\u{{1b}}[0m{red:#}"));
        assert_eq!(shown!("{}!", painted).as_str(), format!("{red}x\\u{{1b}}[0m{red:#}!"));
        assert_eq!(Shown::colored("\u{1b}[1;31ma\u{1b}[2Kb\u{1b}").as_str(), "\u{1b}[1;31ma\\u{1b}[2Kb\\u{1b}");
        assert_eq!(Shown::from("a\u{7}").as_str(), "a\\u{7}");
    }
}
