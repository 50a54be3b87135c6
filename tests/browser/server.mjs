// The real server, on a free loopback port and a folder of its own.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = dirname(fileURLToPath(import.meta.url));
export const BINARY = resolve(process.env.ATTENDANT_BINARY || join(HERE, '../../target/debug/attendant'));
// Made by one start and copied for each further one: making the demo shop takes longer than most tests.
const KEPT = join(HERE, 'node_modules', '.demo-shops');
const START_MS = 60000;

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// The program takes every ATTENDANT_ variable for a key of its own, and those of whoever runs the
// tests are not meant for it.
function environment(more) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ATTENDANT_'));
  return { ...Object.fromEntries(own), ATTENDANT_LOG: 'warn', ...more };
}

export class Server {
  // `demo: false` is a shop without anything; `env` are variables for the program.
  static async start({ demo = true, env = {} } = {}) {
    const server = new Server();
    server.env = env;
    server.arguments = demo ? [] : ['--no-demo'];
    server.folder = await mkdtemp(join(tmpdir(), 'attendant-browser-'));
    if (demo) await cp(await demoShop(), server.folder, { recursive: true });
    await server.run(0);
    return server;
  }

  async run(port) {
    const args = ['--data', this.folder, 'serve', '--listen', `127.0.0.1:${port}`, ...this.arguments];
    this.child = spawn(BINARY, args, { env: environment(this.env), stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.once('exit', () => running.delete(this.child));
    this.url = await announced(this.child);
    this.port = Number(new URL(this.url).port);
  }

  get pid() {
    return this.child.pid;
  }

  async end(signal) {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    running.delete(child);
  }

  // As the machine's power button does.
  kill() {
    return this.end('SIGKILL');
  }

  // On the same port and the same folder.
  restart() {
    return this.run(this.port);
  }

  // A folder that knows nothing of what was before: everything that the server has said is gone.
  async forget() {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder);
    await cp(await demoShop(), this.folder, { recursive: true });
  }

  async stop() {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  // What a command of the program prints, beside the server.
  async command(...args) {
    const options = { env: environment(this.env) };
    const { stdout } = await promisify(execFile)(BINARY, ['--data', this.folder, ...args], options);
    return stdout.trim();
  }

  async shoppers() {
    return JSON.parse(await this.command('demo', '--json')).shoppers;
  }

  // A demo shopper by the situation that he or she is in.
  async shopper(situation) {
    this.known ||= await this.shoppers();
    const found = this.known.find((one) => one.situation === situation);
    if (!found) throw new Error(`no demo shopper is in the situation "${situation}"`);
    return found;
  }

  // A token as the shop's page has it for who is signed in.
  async token(situation) {
    const { email } = await this.shopper(situation);
    return this.command('token', '--customer', email);
  }
}

// The address that the program says it runs on.
function announced(child) {
  return new Promise((done, failed) => {
    let out = '';
    let errors = '';
    const timer = setTimeout(() => failed(new Error(`the server does not start: ${errors}`)), START_MS);
    child.stderr.on('data', (bytes) => { errors = (errors + bytes).slice(-4000); });
    child.stdout.on('data', (bytes) => {
      out += bytes;
      const found = /Attendant runs on (http:\S+)/.exec(out);
      if (!found) return;
      clearTimeout(timer);
      done(found[1]);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      failed(new Error(`the server has ended with ${code}: ${errors}`));
    });
    child.once('error', failed);
  });
}

let shop;

// A folder with the demo shop of this program and this day; orders in it are relative to the day.
function demoShop() {
  shop ||= makeDemoShop();
  return shop;
}

async function makeDemoShop() {
  const { mtimeMs, size } = await stat(BINARY);
  const day = new Date().toISOString().slice(0, 10);
  const name = `${day}-${Math.round(mtimeMs)}-${size}`;
  const folder = join(KEPT, name);
  if (await stat(join(folder, 'made')).catch(() => null)) return folder;
  await mkdir(KEPT, { recursive: true });
  for (const old of await readdir(KEPT)) {
    if (!old.startsWith(name)) await rm(join(KEPT, old), { recursive: true, force: true });
  }
  const making = `${folder}.${process.pid}`;
  const server = new Server();
  Object.assign(server, { env: {}, arguments: [], folder: making });
  await mkdir(making);
  await server.run(0);
  await server.end('SIGTERM');
  await writeFile(join(making, 'made'), '');
  // Another file of the suite may have been quicker.
  await rename(making, folder).catch(() => rm(making, { recursive: true, force: true }));
  return folder;
}
