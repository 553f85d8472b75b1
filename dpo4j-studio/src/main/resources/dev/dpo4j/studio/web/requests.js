// SPDX-License-Identifier: Apache-2.0
// How all pages talk to the server.

// The address that let us in holds the token; the cookie has it now.
if (location.search.includes("token=")) {
  history.replaceState(null, "", location.pathname);
}

/**
 * Asks the server; with a body the request is a POST. The answer is the object that came, or one
 * with the error alone. Throws where nobody answers.
 */
export async function request(path, body) {
  const options =
    body === undefined
      ? {}
      : {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        };
  const response = await fetch(path, options);
  const text = await response.text();
  let answer = {};
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { error: text }; // A refusal of the guard is plain text.
  }
  return { ok: response.ok, status: response.status, text, answer };
}
