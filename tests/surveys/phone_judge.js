// Judges answers as a phone does. Reads lines {rules, today, pairs, frames} and writes what it says of every question.
const { createInterface } = require("node:readline");
const { join } = require("node:path");

globalThis.self = globalThis;
for (const name of ["judge", "answers"]) require(join(__dirname, "../../static/survey", `${name}.js`));

createInterface({ input: process.stdin }).on("line", (line) => {
  const { rules, today, pairs, frames } = JSON.parse(line);
  const now = () => {
    const day = new Date(`${today}T00:00:00Z`);
    day.getTimezoneOffset = () => 0;
    return day;
  };
  const judge = self.asarAnswers.make(rules, (_name, address) => pairs[address], now);
  const told = {};
  for (const [prefix, names] of Object.entries(frames)) {
    for (const name of names) {
      const { isAsked, fault, text } = judge;
      told[prefix + name] = [isAsked(name, prefix) ?? null, fault(name, prefix) ?? null, text(name, prefix) ?? null];
    }
  }
  process.stdout.write(`${JSON.stringify(told)}\n`);
});
