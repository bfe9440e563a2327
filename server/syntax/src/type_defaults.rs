//! Defaults of type parameters (PEP 696), which the grammar does not know: `class A[T = int]`.

/// The text with blanks in the place of such defaults, byte for byte; nothing where there are none.
pub(crate) fn blanked(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut found) = (0, false);
    for line in text.split_inclusive('\n') {
        if let Some(open) = opens_parameters(line) {
            found |= blank_within(&mut bytes, at + open + 1);
        }
        at += line.len();
    }
    found.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// Where the bracket stands behind the name that a line defines.
fn opens_parameters(line: &str) -> Option<usize> {
    let rest = line.trim_start();
    let rest = rest.strip_prefix("async ").map_or(rest, str::trim_start);
    let name = ["class ", "def ", "type "].iter().find_map(|word| rest.strip_prefix(word))?.trim_start();
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|end| *end > 0)?;
    let open = line.len() - name.len() + end;
    name[end..].starts_with('[').then_some(open)
}

/// Blanks the defaults from behind an opening bracket to the one that closes it; whether there are any.
fn blank_within(bytes: &mut [u8], from: usize) -> bool {
    let (mut depth, mut inside, mut found) = (1_u32, false, false);
    for byte in bytes.iter_mut().skip(from) {
        match byte {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => depth -= 1,
            b',' if depth == 1 => inside = false,
            b'=' if depth == 1 => (inside, found) = (true, true),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if inside && !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_blanked_and_nothing_else_is() {
        let blanked = |text: &str| blanked(text).unwrap_or_default();
        assert_eq!(blanked("class A[T = int]:\n    x = [1]\n"), "class A[T      ]:\n    x = [1]\n");
        assert_eq!(
            blanked("def f[T: int = bool, *Ts = *tuple[int]](x=[1]): ..."),
            format!("def f[T: int{}, *Ts{}](x=[1]): ...", " ".repeat(7), " ".repeat(14))
        );
        assert_eq!(blanked("type L[T = dict[str, int]] = list[T]"), format!("type L[T{}] = list[T]", " ".repeat(17)));
        assert_eq!(blanked("class A[T]: ...\nx[a == b] = 1\n"), "");
    }
}
