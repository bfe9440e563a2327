//! Properties that hold for any text.

use proptest::prelude::*;
use pyteam_engine::{CancelToken, Engine, Settings};
use pyteam_index::Workspace;
use pyteam_syntax::document::{ParseLimits, parse};
use pyteam_syntax::position::{PositionEncoding, to_offset, to_position};
use pyteam_syntax::{Document, SourceText, TextSize};
use pyteam_tests::typing::{PROGRAMS, cases, typing};

proptest! {
    #![proptest_config(cases(150))]

    /// A fix on whatever was typed leaves no new syntax error.
    #[test]
    fn a_fix_on_random_code_parses(edits in prop::collection::vec(typing(), 0..8)) {
        let engine = Engine::new(pyteam_rules::all());
        let limits = ParseLimits::default();
        let settings = Settings::default();
        let mut workspace = Workspace::new();
        for (at, (path, text)) in PROGRAMS.iter().enumerate() {
            let mut document = Document::new(*text);
            for edit in edits.iter().filter(|edit| edit.file % PROGRAMS.len() == at) {
                edit.apply(&mut document, &[]);
            }
            workspace.set_file(path, document.parse(&limits));
        }
        workspace.set_complete(true);
        let snapshot = workspace.snapshot();
        for file in snapshot.files() {
            let Ok(found) = engine.check_file(&snapshot, file, &settings, None, &CancelToken::default()) else { continue };
            for finding in found {
                for fix in engine.fixes(&snapshot, &settings, &finding) {
                    for (id, edits) in &fix.edits {
                        let file = snapshot.file(*id).expect("a fix edits files that exist");
                        let after = pyteam_syntax::edit::apply(file.source().as_str(), edits);
                        let after = after.expect("edits of a fix fit the text");
                        let fixed = parse(SourceText::new(after.clone()), &limits);
                        prop_assert!(!fixed.has_error || file.parsed.has_error, "{} broke:\n{after}", fix.title);
                    }
                }
            }
        }
    }

    /// Offsets survive the way to an editor and back, in every encoding.
    #[test]
    fn positions_round_trip(text in "(\\PC|\n|\r\n|\r|😀|e\u{301}){0,60}", at in 0..10_000usize) {
        let source = SourceText::new(text.as_str());
        let mut at = text.len() * at / 10_000;
        while !text.is_char_boundary(at) || (at > 0 && text.as_bytes()[at - 1] == b'\r' && text.as_bytes().get(at) == Some(&b'\n')) {
            at -= 1;
        }
        let offset = TextSize::new(at as u32);
        for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
            let position = to_position(&source, offset, encoding);
            prop_assert_eq!(to_offset(&source, position, encoding), offset);
        }
    }
}
