// SPDX-License-Identifier: Apache-2.0
// Compare llama.cpp's ids and greedy answers with given ones; started by ../llama.sh.
//
//   node compare.mjs NODE_MODULES MODEL.gguf TEXTS.json ANSWERS.jsonl [ADAPTER.gguf]
//
// Exit code 1 where any id differs: answers are only compared behind equal ids. With an adapter, the answers
// are those of the model with it, and exit code 1 also says that it changes none of them.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const [nodeModules, file, textFile, answerFile, adapter] = process.argv.slice(2);
const require = createRequire(nodeModules + "/");
const {getLlama} = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
// One thread: several wait for each other by spinning, and do not get on where other programs need the cores.
const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: 1});
const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
const {texts, ids, prompts} = JSON.parse(readFileSync(textFile, "utf8"));
let different = 0;
texts.forEach((text, i) => {
  const found = Array.from(model.tokenize(text, true));
  if (JSON.stringify(found) !== JSON.stringify(ids[i])) {
    different++;
    console.log(`ids differ: ${JSON.stringify(text)}\n  llama.cpp ${found}\n  expected  ${ids[i]}`);
  }
});
console.log(`${texts.length - different} of ${texts.length} texts have the same ids`);
if (different > 0) process.exit(1);

const answers = readFileSync(answerFile, "utf8").trim().split("\n").map((line) => JSON.parse(line).responses[0]);
const found = await answersOf(adapter);
let same = 0;
for (const [i, prompt] of prompts.entries()) {
  if (found[i] === answers[i]) same++;
  else console.log(`answers differ: ${JSON.stringify(prompt)}\n  llama.cpp ${JSON.stringify(found[i])}\n  expected  ${JSON.stringify(answers[i])}`);
}
console.log(`${same} of ${prompts.length} answers of 20 tokens are the same`);
if (adapter) {
  const plain = await answersOf();
  const changed = plain.filter((text, i) => text !== found[i]).length;
  console.log(`the adapter changes ${changed} of ${prompts.length} answers`);
  if (changed === 0) process.exit(1);
}
process.exit(0);

async function answersOf(lora) {
  // The keys and values in float32, as here: halves would decide near ties otherwise.
  const context = await model.createContext({
    contextSize: 256, threads: 1, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32",
    flashAttention: false, ...(lora ? {lora: {adapters: [{filePath: lora}]}} : {}),
  });
  const texts = [];
  for (const prompt of prompts) {
    const sequence = context.getSequence();
    const tokens = [];
    let input = model.tokenize(prompt, true);
    while (tokens.length < 20) {
      for await (const token of sequence.evaluate(input, {temperature: 0, yieldEogToken: true})) {
        tokens.push(token);
        if (tokens.length === 20) break;
      }
      input = tokens.slice(-1);
    }
    sequence.dispose();
    texts.push(model.detokenize(tokens, true, model.tokenize(prompt, true)));
  }
  await context.dispose();
  return texts;
}
