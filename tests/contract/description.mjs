// GitHub's description, cut to what is asked and made as strict as it is meant.

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);

/** Where GitHub's description is known to be wrong. Each mends it; one that has nothing to mend any more is an error. */
const KNOWN_DEVIATIONS = {
  // "minimal-repository", "full-repository" and webhooks have it in the same object.
  "custom_properties of a repository are left out": ({ components: { schemas } }) => {
    const { properties } = schemas.repository;
    if (properties.custom_properties) return false;
    properties.custom_properties = { type: "object", additionalProperties: true };
    return true;
  },
  // The same label may have null in "pull-request".
  "a label of a listed pull request always has a description": ({ components: { schemas } }) => {
    const { description } = schemas["pull-request-simple"].properties.labels.items.properties;
    if (description.nullable) return false;
    description.nullable = true;
    return true;
  },
  // The schema "installation" has it right.
  "an installation's account is a user and an enterprise at once": ({ paths }) => {
    const { schema } = paths["/app/installations"].get.responses["200"].content["application/json"];
    const { account } = schema.items.properties ?? {};
    if (!account?.allOf) return false;
    account.anyOf = account.allOf;
    delete account.allOf;
    return true;
  },
};

/** The document with these endpoints alone, every `$ref` replaced by what it names. */
export function cut(description, endpoints) {
  for (const [what, mend] of Object.entries(KNOWN_DEVIATIONS)) {
    if (!mend(description)) throw new Error(`it is no longer so that ${what}: delete this deviation`);
  }
  const inline = inlining(description);
  const paths = {};
  for (const endpoint of endpoints) {
    const [method, path] = endpoint.split(" ");
    const item = description.paths[path];
    const operation = item?.[method.toLowerCase()];
    if (!operation) throw new Error(`GitHub's description has no ${endpoint}`);
    const shared = Object.entries(item).filter(([key]) => !METHODS.has(key));
    paths[path] ??= inline(Object.fromEntries(shared));
    paths[path][method.toLowerCase()] = inline(operation);
  }
  return { openapi: description.openapi, info: description.info, paths };
}

function inlining(description) {
  const seen = new Map();
  // `part`: it is one of several schemas that hold together, so that none of them knows every property.
  const inline = (node, part = false, within = []) => {
    if (Array.isArray(node)) return node.map((item) => inline(item, part, within));
    if (node === null || typeof node !== "object") return node;
    const { $ref: ref } = node;
    if (typeof ref !== "string") {
      const entries = Object.entries(node).map(([key, value]) => [key, inline(value, key === "allOf", within)]);
      const schema = Object.fromEntries(entries);
      return nullable(part ? schema : closed(schema));
    }
    if (within.includes(ref)) throw new Error(`the description refers to itself in ${ref}`);
    const key = `${ref} ${part}`;
    if (!seen.has(key)) seen.set(key, inline(named(description, ref), part, [...within, ref]));
    return seen.get(key);
  };
  return inline;
}

function named(description, ref) {
  const keys = ref.slice("#/".length).split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce((at, key) => at[key], description);
}

/** The fake must not tell what GitHub does not, or the client could come to need it: an object has the properties that it lists. */
function closed(schema) {
  const lists = schema.type === "object" && schema.properties && !("additionalProperties" in schema);
  return lists && !schema.allOf && !schema.anyOf && !schema.oneOf ? { ...schema, additionalProperties: false } : schema;
}

/** GitHub writes `nullable` beside `anyOf`, where OpenAPI 3.0 knows it beside `type` only and Prism refuses the schema. */
function nullable(schema) {
  if (schema.nullable !== true || schema.type) return schema;
  const { nullable: _said, ...rest } = schema;
  const choice = ["anyOf", "oneOf"].find((key) => key in rest);
  const nothing = { enum: [null] };
  return choice ? { ...rest, [choice]: [...rest[choice], nothing] } : { anyOf: [rest, nothing] };
}
