// Run by vscode_use_test.sh. One session: the program is found where users have it, or it is said where it is not; a
// misspelled setting switches nothing off, and all errors of a file are told at once; a hover says what is there; an
// agent's change is shown, discarded, and applied; and lenses and rows that ask go away when they are not wanted.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { data, run, say, scratch, until, workspace } = require('./vscode.js');

const CODE = 'blocking-get-without-timeout';
const OWNER = 'python-async-specialist';
const file = path.join(workspace, 'worker.py');

/** Changes the user's and the machine's settings, as the settings editor would. */
function set(settings) {
  for (const kind of ['User', 'Machine']) {
    const kept = path.join(data, kind, 'settings.json');
    fs.writeFileSync(kept, JSON.stringify({ ...JSON.parse(fs.readFileSync(kept, 'utf8')), ...settings }));
  }
}

async function findProgram(editor) {
  await editor.open('worker.py');
  const message = await editor.message('cannot find "pyteam-of-nobody"');
  const text = await message.innerText();
  say(`message: ${text.split('\n')[0]}`);
  for (const place of ['PATH', '~/.cargo/bin', '~/.local/bin', 'login shell']) assert(text.includes(place), `${place}: ${text}`);
  await editor.picture('not-found');
  set({ 'pyteam.server.path': 'pyteam-of-the-user' });
  await editor.showProblems();
  await editor.problem('worker.py', CODE);
  say('found in ~/.local/bin');
  await editor.command('Notifications: Clear All Notifications');
}

async function misspell(editor) {
  const settings = path.join(workspace, 'pyteam.toml');
  const clear = () => editor.command('Notifications: Clear All Notifications');
  fs.writeFileSync(settings, 'select = ["concurency"]\n');
  await editor.message('pyteam.toml:1: unknown rule or family `concurency`; did you mean `concurrency`?');
  await editor.page.waitForTimeout(500);
  assert.equal((await editor.problems('worker.py', CODE)).length, 1, 'a misspelled name switches nothing off');
  await clear();
  fs.writeFileSync(settings, 'ignroe = ["x"]\nmax-depth = "x"\nmax-file-size = 0\n');
  const message = await editor.message('3 errors in pyteam.toml');
  say(`message: ${(await message.innerText()).split('\n')[0]}`);
  await editor.picture('settings-told');
  assert.equal((await editor.problems('pyteam.toml', '')).length, 3, 'each stands in the file');
  await clear();
  fs.writeFileSync(settings, 'ignore = [\n');
  await editor.message('invalid TOML');
  await editor.page.waitForTimeout(500);
  assert.equal(await editor.page.locator('.notification-list-item', { hasText: 'TOML' }).count(), 1, 'told once');
  fs.rmSync(settings);
  await until('the settings to be in order', async () => (await editor.problems('pyteam.toml', '')).length === 0);
  await clear();
}

async function hover(editor) {
  const { page } = editor;
  await editor.goTo(await editor.problem('worker.py', CODE));
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+I');
  const shown = page.locator('.monaco-hover:not(.hidden)', { hasText: 'What to do' }).first();
  const link = shown.getByText('main.py:', { exact: false }).first();
  await link.waitFor();
  await editor.picture('hover');
  const text = await shown.innerText();
  assert(text.indexOf('waiting') < text.indexOf('What to do') && /sent in main\.py:\d+/.test(text), text);
  say(`hover: ${text.replace(/\s+/g, ' ').slice(0, 300)}`);
  // A place leads to the file, and the rule to its page.
  await link.click();
  await page.locator('.tab.active', { hasText: 'main.py' }).waitFor();
  await editor.open('worker.py');
  await editor.goTo(await editor.problem('worker.py', CODE));
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+I');
  await shown.getByText(CODE).last().click();
  await page.locator('.tab.active', { hasText: 'blocking_get_without_timeout.md' }).waitFor();
  await editor.picture('page');
  say('links lead to places and to the page of the rule');
  await page.keyboard.press('Control+F4');
  await editor.open('worker.py');
}

async function ask(editor) {
  await editor.showProblems();
  await editor.goTo(await editor.problem('worker.py', CODE));
  await editor.act(`Ask ${OWNER} to fix`, 'offers');
}

async function decide(editor) {
  const before = fs.readFileSync(file, 'utf8');
  for (const [choice, told] of [
    [undefined, 'change not applied: closed without a choice'],
    ['Discard', 'change not applied: discarded'],
  ]) {
    await ask(editor);
    await editor.decide(choice, choice ?? 'closed');
    say(`message: ${(await (await editor.message(told)).innerText()).split('\n')[0]}`);
    assert.equal(fs.readFileSync(file, 'utf8'), before);
    await editor.command('Notifications: Clear All Notifications');
    await editor.open('worker.py');
  }
  await ask(editor);
  // With the list put away; vscode_agent_test.js chooses from the list.
  const shown = await editor.decide('look', 'change');
  assert(shown.includes('timeout='), `the change is shown: ${shown}`);
  say(`message: ${(await (await editor.message('pyteam: applied')).innerText()).split('\n')[0]}`);
  await editor.picture('applied');
  await editor.open('worker.py');
  await until('the change', async () => (await editor.text()).includes('timeout='));
  assert.equal(await editor.page.locator('.tab', { hasText: '(proposed)' }).count(), 0, 'the diff is closed');
  await editor.page.keyboard.press('Control+S');
  await until('worker.py to be saved', () => fs.readFileSync(file, 'utf8').includes('timeout='));
}

async function quiet(editor) {
  const { page } = editor;
  await editor.open('emoji.py');
  const lens = page.locator('.codelens-decoration', { hasText: `ask ${OWNER}` });
  await lens.first().waitFor();
  await editor.picture('lens');
  set({ 'pyteam.codeLens': 'never', 'pyteam.askActions': 'never' });
  await lens.first().waitFor({ state: 'detached' });
  await editor.goTo(await editor.problem('emoji.py', CODE));
  await page.keyboard.press('Control+.');
  const actions = page.locator('.action-widget .monaco-list-row');
  await actions.filter({ hasText: 'Add a timeout' }).first().waitFor();
  const titles = (await actions.allInnerTexts()).map((text) => text.trim());
  assert(!titles.some((title) => title.startsWith('Ask ')), titles.join(' | '));
  await editor.picture('quiet');
  say('no lenses, and nobody is offered');
  await page.keyboard.press('Escape');
}

run({ 'pyteam.server.path': 'pyteam-of-nobody' }, async (editor) => {
  await findProgram(editor);
  await misspell(editor);
  await hover(editor);
  await decide(editor);
  await quiet(editor);
  assert.deepEqual(await editor.errors(), [], 'error messages on the screen');
});
