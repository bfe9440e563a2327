// What the tests that drive VS Code share: code-server with the packaged extension, and a user at its page.
// Started by vscode.sh: node TEST WORKSPACE VSIX SCRATCH, with code-server and pyteam on PATH.
'use strict';
const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const [workspace, vsix, scratch] = process.argv.slice(2);
const data = path.join(scratch, 'data');
const folders = ['--user-data-dir', data, '--extensions-dir', path.join(scratch, 'extensions')];
// A home of its own: nothing of the user's VS Code is read or changed. No gallery: nothing is asked of the network.
const env = { ...process.env, EXTENSIONS_GALLERY: '{}', HOME: scratch, XDG_CONFIG_HOME: path.join(scratch, 'config'), XDG_DATA_HOME: path.join(scratch, 'share') };
const began = Date.now();
const say = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`);

const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  // The full path: VS Code takes PATH from a login shell, which need not have this test's.
  'pyteam.server.path': path.join(scratch, 'bin', 'pyteam'),
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

  /** The shortcut hides the view where it is shown. */
  async showProblems() {
    const view = this.page.locator('.markers-panel');
    if (!await view.isVisible()) await this.page.keyboard.press('Control+Shift+M');
    await view.waitFor();
  }

  /** The findings of `code` that the Problems view lists under `file`: their text, and their row's number. */
  async problems(file, code) {
    const rows = await this.page.locator('.markers-panel .monaco-list-row').evaluateAll((all) =>
      all.map((row) => ({ level: row.getAttribute('aria-level'), text: row.innerText.replace(/\s+/g, ' '), index: row.dataset.index })));
    const first = rows.findIndex((row) => row.level === '1' && row.text.includes(file)) + 1;
    const rest = first === 0 ? [] : rows.slice(first);
    const end = rest.findIndex((row) => row.level === '1');
    return (end < 0 ? rest : rest.slice(0, end)).filter((row) => row.text.includes(code));
  }

  /** The first such finding, once there is one, with its line and column. */
  async problem(file, code) {
    const [problem] = await until(`a problem in ${file}`, async () => { const all = await this.problems(file, code); return all.length > 0 && all; });
    say(`${file}: ${problem.text}`);
    const [, line, column] = problem.text.match(/\[Ln (\d+), Col (\d+)\]/).map(Number);
    return { ...problem, line, column };
  }

  /** Puts the cursor where a problem begins. The focus follows later, and would close what is opened before it. */
  async goTo(problem) {
    await this.page.locator(`.markers-panel .monaco-list-row[data-index="${problem.index}"]`).dblclick();
    await this.page.locator('.statusbar-item', { hasText: `Ln ${problem.line},` }).waitFor();
    await this.page.locator('.monaco-editor.focused').waitFor();
    await this.page.keyboard.press('ArrowLeft'); // from the whole of it, selected, to its beginning
  }

  /** Chooses what the light bulb offers under this title; `picture` names one of the menu. */
  async act(title, picture) {
    const actions = this.page.locator('.action-widget .monaco-list-row');
    const wanted = actions.filter({ hasText: title }).first();
    // A slow machine moves the focus once more after it came to the editor, which closes the menu.
    await until(`"${title}" to be offered`, async () => {
      await this.page.keyboard.press('Control+.');
      return wanted.waitFor({ timeout: 5_000 }).then(() => true, async () => { await this.page.keyboard.press('Escape'); return false; });
    });
    say(`offered: ${(await actions.allInnerTexts()).map((text) => text.trim()).filter(Boolean).join(' | ')}`);
    if (picture) await this.picture(picture);
    await wanted.click();
  }

  /** The text of the editor that has the focus. VS Code draws spaces as others that do not break. */
  async text() {
    const lines = await this.page.locator('.editor-instance .view-line').evaluateAll((all) =>
      all.map((line) => ({ top: parseFloat(line.style.top), text: line.innerText.replaceAll('\u00a0', ' ') })));
    return lines.sort((one, other) => one.top - other.top).map((line) => line.text).join('\n');
  }

  /** The message that has these words, once it is shown. */
  async message(words) {
    const message = this.page.locator('.notification-list-item', { hasText: words }).first();
    await message.waitFor({ timeout: 60_000 });
    return message;
  }

  /** A change that is shown beside a question: what it would make of the file; then `choice` is chosen. */
  async decide(choice, picture) {
    const question = this.page.locator('.quick-input-widget', { hasText: 'pyteam: Apply ' });
    await question.waitFor({ timeout: 60_000 });
    const diff = this.page.locator('.monaco-diff-editor .editor.modified .view-lines').first();
    await until('the change to be shown', async () => (await diff.count()) > 0 && (await diff.innerText()).trim() !== '');
    if (picture) await this.picture(picture);
    const after = (await diff.innerText()).replaceAll('\u00a0', ' ');
    say(`asked: ${(await question.innerText()).replace(/\s+/g, ' ')}`);
    // A key that is pressed as the question opens chooses nothing.
    await this.page.keyboard.press('Enter');
    await this.page.waitForTimeout(300);
    assert(await question.isVisible(), 'a stray Enter decides nothing');
    if (choice === undefined) {
      await this.page.keyboard.press('Escape');
    } else if (choice === 'look') {
      await question.locator('.monaco-list-row', { hasText: 'Look first' }).first().click();
      await question.waitFor({ state: 'hidden' });
      // With the list out of the way, the first line of the diff is on top of its place.
      await diff.click({ position: { x: 5, y: 5 } });
      const button = this.page.locator('.editor-actions .action-label[aria-label*="Apply Change"]').first();
      await button.waitFor();
      if (picture) await this.picture(`${picture}-looking`);
      await button.click();
    } else {
      await question.locator('.monaco-list-row', { hasText: choice }).first().click();
    }
    await question.waitFor({ state: 'hidden' });
    return after;
  }

  /** The messages of errors that are on the screen. */
  errors = () => this.page.locator('.notification-list-item:has(.codicon-error)').allInnerTexts();
}

/** Has a user do `work` in a VS Code of its own, with `settings` besides those above. */
async function session(settings, work) {
  // The program's path is the machine's, which for VS Code is not the browser's.
  for (const kind of ['User', 'Machine']) {
    fs.mkdirSync(path.join(data, kind), { recursive: true });
    fs.writeFileSync(path.join(data, kind, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  }
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
    await work(editor);
  } catch (error) {
    await editor.picture('failure').catch(() => {});
    throw error;
  } finally {
    await browser.close();
  }
}

/** A test is such a session; what goes wrong there fails it. */
function run(settings, work) {
  session(settings, work).then(() => process.exit(0), (error) => { console.error(`FAIL ${error.stack ?? error}`); process.exit(1); });
}

module.exports = { data, run, say, scratch, until, workspace };
