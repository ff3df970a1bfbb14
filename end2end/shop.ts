// A small service in two versions beside each other, with metrics as client libraries of Prometheus write them. Whoever carries deploys
// out moves the traffic between the two, and a version turns bad on command. Its traffic is made up, so that much of it costs nothing:
// at each scrape it counts what would have come since the one before.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Requests in a second, of both versions together: enough of them at five per cent, in every window. */
const rate = 8_000;
/** Bounds of the histogram, in seconds. Every request takes less than the first. */
const bounds = [0.1, 0.5, 1, 2, 5];

/** From which share of the traffic on a version fails, and which part of its requests then does. */
type Weakness = { from: number; ratio: number };

class Version {
  share = 0;
  weakness: Weakness | undefined;
  readonly server: Server;
  #all = 0;
  #bad = 0;
  #since = performance.now();

  constructor(readonly name: string) {
    this.server = createServer((request, response) => {
      if (request.url !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      this.settle();
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(this.#text());
    });
  }

  /** Counts what came since the last time; before anything changes, and before anybody looks. */
  settle(): void {
    const now = performance.now();
    const came = (rate * (this.share / 100) * (now - this.#since)) / 1_000;
    this.#since = now;
    this.#all += came;
    if (this.weakness && this.share >= this.weakness.from) this.#bad += came * this.weakness.ratio;
  }

  #text(): string {
    const [all, bad] = [Math.floor(this.#all), Math.floor(this.#bad)];
    const lines = ['# TYPE http_requests_total counter', `http_requests_total{code="200"} ${all - bad}`];
    // As of libraries: what never happened has no series.
    if (bad > 0) lines.push(`http_requests_total{code="500"} ${bad}`);
    const name = 'http_request_duration_seconds';
    lines.push(`# TYPE ${name} histogram`);
    for (const bound of [...bounds, '+Inf']) lines.push(`${name}_bucket{le="${bound}"} ${all}`);
    lines.push(`${name}_count ${all}`, `${name}_sum ${all * 0.05}`, '');
    return lines.join('\n');
  }
}

export class Shop {
  private constructor(private readonly versions: Version[]) {}

  /** Starts both versions; all of the traffic goes to the first. */
  static async open(before: string, after: string): Promise<Shop> {
    const versions = [new Version(before), new Version(after)];
    for (const { server } of versions) await once(server.listen(0, '127.0.0.1'), 'listening');
    const shop = new Shop(versions);
    shop.move(before, 100);
    return shop;
  }

  /** Where each version is scraped. */
  targets(): { address: string; version: string }[] {
    return this.versions.map(({ name, server }) => {
      return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, version: name };
    });
  }

  /** Sends so much of the traffic to a version, in percent, and the rest to the other one. */
  move(version: string, share: number): void {
    this.#known(version);
    for (const one of this.versions) {
      one.settle();
      one.share = one.name === version ? share : 100 - share;
    }
  }

  /** How much of the traffic a version has, in percent. */
  share(version: string): number {
    return this.#known(version).share;
  }

  /** From now on a version fails a part of its requests, as soon as it has this share of the traffic. */
  turnBad(version: string, weakness: Weakness): void {
    const known = this.#known(version);
    known.settle();
    known.weakness = weakness;
  }

  async close(): Promise<void> {
    for (const { server } of this.versions) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  }

  #known(version: string): Version {
    const known = this.versions.find((one) => one.name === version);
    if (!known) throw new Error(`the shop has no version ${version}`);
    return known;
  }
}
