// Secrets that the tests type and are given. Each is remembered while the tests run, with what the servers logged, measured
// and stored; tests/canaries.last.ts looks for each of them where none may stand.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Request } from '@playwright/test';

/** Where the servers of the tests write their logs. */
export const results = fileURLToPath(new URL('../target/test-results', import.meta.url));
/** What is kept for the last test; .make/browser empties it. */
export const kept = `${results}/canaries`;

/** All that we log ourselves, and all that is said of sessions and of what we ask others. */
export const traced = [
  'info',
  ...['app', 'commands', 'domain', 'fairway', 'integrations', 'server', 'store'].map((ours) => `${ours}=trace`),
  ...['tower_sessions', 'tower_sessions_core', 'reqwest'].map((theirs) => `${theirs}=trace`),
].join(',');

/** A shorter text than any secret, such as the six digits of an authenticator, stands in many places by chance. */
const shortest = 12;

/** Keeps a text for the last test. */
export function keep(file: string, text: string): void {
  mkdirSync(kept, { recursive: true });
  appendFileSync(`${kept}/${file}`, text);
}

/** Remembers a secret, and what it is. */
export function remember(what: string, secret: string | null | undefined): void {
  if (secret && secret.length >= shortest) keep('known', `${JSON.stringify([what, secret])}\n`);
}

/** Remembers the code of a single-use link. */
export function rememberLink(link: string): void {
  remember('a link', new URL(link).searchParams.get('code'));
}

/** Remembers what somebody is signed in by. */
export function rememberCookies(cookies: { name: string; value: string }[]): void {
  for (const { name, value } of cookies) if (/^(__Host-)?fairway$/.test(name)) remember('a session', value);
}

/** Remembers the secrets among settings. */
export function rememberSettings(settings: NodeJS.ProcessEnv): void {
  for (const name of ['FAIRWAY_GITHUB_WEBHOOK_SECRET', 'FAIRWAY_GITHUB_TOKEN', 'FAIRWAY_OIDC_CLIENT_SECRET', 'FAIRWAY_KEY']) {
    remember(name, settings[name]);
  }
}

/** Remembers what a page sends: passwords and codes in forms, codes in the addresses of links and of answers of providers. */
export function rememberSent(request: Request): void {
  const { pathname, searchParams } = new URL(request.url());
  if (pathname === '/link' || pathname.endsWith('/return')) remember('a code', searchParams.get('code'));
  if (request.method() !== 'POST') return;
  for (const [name, value] of new URLSearchParams(request.postData() ?? '')) {
    if (['password', 'old_password', 'code'].includes(name)) remember(`what was typed as ${name}`, value);
  }
}

/** Remembers what a browser is signed in by at the end of a test, which may have closed it. */
export async function rememberBrowser(context: BrowserContext): Promise<void> {
  rememberCookies(await context.cookies().catch(() => []));
}

/** Keeps what a process measured. */
export async function keepMetrics(name: string, port: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  keep(`${name}.metrics`, await answer.text());
}

/** Keeps a dump of a database: of both projects' one after the other. */
export function keepDump(name: string, url: string): void {
  mkdirSync(kept, { recursive: true });
  const out = openSync(`${kept}/${name}.sql`, 'a');
  execFileSync('pg_dump', ['--no-owner', '--dbname', url], { stdio: ['ignore', out, 'inherit'] });
}
