# shellcheck shell=sh disable=SC2034
# Every version the tests pin, and why. A change here makes install.sh install anew.

# The Debian suite that Neovim (0.12) and Helix (25.07) come from: the stable suites carry Neovim 0.7 and 0.10, and the
# language server configuration that editors/neovim uses needs 0.11. The suite still moves, so the test asserts ">= 0.11".
DEBIAN_SUITE=forky
# VS Code itself cannot be had from a package registry; code-server is the same workbench, served to a browser.
CODE_SERVER=4.139.1
# The Node that code-server asks for: 20 and 22 fail at its start. PyPI's wheel of it needs no other source.
NODE=24.19.0
# Drives the browser. The -core package, because it downloads no browser of its own: Debian's Chromium serves.
PLAYWRIGHT=1.65.1
# The type checker that fixes are checked with (PYTEAM_MYPY in the Rust tests): a newer one may find other things.
MYPY=2.4.1
# A coding agent that speaks the Agent Client Protocol and takes its model from any server that speaks as OpenAI's does.
QWEN_CODE=0.15.10
# Two more such agents, for `tests/run --only peers` alone (750 MB): of them the step `agents` needs none.
OPENCODE=1.18.33
CLAUDE_AGENT_ACP=0.100.0
