//! Programs that answer at once, whatever they are run on.

use pyteam_index::context::ItemContext;
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId};

use pyteam_syntax::arguments::passed;

/// Commands that say something of this machine, or of a repository's own files, and end: the program, and each way to
/// call it. Another option may make the same program go on, read its input or open a pager.
const QUICK: &[(&str, &[&[&str]])] = &[
    ("arch", &[&[]]),
    ("cc", VERSION),
    ("clang", VERSION),
    ("cmake", VERSION),
    ("date", &[&[], &["-u"], &["+%s"], &["+%Y-%m-%d"], &["-u", "+%s"]]),
    ("ffmpeg", &[&["-version"]]),
    ("g++", VERSION),
    ("gcc", VERSION),
    ("getconf", &[&["LONG_BIT"], &["PAGESIZE"], &["PAGE_SIZE"], &["_NPROCESSORS_CONF"], &["_NPROCESSORS_ONLN"]]),
    (
        "git",
        &[
            &["--version"],
            &["branch", "--show-current"],
            &["rev-parse", "--abbrev-ref", "HEAD"],
            &["rev-parse", "--git-dir"],
            &["rev-parse", "--is-inside-work-tree"],
            &["rev-parse", "--short", "HEAD"],
            &["rev-parse", "--show-toplevel"],
            &["rev-parse", "--verify", "HEAD"],
            &["rev-parse", "HEAD"],
            &["symbolic-ref", "--short", "HEAD"],
            &["symbolic-ref", "HEAD"],
        ],
    ),
    ("hostname", &[&[], &["-s"]]),
    ("ldd", VERSION),
    ("lscpu", &[&[]]),
    ("make", VERSION),
    ("node", VERSION),
    ("nproc", &[&[], &["--all"]]),
    ("nvcc", VERSION),
    ("python", &[&["--version"], &["-V"]]),
    ("python3", &[&["--version"], &["-V"]]),
    ("rustc", VERSION),
    ("sw_vers", &[&[], &["-buildVersion"], &["-productName"], &["-productVersion"]]),
    ("uname", &[&[], &["-a"], &["-m"], &["-n"], &["-p"], &["-r"], &["-s"], &["-v"], &["-sr"], &["-srm"]]),
    ("whoami", &[&[]]),
];
const VERSION: &[&[&str]] = &[&["--version"]];
/// What a call may be given besides its command: nothing of it makes another program run, or gives it something to read.
const GIVEN: &[&str] = &[
    "args",
    "capture_output",
    "check",
    "cwd",
    "encoding",
    "errors",
    "shell",
    "stderr",
    "stdout",
    "text",
    "universal_newlines",
];
/// Whether the command that `call` runs certainly ends at once, whatever it is run on: its words are all known, and what
/// it says is taken here and does not reach a terminal, where it might be paged.
pub(super) fn is_quick(cx: &ItemContext<'_>, call: ExprId) -> bool {
    let Expr::Call { func, args } = cx.item.expr(call) else { return false };
    let is_plain = args.iter().enumerate().all(|(at, arg)| match arg.kind {
        // In a shell the timeout ends the shell, and what it runs goes on.
        ArgKind::Keyword(name) if name == "shell" => matches!(cx.item.expr(arg.value), Expr::Bool(false)),
        ArgKind::Keyword(name) => GIVEN.contains(&name.as_str()),
        ArgKind::DoubleStar | ArgKind::Star => false,
        ArgKind::Positional => at == 0,
    });
    let Some(words) = passed(args, &["args"], Some(0)).and_then(|arg| words(cx, arg.value)) else { return false };
    is_plain && is_captured(cx, *func, args) && is_known(&words)
}

/// Whether the program's output comes back by the call.
fn is_captured(cx: &ItemContext<'_>, func: ExprId, args: &[Arg]) -> bool {
    let site = |expr| cx.site(expr);
    let is_path = |expr, path: &str| cx.inference.expr(site(expr)).single_external().is_some_and(|one| one == path);
    let is_given = |wanted: &str, is_it: &dyn Fn(ExprId) -> bool| {
        passed(args, &[wanted], None).is_some_and(|arg| is_it(arg.value))
    };
    is_path(func, "subprocess.check_output")
        || is_given("capture_output", &|value| matches!(cx.item.expr(value), Expr::Bool(true)))
        || is_given("stdout", &|value| is_path(value, "subprocess.PIPE"))
}

/// Whether the words are those of a quick command. Git may be told where to look.
fn is_known(words: &[Option<String>]) -> bool {
    let Some((Some(program), rest)) = words.split_first() else { return false };
    let program = program.strip_prefix("/usr/bin/").or_else(|| program.strip_prefix("/bin/")).unwrap_or(program);
    let rest = match rest {
        [Some(option), _, rest @ ..] if program == "git" && option == "-C" => rest,
        _ => rest,
    };
    let is_it = |known: &&[&str]| {
        known.len() == rest.len() && known.iter().zip(rest).all(|(known, word)| word.as_deref() == Some(*known))
    };
    QUICK.iter().any(|(name, ways)| *name == program && ways.iter().any(is_it))
}

/// The words of a command; nothing for those that are no literal.
fn words(cx: &ItemContext<'_>, command: ExprId) -> Option<Vec<Option<String>>> {
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
