// A Fairway of a test's own: an empty database, and a token that reports to it. Nothing of the demo is disturbed, and it
// may be stopped and started again.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { keepDump, keepMetrics, remember, rememberSettings, traced } from './canaries.js';
import { admin, setUpLink, signIn, type State } from './door.js';
import { freePort } from './month.js';
import { secret } from './webhook.js';
import { expect, type APIRequestContext, type PlaywrightWorkerArgs } from '@playwright/test';

const top = fileURLToPath(new URL('..', import.meta.url));
const fairway = process.env.FAIRWAY_BINARY ?? `${top}target/release/fairway`;

export class OwnFairway {
  #admin: string;
  #database: string;
  #env: NodeJS.ProcessEnv;
  #metrics = '';
  #server: ChildProcess | undefined;

  constructor(
    private readonly name: string,
    private readonly port: string,
    settings: NodeJS.ProcessEnv = {},
  ) {
    if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is not set: .make/browser sets it');
    this.#database = `fairway_${name}_${process.pid}`;
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
      ...settings,
    };
  }

  /** Makes the database, serves it, and gives a client that may report and read. */
  async begin(playwright: PlaywrightWorkerArgs['playwright']): Promise<APIRequestContext> {
    this.#sql(`create database ${this.#database}`);
    this.#run('migrate');
    const scopes = ['read', 'deploys:write', 'incidents:write', 'catalog:write'].flatMap((scope) => ['--scope', scope]);
    const token = this.#run('token', 'create', '--name', this.name, ...scopes).match(/fwy_\w+/)?.[0];
    if (!token) throw new Error('fairway token create printed no token');
    remember('a token', token);
    const api = await playwright.request.newContext({
      baseURL: `http://localhost:${this.port}`,
      extraHTTPHeaders: { authorization: `Bearer ${token}` },
    });
    await this.start(api);
    return api;
  }

  async start(api: APIRequestContext): Promise<void> {
    mkdirSync(`${top}target/test-results`, { recursive: true });
    const log = openSync(`${top}target/test-results/${this.name}-server.log`, 'a');
    this.#metrics ||= freePort();
    rememberSettings(this.#env);
    const env = { ...this.#env, FAIRWAY_LOG: traced, FAIRWAY_METRICS_LISTEN: `127.0.0.1:${this.#metrics}` };
    this.#server = spawn(fairway, ['serve'], { cwd: top, env, stdio: ['ignore', log, log] });
    await expect(async () => expect((await api.get('/readyz')).status()).toBe(200)).toPass({ timeout: 30_000 });
  }

  /** The settings of its process, for the command line. */
  settings(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Runs a command of it; gives what it prints. */
  command(...args: string[]): string {
    return this.#run(...args);
  }

  /** Makes its first admin, who is signed in by what this gives. */
  signIn(playwright: PlaywrightWorkerArgs['playwright']): Promise<State> {
    return signIn(playwright, setUpLink(this.#env), admin);
  }

  /** Stops it in order; gives its exit code. */
  async stop(): Promise<number | null> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return server?.exitCode ?? null;
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
    return server.exitCode;
  }

  async end(): Promise<void> {
    if (this.#server?.exitCode === null && this.#server.signalCode === null) await keepMetrics(this.name, this.#metrics);
    await this.stop();
    if (this.#server) keepDump(this.name, this.#env.DATABASE_URL!);
    this.#sql(`drop database if exists ${this.#database} with (force)`);
  }

  #run(...args: string[]): string {
    return execFileSync(fairway, args, { cwd: top, env: this.#env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #sql(statement: string): void {
    execFileSync('psql', ['-q', this.#admin, '-c', statement], { stdio: ['ignore', 'ignore', 'ignore'] });
  }
}
