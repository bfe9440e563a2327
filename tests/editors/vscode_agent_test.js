// Run by vscode_agent_test.sh. Three requests from the light bulb: one is canceled by the button of its progress; one is
// answered by who may not edit; one ends in a change, which VS Code shows in its diff editor, and which is applied, saved
// and looked at again.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { run, say, until, workspace } = require('./vscode.js');

const CODE = 'unsafe-model-load';
const REVIEWER = 'python-security-reviewer';
const OLD = 'return torch.load(path)';
const NEW = 'return torch.load(path, weights_only=True)';
const { MODEL_LOG, MODEL_SCRIPT, MODEL_SCRIPTS, PYTEAM_STATE_DIR, TMPDIR } = process.env;

/** What the model does from now on; agent.sh has the scripts. */
function model(name) {
  say(`-- ${name}`);
  fs.copyFileSync(path.join(MODEL_SCRIPTS, `${name}.json`), MODEL_SCRIPT);
  fs.writeFileSync(MODEL_LOG, '');
}

const link = (file) => { try { return fs.readlinkSync(file); } catch { return ''; } };
/** The processes that work in a copy of the workspace: the agent, and what it starts. */
function atWork() {
  if (!fs.existsSync('/proc')) return [];
  const folders = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => path.join('/proc', name));
  return folders.filter((folder) => link(`${folder}/cwd`).startsWith(path.join(TMPDIR, 'pyteam-run-'))).map((folder) => link(`${folder}/exe`));
}

function nobodyIsLeft() {
  assert.deepEqual(atWork(), [], 'processes of the agent');
  assert.deepEqual(fs.readdirSync(TMPDIR).filter((name) => name.startsWith('pyteam-run-')), [], 'copies of the workspace');
}

function records() {
  const folder = path.join(PYTEAM_STATE_DIR, 'runs');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
  return names.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
}
const isRecorded = (words) => records().some((text) => text.includes(words));

/** To the finding, and what is offered there. `hasBegun` says whether that had an effect. */
async function act(editor, title, hasBegun, picture) {
  for (let times = 1; ; times++) {
    await editor.showProblems();
    await editor.goTo(await editor.problem('restore.py', CODE));
    await editor.act(title, picture);
    try {
      return await until(`"${title}" to begin`, hasBegun, 10);
    } catch (error) {
      // VS Code forgets the commands of a menu soon after it has closed, on a slow machine even before it has carried out
      // the one that was chosen ("Actual command not found"). Its user chooses again.
      if (times === 3) throw error;
      say(`chosen in vain: ${title}`);
    }
  }
}

function ask(editor, picture) {
  const before = records().length;
  return act(editor, `Ask ${REVIEWER} to fix`, () => records().length > before, picture);
}

async function cancel(editor) {
  const { page } = editor;
  model('hang');
  await ask(editor, 'offers');
  const progress = page.locator('.statusbar-item', { hasText: `Asking ${REVIEWER}` }).first();
  await progress.waitFor();
  await until('the request that hangs', () => fs.readFileSync(MODEL_LOG, 'utf8').includes('no answer'), 60);
  say(`progress: ${(await progress.innerText()).trim()}; at work: ${atWork().map((program) => path.basename(program)).join(', ')}`);
  if (fs.existsSync('/proc')) assert(atWork().some((program) => program.includes('node')), 'the agent is at work');
  await editor.picture('progress');
  await progress.click(); // VS Code shows a progress in the status bar; a click on it opens the message with the button
  const message = await editor.message(`Asking ${REVIEWER}`);
  await editor.picture('progress-button');
  await message.getByText('Cancel', { exact: true }).click();
  say(`message: ${(await (await editor.message('canceled; no files changed')).innerText()).split('\n')[0]}`);
  nobodyIsLeft();
  for (const shown of [progress, message]) await shown.waitFor({ state: 'detached' });
  await editor.picture('canceled');
  assert((await editor.text()).includes(`${OLD}\n`), 'the text was not changed');
  assert.equal(await page.locator('.tab').count(), 1, 'nothing was opened');
  assert(isRecorded('"canceled"'), 'the record says so');
}

async function read(editor) {
  const { page } = editor;
  model('read');
  // A list, because no message has room for that many buttons.
  const question = page.locator('.quick-input-widget input[placeholder="Select an agent"]');
  await act(editor, 'Ask another agent about `restore`', () => question.isVisible());
  await editor.picture('whom');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'python-architect' }).click();
  await page.locator('.tab.active', { hasText: '.md' }).waitFor({ timeout: 60_000 });
  await until('the answer', async () => (await editor.text()).includes('# What restore.py does'));
  await editor.picture('answer');
  nobodyIsLeft();
  say('the answer is shown as Markdown');
}

async function repair(editor) {
  const { page } = editor;
  const file = path.join(workspace, 'restore.py');
  model('repair');
  await ask(editor);
  const shown = await editor.decide('Apply', 'change');
  assert(shown.includes(NEW), `the change is shown: ${shown}`);
  nobodyIsLeft();
  assert(!fs.readFileSync(file, 'utf8').includes(NEW), 'nothing is saved before the user has decided');
  const told = await editor.message('applied; findings: 1 no longer found');
  say(`message: ${(await told.innerText()).split('\n')[0]}`);
  await editor.picture('applied');
  assert(isRecorded('"accepted":true'), 'the record says so');

  await page.locator('.tab', { hasText: 'restore.py' }).click();
  await until('the change', async () => (await editor.text()).includes(`${NEW}\n`));
  await editor.showProblems();
  await until('the finding to go', async () => (await editor.problems('restore.py', CODE)).length === 0);
  await page.locator('.tab', { hasText: 'restore.py' }).click();
  await page.keyboard.press('Control+S');
  await until('restore.py to be saved', () => fs.readFileSync(file, 'utf8').includes(NEW));
  await editor.picture('repaired');
  say('applied, saved, and the finding is gone');
}

run({}, async (editor) => {
  await editor.open('restore.py');
  await cancel(editor);
  await read(editor);
  await repair(editor);
  assert.deepEqual(await editor.errors(), [], 'error messages on the screen');
});
