/** Shows what an agent would change in VS Code's own diff editor, and asks whether it is to be made. */
import * as vscode from 'vscode';
import { RequestType, type ClientCapabilities, type LanguageClient, type StaticFeature } from 'vscode-languageclient/node';

interface ReviewedFile {
  uri: string;
  /** How the user knows it. */
  name: string;
  /** Its text; null where it is new. */
  before: string | null;
  /** Its text; null where it is to be gone. */
  after: string | null;
}

interface ReviewParams {
  title: string;
  files: ReviewedFile[];
}

type Decision = 'apply' | 'discard' | 'dismissed';
/** Set while the buttons of the diff's title bar decide. */
const LOOKING = 'pyteam.looking';

const REVIEW = new RequestType<ReviewParams, { decision: Decision }, void>('pyteam/reviewChange');
const SCHEME = 'pyteam-change';

/** Tells the server that it may ask, and answers. */
export class Review implements StaticFeature, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => this.texts.get(uri.toString()),
  });
  private readonly commands = vscode.Disposable.from(
    vscode.commands.registerCommand('pyteam.applyChange', () => this.decide?.('apply')),
    vscode.commands.registerCommand('pyteam.discardChange', () => this.decide?.('discard')),
  );
  /** Takes a decision, while the buttons are there. */
  private decide: ((decision: Decision) => void) | undefined;
  private count = 0;
  /** One question at a time: a second one would close the first. */
  private last: Promise<unknown> = Promise.resolve();

  answer(client: LanguageClient): void {
    client.registerFeature(this);
    client.onRequest(REVIEW, (params) => {
      const asked = this.last.then(() => this.ask(params));
      this.last = asked.catch(() => undefined);
      return asked;
    });
  }

  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), pyteam: { reviewChange: true } };
  }

  initialize(): void {}

  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }

  /** The client has stopped: the server waits for no decision any more. */
  clear(): void {
    this.decide?.('dismissed');
  }

  dispose(): void {
    this.clear();
    this.provider.dispose();
    this.commands.dispose();
  }

  private async ask(params: ReviewParams): Promise<{ decision: Decision }> {
    const review = ++this.count;
    const shown = params.files.map((file) => ({
      file,
      uri: vscode.Uri.parse(file.uri),
      before: this.keep(review, 'before', file.name, file.before),
      after: this.keep(review, 'after', file.name, file.after),
    }));
    const title = `${params.title.replace(/\?$/, '')} (proposed)`;
    const [first, ...others] = shown;
    if (first === undefined) {
      return { decision: 'dismissed' };
    }
    if (others.length === 0) {
      await vscode.commands.executeCommand('vscode.diff', first.before, first.after, title, { preview: false });
    } else {
      await vscode.commands.executeCommand('vscode.changes', title, shown.map(({ uri, before, after }) => [uri, before, after]));
    }
    const chosen = await this.choose(params);
    const decision = chosen === 'look' ? await this.look(title) : chosen;
    await close(title);
    for (const { before, after } of shown) {
      this.texts.delete(before.toString());
      this.texts.delete(after.toString());
    }
    return { decision };
  }

  /** A list that stays until something is chosen, or Escape is pressed; the diff can be read beneath it, and all of it once the
   * list is put away. Nothing in it is active at first: a key that is typed when it comes chooses nothing. */
  private choose({ title, files }: ReviewParams): Promise<Decision | 'look'> {
    const list = vscode.window.createQuickPick<vscode.QuickPickItem & { decision: Decision | 'look' }>();
    list.title = `pyteam: ${title}`;
    list.placeholder = 'Choose with the arrow keys or the mouse; the change is shown below';
    list.ignoreFocusOut = true;
    list.items = [
      { label: '$(check) Apply', description: files.map(summary).join(', '), decision: 'apply' },
      { label: '$(discard) Discard', description: 'nothing is changed', decision: 'discard' },
      { label: '$(eye) Look first', description: 'puts this list away; the title bar of the diff has ✓ and ↶', decision: 'look' },
    ];
    return new Promise((resolve) => {
      list.onDidAccept(() => {
        const [chosen] = list.activeItems;
        if (chosen !== undefined) {
          resolve(chosen.decision);
          list.hide();
        }
      });
      list.onDidHide(() => {
        resolve('dismissed');
        list.dispose();
      });
      list.show();
      list.activeItems = [];
    });
  }

  /** Waits for a button of the diff's title bar, or for the diff to be closed; it may be closed already. */
  private async look(title: string): Promise<Decision> {
    await vscode.commands.executeCommand('setContext', LOOKING, true);
    let closed: vscode.Disposable | undefined;
    const decision = await new Promise<Decision>((resolve) => {
      const dismissIfClosed = () => {
        if (tabsOf(title).length === 0) {
          resolve('dismissed');
        }
      };
      this.decide = resolve;
      closed = vscode.window.tabGroups.onDidChangeTabs(dismissIfClosed);
      dismissIfClosed();
    });
    closed?.dispose();
    this.decide = undefined;
    await vscode.commands.executeCommand('setContext', LOOKING, false);
    return decision;
  }

  private keep(review: number, side: string, name: string, text: string | null): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: `${review}-${side}` });
    this.texts.set(uri.toString(), text ?? '');
    return uri;
  }
}

function summary({ name, before, after }: ReviewedFile): string {
  return before === null ? `new: ${name}` : after === null ? `removed: ${name}` : name;
}

/** Closes the tab with the change: what it shows is either there now, or was not wanted. */
async function close(title: string): Promise<void> {
  await vscode.window.tabGroups.close(tabsOf(title));
}

function tabsOf(title: string): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => tab.label === title);
}
