// How a child process and the test that started it talk: one JSON text a line, by the standard pipes.
import { writeSync } from 'node:fs';

/** Writes at once: what the parent has read was said before whatever comes next here. */
export function say(message) {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

/** Hands over each message of the parent. The process ends when the parent has gone. */
export function hear(handle) {
  let text = '';
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) handle(JSON.parse(line));
  });
  process.stdin.on('end', () => process.exit(0));
}

/** Answers the parent's calls by functions; says first that it is there. */
export function serve(commands) {
  hear(({ call, name, args }) => {
    Promise.resolve()
      .then(() => commands[name](args))
      .then(
        (result) => say({ call, result: result ?? null }),
        (error) => say({ call, error: plain(error) }),
      );
  });
  say({ ready: process.pid });
}

/** What can be told about an error by JSON. */
export function plain(error) {
  const { name, message, code, actual, expected, position } = error;
  return { name, message, code, actual, expected, position };
}
