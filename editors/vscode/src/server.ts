/** The server process and the language client that speaks with it. */
import * as path from 'node:path';
import * as readline from 'node:readline';
import * as vscode from 'vscode';
import {
  ExecuteCommandRequest, LanguageClient, MessageType, ShowMessageRequest, State,
  type DocumentSelector, type MessageActionItem, type ShowMessageRequestParams, type StdioOptions,
} from 'vscode-languageclient/node';
import { findProgram, type Place } from './program';
import { Review } from './review';

const DOCUMENTS: DocumentSelector = [
  { scheme: 'file', language: 'python' },
  { scheme: 'untitled', language: 'python' },
  { scheme: 'vscode-notebook-cell', language: 'python' },
  // Not Python, but the server reads them, and reports their errors.
  { scheme: 'file', pattern: '**/pyteam.toml' },
  { scheme: 'file', pattern: '**/pyproject.toml' },
  { scheme: 'file', pattern: '**/.pyteam/rules/*.md' },
];

const STATE_NAMES: Record<State, string> = {
  [State.Starting]: 'starting',
  [State.Running]: 'running',
  [State.Stopped]: 'stopped',
  [State.StartFailed]: 'not running',
};

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly status = vscode.languages.createLanguageStatusItem('pyteam.status', DOCUMENTS as vscode.DocumentSelector);
  private readonly review = new Review();
  /** Starts and stops happen one after the other, however fast settings change. */
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly output: vscode.LogOutputChannel) {
    this.status.name = 'pyteam';
    this.status.command = { title: 'Show Log', command: 'pyteam.showLog' };
    this.show(State.Stopped);
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopClient();
      await this.startClient();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopClient());
  }

  dispose(): void {
    this.status.dispose();
    this.review.dispose();
  }

  /** What the server's command answers; undefined, and a message on screen, where it cannot. */
  async execute<T>(command: string, argument: object): Promise<T | undefined> {
    if (this.client?.state !== State.Running) {
      const show = 'Show Log';
      void vscode.window
        .showWarningMessage('pyteam: the server is not running.', show)
        .then((answer) => answer === show && vscode.commands.executeCommand('pyteam.showLog'));
      return undefined;
    }
    try {
      return await this.client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] });
    } catch (error) {
      void vscode.window.showErrorMessage(`pyteam: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  /** A document's name as the server knows it. */
  uri(document: vscode.Uri): string | undefined {
    return this.client?.code2ProtocolConverter.asUri(document);
  }

  /** A place as the protocol has it. */
  range(selection: vscode.Selection): object | undefined {
    return this.client?.code2ProtocolConverter.asRange(selection);
  }

  private inTurn(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step).catch((error) => this.output.error(error));
    return this.last;
  }

  private async startClient(): Promise<void> {
    const settings = vscode.workspace.getConfiguration('pyteam.server');
    const wanted = settings.get<string>('path') || 'pyteam';
    const { program: command, places } = await findProgram(wanted);
    if (command === undefined) {
      this.show(State.StartFailed);
      this.sayNotFound(wanted, places);
      return;
    }
    const args = settings.get<string[]>('args') ?? ['server'];
    this.output.info(`Starting ${[command, ...args].join(' ')}`);
    this.client = new LanguageClient('pyteam', 'pyteam', { command, args }, {
      documentSelector: DOCUMENTS,
      outputChannel: this.output,
      stdioOptions: { stdout: forwardLines, stderr: forwardLines },
      initializationOptions: () => vscode.workspace.getConfiguration().get('pyteam'),
      synchronize: { configurationSection: 'pyteam' },
    });
    this.client.onRequest(ShowMessageRequest.type, ask);
    this.review.answer(this.client);
    this.client.onDidChangeState((change) => this.show(change.newState));
    await this.client.start(); // The client itself says on screen what went wrong.
  }

  private async stopClient(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // A client whose start failed, or whose server died for good, refuses to stop: there is nothing left to stop.
    await client?.dispose().catch((error) => this.output.warn(String(error)));
  }

  private sayNotFound(wanted: string, places: Place[]): void {
    const looked = places.length > 0 ? ` Looked in: ${places.map((place) => place.name).join(', ')}.` : '';
    for (const { name, folders } of places) {
      this.output.info(`Looked for ${wanted} in ${name}: ${folders.join(path.delimiter)}`);
    }
    const message = `pyteam: cannot find "${wanted}".${looked} Install pyteam, or set pyteam.server.path.`;
    this.output.error(message);
    const open = 'Open Settings';
    // Not awaited: the message may stay on screen for hours, and the next restart must not wait for it.
    void vscode.window.showErrorMessage(message, open).then((answer) => answer === open && openSettings('pyteam.server'));
  }

  private show(state: State): void {
    const running = state === State.Running;
    this.status.text = STATE_NAMES[state];
    this.status.detail = 'pyteam';
    this.status.busy = state === State.Starting;
    this.status.severity = state === State.StartFailed ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    void vscode.commands.executeCommand('setContext', 'pyteam.serverRunning', running);
  }
}

/** A message has room for this many buttons that can still be read. */
const BUTTONS = 3;

/** Asks what the server wants to know. More choices than a message has room for are shown as a list. */
async function ask(params: ShowMessageRequestParams): Promise<MessageActionItem | null> {
  const actions = params.actions ?? [];
  if (actions.length > BUTTONS) {
    const items = actions.map((action) => ({ label: action.title, action }));
    const picked = await vscode.window.showQuickPick(items, { placeHolder: params.message, ignoreFocusOut: true });
    return picked?.action ?? null;
  }
  const { showErrorMessage, showWarningMessage, showInformationMessage } = vscode.window;
  const shown = { [MessageType.Error]: showErrorMessage, [MessageType.Warning]: showWarningMessage }[params.type as number] ?? showInformationMessage;
  return (await shown<MessageActionItem>(params.message, ...actions)) ?? null;
}

/** The program is the machine's, so on a remote machine its setting is shown among that machine's settings alone. */
function openSettings(query: string): Thenable<unknown> {
  return vscode.env.remoteName === undefined
    ? vscode.commands.executeCommand('workbench.action.openSettings', query)
    : vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query });
}

/** The server logs to standard error; by default the client would show each of those lines as an error. */
const forwardLines: Required<StdioOptions>['stderr'] = (stream, output) => {
  readline.createInterface({ input: stream }).on('line', (line) => output.info(line));
};
