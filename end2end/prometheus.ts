// A real Prometheus as a child process, which scrapes four times a second.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './month.js';

/** Scrapes of each target before anything begins. */
const scrapes = 6;
const patience = 60_000;

export class Prometheus {
  readonly url: string;
  #child: ChildProcess;
  #folder = mkdtempSync(join(tmpdir(), 'fairway-prometheus-'));
  #missing = false;

  private constructor(targets: { address: string; version: string }[], labels: Record<string, string>) {
    const address = `127.0.0.1:${freePort()}`;
    const configuration = join(this.#folder, 'prometheus.yml');
    const each = targets.map((target) => ({ targets: [target.address], labels: { ...labels, version: target.version } }));
    // JSON is YAML.
    const often = { scrape_interval: '250ms', scrape_timeout: '250ms' };
    writeFileSync(configuration, JSON.stringify({ global: often, scrape_configs: [{ job_name: 'services', static_configs: each }] }));
    const data = join(this.#folder, 'data');
    const args = [`--config.file=${configuration}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`, '--log.level=warn'];
    const log = openSync(join(this.#folder, 'log'), 'w');
    this.#child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', log] });
    this.#child.on('error', () => (this.#missing = true));
    this.url = `http://${address}`;
  }

  /** Starts one, and waits until it has scraped every target several times. */
  static async scraping(targets: { address: string; version: string }[], labels: Record<string, string>): Promise<Prometheus> {
    const prometheus = new Prometheus(targets, labels);
    const begun = Date.now();
    while ((await prometheus.#count(`count(count_over_time(up[1m]) >= ${scrapes})`)) < targets.length) {
      const why = prometheus.#ended() ?? (Date.now() - begun > patience ? 'prometheus does not scrape' : undefined);
      if (why) {
        await prometheus.end();
        throw new Error(why);
      }
      await new Promise((later) => setTimeout(later, 100));
    }
    return prometheus;
  }

  /** Ends it at once, and leaves nothing behind. */
  async end(): Promise<void> {
    const child = this.#child;
    if (!this.#missing && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What a query counts; nothing where it does not answer yet. */
  async #count(query: string): Promise<number> {
    type Answer = { data?: { result?: { value?: [number, string] }[] } };
    const answer = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query })}`).catch(() => undefined);
    const body = answer?.ok ? ((await answer.json()) as Answer) : undefined;
    return Number(body?.data?.result?.[0]?.value?.[1] ?? 0);
  }

  /** Why it does not run any more. */
  #ended(): string | undefined {
    if (this.#missing) return 'prometheus is missing: make setup';
    if (this.#child.exitCode === null) return undefined;
    return `prometheus ended with ${this.#child.exitCode}: ${readFileSync(join(this.#folder, 'log'), 'utf8')}`;
  }
}
