// What only a build needs must be there in one, and nowhere else.
require("has-flag");
require("fs").writeFileSync("built.json", JSON.stringify({greeting: "Hello"}));
