//! `initialize`. It is answered at once: what it says becomes an event.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use tower_lsp::ls_types::{InitializeParams, InitializeResult};

use crate::lsp::capabilities;
use crate::lsp::client_features::ClientFeatures;
use crate::lsp::convert;
use crate::lsp::event::{Event, Initialize};
use crate::lsp::extension::Extension;
use crate::lsp::folders::ClientFolders;

/// The event and the response.
pub(crate) fn initialize(params: InitializeParams, extension: &dyn Extension) -> (Event, InitializeResult) {
    let name = params.client_info.as_ref().map(|client| &*client.name);
    let features = Arc::new(ClientFeatures::of(&params.capabilities, name));
    let result = capabilities::initialize_result(&features, extension);
    let folders = client_folders(&params);
    let options = params.initialization_options.unwrap_or(Value::Null);
    (Event::Initialize(Box::new(Initialize { features, folders, options })), result)
}

/// The workspace's folders; the older members hold where a client sends no list, or an empty one as Helix does.
#[allow(deprecated, reason = "older clients send nothing else")]
fn client_folders(params: &InitializeParams) -> ClientFolders {
    let listed = params.workspace_folders.iter().flatten();
    let mut folders: Vec<PathBuf> = listed.filter_map(|folder| convert::file_path(&folder.uri)).collect();
    if folders.is_empty() {
        folders.extend(params.root_uri.as_ref().and_then(convert::file_path));
    }
    ClientFolders { folders, started_in: params.root_path.as_ref().map(PathBuf::from) }
}
