// The two calls that are held against each other: the same schema and policies in, everything that is wrong out.

export const AS_OF = "2026-11-21T09:00:00Z";

/** Gives an empty workspace a bundle and checks it. */
export function checkCold(workspace, schema, policies, asOf, config) {
  if (config) workspace.setFile("portcullis.yaml", config);
  workspace.setFile("photos.cedarschema", schema);
  workspace.setFile("photos.cedar", policies);
  return workspace.check({ asOf });
}

/** `validate` of @cedar-policy/cedar-wasm. */
export function validate(cedar, schema, policies) {
  const answer = cedar.validate({
    validationSettings: { mode: "strict" },
    schema,
    policies: { staticPolicies: policies },
  });
  if (answer.type !== "success") throw new Error(JSON.stringify(answer));
  return answer;
}
