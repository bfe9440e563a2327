/** Wires the server to the editor: commands, settings, status. What pyteam finds and fixes is all the server's. */
import * as vscode from 'vscode';
import { askAgent } from './ask';
import { Server } from './server';
import { Topology } from './topology';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('pyteam', { log: true });
  const running = new Server(output);
  server = running;
  const topology = new Topology(running);
  context.subscriptions.push(
    output,
    running,
    vscode.commands.registerCommand('pyteam.restartServer', () => running.restart()),
    vscode.commands.registerCommand('pyteam.askAgent', () => askAgent(running)),
    topology,
    vscode.commands.registerCommand('pyteam.showTopology', () => topology.show()),
    vscode.commands.registerCommand('pyteam.showLog', () => output.show()),
    // Every other setting is sent to the running server; these two say which program that is.
    vscode.workspace.onDidChangeConfiguration((change) =>
      change.affectsConfiguration('pyteam.server') ? running.restart() : undefined),
    vscode.workspace.onDidGrantWorkspaceTrust(() => running.restart()),
  );
  await running.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
