// Run by vscode_test.sh: node vscode_test.js WORKSPACE VSIX SCRATCH, with code-server and pyteam on PATH.
// One session goes the way of a user: told that the program is missing, gives its path, sees the finding, reads the
// rule's page, applies "Add timeout", saves; in a file full of characters that count differently, and in one with CRLF.
'use strict';
const { chromium } = require('playwright-core');
const { execFileSync, spawn } = require('node:child_process');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const [workspace, vsix, scratch] = process.argv.slice(2);
const CODE = 'blocking-get-without-timeout';
const program = path.join(scratch, 'bin', 'pyteam');
const data = path.join(scratch, 'data');
const folders = ['--user-data-dir', data, '--extensions-dir', path.join(scratch, 'extensions')];
// A home of its own: nothing of the user's VS Code is read or changed. No gallery: nothing is asked of the network.
const env = { ...process.env, EXTENSIONS_GALLERY: '{}', HOME: scratch, XDG_CONFIG_HOME: path.join(scratch, 'config'), XDG_DATA_HOME: path.join(scratch, 'share') };
const began = Date.now();
const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`);

const SETTINGS = {
  // Not there: what the user is then told is part of the test.
  'pyteam.server.path': path.join(scratch, 'nowhere', 'pyteam'),
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

const freePort = () => new Promise((resolve) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

async function until(what, condition, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((next) => setTimeout(next, 100))) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`timed out waiting for ${what}`);
}

/** What a user does, on a page that shows VS Code. */
class Editor {
  constructor(page) {
    this.page = page;
    this.pictures = 0;
  }

  async picture(name) {
    await this.page.screenshot({ path: path.join(scratch, 'shots', `${++this.pictures}-${name}.png`) });
  }

  async quickInput(key, text) {
    await this.page.keyboard.press(key);
    const input = this.page.locator('.quick-input-widget input[type=text]');
    await input.waitFor();
    await input.fill(text);
    const first = this.page.locator('.quick-input-list .monaco-list-row').first();
    await until(`"${text}" to be offered`, async () => (await first.innerText()).includes(text.replace(/^>/, '')));
    await this.page.keyboard.press('Enter');
  }

  command = (title) => this.quickInput('F1', `>${title}`);

  async open(file) {
    await this.quickInput('Control+P', file);
    await this.page.locator('.tab.active', { hasText: file }).waitFor();
  }

  /** The findings that the Problems view lists under `file`: their text, and their row's number. */
  async problems(file) {
    const rows = await this.page.locator('.markers-panel .monaco-list-row').evaluateAll((all) =>
      all.map((row) => ({ level: row.getAttribute('aria-level'), text: row.innerText.replace(/\s+/g, ' '), index: row.dataset.index })));
    const first = rows.findIndex((row) => row.level === '1' && row.text.includes(file)) + 1;
    const rest = first === 0 ? [] : rows.slice(first);
    const end = rest.findIndex((row) => row.level === '1');
    return (end < 0 ? rest : rest.slice(0, end)).filter((row) => row.text.includes(CODE));
  }

  /** Puts the cursor where a problem begins. The focus follows later, and would close what is opened before it. */
  async goTo(problem, line) {
    await this.page.locator(`.markers-panel .monaco-list-row[data-index="${problem.index}"]`).dblclick();
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line},` }).waitFor();
    await this.page.locator('.monaco-editor.focused').waitFor();
    await this.page.keyboard.press('ArrowLeft'); // from the whole of it, selected, to its beginning
  }
}

/** Open, see, repair, save. */
async function repair(editor, file, { readPage = false } = {}) {
  const { page } = editor;
  const source = fs.readFileSync(path.join(workspace, file), 'utf8');
  await editor.open(file);
  const [problem] = await until(`a problem in ${file}`, async () => { const all = await editor.problems(file); return all.length > 0 && all; });
  say(`${file}: ${problem.text}`);
  await page.locator('.editor-instance [class*="squiggly-"]').first().waitFor({ state: 'attached' });

  // VS Code counts in UTF-16, as JavaScript does: a server that counts otherwise points beside the call.
  const [, line, column] = problem.text.match(/\[Ln (\d+), Col (\d+)\]/).map(Number);
  const call = 'waiting.get()';
  const start = source.split(/\r?\n/)[line - 1].indexOf(call) + 1;
  assert(start > 0 && column >= start && column < start + call.length, `${file}: ${line}:${column} is not on the call, at column ${start}`);

  await editor.goTo(problem, line);
  if (readPage) {
    await page.keyboard.press('Control+K'); // the two are one shortcut: show hover
    await page.keyboard.press('Control+I');
    const hover = page.locator('.monaco-hover:not(.hidden)', { has: page.locator('code', { hasText: CODE }) }).first();
    await hover.locator(':is(h1, h2, h3)').first().waitFor(); // the page's title, and the code below it
    await editor.picture(`${file}-page`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    say("hover shows the rule's page");
  }
  await page.keyboard.press('Control+.');
  const actions = page.locator('.action-widget .monaco-list-row');
  const wanted = actions.filter({ hasText: 'Add timeout' }).first();
  await wanted.waitFor();
  say(`offered: ${(await actions.allInnerTexts()).map((title) => title.trim()).filter(Boolean).join(' | ')}`);
  await editor.picture(`${file}-actions`);
  await wanted.click();
  await until(`the finding in ${file} to go`, async () => (await editor.problems(file)).length === 0);
  await page.keyboard.press('Control+S');
  await until(`${file} to be saved`, () => fs.readFileSync(path.join(workspace, file), 'utf8').includes('timeout='));
  await until(`no finding in ${file} after saving`, async () => (await editor.problems(file)).length === 0);
  await editor.picture(`${file}-repaired`);
  say(`${file}: repaired, saved, and the finding is gone`);
}

async function session(editor) {
  const { page } = editor;
  await editor.open('emoji.py');
  const toast = page.locator('.notification-toast', { hasText: 'there is no program' });
  await toast.first().waitFor();
  await editor.picture('not-found');
  await toast.getByText('Open settings').first().click();
  const setting = page.locator('.settings-editor .setting-item-contents', { hasText: 'a full path, or a name to look up' });
  // The full path: VS Code takes PATH from a login shell, which need not have this test's.
  await setting.locator('input').fill(program);
  const kept = path.join(data, 'Machine', 'settings.json');
  await until('the setting to be kept', () => fs.existsSync(kept) && fs.readFileSync(kept, 'utf8').includes(program));
  await editor.picture('settings');
  await page.locator('.settings-editor').press('Escape');
  await page.locator('.settings-editor').waitFor({ state: 'detached' });
  say('a missing program is said so, and "Open settings" leads to the setting that mends it');

  // The extension has started the server by itself.
  await page.keyboard.press('Control+Shift+M');
  await repair(editor, 'emoji.py', { readPage: true });
  await repair(editor, 'crlf.py');

  await editor.command('pyteam: Restart server');
  await editor.open('worker.py');
  await until('a problem in worker.py', async () => (await editor.problems('worker.py')).length > 0);
  await editor.command('pyteam: Index the workspace again');
  say('the server restarts and indexes again by command');
  await page.waitForTimeout(500); // for an error to show
  await editor.picture('end');
  const errors = await page.locator('.notification-toast:has(.codicon-error)').allInnerTexts();
  assert.deepEqual(errors, [], 'error messages on the screen');
}

async function main() {
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  fs.writeFileSync(path.join(data, 'User', 'settings.json'), JSON.stringify(SETTINGS));
  execFileSync('code-server', [...folders, '--install-extension', vsix], { env, stdio: 'pipe' }); // shown if it fails
  say('extension installed');

  const port = await freePort();
  const log = fs.openSync(path.join(scratch, 'code-server.log'), 'w');
  // Detached: a process group of its own, so that its children end with it.
  const server = spawn('code-server', ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...folders, '--disable-telemetry',
    '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', workspace],
  { env, detached: true, stdio: ['ignore', log, log] });
  process.on('exit', () => { try { process.kill(-server.pid, 'SIGTERM'); } catch { /* it has ended already */ } });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  const healthy = () => fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false);
  await until('code-server', healthy);

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    // Chromium has no sandbox for root, which is what a container's user often is.
    args: ['--disable-gpu', '--disable-quic', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(30_000);
  const editor = new Editor(page);
  try {
    await page.goto(`http://127.0.0.1:${port}/?folder=${workspace}`);
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'worker.py' }).waitFor({ timeout: 60_000 });
    say('workbench shown');
    await session(editor);
  } catch (error) {
    await editor.picture('failure').catch(() => {});
    throw error;
  } finally {
    await browser.close();
  }
}

main().then(() => process.exit(0), (error) => { console.error(`FAIL ${error.stack ?? error}`); process.exit(1); });
