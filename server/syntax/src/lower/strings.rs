//! String literals and f-strings.

use text_size::TextRange;

use super::Lowerer;
use crate::kinds::{Field, NodeKind};
use crate::name::Name;
use crate::tree::{Expr, ExprId, FStringPart, StrLit};

/// Longer values are left in the source: they are prose, and rules read them there.
const MAX_VALUE: usize = 200;

/// What the parts of a literal add up to.
struct Literal {
    value: Option<String>,
    bytes: bool,
    formatted: bool,
    parts: Vec<FStringPart>,
}

impl Lowerer<'_, '_> {
    /// A string or a concatenation of strings.
    pub(super) fn string(&mut self) -> ExprId {
        let range = self.range();
        let mut literal = Literal { value: Some(String::new()), bytes: false, formatted: false, parts: Vec::new() };
        if self.kind() == NodeKind::ConcatenatedString {
            self.each_child(|this, kind| {
                if kind == NodeKind::String {
                    this.string_part(&mut literal);
                }
            });
        } else {
            self.string_part(&mut literal);
        }
        let kind = if literal.formatted {
            Expr::FString(literal.parts.into())
        } else {
            let value = literal.value.filter(|value| value.len() <= MAX_VALUE && !value.contains(['\n', '\r']));
            Expr::Str(StrLit { value: value.map(|value| Name::new(&value)), bytes: literal.bytes })
        };
        self.push(kind, range)
    }

    fn string_part(&mut self, literal: &mut Literal) {
        let (mut raw, mut content) = (false, None::<TextRange>);
        self.each_child(|this, kind| match kind {
            NodeKind::StringStart => {
                let prefix = this.node_text().to_ascii_lowercase();
                raw = prefix.contains('r');
                literal.bytes |= prefix.contains('b');
                literal.formatted |= prefix.contains('f') || prefix.contains('t');
                content = Some(TextRange::empty(this.range().end()));
            }
            NodeKind::Interpolation => {
                if let Some(text) = content.filter(|text| text.end() < this.range().start()) {
                    literal.parts.push(FStringPart::Text(TextRange::new(text.end(), this.range().start())));
                }
                let mut found = None;
                this.each_field(|this, field, _| {
                    if field == Field::Expression {
                        found = Some(this.expr());
                    }
                });
                let found = this.or_error(found);
                literal.parts.push(FStringPart::Expr(found));
                content = Some(TextRange::empty(this.range().end()));
            }
            NodeKind::StringEnd => {
                if let Some(text) = content.filter(|text| text.end() < this.range().start()) {
                    let text = TextRange::new(text.end(), this.range().start());
                    literal.parts.push(FStringPart::Text(text));
                    let from = this.base + usize::from(text.start());
                    let written = &this.text[from..this.base + usize::from(text.end())];
                    if let Some(value) = &mut literal.value {
                        if written.contains('\\') && !raw {
                            literal.value = unescape(written).map(|part| std::mem::take(value) + &part);
                        } else if value.len() <= MAX_VALUE {
                            value.push_str(written);
                        }
                    }
                }
            }
            _ => {}
        });
    }
}

/// Undoes the simple escapes; anything rarer has no value that a rule would compare with.
fn unescape(written: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        out.push(match chars.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            c @ ('\\' | '\'' | '"') => c,
            _ => return None,
        });
    }
    Some(out)
}
