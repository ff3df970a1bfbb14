// Stands between Fairway's GitHub client and the fake GitHub of the tests, and compares every question and every answer
// with GitHub's own descriptions: REST with its OpenAPI document by Prism's router and validators, GraphQL with its schema.
//
//   node prism.mjs PACKAGES UPSTREAM ENDPOINT…      an endpoint is "GET /repos/{owner}/{repo}"
//
// Nothing is changed on the way. Each line on stdout is JSON: first { listening }, then one line for each exchange, written
// before its answer is sent. It ends when stdin does, so that it never outlives who started it.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cut } from "./description.mjs";
import { graphqlCheck } from "./graphql.mjs";

const [packages, upstream, ...endpoints] = process.argv.slice(2);
const require = createRequire(join(packages, "package.json"));
const { default: route } = require("@stoplight/prism-http/dist/router");
const { validateInput, validateOutput } = require("@stoplight/prism-http/dist/validator");
const { transformOas3Operations } = require("@stoplight/http-spec/oas3/operation");

const read = (name) => readFileSync(join(packages, "node_modules/@octokit", name), "utf8");
const operations = transformOas3Operations(cut(JSON.parse(read("openapi/generated/api.github.com.json")), endpoints));
const checkGraphql = graphqlCheck(require("graphql"), read("graphql-schema/schema.graphql"));

const ERROR = 0;

/** What an Either of Prism complains of, each as "where: what". Warned of are errors that GitHub does not describe, and it describes few. */
function complaints(side, outcome) {
  if (outcome._tag === "Right") return [];
  const errors = [outcome.left].flat().filter((it) => it.severity === ERROR);
  return errors.map((it) => `${[side, ...(it.path ?? [])].join(".")}: ${it.message}`);
}

/** Prism takes a schema that it cannot compile for one that allows everything, and a parameter that it does not know for a good one. */
function assertStrict() {
  for (const operation of operations) {
    const good = operation.responses.find((response) => /^2/.test(response.code));
    if (!good.contents?.length) continue;
    const element = { statusCode: Number(good.code), headers: { "content-type": "application/json" }, body: "nonsense" };
    if (validateOutput({ resource: operation, element })._tag === "Right") {
      throw new Error(`the description of ${operation.method} ${operation.path} allows every answer`);
    }
  }
}

function undocumented(operation, query) {
  const known = new Set((operation.request?.query ?? []).map((parameter) => parameter.name));
  return [...query.keys()].filter((name) => !known.has(name)).map((name) => `request.query.${name}: is not documented`);
}

function queryOf(params) {
  const query = {};
  for (const name of params.keys()) query[name] = params.getAll(name).length > 1 ? params.getAll(name) : params.get(name);
  return query;
}

const parsed = (text) => (text === "" ? undefined : JSON.parse(text));

function checkRest({ method, url, headers, text }, answer) {
  const input = {
    method: method.toLowerCase(),
    url: { path: url.pathname, query: queryOf(url.searchParams) },
    headers,
    body: parsed(text),
  };
  const found = route({ resources: operations, input });
  if (found._tag === "Left") return { violations: [`request: ${found.left.detail}`] };
  const operation = found.right;
  const element = {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: answer.status === 304 ? undefined : parsed(answer.text),
  };
  return {
    endpoint: `${method} ${operation.path}`,
    violations: [
      ...complaints("request", validateInput({ resource: operation, element: input })),
      ...undocumented(operation, url.searchParams),
      ...complaints("response", validateOutput({ resource: operation, element })),
    ],
  };
}

async function textOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const OF_THE_CONNECTION = new Set(["host", "connection", "transfer-encoding", "content-length", "keep-alive"]);
const passed = (headers) => Object.fromEntries([...headers].filter(([name]) => !OF_THE_CONNECTION.has(name)));

async function exchange(request, response) {
  const { method, headers } = request;
  const url = new URL(request.url, upstream);
  const text = await textOf(request);
  const raw = await fetch(url, {
    method,
    headers: passed(Object.entries(headers)),
    body: text === "" ? undefined : text,
    redirect: "manual",
  });
  const answer = { status: raw.status, headers: raw.headers, text: await raw.text() };
  const question = { method, url, headers, text };
  const isGraphql = url.pathname === "/graphql";
  const checked = isGraphql ? checkGraphql(question, answer) : checkRest(question, answer);
  say({ asked: `${method} ${url.pathname}${url.search}`, status: answer.status, ...checked });
  response.writeHead(answer.status, passed(answer.headers));
  response.end(answer.text);
}

assertStrict();
const server = createServer((request, response) => {
  exchange(request, response).catch((error) => {
    say({ asked: `${request.method} ${request.url}`, status: 0, violations: [`the exchange failed: ${error.stack}`] });
    response.writeHead(502).end();
  });
});
server.listen(0, "127.0.0.1", () => say({ listening: `http://127.0.0.1:${server.address().port}` }));
process.stdin.resume().on("end", () => process.exit(0));
