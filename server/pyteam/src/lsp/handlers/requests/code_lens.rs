//! `textDocument/codeLens`: the extension's lenses. Nothing depends on them.

use std::sync::Arc;

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::request::CodeLensRequest;
use tower_lsp::ls_types::{CodeLens, CodeLensParams};

use crate::lsp::convert;
use crate::lsp::handlers::dispatch::{CheckedFileHandler, RequestContext};
use crate::lsp::state_snapshot::{CheckedFile, StateSnapshot};

pub(crate) struct CodeLensHandler;

impl CheckedFileHandler for CodeLensHandler {
    type Protocol = CodeLensRequest;

    fn document(params: &CodeLensParams) -> Result<Option<Arc<str>>> {
        Ok(Some(convert::key(&params.text_document.uri)))
    }

    fn run(checked: &CheckedFile, params: CodeLensParams, context: &RequestContext) -> Result<Option<Vec<CodeLens>>> {
        Ok(context.extension.code_lenses(checked, &params.text_document.uri))
    }

    fn not_open(_: &StateSnapshot, _: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        Ok(None)
    }
}
