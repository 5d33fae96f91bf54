/* Reading and writing numbers and dates as the reader's country does; the server does the same in formatting.py. */
const locale = document.documentElement.lang === "it" ? "it" : "en-GB";
const marks = locale === "it" ? { group: ".", decimal: "," } : { group: ",", decimal: "." };

/** "1.234,56" (it) or "1,234.56" (en) to a number; null when empty, NaN when it is no number. */
export function parseNumber(text) {
  let plain = text.trim().replace(/[\s\u00a0\u202f'’]/g, "").replace(/[\u2212\u2013]/g, "-");
  if (plain === "" || plain === "-") return null;
  const accountants = /^\((.*)\)$/.exec(plain);
  if (accountants) plain = `-${accountants[1]}`;
  const groups = plain.split(marks.decimal)[0].split(marks.group);
  const grouped = groups.length > 1 && groups.slice(1).every((part) => part.length === 3) && /^-?\d{1,3}$/.test(groups[0]);
  if (grouped) plain = plain.replaceAll(marks.group, "");
  plain = plain.replace(marks.decimal, ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
}

export function formatNumber(value, decimals, most = decimals) {
  if (value == null || Number.isNaN(value)) return "";
  return new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: most, useGrouping: "always" }).format(value).replace("-", "\u2212");
}

const iso = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

/** "24/11", "24.11.26", "24112026", "2026-11-24", "t" or "o" (today, oggi), "+7" to an ISO date; "" when it is none. */
export function parseDate(text, today = new Date()) {
  const given = text.trim().toLowerCase();
  if (["t", "o", "today", "oggi"].includes(given)) return iso(today);
  const shift = /^([+-])(\d{1,3})$/.exec(given);
  if (shift) return iso(new Date(today.getFullYear(), today.getMonth(), today.getDate() + Number(given)));
  let year, month, day;
  let found = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(given);
  if (found) [, year, month, day] = found.map(Number);
  else {
    found = /^(\d{1,2})[ ./-](\d{1,2})(?:[ ./-](\d{2}|\d{4}))?$/.exec(given) ?? /^(\d{2})(\d{2})(\d{2}|\d{4})?$/.exec(given);
    if (!found) return "";
    [, day, month, year] = found.map((part) => (part === undefined ? undefined : Number(part)));
    year ??= today.getFullYear();
    if (year < 100) year += 2000;
  }
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? iso(date) : "";
}

export const showDate = (isoDate) => (isoDate ? isoDate.split("-").reverse().join("/") : "");
