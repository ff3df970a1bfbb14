// After all other tests: of the secrets that those typed and were given, and of two hundred more, none stands where none may.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test, type APIRequestContext, type APIResponse } from '@playwright/test';
import { keep, keepDump, keepMetrics, kept, remember, results } from '../canaries.js';
import { demoLink, signIn } from '../door.js';
import { crawl } from '../site.js';

/** What promise 22 says. */
const canaries = 200;

/** Every place that a secret may come by. Of a link's the address is said again, by the form that comes back to it. */
const ways: ((api: APIRequestContext, secret: string) => Promise<APIResponse | undefined>)[] = [
  (api, secret) => api.get('/services', { headers: { authorization: `Bearer ${secret}` } }),
  (api, secret) => api.get('/api/v1/services', { headers: { authorization: `Bearer ${secret}` } }),
  (api, secret) => api.get('/', { headers: { cookie: `fairway=${secret}; other=${secret}` } }),
  (api, secret) => api.post('/webhooks/github', { data: '{}', headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${secret}` } }),
  (api, secret) => api.post('/sign-in', { form: { email: 'ravi@saltmarsh.example', password: secret } }),
  (api, secret) => api.post('/account', { form: { act: 'password', old_password: secret, password: secret } }),
  async (api, secret) => {
    await api.get('/link', { params: { code: secret } });
    return undefined;
  },
];

async function send(api: APIRequestContext): Promise<void> {
  for (let number = 0; number < canaries; number += 1) {
    const secret = `canary${number}x${randomUUID().replaceAll('-', '')}`;
    remember('a canary', secret);
    const answer = await ways[number % ways.length]!(api, secret);
    if (answer) expect(await answer.text(), answer.url()).not.toContain(secret);
  }
}

test('of the secrets of a whole run none is in logs, metrics, pages or databases', async ({ playwright, baseURL }) => {
  test.skip(Boolean(process.env.FAIRWAY_URL), 'the log and the database of a running server are elsewhere');
  test.setTimeout(300_000);
  const origin = baseURL!;
  const settings = { baseURL: origin, extraHTTPHeaders: { origin, accept: 'text/html' } };
  const admin = await playwright.request.newContext({ ...settings, storageState: await signIn(playwright, demoLink('admin')) });
  const stranger = await playwright.request.newContext(settings);
  await send(admin);
  await send(stranger);
  for (const { address, html } of await crawl(admin, 2, 60)) keep('pages', `${address}\n${html}\n`);
  await Promise.all([admin.dispose(), stranger.dispose()]);
  await keepMetrics('demo', process.env.FAIRWAY_TEST_METRICS_PORT!);
  keepDump('demo', readFileSync(`${results}/browser-database`, 'utf8').trim());

  const remembered = readFileSync(`${kept}/known`, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as [string, string]);
  // As it is, and in the digits of a column of bytes.
  const known = new Map(remembered.flatMap(([what, secret]) => [[secret, what], [Buffer.from(secret).toString('hex'), what]] as const));
  expect(known.size / 2).toBeGreaterThanOrEqual(2 * canaries);
  const kinds = remembered.map(([what]) => what);
  for (const kind of ['a session', 'a token', 'a link', 'a password']) expect(kinds).toContain(kind);
  writeFileSync(`${kept}/needles`, [...known.keys()].join('\n'));
  const logs = readdirSync(results).filter((name) => name.endsWith('-server.log')).map((name) => `${results}/${name}`);
  const rest = readdirSync(kept).filter((name) => !['known', 'needles'].includes(name)).map((name) => `${kept}/${name}`);
  const traces = spawnSync('grep', ['-aqm1', 'TRACE', `${results}/browser-server.log`]).status;
  expect(traces, 'it logs all that it can').toBe(0);
  expect(statSync(`${kept}/demo.sql`).size).toBeGreaterThan(100_000);

  const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } } as const;
  const { status, stdout, stderr } = spawnSync('grep', ['-aonHF', '-f', `${kept}/needles`, ...logs, ...rest], options);
  expect(status, stderr).not.toBe(2);
  const found = stdout.split('\n').filter(Boolean).map((line) => {
    const [, place, secret] = line.match(/^(.*?:\d+):(.*)$/) ?? [];
    return `${place}: ${known.get(secret ?? '') ?? line}`;
  });
  expect([...new Set(found)].slice(0, 50), `of ${known.size / 2} secrets`).toEqual([]);
});
