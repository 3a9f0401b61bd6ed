const escape = require("escape-html");
const {greeting} = require("./built.json");

require("http")
  .createServer((request, response) => response.end(escape(`${greeting} <Node.js>`)))
  .listen(process.env.PORT);
