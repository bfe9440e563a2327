#!/usr/bin/env bash
# What users of VS Code do and do wrong: vscode_use_test.js says what. The server and the pictures: as for vscode_test.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/vscode.sh"
needs node npm code-server
browser
begin_workspace
export PYTEAM_CACHE_DIR=$scratch/pyteam-cache PYTEAM_CONFIG_DIR=$scratch/user PYTEAM_STATE_DIR=$scratch/records

# As `cargo install` or `uv tool install` leave it for a user whose editor was not started from a terminal.
mkdir -p "$scratch/.local/bin"
ln -s "$(realpath "$scratch/bin/pyteam")" "$scratch/.local/bin/pyteam-of-the-user"
failed=0
vscode_session vscode_use_test.js && assert_repaired "$workspace/worker.py" || failed=1
[ $failed = 0 ] && [ -z "${PYTEAM_SHOTS:-}" ] || keep_pictures
exit $failed
