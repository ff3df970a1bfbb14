// A Fairway of its own for the recorded month: the release build on an empty database, a small catalog, and the program
// that posts the month's signed deliveries and says what the pages must show of them.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PlaywrightWorkerArgs } from '@playwright/test';
import { keepDump, remember, rememberSettings, traced } from './canaries.js';
import { admin, setUpLink, signIn, type State } from './door.js';

export type Figures = {
  counted: number;
  failed: number;
  restored: number;
  rework: number;
  /** Seconds of each change. */
  leads: number[];
  /** Seconds of each restored failure. */
  recoveries: number[];
};

export type Expected = {
  deliveries: number;
  posted: number;
  unmatched: number;
  total: Figures;
  services: Record<
    string,
    { repository: string; deploys: Record<string, number>; running: Record<string, string>; waiting: string[]; figures: Figures }
  >;
};

const top = fileURLToPath(new URL('..', import.meta.url));
const fairway = `${top}target/release/fairway`;
const secret = 'the-month-is-signed-with-this';
/** The only token that the program's GitHub knows. */
const githubToken = 'ghp_fake0000000000000000000000000000canary';

export function freePort(): string {
  const script = 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{process.stdout.write(`${s.address().port}`);s.close()})';
  return execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
}

function needed(path: string, command: string): string {
  if (!existsSync(path)) throw new Error(`${path} does not exist: ${command}`);
  return path;
}

export class Month {
  #admin: string;
  #database = `fairway_month_${process.pid}`;
  #env: NodeJS.ProcessEnv;
  #github = freePort();
  #server: ChildProcess | undefined;
  #program: ChildProcess | undefined;

  constructor(private readonly port: string) {
    if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set: .make/browser sets it');
    const url = new URL(process.env.DATABASE_URL);
    this.#admin = url.href;
    url.pathname = `/${this.#database}`;
    this.#env = {
      ...process.env,
      DATABASE_URL: url.href,
      FAIRWAY_DEMO: 'false',
      FAIRWAY_LISTEN: `127.0.0.1:${port}`,
      FAIRWAY_METRICS_LISTEN: 'off',
      // Anything will do: its database goes with it.
      FAIRWAY_KEY: '5a'.repeat(32),
      FAIRWAY_GITHUB_WEBHOOK_SECRET: secret,
      FAIRWAY_GITHUB_TOKEN: githubToken,
      FAIRWAY_GITHUB_API_URL: `http://127.0.0.1:${this.#github}`,
    };
  }

  /** An empty database with the month's catalog; returns a token that reads the API. */
  prepare(): string {
    this.#sql(`create database ${this.#database}`);
    this.#run('migrate');
    this.#run('catalog', 'import', `${top}end2end/month.catalog.yaml`);
    const token = this.#run('token', 'create', '--name', 'The month', '--scope', 'read').match(/fwy_\w+/)?.[0];
    if (!token) throw new Error('fairway token create printed no token');
    remember('a token', token);
    return token;
  }

  serve(): void {
    mkdirSync(`${top}target/test-results`, { recursive: true });
    const log = openSync(`${top}target/test-results/month-server.log`, 'a');
    rememberSettings(this.#env);
    this.#server = spawn(fairway, ['serve'], { cwd: top, env: { ...this.#env, FAIRWAY_LOG: traced }, stdio: ['ignore', log, log] });
  }

  /** Makes its first admin, who is signed in by what this gives. */
  signIn(playwright: PlaywrightWorkerArgs['playwright']): Promise<State> {
    return signIn(playwright, setUpLink(this.#env), admin);
  }

  /** Posts the month; from then on its GitHub answers questions too, until the end. */
  async play(): Promise<Expected> {
    const program = needed(process.env.FAIRWAY_MONTH ?? `${top}target/debug/month`, 'cargo build -p tests --bin month');
    const env = { ...this.#env, MONTH_GITHUB_LISTEN: `127.0.0.1:${this.#github}` };
    this.#program = spawn(program, [`http://127.0.0.1:${this.port}`], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: this.#program.stdout! })) return JSON.parse(line) as Expected;
    throw new Error('month ended without a word');
  }

  async end(): Promise<void> {
    for (const child of [this.#program, this.#server]) {
      if (!child || child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    if (this.#server) keepDump('month', this.#env.DATABASE_URL!);
    this.#sql(`drop database if exists ${this.#database} with (force)`);
  }

  #run(...args: string[]): string {
    return execFileSync(needed(fairway, 'make build'), args, { cwd: top, env: this.#env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #sql(statement: string): void {
    execFileSync('psql', ['-q', this.#admin, '-c', statement], { stdio: ['ignore', 'ignore', 'ignore'] });
  }
}
