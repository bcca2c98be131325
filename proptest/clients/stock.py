"""Drives redis-py as its users call it.

One line of standard input is a list of commands as Redis spells them, sent as one
pipeline where there are several, or between MULTI and EXEC as one transaction; one
line of standard output is what each of them was answered: {"is": answer} or
{"error": text}. The only argument is a JSON object:
port, retries ("off" or "default"), protocol (0: the library's default).
"""
import json
import sys

import redis

WORDS = {"NX", "XX", "GET"}


def connect(port, retries, protocol):
    options = {"host": "127.0.0.1", "port": port, "decode_responses": True}
    if protocol:
        options["protocol"] = protocol
    if retries == "off":
        options["retry"] = None
    return redis.Redis(**options)


def set_options(words):
    """NX GET EX 60 as keyword arguments."""
    options, rest = {}, iter(words)
    for word in rest:
        options[word.lower()] = True if word in WORDS else int(next(rest))
    return options


def send(to, name, args):
    """Calls the method that users call; to is a client or a pipeline."""
    match name:
        case "SET":
            return to.set(args[0], args[1], **set_options(args[2:]))
        case "SETEX" | "PSETEX":
            return getattr(to, name.lower())(args[0], int(args[1]), args[2])
        case "MGET":
            return to.mget(args)
        case "DEL":
            return to.delete(*args)
        case "SETNX" | "GET" | "UNLINK" | "EXISTS" | "TTL" | "PTTL" | "PING" | "ECHO" | "INFO":
            return getattr(to, name.lower())(*args)
        case _:
            return to.execute_command(name, *args)


def spelled(name, answer):
    """The answer as Redis spells it: redis-py turns some into bool or dict."""
    if isinstance(answer, Exception):
        return {"error": str(answer)}
    if name in ("SET", "SETEX", "PSETEX") and answer is True:
        answer = "OK"
    elif name == "PING" and answer is True:
        answer = "PONG"
    elif name == "SETNX" and isinstance(answer, bool):
        answer = int(answer)
    elif name == "INFO":
        answer = "\r\n".join(f"{field}:{value}" for field, value in answer.items())
    return {"is": answer}


def run(client, commands, transaction):
    if len(commands) == 1 and not transaction:
        return [send(client, commands[0][0], commands[0][1:])]
    pipeline = client.pipeline() if transaction else client.pipeline(transaction=False)
    for name, *args in commands:
        send(pipeline, name, args)
    return pipeline.execute(raise_on_error=False)


def main():
    client = connect(**json.loads(sys.argv[1]))
    for line in sys.stdin:
        commands = json.loads(line)
        if transaction := commands[0] == ["MULTI"]:
            commands = commands[1:-1]
        try:
            answers = run(client, commands, transaction)
        except redis.RedisError as error:
            answers = [error] * len(commands)
        spelt = [spelled(name, answer) for (name, *_), answer in zip(commands, answers)]
        print(json.dumps(spelt), flush=True)


main()
