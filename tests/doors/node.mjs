// Answers a request in Node: `node node.mjs REQUEST ANSWERS`, both files of JSON.

import { readFileSync, writeFileSync } from "node:fs";

import * as portcullis from "../../npm/src/node.mjs";
import { answers, recover } from "./answers.mjs";

const [requestAt, answersAt] = process.argv.slice(2);
const request = JSON.parse(readFileSync(requestAt, "utf8"));
const answered = {
  answers: await answers(portcullis, request),
  stopped: await recover(portcullis),
};
writeFileSync(answersAt, JSON.stringify(answered));
