#!/usr/bin/env bash
# A real VS Code in a browser without a screen: vscode_test.js says what is tested. The server: $PYTEAM, else
# target/release/pyteam. Pictures and logs are kept in $PYTEAM_SHOTS, and of a failure in target/editor-tests without it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/common.sh"
needs node npm code-server
browser
begin_workspace
bash "$here/build_extension.sh"

# Made here, not kept in the repository: a git that changes line ends would take the test's point away.
python3 - "$workspace" <<'PY'
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
(folder / "crlf.py").write_bytes((folder / "worker.py").read_bytes().replace(b"\n", b"\r\n"))
PY
mkdir "$scratch/shots"
export NODE_PATH=$editors/vscode/node_modules
failed=0
node "$here/vscode_test.js" "$workspace" "$root/editors/vscode/pyteam.vsix" "$scratch" || failed=1
[ $failed = 1 ] || assert_repaired "$workspace/emoji.py" "$workspace/crlf.py" || failed=1

if [ $failed = 1 ] || [ -n "${PYTEAM_SHOTS:-}" ]; then
  kept=${PYTEAM_SHOTS:-$root/target/editor-tests}
  mkdir -p "$kept"
  cp -R "$scratch/shots/." "$kept/"
  cp -R "$scratch/data/logs" "$scratch/code-server.log" "$kept/" 2>/dev/null || true
  echo "pictures and logs: $kept"
fi
exit $failed
