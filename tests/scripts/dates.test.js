import { expect, test } from "vitest";
import { formatDate, formatDayName, formatMoment, formatTime, getToday, listDates } from "../../static/js/lib/dates.js";

const MOMENT = Date.parse("2026-05-06T22:30:00Z");

test("today is another day in another zone", () => {
  expect(getToday("Europe/Berlin", new Date(MOMENT))).toBe("2026-05-07");
  expect(getToday("America/New_York", new Date(MOMENT))).toBe("2026-05-06");
});

test("days are named as the site names them", () => {
  expect(formatDayName("2026-05-06", "en")).toBe("Wednesday 6 May");
  expect(formatDayName("2026-05-06", "de")).toBe("Mittwoch, 6. Mai");
});

test("a date does not move with the zone of the browser", () => {
  expect(formatDate("2026-11-01", { day: "numeric", month: "short" }, "en")).toBe("1 Nov");
});

test("the last days go over the ends of months and over summer time", () => {
  expect(listDates("2026-03-02", 3)).toEqual(["2026-02-28", "2026-03-01", "2026-03-02"]);
  expect(listDates("2026-03-30", 60)).toHaveLength(60);
  expect(new Set(listDates("2026-03-30", 60)).size).toBe(60);
});

test("a moment of today is a time, of another day also a date", () => {
  expect(formatTime(MOMENT, "Europe/Berlin", "en")).toBe("00:30");
  expect(formatMoment(MOMENT, "Europe/Berlin", "en", new Date(MOMENT))).toBe("00:30");
  const later = new Date(MOMENT + 86_400_000);
  expect(formatMoment(MOMENT, "Europe/Berlin", "en", later)).toBe("7 May, 00:30");
  expect(formatMoment(MOMENT, "America/New_York", "en", later)).toBe("6 May, 18:30");
});
