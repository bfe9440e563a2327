// Run by vscode_test.sh.
// One session goes the way of a user: told that the program is missing, gives its path, sees the finding, reads the
// rule's page, applies "Add a timeout", saves; in a file full of characters that count differently, and in one with CRLF.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { data, run, say, scratch, until, workspace } = require('./vscode.js');

const CODE = 'blocking-get-without-timeout';
const program = path.join(scratch, 'bin', 'pyteam');

/** Open, see, repair, save. */
async function repair(editor, file, { readPage = false } = {}) {
  const { page } = editor;
  const source = fs.readFileSync(path.join(workspace, file), 'utf8');
  await editor.open(file);
  const problem = await editor.problem(file, CODE);
  await page.locator('.editor-instance [class*="squiggly-"]').first().waitFor({ state: 'attached' });

  // VS Code counts in UTF-16, as JavaScript does: a server that counts otherwise points beside the call.
  const { line, column } = problem;
  const call = 'waiting.get()';
  const start = source.split(/\r?\n/)[line - 1].indexOf(call) + 1;
  assert(start > 0 && column >= start && column < start + call.length, `${file}: ${line}:${column} is not on the call, at column ${start}`);

  await editor.goTo(problem);
  if (readPage) {
    await page.keyboard.press('Control+K'); // the two are one shortcut: show hover
    await page.keyboard.press('Control+I');
    const hover = page.locator('.monaco-hover:not(.hidden)', { hasText: 'The rule: ' }).first();
    await hover.locator('a', { hasText: CODE }).first().waitFor(); // the finding in a few lines, and the way to its rule
    await editor.picture(`${file}-page`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    say("hover says what was found, and leads to the rule's page");
  }
  await editor.act('Add a timeout', `${file}-actions`);
  await until(`the finding in ${file} to go`, async () => (await editor.problems(file, CODE)).length === 0);
  await page.keyboard.press('Control+S');
  await until(`${file} to be saved`, () => fs.readFileSync(path.join(workspace, file), 'utf8').includes('timeout='));
  await until(`no finding in ${file} after saving`, async () => (await editor.problems(file, CODE)).length === 0);
  await editor.picture(`${file}-repaired`);
  say(`${file}: repaired, saved, and the finding is gone`);
}

/** Asks the one who comes first in words of one's own, about what is at the cursor. */
async function askInWords(editor) {
  const { page } = editor;
  await editor.goTo(await editor.problem('worker.py', CODE));
  await editor.command('pyteam: Ask an Agent');
  const first = page.locator('.quick-input-list .monaco-list-row').first();
  await until('the owner of the finding to come first', async () => (await first.innerText()).includes('python-async-specialist'));
  await editor.picture('agents');
  await page.keyboard.press('Enter');
  const words = page.locator('.quick-input-widget input.input');
  await until('a line for words', async () => /Describe the request/.test(await page.locator('.quick-input-widget').innerText()));
  await editor.picture('words');
  await words.fill('Why does this never end?');
  await page.keyboard.press('Enter');
  await page.locator('.tab', { hasText: /\.md/ }).waitFor({ timeout: 60_000 });
  await editor.picture('answer');
  await editor.decide('Discard');
  await editor.message('change not applied: discarded');
  say('asked in words, answered, and the change that comes with it discarded');
}

// The program is not there: what the user is then told is part of the test.
run({ 'pyteam.server.path': path.join(scratch, 'nowhere', 'pyteam') }, async (editor) => {
  const { page } = editor;
  await editor.open('emoji.py');
  const toast = page.locator('.notification-toast', { hasText: 'cannot find' });
  await toast.first().waitFor();
  await editor.picture('not-found');
  await toast.getByText('Open Settings').first().click();
  const setting = page.locator('.settings-editor .setting-item-contents', { hasText: 'or a name to look up' });
  const kept = path.join(data, 'Machine', 'settings.json');
  const isKept = () => fs.existsSync(kept) && fs.readFileSync(kept, 'utf8').includes(program);
  // The search draws the list anew while it goes on, and what was typed before is lost with the old one.
  await until('the setting to be kept', async () => {
    await setting.locator('input').fill(program);
    return until('a moment', isKept, 3).catch(() => false);
  });
  await editor.picture('settings');
  await page.locator('.settings-editor').press('Escape');
  await page.locator('.settings-editor').waitFor({ state: 'detached' });
  say('a missing program is said so, and "Open Settings" leads to the setting that mends it');

  // The extension has started the server by itself.
  await editor.showProblems();
  await repair(editor, 'emoji.py', { readPage: true });
  await repair(editor, 'crlf.py');

  await editor.command('pyteam: Restart Server');
  await editor.open('worker.py');
  await until('a problem in worker.py', async () => (await editor.problems('worker.py', CODE)).length > 0);
  await askInWords(editor);
  await editor.command('pyteam: Show Topology');
  await page.locator('.tab', { hasText: 'Topology.md' }).waitFor({ timeout: 60_000 });
  // The preview is drawn in a frame of its own.
  await page.waitForTimeout(6_000);
  await editor.picture('topology');
  await editor.command('pyteam: Rebuild Index');
  say('the server restarts and indexes again by command');
  await page.waitForTimeout(500); // for an error to show
  await editor.picture('end');
  assert.deepEqual(await editor.errors(), [], 'error messages on the screen');
});
