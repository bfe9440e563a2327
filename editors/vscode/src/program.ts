/** Finds the program to start before it is started: an operating system's ENOENT tells a user nothing. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

/** Folders that are looked in, in words and by path. */
export interface Place {
  name: string;
  folders: string[];
}

/** The program's full path, or undefined when it is in none of the places that were looked in. */
export interface Search {
  program: string | undefined;
  /** Where it is not. */
  places: Place[];
}

/** How long another program may take to say something. */
const PATIENCE = 5_000;

/** Looks for `wanted`: a path (`~/` allowed), or a name, in the places where programs are installed. */
export async function findProgram(wanted: string): Promise<Search> {
  const expanded = wanted.replace(/^~(?=[/\\])/, os.homedir());
  if (path.basename(expanded) !== expanded) {
    return { program: path.isAbsolute(expanded) ? inFolders(expanded, ['']) : undefined, places: [] };
  }
  const places: Place[] = [];
  for (const look of [pythonEnvironments, ownPath, userFolders, loginPath]) {
    for (const place of await look()) {
      const program = inFolders(expanded, place.folders);
      if (program !== undefined) {
        return { program, places };
      }
      places.push(place);
    }
  }
  return { program: undefined, places };
}

function inFolders(name: string, folders: string[]): string | undefined {
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  return folders.flatMap((folder) => endings.map((ending) => path.join(folder, name + ending))).find(canRun);
}

/** The environment that the project is worked on with. One of a workspace that is not trusted could hold any program. */
async function pythonEnvironments(): Promise<Place[]> {
  const own = [process.env.VIRTUAL_ENV, process.env.CONDA_PREFIX].filter((folder) => folder !== undefined);
  const roots = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const active = await activeEnvironment();
  const folders = [active, ...own.map(programsOf), ...roots.map((root) => programsOf(path.join(root, '.venv')))]
    .filter((folder) => folder !== undefined)
    .filter((folder, at, all) => all.indexOf(folder) === at)
    .filter((folder) => vscode.workspace.isTrusted || !roots.some((root) => isInside(folder, root)))
    .filter((folder) => fs.existsSync(folder));
  return folders.map((folder) => ({ name: short(folder), folders: [folder] }));
}

/** What the Python extension says, where there is one. */
async function activeEnvironment(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension('ms-python.python');
  if (extension === undefined) {
    return undefined;
  }
  const asked = async (): Promise<string | undefined> => {
    const { environments } = (extension.isActive ? extension.exports : await extension.activate());
    const resource = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
    const resolved = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
    const python: string | undefined = resolved?.executable?.uri?.fsPath;
    return python === undefined ? undefined : path.dirname(python);
  };
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
  return Promise.race([asked().catch(() => undefined), late]);
}

function programsOf(environment: string): string {
  return path.join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
}

function ownPath(): Place[] {
  return [{ name: 'PATH', folders: split(process.env.PATH) }];
}

/** Where cargo, pip, pipx and uv put programs, and Homebrew, which an editor's PATH need not have. */
function userFolders(): Place[] {
  const own = ['.cargo', '.local'].map((folder) => path.join(os.homedir(), folder, 'bin'));
  const more = process.platform === 'darwin' ? ['/opt/homebrew/bin', '/usr/local/bin'] : [];
  return [...own, ...more].map((folder) => ({ name: short(folder), folders: [folder] }));
}

/** What a terminal has: an editor that is started from a desktop or as a service has another PATH. */
async function loginPath(): Promise<Place[]> {
  const shell = process.env.SHELL ?? '/bin/sh';
  if (process.platform === 'win32') {
    return [];
  }
  // Interactive too, since many put their PATH into what only such shells read. `env` is the same in every shell.
  const output = await new Promise<string>((resolve) => {
    const child = execFile(shell, ['-i', '-l', '-c', 'env'], { timeout: PATIENCE, killSignal: 'SIGKILL' }, (_, stdout) => resolve(stdout));
    child.stdin?.end();
  });
  const line = output.split('\n').reverse().find((one) => one.startsWith('PATH='));
  return [{ name: 'the PATH of a login shell', folders: split(line?.slice('PATH='.length)) }];
}

/** A folder that is no full path would mean another one in every workspace. */
function split(list: string | undefined): string[] {
  return (list ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

function isInside(folder: string, root: string): boolean {
  const way = path.relative(root, folder);
  return !way.startsWith('..') && !path.isAbsolute(way);
}

function short(folder: string): string {
  return isInside(folder, os.homedir()) ? path.join('~', path.relative(os.homedir(), folder)) : folder;
}

function canRun(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
