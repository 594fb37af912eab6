// Requests to the server that this page comes from, and to no other.

let token = "";

/** Set the secret that is sent with every request; it is kept in this page only. */
export function useToken(secret) {
  token = secret;
}

/** An answer that the server refuses, with its status and its message. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function send(path, method, body) {
  const headers = token ? {Authorization: `Bearer ${token}`} : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const content = body === undefined ? undefined : JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, {method, headers, body: content});
  } catch {
    throw new Refused(0, "The server does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, told.error || `The server answered with the status ${answer.status}.`);
}

/** The JSON that the server answers to a request. */
export async function ask(path, method = "GET", body = undefined) {
  return (await send(path, method, body)).json();
}

/** The file that the server answers, for a download. */
export async function fetchFile(path) {
  return (await send(path, "GET")).blob();
}
