//! The client's capabilities, reduced to what matters here.

use pyteam_syntax::position::PositionEncoding;
use tower_lsp::ls_types::{ClientCapabilities, MarkupKind, PositionEncodingKind, ResourceOperationKind};

/// Where a client says that it answers `pyteam/reviewChange`, among what is experimental.
const REVIEWS: &str = "/pyteam/reviewChange";

/// What the client can do.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is one independent capability of the client")]
pub(crate) struct ClientFeatures {
    /// What columns count.
    pub(crate) encoding: PositionEncoding,
    /// The client pulls diagnostics, and can be told to pull again; else they are pushed.
    pub(crate) pull: bool,
    /// Diagnostics may name other places.
    pub(crate) related_information: bool,
    /// Diagnostics may link to the rule's page.
    pub(crate) code_description: bool,
    /// Diagnostics may carry tags.
    pub(crate) tags: bool,
    /// Code actions may come without their edit, to be asked for later.
    pub(crate) resolve_edit: bool,
    /// Edits may carry document versions.
    pub(crate) document_changes: bool,
    /// The client makes and removes files as part of an edit.
    pub(crate) creates_files: bool,
    /// The client shows a change and asks its user about it, by a request of pyteam's own.
    pub(crate) reviews: bool,
    /// The client opens documents for us.
    pub(crate) show_document: bool,
    /// The client shows code lenses.
    pub(crate) code_lens: bool,
    /// The client can be told to ask for code lenses again.
    pub(crate) lens_refresh: bool,
    /// The client can be told to ask for inlay hints again.
    pub(crate) inlay_hint_refresh: bool,
    /// Hovers may be Markdown.
    pub(crate) markdown: bool,
    /// The client shows progress.
    pub(crate) progress: bool,
    /// The client watches files for us when asked, whatever program changes them.
    pub(crate) watches_files: bool,
    /// The client answers `workspace/configuration`.
    pub(crate) configuration: bool,
    /// The client tells of changed settings only after a registration.
    pub(crate) register_configuration: bool,
}

impl ClientFeatures {
    /// Reads the client's capabilities. `name` is what it calls itself.
    pub(crate) fn of(client: &ClientCapabilities, name: Option<&str>) -> Self {
        let document = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let push = document.and_then(|it| it.publish_diagnostics.as_ref());
        let pull = document.and_then(|it| it.diagnostic.as_ref());
        let refresh = workspace.and_then(|it| it.diagnostics.as_ref()?.refresh_support);
        let resolvable = document.and_then(|it| it.code_action.as_ref()?.resolve_support.as_ref());
        let formats = document.and_then(|it| it.hover.as_ref()?.content_format.as_ref());
        let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
        let is = |capability: Option<bool>| capability.unwrap_or(false);
        Self {
            encoding: encoding(client),
            // Helix 25.07 pulls without a refresh: cross-file findings would stay stale there until the next
            // edit, so it gets them pushed.
            pull: pull.is_some() && is(refresh),
            related_information: is(push.and_then(|it| it.related_information))
                || is(pull.and_then(|it| it.related_information)),
            code_description: is(push.and_then(|it| it.code_description_support))
                || is(pull.and_then(|it| it.code_description_support)),
            tags: push.is_some_and(|it| it.tag_support.is_some()) || pull.is_some_and(|it| it.tag_support.is_some()),
            resolve_edit: is(document.and_then(|it| it.code_action.as_ref()?.data_support))
                && resolvable.is_some_and(|it| it.properties.iter().any(|property| property == "edit")),
            document_changes: is(workspace.and_then(|it| it.workspace_edit.as_ref()?.document_changes)),
            creates_files: edits.and_then(|it| it.resource_operations.as_ref()).is_some_and(|kinds| {
                kinds.contains(&ResourceOperationKind::Create) && kinds.contains(&ResourceOperationKind::Delete)
            }),
            reviews: is(client.experimental.as_ref().and_then(|it| it.pointer(REVIEWS)?.as_bool())),
            show_document: client.window.as_ref().and_then(|it| it.show_document.as_ref()).is_some_and(|it| it.support),
            code_lens: document.is_some_and(|it| it.code_lens.is_some()),
            lens_refresh: is(workspace.and_then(|it| it.code_lens.as_ref()?.refresh_support)),
            inlay_hint_refresh: is(workspace.and_then(|it| it.inlay_hint.as_ref()?.refresh_support)),
            markdown: formats.is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            progress: is(client.window.as_ref().and_then(|it| it.work_done_progress)),
            // Helix takes the registration and tells of what it saves itself: what other programs write, an agent or a
            // checkout, goes unnoticed there.
            watches_files: is(workspace.and_then(|it| it.did_change_watched_files.as_ref()?.dynamic_registration))
                && !name.is_some_and(|name| name.eq_ignore_ascii_case("helix")),
            configuration: is(workspace.and_then(|it| it.configuration)),
            register_configuration: is(
                workspace.and_then(|it| it.did_change_configuration.as_ref()?.dynamic_registration)
            ),
        }
    }
}

fn encoding(client: &ClientCapabilities) -> PositionEncoding {
    let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => PositionEncoding::Utf8,
        _ => PositionEncoding::Utf16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(capabilities: serde_json::Value) -> ClientFeatures {
        ClientFeatures::of(&serde_json::from_value(capabilities).expect("client capabilities"), None)
    }

    #[test]
    fn diagnostics_are_pulled_only_with_a_refresh() {
        let pull = serde_json::json!({"textDocument": {"diagnostic": {}}});
        assert!(!features(pull).pull);
        let both = serde_json::json!({
            "textDocument": {"diagnostic": {}},
            "workspace": {"diagnostics": {"refreshSupport": true}},
        });
        assert!(features(both).pull);
    }

    #[test]
    fn utf_8_is_taken_wherever_it_is_offered() {
        let offered = |list: &[&str]| features(serde_json::json!({"general": {"positionEncodings": list}})).encoding;
        assert_eq!(offered(&["utf-16", "utf-8"]), PositionEncoding::Utf8);
        assert_eq!(offered(&["utf-32", "utf-16"]), PositionEncoding::Utf16);
        assert_eq!(features(serde_json::json!({})).encoding, PositionEncoding::Utf16);
    }
}
