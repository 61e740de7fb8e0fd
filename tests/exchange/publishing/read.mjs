// Reads a calendar from standard input as ical.js does, and says what it found as JSON.
import ICAL from "ical.js";

let text = "";
for await (const part of process.stdin) text += part;
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const moment = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString().slice(0, 19) + "Z");
const found = calendar.getAllSubcomponents("vevent").map((one) => {
  const event = new ICAL.Event(one);
  return [
    event.uid,
    event.recurrenceId ? moment(event.recurrenceId) : "",
    moment(event.startDate),
    moment(event.endDate),
    event.summary,
    event.location ?? "",
    one.getFirstPropertyValue("status"),
    Number(event.sequence),
  ];
});
console.log(JSON.stringify(found));
