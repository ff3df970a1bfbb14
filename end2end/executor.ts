// Who carries deploys of the shop out: takes Fairway's orders as signed webhooks, moves the traffic, and reports what became of each.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIRequestContext } from '@playwright/test';
import { remember } from './canaries.js';
import type { Shop } from './shop.js';

export type Order = {
  act: 'back_up' | 'deploy' | 'set_weight' | 'switch' | 'roll_back' | 'stop' | 'mark_stable';
  key: string;
  fence: number;
  deploy: string;
  version: string;
  weight: number | null;
};

/** Older orders are refused, in seconds. */
const fresh = 300;

export class Executor {
  /** What its orders are signed with. */
  readonly secret = randomBytes(32).toString('hex');
  /** Every order that was taken, once. */
  readonly orders: Order[] = [];
  /** What went wrong between it and Fairway. */
  readonly problems: string[] = [];
  #deliveries = new Set<string>();
  #fence = 0;
  #server: Server;

  private constructor(
    private readonly shop: Shop,
    private readonly api: APIRequestContext,
  ) {
    remember('the secret of an executor', this.secret);
    this.#server = createServer((request, response) => {
      this.#take(request)
        .catch((problem: unknown) => this.#refuse(500, String(problem)))
        .then((status) => response.writeHead(status).end());
    });
  }

  /** One that reports by a client whose token has the scope `deploys:write`. */
  static async open(shop: Shop, api: APIRequestContext): Promise<Executor> {
    const executor = new Executor(shop, api);
    await once(executor.#server.listen(0, '127.0.0.1'), 'listening');
    return executor;
  }

  /** Where it takes orders. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/orders`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #take(request: IncomingMessage): Promise<number> {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const header = (name: string) => String(request.headers[`x-fairway-${name}`] ?? '');
    const timestamp = header('timestamp');
    const good = `sha256=${createHmac('sha256', this.secret).update(`${timestamp}.${body}`).digest('hex')}`;
    const signature = header('signature');
    if (signature.length !== good.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(good))) {
      return this.#refuse(401, 'an order has no signature that holds');
    }
    if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) <= fresh)) return this.#refuse(401, `an order is of ${timestamp}`);
    const delivery = header('delivery');
    if (this.#deliveries.has(delivery)) return 200;
    const order = JSON.parse(body) as Order;
    if (order.fence < this.#fence) return this.#refuse(409, `an order of ${order.act} is under the old number ${order.fence}`);
    this.#deliveries.add(delivery);
    this.#fence = order.fence;
    this.orders.push(order);
    // It is answered first: what it takes is no part of taking it.
    setImmediate(() => this.#carryOut(order).catch((problem: unknown) => this.problems.push(String(problem))));
    return 202;
  }

  async #carryOut(order: Order): Promise<void> {
    switch (order.act) {
      case 'back_up':
        return this.#report(order, { backup_id: `shop-${this.orders.length}` });
      case 'deploy':
      case 'set_weight':
      case 'switch':
      case 'roll_back':
        this.shop.move(order.version, order.weight ?? 100);
        return this.#report(order, {});
      // Nobody waits for a word about these.
      case 'stop':
      case 'mark_stable':
    }
  }

  async #report({ key, fence, deploy }: Order, more: Record<string, string>): Promise<void> {
    const data = { key, fence, outcome: 'succeeded', ...more };
    const answer = await this.api.post(`/api/v1/deploys/${deploy}/phases`, { data });
    if (!answer.ok()) this.problems.push(`${answer.status()} to a report: ${await answer.text()}`);
  }

  #refuse(status: number, why: string): number {
    this.problems.push(why);
    return status;
  }
}
