/** "pyteam: Ask an Agent...": whom, and what for. Who can be asked is the server's to say. */
import * as vscode from 'vscode';
import type { Server } from './server';

/** One who can be asked, as the server's command `pyteam.agents` lists them. */
interface Agent {
  name: string;
  description: string;
  /** Why it should be asked about this place; none where nothing speaks for it. */
  reason: string | null;
}

export async function askAgent(server: Server): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const isPython = editor?.document.languageId === 'python';
  const place = isPython
    ? { document: server.uri(editor.document.uri), about: { place: server.range(editor.selection) } }
    : {};
  const agents = await server.execute<Agent[]>('pyteam.agents', place);
  if (agents === undefined) {
    return;
  }
  const chosen = await vscode.window.showQuickPick(
    agents.map(({ name, description, reason }) => ({ label: name, description: reason ?? '', detail: description })),
    { title: 'pyteam: ask an agent', placeHolder: 'Select an agent', matchOnDescription: true, matchOnDetail: true },
  );
  if (chosen === undefined) {
    return;
  }
  const goal = await vscode.window.showInputBox({
    title: `pyteam: ask ${chosen.label}`,
    prompt: isPython ? "Describe the request, or leave empty for the agent's default task at the cursor" : "Describe the request, or leave empty for the agent's default task",
  });
  if (goal !== undefined) {
    await server.execute('pyteam.ask', { agent: chosen.label, goal: goal.trim() || null, ...place });
  }
}
