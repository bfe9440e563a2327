//! Command lines as lists of literals: `["curl", "-u", "bob:..."]`.

use std::ops::Range;

use super::super::lexer::{Placed, Token};
use super::super::names::Secrecy;
use super::super::values::is_secret;
use super::directly_in;

/// How a program takes a password.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// As the word behind the option.
    Next,
    /// Behind the user's name and a colon, in that word.
    WithUser,
    /// In the same word as the option.
    Joined,
}

/// Options that take a password, by the programs that have them.
const OPTIONS: [(&[&str], &[&str], Takes); 5] = [
    (&["curl", "wget", "http", "https"], &["-u", "-U", "--user", "--proxy-user", "-a", "--auth"], Takes::WithUser),
    (&["sshpass", "mongo", "mongosh", "mongodump", "mongorestore"], &["-p"], Takes::Next),
    (
        &["sshpass", "mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"],
        &["-p"],
        Takes::Joined,
    ),
    (&["redis-cli"], &["-a"], Takes::Next),
    (&["smbclient"], &["-U"], Takes::WithUser),
];

/// The secrets among the words of commands.
pub(super) fn secrets(text: &str, tokens: &[Placed]) -> Vec<Vec<Range<usize>>> {
    let mut found = Vec::new();
    for at in 1..tokens.len() {
        let is_first = matches!(tokens[at - 1].token, Token::Sign(b'[' | b'('));
        if is_first && let Token::Text { .. } = tokens[at].token {
            let program = text[tokens[at].place.clone()].rsplit(['/', '\\']).next().unwrap_or_default();
            let known: Vec<_> = OPTIONS.iter().filter(|(programs, ..)| programs.contains(&program)).collect();
            if known.is_empty() {
                continue;
            }
            let words = words(&tokens[at..]);
            for (_, options, takes) in known {
                found.extend(words.iter().enumerate().filter_map(|(number, word)| {
                    let before = number.checked_sub(1).and_then(|before| words[before].clone());
                    in_word(text, before, word.clone()?, options, *takes)
                }));
            }
        }
    }
    found
}

/// The words of a bracket that opened just before: the places of literals, none for anything else.
fn words(tokens: &[Placed]) -> Vec<Option<Range<usize>>> {
    let mut words = vec![None];
    for (number, placed) in directly_in(tokens) {
        words.resize(number + 1, None);
        if let Token::Text { .. } = placed.token {
            words[number] = Some(placed.place.clone());
        }
    }
    words
}

fn in_word(
    text: &str,
    before: Option<Range<usize>>,
    word: Range<usize>,
    options: &[&str],
    takes: Takes,
) -> Option<Vec<Range<usize>>> {
    let written = &text[word.clone()];
    let is_behind = before.is_some_and(|before| options.contains(&&text[before]));
    let start = match takes {
        Takes::Next if is_behind => 0,
        Takes::WithUser if is_behind => written.find([':', '%'])? + 1,
        Takes::WithUser => {
            let (option, rest) = written.split_once('=')?;
            option.len() + 1 + rest.find(':').filter(|_| options.contains(&option))? + 1
        }
        Takes::Joined => {
            options.iter().find(|option| written.starts_with(**option) && written.len() > option.len())?.len()
        }
        Takes::Next => return None,
    };
    let place = word.start + start..word.end;
    is_secret("password", Secrecy::Password, &text[place.clone()]).then(|| vec![place])
}
