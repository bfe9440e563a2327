//! Programs that a command starts: which answer at once, and which are there for a person.

use pyteam_engine::CheckContext;
use pyteam_index::facts::Source;
use pyteam_syntax::tree::ArgKind;
use pyteam_syntax::{Expr, ExprId};

use super::passed;

/// Programs that report something of this machine, or change one thing of it, and end.
const QUICK: &[&str] = &[
    "arch",
    "chmod",
    "date",
    "echo",
    "free",
    "getconf",
    "hostname",
    "hostnamectl",
    "id",
    "ifconfig",
    "ipconfig",
    "kill",
    "ln",
    "locale",
    "lsb_release",
    "lscpu",
    "lsmod",
    "lspci",
    "lsusb",
    "mkdir",
    "nproc",
    "nvidia-smi",
    "pgrep",
    "pidof",
    "ps",
    "rocm-smi",
    "sw_vers",
    "sysctl",
    "taskkill",
    "tasklist",
    "touch",
    "true",
    "tty",
    "uname",
    "uptime",
    "where",
    "which",
    "whoami",
];
/// Arguments that make one of these go on, or go through a tree of files.
const GOES_ON: &[&str] = &["-l", "-lms", "--loop", "dmon", "pmon", "daemon", "-R", "--recursive", "-F", "-w"];
/// Commands of git that read local data, without network or prompt.
const GIT_READS: &[&str] = &[
    "branch",
    "cat-file",
    "config",
    "describe",
    "diff",
    "log",
    "ls-files",
    "ls-tree",
    "merge-base",
    "name-rev",
    "rev-list",
    "rev-parse",
    "show-ref",
    "status",
    "symbolic-ref",
];
/// Options that make them open an editor.
const EDITS: &[&str] = &["-e", "--edit", "--edit-description"];
/// Alone behind a program, these have it say what it is.
const ASKS_WHAT_IT_IS: &[&str] = &["--version", "-version", "-V", "--help"];
/// Words in the names and variables of programs that a person works in.
const FOR_A_PERSON: &[&str] = &["editor", "visual", "pager", "browser", "shell"];

/// Whether the command that `call` runs certainly ends at once, whatever it is run on.
pub fn is_quick(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    // In a shell the time-out ends the shell, and what it runs goes on; what is read or spread is not known.
    let is_plain = args.iter().all(|arg| match arg.kind {
        ArgKind::Keyword(name) => name != "shell" || matches!(cx.item.expr(arg.value), Expr::Bool(false)),
        ArgKind::DoubleStar | ArgKind::Star => false,
        ArgKind::Positional => true,
    });
    let Some(words) = passed(args, &["args"], Some(0)).and_then(|arg| words(cx, arg.value)) else { return false };
    let Some((program, rest)) = words.split_first() else { return false };
    if !is_plain {
        return false;
    }
    if let [Some(only)] = rest
        && ASKS_WHAT_IT_IS.contains(&only.as_str())
    {
        return true;
    }
    let has = |wanted: &[&str]| rest.iter().flatten().any(|word| wanted.contains(&word.as_str()));
    match program.as_deref().map(base_name) {
        Some("git") => git_command(rest).is_some_and(|one| GIT_READS.contains(&one)) && !has(EDITS),
        Some(program) => QUICK.contains(&program) && !has(GOES_ON),
        None => false,
    }
}

/// The words of a command; nothing for those that are no literal.
fn words(cx: &CheckContext<'_>, command: ExprId) -> Option<Vec<Option<String>>> {
    let literal = |expr: ExprId| match cx.item.expr(expr) {
        Expr::Str(one) => one.value.map(|text| text.as_str().to_owned()),
        _ => None,
    };
    match cx.item.expr(command) {
        Expr::List(items) | Expr::Tuple(items) => {
            let is_one = |one: &ExprId| !matches!(cx.item.expr(*one), Expr::Starred(_));
            items.iter().all(is_one).then(|| items.iter().map(|one| literal(*one)).collect())
        }
        Expr::Str(_) => Some(vec![literal(command)]),
        // `"git rev-parse HEAD".split()`
        Expr::Call { func, args } if args.is_empty() => match cx.item.expr(*func) {
            Expr::Attribute { value, attr } if *attr == "split" => {
                Some(literal(*value)?.split_whitespace().map(|word| Some(word.to_owned())).collect())
            }
            _ => None,
        },
        _ => None,
    }
}

fn base_name(program: &str) -> &str {
    let last = program.rsplit(['/', '\\']).next().unwrap_or(program);
    last.strip_suffix(".exe").unwrap_or(last)
}

/// The command among git's arguments, behind its options: `-C folder`, `--no-pager`.
fn git_command(words: &[Option<String>]) -> Option<&str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_deref()? {
            "-C" | "-c" => _ = words.next(),
            option if option.starts_with('-') => {}
            command => return Some(command),
        }
    }
    None
}

/// Whether the program that `call` runs is one that a person works in for as long as they like: `$EDITOR`, a pager.
pub fn is_for_a_person(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let Some(command) = passed(args, &["args"], Some(0)) else { return false };
    let program = match cx.item.expr(command.value) {
        Expr::List(items) | Expr::Tuple(items) => items.first().copied(),
        _ => Some(command.value),
    };
    program.is_some_and(|program| says_so(cx, program, 2))
}

/// Whether the expression speaks of such a program, itself or where the name in it is bound.
fn says_so(cx: &CheckContext<'_>, expr: ExprId, depth: u8) -> bool {
    // A path has parts of any name; what is executed is a shell by name only as a variable.
    let speaks = |expr: ExprId| {
        let text = cx.text(expr).to_ascii_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        words.iter().any(|word| FOR_A_PERSON.contains(word))
    };
    match cx.item.expr(expr) {
        Expr::Str(_) => false,
        Expr::Name(name) => {
            let facts = &cx.file.facts.items[cx.item_index as usize];
            let bound = facts.bindings.iter().filter(|one| one.name == *name);
            speaks(expr)
                || depth > 0
                    && bound
                        .into_iter()
                        .any(|one| matches!(one.source, Source::Value(value) if says_so(cx, value, depth - 1)))
        }
        _ => speaks(expr),
    }
}
