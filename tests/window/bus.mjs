// Just enough of D-Bus, after its specification, to stand in for parts of a desktop: names are owned, methods answered and
// called. Little-endian messages over a socket of the file system; no signals are read, no file descriptors are passed.
import { once } from "node:events";
import { connect } from "node:net";

const METHOD_CALL = 1;
const METHOD_RETURN = 2;
const ERROR = 3;
const NO_REPLY_EXPECTED = 1;
const HEADER_BYTES = 16;
/** Fields of a header, each with its type. */
const FIELDS = { path: [1, "o"], interface: [2, "s"], member: [3, "s"], error: [4, "s"], reply_serial: [5, "u"], destination: [6, "s"], sender: [7, "s"], signature: [8, "g"] };
const NUMBERS = { y: [1, "UInt8"], b: [4, "UInt32LE"], n: [2, "Int16LE"], q: [2, "UInt16LE"], i: [4, "Int32LE"], u: [4, "UInt32LE"], x: [8, "BigInt64LE"], t: [8, "BigUInt64LE"], d: [8, "DoubleLE"] };

/** Where the complete type that begins at `at` ends. */
function endOfType(signature, at) {
  if (signature[at] === "a") return endOfType(signature, at + 1);
  const close = { "(": ")", "{": "}" }[signature[at]];
  if (close === undefined) return at + 1;
  let next = at + 1;
  while (signature[next] !== close) next = endOfType(signature, next);
  return next + 1;
}

function typesOf(signature) {
  const types = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function alignmentOf(type) {
  if ("({".includes(type[0])) return 8;
  if ("sao".includes(type[0])) return 4;
  return NUMBERS[type[0]]?.[0] ?? 1;
}

/** Values as bytes. A variant is given as `[type, value]`, a dictionary as pairs. */
class Writer {
  bytes = Buffer.alloc(0);

  #add(bytes) {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  align(to) {
    this.#add(Buffer.alloc((to - (this.bytes.length % to)) % to));
  }

  put(type, value) {
    this.align(alignmentOf(type));
    const kind = type[0];
    if (kind in NUMBERS) {
      const [size, name] = NUMBERS[kind];
      const bytes = Buffer.alloc(size);
      bytes[`write${name}`](kind === "b" ? Number(value) : value);
      this.#add(bytes);
    } else if (kind === "s" || kind === "o") {
      const text = Buffer.from(value);
      this.put("u", text.length);
      this.#add(Buffer.concat([text, Buffer.alloc(1)]));
    } else if (kind === "g") {
      this.#add(Buffer.concat([Buffer.from([value.length]), Buffer.from(value), Buffer.alloc(1)]));
    } else if (kind === "v") {
      this.put("g", value[0]);
      this.put(value[0], value[1]);
    } else if (kind === "a") {
      const length_at = this.bytes.length;
      this.put("u", 0);
      this.align(alignmentOf(type.slice(1)));
      const start = this.bytes.length;
      for (const one of value) this.put(type.slice(1), one);
      this.bytes.writeUInt32LE(this.bytes.length - start, length_at);
    } else {
      typesOf(type.slice(1, -1)).forEach((inner, nth) => this.put(inner, value[nth]));
    }
  }
}

/** Bytes as values: a variant as what it holds, a dictionary as an object. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(type) {
    const to = alignmentOf(type);
    this.at += (to - (this.at % to)) % to;
    const kind = type[0];
    if (kind in NUMBERS) {
      const [size, name] = NUMBERS[kind];
      const value = this.bytes[`read${name}`](this.at);
      this.at += size;
      return kind === "b" ? value === 1 : value;
    }
    if (kind === "s" || kind === "o") return this.#text(this.take("u"));
    if (kind === "g") return this.#text(this.take("y"));
    if (kind === "v") return this.take(this.take("g"));
    if (kind === "a") {
      const length = this.take("u");
      const inner = type.slice(1);
      const padding = alignmentOf(inner);
      this.at += (padding - (this.at % padding)) % padding;
      const end = this.at + length;
      const values = [];
      while (this.at < end) values.push(this.take(inner));
      return inner[0] === "{" ? Object.fromEntries(values) : values;
    }
    return typesOf(type.slice(1, -1)).map((inner) => this.take(inner));
  }

  #text(length) {
    const text = this.bytes.toString("utf8", this.at, this.at + length);
    this.at += length + 1;
    return text;
  }
}

/** One connection to the session's bus. */
export class Bus {
  #socket;
  #serial = 0;
  #unread = Buffer.alloc(0);
  #waiting = new Map();
  #methods = new Map();

  static async open(address = process.env.DBUS_SESSION_BUS_ADDRESS) {
    if (!address) throw new Error("there is no session bus: start it under dbus-run-session");
    const bus = new Bus();
    bus.#socket = connect(/unix:path=([^,;]+)/.exec(address)[1]);
    await once(bus.#socket, "connect");
    const uid = Buffer.from(String(process.getuid())).toString("hex");
    bus.#socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    const [answer] = await once(bus.#socket, "data");
    if (!answer.toString().startsWith("OK")) throw new Error(`the bus says ${answer}`);
    bus.#socket.write("BEGIN\r\n");
    bus.#socket.on("data", (bytes) => bus.#read(bytes));
    await bus.ask("Hello", "", []);
    return bus;
  }

  /** Asks the bus itself. */
  ask(member, signature, values) {
    return this.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", member, signature, values);
  }

  /** From now on, what is said to this name is said here. */
  own(name) {
    return this.ask("RequestName", "su", [name, 0]);
  }

  /** Answers a method: `run` has its values and its sender, and gives back `[type, value]` or nothing. */
  answer(interface_, member, run) {
    this.#methods.set(`${interface_}.${member}`, run);
  }

  /** Calls a method and gives back the values of its answer. */
  call(destination, path, interface_, member, signature = "", values = []) {
    return new Promise((resolve, reject) => {
      const serial = this.#send(METHOD_CALL, { destination, path, interface: interface_, member }, signature, values);
      this.#waiting.set(serial, { resolve, reject });
    });
  }

  property(destination, path, interface_, name) {
    const asked = this.call(destination, path, "org.freedesktop.DBus.Properties", "Get", "ss", [interface_, name]);
    return asked.then(([value]) => value);
  }

  close() {
    this.#socket.destroy();
  }

  #send(type, fields, signature, values) {
    const body = new Writer();
    typesOf(signature).forEach((one, nth) => body.put(one, values[nth]));
    this.#serial += 1;
    const head = new Writer();
    for (const byte of ["l".charCodeAt(0), type, 0, 1]) head.put("y", byte);
    head.put("u", body.bytes.length);
    head.put("u", this.#serial);
    const given = Object.entries(signature === "" ? fields : { ...fields, signature });
    head.put("a(yv)", given.map(([name, value]) => [FIELDS[name][0], [FIELDS[name][1], value]]));
    head.align(8);
    this.#socket.write(Buffer.concat([head.bytes, body.bytes]));
    return this.#serial;
  }

  #read(bytes) {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= HEADER_BYTES) {
      const n_fields = this.#unread.readUInt32LE(12);
      const body_at = HEADER_BYTES + n_fields + ((8 - (n_fields % 8)) % 8);
      const end = body_at + this.#unread.readUInt32LE(4);
      if (this.#unread.length < end) return;
      const message = this.#unread.subarray(0, end);
      this.#unread = this.#unread.subarray(end);
      this.#take(message, body_at);
    }
  }

  #take(message, body_at) {
    const head = new Reader(message);
    head.at = HEADER_BYTES - 4;
    const named = new Map(head.take("a(yv)"));
    const field = (name) => named.get(FIELDS[name][0]);
    const body = new Reader(message.subarray(body_at));
    const values = typesOf(field("signature") ?? "").map((type) => body.take(type));
    const waiting = this.#waiting.get(field("reply_serial"));
    if (message[1] === METHOD_RETURN) waiting?.resolve(values);
    else if (message[1] === ERROR) waiting?.reject(new Error(`${field("error")}: ${values[0]}`));
    else if (message[1] === METHOD_CALL) this.#respond(field, values, message.readUInt32LE(8), (message[2] & NO_REPLY_EXPECTED) !== 0);
    this.#waiting.delete(field("reply_serial"));
  }

  #respond(field, values, reply_serial, is_told) {
    const run = this.#methods.get(`${field("interface")}.${field("member")}`);
    const says = run?.(values, field("sender"));
    if (is_told) return;
    const to = { destination: field("sender"), reply_serial };
    if (run === undefined) {
      this.#send(ERROR, { ...to, error: "org.freedesktop.DBus.Error.UnknownMethod" }, "s", ["no such method"]);
    } else {
      this.#send(METHOD_RETURN, to, says?.[0] ?? "", says === undefined ? [] : [says[1]]);
    }
  }
}
