// The way in: pages are looked at by somebody who is signed in, by the links that the command line prints on the server.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, type APIRequestContext, type PlaywrightWorkerArgs } from '@playwright/test';
import { remember, rememberCookies, rememberLink } from './canaries.js';

/** Cookies of somebody who is signed in. */
export type State = Awaited<ReturnType<APIRequestContext['storageState']>>;

const top = fileURLToPath(new URL('..', import.meta.url));
const fairway = process.env.FAIRWAY_BINARY ?? `${top}target/release/fairway`;
/** Where ./serve writes which database holds the demo of this run. */
const database = `${top}target/test-results/browser-database`;

/** Asks the command line for a link; it works once. */
function printed(args: string[], env: NodeJS.ProcessEnv): string {
  const text = execFileSync(fairway, args, { cwd: top, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const link = text.match(/http\S+\/link\?code=\w+/)?.[0];
  if (!link) throw new Error(`fairway ${args.join(' ')} printed no link`);
  rememberLink(link);
  return link;
}

/** A link that signs somebody of the demo in. */
export function demoLink(part: 'admin' | 'lead' | 'approver' | 'developer' | 'manager'): string {
  const env = { ...process.env };
  // A demo that ran before is the one of the settings.
  if (!process.env.FAIRWAY_URL && existsSync(database)) {
    env.DATABASE_URL = readFileSync(database, 'utf8').trim();
    env.FAIRWAY_LISTEN = `127.0.0.1:${process.env.FAIRWAY_TEST_PORT}`;
  }
  return printed(['demo', '--link', part], env);
}

/** A link that makes an admin of an installation with these settings. */
export function setUpLink(env: NodeJS.ProcessEnv): string {
  return printed(['admin', 'setup-link'], env);
}

/** Sends the form of a link, as its page does, and keeps what signs in. */
export async function signIn(
  playwright: PlaywrightWorkerArgs['playwright'],
  link: string,
  fields: Record<string, string> = {},
): Promise<State> {
  const { origin, searchParams } = new URL(link);
  rememberLink(link);
  remember('a password', fields.password);
  const api = await playwright.request.newContext({
    baseURL: origin,
    extraHTTPHeaders: { origin, accept: 'text/html' },
    // Within a file's hooks it would come with the admin's cookie, and signing in ends the session that one came with.
    storageState: { cookies: [], origins: [] },
  });
  const answer = await api.post('/link', { form: { code: searchParams.get('code') ?? '', ...fields } });
  expect(answer.ok(), await answer.text()).toBe(true);
  const state = await api.storageState();
  rememberCookies(state.cookies);
  await api.dispose();
  return state;
}

/** The first admin of an installation of a test's own. */
export const admin = { name: 'Olga Admin', email: 'olga@fairway.example', password: 'harbour lights 5 quietly' };
