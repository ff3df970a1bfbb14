// The site as its own links draw it: every page that can be reached from home, found by following them.
import type { APIRequestContext } from '@playwright/test';

export type Found = {
  /** Path and query, as linked. */
  address: string;
  /** The page that links to it. */
  from: string;
  status: number;
  html: string;
};

/** Words that are part of an address; every other segment names one of many things of the same kind. */
const words = new Set(['', 'services', 'deploys', 'deploy', 'settings', 'rollback', 'notifications', 'approvals', 'dora', 'rows', 'admin', 'deliveries', 'unmatched', 'catalog', 'dev', 'gallery', 'changes', 'dependencies', 'search', 'teams', 'environments', 'audit', 'jobs', 'integrations', 'github', 'repositories', 'people', 'policies', 'new', 'tokens', 'service-accounts', 'account', 'authenticator', 'sign-in', 'link']);

/** `/deploys/0192…` and `/deploys/0193…` are the same page with other content: `/deploys/:`. */
export function kind(address: string): string {
  const path = address.split(/[?#]/)[0] ?? '';
  return path.split('/').map((part) => (words.has(part) ? part : ':')).join('/');
}

/** Pages, not files or answers for machines. */
function isPage(address: string): boolean {
  return !/^\/(pkg|fonts|api|webhooks)\/|\.(css|js|svg|csv|jsonl|woff2|json)(\?|$)/.test(address);
}

function links(html: string): string[] {
  const found = [...html.matchAll(/<a\b[^>]*\bhref="(\/[^"#]*)/g)].map((match) => match[1]!.replaceAll('&amp;', '&'));
  return [...new Set(found)].filter(isPage);
}

/** Follows links from home, at most `each` pages of one kind and `all` in total. */
export async function crawl(request: APIRequestContext, each: number, all: number): Promise<Found[]> {
  const found: Found[] = [];
  const seen = new Set(['/']);
  const count = new Map<string, number>();
  const queue = [{ address: '/', from: 'home' }];
  while (queue.length > 0 && found.length < all) {
    const { address, from } = queue.shift()!;
    const answer = await request.get(address, { maxRedirects: 0 });
    const html = await answer.text();
    found.push({ address, from, status: answer.status(), html });
    for (const link of links(html)) {
      const of = count.get(kind(link)) ?? 0;
      if (seen.has(link) || of >= each) continue;
      seen.add(link);
      count.set(kind(link), of + 1);
      queue.push({ address: link, from: address });
    }
  }
  return found;
}

/** One page of each kind. */
export async function oneOfEach(request: APIRequestContext): Promise<string[]> {
  const kinds = new Map<string, string>();
  for (const page of await crawl(request, 3, 120)) {
    if (page.status === 200 && !kinds.has(kind(page.address))) kinds.set(kind(page.address), page.address);
  }
  return [...kinds.values()];
}
