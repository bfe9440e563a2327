//! Python as black would lay it out.

/// The longest line that black leaves as it is.
const WIDTH: usize = 88;

/// Lines, each with its end.
pub(super) fn lines(all: impl Iterator<Item = String>) -> String {
    all.fold(String::new(), |text, line| text + &line + "\n")
}

/// An element of a list over several lines, as black would have it.
pub(super) fn element(pattern: &str) -> String {
    let line = format!("    {pattern},\n");
    let inner = pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(inner) if line.len() > WIDTH => {
            format!("    {{\n{}    }},\n", lines(split(inner).iter().map(|field| format!("        {field},"))))
        }
        _ => line,
    }
}

/// The fields of a dict as it was written: `"a": 1, "b, c": 2`.
fn split(inner: &str) -> Vec<&str> {
    let (mut fields, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, char) in inner.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                fields.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    fields.push(inner[start..].trim());
    fields
}

/// `def name(parameters) -> returns:`, as black would have it.
pub(super) fn header(name: &str, parameters: &[String], returns: &str) -> String {
    let line = format!("def {name}({}) -> {returns}:", parameters.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let inner = format!("    {}", parameters.join(", "));
    if inner.len() <= WIDTH {
        return format!("def {name}(\n{inner},\n) -> {returns}:").replace(",\n)", "\n)");
    }
    let parameters = lines(parameters.iter().map(|one| format!("    {one},")));
    format!("def {name}(\n{parameters}) -> {returns}:")
}
