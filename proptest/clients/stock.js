// Drives node-redis and ioredis as their users call them, by the lines of stock.py. The only
// argument is a JSON object: library, port, retries, protocol.
"use strict";

const options = JSON.parse(process.argv[2]);
const libraries = { ioredis, "node-redis": nodeRedis };

// ioredis spells its methods like the commands and its answers like Redis.
function ioredis({ port, retries, protocol }) {
  const Redis = require("ioredis");
  const redis = new Redis({
    host: "127.0.0.1", port,
    ...(protocol && { protocol }),
    ...(retries === "off" && { maxRetriesPerRequest: 0 }),
  });
  redis.on("error", () => {}); // the call tells of it
  const send = (to, [name, ...args]) => {
    const method = to[name.toLowerCase()];
    return method ? method.apply(to, args) : to.call(name, ...args);
  };
  return async (commands) => {
    if (commands.length === 1) return [await spelled(send(redis, commands[0]))];
    const pipeline = redis.pipeline();
    commands.forEach((command) => send(pipeline, command));
    return (await pipeline.exec()).map(([error, answer]) => error ? { error: error.message } : { is: answer });
  };
}

// node-redis has a method of its own for each command, and sends together what is called together.
function nodeRedis({ port, retries, protocol }) {
  const { createClient } = require("redis");
  const client = createClient({
    socket: { host: "127.0.0.1", port },
    ...(protocol && { RESP: protocol }),
    ...(retries === "off" && { disableOfflineQueue: true }),
  });
  client.on("error", () => {}); // the call tells of it
  const connected = client.connect();
  const methods = {
    SET: (key, value, ...words) => client.set(key, value, setOptions(words)),
    SETNX: (key, value) => client.setNX(key, value),
    SETEX: (key, seconds, value) => client.setEx(key, Number(seconds), value),
    PSETEX: (key, millis, value) => client.pSetEx(key, Number(millis), value),
    GET: (key) => client.get(key),
    MGET: (...keys) => client.mGet(keys),
    DEL: (...keys) => client.del(keys),
    UNLINK: (...keys) => client.unlink(keys),
    EXISTS: (...keys) => client.exists(keys),
    TTL: (key) => client.ttl(key),
    PTTL: (key) => client.pTTL(key),
    PING: () => client.ping(),
    ECHO: (text) => client.echo(text),
    INFO: (section) => client.info(section),
  };
  const send = ([name, ...args]) => methods[name] ? methods[name](...args) : client.sendCommand([name, ...args]);
  return async (commands) => {
    await connected;
    return Promise.all(commands.map((command) => spelled(send(command))));
  };
}

// NX GET EX 60 as node-redis takes them.
function setOptions(words) {
  const options = {};
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "NX" || words[i] === "XX") options.condition = words[i];
    else if (words[i] === "GET") options.GET = true;
    else options.expiration = { type: words[i], value: Number(words[++i]) };
  }
  return options;
}

async function spelled(call) {
  try {
    return { is: await call };
  } catch (error) {
    return { error: error.message || String(error) };
  }
}

async function main() {
  const run = libraries[options.library](options);
  const lines = require("readline").createInterface({ input: process.stdin });
  for await (const line of lines) {
    const commands = JSON.parse(line);
    const answers = await run(commands).catch((error) => commands.map(() => ({ error: error.message })));
    process.stdout.write(JSON.stringify(answers) + "\n");
  }
  process.exit(0);
}

main();
