//! The rules. Each is one literate page, `<family>/<name>.md`, with its code beside it in `<name>.rs`; the file's
//! name with hyphens is the rule's code.

pub mod architecture;
pub mod concurrency;
pub mod messaging;
pub mod security;
pub mod shared;

use pyteam_engine::Rule;

/// Declares a rule: its page beside it, parsed once.
macro_rules! page {
    ($name:literal) => {{
        static PAGE: std::sync::LazyLock<pyteam_engine::Page> =
            std::sync::LazyLock::new(|| $crate::load(module_path!(), include_str!(concat!($name, ".md"))));
        &PAGE
    }};
}
pub(crate) use page;

/// All rules, by family.
pub fn all() -> Vec<Box<dyn Rule>> {
    [architecture::rules(), concurrency::rules(), messaging::rules(), security::rules()].into_iter().flatten().collect()
}

/// Parses one of our own pages. `module` is the rule's module, whose last two parts are family and name.
///
/// # Panics
/// Where the page is malformed, which a test over all pages rules out.
fn load(module: &str, text: &str) -> pyteam_engine::Page {
    pyteam_engine::Page::shipped(&format!("{}.md", module.replace("::", "/")), text)
}
