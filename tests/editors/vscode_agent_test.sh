#!/usr/bin/env bash
# A real agent (qwen-code) behind a real VS Code in a browser; its model is tests/agents/stub_model.py, on loopback.
# vscode_agent_test.js says what is tested. The server and the pictures: as for vscode_test.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/vscode.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/agent.sh"
needs node npm code-server qwen
browser
begin_workspace
begin_agent
failed=0
vscode_session vscode_agent_test.js || failed=1
if [ $failed = 0 ]; then list_runs; else agent_logs; fi
[ $failed = 0 ] && [ -z "${PYTEAM_SHOTS:-}" ] || keep_pictures
exit $failed
