/** Finds the program to start before it is started: an operating system's ENOENT tells a user nothing. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** The full path of `wanted` (a path, `~/` allowed, or a name on PATH), or undefined when nothing there can be run. */
export function findProgram(wanted: string): string | undefined {
  const expanded = wanted.replace(/^~(?=[/\\])/, os.homedir());
  const folders = path.basename(expanded) === expanded ? (process.env.PATH ?? '').split(path.delimiter).filter(Boolean) : [''];
  const endings = process.platform === 'win32' ? ['', '.exe'] : [''];
  return folders
    .flatMap((folder) => endings.map((ending) => path.resolve(folder, expanded + ending)))
    .find(canRun);
}

function canRun(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
