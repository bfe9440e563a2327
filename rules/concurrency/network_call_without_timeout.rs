#![doc = include_str!("network_call_without_timeout.md")]

use pyteam_channels::constant;
use pyteam_channels::order::preceding_checks;
use pyteam_engine::{CheckContext, Finding, Fix, Page, Rule, Severity, Sink};
use pyteam_index::infer::{Site, Type};
use pyteam_syntax::arguments::{keyword, passed};
use pyteam_syntax::tree::{Arg, ArgKind};
use pyteam_syntax::{Expr, ExprId, Item, Name};

use crate::shared::blocking::{Blocking, BlockingKind, TimeoutArg, making, rule};

/// See the page.
pub struct NetworkCallWithoutTimeout;

impl Rule for NetworkCallWithoutTimeout {
    fn page(&self) -> &Page {
        crate::page!("network_call_without_timeout")
    }

    fn check(&self, cx: &CheckContext<'_>, sink: &mut Sink<'_>) {
        rule::check(cx, sink, BlockingKind::Network, |call, found| judge(cx, call, found), |_, found| why(found));
    }

    fn fixes(&self, cx: &CheckContext<'_>, finding: &Finding) -> Vec<Fix> {
        rule::fixes(cx, finding, BlockingKind::Network)
    }
}

/// What keeps the call from returning.
fn why(found: &Blocking) -> &'static str {
    match found.name.as_str() {
        _ if found.is_own => "if no answer arrives, this call never returns",
        _ if found.is_connecting() => "a host that drops packets blocks it until the operating system gives up",
        name if name.ends_with("Client") => {
            "its requests never return if a server accepts the connection and never answers"
        }
        name if name.starts_with("recv") => "a peer that keeps the connection open and sends nothing is enough",
        _ => "a server that accepts the connection and never answers is enough",
    }
}

fn judge(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> Option<Severity> {
    // A deadline may be set anywhere.
    cx.whole_file();
    let module = found.owner.split('.').next().unwrap_or_default();
    let is_bounded = match (module, found.timeout) {
        ("socket", TimeoutArg::Deadline) => {
            calls_anywhere(cx, &["settimeout", "setblocking", "setdefaulttimeout"])
                || preceding_checks::waits_for_readiness(cx, call)
                || found.origins.iter().any(|origin| is_bounded_socket(cx, call, *origin))
                || found.is_connecting() && is_this_machine(cx, call)
        }
        ("socket" | "urllib", _) => calls_anywhere(cx, &["setdefaulttimeout"]) || is_local(cx, call),
        (_, TimeoutArg::Option(option)) => {
            calls_anywhere(cx, &["poll", "Poller", "select"])
                || found.origins.iter().any(|origin| sets_option(cx, *origin, option))
        }
        ("urllib3", _) => found.owner != "urllib3" && found.origins.iter().any(|origin| is_bounded_pool(cx, *origin)),
        ("requests", _) => has_deadline_of_its_own(cx, call, found),
        _ => false,
    };
    // What is written down was decided, and whoever listens for datagrams, or for the kernel, has no peer that could answer.
    let is_less = passes_none(cx, call) || found.origins.iter().any(|origin| listens(cx, *origin));
    let severity = if is_less { Severity::Information } else { Severity::Warning };
    (!is_bounded).then_some(severity)
}

/// `sock.connect(("127.0.0.1", port))`: what listens there answers at once, and what does not is refused.
fn is_this_machine(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    let Some(Expr::Tuple(address)) = args.first().map(|arg| cx.item.expr(arg.value)) else { return false };
    let host = match address.first().map(|host| cx.item.expr(*host)) {
        Some(Expr::Str(literal)) => literal.value,
        Some(Expr::Name(name)) => constant::of(cx.inference, cx.file, *name),
        _ => None,
    };
    host.is_some_and(|host| matches!(host.as_str(), "localhost" | "::1") || host.as_str().starts_with("127."))
}

/// Whether the socket is one of datagrams, or of the kernel.
fn listens(cx: &CheckContext<'_>, origin: Option<Site>) -> bool {
    let Some((site, args)) = making(cx, origin) else { return false };
    let Some((file, item, _)) = cx.inference.item(site.file, site.item) else { return false };
    let text = |arg: &Arg| file.text_at(site.item, item.expr_range(arg.value));
    args.iter()
        .any(|arg| ["SOCK_DGRAM", "SOCK_RAW", "AF_NETLINK", "AF_PACKET"].iter().any(|kind| text(arg).ends_with(kind)))
}

/// `timeout=None`
fn passes_none(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    keyword(args, "timeout").is_some_and(|value| matches!(cx.item.expr(value), Expr::None))
}

/// Whether the file calls one of `names`.
fn calls_anywhere(cx: &CheckContext<'_>, names: &[&str]) -> bool {
    any_call(cx, |item, func, _| match item.expr(func) {
        Expr::Attribute { attr, .. } | Expr::Name(attr) => names.contains(&attr.as_str()),
        _ => false,
    })
}

fn any_call(cx: &CheckContext<'_>, is_it: impl Fn(&Item, ExprId, &[Arg]) -> bool) -> bool {
    cx.whole_file().parsed.items.iter().zip(&cx.file.facts.items).any(|(slot, facts)| {
        facts.calls.iter().any(|call| match slot.item.expr(*call) {
            Expr::Call { func, args } => is_it(&slot.item, *func, args),
            _ => false,
        })
    })
}

/// Whether the pool of connections was made with a timeout, or may have been.
fn is_bounded_pool(cx: &CheckContext<'_>, origin: Option<Site>) -> bool {
    making(cx, origin).is_none_or(|(_, args)| {
        args.iter().any(|arg| matches!(arg.kind, ArgKind::DoubleStar) || arg.is_keyword("timeout"))
    })
}

/// A socket of this machine connects at once, and `create_connection` may have set a deadline.
fn is_bounded_socket(cx: &CheckContext<'_>, call: ExprId, origin: Option<Site>) -> bool {
    let Some((site, args)) = making(cx, origin) else { return true };
    // Made in another file, it may have got its deadline there.
    if site.file != cx.file.id {
        return true;
    }
    let Some((file, item, _)) = cx.inference.item(site.file, site.item) else { return true };
    let Expr::Call { func, .. } = item.expr(site.expr) else { return true };
    let text = |expr| file.text_at(site.item, item.expr_range(expr));
    if text(*func).ends_with("create_connection") {
        return passed(args, &["timeout"], Some(1)).is_some();
    }
    let is_connect = cx.receiver_text(call).is_some_and(|(_, method)| method == "connect");
    is_connect && args.iter().any(|arg| text(arg.value).contains("AF_UNIX"))
}

/// Whether the option is set in this file, under either of its names, or may be where the object was made.
fn sets_option(cx: &CheckContext<'_>, origin: Option<Site>, option: Name) -> bool {
    let lower = option.as_str().to_ascii_lowercase();
    let is_it = |name: &Name| *name == option || name.as_str() == lower;
    making(cx, origin).is_none_or(|(site, _)| site.file != cx.file.id)
        || cx.whole_file().parsed.items.iter().any(|slot| {
            slot.item.expr_ids().any(
                |expr| matches!(slot.item.expr(expr), Expr::Name(name) | Expr::Attribute { attr: name, .. } if is_it(name)),
            )
        })
}

/// `urlopen("file:...")`, `urlopen("data:...")`
fn is_local(cx: &CheckContext<'_>, call: ExprId) -> bool {
    let Expr::Call { args, .. } = cx.item.expr(call) else { return false };
    args.first().is_some_and(|arg| match cx.item.expr(arg.value) {
        Expr::Str(literal) => {
            literal.value.is_some_and(|text| text.as_str().starts_with("file:") || text.as_str().starts_with("data:"))
        }
        Expr::FString(_) => cx.text(arg.value).trim_start_matches(['f', 'F', '"', '\'']).starts_with("file:"),
        _ => false,
    })
}

/// Whether a session bounds all its requests: by an adapter, by a `request` of its own, or by its class.
fn has_deadline_of_its_own(cx: &CheckContext<'_>, call: ExprId, found: &Blocking) -> bool {
    let Expr::Call { func, .. } = cx.item.expr(call) else { return false };
    let Expr::Attribute { value, .. } = cx.item.expr(*func) else { return false };
    let types = cx.inference.expr(cx.site(*value));
    let overrides = types.iter().any(|one| match one {
        Type::Object(class, _) => {
            let methods = cx.inference.ancestors(*class).0.into_iter().flat_map(|one| cx.inference.methods(one));
            methods
                .filter_map(|method| cx.inference.function(method))
                .any(|method| method.name == "request" || method.name == "send")
        }
        _ => false,
    });
    // `requests.get` makes a session of its own.
    let is_session = found.owner.ends_with("Session");
    overrides || (is_session && mounts_an_adapter(cx)) || cx.file.facts.writes.contains_key(&Name::new("request"))
}

/// Whether the file mounts an adapter that is not certainly requests' own, which bounds nothing.
fn mounts_an_adapter(cx: &CheckContext<'_>) -> bool {
    cx.whole_file().parsed.items.iter().zip(&cx.file.facts.items).zip(0..).any(|((slot, facts), index)| {
        facts.calls.iter().any(|call| {
            let Expr::Call { func, args } = slot.item.expr(*call) else { return false };
            let is_mount = matches!(slot.item.expr(*func), Expr::Attribute { attr, .. } if *attr == "mount");
            let Some(adapter) = passed(args, &["adapter"], Some(1)).filter(|_| is_mount) else {
                return false;
            };
            let types = cx.inference.expr(Site { file: cx.file.id, item: index, expr: adapter.value });
            !types.iter().all(|one| match one {
                Type::Instance { class, .. } => {
                    matches!(class.as_str(), "requests.adapters.HTTPAdapter" | "requests.HTTPAdapter")
                }
                _ => false,
            })
        })
    })
}
