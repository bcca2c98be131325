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
  return async (commands, transaction) => {
    if (commands.length === 1 && !transaction) return [await spelled(send(redis, commands[0]))];
    const pipeline = transaction ? redis.multi() : redis.pipeline();
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
  const send = (to, [name, ...args]) => {
    if (methods[name]) return methods[name](to, ...args);
    return to.addCommand ? to.addCommand([name, ...args]) : to.sendCommand([name, ...args]);
  };
  return async (commands, transaction) => {
    await connected;
    if (!transaction) return Promise.all(commands.map((command) => spelled(send(client, command))));
    const multi = client.multi();
    commands.forEach((command) => send(multi, command));
    return (await multi.exec()).map((answer) => ({ is: answer }));
  };
}

// The methods of node-redis, of a client and of its multi().
const methods = {
  SET: (to, key, value, ...words) => to.set(key, value, setOptions(words)),
  SETNX: (to, key, value) => to.setNX(key, value),
  SETEX: (to, key, seconds, value) => to.setEx(key, Number(seconds), value),
  PSETEX: (to, key, millis, value) => to.pSetEx(key, Number(millis), value),
  GET: (to, key) => to.get(key),
  MGET: (to, ...keys) => to.mGet(keys),
  DEL: (to, ...keys) => to.del(keys),
  UNLINK: (to, ...keys) => to.unlink(keys),
  EXISTS: (to, ...keys) => to.exists(keys),
  TTL: (to, key) => to.ttl(key),
  PTTL: (to, key) => to.pTTL(key),
  PING: (to) => to.ping(),
  ECHO: (to, text) => to.echo(text),
  INFO: (to, section) => to.info(section),
};

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
    const asked = JSON.parse(line);
    const transaction = asked[0][0] === "MULTI";
    const commands = transaction ? asked.slice(1, -1) : asked;
    const answers = await run(commands, transaction).catch((error) => commands.map(() => ({ error: error.message })));
    process.stdout.write(JSON.stringify(answers) + "\n");
  }
  process.exit(0);
}

main();
