/** "pyteam: Show Topology": the server's document, as a Markdown preview beside the editor. The preview runs no script of it. */
import * as vscode from 'vscode';
import type { Server } from './server';

const SCHEME = 'pyteam-topology';
const DOCUMENT = vscode.Uri.from({ scheme: SCHEME, path: '/Topology.md' });

export class Topology implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private text = '';
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  constructor(private readonly server: Server) {}

  provideTextDocumentContent(): string {
    return this.text;
  }

  async show(): Promise<void> {
    const text = await this.server.execute<string>('pyteam.topology', {});
    if (text !== undefined) {
      this.text = withPreviewLinks(text);
      // A preview that is there already shows the new text.
      this.changed.fire(DOCUMENT);
      await vscode.commands.executeCommand('markdown.showPreviewToSide', DOCUMENT);
    }
  }

  dispose(): void {
    this.provider.dispose();
    this.changed.dispose();
  }
}

/** The preview shows no links to `file:`; those from the root of the workspace it follows. */
function withPreviewLinks(text: string): string {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.slice(0, 1).reduce((all, folder) => all.replaceAll(`](${folder.uri.toString()}/`, '](/'), text);
}
