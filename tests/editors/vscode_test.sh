#!/usr/bin/env bash
# A real VS Code in a browser without a screen: vscode_test.js says what is tested. The server: $PYTEAM, else
# target/release/pyteam. Pictures and logs are kept in $PYTEAM_SHOTS, and of a failure in target/editor-tests without it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/vscode.sh"
needs node npm code-server
browser
begin_workspace

# Made here, not kept in the repository: a git that changes line ends would take the test's point away.
python3 - "$workspace" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "crlf.py").write_bytes((folder / "worker.py").read_bytes().replace(b"\n", b"\r\n"))
# What a loop waits for is repaired where all that starts it is seen.
(folder / "crlf_main.py").write_text((folder / "main.py").read_text().replace("from worker", "from crlf"))
PY
failed=0
vscode_session vscode_test.js && assert_repaired "$workspace/emoji.py" "$workspace/crlf.py" || failed=1
[ $failed = 0 ] && [ -z "${PYTEAM_SHOTS:-}" ] || keep_pictures
exit $failed
