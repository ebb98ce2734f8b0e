// A shop on Node's own server and fetch that knows nothing of OpenTelemetry: it serves, orders from itself once, and
// ends.
const { createServer } = require("node:http");
const log = require("pino")({ name: "shop" });

const server = createServer(async (request, response) => {
  if (request.url === "/order") {
    const stock = await fetch(`http://127.0.0.1:${server.address().port}/stock`);
    log.warn({ left: Number(await stock.text()) }, "nearly sold out");
  }
  response.end("3");
});
server.listen(0, "127.0.0.1", async () => {
  const ordered = await fetch(`http://127.0.0.1:${server.address().port}/order`);
  await ordered.text();
  server.close();
  server.closeAllConnections();
});
