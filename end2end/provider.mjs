// A real OpenID provider for the browser tests: node provider.mjs PORT REDIRECT-ADDRESS. Whoever types a name is that person;
// PUT /people with JSON says which groups each is in.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, redirect] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
let people = {};

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(issuer, {
  clients: [{ client_id: 'fairway', client_secret: 'browser-tests-know-this', redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'] }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'browser-tests' }] },
  cookies: { keys: ['browser-tests'] },
  scopes: ['openid', 'profile', 'email', 'groups'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, email: `${id}@harbour.example`, email_verified: true, groups: people[id] ?? [] }),
  }),
  // Nobody is asked to allow what their company's own Fairway reads.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email groups');
    await grant.save();
    return grant;
  },
});

async function text(request) {
  let body = '';
  for await (const part of request) body += part;
  return body;
}

async function interaction(request, response) {
  if (request.method === 'POST') {
    const accountId = new URLSearchParams(await text(request)).get('login');
    await provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
    return;
  }
  response.setHeader('content-type', 'text/html');
  response.end(
    '<!doctype html><html lang="en"><title>Harbour ID</title><h1>Harbour ID</h1>' +
      '<form method="post"><label>Name <input name="login"></label> <button>Go on</button></form></html>',
  );
}

const answer = provider.callback();
const server = createServer((request, response) => {
  const path = request.url ?? '';
  if (path === '/people' && request.method === 'PUT') {
    text(request).then((body) => {
      people = JSON.parse(body);
      response.end();
    });
  } else if (path.startsWith('/interaction/')) {
    interaction(request, response).catch((problem) => {
      response.statusCode = 500;
      response.end(String(problem));
    });
  } else {
    answer(request, response);
  }
});
const listen = () => server.listen(Number(port), 'localhost');
// The port was free when it was chosen; a connection that goes out may hold it for a moment.
server.on('error', (problem) => {
  if (problem.code !== 'EADDRINUSE') throw problem;
  setTimeout(listen, 200);
});
listen();
