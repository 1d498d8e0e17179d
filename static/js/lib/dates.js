// Dates are written YYYY-MM-DD. The site writes English dates as in Britain.

/** @param {string} language */
const getLocale = (language) => (language === "en" ? "en-GB" : language);

/** @param {string} date */
export const toNoon = (date) => new Date(`${date}T12:00:00Z`);

/**
 * Today in a time zone; an empty zone is that of the browser.
 *
 * @param {string} zone
 * @param {Date} now
 */
export const getToday = (zone, now = new Date()) =>
  new Intl.DateTimeFormat("en-CA", {
    timeZone: zone || undefined,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(now);

/**
 * @param {string} date
 * @param {Intl.DateTimeFormatOptions} parts
 * @param {string} language
 */
export const formatDate = (date, parts, language) =>
  new Intl.DateTimeFormat(getLocale(language), { ...parts, timeZone: "UTC" }).format(toNoon(date));

/**
 * "Wednesday 6 May", as the site writes it.
 *
 * @param {string} date
 * @param {string} language
 */
export const formatDayName = (date, language) =>
  formatDate(date, { weekday: "long", day: "numeric", month: "long" }, language).replace(
    language === "en" ? "," : "",
    "",
  );

/**
 * "14:02".
 *
 * @param {number} moment  ms
 * @param {string} zone
 * @param {string} language
 */
export const formatTime = (moment, zone, language) =>
  new Date(moment).toLocaleTimeString(getLocale(language), { hour: "2-digit", minute: "2-digit", timeZone: zone });

/**
 * "14:02" today, "19 May, 14:02" on any other day.
 *
 * @param {number} moment  ms
 * @param {string} zone
 * @param {string} language
 * @param {Date} now
 */
export const formatMoment = (moment, zone, language, now = new Date()) => {
  const time = formatTime(moment, zone, language);
  const date = getToday(zone, new Date(moment));
  if (date === getToday(zone, now)) return time;
  return `${formatDate(date, { day: "numeric", month: "long" }, language)}, ${time}`;
};

/**
 * The last days up to a date, the earliest first.
 *
 * @param {string} last
 * @param {number} count
 */
export const listDates = (last, count) =>
  Array.from({ length: count }, (_day, index) =>
    new Date(toNoon(last).getTime() - (count - 1 - index) * 86_400_000).toISOString().slice(0, 10),
  );
