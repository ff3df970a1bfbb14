// Signed deliveries, as GitHub sends them, made from its own published examples.
import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect, type APIRequestContext } from '@playwright/test';

type Example = { name: string; examples: Record<string, unknown>[] };

/** The secret that ./serve gives the server. */
export const secret = process.env.FAIRWAY_GITHUB_WEBHOOK_SECRET ?? 'browser-tests-sign-with-this';

/** A copy of the first published payload of an event. */
export function example(event: string): Record<string, any> {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as Example[];
  const found = all.find((one) => one.name === event)?.examples[0];
  if (!found) throw new Error(`no example of ${event}`);
  return structuredClone(found);
}

/** Posts a payload as a delivery; returns its id. */
export async function deliver(request: APIRequestContext, event: string, payload: unknown): Promise<string> {
  const [id, body] = [randomUUID(), JSON.stringify(payload)];
  const answer = await request.post('/webhooks/github', {
    data: Buffer.from(body),
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': id,
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });
  expect(answer.status()).toBe(202);
  return id;
}
