// Questions to GraphQL and their answers, compared with GitHub's schema.

/** The kind of a node by the beginning of its id, for the kinds that Fairway asks for. */
const KINDS = { DE: "Deployment", PR: "PullRequest" };

/** A check of one exchange: is the question allowed, and would the schema have given this answer? */
export function graphqlCheck({ buildSchema, execute, parse, validate }, sdl) {
  const schema = buildSchema(sdl, { assumeValid: true });
  return ({ text }, answer) => {
    const endpoint = "POST /graphql";
    const { query, variables } = JSON.parse(text);
    const document = parse(query);
    const wrong = validate(schema, document).map((error) => `request: ${error.message}`);
    const { data } = JSON.parse(answer.text);
    if (wrong.length > 0 || !data) return { endpoint, violations: wrong.length > 0 ? wrong : ["response: has no data"] };
    // The answer is what is resolved: a field that is missing or of another type shows as an error or a difference.
    const named = (node, at) => node && { __typename: KINDS[variables.ids[at].split("_")[0]], ...node };
    const rootValue = { nodes: data.nodes.map(named) };
    const { data: told, errors = [] } = execute({ schema, document, rootValue, variableValues: variables });
    const violations = errors.map((error) => `response.${error.path?.join(".")}: ${error.message}`);
    return { endpoint, violations: violations.length > 0 ? violations : differences(data, told, "response") };
  };
}

function differences(given, told, at) {
  if (given === null || typeof given !== "object" || told === null || typeof told !== "object") {
    return given === told ? [] : [`${at}: is ${JSON.stringify(given)}, and would be ${JSON.stringify(told)}`];
  }
  const keys = new Set([...Object.keys(given), ...Object.keys(told)]);
  return [...keys].flatMap((key) => differences(given[key], told[key], `${at}.${key}`));
}
