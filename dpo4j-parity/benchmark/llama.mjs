// SPDX-License-Identifier: Apache-2.0
// Answers prompts greedily with llama.cpp and prints one JSON line; started by generate.py.
//
//   node llama.mjs NODE_MODULES JOB.json
//
// JOB.json: model (a GGUF file), prompts (token ids), max_new_tokens, batch_size, threads.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const [nodeModules, jobFile] = process.argv.slice(2);
const require = createRequire(nodeModules + "/");
const {getLlama} = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const job = JSON.parse(readFileSync(jobFile, "utf8"));
const llama = await getLlama({gpu: false, build: "never", maxThreads: job.threads, logLevel: "error"});
const model = await llama.loadModel({modelPath: job.model, gpuLayers: 0});
const longest = Math.max(...job.prompts.map((prompt) => prompt.length));
const context = await model.createContext({
  sequences: job.batch_size, contextSize: longest + job.max_new_tokens + 8, batchSize: 512, threads: job.threads,
});

async function answer(prompt) {
  const sequence = context.getSequence();
  const answer = [];
  let input = prompt;
  while (answer.length < job.max_new_tokens) {
    for await (const token of sequence.evaluate(input, {temperature: 0, yieldEogToken: true})) {
      answer.push(token);
      if (answer.length === job.max_new_tokens) break;
    }
    // It stops behind a token that ends an answer; here every answer has its full length.
    input = answer.slice(-1);
  }
  sequence.dispose();
  return answer;
}

const start = performance.now();
const answers = [];
for (let at = 0; at < job.prompts.length; at += job.batch_size) {
  answers.push(...await Promise.all(job.prompts.slice(at, at + job.batch_size).map(answer)));
}
const seconds = (performance.now() - start) / 1000;
const tokens = answers.reduce((sum, one) => sum + one.length, 0);
console.log(JSON.stringify({seconds, tokens, tokens_per_s: tokens / seconds, answers}));
process.exit(0);
